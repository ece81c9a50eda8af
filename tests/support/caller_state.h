/* SPDX-License-Identifier: MIT */
/*
 * All that Linux tells of this process, as text: a line of key=value each. For
 * who is not to be changed by what it starts.
 */
#ifndef TESTS_CALLER_STATE_H
#define TESTS_CALLER_STATE_H

#include <stddef.h>

struct caller_state {
	size_t length;
	char text[65536];
};

void caller_state_look(struct caller_state *state);
/* Prints what is different, under this name; how many lines that is. */
int caller_state_compare(const struct caller_state *before,
			 const struct caller_state *after, const char *name);

#endif
