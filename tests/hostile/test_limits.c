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

/* execve() refuses who has become a user with too many processes. */
static void run_out_in_exec_body(void)
{
	struct libspawn_rlimit none = { .resource = RLIMIT_NPROC };
	struct libspawn_options options = plain_options();
	static char name[] = "probe", pause[] = "pause";
	char *argv[] = { name, pause, NULL };
	struct libspawn_process first;

	options.flags = LIBSPAWN_UID;
	options.uid = NOBODY + 1;
	assert_int_equal(
		libspawn_start(&first, support_probe, argv, &options, NULL), 0);
	options.rlimits = &none;
	options.rlimit_count = 1;
	expect_probe_failure(&options, EAGAIN, LIBSPAWN_STEP_EXEC, -1);
	kill(first.pid, SIGKILL);
	assert_int_equal(reap(first.pid), SIGKILL);
}

static void a_user_with_too_many_processes_can_not_exec(void **state)
{
	struct libspawn_options options = { OPTIONS, .flags = LIBSPAWN_UID,
					    .uid = NOBODY };

	(void)state;
	need_root();
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_UID);
	if (runs_in_valgrind())
		skip_with_reason("Valgrind can't go on after this failure");
	run_apart(run_out_in_exec_body);
}

static const struct CMUnitTest tests[] = {
	TEST(without_descriptors_the_report_fails),
	TEST(without_descriptors_a_row_of_the_table_fails),
	TEST(without_descriptors_the_child_fails_at_its_row),
	TEST(without_descriptors_there_is_no_pidfd),
	TEST(without_processes_creation_fails),
	TEST(a_user_with_too_many_processes_can_not_exec),
};

TEST_MAIN(tests)
