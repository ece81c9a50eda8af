/* SPDX-License-Identifier: MIT */
/*
 * Sixty-four threads that begin, hold, release, finish and cancel starts at
 * random, several at a time each, amid threads that disturb: none is lost, none
 * hangs, and nothing is left behind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "apart.h"
#include "unrest.h"

enum { AT_ONCE = 4, ENOUGH = 20 };
#define BYTES_SLACK (64u << 10)

static int rounds_each = 200;
static int holds; /* this backend can */
static atomic_int finished, failed, cancelled;

struct hand {
	struct libspawn_pending *pending[AT_ONCE];
	int is_held[AT_ONCE];
	int will_fail[AT_ONCE];
	unsigned random;
};

static int below(struct hand *hand, int bound)
{
	return rand_r(&hand->random) % bound;
}

/* ---- One start ----------------------------------------------------------- */

static void begin(struct hand *hand, int n)
{
	struct libspawn_options options = plain_options();
	struct libspawn_error error = unset_error();
	int code;

	hand->is_held[n] = holds && below(hand, 4) == 0;
	hand->will_fail[n] = below(hand, 4) == 0;
	options.flags = (below(hand, 2) ? LIBSPAWN_POLL_FD : 0) |
			(hand->is_held[n] ? LIBSPAWN_HOLD : 0);
	code = libspawn_begin(&hand->pending[n],
			      hand->will_fail[n] ? "/nonexistent"
						 : support_probe,
			      exit_argv, &options, &error);
	if (code)
		print_error("step %s, %s\n", libspawn_step_name(error.step),
			    strerror(code));
	assert_int_equal(code, 0);
}

static void settle(struct hand *hand, int n, int code,
		   const struct libspawn_process *process)
{
	hand->pending[n] = NULL;
	assert_int_equal(code, hand->will_fail[n] ? ENOENT : 0);
	if (code) {
		atomic_fetch_add(&failed, 1);
		return;
	}
	assert_int_equal(reap(process->pid), 0);
	atomic_fetch_add(&finished, 1);
}

static void finish(struct hand *hand, int n)
{
	const int64_t times[] = { 0, 1, LIBSPAWN_FOREVER };
	int64_t time = times[below(hand, hand->is_held[n] ? 2 : 3)];
	struct libspawn_process process;
	int code = libspawn_finish(hand->pending[n], time, &process, NULL);

	if (code != ETIMEDOUT || time < 0)
		settle(hand, n, code, &process);
}

static void cancel(struct hand *hand, int n)
{
	cancel_start(hand->pending[n]);
	hand->pending[n] = NULL;
	atomic_fetch_add(&cancelled, 1);
}

static void do_something(struct hand *hand)
{
	int n = below(hand, AT_ONCE);

	if (!hand->pending[n]) {
		begin(hand, n);
		return;
	}
	switch (below(hand, 4)) {
	case 0: cancel(hand, n); break;
	case 1:
		libspawn_release(hand->pending[n]);
		hand->is_held[n] = 0;
		break;
	default: finish(hand, n);
	}
}

/* ---- Many ---------------------------------------------------------------- */

static void do_many(int number)
{
	struct hand hand = { .random = (unsigned)number + 1 };

	for (int n = 0; n < rounds_each; n++)
		do_something(&hand);
	for (int n = 0; n < AT_ONCE; n++)
		if (hand.pending[n])
			cancel(&hand, n);
}

/*
 * What the kernel had not let go is looked at by each later call: children, and
 * memory of those that have been handed over.
 */
static void let_go(void)
{
	struct libspawn_options options = plain_options();
	struct libspawn_pending *pending;

	sweep_starts();
	for (int n = 0; n < 100; n++) {
		assert_int_equal(libspawn_begin(&pending, support_probe,
						exit_argv, &options, NULL),
				 0);
		cancel_start(pending);
	}
	sweep_starts();
}

/* The first round leaves what stays: stacks, arenas, tables. */
static void pending_body(void)
{
	struct libspawn_options options = plain_options();
	struct libspawn_pending *pending;
	int open_before;
	size_t bytes;

	pending = begin_apart(support_probe, exit_argv, &options);
	libspawn_cancel(pending);
	holds = support_backend == LIBSPAWN_BACKEND_CLONE;
	unrest_prepare();
	unrest_run(do_many);
	let_go();
	mark_surroundings();
	support_ignore_mappings();
	open_before = count_open();
	bytes = mallinfo2().uordblks;
	unrest_run(do_many);
	let_go();
	print_message("%d finished, %d failed, %d cancelled\n",
		      atomic_load(&finished), atomic_load(&failed),
		      atomic_load(&cancelled));
	assert_true(atomic_load(&cancelled) > 0);
	assert_true(rounds_each < ENOUGH ||
		    (atomic_load(&finished) > 0 && atomic_load(&failed) > 0));
	assert_int_equal(unrest_strayed(), 0);
	assert_int_equal(count_open(), open_before);
	assert_no_child();
	if (!runs_slowly())
		assert_true(mallinfo2().uordblks <= bytes + BYTES_SLACK);
}

static void many_threads_begin_and_end_starts_amid_unrest(void **state)
{
	(void)state;
	run_apart(pending_body);
}

static const struct CMUnitTest tests[] = {
	TEST(many_threads_begin_and_end_starts_amid_unrest),
};

int main(int argc, char **argv)
{
	if (argc > 3)
		rounds_each = atoi(argv[3]);
	if (runs_slowly() && rounds_each > ENOUGH)
		rounds_each = ENOUGH;
	if (runs_in_valgrind())
		rounds_each = 3;
	return support_main(argc, argv, tests, sizeof tests / sizeof *tests);
}
