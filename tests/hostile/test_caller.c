/* SPDX-License-Identifier: MIT */
/*
 * What belongs to the caller is as before after a start, whatever became of
 * it: mask, errno, directory, umask, environment, cancellation, alternate
 * stack, limits, dumpable flag, priority, ids.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apart.h"

#define THREADS 8
#define STARTS 60
#define USER 54321

extern char **environ;

/* All of it as the kernel has it, without the C library's own view. */
struct caller {
	uint64_t mask;
	int errnum;
	char cwd[4096];
	mode_t umask;
	char **environ;
	uint64_t environment;
	int cancel_state;
	int cancel_type;
	stack_t stack;
	struct rlimit limits[RLIM_NLIMITS];
	int dumpable;
	int nice;
	int death_signal;
	int no_new_privs;
	int session;
	int group;
	uid_t ids[6];
};

static uint64_t hash_environment(void)
{
	uint64_t hash = 14695981039346656037u;

	for (char **entry = environ; *entry; entry++) {
		hash ^= (uintptr_t)*entry;
		for (const char *at = *entry; *at; at++)
			hash = (hash ^ (unsigned char)*at) * 1099511628211u;
	}
	return hash;
}

static void look(struct caller *caller)
{
	memset(caller, 0, sizeof *caller);
	caller->errnum = errno;
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &caller->mask, 8);
	assert_non_null(getcwd(caller->cwd, sizeof caller->cwd));
	caller->umask = umask(0);
	umask(caller->umask);
	caller->environ = environ;
	caller->environment = hash_environment();
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &caller->cancel_state);
	pthread_setcancelstate(caller->cancel_state, NULL);
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &caller->cancel_type);
	pthread_setcanceltype(caller->cancel_type, NULL);
	sigaltstack(NULL, &caller->stack);
	for (int i = 0; i < RLIM_NLIMITS; i++)
		getrlimit(i, &caller->limits[i]);
	caller->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	caller->nice = getpriority(PRIO_PROCESS, 0);
	prctl(PR_GET_PDEATHSIG, &caller->death_signal, 0, 0, 0);
	caller->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	caller->session = getsid(0);
	caller->group = getpgid(0);
	getresuid(&caller->ids[0], &caller->ids[1], &caller->ids[2]);
	getresgid(&caller->ids[3], &caller->ids[4], &caller->ids[5]);
}

/* An unusual caller: each bit set that can be, and errno not 0. */
static void be_unusual(uint64_t mask)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8);
	errno = EXDEV;
}

/* Start, and compare; the result is the test's to judge. */
static int start_and_compare(const char *program,
			     const struct libspawn_options *options)
{
	static const uint64_t masks[] = { 0, ~UINT64_C(0),
					  UINT64_C(0x5555555555555555),
					  UINT64_C(1) << 31 | 1 };
	struct libspawn_error error = unset_error();
	struct libspawn_process process;
	struct caller before, after;
	int code = 0;

	for (size_t n = 0; n < sizeof masks / sizeof *masks; n++) {
		be_unusual(masks[n]);
		look(&before);
		errno = EXDEV;
		code = libspawn_start(&process, program, exit_argv, options,
				      &error);
		look(&after);
		be_unusual(0);
		assert_int_equal(after.errnum, EXDEV);
		before.errnum = EXDEV;
		assert_memory_equal(&before, &after, sizeof before);
		if (code == 0)
			assert_int_equal(reap(process.pid), 0);
	}
	return code;
}

/* The mask that the caller runs under must let a probe exit with 0. */
static void success_body(void)
{
	struct libspawn_options options = plain_options();

	assert_int_equal(start_and_compare(support_probe, &options), 0);
	options.cwd = "/";
	options.flags |= LIBSPAWN_NEW_SESSION | LIBSPAWN_SIGNAL_MASK;
	options.signal_default = 1;
	assert_int_equal(start_and_compare(support_probe, &options), 0);
}

static void a_start_leaves_the_caller_as_it_was(void **state)
{
	(void)state;
	run_apart(success_body);
}

/* ---- Every kind of failure --------------------------------------------- */

static void fail_in_exec_body(void)
{
	struct libspawn_options options = plain_options();

	assert_int_equal(start_and_compare("/nonexistent", &options), ENOENT);
	assert_int_equal(start_and_compare("/", &options), EACCES);
}

static void fail_in_child_body(void)
{
	struct libspawn_fd row = { .kind = LIBSPAWN_FD_OPEN,
				   .path = "/nonexistent" };
	struct libspawn_options options = plain_options();

	options.cwd = "/nonexistent";
	assert_int_equal(start_and_compare(support_probe, &options), ENOENT);
	options.cwd = NULL;
	options.fds = &row;
	options.fd_count = 1;
	assert_int_equal(start_and_compare(support_probe, &options), ENOENT);
}

static void fail_before_body(void)
{
	struct libspawn_fd row = { .kind = LIBSPAWN_FD_FROM, .parent_fd = 99 };
	struct libspawn_options options = plain_options();

	options.umask = 1;
	assert_int_equal(start_and_compare(support_probe, &options), EINVAL);
	options = plain_options();
	options.fds = &row;
	options.fd_count = 1;
	assert_int_equal(start_and_compare(support_probe, &options), EBADF);
	options = plain_options();
	options.backend = 99;
	assert_int_equal(start_and_compare(support_probe, &options), EINVAL);
}

static void fail_for_want_body(void)
{
	struct libspawn_fd row = { .kind = LIBSPAWN_FD_PIPE_READ };
	struct rlimit before, none = { 3, 3 };
	struct libspawn_options options = plain_options();
	int32_t end;

	getrlimit(RLIMIT_NOFILE, &before);
	none.rlim_max = before.rlim_max;
	row.parent_end = &end;
	options.fds = &row;
	options.fd_count = 1;
	setrlimit(RLIMIT_NOFILE, &none);
	assert_int_equal(start_and_compare(support_probe, &options), EMFILE);
	setrlimit(RLIMIT_NOFILE, &before);
}

static void a_failure_leaves_the_caller_as_it_was(void **state)
{
	(void)state;
	run_apart(fail_in_exec_body);
	run_apart(fail_in_child_body);
	run_apart(fail_before_body);
	run_apart(fail_for_want_body);
}

/* ---- The dumpable flag ------------------------------------------------- */

/* Its children change their ids, for which the kernel resets our flag. */
static void *start_as_user(void *data)
{
	struct libspawn_options options = plain_options();

	options.flags = LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_GROUPS;
	options.uid = USER;
	options.gid = USER;
	for (int n = 0; n < (runs_slowly() ? STARTS / 10 : STARTS); n++) {
		start_and_reap(&options);
		expect_failure(&options, "/nonexistent", exit_argv, ENOENT,
			       LIBSPAWN_STEP_EXEC, -1);
	}
	return data;
}

static void change_ids_in_threads(int dumpable)
{
	pthread_t threads[THREADS];

	assert_int_equal(prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0), 0);
	for (int n = 0; n < THREADS; n++)
		threads[n] = start_thread(start_as_user, NULL);
	for (int n = 0; n < THREADS; n++)
		join_thread(threads[n]);
	assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), dumpable);
}

static void dumpable_body(void)
{
	mark_surroundings();
	for (int n = 0; n < (runs_slowly() ? 1 : 5); n++)
		change_ids_in_threads(1);
}

static void undumpable_body(void)
{
	change_ids_in_threads(1);
	change_ids_in_threads(0);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void the_dumpable_flag_ends_as_it_began(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_UID | LIBSPAWN_KEEP_GROUPS,
		.uid = USER,
	};

	(void)state;
	need_root();
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_UID);
	run_apart(dumpable_body);
	run_apart(undumpable_body);
}

static const struct CMUnitTest tests[] = {
	TEST(a_start_leaves_the_caller_as_it_was),
	TEST(a_failure_leaves_the_caller_as_it_was),
	TEST(the_dumpable_flag_ends_as_it_began),
};

TEST_MAIN(tests)
