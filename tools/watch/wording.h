/* SPDX-License-Identifier: MIT */
/* How functions, threads and times are put into words. */
#ifndef TOOLS_WATCH_WORDING_H
#define TOOLS_WATCH_WORDING_H

#include "places.h"

#include <stdio.h>

/* "reload() at config.c:44", "getpwnam() in libc.so.6", "libx.so+0x12". */
void say_where(FILE *stream, const struct frame *frame);
/* The whole stack, a line for each frame, from the caller of fork() on. */
void say_stack(FILE *stream, const struct stack *stack,
	       const struct frame *first, const char *indent);
/* "0.3 ms", "5.1 s" */
void say_time(FILE *stream, int64_t microseconds);
/* What a thread is doing, from "in" or "waiting" on. */
void say_doing(FILE *stream, const struct bystander *one);
/* The name of a signal with SIG, or "signal 40". */
void say_signal(FILE *stream, int number);

#endif
