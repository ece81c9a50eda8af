/* SPDX-License-Identifier: MIT */
/*
 * The descriptor mapper: what it emits is carried out on an array that stands
 * for a process's descriptors, and compared with what a simultaneous
 * assignment means. Every map over 4 descriptors.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/fdmap.h"
#include "request/sorted.h"
#include "unit.h"

/* No descriptor: nothing put aside; the source of a row that is no move. */
enum { NOTHING = -1 };

/* Each descriptor holds at first its own number: what is read can be told. */
struct process {
	int32_t *fds;
	int32_t size;
	int32_t aside;
	uint32_t *emitted; /* by row: how often it was done */
	uint32_t saves;
};

/* ---- Carrying out ------------------------------------------------------ */

static void carry_out(void *receiver, enum fd_verb verb,
		      const struct fd_move *move)
{
	struct process *process = receiver;
	int32_t *fds = process->fds;

	assert_in_range(move->to, 0, process->size - 1);
	if (verb == FD_SAVE) {
		assert_int_equal(process->aside, NOTHING);
		process->aside = fds[move->from];
		process->saves++;
		return;
	}
	process->emitted[move->index]++;
	if (verb == FD_RESTORE) {
		/* What was put aside is what this row wants. */
		assert_int_equal(process->aside, move->from);
		fds[move->to] = process->aside;
		process->aside = NOTHING;
		return;
	}
	/* Nobody has overwritten what is read here. */
	assert_int_equal(fds[move->from], move->from);
	assert_int_equal(verb == FD_KEEP, move->from == move->to);
	fds[move->to] = fds[move->from];
}

static struct process new_process(int32_t size, uint32_t rows)
{
	struct process process = { .size = size, .aside = NOTHING };
	int32_t n;

	process.fds = calloc((size_t)size, sizeof *process.fds);
	process.emitted = calloc(rows + 1, sizeof *process.emitted);
	assert_non_null(process.fds);
	assert_non_null(process.emitted);
	for (n = 0; n < size; n++)
		process.fds[n] = n;
	return process;
}

static void free_process(struct process *process)
{
	free(process->fds);
	free(process->emitted);
}

/* ---- The model --------------------------------------------------------- */

/* By target: the source, or the target itself where no row is about it. */
static void assign_at_once(int32_t *fds, int32_t size,
			   const struct fd_move *rows, uint32_t count)
{
	int32_t n;
	uint32_t row;

	for (n = 0; n < size; n++)
		fds[n] = n;
	for (row = 0; row < count; row++)
		if (rows[row].from != NOTHING)
			fds[rows[row].to] = rows[row].from;
}

/* Whether following sources from a descriptor comes back, and this is least. */
static int leads_cycle(const int32_t *sources, int32_t first, int32_t size)
{
	int32_t at = sources[first];
	int32_t steps = 1;

	if (at == first)
		return 0;
	for (; at != first && steps <= size; steps++) {
		if (at < first)
			return 0;
		at = sources[at];
	}
	return at == first;
}

static uint32_t count_cycles(const int32_t *sources, int32_t size)
{
	uint32_t cycles = 0;
	int32_t n;

	for (n = 0; n < size; n++)
		cycles += (uint32_t)leads_cycle(sources, n, size);
	return cycles;
}

static int compare_targets(const void *a, const void *b)
{
	const struct fd_move *one = a;
	const struct fd_move *other = b;

	return compare_numbers(one->to, other->to);
}

/* As the mapper takes them: by where they go. */
static void map_rows(struct fd_move *moves, uint32_t count,
		     const struct fd_sink *sink)
{
	qsort(moves, count, sizeof *moves, compare_targets);
	libspawn__fdmap_order(moves, count, sink);
}

/* Order the rows, carry it out, and compare. Rows are numbered from 0. */
static uint32_t check_map(const struct fd_move *rows, uint32_t count,
			  int32_t size)
{
	struct process process = new_process(size, count);
	const struct fd_sink sink = { carry_out, &process };
	struct fd_move *moves = calloc(count + 1, sizeof *moves);
	int32_t *expected = calloc((size_t)size, sizeof *expected);
	uint32_t n;

	assert_non_null(moves);
	assert_non_null(expected);
	memcpy(moves, rows, count * sizeof *moves);
	assign_at_once(expected, size, rows, count);
	map_rows(moves, count, &sink);
	assert_int_equal(process.aside, NOTHING);
	assert_memory_equal(process.fds, expected,
			    (size_t)size * sizeof *expected);
	for (n = 0; n < count; n++)
		assert_int_equal(process.emitted[n], rows[n].from != NOTHING);
	free(expected);
	free(moves);
	n = process.saves;
	free_process(&process);
	return n;
}

static void check_small_map(const struct fd_move *rows, uint32_t count)
{
	enum { SIZE = 5 };
	int32_t sources[SIZE];

	assign_at_once(sources, SIZE, rows, count);
	assert_int_equal(check_map(rows, count, SIZE),
			 count_cycles(sources, SIZE));
}

/* ---- All small maps ---------------------------------------------------- */

static void every_map_over_four_descriptors_is_a_simultaneous_one(void **state)
{
	enum { TARGETS = 4, CHOICES = 7, MAPS = 7 * 7 * 7 * 7 };
	unsigned map;

	(void)state;
	for (map = 0; map < MAPS; map++) {
		struct fd_move rows[TARGETS];
		unsigned rest = map;
		uint32_t count = 0;
		int32_t to;

		for (to = 0; to < TARGETS; to++, rest /= CHOICES) {
			if (rest % CHOICES == CHOICES - 1)
				continue;
			/* From 0 to 4, or made later by somebody else. */
			rows[count].from = (int32_t)(rest % CHOICES) - 1;
			rows[count].index = (int32_t)count;
			rows[count++].to = to;
		}
		check_small_map(rows, count);
	}
}

/* ---- By hand ----------------------------------------------------------- */

/* What was emitted, in letters: "K0 M7>1 S1 R2". */
struct script {
	char text[256];
};

static void write_down(void *receiver, enum fd_verb verb,
		       const struct fd_move *move)
{
	struct script *script = receiver;
	size_t used = strlen(script->text);
	char *end = script->text + used;
	size_t room = sizeof script->text - used;

	switch (verb) {
	case FD_KEEP: snprintf(end, room, "K%d ", (int)move->to); break;
	case FD_SAVE: snprintf(end, room, "S%d ", (int)move->from); break;
	case FD_RESTORE: snprintf(end, room, "R%d ", (int)move->to); break;
	case FD_MOVE:
		snprintf(end, room, "%d>%d ", (int)move->from, (int)move->to);
		break;
	}
}

static const struct example {
	const char *name;
	struct fd_move rows[6];
	uint32_t count;
	const char *script;
} examples[] = {
	{ "nothing", { { 0 } }, 0, "" },
	{ "itself", { { 3, 3, 0, 0, 0 } }, 1, "K3 " },
	{ "one", { { 7, 1, 0, 0, 0 } }, 1, "7>1 " },
	{ "fan-out", { { 7, 2, 0, 0, 0 }, { 7, 1, 1, 0, 0 } }, 2, "7>1 7>2 " },
	{ "chain",
	  { { 0, 1, 0, 0, 0 }, { 1, 2, 1, 0, 0 }, { 2, 3, 2, 0, 0 } },
	  3,
	  "2>3 1>2 0>1 " },
	{ "chain of a kept one",
	  { { 1, 1, 0, 0, 0 }, { 1, 2, 1, 0, 0 } },
	  2,
	  "K1 1>2 " },
	{ "swap", { { 1, 0, 0, 0, 0 }, { 0, 1, 1, 0, 0 } }, 2, "S0 1>0 R1 " },
	{ "swap and its reader",
	  { { 1, 0, 0, 0, 0 }, { 0, 1, 1, 0, 0 }, { 0, 5, 2, 0, 0 } },
	  3,
	  "0>5 S0 1>0 R1 " },
	{ "two cycles one after the other",
	  { { 1, 0, 0, 0, 0 },
	    { 0, 1, 1, 0, 0 },
	    { 3, 2, 2, 0, 0 },
	    { 2, 3, 3, 0, 0 } },
	  4,
	  "S0 1>0 R1 S2 3>2 R3 " },
};

static void examples_come_in_the_order_they_must(void **state)
{
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(examples); n++) {
		struct script script = { "" };
		const struct fd_sink sink = { write_down, &script };
		struct fd_move rows[6];

		memcpy(rows, examples[n].rows, sizeof rows);
		print_message("%s\n", examples[n].name);
		map_rows(rows, examples[n].count, &sink);
		assert_string_equal(script.text, examples[n].script);
	}
}

/* ---- Large maps -------------------------------------------------------- */

enum { LARGE = 65536 };

static struct fd_move large[LARGE];

static uint64_t random_state = 88172645463325252u;

/* xorshift64: the same numbers on every system. */
static uint32_t random_below(uint32_t bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 16) % bound;
}

static void number_rows(void)
{
	int32_t n;

	for (n = 0; n < LARGE; n++)
		large[n].index = n;
}

static void shuffle_rows(void)
{
	uint32_t n;

	for (n = LARGE - 1; n > 0; n--) {
		uint32_t other = random_below(n + 1);
		struct fd_move row = large[n];

		large[n] = large[other];
		large[other] = row;
	}
	number_rows();
}

static void a_permutation_of_the_most_rows_is_done(void **state)
{
	int32_t n;

	(void)state;
	for (n = 0; n < LARGE; n++)
		large[n].to = n;
	shuffle_rows();
	for (n = 0; n < LARGE; n++)
		large[n].from = n;
	shuffle_rows();
	assert_true(check_map(large, LARGE, LARGE) > 0);
}

static void random_sources_of_the_most_rows_are_done(void **state)
{
	int32_t n;

	(void)state;
	for (n = 0; n < LARGE; n++) {
		large[n].to = n;
		large[n].from = (int32_t)random_below(LARGE);
	}
	shuffle_rows();
	check_map(large, LARGE, LARGE);
}

/* All n -> n + shift: one cycle of all, a chain, or moves to elsewhere. */
static uint32_t check_shift(int32_t shift, int32_t modulus, int32_t size)
{
	int32_t n;

	for (n = 0; n < LARGE; n++) {
		large[n].from = n;
		large[n].to = (n + shift) % modulus;
	}
	shuffle_rows();
	return check_map(large, LARGE, size);
}

static void one_cycle_of_the_most_rows_puts_one_aside(void **state)
{
	(void)state;
	assert_int_equal(check_shift(1, LARGE, LARGE), 1);
}

static void shifting_the_most_rows_puts_none_aside(void **state)
{
	(void)state;
	assert_int_equal(check_shift(1, 2 * LARGE, LARGE + 1), 0);
	assert_int_equal(check_shift(LARGE, 4 * LARGE, 2 * LARGE), 0);
	assert_int_equal(check_shift(0, LARGE, LARGE), 0);
}

static void one_source_of_the_most_rows_is_read_last(void **state)
{
	int32_t n;

	(void)state;
	for (n = 0; n < LARGE; n++) {
		large[n].from = LARGE / 2;
		large[n].to = n;
	}
	shuffle_rows();
	assert_int_equal(check_map(large, LARGE, LARGE), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_map_over_four_descriptors_is_a_simultaneous_one),
	cmocka_unit_test(examples_come_in_the_order_they_must),
	cmocka_unit_test(a_permutation_of_the_most_rows_is_done),
	cmocka_unit_test(random_sources_of_the_most_rows_are_done),
	cmocka_unit_test(one_cycle_of_the_most_rows_puts_one_aside),
	cmocka_unit_test(shifting_the_most_rows_puts_none_aside),
	cmocka_unit_test(one_source_of_the_most_rows_is_read_last),
};

UNIT_MAIN(tests)
