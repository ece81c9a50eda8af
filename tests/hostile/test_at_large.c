/* SPDX-License-Identifier: MIT */
/*
 * What a caller may do while starts of its own are under way in its memory:
 * close what it has lent, fork, execute, end. Hazards 16 and 24.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apart.h"
#include "patience.h"

enum { AT_ONCE = 16, ROUNDS = 20, USER = 54321 };

static char name[] = "probe", command[] = "write", number[] = "1";
static char line[] = "here ";
static char *const write_argv[] = { name, command, number, line, NULL };

static int rounds(void)
{
	return runs_slowly() ? 2 : ROUNDS;
}

/* The first leaves what malloc() keeps. */
static void repeat(void (*act)(void))
{
	act();
	mark_surroundings();
	for (int n = 0; n < rounds(); n++)
		act();
}

/* Its output goes there; what waits by nature may. */
static struct libspawn_pending *begin_to(int output, uint64_t flags)
{
	const struct libspawn_fd row = { .child_fd = 1,
					 .kind = LIBSPAWN_FD_FROM,
					 .parent_fd = output };
	struct libspawn_options options = plain_options();

	options.flags = LIBSPAWN_MAY_WAIT | flags;
	options.fds = &row;
	options.fd_count = 1;
	return begin_apart(support_probe, write_argv, &options);
}

static void begin_many(struct libspawn_pending *pending[AT_ONCE], int output)
{
	for (int n = 0; n < AT_ONCE; n++)
		pending[n] = begin_to(output, 0);
}

static void finish_many(struct libspawn_pending *pending[AT_ONCE])
{
	struct libspawn_process process;

	for (int n = 0; n < AT_ONCE; n++) {
		assert_int_equal(libspawn_finish(pending[n], LIBSPAWN_FOREVER,
						 &process, NULL),
				 0);
		assert_int_equal(reap(process.pid), 0);
	}
}

/* Until nobody can write any more: each program has said its word. */
static void expect_words(int input)
{
	char text[AT_ONCE * sizeof line + 1];
	size_t size = 0;
	ssize_t got;

	while ((got = read(input, text + size, sizeof text - size)) > 0)
		size += (size_t)got;
	assert_int_equal(size, AT_ONCE * (sizeof line - 1));
	for (int n = 0; n < AT_ONCE; n++)
		assert_memory_equal(text + (size_t)n * (sizeof line - 1), line,
				    sizeof line - 1);
	close(input);
}

static void make_pipe(int ends[2])
{
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
}

/* ---- Closing ------------------------------------------------------------- */

static void close_once(void)
{
	struct libspawn_pending *pending[AT_ONCE];
	int ends[2];

	make_pipe(ends);
	begin_many(pending, ends[1]);
	close(ends[1]);
	expect_words(ends[0]);
	finish_many(pending);
}

static void close_body(void)
{
	repeat(close_once);
}

static void it_may_close_what_it_has_lent(void **state)
{
	(void)state;
	run_apart(close_body);
}

/* ---- Forking ------------------------------------------------------------- */

/* The copies of them are memory, and no more: it starts programs of its own. */
_Noreturn static void be_fork(void)
{
	struct libspawn_options options = plain_options();
	struct libspawn_process process;

	options.flags = LIBSPAWN_MAY_WAIT;
	_exit(libspawn_start(&process, support_probe, exit_argv, &options,
			     NULL) ||
	      reap(process.pid));
}

static void fork_once(void)
{
	struct libspawn_pending *pending[AT_ONCE];
	int ends[2];
	pid_t copy;

	make_pipe(ends);
	begin_many(pending, ends[1]);
	copy = fork();
	if (copy == 0)
		be_fork();
	assert_int_equal(reap(copy), 0);
	finish_many(pending);
	close(ends[1]);
	expect_words(ends[0]);
}

static void fork_body(void)
{
	repeat(fork_once);
}

static void it_may_fork(void **state)
{
	(void)state;
	run_apart(fork_body);
}

/* ---- Its end ------------------------------------------------------------- */

_Noreturn static void end_by_exec(void)
{
	execv(support_probe, exit_argv);
	_exit(1);
}

_Noreturn static void end_at_once(void)
{
	_exit(0);
}

/* A process of its own, so that nothing of the test ends with it. */
static void end_amid_starts(void (*end)(void))
{
	for (int n = 0; n < rounds(); n++) {
		struct libspawn_pending *pending[AT_ONCE];
		int ends[2];
		pid_t caller;

		make_pipe(ends);
		caller = fork();
		if (caller == 0) {
			begin_many(pending, ends[1]);
			end();
		}
		close(ends[1]);
		assert_int_equal(reap(caller), 0);
		expect_words(ends[0]);
	}
}

static void exit_body(void)
{
	end_amid_starts(end_at_once);
}

static void it_may_end(void **state)
{
	(void)state;
	run_apart(exit_body);
}

static void exec_body(void)
{
	end_amid_starts(end_by_exec);
}

static void it_may_execute(void **state)
{
	(void)state;
	run_apart(exec_body);
}

/* ---- What is not as it was ----------------------------------------------- */

static void dumpable_body(void)
{
	struct libspawn_options options = plain_options();
	struct libspawn_pending *pending;
	struct libspawn_process process;

	options.flags = LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_GROUPS;
	options.uid = options.gid = USER;
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	pending = begin_apart("/bin/sh", exit_argv, &options);
	cancel_start(pending);
	sweep_starts();
	assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1);
	assert_int_equal(libspawn_begin(&pending, "/nonexistent", exit_argv,
					&options, NULL),
			 0);
	assert_int_equal(
		libspawn_finish(pending, LIBSPAWN_FOREVER, &process, NULL),
		ENOENT);
	assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1);
}

static void the_dumpable_flag_is_back_after_the_finish(void **state)
{
	(void)state;
	need_root();
	if (support_backend != LIBSPAWN_BACKEND_CLONE &&
	    support_backend != LIBSPAWN_BACKEND_FORK)
		skip_with_reason("the backend waits");
	run_apart(dumpable_body);
}

/* A child that has done this, or has not, and goes on until it is killed. */
static pid_t fork_holder(int (*hold)(const char *what), const char *what,
			 char *holds)
{
	int ready[2];
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		*holds = (char)hold(what);
		if (write(ready[1], holds, 1) == 1)
			pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], holds, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end_holder(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(reap(pid), SIGKILL);
}

static int leave_users(const char *what)
{
	(void)what;
	return unshare(CLONE_NEWUSER) == 0;
}

static int keep_busy(const char *program)
{
	return open(program, O_WRONLY) >= 0;
}

/* A namespace of users that this process has made, by a child of it. */
static int open_own_users(void)
{
	char path[64];
	char has_left;
	pid_t pid = fork_holder(leave_users, NULL, &has_left);
	int fd;

	snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
	fd = has_left ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	end_holder(pid);
	return fd;
}

/* Its child waits in the namespace: the program is busy. */
static void entering_body(void)
{
	char program[] = "/tmp/libspawn-busy-XXXXXX";
	int32_t users = open_own_users();
	const struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
		.flags = LIBSPAWN_BUSY_RETRY,
		.busy_retry = 60000000,
		.namespaces = &users,
		.namespace_count = 1,
	};
	struct libspawn_pending *pending;
	struct libspawn_process process;
	struct patience patience = { 0 };
	char is_busy;
	pid_t writer;

	if (users < 0)
		skip_apart("no user namespace can be made");
	close(mkstemp(program));
	assert_int_equal(copy_program(support_probe, program), 0);
	assert_int_equal(chmod(program, 0755), 0);
	writer = fork_holder(keep_busy, program, &is_busy);
	assert_true(is_busy);
	assert_int_equal(
		libspawn_begin(&pending, program, exit_argv, &options, NULL),
		0);
	while (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		assert_true(patience_naps(&patience));
	end_holder(writer);
	assert_int_equal(
		libspawn_finish(pending, LIBSPAWN_FOREVER, &process, NULL), 0);
	assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1);
	assert_int_equal(libspawn_wait(&process, LIBSPAWN_FOREVER, NULL), 0);
	unlink(program);
	close(users);
}

static void nobody_traces_who_enters_a_namespace(void **state)
{
	(void)state;
	if (support_backend != LIBSPAWN_BACKEND_CLONE || !memory_is_shared())
		skip_with_reason("the backend waits, or copies the memory");
	run_apart(entering_body);
}

static const struct CMUnitTest tests[] = {
	TEST(it_may_close_what_it_has_lent),
	TEST(it_may_fork),
	TEST(it_may_end),
	TEST(it_may_execute),
	TEST(the_dumpable_flag_is_back_after_the_finish),
	TEST(nobody_traces_who_enters_a_namespace),
};

TEST_MAIN(tests)
