/* SPDX-License-Identifier: MIT */
/*
 * Templates: what a worker that was forked by one has and has not, whose child
 * it is, and what is told when the template has a thread or has ended.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "employ.h"
#include "linux_calls.h"

#ifdef __linux__
#define NAME_THREAD(thread, name) pthread_setname_np(thread, name)
#else
#define NAME_THREAD(thread, name) (void)(thread)
#endif

static char table[1 << 16];

/* ---- What runs in them ------------------------------------------------- */

static int be_template(struct libspawn_worker *self)
{
	memset(table, 't', sizeof table);
	return libspawn_template_serve(self);
}

static void *be_idle(void *data)
{
	pause();
	return data;
}

static int have_a_thread(struct libspawn_worker *self)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, be_idle, NULL) != 0)
		return 1;
	NAME_THREAD(thread, "in the way");
	return libspawn_template_serve(self);
}

static void *wait_for_end_of_file(void *data)
{
	char byte;

	while (read(*(const int32_t *)data, &byte, 1) > 0)
		continue;
	return data;
}

/* Until the other end of the pipe that comes with a message is closed. */
static int have_a_thread_for_a_while(struct libspawn_worker *self)
{
	static int32_t fd;
	struct libspawn_message message;
	pthread_t thread;

	if (libspawn_worker_receive(self, &message, PATIENCE_MS) != 0 ||
	    message.fd_count != 1)
		return 1;
	fd = message.fds[0];
	if (pthread_create(&thread, NULL, wait_for_end_of_file, &fd) != 0 ||
	    pthread_detach(thread) != 0)
		return 1;
	NAME_THREAD(thread, "in the way");
	return libspawn_template_serve(self);
}

static void *end_at_once(void *data)
{
	return data;
}

/* One thread again: it has been joined, if not gone in the kernel yet. */
static int have_had_a_thread(struct libspawn_worker *self)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, end_at_once, NULL) != 0 ||
	    pthread_join(thread, NULL) != 0)
		return 1;
	return libspawn_template_serve(self);
}

/* One that has worked, and so is warm. */
static int warm_up(struct libspawn_worker *self)
{
	struct libspawn_message message;

	if (libspawn_worker_receive(self, &message, PATIENCE_MS) != 0)
		return 1;
	memset(table, *(const char *)message.bytes, sizeof table);
	report(self, "warm");
	return libspawn_template_serve(self);
}

static int say_table(struct libspawn_worker *self)
{
	uint64_t size;
	const char *data = libspawn_worker_data(self, &size);

	report(self, "%c, open %d, parent %d, data %.*s", table[100],
	       count_open(), (int)getppid(), (int)size, size ? data : "");
	return 9;
}

static int echo(struct libspawn_worker *self)
{
	struct libspawn_message message;

	while (libspawn_worker_receive(self, &message, LIBSPAWN_FOREVER) == 0)
		libspawn_worker_send(self, &message, LIBSPAWN_FOREVER);
	return 0;
}

static int raise_signal(struct libspawn_worker *self)
{
	(void)self;
	/* The C library knows the id of this thread. */
	raise(SIGTERM);
	return 1;
}

static void *add_one(void *data)
{
	++*(int *)data;
	return NULL;
}

/* A worker may have threads, and mutexes that know their owner. */
static int use_threads(struct libspawn_worker *self)
{
	pthread_mutexattr_t kind;
	pthread_mutex_t mutex;
	pthread_t thread;
	int number = 0;
	int again;

	pthread_mutexattr_init(&kind);
	pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&mutex, &kind);
	pthread_create(&thread, NULL, add_one, &number);
	pthread_join(thread, NULL);
	pthread_mutex_lock(&mutex);
	again = pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	return report(self, "%d %d", number, again == EDEADLK);
}

static const struct libspawn_function functions[] = {
	{ .name = "template", .run = be_template },
	{ .name = "with a thread", .run = have_a_thread },
	{ .name = "for a while", .run = have_a_thread_for_a_while },
	{ .name = "had a thread", .run = have_had_a_thread },
	{ .name = "warm up", .run = warm_up },
	{ .name = "say table", .run = say_table },
	{ .name = "echo", .run = echo },
	{ .name = "raise", .run = raise_signal },
	{ .name = "threads", .run = use_threads },
};

/* ---- Forking ----------------------------------------------------------- */

static struct libspawn_worker *fork_from(struct libspawn_worker *from,
					 const char *function)
{
	const struct libspawn_worker_how how = { .size = sizeof how,
						 .data = "given",
						 .data_size = 5 };

	return fork_one(from, function, &how);
}

static void its_workers_have_its_memory_and_no_more(void **state)
{
	struct libspawn_worker *from = employ("template", NULL);
	char wanted[80];

	(void)state;
	for (int n = 0; n < 3; n++) {
		struct libspawn_worker *worker = fork_from(from, "say table");
		int is_sibling = libspawn_worker_way(worker) ==
				 LIBSPAWN_WORKER_WAY_SIBLING;

		/* Three streams, the channel and, on Linux, the leash. */
		snprintf(wanted, sizeof wanted,
			 "t, open %d, parent %d, data given",
			 is_sibling ? 5 : 4 + support_is_linux(),
			 is_sibling ? (int)getpid()
				    : libspawn_worker_process(from)->pid);
		expect_text(worker, wanted);
		dismiss(worker, LIBSPAWN_END_EXITED, 9);
	}
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

static void they_are_the_callers_own_children(void **state)
{
	struct libspawn_worker *from = employ("template", NULL);
	struct libspawn_worker *worker = fork_from(from, "echo");
	struct libspawn_process *process = libspawn_worker_process(worker);
	siginfo_t info;

	(void)state;
	if (libspawn_worker_way(worker) != LIBSPAWN_WORKER_WAY_SIBLING) {
		assert_null(process);
		libspawn_worker_close(worker, 0, NULL);
		libspawn_worker_close(from, 0, NULL);
		skip_with_reason("no CLONE_PARENT here");
	}
	assert_int_equal(waitid(P_PID, (id_t)process->pid, &info,
				WEXITED | WNOHANG | WNOWAIT),
			 0);
	assert_int_equal(libspawn_signal(process, SIGKILL, 0), 0);
	dismiss(worker, LIBSPAWN_END_KILLED, SIGKILL);
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

static void they_outlive_their_template(void **state)
{
	struct libspawn_worker *from = employ("template", NULL);
	struct libspawn_worker *worker = fork_from(from, "echo");

	(void)state;
	if (libspawn_worker_way(worker) != LIBSPAWN_WORKER_WAY_SIBLING) {
		libspawn_worker_close(worker, 0, NULL);
		libspawn_worker_close(from, 0, NULL);
		skip_with_reason("its end is told by the template");
	}
	dismiss(from, LIBSPAWN_END_EXITED, 0);
	assert_int_equal(send_text(worker, "still here"), 0);
	expect_text(worker, "still here");
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

static void the_c_library_is_whole_in_them(void **state)
{
	struct libspawn_worker *from = employ("template", NULL);
	struct libspawn_worker *worker = fork_from(from, "threads");

	(void)state;
	expect_text(worker, "1 1");
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
	dismiss(fork_from(from, "raise"), LIBSPAWN_END_KILLED, SIGTERM);
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

static void it_may_have_worked_before(void **state)
{
	struct libspawn_worker *from = employ("warm up", NULL);
	struct libspawn_worker *worker;

	(void)state;
	assert_int_equal(send_text(from, "w"), 0);
	expect_text(from, "warm");
	worker = fork_from(from, "say table");
	assert_int_equal(receive_text(worker)[0], 'w');
	dismiss(worker, LIBSPAWN_END_EXITED, 9);
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

static void the_caller_need_not_wait(void **state)
{
	struct libspawn_worker_how how = { .size = sizeof how,
					   .flags = LIBSPAWN_WORKER_LATER };
	struct libspawn_worker *from = employ("template", NULL);
	struct libspawn_worker *workers[20];

	(void)state;
	libspawn_worker_close(fork_from(from, "echo"), PATIENCE_MS, NULL);
	for (int n = 0; n < 20; n++) {
		assert_int_equal(libspawn_template_fork(&workers[n], from,
							"echo", &how,
							PATIENCE_MS, NULL),
				 0);
		assert_int_equal(send_text(workers[n], "early"), 0);
	}
	for (int n = 0; n < 20; n++) {
		expect_text(workers[n], "early");
		dismiss(workers[n], LIBSPAWN_END_EXITED, 0);
	}
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

/* Closed before anybody knows whether it is there. */
static void one_that_is_on_its_way_can_be_closed(void **state)
{
	struct libspawn_worker_how how = { .size = sizeof how,
					   .flags = LIBSPAWN_WORKER_LATER };
	struct libspawn_worker *from = employ("template", NULL);
	struct libspawn_worker *worker;

	(void)state;
	libspawn_worker_close(fork_from(from, "echo"), PATIENCE_MS, NULL);
	kill(libspawn_worker_process(from)->pid, SIGSTOP);
	for (int n = 0; n < 10; n++) {
		assert_int_equal(libspawn_template_fork(&worker, from, "echo",
							&how, PATIENCE_MS,
							NULL),
				 0);
		assert_int_equal(libspawn_worker_close(worker, 0, NULL),
				 ECHILD);
	}
	kill(libspawn_worker_process(from)->pid, SIGCONT);
	libspawn_worker_close(fork_from(from, "echo"), PATIENCE_MS, NULL);
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

/* ---- Refusals ---------------------------------------------------------- */

static void with_a_second_thread_it_does_not_fork(void **state)
{
	struct libspawn_worker *from = employ("with a thread", NULL);
	struct libspawn_worker *worker;
	struct libspawn_error error;
	char text[128];

	(void)state;
	if (!support_is_linux()) {
		libspawn_worker_close(from, 0, NULL);
		skip_with_reason("nobody can tell");
	}
	assert_int_equal(libspawn_template_fork(&worker, from, "echo", NULL,
						PATIENCE_MS, &error),
			 EDEADLK);
	assert_int_equal(error.step, LIBSPAWN_WORKER_STEP_THREADS);
	libspawn_worker_describe(text, sizeof text, from);
	assert_non_null(strstr(text, "thread"));
	if (!strstr(text, "in the way"))
		print_message("another thread than ours: %s\n", text);
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

/* Returns the end of a pipe that holds its thread. */
static int hold_thread(struct libspawn_worker *from)
{
	int ends[2];
	const struct libspawn_message message = { .fds = ends, .fd_count = 1 };

	assert_int_equal(new_pipe(ends), 0);
	assert_int_equal(libspawn_worker_send(from, &message, PATIENCE_MS), 0);
	close(ends[0]);
	return ends[1];
}

static void a_thread_that_has_ended_is_not_told_any_more(void **state)
{
	struct libspawn_worker *from = employ("for a while", NULL);
	int end = hold_thread(from);
	struct libspawn_worker *worker;
	char text[128];
	int code;

	(void)state;
	code = libspawn_template_fork(&worker, from, "echo", NULL, PATIENCE_MS,
				      NULL);
	libspawn_worker_describe(text, sizeof text, from);
	close(end);
	if (code == 0)
		libspawn_worker_close(worker, PATIENCE_MS, NULL);
	if (processes_have_threads() || !support_is_linux()) {
		libspawn_worker_close(from, PATIENCE_MS, NULL);
		skip_with_reason("another thread, or nobody can tell");
	}
	assert_int_equal(code, EDEADLK);
	assert_non_null(
		strstr(text, "does not fork: it has a thread 'in the way'"));
	assert_int_equal(try_fork(&worker, from, "echo", NULL), 0);
	libspawn_worker_describe(text, sizeof text, from);
	assert_non_null(strstr(text, "is running"));
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

static void a_thread_that_was_joined_is_none(void **state)
{
	struct libspawn_worker *from = employ("had a thread", NULL);

	(void)state;
	dismiss(fork_from(from, "say table"), LIBSPAWN_END_EXITED, 9);
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

static void expect_no_fork(struct libspawn_worker *from, const char *function,
			   const struct libspawn_worker_how *how, int code,
			   int step)
{
	struct libspawn_worker *worker;
	struct libspawn_error error = unset_error();

	assert_int_equal(libspawn_template_fork(&worker, from, function, how,
						PATIENCE_MS, &error),
			 code);
	assert_int_equal(error.code, code);
	assert_int_equal(error.step, step);
}

static void what_it_cannot_do_is_told(void **state)
{
	struct libspawn_worker_how how = plain_how(NULL);
	struct libspawn_worker *from = employ("template", NULL);

	(void)state;
	expect_no_fork(from, "unheard of", NULL, ENOENT,
		       LIBSPAWN_WORKER_STEP_FUNCTION);
	expect_no_fork(from, "echo", &how, EINVAL, LIBSPAWN_WORKER_STEP_HOW);
	expect_no_fork(NULL, "echo", NULL, EINVAL, LIBSPAWN_STEP_ARGUMENTS);
	kill(libspawn_worker_process(from)->pid, SIGKILL);
	expect_no_fork(from, "echo", NULL, EPIPE,
		       LIBSPAWN_WORKER_STEP_TEMPLATE);
	dismiss(from, LIBSPAWN_END_KILLED, SIGKILL);
	/* One that is no template, but ends. */
	from = employ("say table", NULL);
	expect_no_fork(from, "echo", NULL, EPROTO,
		       LIBSPAWN_WORKER_STEP_TEMPLATE);
	libspawn_worker_close(from, PATIENCE_MS, NULL);
}

/* ---- Namespaces ---------------------------------------------------------- */

#ifdef __linux__
/* Its numbers mean others to the caller, which makes no child of those. */
static void of_another_pid_namespace(uint64_t flags)
{
	const struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
		.flags = flags,
		.new_namespaces = CLONE_NEWPID,
	};
	const struct libspawn_worker_how how = plain_how(&options);
	struct libspawn_worker *from;
	struct libspawn_worker *worker;
	struct libspawn_error error;
	int code = libspawn_worker_start(&from, "template", &how, &error);

	if (code == EPERM || code == ENOTSUP)
		skip_with_reason("no pid namespace can be had: %s",
				 libspawn_step_name(error.step));
	assert_int_equal(code, 0);
	worker = fork_one(from, "echo", NULL);
	assert_int_equal(libspawn_worker_way(worker),
			 LIBSPAWN_WORKER_WAY_GRANDCHILD);
	assert_int_equal(send_text(worker, "there?"), 0);
	expect_text(worker, "there?");
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
	dismiss(from, LIBSPAWN_END_EXITED, 0);
	assert_no_child();
}

static void one_with_other_numbers_forks_children_of_its_own(void **state)
{
	(void)state;
	if (runs_in_valgrind())
		skip_with_reason("valgrind needs its own /proc/self for exec");
	of_another_pid_namespace(0);
	of_another_pid_namespace(LIBSPAWN_INIT);
}
#endif

/* ---- All --------------------------------------------------------------- */

static const struct CMUnitTest tests[] = {
	TEST(its_workers_have_its_memory_and_no_more),
	TEST(they_are_the_callers_own_children),
	TEST(they_outlive_their_template),
	TEST(the_c_library_is_whole_in_them),
	TEST(it_may_have_worked_before),
	TEST(the_caller_need_not_wait),
	TEST(one_that_is_on_its_way_can_be_closed),
	TEST(with_a_second_thread_it_does_not_fork),
	TEST(a_thread_that_has_ended_is_not_told_any_more),
	TEST(a_thread_that_was_joined_is_none),
	TEST(what_it_cannot_do_is_told),
#ifdef __linux__
	TEST(one_with_other_numbers_forks_children_of_its_own),
#endif
};

EMPLOY_MAIN(functions, tests)
