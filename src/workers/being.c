/* SPDX-License-Identifier: MIT */
/*
 * Being a worker: what was handed over is taken, every trace of that is removed
 * before anything of the program's own runs, and the function is called.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "workers/moment.h"
#include "workers/worker.h"

/* For the caller to send what it has sent before it started this. */
enum { HELLO_MS = 60000 };

/* The number in the variable if it is an open descriptor, else -1. */
static int32_t read_fd_number(const char *text)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (end == text || *end != '\0' || number < 3 || number > INT32_MAX)
		return -1;
	return fcntl((int)number, F_SETFD, FD_CLOEXEC) < 0 ? -1
							   : (int32_t)number;
}

/* 0, or -errno with a word on it. */
static int take_over(struct libspawn_worker *self, const char **reason)
{
	int code = libspawn__leash_arm(self->leash);

	*reason = "the leash can't be set up";
	if (self->leash >= 0 && code < 0)
		return code;
	if (!libspawn__functions_find(self->function)) {
		*reason = "no such function";
		return -ENOENT;
	}
	libspawn__being_name(self->function);
	return 0;
}

/* What it returns is the exit status. */
int libspawn__being_run(struct libspawn_worker *self, int code,
			const char *reason)
{
	if (code == 0)
		code = take_over(self, &reason);
	if (code == 0)
		return libspawn__functions_run(
			libspawn__functions_find(self->function), self);
	libspawn__talk_refuse(self->fd, code, reason);
	return LIBSPAWN_WORKER_LOST;
}

static int receive_hello(struct libspawn_worker *self)
{
	const struct outlook from = { self->fd, -1,
				      libspawn__moment_after(HELLO_MS),
				      FRAME_BYTES_INSIDE, HELLO_FDS };
	int code = libspawn__frame_receive(&from, &self->inbound);

	if (code == 0 && self->inbound.head.kind != FRAME_HELLO)
		code = -EPROTO;
	if (code == 0)
		code = libspawn__hand_over_take(self, &self->inbound, 0);
	libspawn__frame_drop(&self->inbound);
	return code;
}

static int be_worker(int32_t fd)
{
	struct libspawn_worker *self = libspawn__talk_make();
	int status;

	if (!self)
		return LIBSPAWN_WORKER_LOST;
	self->fd = fd;
	self->is_self = 1;
	if (libspawn__own_program_may_trust(fd))
		status = libspawn__being_run(self, receive_hello(self),
					     "the hand-over is not to be read");
	else
		status = libspawn__being_run(self, -EPERM,
					     "this program has rights that "
					     "the caller has not");
	/* It dies with its leash until it has ended. */
	self->leash = -1;
	libspawn__talk_free(self);
	return status;
}

int libspawn_worker_main(const struct libspawn_function *functions,
			 size_t count)
{
	const char *text = getenv("LIBSPAWN_WORKER");
	int32_t fd = text ? read_fd_number(text) : -1;

	libspawn__functions_note(functions, count);
	if (!text)
		return -1;
	unsetenv("LIBSPAWN_WORKER");
	return fd < 0 ? LIBSPAWN_WORKER_LOST : be_worker(fd);
}
