/* SPDX-License-Identifier: MIT */
/* addchdir, addfchdir, addtcsetpgrp_np: where the child is, and its terminal.*/
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "case.h"

extern char **environ;

static posix_spawn_file_actions_t actions;
static posix_spawnattr_t attributes;

static void begin(void)
{
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(posix_spawnattr_init(&attributes), 0);
}

static void end(void)
{
	assert_int_equal(posix_spawn_file_actions_destroy(&actions), 0);
	assert_int_equal(posix_spawnattr_destroy(&attributes), 0);
}

static void add_chdir(const char *path)
{
	assert_int_equal(posix_spawn_file_actions_addchdir_np(&actions, path),
			 0);
}

static void add_fchdir(int fd)
{
	assert_int_equal(posix_spawn_file_actions_addfchdir_np(&actions, fd),
			 0);
}

static void add_open(int fd, const char *path, int flags)
{
	assert_int_equal(posix_spawn_file_actions_addopen(&actions, fd, path,
							  flags, 0600),
			 0);
}

/* ---- chdir ------------------------------------------------------------- */

static void chdir_moves_the_child_only(void)
{
	char *folder = make_folder("folder");
	char *here = keep(getcwd(NULL, 0));

	begin();
	add_chdir(folder);
	assert_seen(run_probe(&actions, NULL, "print dirs"), "cwd", folder);
	assert_string_equal(keep(getcwd(NULL, 0)), here);
	end();
}

static void relative_directories_add_up(void)
{
	char *folder;

	make_folder("a");
	folder = make_folder("a/b");
	begin();
	add_chdir(in_folder("a"));
	add_chdir("b");
	assert_seen(run_probe(&actions, NULL, "print dirs"), "cwd", folder);
	add_chdir("..");
	assert_seen(run_probe(&actions, NULL, "print dirs"), "cwd",
		    in_folder("a"));
	end();
}

static void a_relative_open_is_from_where_the_child_is_by_then(void)
{
	char *here = keep(getcwd(NULL, 0));
	struct seen *seen;

	make_folder("a");
	make_file("file", "outer", 0600);
	make_file("a/file", "inner", 0600);
	assert_int_equal(chdir(in_folder(".")), 0);
	begin();
	add_open(5, "file", O_RDONLY);
	add_chdir("a");
	add_open(6, "file", O_RDONLY);
	seen = run_probe(&actions, NULL, "read 5 read 6");
	assert_seen(seen, "read.5", "outer");
	assert_seen(seen, "read.6", "inner");
	assert_int_equal(chdir(here), 0);
	end();
}

static void a_relative_program_is_from_where_the_child_is_by_then(void)
{
	pid_t pid = -1;

	make_folder("a");
	copy_probe("a/here", 0755);
	begin();
	add_chdir(in_folder("a"));
	assert_int_equal(posix_spawn(&pid, "./here", &actions, NULL,
				     probe_argv("exit 3"), environ),
			 0);
	assert_int_equal(reap(pid), 3 << 8);
	assert_int_equal(posix_spawn(&pid, "here", &actions, NULL,
				     probe_argv("exit 4"), environ),
			 0);
	assert_int_equal(reap(pid), 4 << 8);
	expect_program_code(ENOENT, "./here", 0);
	end();
}

static void a_relative_path_element_is_from_where_the_child_is(void)
{
	pid_t pid = -1;

	make_folder("a");
	make_folder("a/bin");
	copy_probe("a/bin/here", 0755);
	setenv("PATH", "bin", 1);
	begin();
	add_chdir(in_folder("a"));
	assert_int_equal(posix_spawnp(&pid, "here", &actions, NULL,
				      probe_argv("exit 3"), environ),
			 0);
	assert_int_equal(reap(pid), 3 << 8);
	expect_program_code(ENOENT, "here", 1);
	end();
}

static void a_chdir_that_fails_gives_its_errno(void)
{
	char *loop = in_folder("loop");
	static const char *const names[] = { "absent", "file", "loop" };
	int codes[] = { ENOENT, ENOTDIR, ELOOP };

	make_file("file", "", 0600);
	assert_int_equal(symlink(loop, loop), 0);
	for (int i = 0; i < 3; i++) {
		begin();
		add_chdir(in_folder(names[i]));
		expect_code(codes[i], &actions, NULL);
		end();
	}
}

static void chdir_to_an_empty_name_is_enoent(void)
{
	begin();
	add_chdir("");
	expect_code(ENOENT, &actions, NULL);
	end();
}

static void chdir_without_permission_is_eacces(void)
{
	char *folder = make_folder("folder");

	need_root();
	assert_int_equal(chmod(folder, 0), 0);
	case_probe = copy_probe("probe", 0755);
	become_nobody();
	begin();
	add_chdir(folder);
	expect_code(EACCES, &actions, NULL);
	end();
}

static void the_path_of_a_chdir_is_copied(void)
{
	char path[] = "/dev";

	begin();
	add_chdir(path);
	memset(path, 'x', sizeof path - 1);
	assert_seen(run_probe(&actions, NULL, "print dirs"), "cwd", "/dev");
	end();
}

/* ---- fchdir ------------------------------------------------------------ */

static void fchdir_moves_the_child(void)
{
	char *folder = make_folder("folder");
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	begin();
	add_fchdir(fd);
	assert_seen(run_probe(&actions, NULL, "print dirs"), "cwd", folder);
	close(fd);
	end();
}

static void fchdir_takes_what_an_action_opened(void)
{
	char *folder = make_folder("folder");

	begin();
	add_open(5, folder, O_RDONLY | O_DIRECTORY);
	add_fchdir(5);
	assert_int_equal(posix_spawn_file_actions_addclose(&actions, 5), 0);
	assert_seen(run_probe(&actions, NULL, "print dirs"), "cwd", folder);
	end();
}

static void fchdir_to_no_directory_fails(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	begin();
	add_fchdir(fd);
	expect_code(ENOTDIR, &actions, NULL);
	end();
	close(fd);
	begin();
	add_fchdir(fd);
	expect_code(EBADF, &actions, NULL);
	end();
}

static void fchdir_to_a_negative_descriptor_is_ebadf(void)
{
	int code;

	begin();
	code = posix_spawn_file_actions_addfchdir_np(&actions, -1);
	if (differs("addfchdir_np of a negative descriptor is EBADF at once, "
		    "as in newer glibc"))
		code = code ? code : EBADF;
	assert_int_equal(code, EBADF);
	end();
}

static void the_names_without_np_are_the_same(void)
{
	char *folder = make_folder("folder");
	int fd = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	need_function(posix_spawn_file_actions_addchdir);
	need_function(posix_spawn_file_actions_addfchdir);
	begin();
	assert_int_equal(posix_spawn_file_actions_addchdir(&actions, folder),
			 0);
	assert_seen(run_probe(&actions, NULL, "print dirs"), "cwd", folder);
	assert_int_equal(posix_spawn_file_actions_addfchdir(&actions, fd), 0);
	assert_seen(run_probe(&actions, NULL, "print dirs"), "cwd", "/dev");
	assert_int_equal(posix_spawn_file_actions_addfchdir(&actions, -1),
			 EBADF);
	close(fd);
	end();
}

/* ---- tcsetpgrp --------------------------------------------------------- */

/* A terminal; returns its controlling end and the path of the other. */
static int open_terminal(char **path)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		skip_apart("no pseudo-terminals here");
	assert_int_equal(grantpt(fd), 0);
	assert_int_equal(unlockpt(fd), 0);
	*path = text_of("%s", ptsname(fd));
	return fd;
}

static void add_tcsetpgrp(int fd)
{
	assert_int_equal(posix_spawn_file_actions_addtcsetpgrp_np(&actions, fd),
			 0);
}

static void the_child_of_a_new_session_gets_its_terminal(void)
{
	struct seen *seen;
	char *path;
	int fd = open_terminal(&path);

	begin();
	assert_int_equal(
		posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID), 0);
	/* A session leader without one gets the terminal that it opens. */
	add_open(5, path, O_RDWR);
	add_tcsetpgrp(5);
	seen = run_probe(&actions, &attributes, "print process tty");
	assert_int_equal(seen_number(seen, "tty.pgid"), seen->pid);
	assert_int_equal(seen_number(seen, "sid"), seen->pid);
	close(fd);
	end();
}

static void a_new_group_becomes_the_foreground(void)
{
	struct seen *seen;
	char *path;
	int fd = open_terminal(&path), terminal;

	/* A caller that has a terminal; its death would hang it up. */
	signal(SIGHUP, SIG_IGN);
	assert_int_equal(setpgid(0, getpgid(getppid())), 0);
	assert_true(setsid() > 0);
	terminal = open(path, O_RDWR | O_CLOEXEC);
	assert_true(terminal >= 0);
	begin();
	assert_int_equal(
		posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP),
		0);
	add_tcsetpgrp(terminal);
	seen = run_probe(&actions, &attributes, "print process tty");
	assert_int_equal(seen_number(seen, "pgid"), seen->pid);
	assert_int_equal(seen_number(seen, "tty.pgid"), seen->pid);
	/* The caller's own again, from the background. */
	signal(SIGTTOU, SIG_IGN);
	assert_int_equal(tcsetpgrp(terminal, getpgrp()), 0);
	close(terminal);
	close(fd);
	end();
}

static void tcsetpgrp_on_no_terminal_fails(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	begin();
	add_tcsetpgrp(fd);
	expect_code(ENOTTY, &actions, NULL);
	end();
	close(fd);
	begin();
	add_tcsetpgrp(fd);
	expect_code(EBADF, &actions, NULL);
	assert_int_equal(posix_spawn_file_actions_addtcsetpgrp_np(&actions, -1),
			 EBADF);
	end();
}

static void tcsetpgrp_on_anothers_terminal_is_enotty(void)
{
	char *path;
	int fd = open_terminal(&path);
	int terminal = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	begin();
	add_tcsetpgrp(terminal);
	expect_code(ENOTTY, &actions, NULL);
	end();
	close(terminal);
	close(fd);
}

static const struct CMUnitTest tests[] = {
	CASE(chdir_moves_the_child_only),
	CASE(relative_directories_add_up),
	CASE(a_relative_open_is_from_where_the_child_is_by_then),
	CASE(a_relative_program_is_from_where_the_child_is_by_then),
	CASE(a_relative_path_element_is_from_where_the_child_is),
	CASE(a_chdir_that_fails_gives_its_errno),
	CASE(chdir_to_an_empty_name_is_enoent),
	CASE(chdir_without_permission_is_eacces),
	CASE(the_path_of_a_chdir_is_copied),
	CASE(fchdir_moves_the_child),
	CASE(fchdir_takes_what_an_action_opened),
	CASE(fchdir_to_no_directory_fails),
	CASE(fchdir_to_a_negative_descriptor_is_ebadf),
	CASE(the_names_without_np_are_the_same),
	CASE(the_child_of_a_new_session_gets_its_terminal),
	CASE(a_new_group_becomes_the_foreground),
	CASE(tcsetpgrp_on_no_terminal_fails),
	CASE(tcsetpgrp_on_anothers_terminal_is_enotty),
};

CASE_MAIN(tests)
