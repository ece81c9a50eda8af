/* SPDX-License-Identifier: MIT */
/* Messages there and back, by the library and by hand. */
#define _GNU_SOURCE
#include "workers_ways.h"
#include <fcntl.h>
#include <libspawn_workers.h>
#include <unistd.h>

enum { TRIPS = 500, LOADS = 20, LOAD_BYTES = 1 << 20 };

static double trip_worker(void)
{
	static struct libspawn_worker *worker;
	char bytes[64] = "";
	struct libspawn_message message;
	double begun;

	if (!worker)
		worker = keep_worker("echo");
	begun = now_us();
	for (int n = 0; n < TRIPS; n++) {
		message = (struct libspawn_message){ .bytes = bytes,
						     .size = sizeof bytes };
		if (libspawn_worker_send(worker, &message, LIBSPAWN_FOREVER))
			give_up("no round trip");
		receive_from(worker, &message);
	}
	return (now_us() - begun) / TRIPS;
}

static int trip_fd(void)
{
	char bytes[64];
	int ends[2];

	open_pair(ends);
	if (fork() > 0) {
		close(ends[1]);
		return ends[0];
	}
	close(ends[0]);
	while (read(ends[1], bytes, sizeof bytes) == sizeof bytes)
		if (write(ends[1], bytes, sizeof bytes) < 0)
			break;
	_exit(0);
}

static double trip_by_hand(void)
{
	static int fd;
	char bytes[64] = "";
	double begun;

	if (fd == 0)
		fd = trip_fd();
	begun = now_us();
	for (int n = 0; n < TRIPS; n++)
		if (write(fd, bytes, sizeof bytes) < 0 ||
		    read(fd, bytes, sizeof bytes) < 0)
			give_up("no round trip");
	return (now_us() - begun) / TRIPS;
}

static double load_worker(void)
{
	static struct libspawn_worker *worker;
	static char bytes[LOAD_BYTES];
	struct libspawn_message message;
	double begun;

	if (!worker)
		worker = keep_worker("take");
	begun = now_us();
	for (int n = 0; n < LOADS; n++) {
		message = (struct libspawn_message){ .bytes = bytes,
						     .size = sizeof bytes };
		if (libspawn_worker_send(worker, &message, LIBSPAWN_FOREVER))
			give_up("not sent");
		receive_from(worker, &message);
	}
	return (now_us() - begun) / LOADS;
}

/* Reads whole loads from one pipe, and answers each by a byte in another. */
static _Noreturn void take_loads(int from, int to)
{
	static char bytes[LOAD_BYTES];
	size_t had = 0;
	ssize_t got;

	while ((got = read(from, bytes + had, sizeof bytes - had)) > 0) {
		had += (size_t)got;
		if (had == sizeof bytes && write(to, "x", 1) == 1)
			had = 0;
	}
	_exit(0);
}

static void open_pipes(int *to, int *from)
{
	int there[2];
	int back[2];

	if (pipe2(there, O_CLOEXEC) < 0 || pipe2(back, O_CLOEXEC) < 0)
		give_up("no pipes");
	if (fork() == 0) {
		close(there[1]);
		take_loads(there[0], back[1]);
	}
	close(there[0]);
	close(back[1]);
	*to = there[1];
	*from = back[0];
}

static double load_by_pipe(void)
{
	static char bytes[LOAD_BYTES];
	static int to, from;
	char byte;
	double begun;

	if (to == 0)
		open_pipes(&to, &from);
	begun = now_us();
	for (int n = 0; n < LOADS; n++)
		if (write(to, bytes, sizeof bytes) != sizeof bytes ||
		    read(from, &byte, 1) != 1)
			give_up("not written");
	return (now_us() - begun) / LOADS;
}

const struct way ways_of_messages[] = {
	{ "trip", trip_worker }, { "trip-by-hand", trip_by_hand },
	{ "load", load_worker }, { "load-by-hand", load_by_pipe },
	{ NULL, NULL },
};
