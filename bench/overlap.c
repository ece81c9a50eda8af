/* SPDX-License-Identifier: MIT */
/*
 * One thread and its event loop, which keeps programs under way: by starts that
 * wait for exec, or by starts that are begun and finished when their descriptor
 * says so.
 *
 *	bench-overlap start|begin MILLISECONDS TARGET
 */
#define _GNU_SOURCE
#include "beat.h"

#include <libspawn.h>

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EVENTS = 32 };

struct loop {
	struct beat beat;
	const char *program;
	int epoll;
	int children; /* a descriptor that tells of ends */
	int alive;
	int begins;
};

static void watch(const struct loop *loop, int fd, uint32_t events, void *what)
{
	struct epoll_event event = { .events = events, .data.ptr = what };

	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		beat_give_up("epoll_ctl");
}

static void begin_one(struct loop *loop, char *const argv[])
{
	static const struct libspawn_options options = {
		.size = sizeof options, .flags = LIBSPAWN_POLL_FD
	};
	struct libspawn_pending *pending;

	if (libspawn_begin(&pending, loop->program, argv, &options, NULL))
		beat_give_up("libspawn_begin");
	/* The child of another start may hold the other end for a moment. */
	watch(loop, libspawn_pending_fd(pending), EPOLLIN | EPOLLONESHOT,
	      pending);
}

static void start_one(struct loop *loop)
{
	char *argv[] = { (char *)(uintptr_t)loop->program, NULL };
	struct libspawn_process process;

	if (loop->begins)
		begin_one(loop, argv);
	else if (libspawn_start(&process, loop->program, argv, NULL, NULL))
		beat_give_up("libspawn_start");
	loop->alive++;
	loop->beat.started++;
}

static void reap_all(struct loop *loop)
{
	struct signalfd_siginfo info;
	int status;

	while (read(loop->children, &info, sizeof info) == sizeof info)
		;
	while (waitpid(-1, &status, WNOHANG) > 0) {
		if (status)
			beat_give_up("the target's end");
		loop->alive--;
	}
}

static void heed(struct loop *loop, void *what)
{
	struct libspawn_process process;

	if (what == &loop->beat)
		beat_hear(&loop->beat);
	else if (what == &loop->children)
		reap_all(loop);
	else if (libspawn_finish(what, -1, &process, NULL))
		beat_give_up("libspawn_finish");
}

/* One turn: what there is to hear of, then one start if there is room. */
static void turn(struct loop *loop, int may_start)
{
	struct epoll_event events[EVENTS];
	int room = may_start && loop->alive < AT_ONCE;
	int count = epoll_wait(loop->epoll, events, EVENTS, room ? 0 : -1);
	int n;

	for (n = 0; n < count; n++)
		heed(loop, events[n].data.ptr);
	if (may_start && loop->alive < AT_ONCE)
		start_one(loop);
}

int main(int argc, char **argv)
{
	struct loop loop = { 0 };
	sigset_t ends;

	if (argc != 4)
		beat_give_up("usage: overlap start|begin MILLISECONDS TARGET");
	loop.begins = strcmp(argv[1], "begin") == 0;
	loop.program = argv[3];
	loop.epoll = epoll_create1(EPOLL_CLOEXEC);
	sigemptyset(&ends);
	sigaddset(&ends, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	loop.children = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
	beat_begin(&loop.beat, strtoul(argv[2], NULL, 10));
	watch(&loop, loop.beat.fd, EPOLLIN, &loop.beat);
	watch(&loop, loop.children, EPOLLIN, &loop.children);
	while (!beat_is_over(&loop.beat))
		turn(&loop, 1);
	while (loop.alive > 0)
		turn(&loop, 0);
	beat_tell(&loop.beat);
	return 0;
}
