/* SPDX-License-Identifier: MIT */
#ifndef BENCH_BETWEEN_H
#define BENCH_BETWEEN_H

/* between.c: 0, or -1 if there is no such thing to do or no memory for it. */
int between_begin(const char *what);
/* What the caller does before each start, not timed; nothing if not begun. */
void between_starts(void);

#endif
