/* SPDX-License-Identifier: MIT */
/*
 * A thread that has nothing to do with starting programs: it maps some pages,
 * touches and unmaps them, over and over, on another processor. How long its
 * longest turn was during a start is what that start cost the bystander: a
 * launcher that holds the lock of the address space stalls it.
 */
#define _GNU_SOURCE
#include "bystander.h"
#include "clock.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>

#define PAGES 8u
#define PAGE 4096u

static bool present;
static atomic_uint_fast64_t longest;
static atomic_uint_fast64_t turns;

static void take_turn(void)
{
	unsigned char *memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return;
	for (size_t at = 0; at < PAGES * PAGE; at += PAGE)
		memory[at] = 1;
	munmap(memory, PAGES * PAGE);
}

static void *stand_by(void *unused)
{
	(void)unused;
	for (;;) {
		uint64_t before = now_ns();
		uint64_t lasted;

		take_turn();
		lasted = now_ns() - before;
		if (lasted > atomic_load(&longest))
			atomic_store(&longest, lasted);
		atomic_fetch_add(&turns, 1);
	}
	return NULL;
}

/* Keep the caller on one processor and the bystander on another. */
static int place(pthread_t bystander)
{
	cpu_set_t allowed;
	cpu_set_t first;
	cpu_set_t last;
	size_t cpu = 0;

	if (sched_getaffinity(0, sizeof allowed, &allowed) ||
	    CPU_COUNT(&allowed) < 2)
		return -1;
	CPU_ZERO(&first);
	CPU_ZERO(&last);
	while (!CPU_ISSET(cpu, &allowed))
		cpu++;
	CPU_SET(cpu, &first);
	for (cpu = CPU_SETSIZE - 1; !CPU_ISSET(cpu, &allowed);)
		cpu--;
	CPU_SET(cpu, &last);
	return pthread_setaffinity_np(bystander, sizeof first, &first) ||
	       sched_setaffinity(0, sizeof last, &last);
}

/* Begin its turns. Returns 0, or -1 where it would have no processor. */
int bystander_begin(void)
{
	pthread_t bystander;

	if (pthread_create(&bystander, NULL, stand_by, NULL) ||
	    place(bystander))
		return -1;
	present = true;
	return 0;
}

/* Let a turn that began before now end, and forget how long it was. */
void bystander_watch(void)
{
	uint64_t turn = atomic_load(&turns);

	if (!present)
		return;
	while (atomic_load(&turns) == turn)
		;
	atomic_store(&longest, 0);
}

/* The longest turn since; that which goes on now is waited for. */
uint64_t bystander_longest(void)
{
	uint64_t turn = atomic_load(&turns);

	if (!present)
		return 0;
	while (atomic_load(&turns) == turn)
		;
	return atomic_load(&longest);
}
