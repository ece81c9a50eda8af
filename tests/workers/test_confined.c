/* SPDX-License-Identifier: MIT */
/*
 * Workers that may do little: behind a filter for system calls, in a Landlock
 * ruleset, in less memory; and those that change their user later. Templates
 * and pools to which the system gives no process or memory.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "employ.h"

/* Of linux/landlock.h, which may be older than this. */
#define LANDLOCK_CREATE_RULESET 444
#define LANDLOCK_ACCESS_WRITE_FILE UINT64_C(2)

#ifdef SYS_mmap2
#define MAP_NUMBER SYS_mmap2
#else
#define MAP_NUMBER SYS_mmap
#endif

/* musl's fork() where there is such a call. */
#ifdef SYS_fork
#define FORK_NUMBER SYS_fork
#else
#define FORK_NUMBER SYS_clone
#endif

#ifdef SYS_socketcall
enum { BY_SOCKETCALL = 1 };
#else
enum { BY_SOCKETCALL = 0 };
#endif

/* ---- What runs in workers ---------------------------------------------- */

static int try_socket(struct libspawn_worker *self)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	report(self, "socket %s", fd < 0 ? strerror(errno) : "had");
	return report(self, "and another message");
}

static int try_writing(struct libspawn_worker *self)
{
	int fd = open("/dev/null", O_WRONLY);

	return report(self, "writing %s", fd < 0 ? strerror(errno) : "had");
}

static int say_data(struct libspawn_worker *self)
{
	uint64_t size;
	const char *text = libspawn_worker_data(self, &size);

	return report(self, "%s", text);
}

/* Each the word of a kernel that has taken the pair of sockets apart. */
static const struct libspawn_bpf apart[] = {
	{ BPF_LD | BPF_W | BPF_ABS, 0, 0,
	  (uint32_t)offsetof(struct seccomp_data, nr) },
	{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_sendto },
	{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ECONNREFUSED },
	{ BPF_JMP | BPF_JEQ | BPF_K, 1, 0, SYS_sendmsg },
	{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_recvfrom },
	{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOTCONN },
	{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
};

static int take_filter(const struct libspawn_bpf *rules, size_t count)
{
	const struct sock_fprog whole = {
		.len = (unsigned short)count,
		.filter = (struct sock_filter *)(uintptr_t)rules,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole, 0, 0);
}

/* Exits with the number of the call that did not fail as it should. */
static int talk_to_nobody(struct libspawn_worker *self)
{
	char bytes[4000] = "";
	struct libspawn_message message = { .bytes = bytes, .size = 1 };

	if (take_filter(apart, sizeof apart / sizeof *apart) < 0)
		return 1;
	if (libspawn_worker_send(self, &message, LIBSPAWN_FOREVER) != EPIPE)
		return 2;
	message.size = sizeof bytes;
	if (libspawn_worker_send(self, &message, LIBSPAWN_FOREVER) != EPIPE)
		return 3;
	if (libspawn_worker_receive(self, &message, LIBSPAWN_FOREVER) != EPIPE)
		return 4;
	return 0;
}

static int change_user(struct libspawn_worker *self)
{
	struct libspawn_message message;

	if (setgid(65534) < 0 || setuid(65534) < 0)
		return 1;
	report(self, "uid %d", (int)getuid());
	return libspawn_worker_receive(self, &message, LIBSPAWN_FOREVER);
}

static int stay_as_user(struct libspawn_worker *self)
{
	if (setgid(65534) < 0 || setuid(65534) < 0)
		return 1;
	report(self, "uid %d", (int)getuid());
	for (;;)
		pause();
}

static int be_template(struct libspawn_worker *self)
{
	return libspawn_template_serve(self);
}

/* As where there are as many processes as may be. */
static const struct libspawn_bpf childless[] = {
	{ BPF_LD | BPF_W | BPF_ABS, 0, 0,
	  (uint32_t)offsetof(struct seccomp_data, nr) },
	{ BPF_JMP | BPF_JEQ | BPF_K, 1, 0, SYS_clone },
	{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, FORK_NUMBER },
	{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EAGAIN },
	{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
};

static int be_childless(struct libspawn_worker *self)
{
	if (take_filter(childless, sizeof childless / sizeof *childless) < 0)
		return 1;
	return libspawn_template_serve(self);
}

static const struct libspawn_function functions[] = {
	{ .name = "socket", .run = try_socket },
	{ .name = "writing", .run = try_writing },
	{ .name = "say data", .run = say_data },
	{ .name = "talk to nobody", .run = talk_to_nobody },
	{ .name = "change user", .run = change_user },
	{ .name = "stay as user", .run = stay_as_user },
	{ .name = "template", .run = be_template },
	{ .name = "childless", .run = be_childless },
};

/* ---- Tests ------------------------------------------------------------- */

/* EPERM for socket(); all else is allowed. */
static const struct libspawn_bpf filter[] = {
	{ BPF_LD | BPF_W | BPF_ABS, 0, 0,
	  (uint32_t)offsetof(struct seccomp_data, nr) },
	{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_socket },
	{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM },
	{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
};

/* Where the low half of an argument is. */
#define ARGUMENT(n)                                                            \
	((uint32_t)(offsetof(struct seccomp_data, args[n]) +                   \
		    (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)))

/* As Linux before 6.7 where memory is sealed: EPERM for a shared mapping. */
static const struct libspawn_bpf older[] = {
	{ BPF_LD | BPF_W | BPF_ABS, 0, 0,
	  (uint32_t)offsetof(struct seccomp_data, nr) },
	{ BPF_JMP | BPF_JEQ | BPF_K, 0, 3, MAP_NUMBER },
	{ BPF_LD | BPF_W | BPF_ABS, 0, 0, ARGUMENT(3) },
	{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, MAP_SHARED },
	{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM },
	{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
};

static struct libspawn_options options_with(const struct libspawn_bpf *rules,
					    size_t count)
{
	struct libspawn_options options = plain_options();

	options.flags = LIBSPAWN_NO_NEW_PRIVS;
	options.seccomp = rules;
	options.seccomp_count = (uint32_t)count;
	return options;
}

static struct libspawn_options filtered_options(void)
{
	return options_with(filter, sizeof filter / sizeof *filter);
}

static void expect_no_socket(struct libspawn_worker *worker)
{
	expect_text(worker, "socket Operation not permitted");
	expect_text(worker, "and another message");
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

static void one_with_a_filter_works(void **state)
{
	struct libspawn_options options = filtered_options();
	struct libspawn_worker_how how = plain_how(&options);

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_NO_NEW_PRIVS);
	expect_no_socket(employ("socket", &how));
}

static void a_block_is_mapped_on_an_older_kernel(void **state)
{
	struct libspawn_options options =
		options_with(older, sizeof older / sizeof *older);
	struct libspawn_worker_how how = plain_how(&options);
	struct libspawn_worker *worker;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_NO_NEW_PRIVS);
	assert_int_equal(
		libspawn_block_create(&how.block_fd, "handed over", 12), 0);
	how.flags |= LIBSPAWN_WORKER_BLOCK;
	worker = employ("say data", &how);
	close(how.block_fd);
	expect_text(worker, "handed over");
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

/* Its workers have the filter of their template. */
static void those_of_a_template_with_a_filter_work(void **state)
{
	struct libspawn_options options = filtered_options();
	struct libspawn_worker_how how = plain_how(&options);
	struct libspawn_worker *from;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_NO_NEW_PRIVS);
	from = employ("template", &how);
	expect_no_socket(fork_one(from, "socket", NULL));
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

static void one_in_a_landlock_works(void **state)
{
	const uint64_t handled = LANDLOCK_ACCESS_WRITE_FILE;
	struct libspawn_options options = plain_options();
	struct libspawn_worker_how how = plain_how(&options);
	struct libspawn_worker *worker;

	(void)state;
	options.flags = LIBSPAWN_LANDLOCK_FD | LIBSPAWN_NO_NEW_PRIVS;
	options.landlock_fd = (int)syscall(LANDLOCK_CREATE_RULESET, &handled,
					   sizeof handled, 0);
	if (options.landlock_fd < 0)
		skip_with_reason("this kernel has no Landlock: %s",
				 strerror(errno));
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN) {
		expect_decline(&options, LIBSPAWN_STEP_NO_NEW_PRIVS);
	} else {
		worker = employ("writing", &how);
		expect_text(worker, "writing Permission denied");
		dismiss(worker, LIBSPAWN_END_EXITED, 0);
	}
	close(options.landlock_fd);
}

static void need_filters(void)
{
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
		skip_with_reason("no filter can be had: %s", strerror(errno));
}

/* Of a worker that nobody has waited for only its handle can tell. */
static void one_that_could_not_be_forked_says_so(void **state)
{
	const struct libspawn_worker_how how = {
		.size = sizeof how,
		.flags = LIBSPAWN_WORKER_LATER,
	};
	struct libspawn_worker *from;
	struct libspawn_worker *worker;
	struct libspawn_message message;
	char text[256];
	int code;

	(void)state;
	/* Its look for leaks at the end is a process's too. */
	if (is_sanitized())
		skip_with_reason("a sanitizer's own end takes a process");
	need_filters();
	from = employ("childless", NULL);
	assert_int_equal(libspawn_template_fork(&worker, from, "socket", &how,
						PATIENCE_MS, NULL),
			 0);
	code = libspawn_worker_receive(worker, &message, PATIENCE_MS);
	libspawn_worker_describe(text, sizeof text, worker);
	assert_int_equal(libspawn_worker_close(worker, PATIENCE_MS, NULL),
			 ECHILD);
	dismiss(from, LIBSPAWN_END_EXITED, 0);
	if (code == EDEADLK && processes_have_threads())
		skip_with_reason("every process here has a second thread");
	assert_int_equal(code, EAGAIN);
	assert_non_null(strstr(text, "says: it could not be forked ("));
}

/* What is there is enough for the pool, and not for its 4096 places. */
static void a_pool_without_memory_says_so(void **state)
{
	const struct libspawn_pool_how how = {
		.size = sizeof how,
		.function = "socket",
		.workers = 4096,
	};
	struct libspawn_error error = unset_error();
	struct libspawn_pool *pool;
	struct rlimit before, limit;
	int code;

	(void)state;
	if (support_is_instrumented())
		skip_with_reason("a sanitizer needs more address space");
	assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
	limit = before;
	limit.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
	code = libspawn_pool_open(&pool, &how, &error);
	assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
	if (code == 0) {
		libspawn_pool_close(pool, 0);
		skip_with_reason("the limit of memory limits nothing");
	}
	assert_int_equal(code, ENOMEM);
	assert_int_equal(error.step, LIBSPAWN_STEP_MEMORY);
}

/* As Linux before 6.2 says it; it can't be had in each of many tries. */
static void a_pair_that_the_kernel_took_apart_is_the_end(void **state)
{
	struct libspawn_worker *worker;

	(void)state;
	if (BY_SOCKETCALL)
		skip_with_reason("the C library sends by socketcall() here");
	need_filters();
	worker = employ("talk to nobody", NULL);
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

/* The kernel lets a leash of root's kill whom it has become. */
static void change_user_body(void)
{
	struct libspawn_worker *worker = employ("change user", NULL);

	expect_text(worker, "uid 65534");
	dismiss(worker, LIBSPAWN_END_EXITED, EPIPE);
}

static void one_may_change_its_user(void **state)
{
	(void)state;
	need_root();
	run_apart(change_user_body);
}

/* Who has no right to kill it any more lets its leash go, and reaps it. */
static void stay_body(void)
{
	struct libspawn_worker *worker = employ("stay as user", NULL);
	pid_t pid = libspawn_worker_process(worker)->pid;
	struct libspawn_status status;
	int code;

	expect_text(worker, "uid 65534");
	assert_int_equal(setresuid(65533, 65533, 0), 0);
	code = libspawn_worker_close(worker, 0, &status);
	assert_int_equal(setresuid(0, 0, 0), 0);
	/* The kernel's own doing. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	assert_true(status.flags & LIBSPAWN_STATUS_FORCED);
	if (code == EPERM) {
		/* Its end took longer than the library's second. */
		assert_int_equal(reap(pid), SIGKILL);
	} else {
		assert_int_equal(code, 0);
		assert_int_equal(status.end, LIBSPAWN_END_KILLED);
	}
	assert_no_child();
}

static void one_that_may_not_be_killed_is_reaped(void **state)
{
	(void)state;
	need_root();
	run_apart(stay_body);
}

static const struct CMUnitTest tests[] = {
	TEST(one_with_a_filter_works),
	TEST(a_block_is_mapped_on_an_older_kernel),
	TEST(those_of_a_template_with_a_filter_work),
	TEST(one_in_a_landlock_works),
	TEST(one_that_could_not_be_forked_says_so),
	TEST(a_pool_without_memory_says_so),
	TEST(a_pair_that_the_kernel_took_apart_is_the_end),
	TEST(one_may_change_its_user),
	TEST(one_that_may_not_be_killed_is_reaped),
};

EMPLOY_MAIN(functions, tests)
