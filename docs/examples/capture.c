/* SPDX-License-Identifier: MIT */
/*
 * capture PROGRAM ARGUMENTS...: read what a program writes to its standard
 * output and error, both at once, so that neither pipe can fill and block it.
 */
#include <errno.h>
#include <libspawn.h>
#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Read some bytes; at the end close the descriptor and let poll() skip it. */
static size_t drain_pipe(struct pollfd *pipe)
{
	char bytes[4096];
	ssize_t count;

	if (pipe->revents == 0)
		return 0;
	count = read(pipe->fd, bytes, sizeof bytes);
	if (count > 0)
		return (size_t)count;
	if (count == 0 || errno != EINTR) {
		close(pipe->fd);
		pipe->fd = -1;
	}
	return 0;
}

/* Count the bytes of both pipes until both have ended. */
static void drain_both(struct pollfd pipes[2], size_t totals[2])
{
	while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
		if (poll(pipes, 2, -1) < 0)
			continue;
		totals[0] += drain_pipe(&pipes[0]);
		totals[1] += drain_pipe(&pipes[1]);
	}
}

int main(int argc, char *argv[])
{
	struct pollfd pipes[2] = {
		{ .fd = -1, .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
	};
	struct libspawn_fd fds[] = {
		{ .child_fd = 0, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 1,
		  .kind = LIBSPAWN_FD_PIPE_WRITE,
		  .parent_end = &pipes[0].fd },
		{ .child_fd = 2,
		  .kind = LIBSPAWN_FD_PIPE_WRITE,
		  .parent_end = &pipes[1].fd },
	};
	struct libspawn_options options = {
		.size = sizeof options,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
		.fds = fds,
		.fd_count = 3,
	};
	struct libspawn_process child;
	struct libspawn_error error;
	size_t totals[2] = { 0, 0 };
	char text[256];
	int status;

	(void)argc;
	if (libspawn_start(&child, argv[1], argv + 1, &options, &error)) {
		libspawn_explain(text, sizeof text, &error, argv[1], argv + 1,
				 &options);
		fprintf(stderr, "capture: %s\n", text);
		return 1;
	}
	drain_both(pipes, totals);
	waitpid(child.pid, &status, 0);
	printf("output %zu bytes, error %zu bytes, exit %d\n", totals[0],
	       totals[1], WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return 0;
}
