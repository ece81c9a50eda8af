/* SPDX-License-Identifier: MIT */
/* posix_spawn_file_actions_add...(): what each does, in the caller's order. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "case.h"

#define MANY 100000

static posix_spawn_file_actions_t actions;

/* ---- Adding, and hoping it works --------------------------------------- */

static void begin(void)
{
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
}

static void end(void)
{
	assert_int_equal(posix_spawn_file_actions_destroy(&actions), 0);
}

static void add_open(int fd, const char *path, int flags, mode_t mode)
{
	assert_int_equal(posix_spawn_file_actions_addopen(&actions, fd, path,
							  flags, mode),
			 0);
}

static void add_dup2(int from, int to)
{
	assert_int_equal(posix_spawn_file_actions_adddup2(&actions, from, to),
			 0);
}

static void add_close(int fd)
{
	assert_int_equal(posix_spawn_file_actions_addclose(&actions, fd), 0);
}

static void add_closefrom(int fd)
{
	assert_int_equal(posix_spawn_file_actions_addclosefrom_np(&actions, fd),
			 0);
}

/* An open descriptor of the caller with this number. */
static void have_fd(int fd, int flags)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_true(null >= 0);
	assert_int_equal(dup3(null, fd, flags), fd);
	close(null);
}

static char *identity(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return text_of("%llu:%llu", (unsigned long long)st.st_dev,
		       (unsigned long long)st.st_ino);
}

/* ---- None -------------------------------------------------------------- */

static void without_actions_descriptors_are_inherited_but_cloexec(void)
{
	have_fd(5, 0);
	have_fd(6, O_CLOEXEC);
	assert_seen(run_probe(NULL, NULL, "print fds"), "fds", "0,1,2,5,90");
	begin();
	assert_seen(run_probe(&actions, NULL, "print fds"), "fds",
		    "0,1,2,5,90");
	end();
	close(5);
	close(6);
}

static void an_object_need_not_be_zero_before_init(void)
{
	memset(&actions, 0xa5, sizeof actions);
	begin();
	add_close(5);
	have_fd(5, 0);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fds", "0,1,2,90");
	close(5);
	end();
}

/* ---- Order ------------------------------------------------------------- */

static void actions_happen_in_the_callers_order(void)
{
	char *first = make_file("first", "1", 0600);
	char *second = make_file("second", "2", 0600);
	struct seen *seen;

	begin();
	add_open(5, first, O_RDONLY, 0);
	add_dup2(5, 6);
	add_close(5);
	add_open(5, second, O_RDONLY, 0);
	add_dup2(5, 7);
	add_close(5);
	seen = run_probe(&actions, NULL, "print fds");
	assert_seen(seen, "fds", "0,1,2,6,7,90");
	assert_seen(seen, "fd.6.id", identity(first));
	assert_seen(seen, "fd.7.id", identity(second));
	end();
}

static void a_later_action_undoes_an_earlier_one(void)
{
	begin();
	add_open(5, "/dev/null", O_RDONLY, 0);
	add_close(5);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fds", "0,1,2,90");
	end();
	begin();
	add_close(5);
	add_open(5, "/dev/null", O_RDONLY, 0);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fds",
		    "0,1,2,5,90");
	end();
}

static void two_descriptors_are_swapped_by_way_of_a_third(void)
{
	char *first = make_file("first", "1", 0600);
	char *second = make_file("second", "2", 0600);
	struct seen *seen;

	begin();
	add_open(5, first, O_RDONLY, 0);
	add_open(6, second, O_RDONLY, 0);
	add_dup2(5, 7);
	add_dup2(6, 5);
	add_dup2(7, 6);
	add_close(7);
	seen = run_probe(&actions, NULL, "print fds");
	assert_seen(seen, "fds", "0,1,2,5,6,90");
	assert_seen(seen, "fd.5.id", identity(second));
	assert_seen(seen, "fd.6.id", identity(first));
	end();
}

static void what_an_action_closed_the_next_can_not_use(void)
{
	have_fd(5, 0);
	begin();
	add_close(5);
	add_dup2(5, 6);
	expect_code(EBADF, &actions, NULL);
	end();
	begin();
	add_closefrom(5);
	add_dup2(5, 4);
	expect_code(EBADF, &actions, NULL);
	end();
	begin();
	add_dup2(5, 6);
	add_closefrom(5);
	add_dup2(6, 4);
	expect_code(EBADF, &actions, NULL);
	end();
	close(5);
}

static void the_first_action_that_fails_counts(void)
{
	begin();
	add_close(5);
	add_open(6, in_folder("absent"), O_RDONLY, 0);
	add_dup2(60, 61);
	expect_code(ENOENT, &actions, NULL);
	end();
}

static void the_callers_descriptors_stay_as_they_were(void)
{
	have_fd(5, O_CLOEXEC);
	begin();
	add_dup2(5, 5);
	add_close(2);
	add_dup2(5, 1);
	add_open(7, "/dev/null", O_RDONLY, 0);
	add_closefrom(91);
	run_probe(&actions, NULL, "exit 0");
	assert_int_equal(fcntl(5, F_GETFD), FD_CLOEXEC);
	assert_true(fcntl(2, F_GETFD) >= 0);
	assert_int_equal(fcntl(7, F_GETFD), -1);
	close(5);
	end();
}

/* ---- dup2 -------------------------------------------------------------- */

static void a_descriptor_dupped_to_itself_loses_cloexec(void)
{
	have_fd(5, O_CLOEXEC);
	begin();
	add_dup2(5, 5);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fds",
		    "0,1,2,5,90");
	close(5);
	end();
}

static void a_copy_of_a_cloexec_descriptor_is_inherited(void)
{
	have_fd(5, O_CLOEXEC);
	begin();
	add_dup2(5, 6);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fds",
		    "0,1,2,6,90");
	close(5);
	end();
}

static void dup2_replaces_an_open_descriptor(void)
{
	char *path = make_file("file", "", 0600);

	have_fd(5, 0);
	begin();
	add_open(6, path, O_RDONLY, 0);
	add_dup2(6, 5);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fd.5.id",
		    identity(path));
	close(5);
	end();
}

static void dup2_of_an_unopened_descriptor_is_ebadf(void)
{
	begin();
	add_dup2(50, 5);
	expect_code(EBADF, &actions, NULL);
	end();
	begin();
	add_dup2(50, 50);
	expect_code(EBADF, &actions, NULL);
	end();
}

static void standard_descriptors_can_be_replaced_and_closed(void)
{
	struct seen *seen;

	begin();
	add_close(0);
	add_open(1, "/dev/null", O_WRONLY, 0);
	add_dup2(1, 2);
	seen = run_probe(&actions, NULL, "print fds");
	assert_seen(seen, "fds", "1,2,90");
	assert_seen(seen, "fd.1", "/dev/null");
	assert_seen(seen, "fd.2", "/dev/null");
	end();
}

/* ---- open -------------------------------------------------------------- */

static void open_gets_the_number_asked_for(void)
{
	begin();
	add_open(5, "/dev/null", O_RDONLY, 0);
	add_open(9, "/dev/zero", O_RDWR, 0);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fds",
		    "0,1,2,5,9,90");
	end();
}

static void open_creates_with_the_mode_less_the_umask(void)
{
	struct stat st;
	mode_t mask = umask(027);

	begin();
	add_open(5, in_folder("new"), O_WRONLY | O_CREAT | O_EXCL, 0666);
	run_probe(&actions, NULL, "write 5 hello exit 0");
	assert_int_equal(stat(in_folder("new"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_size, 5);
	umask(mask);
	end();
}

static void open_obeys_its_flags(void)
{
	char *path = make_file("file", "old", 0600);
	struct stat st;

	begin();
	add_open(5, path, O_WRONLY | O_APPEND, 0);
	run_probe(&actions, NULL, "write 5 new exit 0");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 6);
	end();
	begin();
	add_open(5, path, O_WRONLY | O_TRUNC, 0);
	run_probe(&actions, NULL, "write 5 x exit 0");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 1);
	end();
	begin();
	add_open(5, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	expect_code(EEXIST, &actions, NULL);
	end();
}

static void open_closes_its_target_first(void)
{
	begin();
	add_open(5, "/dev/zero", O_RDONLY, 0);
	leave_descriptors(0);
	/* There is room for the file only when the old one is closed. */
	expect_start(&actions, NULL);
	end();
	close_descriptors();
}

static void an_open_that_fails_gives_its_errno(void)
{
	char *loop = in_folder("loop");
	char *file = make_file("file", "", 0600);
	static const char *const paths[] = { "absent", "file/x", "loop", "" };
	int codes[] = { ENOENT, ENOTDIR, ELOOP, EISDIR };

	assert_non_null(file);
	assert_int_equal(symlink(loop, loop), 0);
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		begin();
		add_open(5, in_folder(paths[i]), O_WRONLY, 0);
		expect_code(codes[i], &actions, NULL);
		end();
	}
}

static void an_over_long_path_is_enametoolong(void)
{
	static char path[6000];

	memset(path, 'a', sizeof path - 1);
	path[0] = '/';
	begin();
	add_open(5, path, O_RDONLY, 0);
	expect_code(ENAMETOOLONG, &actions, NULL);
	end();
	path[300] = '\0';
	begin();
	add_open(5, path, O_RDONLY, 0);
	expect_code(ENAMETOOLONG, &actions, NULL);
	end();
}

static void an_open_without_permission_is_eacces(void)
{
	char *path = make_file("file", "", 0);

	need_root();
	case_probe = copy_probe("probe", 0755);
	become_nobody();
	begin();
	add_open(5, path, O_RDONLY, 0);
	expect_code(EACCES, &actions, NULL);
	end();
}

static void a_fifo_opened_is_the_one_asked_for(void)
{
	char *path = in_folder("fifo");

	assert_int_equal(mkfifo(path, 0600), 0);
	begin();
	add_open(5, path, O_RDWR, 0);
	add_open(6, path, O_WRONLY, 0);
	add_open(7, path, O_RDONLY, 0);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fds",
		    "0,1,2,5,6,7,90");
	end();
}

static void cloexec_of_open_holds_where_the_number_is_the_lowest(void)
{
	begin();
	add_open(3, "/dev/null", O_RDONLY | O_CLOEXEC, 0);
	add_dup2(3, 8);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fds",
		    "0,1,2,8,90");
	end();
}

static void cloexec_of_open_is_lost_where_the_number_is_another(void)
{
	begin();
	/* "Changed to" the number asked for, as by dup2(). */
	add_open(7, "/dev/null", O_RDONLY | O_CLOEXEC, 0);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fds",
		    "0,1,2,7,90");
	end();
}

/* ---- close and closefrom ----------------------------------------------- */

static void closing_an_unopened_descriptor_is_no_error(void)
{
	begin();
	add_close(5);
	add_close(50);
	add_close(5);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fds", "0,1,2,90");
	end();
}

static void closefrom_closes_all_from_there(void)
{
	have_fd(4, 0);
	have_fd(5, 0);
	have_fd(60, 0);
	have_fd(800, 0);
	begin();
	add_dup2(REPORT_FD, 3);
	add_closefrom(5);
	assert_seen(run_probe(&actions, NULL, "@3 print fds"), "fds",
		    "0,1,2,3,4");
	end();
	close_descriptors();
}

static void closefrom_where_nothing_is_open_is_no_error(void)
{
	begin();
	add_closefrom(500);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fds", "0,1,2,90");
	end();
}

static void closefrom_zero_closes_everything(void)
{
	begin();
	add_closefrom(0);
	add_open(0, in_folder("out"), O_WRONLY | O_CREAT, 0600);
	run_probe(&actions, NULL, "@0 print fds");
	assert_seen(read_seen("out"), "fds", "0");
	end();
}

static void after_closefrom_descriptors_can_be_opened_again(void)
{
	have_fd(5, 0);
	begin();
	add_dup2(REPORT_FD, 3);
	add_closefrom(4);
	add_open(60, "/dev/null", O_RDONLY, 0);
	add_dup2(60, 61);
	assert_seen(run_probe(&actions, NULL, "@3 print fds"), "fds",
		    "0,1,2,3,60,61");
	close(5);
	end();
}

/* ---- Wrong arguments --------------------------------------------------- */

static void negative_descriptors_are_ebadf(void)
{
	begin();
	assert_int_equal(posix_spawn_file_actions_addclose(&actions, -1),
			 EBADF);
	assert_int_equal(posix_spawn_file_actions_adddup2(&actions, -1, 5),
			 EBADF);
	assert_int_equal(posix_spawn_file_actions_adddup2(&actions, 1, -1),
			 EBADF);
	assert_int_equal(posix_spawn_file_actions_adddup2(&actions, -5, -5),
			 EBADF);
	assert_int_equal(
		posix_spawn_file_actions_addopen(&actions, -1, "/", 0, 0),
		EBADF);
	assert_int_equal(posix_spawn_file_actions_addclosefrom_np(&actions, -1),
			 EBADF);
	/* None of them was added. */
	expect_start(&actions, NULL);
	end();
}

static void a_descriptor_beyond_the_limit_is_ebadf(void)
{
	struct rlimit limit = { 100, 100 };
	int code;

	skip_in_valgrind(OWN_LIMIT);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	begin();
	/* POSIX leaves open whether this call or the start reports it. */
	code = posix_spawn_file_actions_adddup2(&actions, 1, 100);
	if (code == 0)
		expect_code(EBADF, &actions, NULL);
	else
		assert_int_equal(code, EBADF);
	end();
	begin();
	code = posix_spawn_file_actions_addopen(&actions, 1000000, "/", 0, 0);
	if (code == 0)
		expect_code(EBADF, &actions, NULL);
	else
		assert_int_equal(code, EBADF);
	end();
}

static void a_destroyed_object_is_einval(void)
{
	begin();
	add_close(5);
	end();
	if (differs("a destroyed file-actions object used again is EINVAL"))
		return;
	assert_int_equal(posix_spawn_file_actions_addclose(&actions, 5),
			 EINVAL);
	assert_int_equal(posix_spawn_file_actions_adddup2(&actions, 1, 5),
			 EINVAL);
	assert_int_equal(
		posix_spawn_file_actions_addopen(&actions, 5, "/", 0, 0),
		EINVAL);
	assert_int_equal(posix_spawn_file_actions_addclosefrom_np(&actions, 5),
			 EINVAL);
	assert_int_equal(posix_spawn_file_actions_addchdir_np(&actions, "/"),
			 EINVAL);
	assert_int_equal(posix_spawn_file_actions_addfchdir_np(&actions, 1),
			 EINVAL);
	assert_int_equal(posix_spawn_file_actions_addtcsetpgrp_np(&actions, 1),
			 EINVAL);
	assert_int_equal(posix_spawn_file_actions_destroy(&actions), EINVAL);
	expect_code(EINVAL, &actions, NULL);
}

/* ---- The object -------------------------------------------------------- */

static void a_destroyed_object_can_be_initialised_again(void)
{
	begin();
	add_open(5, in_folder("absent"), O_RDONLY, 0);
	end();
	begin();
	expect_start(&actions, NULL);
	end();
}

static void the_path_of_an_open_is_copied(void)
{
	char path[] = "/dev/null";

	begin();
	add_open(5, path, O_RDONLY, 0);
	memset(path, 'x', sizeof path - 1);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fd.5",
		    "/dev/null");
	end();
}

static void one_object_serves_many_starts(void)
{
	begin();
	add_open(5, "/dev/null", O_RDONLY, 0);
	for (int i = 0; i < 3; i++)
		assert_seen(run_probe(&actions, NULL, "print fds"), "fds",
			    "0,1,2,5,90");
	add_close(5);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fds", "0,1,2,90");
	end();
}

static void two_objects_do_not_mix(void)
{
	posix_spawn_file_actions_t other;

	begin();
	assert_int_equal(posix_spawn_file_actions_init(&other), 0);
	assert_int_equal(
		posix_spawn_file_actions_addopen(&other, 6, "/dev/null", 0, 0),
		0);
	add_open(5, "/dev/null", O_RDONLY, 0);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fds",
		    "0,1,2,5,90");
	end();
	assert_seen(run_probe(&other, NULL, "print fds"), "fds", "0,1,2,6,90");
	assert_int_equal(posix_spawn_file_actions_destroy(&other), 0);
}

static void a_hundred_thousand_actions_are_done(void)
{
	/* libc makes room for eight at a time, which a checker can't bear. */
	int count = is_libc() && runs_slowly() ? MANY / 20 : MANY;

	begin();
	for (int i = 0; i < count / 2; i++) {
		add_dup2(2, 5 + i % 40);
		add_close(5 + i % 40);
	}
	add_open(7, "/dev/null", O_RDONLY, 0);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fds",
		    "0,1,2,7,90");
	add_dup2(60, 61);
	expect_code(EBADF, &actions, NULL);
	end();
}

static void ten_thousand_paths_are_kept_apart(void)
{
	char *path = make_file("file", "", 0600);

	begin();
	for (int i = 0; i < 10000; i++)
		add_open(5 + i % 40, i % 2 ? path : "/dev/null", O_RDONLY, 0);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fd.6", path);
	assert_seen(run_probe(&actions, NULL, "print fds"), "fd.5",
		    "/dev/null");
	end();
}

static void without_memory_an_action_is_enomem(void)
{
	struct rlimit limit;
	int code = 0;

	if (runs_slowly())
		skip_apart("memory is not limited under a checker");
	assert_int_equal(getrlimit(RLIMIT_AS, &limit), 0);
	limit.rlim_cur = 64u << 20;
	assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
	begin();
	for (int i = 0; i < 100000000 && code == 0; i++)
		code = posix_spawn_file_actions_adddup2(&actions, 1, 5);
	assert_int_equal(code, ENOMEM);
	end();
	begin();
	expect_start(&actions, NULL);
	end();
}

static const struct CMUnitTest tests[] = {
	CASE(without_actions_descriptors_are_inherited_but_cloexec),
	CASE(an_object_need_not_be_zero_before_init),
	CASE(actions_happen_in_the_callers_order),
	CASE(a_later_action_undoes_an_earlier_one),
	CASE(two_descriptors_are_swapped_by_way_of_a_third),
	CASE(what_an_action_closed_the_next_can_not_use),
	CASE(the_first_action_that_fails_counts),
	CASE(the_callers_descriptors_stay_as_they_were),
	CASE(a_descriptor_dupped_to_itself_loses_cloexec),
	CASE(a_copy_of_a_cloexec_descriptor_is_inherited),
	CASE(dup2_replaces_an_open_descriptor),
	CASE(dup2_of_an_unopened_descriptor_is_ebadf),
	CASE(standard_descriptors_can_be_replaced_and_closed),
	CASE(open_gets_the_number_asked_for),
	CASE(open_creates_with_the_mode_less_the_umask),
	CASE(open_obeys_its_flags),
	CASE(open_closes_its_target_first),
	CASE(an_open_that_fails_gives_its_errno),
	CASE(an_over_long_path_is_enametoolong),
	CASE(an_open_without_permission_is_eacces),
	CASE(a_fifo_opened_is_the_one_asked_for),
	CASE(cloexec_of_open_holds_where_the_number_is_the_lowest),
	CASE(cloexec_of_open_is_lost_where_the_number_is_another),
	CASE(closing_an_unopened_descriptor_is_no_error),
	CASE(closefrom_closes_all_from_there),
	CASE(closefrom_where_nothing_is_open_is_no_error),
	CASE(closefrom_zero_closes_everything),
	CASE(after_closefrom_descriptors_can_be_opened_again),
	CASE(negative_descriptors_are_ebadf),
	CASE(a_descriptor_beyond_the_limit_is_ebadf),
	CASE(a_destroyed_object_is_einval),
	CASE(a_destroyed_object_can_be_initialised_again),
	CASE(the_path_of_an_open_is_copied),
	CASE(one_object_serves_many_starts),
	CASE(two_objects_do_not_mix),
	CASE(a_hundred_thousand_actions_are_done),
	CASE(ten_thousand_paths_are_kept_apart),
	CASE(without_memory_an_action_is_enomem),
};

CASE_MAIN(tests)
