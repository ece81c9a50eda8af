/* SPDX-License-Identifier: MIT */
/*
 * One turn after the other: wait for any of the pipes, then write or read each
 * that is ready, once and without blocking. So none can starve another, and no
 * order in which the child reads and writes can lock it and the caller up.
 * When to stop turning is not decided here.
 */
#define _GNU_SOURCE
#include "process/pump.h"

#include <errno.h>
#include <sys/ioctl.h>

/* By stream. poll() passes over what is below 0. */
static void list_pipes(struct pump *pump)
{
	int n;

	pump->fds[STREAM_INPUT].fd = pump->inlet.fd;
	pump->fds[STREAM_INPUT].events = POLLOUT;
	for (n = 0; n < PUMP_OUTLETS; n++) {
		pump->fds[STREAM_OUTPUT + n].fd = pump->outlets[n].fd;
		pump->fds[STREAM_OUTPUT + n].events = POLLIN;
	}
}

/*
 * Those at the end that there is nothing of are left out: the limit on open
 * descriptors is one on the length of the list too. poll(2), EINVAL
 */
static nfds_t list_length(const struct pump *pump)
{
	nfds_t length = pump->count;

	while (length > PUMP_PIPES && pump->fds[length - 1].fd < 0)
		length--;
	return length;
}

/* The error first: it is short, and what is said there explains the rest. */
static int drain_ready(struct pump *pump)
{
	int64_t size;
	int n;

	for (n = PUMP_OUTLETS - 1; n >= 0; n--) {
		if (!pump->fds[STREAM_OUTPUT + n].revents)
			continue;
		size = libspawn__outlet_drain(&pump->outlets[n]);
		if (size < 0) {
			pump->failed = STREAM_OUTPUT + n;
			return (int)size;
		}
	}
	return 0;
}

int libspawn__pump_turn(struct pump *pump, int timeout_ms)
{
	int code;

	list_pipes(pump);
	if (poll(pump->fds, list_length(pump), timeout_ms) < 0) {
		pump->failed = STREAM_NONE;
		return errno == EAGAIN ? 0 : -errno;
	}
	code = drain_ready(pump);
	if (code < 0 || !pump->fds[STREAM_INPUT].revents)
		return code;
	pump->failed = STREAM_INPUT;
	return libspawn__inlet_feed(&pump->inlet);
}

int libspawn__pump_is_open(const struct pump *pump)
{
	return pump->inlet.fd >= 0 || pump->outlets[PUMP_OUTPUT].fd >= 0 ||
	       pump->outlets[PUMP_ERROR].fd >= 0;
}

/*
 * What there is now, and no more: a writer that never stops must not keep us.
 * How much a pipe holds is not to be known otherwise: the child may change it.
 */
static int64_t count_waiting(int32_t fd)
{
	int waiting = 0;

	return ioctl(fd, FIONREAD, &waiting) < 0 ? PIPE_LARGE : waiting;
}

/* One more than there is, to come by the end. */
static int drain_outlet(struct outlet *outlet)
{
	int64_t most = outlet->fd >= 0 ? count_waiting(outlet->fd) + 1 : 0;
	int64_t size = 1;

	while (outlet->fd >= 0 && most > 0 && size > 0) {
		size = libspawn__outlet_drain(outlet);
		most -= size;
	}
	return size < 0 ? (int)size : 0;
}

int libspawn__pump_drain(struct pump *pump)
{
	int code = 0;
	int n;

	for (n = 0; n < PUMP_OUTLETS && code == 0; n++) {
		pump->failed = STREAM_OUTPUT + n;
		code = drain_outlet(&pump->outlets[n]);
	}
	return code;
}

void libspawn__pump_close(struct pump *pump)
{
	int n;

	libspawn__inlet_close(&pump->inlet);
	for (n = 0; n < PUMP_OUTLETS; n++)
		libspawn__outlet_close(&pump->outlets[n]);
}
