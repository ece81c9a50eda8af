/* SPDX-License-Identifier: MIT */
/*
 * The child's interpreter on plans written by hand: descriptors, the attempts
 * to execute a program, and what is reported of them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child/sys.h"
#include "run_plan.h"

/* ---- Descriptors ------------------------------------------------------- */

static void open_five_and_six(void)
{
	dup3(open("/dev/null", O_RDWR | O_CLOEXEC), 5, O_CLOEXEC);
	dup3(open("/dev/zero", O_RDWR | O_CLOEXEC), 6, O_CLOEXEC);
}

static void two_descriptors_are_swapped(void **state)
{
	(void)state;
	before_run = open_five_and_six;
	RUN("fds", { .kind = OP_FD_SAVE, .fd = 5 },
	    { .kind = OP_FD_MOVE, .fd = 6, .number = 5 },
	    { .kind = OP_FD_RESTORE, .number = 6 });
	assert_seen("fd.5", "/dev/zero");
	assert_seen("fd.6", "/dev/null");
}

static void a_descriptor_is_kept(void **state)
{
	(void)state;
	before_run = open_five_and_six;
	RUN("fds", { .kind = OP_FD_KEEP, .fd = 6 });
	assert_seen("fd.6", "/dev/zero");
	assert_null(strstr(text, "\nfd.5="));
	RUN("fds", { .kind = OP_FD_KEEP, .fd = 39 });
	assert_failed(0, EBADF, CHILD_STARTED);
}

static void a_file_is_opened_on_its_number(void **state)
{
	(void)state;
	RUN("fds", { .kind = OP_FD_OPEN, .data = "/dev/zero", .number = 30 },
	    { .kind = OP_FD_OPEN, .data = "/dev/null", .number = 31 },
	    { .kind = OP_FD_OPEN, .data = "/dev/zero", .number = 0 });
	assert_seen("fd.30", "/dev/zero");
	assert_seen("fd.31", "/dev/null");
	assert_seen("fd.0", "/dev/zero");
	RUN("fds", { .kind = OP_FD_OPEN, .data = "/dev/null/x", .number = 30 });
	assert_failed(0, ENOTDIR, CHILD_STARTED);
}

static void closing_what_is_not_open_is_no_error(void **state)
{
	(void)state;
	RUN("fds", { .kind = OP_FD_CLOSE, .fd = 2 },
	    { .kind = OP_FD_CLOSE, .fd = 39 });
	assert_null(strstr(text, "\nfd.2="));
	assert_seen("fd.1.tty", "0");
}

static void open_many(void)
{
	for (int fd = 3; fd < 39; fd++)
		dup2(1, fd);
}

/* Linux before 5.11 has none that marks. */
static uint32_t own_fallbacks(void)
{
	return sys_close_range(INT_MAX, INT_MAX, SYS_CLOSE_RANGE_CLOEXEC)
		       ? CHILD_NO_CLOSE_RANGE
		       : 0;
}

static void the_others_are_closed(void **state)
{
	(void)state;
	before_run = open_many;
	RUN("fds", { .kind = OP_CLOSE_OTHERS, .fd = 3 },
	    { .kind = OP_FD_KEEP, .fd = 7 });
	assert_seen("fds", "0,1,2,7");
	assert_int_equal(launch->report.fallbacks, own_fallbacks());
}

static void the_others_are_closed_without_close_range(void **state)
{
	(void)state;
	before_run = open_many;
	launch->facts = CHILD_NO_CLOSE_RANGE;
	RUN("fds", { .kind = OP_CLOSE_OTHERS, .fd = 3 },
	    { .kind = OP_FD_KEEP, .fd = 7 });
	assert_seen("fds", "0,1,2,7");
	assert_int_equal(launch->report.fallbacks, CHILD_NO_CLOSE_RANGE);
}

static void what_is_closed_from_a_number_on_is_gone_at_once(void **state)
{
	(void)state;
	before_run = open_many;
	RUN("fds", { .kind = OP_CLOSE_FROM, .fd = 3 },
	    { .kind = OP_FD_MOVE, .fd = 1, .number = 7 });
	assert_seen("fds", "0,1,2,7");
	RUN("fds", { .kind = OP_CLOSE_FROM, .fd = 3 },
	    { .kind = OP_FD_MOVE, .fd = 9, .number = 7 });
	assert_failed(1, EBADF, CHILD_STARTED);
}

static void it_is_gone_without_close_range_too(void **state)
{
	(void)state;
	before_run = open_many;
	launch->facts = CHILD_NO_CLOSE_RANGE;
	RUN("fds", { .kind = OP_CLOSE_FROM, .fd = 5 });
	assert_seen("fds", "0,1,2,3,4");
	assert_int_equal(launch->report.fallbacks, CHILD_NO_CLOSE_RANGE);
	RUN("fds", { .kind = OP_CLOSE_FROM, .fd = 3 },
	    { .kind = OP_FD_MOVE, .fd = 9, .number = 7 });
	assert_failed(1, EBADF, CHILD_STARTED);
}

/* ---- Exec -------------------------------------------------------------- */

static void candidates_are_tried_in_turn(void **state)
{
	(void)state;
	RUN("umask", { .kind = OP_UMASK, .number = 022 },
	    { .kind = OP_EXEC, .data = "/nonexistent/x", .number = 1 },
	    { .kind = OP_EXEC, .data = "/dev/null/x", .number = 1 });
	assert_seen("umask", "022");
}

static void a_refused_candidate_is_remembered(void **state)
{
	(void)state;
	argv_of_plan[0] = probe_path;
	run_plan(OPS({ .kind = OP_UMASK },
		     { .kind = OP_EXEC, .data = "/nonexistent", .number = 1 },
		     { .kind = OP_EXEC, .data = "/dev/null", .number = 1 },
		     { .kind = OP_EXEC, .data = "/proc", .number = 1 },
		     { .kind = OP_EXEC, .data = "/nonexistent" }),
		 5);
	assert_failed(2, EACCES, CHILD_EXECUTES);
}

static void the_last_candidate_missing_is_the_error(void **state)
{
	(void)state;
	argv_of_plan[0] = probe_path;
	run_plan(OPS({ .kind = OP_EXEC, .data = "/nonexistent", .number = 1 },
		     { .kind = OP_EXEC, .data = "/dev/null/x" }),
		 2);
	assert_failed(1, ENOTDIR, CHILD_EXECUTES);
}

static void a_program_is_executed_by_descriptor(void **state)
{
	int fd = open(probe_path, O_PATH | O_CLOEXEC);

	(void)state;
	RUN("umask", { .kind = OP_UMASK, .number = 0 },
	    { .kind = OP_EXEC_FD, .fd = fd });
	close(fd);
	assert_seen("umask", "000");
}

/* A file of the test's own; what_for is its text. */
static int make_file(char *path, const char *what_for)
{
	int fd;

	strcpy(path, "/tmp/test_child.XXXXXX");
	fd = mkostemp(path, O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0755), 0);
	assert_int_equal(write(fd, what_for, strlen(what_for)),
			 (int)strlen(what_for));
	return fd;
}

static void a_busy_program_is_retried_until_the_bound(void **state)
{
	char path[64];
	int fd = make_file(path, "#!/nonexistent\n");

	(void)state;
	argv_of_plan[0] = path;
	run_plan(OPS({ .kind = OP_EXEC, .data = path }), 1);
	assert_failed(0, ETXTBSY, CHILD_EXECUTES);
	assert_int_equal(launch->report.retries, 0);
	plan.busy_retry = 300;
	run_plan(OPS({ .kind = OP_EXEC, .data = path }), 1);
	assert_failed(0, ETXTBSY, CHILD_EXECUTES);
	assert_true(launch->report.retries > 2);
	/* Each attempt was announced with the retries before it. */
	assert_int_equal(record_count, launch->report.retries + 2);
	assert_int_equal(records[record_count - 2].retries,
			 launch->report.retries);
	close(fd);
	unlink(path);
}

static void a_headless_file_is_the_shells_if_asked(void **state)
{
	static const char *room[8];
	static char argument[] = "two words";
	char path[64];

	(void)state;
	close(make_file(path, "echo \"$0=$1\"\n"));
	argv_of_plan[0] = probe_path;
	argv_of_plan[1] = argument;
	run_plan(OPS({ .kind = OP_EXEC, .data = path }), 1);
	assert_failed(0, ENOEXEC, CHILD_EXECUTES);
	run_plan_set_up(state);
	argv_of_plan[0] = probe_path;
	argv_of_plan[1] = argument;
	launch->shell_argv = room;
	plan.flags = PLAN_SHELL_FALLBACK;
	run_plan(OPS({ .kind = OP_EXEC, .data = path }), 1);
	unlink(path);
	assert_seen(path, argument);
}

/* ---- The report -------------------------------------------------------- */

static void an_exec_is_announced_once(void **state)
{
	(void)state;
	RUN("umask", { .kind = OP_UMASK, .number = 022 },
	    { .kind = OP_EXEC, .data = "/nonexistent/x", .number = 1 });
	assert_seen("umask", "022");
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].state, CHILD_EXECUTES);
	assert_int_equal(records[0].code, 0);
}

static void without_a_pipe_memory_tells_all(void **state)
{
	(void)state;
	without_pipe = 1;
	RUN("umask", { .kind = OP_UMASK, .number = 022 });
	assert_string_equal(seen("umask"), "022");
	assert_int_equal(record_count, 0);
	assert_int_equal(launch->report.state, CHILD_EXECUTES);
	RUN("umask", { .kind = OP_CHDIR, .data = "/nonexistent" });
	assert_int_equal(record_count, 0);
	assert_int_equal(launch->report.code, ENOENT);
}

static void what_creation_has_done_is_not_done_again(void **state)
{
	(void)state;
	launch->done = OP_BIT(OP_CGROUP) | OP_BIT(OP_PIDFD);
	RUN("umask", { .kind = OP_CGROUP, .fd = -1 }, { .kind = OP_PIDFD },
	    { .kind = OP_UMASK, .number = 077 });
	assert_seen("umask", "077");
}

static void an_operation_unknown_to_the_child_is_refused(void **state)
{
	(void)state;
	RUN("umask", { .kind = OP_UMASK }, { .kind = OP_PIDFD });
	assert_failed(1, ENOTSUP, CHILD_STARTED);
	RUN("umask", { .kind = OP_COUNT });
	assert_failed(0, ENOTSUP, CHILD_STARTED);
}

static void a_plan_that_ends_without_exec_is_refused(void **state)
{
	(void)state;
	run_plan(OPS({ .kind = OP_UMASK }), 1);
	assert_failed(0, ENOTSUP, CHILD_STARTED);
}

static void nothing_is_done_after_a_failure(void **state)
{
	struct stat file;
	char path[64];

	(void)state;
	close(make_file(path, "content"));
	RUN("umask", { .kind = OP_CHDIR, .data = "/nonexistent" },
	    { .kind = OP_FD_OPEN,
	      .data = path,
	      .value = O_WRONLY | O_TRUNC,
	      .number = 30 });
	assert_int_equal(stat(path, &file), 0);
	unlink(path);
	assert_int_equal(file.st_size, 7);
	assert_failed(0, ENOENT, CHILD_STARTED);
}

static const struct CMUnitTest tests[] = {
	TEST(two_descriptors_are_swapped),
	TEST(a_descriptor_is_kept),
	TEST(a_file_is_opened_on_its_number),
	TEST(closing_what_is_not_open_is_no_error),
	TEST(the_others_are_closed),
	TEST(the_others_are_closed_without_close_range),
	TEST(what_is_closed_from_a_number_on_is_gone_at_once),
	TEST(it_is_gone_without_close_range_too),
	TEST(candidates_are_tried_in_turn),
	TEST(a_refused_candidate_is_remembered),
	TEST(the_last_candidate_missing_is_the_error),
	TEST(a_program_is_executed_by_descriptor),
	TEST(a_busy_program_is_retried_until_the_bound),
	TEST(a_headless_file_is_the_shells_if_asked),
	TEST(an_exec_is_announced_once),
	TEST(without_a_pipe_memory_tells_all),
	TEST(what_creation_has_done_is_not_done_again),
	TEST(an_operation_unknown_to_the_child_is_refused),
	TEST(a_plan_that_ends_without_exec_is_refused),
	TEST(nothing_is_done_after_a_failure),
};

TEST_MAIN(tests)
