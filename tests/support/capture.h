/* SPDX-License-Identifier: MIT */
/* What the tests of run, capture and pipelines share. */
#ifndef TESTS_CAPTURE_H
#define TESTS_CAPTURE_H

#include "support.h"

enum { WORDS_MAX = 24, MIB = 1 << 20 };

/* The words of a command for the worker, as argv. */
struct words {
	char text[512];
	char *argv[WORDS_MAX];
};

/* The worker's path, next to the probe's. */
const char *worker_path(void);
char *const *worker_argv(struct words *words, const char *commands);

/* A capture with nothing but its size set. */
#define CAPTURE .size = sizeof(struct libspawn_capture)
#define TO_MEMORY                                                              \
	{                                                                      \
		.kind = LIBSPAWN_STREAM_MEMORY                                 \
	}
#define FROM_MEMORY(at, length)                                                \
	{                                                                      \
		.kind = LIBSPAWN_STREAM_MEMORY, .bytes = at, .size = length    \
	}

/*
 * Run the worker with the backend under test; asserts that it did, and that
 * the backend is the one that ran. The result is for libspawn_free().
 */
void run_worker(struct libspawn_result *result,
		const struct libspawn_options *options,
		const struct libspawn_capture *capture, const char *commands);
/* The same in vain: asserts code, step, index and an untouched result. */
void fail_worker(const struct libspawn_options *options,
		 const struct libspawn_capture *capture, const char *commands,
		 int code, int step, int index);

/* What was captured is this text, and a NUL. */
void assert_captured(const struct libspawn_captured *captured,
		     const char *text);
void assert_exited(const struct libspawn_status *status, int code);
void assert_killed(const struct libspawn_status *status, int number);
/* Memory with the worker's pattern in it, every so many bytes again. */
char *make_pattern(size_t size);
void assert_pattern(const void *bytes, size_t size);
/* "VmRSS:", what is resident of this process, or "VmHWM:", the most; KiB. */
long resident(const char *name);
/* Kills what "leave" has left, whose pid is in the error, and waits for it. */
void end_left(const struct libspawn_result *result);

#endif
