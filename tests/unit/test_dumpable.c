/* SPDX-License-Identifier: MIT */
/*
 * The dumpable flag around starts that change ids. The system is played by this
 * file, so that every order of events can be had: in one thread, in many, and
 * in a fork()ed copy.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "unit.h"

#include "child/sys.h"

/* ---- The system ---------------------------------------------------------- */

static int dumpable = 1;
static int under_way; /* children that share the memory */
static int asked;
static unsigned sleeps, wakes;
static int process_id = 1000;
static void (*while_asking)(void);

static int played_get_dumpable(void)
{
	asked++;
	if (while_asking)
		while_asking();
	return __atomic_load_n(&dumpable, __ATOMIC_SEQ_CST);
}

/* Another user could trace a child that is still here: never with one. */
static void played_set_dumpable(void)
{
	if (while_asking)
		while_asking();
	assert_int_equal(__atomic_load_n(&under_way, __ATOMIC_SEQ_CST), 0);
	__atomic_store_n(&dumpable, 1, __ATOMIC_SEQ_CST);
}

/* While the word is this: it says so of one that has changed. */
static void played_wait_while(const uint32_t *word, uint32_t value, int64_t ns)
{
	(void)ns;
	__atomic_fetch_add(&sleeps, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == value)
		sched_yield();
}

static void played_wake(const uint32_t *word)
{
	(void)word;
	wakes++;
}

static int played_getpid(void)
{
	return process_id;
}

/* dumpable.c with this system in place of backend/system.h and libc's. */
#define LIBSPAWN_BACKEND_SYSTEM_H
#define system_get_dumpable played_get_dumpable
#define system_set_dumpable played_set_dumpable
#define sys_wait_while played_wait_while
#define system_wake played_wake
#define getpid played_getpid
#include "backend/dumpable.c"
#undef getpid

/* ---- One start, in its three events -------------------------------------- */

static void child_appears(void)
{
	libspawn__dumpable_enter(1);
	__atomic_fetch_add(&under_way, 1, __ATOMIC_SEQ_CST);
}

static void child_changes_its_uid(void)
{
	__atomic_store_n(&dumpable, 0, __ATOMIC_SEQ_CST);
}

static void child_has_left(void)
{
	__atomic_fetch_sub(&under_way, 1, __ATOMIC_SEQ_CST);
	libspawn__dumpable_leave();
}

static void start_once(void)
{
	child_appears();
	child_changes_its_uid();
	child_has_left();
}

static int begin(void **state)
{
	(void)state;
	dumpable = 1;
	under_way = 0;
	while_asking = NULL;
	return 0;
}

/* ---- All orders of three starts ------------------------------------------ */

enum { STARTS = 3, EVENTS = 3 };

static void (*const events[EVENTS])(void) = {
	child_appears,
	child_changes_its_uid,
	child_has_left,
};

static unsigned orders;

/* script[n] is the start that goes on at time n; length tells how many. */
static void play(const int *script, int length, int before)
{
	int done[STARTS] = { 0 };
	int n;

	dumpable = before;
	for (n = 0; n < length; n++)
		events[done[script[n]]++]();
	assert_int_equal(under_way, 0);
	assert_int_equal(dumpable, before);
	orders++;
}

static void play_all(int *script, int length, int *left, int before)
{
	int start;

	if (length == STARTS * EVENTS)
		play(script, length, before);
	for (start = 0; start < STARTS; start++) {
		if (left[start] == 0)
			continue;
		left[start]--;
		script[length] = start;
		play_all(script, length + 1, left, before);
		left[start]++;
	}
}

static void every_order_of_three_starts_leaves_the_flag_as_it_was(void **state)
{
	int before;

	(void)state;
	for (before = 0; before <= 1; before++) {
		int left[STARTS] = { EVENTS, EVENTS, EVENTS };
		int script[STARTS * EVENTS];

		orders = 0;
		play_all(script, 0, left, before);
		assert_int_equal(orders, 1680); /* 9! / 3!^3 */
	}
}

static void a_program_that_is_not_dumpable_stays_so(void **state)
{
	(void)state;
	start_once();
	dumpable = 0;
	start_once();
	assert_int_equal(dumpable, 0);
	dumpable = 2;
	child_appears();
	child_has_left();
	assert_int_equal(dumpable, 2);
}

static void only_the_first_of_several_asks(void **state)
{
	(void)state;
	asked = 0;
	child_appears();
	child_appears();
	child_appears();
	assert_int_equal(asked, 1);
	child_has_left();
	child_has_left();
	child_has_left();
	assert_int_equal(asked, 1);
}

/* ---- While another asks -------------------------------------------------- */

static pthread_t other;
static int other_is_in;

static void *start_in_other(void *unused)
{
	(void)unused;
	libspawn__dumpable_enter(1);
	__atomic_store_n(&other_is_in, 1, __ATOMIC_SEQ_CST);
	libspawn__dumpable_leave();
	return NULL;
}

/* Starts the other thread, and goes on when that is seen to wait. */
static void let_other_come(void)
{
	unsigned before = __atomic_load_n(&sleeps, __ATOMIC_SEQ_CST);

	while_asking = NULL;
	other_is_in = 0;
	assert_int_equal(pthread_create(&other, NULL, start_in_other, NULL), 0);
	while (__atomic_load_n(&sleeps, __ATOMIC_SEQ_CST) == before)
		sched_yield();
	assert_int_equal(__atomic_load_n(&other_is_in, __ATOMIC_SEQ_CST), 0);
}

static void a_start_waits_while_the_first_asks(void **state)
{
	(void)state;
	wakes = 0;
	while_asking = let_other_come;
	libspawn__dumpable_enter(1);
	child_changes_its_uid();
	pthread_join(other, NULL);
	libspawn__dumpable_leave();
	assert_int_equal(dumpable, 1);
	/* Nobody waited for the last. */
	assert_int_equal(wakes, 1);
}

static void a_start_waits_while_the_last_restores(void **state)
{
	(void)state;
	child_appears();
	child_changes_its_uid();
	while_asking = let_other_come;
	child_has_left();
	pthread_join(other, NULL);
	assert_int_equal(dumpable, 1);
}

/* ---- Many ---------------------------------------------------------------- */

enum { THREADS = 8, ROUNDS = 2000 };

static void *start_often(void *unused)
{
	int n;

	(void)unused;
	for (n = 0; n < ROUNDS; n++)
		start_once();
	return NULL;
}

static void many_threads_leave_the_flag_as_it_was(void **state)
{
	pthread_t threads[THREADS];
	int n;

	(void)state;
	for (n = 0; n < THREADS; n++)
		assert_int_equal(
			pthread_create(&threads[n], NULL, start_often, NULL),
			0);
	for (n = 0; n < THREADS; n++)
		pthread_join(threads[n], NULL);
	assert_int_equal(under_way, 0);
	assert_int_equal(dumpable, 1);
}

/* ---- A copy of the process ----------------------------------------------- */

static void a_copy_forgets_the_starts_of_its_original(void **state)
{
	(void)state;
	libspawn__dumpable_enter(1);
	libspawn__dumpable_enter(1);
	process_id++;
	start_once();
	assert_int_equal(dumpable, 1);
	dumpable = 0;
	start_once();
	assert_int_equal(dumpable, 0);
}

/* fork() while another thread was between asking and going on. */
static void make_a_copy(void)
{
	while_asking = NULL;
	process_id++;
	start_once();
	assert_int_equal(dumpable, 1);
	process_id--;
}

static void a_copy_made_while_one_asks_does_not_wait(void **state)
{
	(void)state;
	while_asking = make_a_copy;
	libspawn__dumpable_enter(1);
	libspawn__dumpable_leave();
}

#define FROM_THE_BEGINNING(function) cmocka_unit_test_setup(function, begin)

static const struct CMUnitTest tests[] = {
	FROM_THE_BEGINNING(
		every_order_of_three_starts_leaves_the_flag_as_it_was),
	FROM_THE_BEGINNING(a_program_that_is_not_dumpable_stays_so),
	FROM_THE_BEGINNING(only_the_first_of_several_asks),
	FROM_THE_BEGINNING(a_start_waits_while_the_first_asks),
	FROM_THE_BEGINNING(a_start_waits_while_the_last_restores),
	FROM_THE_BEGINNING(many_threads_leave_the_flag_as_it_was),
	FROM_THE_BEGINNING(a_copy_forgets_the_starts_of_its_original),
	FROM_THE_BEGINNING(a_copy_made_while_one_asks_does_not_wait),
};

UNIT_MAIN(tests)
