/* SPDX-License-Identifier: MIT */
/* Programs on a new terminal: its size and modes, its keys, what they draw. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "capture.h"

/* So long a test waits for a text that does not come, before it fails. */
enum { PATIENCE_MS = 60000, SCREEN_MAX = 65536 };

#define CTRL_C "\003"
#define ESCAPE "\033"

/* A program on a terminal, and all that it has written there. */
struct screen {
	struct libspawn_process process;
	int32_t terminal;
	size_t size;
	size_t seen; /* what has been expected, and has come */
	char text[SCREEN_MAX];
};

static struct screen screen;
static char *variables[] = { (char *)(uintptr_t) "TERM=xterm", NULL };

/* Rows for a terminal as all three streams; its end goes to the screen. */
static const struct libspawn_fd rows[] = {
	{ .kind = LIBSPAWN_FD_PTY, .parent_end = &screen.terminal },
	{ .child_fd = 1, .kind = LIBSPAWN_FD_SAME },
	{ .child_fd = 2, .kind = LIBSPAWN_FD_SAME },
};

static const struct libspawn_options terminal_options = {
	OPTIONS,
	.flags = LIBSPAWN_NEW_SESSION | LIBSPAWN_CONTROLLING_TERMINAL,
	.search = LIBSPAWN_SEARCH_PARENT_PATH,
	.env_set = variables,
	.fds = rows,
	.fd_count = 3,
};

#define return_if_declined()                                                   \
	return_if_declined_by(POSIX_SPAWN_DECLINES, &terminal_options,         \
			      LIBSPAWN_STEP_TERMINAL)

static void start_on_screen(const struct libspawn_options *given,
			    const char *program, char *const argv[])
{
	struct libspawn_options options = *given;
	struct libspawn_error error = { 0 };
	int code;

	memset(&screen, 0, sizeof screen);
	options.backend = support_backend;
	code = libspawn_start(&screen.process, program, argv, &options, &error);
	assert_int_equal(code, 0);
	assert_int_equal(screen.process.backend, support_backend);
}

static void start_worker(const struct libspawn_options *options,
			 const char *commands)
{
	struct words words;

	start_on_screen(options, worker_path(), worker_argv(&words, commands));
}

static void start_shell(const char *script)
{
	char *argv[] = { (char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
			 (char *)(uintptr_t)script, NULL };

	start_on_screen(&terminal_options, "sh", argv);
}

static void need_program(const char *name)
{
	const struct libspawn_options options = {
		OPTIONS,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
	};
	char script[64];
	char *argv[] = { (char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
			 script, NULL };
	const struct libspawn_capture capture = { CAPTURE,
						  .output = TO_MEMORY };
	struct libspawn_result result;

	snprintf(script, sizeof script, "command -v %s", name);
	assert_int_equal(
		libspawn_run(&result, "sh", argv, &options, &capture, NULL), 0);
	libspawn_free(&result);
	if (result.status.code != 0)
		skip_with_reason("there is no %s", name);
}

/* Reads once; 0 at the end, which Linux tells by EIO. */
static size_t look(void)
{
	struct pollfd poll_fd = { .fd = screen.terminal, .events = POLLIN };
	ssize_t size;

	if (poll(&poll_fd, 1, PATIENCE_MS) != 1) {
		print_error("on the screen: %s\n", screen.text + screen.seen);
		fail();
	}
	assert_true(screen.size < SCREEN_MAX - 1);
	size = read(screen.terminal, screen.text + screen.size,
		    SCREEN_MAX - 1 - screen.size);
	if (size < 0)
		assert_int_equal(errno, EIO);
	screen.size += size > 0 ? (size_t)size : 0;
	return size > 0 ? (size_t)size : 0;
}

/* Waits until it is on the screen, after what was expected before. */
static void expect(const char *text)
{
	char *found;

	while (!(found = strstr(screen.text + screen.seen, text)))
		if (look() == 0) {
			print_error("never: %s\nbut: %s\n", text, screen.text);
			fail();
		}
	screen.seen = (size_t)(found - screen.text) + strlen(text);
}

static void type(const char *keys)
{
	assert_int_equal(write(screen.terminal, keys, strlen(keys)),
			 strlen(keys));
}

static void expect_exit(int code)
{
	struct libspawn_status status;

	while (look() > 0)
		;
	close(screen.terminal);
	assert_int_equal(
		libspawn_wait(&screen.process, LIBSPAWN_FOREVER, &status), 0);
	assert_exited(&status, code);
}

/* ---- Size and modes ---------------------------------------------------- */

static void a_terminal_has_the_size_it_was_given(void **state)
{
	const struct libspawn_window window = { .rows = 33, .columns = 111 };
	struct libspawn_options options = terminal_options;

	(void)state;
	return_if_declined();
	options.terminal_window = &window;
	start_worker(&options, "window 0 window 2 exit 3");
	expect("33x111");
	expect("33x111");
	expect_exit(3);
}

static void a_terminal_can_be_resized(void **state)
{
	const struct libspawn_window window = { .rows = 7, .columns = 9 };

	(void)state;
	return_if_declined();
	start_worker(&terminal_options, "last 28 changed say 1 ready pause");
	expect("ready");
	assert_int_equal(libspawn_resize(screen.terminal, &window), 0);
	expect("changed");
	expect_exit(7);
	assert_int_equal(libspawn_resize(screen.terminal, &window), EBADF);
	assert_int_equal(libspawn_resize(0, NULL), EINVAL);
}

static void a_terminal_has_the_modes_it_was_given(void **state)
{
	struct libspawn_options options = terminal_options;
	struct termios modes;

	(void)state;
	return_if_declined();
	start_worker(&terminal_options, "say 1 ready copy");
	expect("ready");
	assert_int_equal(tcgetattr(screen.terminal, &modes), 0);
	type("echo\n\004");
	expect("echo\r\necho\r\n");
	expect_exit(0);
	cfmakeraw(&modes);
	options.terminal_modes = &modes;
	start_worker(&options, "say 1 ready echo 4 say 1 end");
	type("\003\n\004x");
	expect("ready\003\n\004xend");
	expect_exit(0);
}

static void size_and_modes_without_a_terminal_are_refused(void **state)
{
	const struct libspawn_window window = { .rows = 1 };
	struct libspawn_options options = { OPTIONS };

	(void)state;
	options.terminal_window = &window;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_TERMINAL, -1);
}

/* ---- Keys -------------------------------------------------------------- */

static void it_is_a_terminal_to_those_who_ask(void **state)
{
	(void)state;
	return_if_declined();
	start_shell("tty; stty size; test -t 0 && test -t 1 && echo both");
	expect("/dev/pts/");
	expect("0 0");
	expect("both");
	expect_exit(0);
}

static void ctrl_c_reaches_the_foreground_group(void **state)
{
	(void)state;
	return_if_declined();
	start_worker(&terminal_options, "last 2 stopped say 1 ready pause");
	expect("ready");
	type(CTRL_C);
	expect("stopped");
	expect_exit(7);
}

/* Only the job in the foreground hears of the key, and the shell goes on. */
static void a_shell_can_control_jobs(void **state)
{
	char script[8192];

	(void)state;
	return_if_declined();
	snprintf(script, sizeof script,
		 "set -m; %s say 1 back pause & "
		 "%s last 2 inner say 1 ready pause; echo after $?; "
		 "kill %%1; fg %%1; echo end",
		 worker_path(), worker_path());
	start_shell(script);
	expect("ready");
	type(CTRL_C);
	expect("inner");
	expect("after 7");
	expect("end");
	expect_exit(0);
}

/* ---- Full screens ------------------------------------------------------ */

static void an_editor_draws_and_quits_by_keys(void **state)
{
	char path[] = "/tmp/screen.XXXXXX";
	char *argv[] = { (char *)(uintptr_t) "vi", path, NULL };
	const struct libspawn_window window = { .rows = 24, .columns = 80 };
	struct libspawn_options options = terminal_options;
	int fd;

	(void)state;
	return_if_declined();
	need_program("vi");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "to be drawn\n", 12), 12);
	close(fd);
	options.terminal_window = &window;
	start_on_screen(&options, "vi", argv);
	expect("to be drawn");
	type(ESCAPE ":q!\r");
	expect_exit(0);
	unlink(path);
}

static void a_monitor_draws_and_quits_by_a_key(void **state)
{
	char *argv[] = { (char *)(uintptr_t) "top", NULL };
	const struct libspawn_window window = { .rows = 24, .columns = 80 };
	struct libspawn_options options = terminal_options;

	(void)state;
	return_if_declined();
	need_program("top");
	options.terminal_window = &window;
	start_on_screen(&options, "top", argv);
	expect("PID");
	type("q");
	expect_exit(0);
}

static const struct CMUnitTest tests[] = {
	TEST(a_terminal_has_the_size_it_was_given),
	TEST(a_terminal_can_be_resized),
	TEST(a_terminal_has_the_modes_it_was_given),
	TEST(size_and_modes_without_a_terminal_are_refused),
	TEST(it_is_a_terminal_to_those_who_ask),
	TEST(ctrl_c_reaches_the_foreground_group),
	TEST(a_shell_can_control_jobs),
	TEST(an_editor_draws_and_quits_by_keys),
	TEST(a_monitor_draws_and_quits_by_a_key),
};

TEST_MAIN(tests)
