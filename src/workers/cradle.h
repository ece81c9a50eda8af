/* SPDX-License-Identifier: MIT */
/*
 * Cradles: words of memory that a caller and its template share, into which the
 * kernel writes the pid of a worker as it is forked. So it is known if and only
 * if there is such a process, whichever of the two is killed meanwhile.
 */
#ifndef LIBSPAWN_WORKERS_CRADLE_H
#define LIBSPAWN_WORKERS_CRADLE_H

#include <stdint.h>

/* With what is below, a page. */
#define CRADLES_MOST 1022u

/*
 * cradle.c: their memory, and a descriptor of it for the template; NULL and -1
 * where there is no such thing. 0 or -errno.
 */
int libspawn__cradle_make(int32_t **cradles, int32_t *fd);
int libspawn__cradle_map(int32_t **cradles, int fd);
void libspawn__cradle_unmap(int32_t *cradles);
/*
 * Whose they are: this process's, and of that child. Only a template that sees
 * the same two numbers makes children that are its caller's under their own.
 */
void libspawn__cradle_name(int32_t *cradles, int32_t template_pid);
int libspawn__cradle_is_ours(const int32_t *cradles);
/* A free one, taken: its number, or -EAGAIN. */
int libspawn__cradle_take(int32_t *cradles);
/* What is in it: a pid, or 0. */
int32_t libspawn__cradle_look(const int32_t *cradles, uint32_t number);
void libspawn__cradle_leave(int32_t *cradles, uint32_t number);

#endif
