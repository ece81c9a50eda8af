/* SPDX-License-Identifier: MIT */
/*
 * What an event loop that starts programs has beside them: a timer that comes
 * each millisecond, and tells how late it was heard at most. And how many
 * programs were started until time was up.
 */
#ifndef BENCH_BEAT_H
#define BENCH_BEAT_H

#include <stdint.h>

/* So many at once, that have not been reaped yet. */
enum { AT_ONCE = 16 };

struct beat {
	int fd; /* readable when it is time */
	uint64_t due_ns;
	uint64_t worst_ns;
	uint64_t begin_ns;
	uint64_t end_ns;
	uint64_t started;
};

/* beat.c: for so many milliseconds; ends the program if there is no timer. */
void beat_begin(struct beat *beat, unsigned long ms);
/* When fd is readable. */
void beat_hear(struct beat *beat);
int beat_is_over(const struct beat *beat);
/* Starts per second, and the worst lateness in microseconds. */
void beat_tell(const struct beat *beat);
/* Says what failed, and ends the program. */
_Noreturn void beat_give_up(const char *what);

#endif
