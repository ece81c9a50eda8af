/* SPDX-License-Identifier: MIT */
/*
 * What runs in the child. Freestanding: it calls nothing outside this folder
 * but the system, and may share its memory with the parent.
 */
#ifndef LIBSPAWN_CHILD_CHILD_H
#define LIBSPAWN_CHILD_CHILD_H

#include "child/launch.h"
#include "child/sys.h"

/* Executes the plan of a struct launch. Reports and exits if it can't. */
_Noreturn CHILD_HIDDEN void libspawn__child_run(void *launch);

#endif
