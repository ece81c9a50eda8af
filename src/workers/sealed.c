/* SPDX-License-Identifier: MIT */
/*
 * Blocks of memory that can't change. On Linux the seals of a memfd say so, and
 * a reader that sees them needs to trust nobody.
 */
#define _GNU_SOURCE
#include "workers/frame.h"
#include "workers/memfd.h"
#include "workers/on_linux.h"

#if ON_LINUX

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, const void *bytes, uint64_t size)
{
	const char *next = bytes;
	ssize_t written;

	while (size > 0) {
		written = write(fd, next, (size_t)size);
		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			next += written;
			size -= (uint64_t)written;
		}
	}
	return 0;
}

static int make_memory(const void *bytes, uint64_t size, uint32_t seals)
{
	int fd = open_memory("libspawn");
	int code;

	if (fd < 0)
		return fd;
	code = write_all(fd, bytes, size);
	if (code == 0 && seals != 0 && fcntl(fd, F_ADD_SEALS, seals) < 0)
		code = -errno;
	if (code == 0)
		return fd;
	close(fd);
	return code;
}

int libspawn__sealed_make(const void *bytes, uint64_t size)
{
	return make_memory(bytes, size, SEALS_OF_A_BLOCK);
}

/*
 * A seal against writing waits until every processor has let go of the pages,
 * which takes longer than to copy them. Who copies needs none.
 */
int libspawn__sealed_make_parcel(const void *bytes, uint64_t size)
{
	return make_memory(bytes, size, 0);
}

/* What has seals, be they none, is memory: no read of it sleeps for long. */
int64_t libspawn__sealed_parcel_size(int fd)
{
	struct stat status;

	if (fcntl(fd, F_GET_SEALS) < 0)
		return -EPERM;
	if (fstat(fd, &status) < 0)
		return -errno;
	return (int64_t)status.st_size;
}

int64_t libspawn__sealed_size(int fd)
{
	struct stat status;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 && errno == EBADF)
		return -EBADF;
	if (seals < 0 || (seals & SEALS_OF_A_BLOCK) != SEALS_OF_A_BLOCK)
		return -EPERM;
	if (fstat(fd, &status) < 0)
		return -errno;
	return (int64_t)status.st_size;
}

int libspawn__sealed_read(int fd, void *bytes, uint64_t size)
{
	char *next = bytes;
	off_t at = 0;
	ssize_t got;

	while ((uint64_t)at < size) {
		got = pread(fd, next + at, (size_t)(size - (uint64_t)at), at);
		if (got == 0 || (got < 0 && errno != EINTR))
			return -EPROTO;
		at += got > 0 ? got : 0;
	}
	return 0;
}

#endif
