/* SPDX-License-Identifier: MIT */
/*
 * Threads of real time: one of a high priority that waits for another of a low
 * one, on the same processor, must let it run. One that spins or yields there
 * does so for ever.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "held.h"
#include "linux_calls.h"

enum { ROUNDS = 30 };

static int shared_cpu, other_cpu;

/* The lowest two of those that this process may use, or none. */
static int choose_cpus(void)
{
	cpu_set_t allowed;
	int found = 0;

	sched_getaffinity(0, sizeof allowed, &allowed);
	for (int n = 0; n < CPU_SETSIZE && found < 2; n++)
		if (CPU_ISSET(n, &allowed))
			*(found++ ? &other_cpu : &shared_cpu) = n;
	return found;
}

static int move_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof set, &set);
}

/* Raw: of this thread alone, and some C libraries refuse it. */
static int take_priority(int priority)
{
	const struct sched_param param = { .sched_priority = priority };

	return (int)syscall(SYS_sched_setscheduler, 0,
			    priority ? SCHED_FIFO : SCHED_OTHER, &param);
}

struct hunt {
	struct libspawn_process *process;
	int ready;
	int over;
	int code;
};

static void *signal_all_the_time(void *data)
{
	struct hunt *hunt = data;

	assert_int_equal(move_to(shared_cpu), 0);
	assert_int_equal(take_priority(10), 0);
	while (!__atomic_load_n(&hunt->over, __ATOMIC_ACQUIRE))
		libspawn_signal(hunt->process, 0, 0);
	return NULL;
}

static void *wait_above_it(void *data)
{
	struct hunt *hunt = data;

	assert_int_equal(move_to(shared_cpu), 0);
	assert_int_equal(take_priority(20), 0);
	__atomic_store_n(&hunt->ready, 1, __ATOMIC_RELEASE);
	hunt->code = libspawn_wait(hunt->process, LIBSPAWN_FOREVER, NULL);
	__atomic_store_n(&hunt->over, 1, __ATOMIC_RELEASE);
	return NULL;
}

/*
 * The waiter is woken while the other is amid its signal, most of the time. The
 * child and this thread are on another processor, which they have.
 */
static void hunt_once(uint64_t flags)
{
	struct held held;
	struct hunt hunt = { .process = &held.process, .code = -1 };
	pthread_t waiter, hunter;

	hold(&held, flags, 4);
	waiter = start_thread(wait_above_it, &hunt);
	while (!__atomic_load_n(&hunt.ready, __ATOMIC_ACQUIRE))
		sched_yield();
	hunter = start_thread(signal_all_the_time, &hunt);
	let_go(&held);
	join_thread(waiter);
	join_thread(hunter);
	assert_int_equal(hunt.code, 0);
	expect_end(&held.process, LIBSPAWN_END_EXITED, 4);
}

static void hunt_body(void)
{
	if (choose_cpus() < 2)
		skip_apart("needs two processors");
	if (take_priority(10) < 0)
		skip_apart("SCHED_FIFO is not allowed");
	take_priority(0);
	assert_int_equal(move_to(other_cpu), 0);
	/* Not of the runner's patience: whoever spins takes the processor. */
	alarm(60);
	for (int n = 0; n < ROUNDS; n++) {
		hunt_once(0);
		if (held_pidfd())
			hunt_once(held_pidfd());
	}
	alarm(0);
}

static void a_waiter_does_not_spin_while_others_signal(void **state)
{
	(void)state;
	run_apart(hunt_body);
}

static const struct CMUnitTest tests[] = {
	TEST(a_waiter_does_not_spin_while_others_signal),
};

TEST_MAIN(tests)
