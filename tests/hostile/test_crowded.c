/* SPDX-License-Identifier: MIT */
/*
 * A table of descriptors that is dear to copy: the child shares it, has the
 * kernel copy its low part, and nobody sees a difference but in the price.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apart.h"
#include "refuse.h"

/* Numbers from 64 on are taken: low ones are free, for pipes of the starts. */
enum { FIRST = 64, END = 700 };

/* Of so many starts one looks whether there are many descriptors. */
enum { STARTS_TO_SEE = 8 };

static void take_numbers(void)
{
	for (int fd = 0; fd < END - 1;) {
		fd = fcntl(0, F_DUPFD_CLOEXEC, FIRST);
		assert_true(fd >= FIRST);
	}
}

/* The first of them that looks shows what the kernel does; others share. */
static void crowd(void)
{
	struct libspawn_options options = plain_options();
	int looks = support_backend == LIBSPAWN_BACKEND_CLONE;

	take_numbers();
	for (int n = 0; n < (looks ? STARTS_TO_SEE : 1); n++)
		start_and_reap(&options);
	mark_surroundings();
}

/* Linux 6.11 cuts right; of others only a trial tells. */
static int kernel_is_known(void)
{
	return support_has_kernel(6, 11) && !getenv("LIBSPAWN_EMULATED") &&
	       !runs_in_valgrind();
}

static void assert_shared(const struct libspawn_process *process, int expected)
{
	int is_shared = (process->flags & LIBSPAWN_PROCESS_SHARED_TABLE) != 0;

	if (support_backend != LIBSPAWN_BACKEND_CLONE)
		assert_false(is_shared);
	else if (!expected || kernel_is_known())
		assert_int_equal(is_shared, expected);
}

static void assert_all_open(void)
{
	struct stat first, st;

	assert_int_equal(fstat(0, &first), 0);
	for (int fd = FIRST; fd < END; fd++) {
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_ino, first.st_ino);
	}
}

/* ---- What arrives ------------------------------------------------------ */

static void nothing_named_body(void)
{
	struct seen *seen;

	crowd();
	seen = run_probe(NULL, "fds");
	assert_seen(seen, "fds", "0,1,2");
	assert_shared(&seen->process, 1);
	assert_all_open();
}

static void who_names_nothing_shares(void **state)
{
	(void)state;
	run_apart(nothing_named_body);
}

/* All of them, by a list that is longer than any table of rows. */
static void keep_body(void)
{
	static int32_t kept[END - FIRST];
	struct libspawn_options options = plain_options();
	struct seen *seen;

	crowd();
	/* Its memory is more than malloc() had. */
	support_ignore_mappings();
	for (int n = 0; n < END - FIRST; n++)
		kept[n] = FIRST + n;
	options.keep_fds = kept;
	options.keep_count = END - FIRST;
	seen = run_probe(&options, "fds");
	assert_non_null(strstr(seen_text(seen, "fds"), "0,1,2,64,65,"));
	assert_non_null(strstr(seen_text(seen, "fds"), ",698,699"));
	options.flags |= LIBSPAWN_MAY_WAIT;
	options.start_timeout_ms = 60000;
	start_and_reap(&options);
	assert_all_open();
}

static void all_may_be_kept(void **state)
{
	(void)state;
	run_apart(keep_body);
}

/* A path that leads through the table of the child, from a directory or not. */
static void path_body(void)
{
	static const char *const paths[][2] = {
		{ NULL, "/proc/self/fd/650" }, { NULL, "//proc//self/fd/650" },
		{ "/proc", "self/fd/650" },    { "/proc/", "self/fd/650" },
		{ "/dev", "fd/650" },	       { "//dev/", "fd/650" },
	};
	struct libspawn_options options = plain_options();
	struct libspawn_process process;
	int fd;

	crowd();
	fd = open(support_probe, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || access("/proc/self/fd", F_OK) < 0)
		skip_apart("there is no /proc");
	assert_int_equal(dup3(fd, 650, O_CLOEXEC), 650);
	close(fd);
	mark_surroundings();
	for (size_t n = 0; n < sizeof paths / sizeof *paths; n++) {
		options.cwd = paths[n][0];
		assert_int_equal(libspawn_start(&process, paths[n][1],
						exit_argv, &options, NULL),
				 0);
		assert_shared(&process, 0);
		assert_int_equal(reap(process.pid), 0);
	}
}

static void who_names_a_high_one_in_a_path_has_a_copy(void **state)
{
	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		skip_with_reason("its child closes them before exec");
	run_apart(path_body);
}

/* After so many with few descriptors, which need not all look. */
static int starts_before;

static void later_body(void)
{
	struct libspawn_options options = plain_options();
	struct libspawn_process process;

	for (int n = 0; n < starts_before; n++) {
		process = start_and_reap(&options);
		assert_shared(&process, 0);
	}
	take_numbers();
	for (int n = 0; n < STARTS_TO_SEE; n++)
		process = start_and_reap(&options);
	assert_shared(&process, 1);
	for (int fd = FIRST; fd < END; fd++)
		close(fd);
	process = start_and_reap(&options);
	assert_shared(&process, 0);
}

static void who_comes_to_have_many_shares_soon(void **state)
{
	(void)state;
	if (support_backend != LIBSPAWN_BACKEND_CLONE)
		skip_with_reason("no other backend shares a table");
	for (starts_before = 1; starts_before <= STARTS_TO_SEE;
	     starts_before += 3)
		run_apart(later_body);
}

/* Swapped, moved above all that was copied, opened, and closed. */
static void table_body(void)
{
	const struct libspawn_fd rows[] = {
		{ .child_fd = 11, .kind = LIBSPAWN_FD_FROM, .parent_fd = 10 },
		{ .child_fd = 10, .kind = LIBSPAWN_FD_FROM, .parent_fd = 11 },
		{ .child_fd = 650, .kind = LIBSPAWN_FD_FROM, .parent_fd = 10 },
		{ .child_fd = 651, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 652, .kind = LIBSPAWN_FD_CLOSE },
	};
	struct libspawn_options options = plain_options();
	struct seen *seen;
	int ends[2];

	crowd();
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(dup3(ends[0], 10, O_CLOEXEC), 10);
	assert_int_equal(open("/dev/null", O_RDWR | O_CLOEXEC), 5);
	assert_int_equal(dup3(5, 11, O_CLOEXEC), 11);
	options.fds = rows;
	options.fd_count = 5;
	seen = run_probe(&options, "fds");
	assert_seen(seen, "fds", "0,1,2,10,11,650,651");
	assert_is_file(seen, 11, 10);
	assert_is_file(seen, 650, 10);
	assert_is_file(seen, 10, 11);
	assert_is_file(seen, 651, 11);
	assert_shared(&seen->process, 1);
	assert_all_open();
	for (int fd = 3; fd < 12; fd++)
		close(fd);
}

static void what_is_named_arrives(void **state)
{
	(void)state;
	run_apart(table_body);
}

static void high_source_body(void)
{
	const struct libspawn_fd row = { .child_fd = 7,
					 .kind = LIBSPAWN_FD_FROM,
					 .parent_fd = END - 1 };
	struct libspawn_options options = plain_options();
	struct seen *seen;

	crowd();
	options.fds = &row;
	options.fd_count = 1;
	seen = run_probe(&options, "fds");
	assert_seen(seen, "fds", "0,1,2,7");
	assert_is_file(seen, 7, 0);
	assert_shared(&seen->process, 0);
	assert_all_open();
}

static void who_needs_a_high_one_has_a_copy(void **state)
{
	(void)state;
	run_apart(high_source_body);
}

static void inherit_body(void)
{
	struct libspawn_options options = plain_options();
	struct seen *seen;

	crowd();
	assert_int_equal(fcntl(END - 1, F_SETFD, 0), 0);
	options.flags = LIBSPAWN_INHERIT_FDS;
	seen = run_probe(&options, "fds");
	assert_seen(seen, "fds", "0,1,2,699");
	assert_shared(&seen->process, 0);
	assert_int_equal(fcntl(END - 1, F_SETFD, FD_CLOEXEC), 0);
	assert_all_open();
}

static void who_inherits_all_has_a_copy(void **state)
{
	(void)state;
	run_apart(inherit_body);
}

/*
 * Creation puts the pidfd on the lowest free number of the shared table: the
 * child must not take it for what its caller had there.
 */
static void pidfd_body(void)
{
	const struct libspawn_fd row = { .child_fd = 9,
					 .kind = LIBSPAWN_FD_FROM,
					 .parent_fd = 3 };
	struct libspawn_options options = plain_options();
	struct libspawn_process process;

	crowd();
	options.flags = LIBSPAWN_PIDFD;
	process = start_and_reap(&options);
	assert_shared(&process, 1);
	assert_true(process.pidfd >= 3);
	close(process.pidfd);
	options.fds = &row;
	options.fd_count = 1;
	if (support_backend != LIBSPAWN_BACKEND_POSIX_SPAWN)
		expect_probe_failure(&options, EBADF, LIBSPAWN_STEP_FD, 0);
	assert_all_open();
}

static void the_pidfd_is_the_callers_alone(void **state)
{
	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		skip_with_reason("posix_spawn has no pidfd");
	run_apart(pidfd_body);
}

/*
 * A kernel that cuts wrong would give the program's next one 4,096. bash opens
 * the file on the one that is left below, and copies it.
 */
static void next_number_body(void)
{
	char name[] = "bash", flag[] = "-c";
	char script[] = "exec {n}</dev/null; echo next=$n";
	char *const argv[] = { name, flag, script, NULL };
	struct libspawn_fd rows[FIRST - 4];
	struct libspawn_options options = plain_options();
	struct seen *seen;

	crowd();
	memset(rows, 0, sizeof rows);
	for (int fd = 3; fd < FIRST - 1; fd++) {
		rows[fd - 3].child_fd = fd;
		rows[fd - 3].kind = LIBSPAWN_FD_NULL;
	}
	options.fds = rows;
	options.fd_count = FIRST - 4;
	seen = run_program(&options, "/bin/bash", argv, 1);
	assert_seen(seen, "next", "64");
	assert_shared(&seen->process, 1);
}

static void the_programs_next_number_is_the_lowest(void **state)
{
	(void)state;
	if (access("/bin/bash", X_OK) < 0)
		skip_with_reason("there is no bash");
	run_apart(next_number_body);
}

/* The kernel drops them with the last table that has them. */
static void locks_body(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct libspawn_options options = plain_options();
	FILE *file = tmpfile();
	int status;
	pid_t pid;

	assert_non_null(file);
	crowd();
	assert_int_equal(fcntl(fileno(file), F_SETLK, &lock), 0);
	start_and_reap(&options);
	expect_failure(&options, "/nonexistent", exit_argv, ENOENT,
		       LIBSPAWN_STEP_EXEC, -1);
	pid = fork();
	if (pid == 0)
		_exit(fcntl(fileno(file), F_SETLK, &lock) == 0);
	status = reap(pid);
	assert_int_equal(status, 0);
}

static void locks_on_records_stay(void **state)
{
	(void)state;
	run_apart(locks_body);
}

/* ---- Pipes in a program that has no low number ------------------------- */

/* All of them taken but what is kept. */
static void crowd_but_for(uint32_t count)
{
	assert_int_equal(libspawn_reserve_fds(count), 0);
	crowd();
	for (int fd = 0; fd < FIRST;) {
		fd = fcntl(0, F_DUPFD_CLOEXEC, 3);
		assert_true(fd >= 3);
	}
	mark_surroundings();
}

static void reserve_body(void)
{
	struct libspawn_fd rows[] = {
		{ .child_fd = 0, .kind = LIBSPAWN_FD_PIPE_READ },
		{ .child_fd = 2, .kind = LIBSPAWN_FD_SOCKET },
	};
	struct libspawn_options options = plain_options();
	int32_t ends[2];

	crowd_but_for(3); /* and the probe's output */
	for (int n = 0; n < 2; n++)
		rows[n].parent_end = &ends[n];
	options.fds = rows;
	options.fd_count = 2;
	for (int n = 0; n < 5; n++) {
		struct seen *seen = run_probe(&options, "fds");

		assert_seen(seen, "fds", "0,1,2");
		assert_shared(&seen->process, 1);
		assert_true(ends[0] >= END && ends[1] >= END);
		close(ends[0]);
		close(ends[1]);
		check_surroundings();
	}
	options.fd_count = 0;
	assert_shared(&run_probe(&options, "fds")->process, 1);
}

static void ends_take_what_is_kept_for_them(void **state)
{
	(void)state;
	run_apart(reserve_body);
}

static void too_few_body(void)
{
	struct libspawn_fd row = { .child_fd = 0,
				   .kind = LIBSPAWN_FD_PIPE_READ };
	struct libspawn_options options = plain_options();
	struct seen *seen;
	int32_t end;

	crowd_but_for(1);
	row.parent_end = &end;
	options.fds = &row;
	options.fd_count = 1;
	seen = run_probe(&options, "fds");
	assert_seen(seen, "fds", "0,1,2");
	assert_shared(&seen->process, 0);
	close(end);
	check_surroundings();
}

static void too_few_change_the_price_alone(void **state)
{
	(void)state;
	run_apart(too_few_body);
}

/* As a daemon does at its start; then it has files of its own there. */
static void closed_body(void)
{
	struct libspawn_options options = plain_options();
	const struct libspawn_fd row = { .child_fd = 9,
					 .kind = LIBSPAWN_FD_FROM,
					 .parent_fd = 3 };
	struct stat before, after;
	struct seen *seen;
	int fd;

	crowd_but_for(4);
	for (fd = 3; fd < FIRST; fd++)
		close(fd);
	for (fd = 3; fd < FIRST; fd++)
		assert_int_equal(open("/dev/null", O_RDWR | O_CLOEXEC), fd);
	mark_surroundings();
	assert_int_equal(fstat(3, &before), 0);
	seen = run_probe(&options, "fds");
	assert_seen(seen, "fds", "0,1,2");
	assert_shared(&seen->process, 0);
	for (fd = 3; fd < FIRST; fd++) {
		assert_int_equal(fstat(fd, &after), 0);
		assert_int_equal(after.st_ino, before.st_ino);
	}
	options.fds = &row;
	options.fd_count = 1;
	seen = run_probe(&options, "fds");
	assert_seen(seen, "fds", "0,1,2,9");
	assert_is_file(seen, 9, 3);
}

static void what_a_program_has_closed_is_given_up(void **state)
{
	(void)state;
	run_apart(closed_body);
}

static void ours_body(void)
{
	struct libspawn_fd row = { .child_fd = 9, .kind = LIBSPAWN_FD_FROM };
	struct libspawn_options options = plain_options();

	row.parent_fd = fcntl(0, F_DUPFD_CLOEXEC, 3);
	close(row.parent_fd);
	assert_int_equal(libspawn_reserve_fds(1), 0);
	assert_true(fcntl(row.parent_fd, F_GETFD) >= 0);
	mark_surroundings();
	options.fds = &row;
	options.fd_count = 1;
	expect_failure(&options, support_probe, exit_argv, EBADF,
		       LIBSPAWN_STEP_FD, 0);
}

static void what_is_kept_is_not_the_callers(void **state)
{
	(void)state;
	run_apart(ours_body);
}

static void bounds_body(void)
{
	const struct libspawn_fd row = { .child_fd = 7,
					 .kind = LIBSPAWN_FD_FROM,
					 .parent_fd = 0 };
	struct libspawn_options options = plain_options();
	int before = count_open();

	options.fds = &row;
	options.fd_count = 1;
	assert_int_equal(libspawn_reserve_fds(LIBSPAWN_RESERVE_MAX + 1),
			 EINVAL);
	assert_int_equal(count_open(), before);
	assert_int_equal(libspawn_reserve_fds(LIBSPAWN_RESERVE_MAX), 0);
	assert_int_equal(count_open(), before + 1 + LIBSPAWN_RESERVE_MAX);
	/* All of them kept, and a number that is none of them. */
	start_and_reap(&options);
	assert_int_equal(count_open(), before + 1 + LIBSPAWN_RESERVE_MAX);
	assert_int_equal(libspawn_reserve_fds(2), 0);
	assert_int_equal(count_open(), before + 1 + 2);
	while (fcntl(0, F_DUPFD_CLOEXEC, 3) < FIRST - 1)
		;
	before = count_open();
	assert_int_equal(libspawn_reserve_fds(3), EMFILE);
	assert_int_equal(count_open(), before);
	assert_int_equal(libspawn_reserve_fds(0), 0);
	assert_int_equal(count_open(), before - 2);
	mark_surroundings();
}

static void so_many_are_kept_as_was_said(void **state)
{
	(void)state;
	run_apart(bounds_body);
}

/* ---- A kernel that refuses --------------------------------------------- */

static int refusal;

/* After it has been seen to work: a program that confines itself later. */
static void start_all_the_same(int shares)
{
	struct seen *seen;

	for (int n = 0; n < 3; n++) {
		seen = run_probe(NULL, "fds");
		assert_seen(seen, "fds", "0,1,2");
		assert_shared(&seen->process, shares);
	}
	expect_failure(NULL, "/nonexistent", exit_argv, ENOENT,
		       LIBSPAWN_STEP_EXEC, -1);
	assert_all_open();
}

static void no_cut_body(void)
{
	need_refusals();
	crowd();
	start_all_the_same(1);
	refuse_call("close_range", refusal);
	run_probe(NULL, "fds");
	start_all_the_same(0);
}

static void neither_body(void)
{
	need_refusals();
	crowd();
	start_all_the_same(1);
	refuse_call("close_range", refusal);
	refuse_call("unshare", refusal);
	start_all_the_same(0);
}

static void never_body(void)
{
	need_refusals();
	refuse_call("close_range", refusal);
	crowd();
	start_all_the_same(0);
}

static void a_refusal_changes_the_price_alone(void **state)
{
	static const int refusals[] = { EPERM, ENOSYS };

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		refusal = refusals[n];
		run_apart(no_cut_body);
		run_apart(neither_body);
		run_apart(never_body);
	}
}

/* ---- Threads that open and close meanwhile ----------------------------- */

enum { THREADS = 8, STARTS = 200 };

static atomic_int is_over;

static void *open_and_close(void *unused)
{
	while (!is_over) {
		int low = fcntl(0, F_DUPFD_CLOEXEC, 3);
		int high = fcntl(0, F_DUPFD_CLOEXEC, END);
		struct stat st;

		assert_true(low >= 3 && high >= END);
		assert_int_equal(fstat(low, &st), 0);
		assert_int_equal(fstat(high, &st), 0);
		assert_int_equal(close(low), 0);
		assert_int_equal(close(high), 0);
	}
	return unused;
}

static void threads_body(void)
{
	pthread_t threads[THREADS];

	crowd();
	for (int n = 0; n < THREADS; n++)
		threads[n] = start_thread(open_and_close, NULL);
	for (int n = 0; n < (runs_slowly() ? 20 : STARTS); n++) {
		struct seen *seen = run_probe(NULL, "fds");

		assert_seen(seen, "fds", "0,1,2");
		assert_true(seen->process.flags == 0 ||
			    support_backend == LIBSPAWN_BACKEND_CLONE);
	}
	is_over = 1;
	for (int n = 0; n < THREADS; n++)
		join_thread(threads[n]);
	assert_all_open();
}

static void threads_may_open_and_close(void **state)
{
	(void)state;
	run_apart(threads_body);
}

static atomic_int was_refused;

/* Until one of the two comes while the other is at it. */
static void *reserve_until_refused(void *unused)
{
	while (!was_refused) {
		int code = libspawn_reserve_fds(LIBSPAWN_RESERVE_MAX);

		assert_true(code == 0 || code == EBUSY);
		was_refused |= code == EBUSY;
		libspawn_reserve_fds(0);
	}
	return unused;
}

static void busy_body(void)
{
	pthread_t other = start_thread(reserve_until_refused, NULL);

	reserve_until_refused(NULL);
	join_thread(other);
	assert_int_equal(libspawn_reserve_fds(0), 0);
	mark_surroundings();
}

static void two_at_a_time_may_not_keep_numbers(void **state)
{
	(void)state;
	run_apart(busy_body);
}

static const struct CMUnitTest tests[] = {
	TEST(who_names_nothing_shares),
	TEST(who_comes_to_have_many_shares_soon),
	TEST(all_may_be_kept),
	TEST(who_names_a_high_one_in_a_path_has_a_copy),
	TEST(what_is_named_arrives),
	TEST(who_needs_a_high_one_has_a_copy),
	TEST(who_inherits_all_has_a_copy),
	TEST(the_pidfd_is_the_callers_alone),
	TEST(the_programs_next_number_is_the_lowest),
	TEST(locks_on_records_stay),
	TEST(ends_take_what_is_kept_for_them),
	TEST(too_few_change_the_price_alone),
	TEST(what_a_program_has_closed_is_given_up),
	TEST(what_is_kept_is_not_the_callers),
	TEST(so_many_are_kept_as_was_said),
	TEST(a_refusal_changes_the_price_alone),
	TEST(threads_may_open_and_close),
	TEST(two_at_a_time_may_not_keep_numbers),
};

TEST_MAIN(tests)
