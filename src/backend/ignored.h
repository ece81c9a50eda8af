/* SPDX-License-Identifier: MIT */
/* Which signals a child need not be told to heed: the caller ignores few. */
#ifndef LIBSPAWN_BACKEND_IGNORED_H
#define LIBSPAWN_BACKEND_IGNORED_H

#include <stdint.h>

#include "child/plan.h"

/*
 * ignored.c: of the signals that the plan sets to default, those the caller
 * is known not to ignore, as long as it lets no signal in. Else none.
 */
uint64_t libspawn__ignored_not(const struct plan *plan);

#endif
