/* SPDX-License-Identifier: MIT */
/*
 * Kills a cgroup: by its own file where the kernel has one, else process by
 * process until none is left. A pid read from a list may be another's by the
 * time it is signalled; so a pidfd is opened first and the list read again.
 */
#define _GNU_SOURCE
#include "process/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "process/process.h"

/* Naps of up to 10 ms. */
enum { ROUNDS = 100 };

static int open_file(int directory, const char *name, int flags)
{
	int fd;

	do
		fd = openat(directory, name, flags | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

/* Linux 5.14: the kernel kills all at once, also those being forked. */
static int kill_at_once(int directory)
{
	int fd = open_file(directory, "cgroup.kill", O_WRONLY);
	int code = 0;

	if (fd < 0)
		return fd;
	while (write(fd, "1", 1) < 0 && code == 0)
		if (errno != EINTR)
			code = -errno;
	close(fd);
	return code;
}

/* ---- One by one -------------------------------------------------------- */

/* A list that is being read, number by number. */
struct listing {
	int fd;
	size_t at;
	size_t size;
	int code; /* 0, or why it could not be read to its end */
	char bytes[512];
};

static int next_byte(struct listing *listing)
{
	ssize_t size;

	if (listing->at == listing->size) {
		do
			size = read(listing->fd, listing->bytes,
				    sizeof listing->bytes);
		while (size < 0 && errno == EINTR);
		if (size < 0)
			listing->code = -errno;
		if (size <= 0)
			return -1;
		listing->size = (size_t)size;
		listing->at = 0;
	}
	return (unsigned char)listing->bytes[listing->at++];
}

/* 0 at the end; -1 for a process of another namespace, listed as 0. */
static pid_t next_pid(struct listing *listing)
{
	int byte = next_byte(listing);
	pid_t pid = 0;

	if (byte < 0)
		return 0;
	for (; byte >= '0' && byte <= '9'; byte = next_byte(listing))
		if (pid <= INT_MAX / 10 - 1)
			pid = pid * 10 + (byte - '0');
	return pid ? pid : -1;
}

static int open_listing(struct listing *listing, int directory)
{
	listing->at = 0;
	listing->size = 0;
	listing->code = 0;
	listing->fd = open_file(directory, "cgroup.procs", O_RDONLY);
	return listing->fd < 0 ? listing->fd : 0;
}

static int is_listed(int directory, pid_t wanted)
{
	struct listing listing;
	pid_t pid;

	if (open_listing(&listing, directory) < 0)
		return 0;
	do
		pid = next_pid(&listing);
	while (pid != 0 && pid != wanted);
	close(listing.fd);
	return pid == wanted;
}

/* Whoever is listed while its pidfd is open is the one that it is of. */
static void kill_listed(int directory, pid_t pid)
{
	int fd = libspawn__process_open(pid);

	if (is_listed(directory, pid))
		libspawn__process_kill(fd, pid);
	if (fd >= 0)
		close(fd);
}

/* How many there were, or -errno. */
static int kill_each(int directory)
{
	struct listing listing;
	int code = open_listing(&listing, directory);
	int count = 0;
	pid_t pid;

	if (code < 0)
		return code;
	while ((pid = next_pid(&listing)) != 0) {
		count++;
		if (pid > 1)
			kill_listed(directory, pid);
	}
	close(listing.fd);
	return listing.code < 0 ? listing.code : count;
}

int libspawn__cgroup_kill(int directory)
{
	struct watch watch = { .deadline = INT64_MAX };
	int code = kill_at_once(directory);
	int round;

	if (code != -ENOENT)
		return code;
	for (round = 0; round < ROUNDS; round++) {
		code = kill_each(directory);
		if (code <= 0)
			return code;
		libspawn__nap(&watch);
	}
	return -EBUSY;
}
