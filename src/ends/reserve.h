/* SPDX-License-Identifier: MIT */
/*
 * Low numbers that are kept for the child's ends: libspawn_reserve_fds(). In a
 * program that has not called it, nothing here makes a system call.
 */
#ifndef LIBSPAWN_ENDS_RESERVE_H
#define LIBSPAWN_ENDS_RESERVE_H

#include <stdint.h>

/* reserve.c: moves *fd to a number that is kept, if it is high and one is. */
void libspawn__reserve_move_down(int32_t *fd);
/* Closes any descriptor; a number that is kept is kept again. */
void libspawn__reserve_close(int32_t fd);
/* So many, in all. 0 or -errno: then as before; -EBUSY: another is at it. */
int libspawn__reserve_keep(uint32_t count);
/* Whether that number is open for the reserve alone. */
int libspawn__reserve_has(int32_t fd);

#endif
