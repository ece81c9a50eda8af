/* SPDX-License-Identifier: MIT */
/* A process that is dead, for who is to find one. */
#ifndef LIBSPAWN_BACKEND_SUBSTITUTE_H
#define LIBSPAWN_BACKEND_SUBSTITUTE_H

#include "backend/backend.h"

/*
 * substitute.c: where a death before exec counts as a start, and nobody could
 * hear of this one, another process dies of the same signal, and is the one
 * that has started. Else, and where none can be made, outcome stays as it is.
 */
void libspawn__substitute_dead(struct launch *launch, struct outcome *outcome);

#endif
