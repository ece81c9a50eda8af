/* SPDX-License-Identifier: MIT */
/*
 * What a caller carries: resident memory and open descriptors, as much as the
 * environment says. It runs before main(), is linked to the drivers in C and
 * preloaded to those in other languages, so that all carry the same.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)
/* In one mapping each, so that none alone is more than the machine has. */
#define CHUNK_MIB 1024u
#define PAGE 4096u

static _Noreturn void sink(const char *why, size_t length)
{
	if (write(2, why, length) < 0)
		_exit(75);
	_exit(75);
}

#define SINK(why) sink(why, sizeof(why) - 1)

static size_t read_number(const char *name)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 10) : 0;
}

/* Private and touched, as the heap of a large process is. */
static void load_memory(size_t mib, int advice)
{
	unsigned char *bytes = mmap(NULL, mib * MIB, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (bytes == MAP_FAILED)
		SINK("ballast: no memory");
	if (madvise(bytes, mib * MIB, advice) && advice == MADV_HUGEPAGE)
		SINK("ballast: no huge pages");
	for (size_t at = 0; at < mib * MIB; at += PAGE)
		bytes[at] = 1;
}

/* Descriptors that exec would pass on: what "close the others" is for. */
static void load_descriptors(size_t count)
{
	int fd = count > 3 ? open("/dev/null", O_RDONLY) : -1;

	for (size_t have = 4; fd >= 0 && have < count; have++)
		if (dup(fd) < 0)
			SINK("ballast: too many descriptors");
}

__attribute__((constructor)) static void load(void)
{
	size_t mib = read_number("BENCH_RSS_MB");
	int advice =
		read_number("BENCH_HUGE") ? MADV_HUGEPAGE : MADV_NOHUGEPAGE;

	for (; mib > CHUNK_MIB; mib -= CHUNK_MIB)
		load_memory(CHUNK_MIB, advice);
	if (mib)
		load_memory(mib, advice);
	load_descriptors(read_number("BENCH_FDS"));
	unsetenv("LD_PRELOAD");
	unsetenv("BENCH_RSS_MB");
	unsetenv("BENCH_HUGE");
	unsetenv("BENCH_FDS");
}
