/* SPDX-License-Identifier: MIT */
/*
 * What a caller knows of its template's workers, whoever lies, stops, dies or
 * reaps first: births and ends are told for what they are, nobody waits for one
 * that is not told, and no worker is taken for another. Linux.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "employ.h"
#include "linux_calls.h"

/* ---- What runs in them ------------------------------------------------- */

static int be_template(struct libspawn_worker *self)
{
	return libspawn_template_serve(self);
}

/* As with a C library that does not tell where it keeps the thread's id. */
static int be_parent(struct libspawn_worker *self)
{
	static int32_t elsewhere;

	syscall(SYS_set_tid_address, &elsewhere);
	return libspawn_template_serve(self);
}

static int be_careless_parent(struct libspawn_worker *self)
{
	signal(SIGCHLD, SIG_IGN);
	return be_parent(self);
}

/* Says that it is a template, as the library does. */
static int feign_template(int channel)
{
	const uint32_t head[12] = { 0x6c73777b, 4 };

	return send(channel, head, sizeof head, MSG_NOSIGNAL) == sizeof head;
}

static int die_when_asked(struct libspawn_worker *self)
{
	const int channel = libspawn_worker_fd(self);
	char byte;

	return !feign_template(channel) || recv(channel, &byte, 1, 0) != 1;
}

/* The last descriptor of the next packet, or -1. */
static int receive_last_descriptor(int channel)
{
	union {
		struct cmsghdr aligned;
		char bytes[256];
	} control;
	char bytes[4096];
	struct iovec part = { bytes, sizeof bytes };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof control };
	struct cmsghdr *header;
	int fd = -1;

	if (recvmsg(channel, &message, 0) <= 0)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, (char *)header + header->cmsg_len - sizeof fd,
		       sizeof fd);
	return fd;
}

static int is_refused_size(int fd, off_t size)
{
	return ftruncate(fd, size) < 0 && errno == EPERM;
}

/* The request comes after its announcement, the cradles last of what it has. */
static int cut_cradles(struct libspawn_worker *self)
{
	const int channel = libspawn_worker_fd(self);
	int cradles;

	if (!feign_template(channel))
		return 1;
	receive_last_descriptor(channel);
	cradles = receive_last_descriptor(channel);
	return is_refused_size(cradles, 0) && is_refused_size(cradles, 1 << 20)
		       ? 0
		       : 2;
}

static int say_last_words(struct libspawn_worker *self)
{
	report(self, "last words");
	return 5;
}

static int echo(struct libspawn_worker *self)
{
	struct libspawn_message message;

	while (libspawn_worker_receive(self, &message, LIBSPAWN_FOREVER) == 0)
		libspawn_worker_send(self, &message, LIBSPAWN_FOREVER);
	return 0;
}

static int linger(struct libspawn_worker *self)
{
	if (report(self, "%d", (int)getpid()) != 0)
		return 1;
	for (;;)
		pause();
}

static const struct libspawn_function functions[] = {
	{ .name = "template", .run = be_template },
	{ .name = "parent", .run = be_parent },
	{ .name = "careless parent", .run = be_careless_parent },
	{ .name = "die when asked", .run = die_when_asked },
	{ .name = "cut cradles", .run = cut_cradles },
	{ .name = "last words", .run = say_last_words },
	{ .name = "echo", .run = echo },
	{ .name = "linger", .run = linger },
};

/* ---- Forking ----------------------------------------------------------- */

static struct libspawn_worker *fork_later(struct libspawn_worker *from,
					  const char *function)
{
	const struct libspawn_worker_how how = {
		.size = sizeof how,
		.flags = LIBSPAWN_WORKER_LATER,
	};
	struct libspawn_worker *worker;

	assert_int_equal(libspawn_template_fork(&worker, from, function, &how,
						PATIENCE_MS, NULL),
			 0);
	return worker;
}

/* One that makes its caller's children. */
static struct libspawn_worker *employ_template(void)
{
	struct libspawn_worker *from = employ("template", NULL);
	struct libspawn_worker *worker = fork_one(from, "echo", NULL);
	uint32_t way = libspawn_worker_way(worker);

	dismiss(worker, LIBSPAWN_END_EXITED, 0);
	if (way != LIBSPAWN_WORKER_WAY_SIBLING) {
		dismiss(from, LIBSPAWN_END_EXITED, 0);
		skip_with_reason("no CLONE_PARENT here");
	}
	return from;
}

static struct libspawn_worker *fork_grandchild(struct libspawn_worker *from,
					       const char *function)
{
	struct libspawn_worker *worker = fork_one(from, function, NULL);

	assert_int_equal(libspawn_worker_way(worker),
			 LIBSPAWN_WORKER_WAY_GRANDCHILD);
	return worker;
}

/* ---- Cradles ----------------------------------------------------------- */

static void a_template_cannot_cut_the_cradles_short(void **state)
{
	struct libspawn_worker *from = employ("cut cradles", NULL);
	struct libspawn_worker *worker = fork_later(from, "echo");

	(void)state;
	assert_int_equal(libspawn_worker_wait(from, PATIENCE_MS, NULL), 0);
	assert_int_equal(libspawn_worker_close(worker, PATIENCE_MS, NULL),
			 ECHILD);
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

/* Below it all are open. */
static int lowest_free_number(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;
}

/* Fails for want of one more each time, and is none the worse for it. */
static void starve_body(void)
{
	struct libspawn_worker *from = employ("template", NULL);
	const int lowest = lowest_free_number();
	struct libspawn_worker *worker;
	struct rlimit limit;
	int code = EMFILE;

	getrlimit(RLIMIT_NOFILE, &limit);
	for (int left = 0; code != 0; left++) {
		limit.rlim_cur = (rlim_t)(lowest + left);
		setrlimit(RLIMIT_NOFILE, &limit);
		code = libspawn_template_fork(&worker, from, "echo", NULL,
					      PATIENCE_MS, NULL);
		assert_true(code == 0 || code == EMFILE);
		assert_true(left < 40);
	}
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_int_equal(libspawn_worker_way(worker),
			 LIBSPAWN_WORKER_WAY_SIBLING);
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

static void without_descriptors_it_is_asked_again(void **state)
{
	(void)state;
	dismiss(employ_template(), LIBSPAWN_END_EXITED, 0);
	run_apart(starve_body);
}

/* ---- Births ------------------------------------------------------------ */

/* Some part of the caller waits for whatever child there is. */
static struct libspawn_worker *fork_and_reap(struct libspawn_worker *from)
{
	struct libspawn_worker *worker = fork_later(from, "last words");

	assert_true(waitpid(-1, NULL, 0) > 0);
	return worker;
}

static void one_that_another_has_reaped_is_heard(void **state)
{
	struct libspawn_worker *from = employ_template();
	struct libspawn_worker *worker = fork_and_reap(from);
	struct libspawn_message message;

	(void)state;
	expect_text(worker, "last words");
	assert_int_equal(libspawn_worker_receive(worker, &message, PATIENCE_MS),
			 EPIPE);
	assert_int_equal(libspawn_worker_way(worker),
			 LIBSPAWN_WORKER_WAY_SIBLING);
	assert_null(libspawn_worker_process(worker));
	assert_int_equal(libspawn_worker_wait(worker, PATIENCE_MS, NULL),
			 ECHILD);
	assert_int_equal(libspawn_worker_close(worker, 0, NULL), ECHILD);
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

static void await_birth(const struct libspawn_worker *worker)
{
	struct pollfd polled = { .fd = libspawn_worker_fd(worker),
				 .events = POLLIN };

	assert_int_equal(poll(&polled, 1, PATIENCE_MS), 1);
}

/* What is in the cradle that the first had is the second's. */
static void one_that_is_lost_is_not_taken_for_the_next(void **state)
{
	struct libspawn_worker *from = employ_template();
	struct libspawn_worker *first = fork_and_reap(from);
	struct libspawn_message message;
	struct libspawn_worker *second;

	(void)state;
	(void)libspawn_worker_receive(first, &message, PATIENCE_MS);
	second = fork_later(from, "echo");
	await_birth(second);
	assert_int_equal(libspawn_worker_close(first, 0, NULL), ECHILD);
	assert_int_equal(send_text(second, "still here"), 0);
	expect_text(second, "still here");
	dismiss(second, LIBSPAWN_END_EXITED, 0);
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

/* ---- Ends of grandchildren --------------------------------------------- */

static void an_end_that_its_template_does_not_know_is_told(void **state)
{
	struct libspawn_worker *from = employ("careless parent", NULL);
	struct libspawn_worker *worker = fork_grandchild(from, "last words");
	struct libspawn_status status;

	(void)state;
	expect_text(worker, "last words");
	assert_int_equal(libspawn_worker_wait(worker, PATIENCE_MS, NULL),
			 ECHILD);
	assert_int_equal(libspawn_worker_close(worker, 0, &status), ECHILD);
	assert_int_equal(status.end, LIBSPAWN_END_LOST);
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

static void stop_process(pid_t pid)
{
	siginfo_t info;

	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT),
			 0);
}

/* The leash has ended it, whether or not anybody reaps it. */
static void expect_ended(int pidfd)
{
	struct pollfd polled = { .fd = pidfd, .events = POLLIN };

	if (pidfd < 0)
		return;
	assert_int_equal(poll(&polled, 1, PATIENCE_MS), 1);
	close(pidfd);
}

static void a_template_that_is_stopped_holds_no_caller(void **state)
{
	struct libspawn_worker *from = employ("parent", NULL);
	struct libspawn_worker *worker = fork_grandchild(from, "linger");
	pid_t parent = libspawn_worker_process(from)->pid;
	int pidfd = open_pidfd(atoi(receive_text(worker)));
	struct libspawn_status status;

	(void)state;
	stop_process(parent);
	assert_int_equal(libspawn_worker_close(worker, 0, &status), ECHILD);
	assert_int_equal(status.end, LIBSPAWN_END_LOST);
	assert_true(status.flags & LIBSPAWN_STATUS_FORCED);
	expect_ended(pidfd);
	assert_int_equal(kill(parent, SIGCONT), 0);
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

/* ---- A pool ------------------------------------------------------------ */

static void templates_that_bear_nobody_are_given_up(void **state)
{
	const struct libspawn_pool_how how = {
		.size = sizeof how,
		.function = "echo",
		.template_function = "die when asked",
		.workers = 1,
	};
	const struct libspawn_message task = { .size = 0 };
	struct libspawn_pool_figures figures;
	struct libspawn_outcome outcome;
	struct libspawn_pool *pool;

	(void)state;
	assert_int_equal(libspawn_pool_open(&pool, &how, NULL), 0);
	assert_int_equal(libspawn_pool_submit(pool, &task, PATIENCE_MS), 0);
	assert_int_equal(libspawn_pool_collect(pool, &outcome, PATIENCE_MS), 0);
	assert_int_equal(outcome.kind, LIBSPAWN_OUTCOME_NO_WORKER);
	assert_int_equal(outcome.code, EPIPE);
	libspawn_pool_count(pool, &figures);
	assert_true(figures.templates_started < 100);
	libspawn_pool_close(pool, PATIENCE_MS);
}

/* ---- All --------------------------------------------------------------- */

static const struct CMUnitTest tests[] = {
	TEST(a_template_cannot_cut_the_cradles_short),
	TEST(without_descriptors_it_is_asked_again),
	TEST(one_that_another_has_reaped_is_heard),
	TEST(one_that_is_lost_is_not_taken_for_the_next),
	TEST(an_end_that_its_template_does_not_know_is_told),
	TEST(a_template_that_is_stopped_holds_no_caller),
	TEST(templates_that_bear_nobody_are_given_up),
};

EMPLOY_MAIN(functions, tests)
