/* SPDX-License-Identifier: MIT */
/* A worker until its first message, by the library and by hand. */
#define _GNU_SOURCE
#include "workers_ways.h"
#include "clock.h"
#include <libspawn_workers.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

_Noreturn void give_up(const char *what)
{
	fprintf(stderr, "bench-workers: %s\n", what);
	exit(1);
}

double now_us(void)
{
	return (double)now_ns() / 1e3;
}

void use_memory(size_t bytes)
{
	volatile char *ballast = mmap(NULL, bytes + 1, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (ballast == MAP_FAILED)
		give_up("no memory");
	madvise((void *)(uintptr_t)ballast, bytes + 1, MADV_NOHUGEPAGE);
	for (size_t n = 0; n < bytes; n += 4096)
		ballast[n] = 1;
}

void open_pair(int ends[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		give_up("no socket pair");
}

/* ---- Starts ------------------------------------------------------------ */

void receive_from(struct libspawn_worker *worker,
		  struct libspawn_message *message)
{
	if (libspawn_worker_receive(worker, message, LIBSPAWN_FOREVER))
		give_up("no message");
}

static double hear_hello(struct libspawn_worker *worker, double begun)
{
	struct libspawn_message message;
	double took;

	receive_from(worker, &message);
	took = now_us() - begun;
	if (libspawn_worker_close(worker, 10000, NULL))
		give_up("a worker is not closed");
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

	open_pair(ends);
	row.parent_fd = ends[1];
	if (libspawn_start(&process, "/proc/self/exe", argv, &options, NULL))
		give_up("no start");
	return read_and_reap(ends, process.pid, begun);
}

/* ---- Templates --------------------------------------------------------- */

struct libspawn_worker *keep_worker(const char *function)
{
	const struct libspawn_worker_how how = {
		.size = sizeof how,
		.data = &template_bytes,
		.data_size = sizeof template_bytes,
	};
	struct libspawn_worker *worker;

	if (libspawn_worker_start(&worker, function, &how, NULL))
		give_up("no worker");
	return worker;
}

static double fork_worker(uint32_t flags, double *share)
{
	static struct libspawn_worker *from;
	const struct libspawn_worker_how how = { .size = sizeof how,
						 .flags = flags };
	struct libspawn_worker *worker;
	double begun;

	if (!from)
		from = keep_worker("template");
	begun = now_us();
	if (libspawn_template_fork(&worker, from, "hello", &how, 60000, NULL))
		give_up("no fork");
	*share = now_us() - begun;
	return hear_hello(worker, begun);
}

static double fork_template(void)
{
	double share;

	return fork_worker(LIBSPAWN_WORKER_LATER, &share);
}

static double fork_template_share(void)
{
	double share;

	fork_worker(LIBSPAWN_WORKER_LATER, &share);
	return share;
}

double fork_by_hand(void)
{
	double begun = now_us();
	int ends[2];
	pid_t pid;

	open_pair(ends);
	pid = fork();
	if (pid == 0) {
		if (write(ends[1], "x", 1) != 1)
			_exit(1);
		_exit(0);
	}
	return read_and_reap(ends, pid, begun);
}

/* In a process like the template, which has nothing of the caller's memory. */
static double fork_like_template(void)
{
	static struct libspawn_worker *forker;
	struct libspawn_message message = { .size = 0 };
	double took;

	if (!forker)
		forker = keep_worker("forker");
	if (libspawn_worker_send(forker, &message, 60000))
		give_up("no fork");
	receive_from(forker, &message);
	memcpy(&took, message.bytes, sizeof took);
	return took;
}

const struct way ways_of_workers[] = {
	{ "start", start_worker },
	{ "start-by-hand", start_by_hand },
	{ "template", fork_template },
	{ "template-share", fork_template_share },
	{ "template-by-hand", fork_like_template },
	{ NULL, NULL },
};
