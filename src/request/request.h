/* SPDX-License-Identifier: MIT */
/*
 * What one call asks for, on its way through the parent, and how a refusal is
 * told: functions return 0 or -errno, and say where in struct failure.
 */
#ifndef LIBSPAWN_REQUEST_REQUEST_H
#define LIBSPAWN_REQUEST_REQUEST_H

#include <stdint.h>
#include <string.h>

#include <libspawn.h>

#include "request/sorted.h"

struct request {
	const char *program;
	char *const *argv;
	char *const *caller_env;	 /* the caller's environ */
	const int32_t *made_fds;	 /* by row: the child's end, if made */
	struct sorted rows;		 /* of the table, by child_fd */
	const int32_t *targets;		 /* these numbers: no two alike */
	struct libspawn_options options; /* of this library's size */
	int may_not_wait;		 /* the caller goes on before exec */
	int is_together; /* begun and finished by one call, with others */
	int32_t init_fd; /* the program of LIBSPAWN_INIT */
	int is_bare;	 /* nothing is asked for but flags: see bare.h */
	int is_held;	 /* until the caller has written its maps of ids */
};

/* Of the whole table: those of its rows that are kept follow the others. */
static inline uint32_t
libspawn__row_count(const struct libspawn_options *options)
{
	return options->fd_count + options->keep_count;
}

/* The first row of a kind, or fd_count. */
static inline uint32_t
libspawn__row_of_kind(const struct libspawn_options *options, uint32_t kind)
{
	uint32_t n = 0;

	while (n < options->fd_count && options->fds[n].kind != kind)
		n++;
	return n;
}

static inline int
libspawn__has_row_of_kind(const struct libspawn_options *options, uint32_t kind)
{
	return libspawn__row_of_kind(options, kind) < options->fd_count;
}

/* Whether the options at hand have a flag. */
#define HAS(flag) ((options->flags & LIBSPAWN_##flag) != 0)

/* In a set of signals, signal n is bit n - 1. */
#define SIGNAL_BIT(number) (UINT64_C(1) << ((number)-1))
/* Those that are always at their default. <signal.h> */
#define FIXED_SIGNALS (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

/* Where it failed. index: in the list of the step, or -1. */
struct failure {
	int32_t step;
	int32_t index;
};

/* Notes the place and returns -code, for a return statement. */
static inline int libspawn__refuse(struct failure *failure, int32_t step,
				   int32_t index, int code)
{
	failure->step = step;
	failure->index = index;
	return -code;
}

/* Tells the caller of it, and returns -code, an errno value. */
static inline int failure_tell(const struct failure *failure, int code,
			       struct libspawn_error *error)
{
	memset(error, 0, sizeof *error);
	error->code = -code;
	error->step = failure->step;
	error->index = failure->index;
	return -code;
}

#endif
