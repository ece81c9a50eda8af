/* SPDX-License-Identifier: MIT */
/*
 * How many threads there are. The kernel is asked to part what a process with
 * one thread shares with nobody: it refuses if there is another. One that has
 * been joined may not be gone in the kernel yet: that is waited for.
 */
#define _GNU_SOURCE
#include "workers/threads.h"

#include <errno.h>
#include <string.h>

#include "workers/on_linux.h"

#if ON_LINUX

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { LOOKS = 50, BETWEEN_LOOKS = 200000 }; /* nanoseconds */

/* Another than this one: its id, 0 if there is none, -1 if nobody knows. */
static long find_other_thread(void)
{
	DIR *folder = opendir("/proc/self/task");
	struct dirent *entry;
	long found = 0;

	if (!folder)
		return -1;
	while (found == 0 && (entry = readdir(folder))) {
		found = strtol(entry->d_name, NULL, 10);
		if (found == (long)getpid())
			found = 0;
	}
	closedir(folder);
	return found;
}

static void read_thread_name(long thread, char *name, size_t size)
{
	char path[64];
	ssize_t length = 0;
	int fd;

	snprintf(path, sizeof path, "/proc/self/task/%ld/comm", thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, name, size - 1);
		close(fd);
	}
	if (length <= 0)
		length = snprintf(name, size, "unknown");
	name[length] = '\0';
	name[strcspn(name, "\n")] = '\0';
}

/* 1, 0 or, if the kernel does not say, -1. */
static int has_one_thread(void)
{
	if (unshare(CLONE_THREAD) == 0)
		return 1;
	return errno == EINVAL ? 0 : -1;
}

static long look_for_another(void)
{
	int alone = has_one_thread();
	long other = alone == 1 ? 0 : find_other_thread();

	/* Gone between the two looks, or its folder can't be read. */
	return other == 0 && alone == 0 ? -1 : other;
}

int libspawn__threads_are_one(char *name, size_t size)
{
	const struct timespec pause = { 0, BETWEEN_LOOKS };
	long other = look_for_another();

	for (int n = 0; n < LOOKS && other != 0; n++) {
		nanosleep(&pause, NULL);
		other = look_for_another();
	}
	if (other == 0)
		return 0;
	read_thread_name(other, name, size);
	return -EDEADLK;
}

#else

/* Nobody can tell: a program that makes threads makes none before it serves. */
int libspawn__threads_are_one(char *name, size_t size)
{
	(void)name;
	(void)size;
	return 0;
}

#endif
