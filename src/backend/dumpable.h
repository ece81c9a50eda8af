/* SPDX-License-Identifier: MIT */
/*
 * Starts whose child changes its ids, which costs the caller its dumpable flag:
 * hazard 4.
 */
#ifndef LIBSPAWN_BACKEND_DUMPABLE_H
#define LIBSPAWN_BACKEND_DUMPABLE_H

/*
 * dumpable.c: brackets such a start. The first of several starts at the same
 * time reads the flag, the last one restores it.
 */
/* 0; or -EAGAIN if too many are under way, and it may not wait for one. */
int libspawn__dumpable_enter(int may_wait);
void libspawn__dumpable_leave(void);

#endif
