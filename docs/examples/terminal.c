/* SPDX-License-Identifier: MIT */
/*
 * terminal PROGRAM ARGUMENTS...: run a program on a terminal of its own, and
 * copy what it shows there.
 */
#include <libspawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Until the other side has closed, which Linux tells with EIO. */
static void copy_screen(int terminal)
{
	char bytes[4096];
	ssize_t count;

	while ((count = read(terminal, bytes, sizeof bytes)) > 0)
		fwrite(bytes, 1, (size_t)count, stdout);
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
	int status;

	(void)argc;
	if (libspawn_start(&child, argv[1], argv + 1, &options, &error)) {
		libspawn_explain(text, sizeof text, &error, argv[1], argv + 1,
				 &options);
		fprintf(stderr, "terminal: %s\n", text);
		return 1;
	}
	copy_screen(terminal);
	waitpid(child.pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
