/* SPDX-License-Identifier: MIT */
/* Blocks, as the caller has them: made, mapped for reading, unmapped. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#include <libspawn_workers.h>

#include "workers/frame.h"
#include "workers/still.h"

int libspawn_block_create(int32_t *fd, const void *bytes, uint64_t size)
{
	struct still still;
	int made;

	if (!fd || !bytes || size == 0 || size > INT64_MAX)
		return EINVAL;
	still_begin(&still);
	made = libspawn__sealed_make(bytes, size);
	still_end(&still);
	if (made < 0)
		return -made;
	*fd = made;
	return 0;
}

/*
 * Before Linux 6.7 what is sealed against writing can't be mapped shared, not
 * even for reading. Private it is the same memory, as nobody writes.
 */
static void *map_to_read(int fd, size_t size)
{
	void *mapped = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

	if (mapped == MAP_FAILED && errno == EPERM)
		mapped = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	return mapped;
}

static int map_sealed(const void **bytes, uint64_t *size, int fd)
{
	int64_t found = libspawn__sealed_size(fd);
	void *mapped;

	if (found < 0)
		return (int)-found;
	if (found == 0 || (uint64_t)found > SIZE_MAX)
		return EINVAL;
	mapped = map_to_read(fd, (size_t)found);
	if (mapped == MAP_FAILED)
		return errno;
	*bytes = mapped;
	*size = (uint64_t)found;
	return 0;
}

int libspawn_block_map(const void **bytes, uint64_t *size, int32_t fd)
{
	struct still still;
	int code;

	if (!bytes || !size)
		return EINVAL;
	still_begin(&still);
	code = map_sealed(bytes, size, fd);
	still_end(&still);
	return code;
}

void libspawn_block_unmap(const void *bytes, uint64_t size)
{
	struct still still;

	still_begin(&still);
	if (bytes)
		munmap((void *)(uintptr_t)bytes, (size_t)size);
	still_end(&still);
}
