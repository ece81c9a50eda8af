/* SPDX-License-Identifier: MIT */
/* pidfd_spawn(), pidfd_spawnp(), pidfd_getpid(): glibc has them since 2.39. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"

extern char **environ;

/* waitid() of old headers has no name for it. */
#define BY_PIDFD 3

static int start_pidfd(const char *commands)
{
	int pidfd = -7;

	need_function(pidfd_spawn);
	skip_in_valgrind("valgrind doesn't know of pidfd_open()");
	assert_int_equal(pidfd_spawn(&pidfd, case_probe, NULL, NULL,
				     probe_argv(commands), environ),
			 0);
	assert_true(pidfd >= 0);
	return pidfd;
}

static int reap_pidfd(int pidfd)
{
	siginfo_t info;

	assert_int_equal(waitid(BY_PIDFD, (id_t)pidfd, &info, WEXITED), 0);
	close(pidfd);
	return info.si_status;
}

static void a_pidfd_can_be_waited_for(void)
{
	int pidfd = start_pidfd("exit 7");

	assert_int_equal(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(reap_pidfd(pidfd), 7);
}

static void a_pidfd_knows_its_pid(void)
{
	int pidfd = start_pidfd("pause");
	pid_t pid = pidfd_getpid(pidfd);
	struct pollfd readable = { .fd = pidfd, .events = POLLIN };

	assert_true(pid > 0);
	assert_int_equal(getpgid(pid), getpgrp());
	assert_int_equal(
		syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0), 0);
	assert_int_equal(poll(&readable, 1, -1), 1);
	assert_int_equal(reap(pid), SIGKILL);
	errno = 0;
	assert_int_equal(pidfd_getpid(pidfd), -1);
	assert_int_equal(errno, ESRCH);
	close(pidfd);
}

static void a_pid_of_no_pidfd_is_ebadf(void)
{
	need_function(pidfd_getpid);
	errno = 0;
	assert_int_equal(pidfd_getpid(-1), -1);
	assert_int_equal(errno, EBADF);
	errno = 0;
	assert_int_equal(pidfd_getpid(500), -1);
	assert_int_equal(errno, EBADF);
	errno = 0;
	/* An open descriptor that is something else. */
	assert_int_equal(pidfd_getpid(2), -1);
	assert_int_equal(errno, EBADF);
}

static void pidfd_spawnp_searches(void)
{
	int pidfd = -7;

	need_function(pidfd_spawnp);
	skip_in_valgrind("valgrind doesn't know of pidfd_open()");
	copy_probe("prog", 0755);
	setenv("PATH", in_folder("."), 1);
	assert_int_equal(pidfd_spawnp(&pidfd, "prog", NULL, NULL,
				      probe_argv("exit 3"), environ),
			 0);
	assert_int_equal(reap_pidfd(pidfd), 3);
	pidfd = -7;
	assert_int_equal(pidfd_spawnp(&pidfd, "absent", NULL, NULL,
				      probe_argv("exit 3"), environ),
			 ENOENT);
	assert_int_equal(pidfd_spawn(&pidfd, "prog", NULL, NULL,
				     probe_argv("exit 3"), environ),
			 ENOENT);
	assert_int_equal(pidfd, -7);
	assert_false(has_child());
}

static void a_failure_leaves_neither_child_nor_descriptor(void)
{
	int pidfd = -7, fds = count_fds();

	need_function(pidfd_spawn);
	skip_in_valgrind("valgrind doesn't know of pidfd_open()");
	for (int i = 0; i < 50; i++)
		assert_int_equal(pidfd_spawn(&pidfd, "/absent", NULL, NULL,
					     probe_argv("exit 3"), environ),
				 ENOENT);
	assert_int_equal(pidfd, -7);
	assert_int_equal(count_fds(), fds);
	assert_false(has_child());
}

static void actions_and_attributes_are_obeyed(void)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int pidfd = -7;
	pid_t pid;

	need_function(pidfd_spawn);
	skip_in_valgrind("valgrind doesn't know of pidfd_open()");
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(posix_spawnattr_init(&attributes), 0);
	assert_int_equal(
		posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID), 0);
	assert_int_equal(
		posix_spawn_file_actions_addopen(&actions, 1, in_folder("out"),
						 O_WRONLY | O_CREAT, 0600),
		0);
	assert_int_equal(pidfd_spawn(&pidfd, case_probe, &actions, &attributes,
				     probe_argv("print process fds then pause"),
				     environ),
			 0);
	pid = pidfd_getpid(pidfd);
	assert_int_equal(getsid(pid), pid);
	kill(pid, SIGKILL);
	assert_int_equal(reap_pidfd(pidfd), SIGKILL);
	assert_int_equal(posix_spawnattr_destroy(&attributes), 0);
	assert_int_equal(posix_spawn_file_actions_destroy(&actions), 0);
}

static void a_pidfd_for_nobody_is_not_left_open(void)
{
	int fds = count_fds();

	need_function(pidfd_spawn);
	assert_int_equal(pidfd_spawn(NULL, case_probe, NULL, NULL,
				     probe_argv("exit 3"), environ),
			 0);
	assert_int_equal(reap(-1), 3 << 8);
	assert_int_equal(pidfd_spawnp(NULL, case_probe, NULL, NULL,
				      probe_argv("exit 4"), environ),
			 0);
	assert_int_equal(reap(-1), 4 << 8);
	if (!differs("pidfd_spawn(NULL, ...) leaves no descriptor open"))
		assert_int_equal(count_fds(), fds);
	close_descriptors();
}

static void the_plain_backend_gives_a_pidfd(void)
{
	/* Only ours reads it, and libc's gives one anyway. */
	setenv("LIBSPAWN_BACKEND", "vfork", 1);
	assert_int_equal(reap_pidfd(start_pidfd("exit 6")), 6);
}

static void without_a_descriptor_left_it_is_emfile(void)
{
	int pidfd = -7;

	need_function(pidfd_spawn);
	skip_in_valgrind("valgrind doesn't know of pidfd_open()");
	leave_descriptors(0);
	assert_int_equal(pidfd_spawn(&pidfd, case_probe, NULL, NULL,
				     probe_argv("exit 0"), environ),
			 EMFILE);
	assert_int_equal(pidfd, -7);
	assert_false(has_child());
	close_descriptors();
}

static const struct CMUnitTest tests[] = {
	CASE(a_pidfd_can_be_waited_for),
	CASE(a_pidfd_knows_its_pid),
	CASE(a_pid_of_no_pidfd_is_ebadf),
	CASE(pidfd_spawnp_searches),
	CASE(a_failure_leaves_neither_child_nor_descriptor),
	CASE(actions_and_attributes_are_obeyed),
	CASE(a_pidfd_for_nobody_is_not_left_open),
	CASE(the_plain_backend_gives_a_pidfd),
	CASE(without_a_descriptor_left_it_is_emfile),
};

CASE_MAIN(tests)
