/* SPDX-License-Identifier: MIT */
/* Which fork is of which place. */
#define _GNU_SOURCE
#include "places.h"
#include "frames.h"

#include <stdlib.h>

static bool is_same(const struct frame *a, const struct frame *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->module == b->module && a->offset == b->offset;
}

struct place *place_get(struct places *places, const char *program,
			const struct stack *stack)
{
	const struct frame *frame = calling_frame(stack);
	struct place *place;

	if (places->last == NULL)
		places->last = &places->first;
	for (place = places->first; place != NULL; place = place->next)
		if (place->program == program && is_same(place->frame, frame))
			return place;
	place = calloc(1, sizeof *place);
	if (place == NULL)
		return NULL;
	place->program = program;
	place->stack = *stack;
	place->frame = calling_frame(&place->stack);
	place->last_hang = &place->hangs;
	place->number = ++places->count;
	*places->last = place;
	places->last = &place->next;
	return place;
}

void place_note_call(struct place *place, long number)
{
	unsigned i = 0;

	while (i < place->kinds_of_calls && place->calls[i].number != number)
		i++;
	if (i == CALLS_KEPT)
		return;
	if (i == place->kinds_of_calls)
		place->calls[place->kinds_of_calls++].number = number;
	place->calls[i].count++;
}

void tally_add(struct tally *tally, int64_t lived_us)
{
	tally->count++;
	tally->total_us += lived_us;
	if (lived_us > tally->most_us)
		tally->most_us = lived_us;
}
