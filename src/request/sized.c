/* SPDX-License-Identifier: MIT */
/*
 * Reads structs of a caller compiled with another version of the header. Looks
 * at no byte beyond the size that the caller tells.
 */
#include "request/sized.h"

#include <errno.h>
#include <string.h>

#include "child/every_start.h"

/* No struct will ever be as large: a number beyond it is not a size. */
enum { LARGEST_SIZE = 4096 };

/* Zero if the first byte is, and each other is like the one before it. */
int libspawn__sized_is_zero(const void *memory, size_t size)
{
	const unsigned char *byte = memory;

	return size == 0 ||
	       (byte[0] == 0 && memcmp(byte, byte + 1, size - 1) == 0);
}

static int is_zero_beyond(const void *given, size_t known, size_t told)
{
	return libspawn__sized_is_zero((const char *)given + known,
				       told - known);
}

EVERY_START int libspawn__sized_copy(void *mine, size_t known,
				     const void *given, size_t smallest)
{
	const uint32_t size = (uint32_t)known;
	uint32_t told;

	memset(mine, 0, known);
	memcpy(mine, &size, sizeof size);
	if (!given)
		return 0;
	memcpy(&told, given, sizeof told);
	if (told < smallest)
		return -EINVAL;
	if (told > LARGEST_SIZE ||
	    (told > known && !is_zero_beyond(given, known, told)))
		return -E2BIG;
	memcpy(mine, given, told < known ? told : known);
	/* It may be read again, as one of ours. */
	memcpy(mine, &size, sizeof size);
	return 0;
}
