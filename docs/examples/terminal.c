/* SPDX-License-Identifier: MIT */
/*
 * terminal PROGRAM ARGUMENTS...: run a program on a terminal of its own, and
 * copy what it shows there.
 */
#include <errno.h>
#include <libspawn.h>
#include <stdio.h>
#include <unistd.h>

/*
 * What is there to read. EIO says that nobody has the terminal open, which is
 * not the end: the program may open it again, as /dev/tty.
 */
static void copy_screen(int terminal)
{
	char bytes[4096];
	ssize_t count;

	while ((count = read(terminal, bytes, sizeof bytes)) > 0)
		fwrite(bytes, 1, (size_t)count, stdout);
}

/* Closing it before the program has ended would hang up on that. */
static void show_to_the_end(int terminal, struct libspawn_process *child,
			    struct libspawn_status *status)
{
	int still_running;

	do {
		still_running = libspawn_wait(child, 10, status) == ETIMEDOUT;
		copy_screen(terminal);
	} while (still_running);
	close(terminal);
}

int main(int argc, char *argv[])
{
	int terminal = -1;
	struct libspawn_fd fds[] = {
		{ .child_fd = 0,
		  .kind = LIBSPAWN_FD_PTY,
		  .parent_end = &terminal },
		{ .child_fd = 1, .kind = LIBSPAWN_FD_SAME, .entry = 0 },
		{ .child_fd = 2, .kind = LIBSPAWN_FD_SAME, .entry = 0 },
	};
	const struct libspawn_window window = { .rows = 24, .columns = 80 };
	struct libspawn_options options = {
		.size = sizeof options,
		.flags = LIBSPAWN_NEW_SESSION | LIBSPAWN_CONTROLLING_TERMINAL,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
		.fds = fds,
		.fd_count = 3,
		.terminal_window = &window,
	};
	struct libspawn_process child;
	struct libspawn_error error;
	char text[256];
	struct libspawn_status status;

	(void)argc;
	if (libspawn_start(&child, argv[1], argv + 1, &options, &error)) {
		libspawn_explain(text, sizeof text, &error, argv[1], argv + 1,
				 &options);
		fprintf(stderr, "terminal: %s\n", text);
		return 1;
	}
	show_to_the_end(terminal, &child, &status);
	return status.end == LIBSPAWN_END_EXITED ? status.code
						 : 128 + status.code;
}
