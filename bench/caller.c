/* SPDX-License-Identifier: MIT */
/* What the calling process is like: its processor and its resident memory. */
#define _GNU_SOURCE
#include "caller.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

static cpu_set_t allowed_before;

static int last_allowed(void)
{
	int cpu = CPU_SETSIZE - 1;

	while (cpu > 0 && !CPU_ISSET((size_t)cpu, &allowed_before))
		cpu--;
	return cpu;
}

/* Pin to a processor (-1: the last allowed). Returns which, or -1 (errno). */
int caller_pin(int cpu)
{
	cpu_set_t one;

	if (sched_getaffinity(0, sizeof allowed_before, &allowed_before))
		return -1;
	if (cpu < 0)
		cpu = last_allowed();
	CPU_ZERO(&one);
	CPU_SET((size_t)cpu, &one);
	return sched_setaffinity(0, sizeof one, &one) ? -1 : cpu;
}

void caller_unpin(void)
{
	sched_setaffinity(0, sizeof allowed_before, &allowed_before);
}

/* MemAvailable of /proc/meminfo in MiB; the most there can be if unknown. */
static size_t available_mib(void)
{
	FILE *meminfo = fopen("/proc/meminfo", "re");
	char line[128];
	unsigned long kib = 0;

	while (meminfo && fgets(line, sizeof line, meminfo))
		if (sscanf(line, "MemAvailable: %lu", &kib) == 1)
			break;
	if (meminfo)
		fclose(meminfo);
	return kib ? kib / 1024 : (size_t)-1;
}

/*
 * Make mib more MiB resident in small pages, each with its own page-table
 * entry, as the heap of a large process is. Returns NULL, or why it can't.
 */
const char *caller_grow(void **memory, size_t mib)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *bytes;

	*memory = NULL;
	if (mib == 0)
		return NULL;
	/* An eighth to spare, or the OOM killer might end the run. */
	if (mib > available_mib() / 8 * 7)
		return "not enough free memory";
	bytes = mmap(NULL, mib * MIB, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bytes == MAP_FAILED)
		return "mmap failed";
	madvise(bytes, mib * MIB, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < mib * MIB; at += page)
		bytes[at] = 1;
	*memory = bytes;
	return NULL;
}

void caller_shrink(void *memory, size_t mib)
{
	if (memory)
		munmap(memory, mib * MIB);
}
