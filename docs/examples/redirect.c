/* SPDX-License-Identifier: MIT */
/*
 * redirect INPUT OUTPUT PROGRAM ARGUMENTS...: what a shell writes as
 * "program arguments < input > output 2>&1", with no file opened here.
 */
#include <fcntl.h>
#include <libspawn.h>
#include <stdio.h>
#include <sys/wait.h>

int main(int argc, char *argv[])
{
	struct libspawn_fd fds[] = {
		{ .child_fd = 0,
		  .kind = LIBSPAWN_FD_OPEN,
		  .open_flags = O_RDONLY,
		  .path = argv[1] },
		{ .child_fd = 1,
		  .kind = LIBSPAWN_FD_OPEN,
		  .open_flags = O_WRONLY | O_CREAT | O_TRUNC,
		  .open_mode = 0666,
		  .path = argv[2] },
		{ .child_fd = 2, .kind = LIBSPAWN_FD_SAME, .entry = 1 },
	};
	struct libspawn_options options = {
		.size = sizeof options,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
		.fds = fds,
		.fd_count = 3,
	};
	struct libspawn_process child;
	struct libspawn_error error;
	char text[256];
	int status;

	if (argc < 4)
		return 2;
	if (libspawn_start(&child, argv[3], argv + 3, &options, &error)) {
		libspawn_explain(text, sizeof text, &error, argv[3], argv + 3,
				 &options);
		fprintf(stderr, "redirect: %s\n", text);
		return 1;
	}
	waitpid(child.pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
