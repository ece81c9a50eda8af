/* SPDX-License-Identifier: MIT */
/* The controlling terminal and its foreground process group. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

#define TEXT(literal) ((char *)(uintptr_t)(literal))
#define OWN_TERMINAL (LIBSPAWN_NEW_SESSION | LIBSPAWN_CONTROLLING_TERMINAL)

struct terminal {
	int master;
	int side;
};

static struct terminal open_terminal(void)
{
	struct terminal terminal;
	char name[64];

	terminal.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(terminal.master >= 0);
	assert_int_equal(unlockpt(terminal.master), 0);
	assert_int_equal(ptsname_r(terminal.master, name, sizeof name), 0);
	terminal.side = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(terminal.side >= 0);
	return terminal;
}

static void close_terminal(struct terminal terminal)
{
	close(terminal.side);
	close(terminal.master);
}

static void assert_terminal(const struct seen *seen, int side)
{
	struct stat st;

	assert_int_equal(fstat(side, &st), 0);
	assert_int_equal(seen_number(seen, "tty"), st.st_rdev);
}

/* posix_spawn() declines what is asked for first. */
static int declines(const struct libspawn_options *options, int step)
{
	if (support_backend != LIBSPAWN_BACKEND_POSIX_SPAWN)
		return 0;
	expect_decline(options, step);
	return 1;
}

static void a_terminal_of_the_callers_becomes_controlling(void **state)
{
	struct terminal terminal = open_terminal();
	struct libspawn_options options = {
		OPTIONS,
		.flags = OWN_TERMINAL | LIBSPAWN_TERMINAL_FD,
		.terminal_fd = terminal.side,
	};
	struct seen *seen;

	(void)state;
	if (!declines(&options, LIBSPAWN_STEP_TERMINAL)) {
		seen = run_probe(&options, "tty process");
		assert_terminal(seen, terminal.side);
		assert_int_equal(seen_number(seen, "sid"), seen->process.pid);
		assert_int_equal(seen_number(seen, "tty.pgid"),
				 seen->process.pid);
	}
	close_terminal(terminal);
}

static void a_terminal_of_the_table_becomes_controlling(void **state)
{
	int32_t master = -1;
	struct libspawn_fd rows[] = {
		{ .child_fd = 0,
		  .kind = LIBSPAWN_FD_PTY,
		  .parent_end = &master },
		{ .child_fd = 2, .kind = LIBSPAWN_FD_SAME, .entry = 0 },
	};
	struct libspawn_options options = {
		OPTIONS,
		.flags = OWN_TERMINAL | LIBSPAWN_FOREGROUND,
		.fds = rows,
		.fd_count = 2,
	};
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_TERMINAL);
	seen = run_probe(&options, "tty process fds");
	assert_true(seen_number(seen, "tty") > 0);
	assert_int_equal(seen_number(seen, "tty.pgid"), seen->process.pid);
	assert_int_equal(seen_number(seen, "fd.0.tty"), 1);
	assert_int_equal(seen_number(seen, "fd.2.tty"), 1);
	close(master);
}

/*
 * In a process with this terminal as its controlling one: start a child in a
 * group of its own and in the foreground. Returns what the exit status says:
 * 0 if the probe was in the foreground.
 */
static int start_in_foreground(struct terminal terminal)
{
	struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
		.flags = LIBSPAWN_PROCESS_GROUP | LIBSPAWN_FOREGROUND |
			 LIBSPAWN_TERMINAL_FD,
		.terminal_fd = terminal.side,
	};
	char *argv[] = { TEXT("probe"), TEXT("read"), TEXT("0"), NULL };
	struct libspawn_process process;
	int32_t writing = -1;
	struct libspawn_fd row = {
		.kind = LIBSPAWN_FD_PIPE_READ,
		.parent_end = &writing,
	};
	pid_t foreground;

	options.fds = &row;
	options.fd_count = 1;
	if (setsid() < 0 || ioctl(terminal.side, TIOCSCTTY, 0))
		return 2;
	if (libspawn_start(&process, support_probe, argv, &options, NULL))
		return 3;
	foreground = tcgetpgrp(terminal.side);
	close(writing);
	waitpid(process.pid, NULL, 0);
	return foreground == process.pid ? 0 : 4;
}

static void a_child_is_put_in_the_foreground(void **state)
{
	struct terminal terminal = open_terminal();
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_PROCESS_GROUP | LIBSPAWN_FOREGROUND |
			 LIBSPAWN_TERMINAL_FD,
		.terminal_fd = terminal.side,
	};
	int status = -1;
	pid_t session;

	(void)state;
	if (!declines(&options, LIBSPAWN_STEP_FOREGROUND)) {
		session = fork();
		if (session == 0)
			_exit(start_in_foreground(terminal));
		assert_int_equal(waitpid(session, &status, 0), session);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	close_terminal(terminal);
}

static void a_descriptor_that_is_no_terminal_is_refused(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = OWN_TERMINAL | LIBSPAWN_TERMINAL_FD,
		.terminal_fd = open("/dev/null", O_RDWR | O_CLOEXEC),
	};

	(void)state;
	if (!declines(&options, LIBSPAWN_STEP_TERMINAL)) {
		expect_probe_failure(&options, ENOTTY, LIBSPAWN_STEP_TERMINAL,
				     -1);
		options.flags = LIBSPAWN_FOREGROUND | LIBSPAWN_TERMINAL_FD;
		expect_probe_failure(&options, ENOTTY, LIBSPAWN_STEP_FOREGROUND,
				     -1);
	}
	close(options.terminal_fd);
}

static void a_terminal_of_another_session_has_no_foreground(void **state)
{
	struct terminal terminal = open_terminal();
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_FOREGROUND | LIBSPAWN_TERMINAL_FD |
			 LIBSPAWN_NEW_SESSION,
		.terminal_fd = terminal.side,
	};

	(void)state;
	if (!declines(&options, LIBSPAWN_STEP_FOREGROUND))
		expect_probe_failure(&options, ENOTTY, LIBSPAWN_STEP_FOREGROUND,
				     -1);
	close_terminal(terminal);
}

static void terminals_without_a_meaning_are_refused(void **state)
{
	struct libspawn_options options = { OPTIONS };

	(void)state;
	/* No session of its own; no terminal to be had; neither for both. */
	options.flags = LIBSPAWN_CONTROLLING_TERMINAL | LIBSPAWN_TERMINAL_FD;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_TERMINAL, -1);
	options.flags = OWN_TERMINAL;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_TERMINAL, -1);
	options.flags = LIBSPAWN_FOREGROUND;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_FOREGROUND, -1);
	options.flags = 0;
	options.terminal_fd = 1;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_TERMINAL, -1);
}

static const struct CMUnitTest tests[] = {
	TEST(a_terminal_of_the_callers_becomes_controlling),
	TEST(a_terminal_of_the_table_becomes_controlling),
	TEST(a_child_is_put_in_the_foreground),
	TEST(a_descriptor_that_is_no_terminal_is_refused),
	TEST(a_terminal_of_another_session_has_no_foreground),
	TEST(terminals_without_a_meaning_are_refused),
};

TEST_MAIN(tests)
