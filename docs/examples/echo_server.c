/* SPDX-License-Identifier: MIT */
/*
 * A pre-forked server without a fork: workers share a listening socket, each
 * accepts and echoes a connection at a time, and one that crashes is replaced.
 * A line "crash" makes a worker do so.
 *
 *	echo_server [WORKERS]
 *
 * Prints the port that it listens on at 127.0.0.1; ends when its input does.
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <libspawn_workers.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Where a worker finds the socket, and how many there may be. */
enum { LISTENER = 5, WORKERS_MOST = 64 };

/* ---- In a worker ------------------------------------------------------- */

static void echo_lines(int connection)
{
	FILE *input = fdopen(connection, "r");
	char line[4096];

	while (input && fgets(line, sizeof line, input)) {
		if (strcmp(line, "crash\n") == 0)
			abort();
		if (send(connection, line, strlen(line), MSG_NOSIGNAL) < 0)
			break;
	}
	if (input)
		fclose(input);
	else
		close(connection);
}

/* Until its channel says that the server has ended. */
static int serve_clients(struct libspawn_worker *self)
{
	struct pollfd both[2] = {
		{ .fd = LISTENER, .events = POLLIN },
		{ .fd = libspawn_worker_fd(self), .events = POLLIN },
	};
	int connection;

	while (poll(both, 2, -1) > 0 && both[1].revents == 0) {
		connection = accept(LISTENER, NULL, NULL);
		if (connection >= 0)
			echo_lines(connection);
	}
	return 0;
}

static const struct libspawn_function functions[] = {
	{ .name = "serve clients", .run = serve_clients },
};

/* ---- In the server ----------------------------------------------------- */

/* Not blocking, for another worker may have been faster. */
static int listen_locally(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof address;
	int listener =
		socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (listener < 0 ||
	    bind(listener, (struct sockaddr *)&address, size) < 0 ||
	    listen(listener, SOMAXCONN) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0) {
		perror("echo_server");
		exit(1);
	}
	printf("%d\n", (int)ntohs(address.sin_port));
	fflush(stdout);
	return listener;
}

static struct libspawn_worker *start_worker(int listener)
{
	const struct libspawn_fd rows[] = {
		{ .child_fd = LISTENER,
		  .kind = LIBSPAWN_FD_FROM,
		  .parent_fd = listener },
	};
	const struct libspawn_options options = {
		.size = sizeof options,
		.fds = rows,
		.fd_count = 1,
	};
	const struct libspawn_worker_how how = {
		.size = sizeof how,
		.options = &options,
	};
	struct libspawn_worker *worker;
	struct libspawn_error error;
	char text[256];

	if (libspawn_worker_start(&worker, "serve clients", &how, &error)) {
		libspawn_worker_explain(text, sizeof text, &error,
					"serve clients", &how);
		fprintf(stderr, "echo_server: %s\n", text);
		exit(1);
	}
	return worker;
}

static void replace_worker(struct libspawn_worker **worker, int listener)
{
	char text[256];

	libspawn_worker_wait(*worker, 1000, NULL);
	libspawn_worker_describe(text, sizeof text, *worker);
	printf("%s\n", text);
	fflush(stdout);
	libspawn_worker_close(*worker, 0, NULL);
	*worker = start_worker(listener);
}

/* The input first, then the channels: each ends when its worker does. */
static void watch_workers(struct libspawn_worker **workers, int count,
			  int listener)
{
	struct pollfd polled[WORKERS_MOST + 1] = { { .events = POLLIN } };

	while (polled[0].revents == 0) {
		for (int n = 0; n < count; n++) {
			polled[n + 1].fd = libspawn_worker_fd(workers[n]);
			polled[n + 1].events = POLLIN;
		}
		if (poll(polled, (nfds_t)count + 1, -1) < 0)
			return;
		for (int n = 0; n < count; n++)
			if (polled[n + 1].revents)
				replace_worker(&workers[n], listener);
	}
}

int main(int argc, char *argv[])
{
	int status = libspawn_worker_main(functions, 1);
	struct libspawn_worker *workers[WORKERS_MOST];
	int count = argc > 1 ? atoi(argv[1]) : 4;
	int listener;

	if (status >= 0)
		return status;
	if (count < 1 || count > WORKERS_MOST)
		return 2;
	listener = listen_locally();
	for (int n = 0; n < count; n++)
		workers[n] = start_worker(listener);
	watch_workers(workers, count, listener);
	for (int n = 0; n < count; n++)
		libspawn_worker_close(workers[n], 1000, NULL);
	return 0;
}
