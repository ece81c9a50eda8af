/* SPDX-License-Identifier: MIT */
/*
 * The first process of a pid namespace, where the program is the second: how
 * the one becomes two, and the program of the first, which is made of
 * libspawn__init_main() alone. src/ends/first.c puts that into a file.
 */
#ifndef LIBSPAWN_CHILD_INIT_H
#define LIBSPAWN_CHILD_INIT_H

#include "child/sys.h"

struct launch;

#if ARCH_CLONE

/* In a section of this name, with nothing else. */
#define INIT_SECTION "libspawn_init"

/* init.c: where such a program begins; it is never called. */
_Noreturn CHILD_HIDDEN void libspawn__init_main(void);

#endif

/*
 * An ignored SIGCHLD would have the program reaped before it is waited for. The
 * first process, who says so, takes the default from here on, and notes what it
 * was; the program takes that back.
 */
CHILD_HIDDEN long libspawn__init_mind(int32_t *ignored);
CHILD_HIDDEN void libspawn__init_ignore_again(void);
/*
 * Creates the second process, on a stack of its own, with run(data); returns
 * when that has executed or ended: its pid, or -errno.
 */
CHILD_HIDDEN long libspawn__init_create(char *stack_end, void (*run)(void *),
					void *data);
/* Whether it has executed, so that there is something to be first for. */
CHILD_HIDDEN int libspawn__init_is_served(long pid);
/* Becomes the program that is open; returns only if it can't: -errno. */
CHILD_HIDDEN long libspawn__init_become(struct launch *launch, int program);

#endif
