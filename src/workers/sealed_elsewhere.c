/* SPDX-License-Identifier: MIT */
/*
 * Blocks of memory where there are no seals: shared memory that has lost its
 * name. Only its maker could change it.
 */
#define _GNU_SOURCE
#include "workers/frame.h"
#include "workers/on_linux.h"

#if !ON_LINUX

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NAMES_TRIED = 100 };

/* A name that is nobody else's; it is gone before anybody could look. */
static int open_nameless(void)
{
	struct timespec now;
	char name[64];
	int fd = -1;

	for (int n = 0; n < NAMES_TRIED && fd < 0; n++) {
		clock_gettime(CLOCK_REALTIME, &now);
		snprintf(name, sizeof name, "/ls-%x-%x-%x", (unsigned)getpid(),
			 (unsigned)now.tv_nsec, n);
		fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
		if (fd < 0 && errno != EEXIST)
			return -errno;
		if (fd >= 0)
			shm_unlink(name);
	}
	return libspawn__descriptors_tuck(fd);
}

static int fill_block(int fd, const void *bytes, uint64_t size)
{
	void *mapped;

	if (ftruncate(fd, (off_t)size) < 0)
		return -errno;
	mapped = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED,
		      fd, 0);
	if (mapped == MAP_FAILED)
		return -errno;
	memcpy(mapped, bytes, (size_t)size);
	munmap(mapped, (size_t)size);
	return 0;
}

int libspawn__sealed_make(const void *bytes, uint64_t size)
{
	int fd = open_nameless();
	int code;

	if (fd < 0)
		return fd;
	code = fill_block(fd, bytes, size);
	if (code == 0)
		return fd;
	close(fd);
	return code;
}

int64_t libspawn__sealed_size(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	return (int64_t)status.st_size;
}

int libspawn__sealed_make_parcel(const void *bytes, uint64_t size)
{
	return libspawn__sealed_make(bytes, size);
}

int64_t libspawn__sealed_parcel_size(int fd)
{
	return libspawn__sealed_size(fd);
}

/* A wire without bounds needs no memory for what is too much for a frame. */
int libspawn__sealed_read(int fd, void *bytes, uint64_t size)
{
	(void)fd;
	(void)bytes;
	(void)size;
	return -EPROTO;
}

#endif
