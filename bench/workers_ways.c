/* SPDX-License-Identifier: MIT */
/* The ways that workers.c measures, each a function that returns its time. */
#define _GNU_SOURCE
#include "workers_ways.h"
#include <fcntl.h>
#include <libspawn_workers.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TRIPS = 200, TASKS = 2000, WORKERS = 4 };

void use_memory(size_t bytes)
{
	static volatile char *ballast;

	ballast = malloc(bytes + 1);
	for (size_t n = 0; ballast && n < bytes; n += 4096)
		ballast[n] = 1;
}

_Noreturn void give_up(const char *what)
{
	fprintf(stderr, "bench-workers: %s\n", what);
	exit(1);
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* ---- Ways -------------------------------------------------------------- */

static struct libspawn_worker *template_worker;

void have_template(size_t bytes)
{
	const struct libspawn_worker_how how = { .size = sizeof how,
						 .data = &bytes,
						 .data_size = sizeof bytes };

	if (libspawn_worker_start(&template_worker, "template", &how, NULL))
		give_up("no template");
	use_memory(bytes);
}

static void close_worker(struct libspawn_worker *worker)
{
	if (libspawn_worker_close(worker, 10000, NULL))
		give_up("a worker is not closed");
}

static double hear_hello(struct libspawn_worker *worker, double begun)
{
	struct libspawn_message message;
	double took;

	if (libspawn_worker_receive(worker, &message, 10000))
		give_up("no message");
	took = now_us() - begun;
	close_worker(worker);
	return took;
}

static double start_worker(void)
{
	struct libspawn_worker *worker;
	double begun = now_us();

	if (libspawn_worker_start(&worker, "hello", NULL, NULL))
		give_up("no worker");
	return hear_hello(worker, begun);
}

static double read_and_reap(int ends[2], pid_t pid, double begun)
{
	char byte;
	double took;

	close(ends[1]);
	if (read(ends[0], &byte, 1) != 1)
		give_up("no byte");
	took = now_us() - begun;
	close(ends[0]);
	waitpid(pid, NULL, 0);
	return took;
}

static double start_by_hand(void)
{
	char *argv[] = { (char *)(uintptr_t) "bench-workers",
			 (char *)(uintptr_t) "-byte", NULL };
	struct libspawn_fd row = { .child_fd = 3, .kind = LIBSPAWN_FD_FROM };
	struct libspawn_options options = { .size = sizeof options,
					    .fds = &row,
					    .fd_count = 1 };
	struct libspawn_process process;
	double begun = now_us();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		give_up("no socket pair");
	row.parent_fd = ends[1];
	if (libspawn_start(&process, "/proc/self/exe", argv, &options, NULL))
		give_up("no start");
	return read_and_reap(ends, process.pid, begun);
}

static double fork_worker(uint32_t flags, double *share)
{
	const struct libspawn_worker_how how = { .size = sizeof how,
						 .flags = flags };
	struct libspawn_worker *worker;
	double begun = now_us();

	if (libspawn_template_fork(&worker, template_worker, "hello", &how,
				   10000, NULL))
		give_up("no fork");
	*share = now_us() - begun;
	return hear_hello(worker, begun);
}

static double fork_template(void)
{
	double share;

	return fork_worker(0, &share);
}

static double fork_template_later(void)
{
	double share;

	fork_worker(LIBSPAWN_WORKER_LATER, &share);
	return share;
}

static double fork_by_hand(void)
{
	double begun = now_us();
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		give_up("no socket pair");
	pid = fork();
	if (pid == 0) {
		if (write(ends[1], "x", 1) != 1)
			_exit(1);
		_exit(0);
	}
	return read_and_reap(ends, pid, begun);
}

static double trip_worker(void)
{
	static struct libspawn_worker *worker;
	char bytes[64] = "";
	struct libspawn_message message;
	double begun;

	if (!worker && libspawn_worker_start(&worker, "echo", NULL, NULL))
		give_up("no worker");
	begun = now_us();
	for (int n = 0; n < TRIPS; n++) {
		message = (struct libspawn_message){ .bytes = bytes,
						     .size = sizeof bytes };
		if (libspawn_worker_send(worker, &message, -1) ||
		    libspawn_worker_receive(worker, &message, -1))
			give_up("no round trip");
	}
	return (now_us() - begun) / TRIPS;
}

static void echo_by_hand(int fd)
{
	char bytes[64];

	while (read(fd, bytes, sizeof bytes) == sizeof bytes)
		if (write(fd, bytes, sizeof bytes) < 0)
			break;
	_exit(0);
}

static double trip_by_hand(void)
{
	static int ends[2] = { -1, -1 };
	char bytes[64] = "";
	double begun;

	if (ends[0] < 0) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
			       ends) < 0)
			give_up("no socket pair");
		if (fork() == 0) {
			close(ends[0]);
			echo_by_hand(ends[1]);
		}
		close(ends[1]);
	}
	begun = now_us();
	for (int n = 0; n < TRIPS; n++)
		if (write(ends[0], bytes, sizeof bytes) < 0 ||
		    read(ends[0], bytes, sizeof bytes) < 0)
			give_up("no round trip");
	return (now_us() - begun) / TRIPS;
}

/* Microseconds for each; the first round starts the workers. */
static double pool_tasks(void)
{
	static struct libspawn_pool *pool;
	const struct libspawn_pool_how how = { .size = sizeof how,
					       .function = "serve",
					       .workers = WORKERS,
					       .tasks_max = 64 };
	const struct libspawn_message task = { .bytes = "task", .size = 4 };
	struct libspawn_outcome outcome;
	int given = 0;
	double begun;

	if (!pool && libspawn_pool_open(&pool, &how, NULL))
		give_up("no pool");
	begun = now_us();
	for (int taken = 0; taken < TASKS; taken++) {
		while (given < TASKS &&
		       libspawn_pool_submit(pool, &task, 0) == 0)
			given++;
		if (libspawn_pool_collect(pool, &outcome, 10000) ||
		    outcome.kind != LIBSPAWN_OUTCOME_RESULT)
			give_up("no result");
	}
	return (now_us() - begun) / TASKS;
}

const struct way ways[] = {
	{ "start: a worker to its first message", start_worker },
	{ "start: libspawn_start() and a socket pair", start_by_hand },
	{ "template: a worker to its first message", fork_template },
	{ "template: the caller's share, LATER", fork_template_later },
	{ "template: a bare fork() of the same memory", fork_by_hand },
	{ "round trip of 64 bytes: a worker", trip_worker },
	{ "round trip of 64 bytes: a bare socket pair", trip_by_hand },
	{ "a task through a pool of four", pool_tasks },
	{ NULL, NULL },
};
