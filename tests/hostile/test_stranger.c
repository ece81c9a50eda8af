/* SPDX-License-Identifier: MIT */
/*
 * What another user may do to a child between its change of ids and exec, when
 * it is that user's process and still sees all of the caller's memory. The
 * child is kept there by a program that is busy, which exec tries again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apart.h"
#include "gate.h"
#include "linux_calls.h"
#include "setting.h"

#define STRANGER 54321
#define MINUTE_US 60000000u
/* Of all processors. */
#define PIDFD_GETFD 438

static uint32_t no_groups[1];

/* ---- A child that stays between its change of ids and exec ------------- */

struct window {
	char directory[64];
	char program[80];
	int holder; /* a byte to this, and the program is busy no longer */
	struct libspawn_options options;
};

/* A stranger to the child too, which would have the file open itself. */
static void hold(const char *program, int ready, int holder)
{
	char byte = 0;

	if (fork() == 0) {
		if (open(program, O_WRONLY | O_CLOEXEC) < 0 ||
		    write(ready, &byte, 1) != 1 || read(holder, &byte, 1) < 0)
			_exit(1);
	}
	_exit(0);
}

static void make_busy(struct window *window)
{
	int ready[2], holder[2];
	char byte;
	pid_t pid;

	assert_int_equal(new_pipe(ready), 0);
	assert_int_equal(new_pipe(holder), 0);
	pid = fork();
	if (pid == 0)
		hold(window->program, ready[1], holder[0]);
	assert_int_equal(reap(pid), 0);
	close(ready[1]);
	close(holder[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	window->holder = holder[1];
}

static void end_busy(struct window *window)
{
	if (window->holder >= 0) {
		assert_int_equal(write(window->holder, "", 1), 1);
		close(window->holder);
	}
	window->holder = -1;
}

static void open_window(struct window *window)
{
	snprintf(window->directory, sizeof window->directory,
		 "/tmp/libspawn-stranger-XXXXXX");
	assert_non_null(mkdtemp(window->directory));
	assert_int_equal(chmod(window->directory, 0755), 0);
	snprintf(window->program, sizeof window->program, "%s/probe",
		 window->directory);
	assert_int_equal(copy_program(support_probe, window->program), 0);
	make_busy(window);
	window->options = plain_options();
	window->options.flags = LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_GROUPS |
				LIBSPAWN_BUSY_RETRY;
	window->options.uid = STRANGER;
	window->options.gid = STRANGER;
	window->options.groups = no_groups;
	window->options.busy_retry = MINUTE_US;
}

static void close_window(struct window *window)
{
	end_busy(window);
	unlink(window->program);
	rmdir(window->directory);
}

/* The user of a process, or -1. */
static long user_of(pid_t pid)
{
	char path[40];
	char line[256];
	long user = -1;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "Uid: %ld", &user) == 1)
			break;
	if (file)
		fclose(file);
	return user;
}

static pid_t find_changed(void)
{
	pid_t child = find_child();

	while (user_of(child) != STRANGER)
		sched_yield();
	return child;
}

/* ---- What the stranger tries ------------------------------------------- */

static pid_t target;
static pid_t caller;
static char secret[] = "the caller's";

static int open_of(const char *name, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)target, name);
	fd = open(path, flags);
	if (fd >= 0)
		close(fd);
	return fd;
}

static int follow(const char *name)
{
	char path[64];
	char there[64];

	snprintf(path, sizeof path, "/proc/%d/%s", (int)target, name);
	return readlink(path, there, sizeof there) < 0 ? -1 : 0;
}

static long attach(void)
{
	return ptrace(PTRACE_ATTACH, target, NULL, NULL);
}

static long seize(void)
{
	return ptrace(PTRACE_SEIZE, target, NULL, NULL);
}

static long read_memory(void)
{
	char copy[sizeof secret];
	struct iovec mine = { copy, sizeof copy };
	struct iovec theirs = { secret, sizeof secret };

	return process_vm_readv(target, &mine, 1, &theirs, 1, 0);
}

static long write_memory(void)
{
	char copy[sizeof secret] = "a stranger's";
	struct iovec mine = { copy, sizeof copy };
	struct iovec theirs = { secret, sizeof secret };

	return process_vm_writev(target, &mine, 1, &theirs, 1, 0);
}

static long open_memory(void)
{
	return open_of("mem", O_RDONLY);
}

static long open_map(void)
{
	return open_of("maps", O_RDONLY);
}

static long open_variables(void)
{
	return open_of("environ", O_RDONLY);
}

static long list_descriptors(void)
{
	return open_of("fd", O_RDONLY | O_DIRECTORY);
}

static long follow_cwd(void)
{
	return follow("cwd");
}

static long follow_program(void)
{
	return follow("exe");
}

static long take_descriptor(void)
{
	int pidfd = open_pidfd(target);

	if (pidfd < 0)
		return -1;
	return syscall(PIDFD_GETFD, pidfd, 1, 0);
}

static long signal_caller(void)
{
	return kill(caller, 0);
}

static const struct {
	const char *name;
	long (*try)(void);
} attempts[] = {
	{ "ptrace, attach", attach },
	{ "ptrace, seize", seize },
	{ "process_vm_readv", read_memory },
	{ "process_vm_writev", write_memory },
	{ "/proc/PID/mem", open_memory },
	{ "/proc/PID/maps", open_map },
	{ "/proc/PID/environ", open_variables },
	{ "/proc/PID/fd", list_descriptors },
	{ "/proc/PID/cwd", follow_cwd },
	{ "/proc/PID/exe", follow_program },
	{ "pidfd_getfd", take_descriptor },
	{ "a signal to the caller", signal_caller },
};

enum { ATTEMPTS = sizeof attempts / sizeof *attempts };

static int become_stranger(void)
{
	return setgroups(0, NULL) || setresgid(STRANGER, STRANGER, STRANGER) ||
	       setresuid(STRANGER, STRANGER, STRANGER);
}

/* In a process of its own; the status is 0 if nothing has succeeded. */
static int try_all(void)
{
	int successes = 0;

	if (become_stranger())
		return 100;
	for (int n = 0; n < ATTEMPTS; n++) {
		if (attempts[n].try() < 0)
			continue;
		fprintf(stderr, "the stranger may: %s\n", attempts[n].name);
		successes++;
	}
	return successes;
}

static int as_stranger(int (*run)(void))
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(run());
	return reap(pid);
}

/* ---- The tests --------------------------------------------------------- */

struct findings {
	struct window *window;
	int (*run)(void);
	int status;
	int dumpable;
};

static void *watch_window(void *data)
{
	struct findings *found = data;

	target = find_changed();
	found->dumpable = prctl(PR_GET_DUMPABLE);
	found->status = as_stranger(found->run);
	end_busy(found->window);
	return NULL;
}

/* Starts the program while the stranger does this to its child. */
static int start_beside(struct window *window, struct findings *found,
			int (*run)(void), struct libspawn_process *process,
			struct libspawn_error *error)
{
	pthread_t thread;
	int code;

	caller = getpid();
	*found = (struct findings){ .window = window, .run = run };
	thread = start_thread(watch_window, found);
	code = libspawn_start(process, window->program, exit_argv,
			      &window->options, error);
	join_thread(thread);
	return code;
}

static void kept_out_body(void)
{
	struct libspawn_error error = unset_error();
	struct libspawn_process process;
	struct findings found;
	struct window window;

	open_window(&window);
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1), 0);
	assert_int_equal(
		start_beside(&window, &found, try_all, &process, &error), 0);
	assert_int_equal(found.status, 0);
	if (memory_is_shared())
		assert_int_equal(found.dumpable, 0);
	assert_int_equal(prctl(PR_GET_DUMPABLE), 1);
	assert_string_equal(secret, "the caller's");
	assert_int_equal(reap(process.pid), 0);
	close_window(&window);
}

static int is_declined(void)
{
	return support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN;
}

static void the_user_that_it_becomes_sees_nothing_of_the_caller(void **state)
{
	(void)state;
	need_root();
	if (is_declined())
		skip_with_reason("posix_spawn has no uid");
	run_apart(kept_out_body);
}

/* It is that user's process, who may end it: that is said, and nothing left. */
static int kill_target(void)
{
	return become_stranger() || kill(target, SIGKILL);
}

static void killed_body(void)
{
	struct libspawn_error error = unset_error();
	struct libspawn_process process;
	struct findings found;
	struct window window;

	open_window(&window);
	assert_int_equal(
		start_beside(&window, &found, kill_target, &process, &error),
		ECANCELED);
	assert_int_equal(found.status, 0);
	assert_int_equal(error.step, LIBSPAWN_STEP_DIED);
	assert_int_equal(error.signal, SIGKILL);
	close_window(&window);
}

static void the_user_that_it_becomes_may_only_end_the_start(void **state)
{
	(void)state;
	need_root();
	if (is_declined())
		skip_with_reason("posix_spawn has no uid");
	run_apart(killed_body);
}

/* ---- A stranger who stops the child ------------------------------------ */

static int stop_target(void)
{
	return become_stranger() || kill(target, SIGSTOP);
}

/* A caller with a deadline is not held by it. */
static void stopped_body(void)
{
	struct libspawn_error error = unset_error();
	struct libspawn_pending *pending;
	struct libspawn_process process;
	struct window window;

	open_window(&window);
	assert_int_equal(libspawn_begin(&pending, window.program, exit_argv,
					&window.options, &error),
			 0);
	target = libspawn_pending_pid(pending);
	while (user_of(target) != STRANGER)
		sched_yield();
	/* From there on it goes nowhere: the program is busy. */
	do
		assert_int_equal(libspawn_finish(pending, 1, &process, &error),
				 ETIMEDOUT);
	while (error.step != LIBSPAWN_STEP_EXEC);
	assert_int_equal(as_stranger(stop_target), 0);
	assert_int_equal(libspawn_finish(pending, 1, &process, &error),
			 ETIMEDOUT);
	assert_int_equal(error.step, LIBSPAWN_STEP_EXEC);
	cancel_start(pending);
	sweep_starts();
	assert_no_child();
	close_window(&window);
}

static void one_who_stops_it_holds_no_caller_with_a_deadline(void **state)
{
	(void)state;
	need_root();
	if (support_backend != LIBSPAWN_BACKEND_CLONE)
		skip_with_reason("only clone can go on without waiting");
	run_apart(stopped_body);
}

static const struct CMUnitTest tests[] = {
	TEST(the_user_that_it_becomes_sees_nothing_of_the_caller),
	TEST(the_user_that_it_becomes_may_only_end_the_start),
	TEST(one_who_stops_it_holds_no_caller_with_a_deadline),
};

TEST_MAIN(tests)
