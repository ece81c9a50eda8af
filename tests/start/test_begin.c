/* SPDX-License-Identifier: MIT */
/* Starts that do not wait: begun, held, awaited, given up. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "apart.h"
#include "linux_calls.h"

static char probe_name[] = "probe";
static char *const probe_argv[] = { probe_name, NULL };
static char sleep_name[] = "sleep";
static char sleep_time[] = "1000";
static char *const sleep_argv[] = { sleep_name, sleep_time, NULL };

static int goes_on(void)
{
	return support_backend == LIBSPAWN_BACKEND_CLONE ||
	       support_backend == LIBSPAWN_BACKEND_FORK;
}

/* An emulator or valgrind has no memory that is shared. */
static struct libspawn_pending *begin(uint64_t flags, const char *program,
				      char *const argv[])
{
	struct libspawn_options options = { OPTIONS, .backend = support_backend,
					    .flags = flags };
	struct libspawn_pending *pending = NULL;
	struct libspawn_error error;
	int code;

	if (!goes_on())
		options.flags |= LIBSPAWN_MAY_WAIT;
	code = libspawn_begin(&pending, program, argv, &options, &error);
	if (code == ENOTSUP && error.step == LIBSPAWN_STEP_BEGIN) {
		skip_with_reason("the backend waits here");
	}
	assert_int_equal(code, 0);
	assert_true(libspawn_pending_pid(pending) > 0);
	return pending;
}

static void skip_unless_it_holds(void)
{
	if (support_backend == LIBSPAWN_BACKEND_CLONE)
		return;
	skip_with_reason("only the clone backend holds a child");
}

static struct libspawn_process finish(struct libspawn_pending *pending)
{
	struct libspawn_process process;
	struct libspawn_error error;

	assert_int_equal(
		libspawn_finish(pending, LIBSPAWN_FOREVER, &process, &error),
		0);
	assert_int_equal(process.backend, support_backend);
	return process;
}

/* ---- What the caller does meanwhile -------------------------------------- */

static void a_start_is_begun_and_finished(void **state)
{
	int open_before = count_open();
	struct libspawn_pending *pending = begin(0, support_probe, probe_argv);
	pid_t pid = libspawn_pending_pid(pending);
	struct libspawn_process process = finish(pending);

	(void)state;
	assert_int_equal(process.pid, pid);
	libspawn_wait(&process, LIBSPAWN_FOREVER, NULL);
	assert_int_equal(count_open(), open_before);
	assert_no_child();
}

/* Whatever the library itself may have open. */
static void there_is_no_descriptor_that_was_not_asked_for(void **state)
{
	struct libspawn_pending *pending = begin(0, support_probe, probe_argv);
	struct libspawn_process process;

	(void)state;
	assert_int_equal(libspawn_pending_fd(pending), -1);
	process = finish(pending);
	libspawn_wait(&process, LIBSPAWN_FOREVER, NULL);
}

static void a_failure_is_told_by_the_finish(void **state)
{
	struct libspawn_pending *pending;
	struct libspawn_process process;
	struct libspawn_error error;

	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		skip_with_reason("posix_spawn() fails at once");
	pending = begin(0, "/nonexistent", probe_argv);
	assert_int_equal(
		libspawn_finish(pending, LIBSPAWN_FOREVER, &process, &error),
		ENOENT);
	assert_int_equal(error.step, LIBSPAWN_STEP_EXEC);
	assert_int_equal(error.backend, support_backend);
	assert_no_child();
}

static void many_starts_are_under_way_at_once(void **state)
{
	struct libspawn_pending *pending[32];

	(void)state;
	for (int n = 0; n < 32; n++)
		pending[n] = begin(0, support_probe, probe_argv);
	for (int n = 31; n >= 0; n--) {
		struct libspawn_process process = finish(pending[n]);

		libspawn_wait(&process, LIBSPAWN_FOREVER, NULL);
	}
	assert_no_child();
}

static void the_descriptor_is_readable_when_there_is_something(void **state)
{
	struct libspawn_pending *pending =
		begin(LIBSPAWN_POLL_FD, support_probe, probe_argv);
	struct pollfd wanted = { .fd = libspawn_pending_fd(pending),
				 .events = POLLIN };
	struct libspawn_process process;
	struct libspawn_error error;
	int code;

	(void)state;
	assert_true(wanted.fd > 2);
	assert_int_equal(fcntl(wanted.fd, F_GETFD), FD_CLOEXEC);
	do {
		assert_int_equal(poll(&wanted, 1, -1), 1);
		code = libspawn_finish(pending, 0, &process, &error);
	} while (code == ETIMEDOUT);
	assert_int_equal(code, 0);
	assert_int_equal(fcntl(wanted.fd, F_GETFD), -1);
	libspawn_wait(&process, LIBSPAWN_FOREVER, NULL);
}

/* In a namespace without a map there is no such id. */
static int has_gid_map(void)
{
	int fd = open("/proc/self/gid_map", O_RDONLY | O_CLOEXEC);
	char byte;
	int is_there = fd < 0 || read(fd, &byte, 1) == 1;

	if (fd >= 0)
		close(fd);
	return is_there;
}

/* A start that may end so. */
static void look_to_the_end(struct libspawn_pending *pending, int refusal)
{
	struct libspawn_process process;
	int code;

	do
		code = libspawn_finish(pending, 0, &process, NULL);
	while (code == ETIMEDOUT);
	assert_true(code == 0 || code == refusal);
	if (code == 0)
		assert_int_equal(
			libspawn_wait(&process, LIBSPAWN_FOREVER, NULL), 0);
}

/* Nobody tells when its memory has been left (hazard 4): time has to do. */
static void bare_looks_body(void)
{
	const struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
		.flags = LIBSPAWN_GID | LIBSPAWN_KEEP_GROUPS,
		.gid = getgid(),
	};
	struct libspawn_pending *pending;
	const int refusal = has_gid_map() ? 0 : EINVAL;
	const int needs_none =
		support_backend == LIBSPAWN_BACKEND_CLONE && memory_is_shared();
	struct rlimit limit;
	int code;

	run_probe(NULL, "process");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (fcntl(0, F_DUPFD_CLOEXEC, 3) >= 0)
		continue;
	code = libspawn_begin(&pending, support_probe, exit_argv, &options,
			      NULL);
	/* Others wait here, or need a pipe. */
	if (code && !needs_none)
		assert_true(code == ENOTSUP || code == EMFILE);
	else
		assert_int_equal(code, 0);
	if (code == 0)
		look_to_the_end(pending, refusal);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
}

static void looks_without_a_descriptor_come_to_an_end(void **state)
{
	(void)state;
	run_apart(bare_looks_body);
}

/* Looked at all the time: also between exec and what the kernel tells of it. */
static void be_impatient(uint64_t flags)
{
	static char name[] = "sh", option[] = "-c", text[] = "exec sleep 60";
	char *const argv[] = { name, option, text, NULL };
	struct libspawn_pending *pending = begin(flags, "/bin/sh", argv);
	struct libspawn_process process;
	struct libspawn_error error;
	int code;

	do
		code = libspawn_finish(pending, 0, &process, &error);
	while (code == ETIMEDOUT);
	assert_int_equal(code, 0);
	/* It has not waited for the program's end. */
	assert_int_equal(waitpid(process.pid, NULL, WNOHANG), 0);
	kill(process.pid, SIGKILL);
	assert_int_equal(waitpid(process.pid, NULL, 0), process.pid);
}

/* As often as three seconds allow: some kernels take a moment for each. */
static void an_impatient_caller_is_told_the_truth(void **state)
{
	const time_t until = time(NULL) + 3;

	(void)state;
	for (int n = 0; n < 4 || (n < 200 && time(NULL) < until); n++)
		be_impatient(n % 2 ? LIBSPAWN_POLL_FD : 0);
}

static int has_pidfd(void)
{
	struct libspawn_options options = { OPTIONS, .backend = support_backend,
					    .flags = LIBSPAWN_PIDFD };
	struct libspawn_process process;

	if (libspawn_start(&process, support_probe, probe_argv, &options, NULL))
		return 0;
	libspawn_wait(&process, LIBSPAWN_FOREVER, NULL);
	libspawn_close(&process);
	return 1;
}

/* The kernel gives it the lowest number, which is the caller's to use. */
static void the_pidfd_leaves_the_callers_numbers_alone(void **state)
{
	struct libspawn_pending *pending;
	struct libspawn_process process;
	int kept, null;

	(void)state;
	if (support_backend != LIBSPAWN_BACKEND_CLONE)
		skip_with_reason("only clone is asked for a pidfd here");
	if (!has_pidfd())
		skip_with_reason("the kernel may be one without pidfds");
	cancel_start(begin(0, support_probe, probe_argv));
	sweep_starts();
	kept = dup(0);
	close(0);
	pending = begin(LIBSPAWN_PIDFD, support_probe, probe_argv);
	null = open("/dev/null", O_RDONLY);
	process = finish(pending);
	assert_int_equal(null, 0);
	assert_int_equal(fcntl(0, F_GETFD), 0);
	assert_true(process.pidfd > 2);
	libspawn_wait(&process, LIBSPAWN_FOREVER, NULL);
	libspawn_close(&process);
	dup2(kept, 0);
	close(kept);
}

static void a_death_of_a_held_child_can_be_a_start(void **state)
{
	struct libspawn_pending *pending;
	struct libspawn_process process;
	struct libspawn_status status;

	(void)state;
	if (support_backend != LIBSPAWN_BACKEND_CLONE)
		skip_with_reason("only the clone backend holds a child");
	pending = begin(LIBSPAWN_HOLD | LIBSPAWN_DEATH_IS_START, support_probe,
			probe_argv);
	kill(libspawn_pending_pid(pending), SIGKILL);
	process = finish(pending);
	assert_int_equal(libspawn_wait(&process, LIBSPAWN_FOREVER, &status), 0);
	assert_int_equal(status.end, LIBSPAWN_END_KILLED);
	assert_int_equal(status.code, SIGKILL);
}

static void signals_and_mask_are_the_callers_meanwhile(void **state)
{
	sigset_t before, meanwhile;
	struct libspawn_pending *pending;
	struct libspawn_process process;

	(void)state;
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	pending = begin(0, support_probe, probe_argv);
	pthread_sigmask(SIG_SETMASK, NULL, &meanwhile);
	assert_memory_equal(&before, &meanwhile, sizeof(uint64_t));
	process = finish(pending);
	pthread_sigmask(SIG_SETMASK, NULL, &meanwhile);
	assert_memory_equal(&before, &meanwhile, sizeof(uint64_t));
	libspawn_wait(&process, LIBSPAWN_FOREVER, NULL);
}

/* The kernel would set that of all who share the memory. Hazard 16. */
static void the_callers_oom_score_adj_is_left_alone(void **state)
{
	struct libspawn_options options = { OPTIONS, .backend = support_backend,
					    .flags = LIBSPAWN_OOM_SCORE_ADJ,
					    .oom_score_adj = 900 };
	struct libspawn_pending *pending;
	struct libspawn_process process;
	struct libspawn_error error;
	char text[16] = "";
	int fd, code;

	(void)state;
	if (access("/proc/self/oom_score_adj", F_OK) != 0)
		skip_with_reason("needs /proc");
	if (!goes_on())
		options.flags |= LIBSPAWN_MAY_WAIT;
	code = libspawn_begin(&pending, support_probe, probe_argv, &options,
			      &error);
	if (code == 0) {
		process = finish(pending);
		libspawn_wait(&process, LIBSPAWN_FOREVER, NULL);
	} else if (error.step != LIBSPAWN_STEP_BEGIN) {
		assert_int_equal(code, ENOTSUP);
		assert_int_equal(error.step, LIBSPAWN_STEP_OOM_SCORE_ADJ);
	}
	fd = open("/proc/self/oom_score_adj", O_RDONLY);
	assert_true(fd >= 0 && read(fd, text, sizeof text - 1) > 0);
	close(fd);
	assert_int_not_equal(atoi(text), 900);
}

/* ---- Held ---------------------------------------------------------------- */

static void a_held_child_waits_until_it_is_released(void **state)
{
	struct libspawn_pending *pending;
	struct libspawn_process process;
	struct libspawn_error error;

	(void)state;
	skip_unless_it_holds();
	pending = begin(LIBSPAWN_HOLD, support_probe, probe_argv);
	assert_int_equal(libspawn_finish(pending, 20, &process, &error),
			 ETIMEDOUT);
	assert_int_equal(error.step, LIBSPAWN_STEP_BEGIN);
	assert_int_equal(error.code, ETIMEDOUT);
	assert_int_equal(libspawn_release(pending), 0);
	process = finish(pending);
	libspawn_wait(&process, LIBSPAWN_FOREVER, NULL);
}

static void a_held_child_can_be_cancelled(void **state)
{
	int open_before = count_open();

	(void)state;
	skip_unless_it_holds();
	for (int n = 0; n < 100; n++)
		cancel_start(begin(LIBSPAWN_HOLD, support_probe, probe_argv));
	sweep_starts();
	assert_no_child();
	assert_int_equal(count_open(), open_before);
}

/* The pipe's end comes when nobody is left: neither caller nor child. */
static void a_held_child_does_not_outlive_its_caller(void **state)
{
	int ends[2];
	char byte;
	pid_t caller;

	(void)state;
	skip_unless_it_holds();
	cancel_start(begin(LIBSPAWN_HOLD, support_probe, probe_argv));
	sweep_starts();
	assert_int_equal(pipe(ends), 0);
	caller = fork();
	if (caller == 0) {
		begin(LIBSPAWN_HOLD, support_probe, probe_argv);
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	assert_int_equal(waitpid(caller, NULL, 0), caller);
}

/* ---- Given up ------------------------------------------------------------ */

static void a_program_that_runs_is_killed_and_reaped(void **state)
{
	struct libspawn_pending *pending = begin(0, "/bin/sleep", sleep_argv);

	(void)state;
	nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	cancel_start(pending);
	sweep_starts();
	assert_no_child();
}

/* A zombie of another user: no signal may be sent to it, but it is reaped. */
static void foreign_end_body(void)
{
	struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
		.flags = LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_KEEP_GROUPS,
		.uid = 65534,
		.gid = 65534,
	};
	struct libspawn_pending *pending;
	siginfo_t info;

	pending = begin_apart(support_probe, exit_argv, &options);
	assert_int_equal(waitid(P_PID, (id_t)libspawn_pending_pid(pending),
				&info, WEXITED | WNOWAIT | WAIT_FOR_ALL),
			 0);
	assert_int_equal(seteuid(65533), 0);
	cancel_start(pending);
	assert_int_equal(seteuid(0), 0);
	/* The kernel's own doing. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	sweep_starts();
	assert_no_child();
}

static void one_that_may_not_be_killed_is_reaped_when_it_has_ended(void **state)
{
	(void)state;
	if (!goes_on())
		skip_with_reason("the backend waits here");
	need_root();
	run_apart(foreign_end_body);
}

static void cancelling_at_any_moment_leaves_nothing(void **state)
{
	/* posix_spawn() fails at once: then nothing is begun. */
	const long every =
		support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN ? 1000 : 3;
	int open_before = count_open();

	(void)state;
	for (long n = 1; n <= 200; n++) {
		struct libspawn_pending *pending = begin(
			n % 2 ? LIBSPAWN_POLL_FD : 0,
			n % every ? "/bin/sleep" : "/nonexistent", sleep_argv);

		nanosleep(&(struct timespec){ .tv_nsec = n * 2000 }, NULL);
		cancel_start(pending);
	}
	sweep_starts();
	assert_no_child();
	assert_int_equal(count_open(), open_before);
}

/* ---- A deadline ---------------------------------------------------------- */

static char fifo[] = "/tmp/libspawn-begin.XXXXXX";

static int make_fifo(void **state)
{
	(void)state;
	return mkdtemp(fifo) && chdir(fifo) == 0 && mkfifo("fifo", 0600) == 0
		       ? 0
		       : -1;
}

static int remove_fifo(void **state)
{
	(void)state;
	unlink("fifo");
	return chdir("/") || rmdir(fifo);
}

static int start_at_fifo(int64_t timeout_ms, struct libspawn_error *error)
{
	const struct libspawn_fd rows[] = {
		{ .child_fd = 4, .kind = LIBSPAWN_FD_CLOSE },
		{ .child_fd = 3,
		  .kind = LIBSPAWN_FD_OPEN,
		  .path = "fifo",
		  .open_flags = O_RDONLY },
	};
	struct libspawn_options options = { OPTIONS, .backend = support_backend,
					    .fds = rows, .fd_count = 2,
					    .start_timeout_ms = timeout_ms };
	struct libspawn_process process;

	return libspawn_start(&process, support_probe, probe_argv, &options,
			      error);
}

/* As late as it takes for the child to come so far. */
static void assert_step_is_told(void)
{
	struct libspawn_error error = { .step = LIBSPAWN_STEP_BEGIN };

	for (int64_t ms = 2; error.step != LIBSPAWN_STEP_FD && ms < 60000;
	     ms *= 2)
		assert_int_equal(start_at_fifo(ms, &error), ETIMEDOUT);
	assert_int_equal(error.step, LIBSPAWN_STEP_FD);
	assert_int_equal(error.index, 1);
}

static void a_start_that_blocks_ends_at_its_deadline(void **state)
{
	int open_before = count_open();
	struct libspawn_error error;

	(void)state;
	for (int n = 0; n < 50; n++) {
		int code = start_at_fifo(2, &error);

		if (code == ENOTSUP) {
			assert_int_equal(error.step, LIBSPAWN_STEP_BEGIN);
			skip_with_reason("the backend waits here");
		}
		assert_int_equal(code, ETIMEDOUT);
		assert_int_equal(error.code, ETIMEDOUT);
	}
	if (support_backend == LIBSPAWN_BACKEND_CLONE)
		assert_step_is_told();
	sweep_starts();
	assert_no_child();
	assert_int_equal(count_open(), open_before);
}

static void a_deadline_that_is_kept_changes_nothing(void **state)
{
	struct libspawn_options options = { OPTIONS, .backend = support_backend,
					    .start_timeout_ms = 600000 };
	struct libspawn_process process;
	struct libspawn_error error;
	int code;

	(void)state;
	if (!goes_on())
		options.flags |= LIBSPAWN_MAY_WAIT;
	code = libspawn_start(&process, support_probe, probe_argv, &options,
			      &error);
	if (code == ENOTSUP && error.step == LIBSPAWN_STEP_BEGIN)
		skip_with_reason("the backend waits here");
	assert_int_equal(code, 0);
	libspawn_wait(&process, LIBSPAWN_FOREVER, NULL);
}

/* ---- Wrong arguments ----------------------------------------------------- */

static void assert_refused(const struct libspawn_options *options, int by_start)
{
	struct libspawn_pending *pending = NULL;
	struct libspawn_process process;
	struct libspawn_error error;
	int code = by_start ? libspawn_start(&process, support_probe,
					     probe_argv, options, &error)
			    : libspawn_begin(&pending, support_probe,
					     probe_argv, options, &error);

	assert_int_equal(code, EINVAL);
	assert_int_equal(error.step, LIBSPAWN_STEP_BEGIN);
	assert_null(pending);
}

static void what_has_no_meaning_is_refused(void **state)
{
	struct libspawn_options holds = { OPTIONS, .flags = LIBSPAWN_HOLD };
	struct libspawn_options polls = { OPTIONS, .flags = LIBSPAWN_POLL_FD };
	struct libspawn_options late = { OPTIONS, .start_timeout_ms = 1 };
	struct libspawn_options early = { OPTIONS, .start_timeout_ms = -1 };
	struct libspawn_process process;
	struct libspawn_error error;

	(void)state;
	assert_refused(&holds, 1);
	assert_refused(&polls, 1);
	assert_refused(&late, 0);
	assert_refused(&early, 1);
	assert_int_equal(libspawn_begin(NULL, "/", probe_argv, NULL, NULL),
			 EINVAL);
	assert_int_equal(libspawn_finish(NULL, 0, &process, NULL), EINVAL);
	assert_int_equal(libspawn_finish(NULL, 0, &process, &error), EINVAL);
	assert_int_equal(error.code, EINVAL);
	assert_int_equal(error.step, LIBSPAWN_STEP_ARGUMENTS);
	assert_int_equal(libspawn_cancel(NULL), EINVAL);
	assert_int_equal(libspawn_release(NULL), EINVAL);
	assert_int_equal(libspawn_pending_pid(NULL), -1);
	assert_int_equal(libspawn_pending_fd(NULL), -1);
}

static void a_backend_that_waits_says_so(void **state)
{
	struct libspawn_options options = { OPTIONS,
					    .backend = support_backend };
	struct libspawn_pending *pending;
	struct libspawn_process process;
	struct libspawn_error error;

	(void)state;
	if (goes_on()) {
		skip_with_reason("this backend does not wait");
	}
	assert_int_equal(libspawn_begin(&pending, support_probe, probe_argv,
					&options, &error),
			 ENOTSUP);
	assert_int_equal(error.step, LIBSPAWN_STEP_BEGIN);
	options.flags = LIBSPAWN_MAY_WAIT;
	assert_int_equal(libspawn_begin(&pending, support_probe, probe_argv,
					&options, &error),
			 0);
	process = finish(pending);
	assert_true(process.fallbacks & LIBSPAWN_FALLBACK_WAITED);
	libspawn_wait(&process, LIBSPAWN_FOREVER, NULL);
}

static const struct CMUnitTest tests[] = {
	/* The first start of the process is one. */
	TEST(a_death_of_a_held_child_can_be_a_start),
	TEST(a_start_is_begun_and_finished),
	TEST(there_is_no_descriptor_that_was_not_asked_for),
	TEST(a_failure_is_told_by_the_finish),
	TEST(many_starts_are_under_way_at_once),
	TEST(the_descriptor_is_readable_when_there_is_something),
	TEST(an_impatient_caller_is_told_the_truth),
	TEST(the_pidfd_leaves_the_callers_numbers_alone),
	TEST(signals_and_mask_are_the_callers_meanwhile),
	TEST(the_callers_oom_score_adj_is_left_alone),
	TEST(a_held_child_waits_until_it_is_released),
	TEST(a_held_child_can_be_cancelled),
	TEST(a_held_child_does_not_outlive_its_caller),
	TEST(a_program_that_runs_is_killed_and_reaped),
	TEST(looks_without_a_descriptor_come_to_an_end),
	TEST(one_that_may_not_be_killed_is_reaped_when_it_has_ended),
	TEST(cancelling_at_any_moment_leaves_nothing),
	cmocka_unit_test_setup_teardown(
		a_start_that_blocks_ends_at_its_deadline, make_fifo,
		remove_fifo),
	TEST(a_deadline_that_is_kept_changes_nothing),
	TEST(what_has_no_meaning_is_refused),
	TEST(a_backend_that_waits_says_so),
};

TEST_MAIN(tests)
