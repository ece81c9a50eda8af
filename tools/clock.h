/* SPDX-License-Identifier: MIT */
/* The time that --timeout and --kill-after give. Microseconds. */
#ifndef TOOLS_CLOCK_H
#define TOOLS_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define NEVER INT64_MAX
/* A clock that nobody sets. */
int64_t now_us(void);
/* So long from now; NEVER for 0. */
int64_t deadline_after(int64_t microseconds);
bool is_over(int64_t deadline);
/* For poll(): milliseconds until then, rounded up; -1: NEVER. */
int milliseconds_until(int64_t deadline);

/* From here on spawn itself says this and exits so when time has run out. */
void begin_alarm(int64_t deadline, const char *text, int status);
/* Not any more; SIGALRM is again as the caller left it. */
void end_alarm(void);

/* From here on no call that sleeps outlasts the deadline for long. */
void begin_nudging(int64_t deadline);
void end_nudging(void);

#endif
