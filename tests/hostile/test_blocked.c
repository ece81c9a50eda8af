/* SPDX-License-Identifier: MIT */
/*
 * A step that waits without end, here the open of a FIFO, and a caller that is
 * killed meanwhile: nothing is left that could only be ended by SIGKILL. And
 * what this costs nobody: the program's own signal, and its life after the
 * thread that started it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apart.h"
#include "dead_fs.h"
#include "gate.h"
#include "refuse.h"

enum { USER = 54321, RAN = 3 };

static struct gate gate;
static struct libspawn_fd row;
static int in_pipeline; /* the one that waits is the first of two */

static int is_declined(void)
{
	return support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN;
}

/* Waits at the gate for ever, in a process that may be killed. */
_Noreturn static void be_caller(const struct libspawn_options *options)
{
	static char name[] = "probe", exits[] = "exit", ran[] = "3";
	char *const argv[] = { name, exits, ran, NULL };
	char zero[] = "0";
	char *const other_argv[] = { name, exits, zero, NULL };
	const struct libspawn_options plain = plain_options();
	const struct libspawn_stage stages[2] = {
		{ .program = support_probe, .argv = argv, .options = options },
		{ .program = support_probe,
		  .argv = other_argv,
		  .options = &plain },
	};
	struct libspawn_process processes[2];

	if (in_pipeline)
		libspawn_start_pipeline(processes, stages, 2, 0, NULL);
	else
		libspawn_start(processes, support_probe, argv, options, NULL);
	_exit(0);
}

static void reap_caller(pid_t caller)
{
	int status;

	assert_int_equal(waitpid(caller, &status, 0), caller);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

/*
 * What is left is this process's. Who waits at the gate may go on now, and run
 * the program: the signal came before the caller could be reaped. It comes to
 * a detached one later, by way of the process between, and the gate stays shut.
 */
static void expect_nothing_left(int is_detached)
{
	int fd = is_detached ? -1 : open(gate.path, O_RDWR | O_CLOEXEC);
	int status;

	while (waitpid(-1, &status, __WALL) > 0)
		assert_false(WIFEXITED(status) && WEXITSTATUS(status) == RAN);
	if (fd >= 0)
		close(fd);
}

static void kill_caller(struct libspawn_options *options)
{
	const struct libspawn_options plain = plain_options();
	pid_t caller;

	mark_surroundings();
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	/* It is known then how exec is seen: stages may be begun at once. */
	start_and_reap(&plain);
	make_gate_of(options, &gate, &row);
	caller = fork();
	if (caller == 0)
		be_caller(options);
	find_child_of(caller);
	kill(caller, SIGKILL);
	reap_caller(caller);
	expect_nothing_left((options->flags & LIBSPAWN_DETACH) != 0);
	remove_gate(&gate);
}

static void plain_body(void)
{
	struct libspawn_options options = plain_options();

	for (int n = 0; n < 20; n++)
		kill_caller(&options);
}

static void with_signal_body(void)
{
	struct libspawn_options options = plain_options();

	/* Its own comes later. */
	options.parent_death_signal = SIGUSR1;
	options.cwd = "/";
	kill_caller(&options);
}

static void a_child_that_waits_ends_with_its_caller(void **state)
{
	(void)state;
	if (is_declined())
		skip_with_reason("that child is the C library's");
	run_apart(plain_body);
	run_apart(with_signal_body);
}

/* Also where all are begun before the first has executed. */
static void a_stage_that_waits_ends_with_its_caller(void **state)
{
	(void)state;
	if (is_declined())
		skip_with_reason("that child is the C library's");
	in_pipeline = 1;
	run_apart(plain_body);
	in_pipeline = 0;
}

static void detached_body(void)
{
	struct libspawn_options options = plain_options();

	options.flags = LIBSPAWN_DETACH;
	for (int n = 0; n < 20; n++)
		kill_caller(&options);
}

/* The process between them goes too. */
static void a_detached_child_that_waits_ends_with_its_caller(void **state)
{
	struct libspawn_options options = { OPTIONS, .flags = LIBSPAWN_DETACH };

	(void)state;
	if (support_backend != LIBSPAWN_BACKEND_CLONE) {
		expect_decline(&options, LIBSPAWN_STEP_DETACH);
		return;
	}
	run_apart(detached_body);
}

static void the_program_has_no_signal_of_the_librarys(void **state)
{
	struct libspawn_options options = { OPTIONS, .cwd = "/" };

	(void)state;
	assert_seen(run_probe(&options, "containment"), "death_signal", "0");
	if (is_declined())
		return;
	options.parent_death_signal = SIGUSR2;
	assert_int_equal(
		seen_number(run_probe(&options, "containment"), "death_signal"),
		SIGUSR2);
	if (!support_is_root())
		return;
	options.flags = LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_GROUPS;
	options.uid = options.gid = USER;
	assert_int_equal(
		seen_number(run_probe(&options, "containment"), "death_signal"),
		SIGUSR2);
	options.parent_death_signal = 0;
	assert_seen(run_probe(&options, "containment"), "death_signal", "0");
}

struct ending_thread {
	struct libspawn_options options;
	struct libspawn_process process;
};

static void *start_and_end(void *argument)
{
	static char name[] = "probe", reads[] = "read", fd[] = "0";
	static char *argv[] = { name, reads, fd, NULL };
	struct ending_thread *thread = argument;

	assert_int_equal(libspawn_start(&thread->process, support_probe, argv,
					&thread->options, NULL),
			 0);
	return NULL;
}

static void outlive_thread_body(void)
{
	int32_t writing = -1;
	const struct libspawn_fd pipe = {
		.kind = LIBSPAWN_FD_PIPE_READ,
		.parent_end = &writing,
	};
	struct ending_thread thread = { .options = plain_options() };

	support_ignore_mappings();
	thread.options.cwd = "/";
	thread.options.fds = &pipe;
	thread.options.fd_count = 1;
	join_thread(start_thread(start_and_end, &thread));
	close(writing);
	assert_int_equal(reap(thread.process.pid), 0);
}

static void the_program_outlives_the_thread_that_started_it(void **state)
{
	(void)state;
	run_apart(outlive_thread_body);
}

static void without_signal_body(void)
{
	struct libspawn_options options = plain_options();

	options.cwd = "/";
	need_refusals();
	refuse_call("prctl", EPERM);
	mark_surroundings();
	start_and_reap(&options);
}

static void a_kernel_that_refuses_it_refuses_no_start(void **state)
{
	(void)state;
	run_apart(without_signal_body);
}

/* ---- A file system that does not answer ---------------------------------- */

static struct dead_fs fs;

/* As late as it takes the child to come so far. */
static void expect_late(const struct libspawn_options *from, int step)
{
	struct libspawn_options options = *from;
	struct libspawn_error error = { .step = LIBSPAWN_STEP_BEGIN };
	struct libspawn_process process;

	for (int64_t ms = 100; error.step != step && ms < 60000; ms *= 2) {
		options.start_timeout_ms = ms;
		assert_int_equal(libspawn_start(&process,
						step == LIBSPAWN_STEP_EXEC
							? fs.program
							: support_probe,
						exit_argv, &options, &error),
				 ETIMEDOUT);
		assert_int_equal(error.code, ETIMEDOUT);
	}
	assert_int_equal(error.step, step);
}

/* The directory, a file of the table, the program: each is the one to blame. */
static void dead_body(void)
{
	struct libspawn_options options = plain_options();
	const struct libspawn_fd file = { .child_fd = 5,
					  .kind = LIBSPAWN_FD_OPEN,
					  .path = fs.program };

	mark_surroundings();
	make_dead_fs(&fs, DEAD_FS_ALONE);
	expect_late(&options, LIBSPAWN_STEP_EXEC);
	options.cwd = fs.directory;
	expect_late(&options, LIBSPAWN_STEP_CWD);
	options.cwd = NULL;
	options.root = fs.directory;
	expect_late(&options, LIBSPAWN_STEP_CHROOT);
	options.root = NULL;
	options.fds = &file;
	options.fd_count = 1;
	expect_late(&options, LIBSPAWN_STEP_FD);
	sweep_starts();
	end_dead_fs(&fs);
}

static void a_file_system_that_does_not_answer_is_named(void **state)
{
	(void)state;
	if (support_backend != LIBSPAWN_BACKEND_CLONE)
		skip_with_reason("a deadline takes a backend that goes on");
	run_apart(dead_body);
}

static const struct CMUnitTest tests[] = {
	TEST(a_child_that_waits_ends_with_its_caller),
	TEST(a_stage_that_waits_ends_with_its_caller),
	TEST(a_detached_child_that_waits_ends_with_its_caller),
	TEST(the_program_has_no_signal_of_the_librarys),
	TEST(the_program_outlives_the_thread_that_started_it),
	TEST(a_kernel_that_refuses_it_refuses_no_start),
	TEST(a_file_system_that_does_not_answer_is_named),
};

TEST_MAIN(tests)
