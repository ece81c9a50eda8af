/* SPDX-License-Identifier: MIT */
/*
 * A caller out of descriptors or of processes: at whatever point they run out
 * the error says where, and nothing is left behind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "apart.h"
#include "linux_calls.h"

/* More descriptors than any start below needs. */
#define ENOUGH 24
#define NOBODY 54321

/* ---- Descriptors ------------------------------------------------------- */

/* Let the caller and its children have this many beyond those open, 0 to 2. */
static void allow_descriptors(rlim_t count)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 3 + count;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* Returns the step that failed, or STEP_NONE. */
static int try_with(rlim_t count, struct libspawn_options *options)
{
	struct libspawn_error error = unset_error();
	struct libspawn_process process;
	int code;

	mark_surroundings();
	allow_descriptors(count);
	code = libspawn_start(&process, support_probe, exit_argv, options,
			      &error);
	allow_descriptors(ENOUGH);
	if (code == 0) {
		assert_int_equal(reap(process.pid), 0);
		if (process.pidfd >= 0)
			close(process.pidfd);
		for (uint32_t n = 0; n < options->fd_count; n++)
			if (options->fds[n].parent_end)
				close(*options->fds[n].parent_end);
		check_surroundings();
		return LIBSPAWN_STEP_NONE;
	}
	assert_int_equal(code, EMFILE);
	assert_int_equal(error.code, EMFILE);
	assert_int_equal(error.signal, 0);
	check_surroundings();
	return error.step;
}

/* Bits of the steps that failed for want of descriptors, fewest first. */
static uint64_t run_out_everywhere(struct libspawn_options *options)
{
	uint64_t failed = 0;
	int step = LIBSPAWN_STEP_ARGUMENTS;

	for (rlim_t count = 0; step && count <= ENOUGH; count++) {
		step = try_with(count, options);
		failed |= UINT64_C(1) << step;
	}
	assert_int_equal(step, LIBSPAWN_STEP_NONE);
	return failed & ~UINT64_C(1);
}

#define STEP_BIT(name) (UINT64_C(1) << LIBSPAWN_STEP_##name)

static void run_out_plain_body(void)
{
	struct libspawn_options options = plain_options();
	uint64_t failed = run_out_everywhere(&options);

	/* The report's pipe is all that a start without options may need. */
	assert_int_equal(failed & ~STEP_BIT(REPORT), 0);
}

#ifdef __linux__

/*
 * A change of ids: the dumpable flag waits for the end of a pipe, or for a
 * millisecond where none can be had nor looked at. Hazard 4.
 */
static void no_descriptor_at_all_body(void)
{
	const struct rlimit none = { 0, ENOUGH };
	struct libspawn_options options = plain_options();
	struct libspawn_process process;
	struct timespec from, to;

	start_and_reap(&options);
	options.flags = LIBSPAWN_GID;
	options.gid = getgid();
	if (!memory_is_shared())
		skip_apart("the flag is not the caller's");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_int_equal(libspawn_start(&process, support_probe, exit_argv,
					&options, NULL),
			 0);
	clock_gettime(CLOCK_MONOTONIC, &to);
	allow_descriptors(ENOUGH - 3);
	reap(process.pid);
	assert_true((to.tv_sec - from.tv_sec) * 1000000000L + to.tv_nsec -
			    from.tv_nsec >=
		    1000000);
}

static void a_limit_of_no_descriptor_lets_nobody_look(void **state)
{
	struct libspawn_options options = { OPTIONS, .flags = LIBSPAWN_GID };

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_GID);
	run_apart(no_descriptor_at_all_body);
}

#endif

static void without_descriptors_the_report_fails(void **state)
{
	(void)state;
	run_apart(run_out_plain_body);
}

static void run_out_table_body(void)
{
	int32_t ends[3];
	struct libspawn_fd rows[] = {
		{ .child_fd = 0,
		  .kind = LIBSPAWN_FD_PIPE_READ,
		  .parent_end = &ends[0] },
		{ .child_fd = 1,
		  .kind = LIBSPAWN_FD_PIPE_WRITE,
		  .parent_end = &ends[1] },
	};
	struct libspawn_options options = plain_options();
	uint64_t failed;

	options.fds = rows;
	options.fd_count = 2;
	failed = run_out_everywhere(&options);
	assert_true(failed & STEP_BIT(FD));
	assert_int_equal(failed & ~(STEP_BIT(FD) | STEP_BIT(REPORT)), 0);
}

/* Every number is taken, in the child as well: 2 must be let go first. */
static void open_in_use_body(void)
{
	struct libspawn_fd row = { .child_fd = 2,
				   .kind = LIBSPAWN_FD_OPEN,
				   .open_flags = O_RDWR,
				   .path = "/dev/null" };
	struct libspawn_options options = plain_options();
	struct libspawn_error error = { 0 };
	struct libspawn_process process;
	int code;

	/* Where a pipe is needed once, it is needed now. */
	start_and_reap(&options);
	allow_descriptors(ENOUGH);
	while (fcntl(0, F_DUPFD_CLOEXEC, 3) >= 0)
		;
	options.fds = &row;
	options.fd_count = 1;
	code = libspawn_start(&process, support_probe, exit_argv, &options,
			      &error);
	for (int fd = 3; fd < 3 + ENOUGH; fd++)
		close(fd);
	if (code && error.step == LIBSPAWN_STEP_REPORT)
		skip_apart("the report needs a pipe");
	assert_int_equal(code, 0);
	assert_int_equal(reap(process.pid), 0);
}

static void a_file_is_opened_on_a_number_in_use(void **state)
{
	(void)state;
	run_apart(open_in_use_body);
}

static void without_descriptors_a_row_of_the_table_fails(void **state)
{
	(void)state;
	run_apart(run_out_table_body);
}

static void run_out_swap_body(void)
{
	struct libspawn_fd rows[] = {
		{ .child_fd = 0, .kind = LIBSPAWN_FD_FROM, .parent_fd = 1 },
		{ .child_fd = 1, .kind = LIBSPAWN_FD_FROM, .parent_fd = 0 },
		{ .child_fd = 2,
		  .kind = LIBSPAWN_FD_OPEN,
		  .open_flags = O_RDWR,
		  .path = "/dev/null" },
	};
	struct libspawn_options options = plain_options();
	uint64_t failed;

	options.fds = rows;
	options.fd_count = 3;
	failed = run_out_everywhere(&options);
	/* The child has none to spare for a cycle; posix_spawn() needs none. */
	if (support_backend != LIBSPAWN_BACKEND_POSIX_SPAWN)
		assert_true(failed & STEP_BIT(FD));
	assert_int_equal(failed & ~(STEP_BIT(FD) | STEP_BIT(REPORT)), 0);
}

static void without_descriptors_the_child_fails_at_its_row(void **state)
{
	(void)state;
	run_apart(run_out_swap_body);
}

static void run_out_pidfd_body(void)
{
	struct libspawn_options options = plain_options();
	uint64_t failed;

	options.flags = LIBSPAWN_PIDFD;
	failed = run_out_everywhere(&options);
	assert_true(failed & (STEP_BIT(CREATE) | STEP_BIT(PIDFD)));
	assert_int_equal(failed & ~(STEP_BIT(CREATE) | STEP_BIT(PIDFD) |
				    STEP_BIT(REPORT)),
			 0);
}

static void without_descriptors_there_is_no_pidfd(void **state)
{
	struct libspawn_options options = { OPTIONS, .flags = LIBSPAWN_PIDFD };

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES | ELSEWHERE_DECLINES,
			      &options, LIBSPAWN_STEP_PIDFD);
	if (runs_in_valgrind())
		skip_with_reason("Valgrind 3.19 does not know pidfd_open()");
	run_apart(run_out_pidfd_body);
}

/* ---- Processes --------------------------------------------------------- */

/* Raw: the C library would signal its other threads; there are none. */
static void become_nobody(void)
{
	if (geteuid() == 0)
		assert_int_equal(set_user_ids(NOBODY, NOBODY, NOBODY), 0);
}

static void allow_processes(rlim_t count)
{
	struct rlimit limit = { count, count };

	assert_int_equal(setrlimit(RLIMIT_NPROC, &limit), 0);
}

static void run_out_of_processes_body(void)
{
	struct libspawn_options options = plain_options();

	become_nobody();
	allow_processes(0);
	mark_surroundings();
	for (int n = 0; n < 100; n++)
		expect_probe_failure(&options, EAGAIN, LIBSPAWN_STEP_CREATE,
				     -1);
}

static void without_processes_creation_fails(void **state)
{
	(void)state;
	run_apart(run_out_of_processes_body);
}

/* Another user, and nothing kept of this one. */
static struct libspawn_options user_options(void)
{
	struct libspawn_options options = plain_options();

	options.flags = LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_GROUPS;
	options.uid = NOBODY + 1;
	options.gid = NOBODY + 1;
	return options;
}

/* A process of that user; the kernel does not count the one that comes. */
static pid_t start_first(void)
{
	struct libspawn_options options = user_options();
	static char name[] = "probe", pause[] = "pause";
	char *argv[] = { name, pause, NULL };
	struct libspawn_process first;

	assert_int_equal(
		libspawn_start(&first, support_probe, argv, &options, NULL), 0);
	return first.pid;
}

static void end_first(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(reap(pid), SIGKILL);
}

/* execve() refuses who has become a user with too many processes. */
static void run_out_in_exec_body(void)
{
	struct libspawn_rlimit none = { .resource = RLIMIT_NPROC };
	struct libspawn_options options = user_options();
	pid_t first = start_first();

	options.rlimits = &none;
	options.rlimit_count = 1;
	expect_probe_failure(&options, EAGAIN, LIBSPAWN_STEP_EXEC, -1);
	end_first(first);
}

/* Where a user runs out of processes in exec. */
static void run_short_of_processes(void (*body)(void))
{
	struct libspawn_options options = user_options();

	need_root();
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_GROUPS);
	if (runs_in_valgrind())
		skip_with_reason("Valgrind can't go on after this failure");
	run_apart(body);
}

static void a_user_with_too_many_processes_can_not_exec(void **state)
{
	(void)state;
	run_short_of_processes(run_out_in_exec_body);
}

/* The limit that the caller is under, and not the program, would forbid it. */
static void raise_before_uid_body(void)
{
	struct libspawn_rlimit some = { .resource = RLIMIT_NPROC,
					.flags = LIBSPAWN_RLIMIT_KEEP_HARD,
					.soft = 100 };
	struct libspawn_options options = user_options();
	struct rlimit limit = { 0, 100 };
	pid_t first = start_first();

	assert_int_equal(setrlimit(RLIMIT_NPROC, &limit), 0);
	expect_probe_failure(&options, EAGAIN, LIBSPAWN_STEP_EXEC, -1);
	options.rlimits = &some;
	options.rlimit_count = 1;
	start_and_reap(&options);
	end_first(first);
}

static void a_raised_limit_of_processes_comes_before_the_user(void **state)
{
	(void)state;
	run_short_of_processes(raise_before_uid_body);
}

/* ---- Scheduling -------------------------------------------------------- */

#ifdef RLIMIT_RTPRIO

static void allow_soft(int resource, rlim_t soft, rlim_t hard)
{
	struct rlimit limit = { soft, hard };

	if (setrlimit(resource, &limit))
		skip_apart("may not raise limits");
}

/* A user may have what the limits allow, once they are raised. */
static void raise_before_scheduling_body(void)
{
	static const struct libspawn_rlimit raised[] = {
		{ .resource = RLIMIT_NICE, .soft = 25, .hard = 25 },
		{ .resource = RLIMIT_RTPRIO, .soft = 3, .hard = 3 },
	};
	struct libspawn_options options = plain_options();

	allow_soft(RLIMIT_NICE, 0, 25);
	allow_soft(RLIMIT_RTPRIO, 0, 3);
	become_nobody();
	mark_surroundings();
	options.flags = LIBSPAWN_NICE;
	options.nice = -5;
	expect_probe_failure(&options, EACCES, LIBSPAWN_STEP_NICE, -1);
	options.rlimits = raised;
	options.rlimit_count = 2;
	start_and_reap(&options);
	options.flags |= LIBSPAWN_SCHEDULER;
	options.sched_policy = SCHED_FIFO;
	options.sched_priority = 3;
	start_and_reap(&options);
}

static void a_raised_limit_comes_before_what_needs_it(void **state)
{
	struct libspawn_options options = { OPTIONS,
					    .flags = LIBSPAWN_SCHEDULER };

	(void)state;
	need_root();
	return_if_declined_by(POSIX_SPAWN_DECLINES | ELSEWHERE_DECLINES,
			      &options, LIBSPAWN_STEP_SCHEDULER);
	run_apart(raise_before_scheduling_body);
}

#endif

static const struct CMUnitTest tests[] = {
	TEST(without_descriptors_the_report_fails),
#ifdef __linux__
	TEST(a_limit_of_no_descriptor_lets_nobody_look),
#endif
	TEST(without_descriptors_a_row_of_the_table_fails),
	TEST(a_file_is_opened_on_a_number_in_use),
	TEST(without_descriptors_the_child_fails_at_its_row),
	TEST(without_descriptors_there_is_no_pidfd),
	TEST(without_processes_creation_fails),
	TEST(a_user_with_too_many_processes_can_not_exec),
	TEST(a_raised_limit_of_processes_comes_before_the_user),
#ifdef RLIMIT_RTPRIO
	TEST(a_raised_limit_comes_before_what_needs_it),
#endif
};

TEST_MAIN(tests)
