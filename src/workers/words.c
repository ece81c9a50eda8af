/* SPDX-License-Identifier: MIT */
/* Sentences on workers: what has become of one, and why there is none. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "workers/worker.h"

enum { SUBJECT_ROOM = 128, STATE_ROOM = 192 };

/* ---- The words of an errno --------------------------------------------- */

/* strerror_r() has two forms, which differ in what they return. */
static const char *word_of_posix(int failed, const char *buffer)
{
	return failed ? "unknown error" : buffer;
}

static const char *word_of_gnu(const char *text, const char *buffer)
{
	(void)buffer;
	return text;
}

#define WORD_OF_ERROR(code, buffer, size)                                      \
	_Generic(strerror_r(code, buffer, size),                              \
		int: word_of_posix,                                           \
		char *: word_of_gnu)(strerror_r(code, buffer, size), buffer)

static void say_error(int code, char *text, size_t size)
{
	char buffer[128];

	snprintf(text, size, "%s", WORD_OF_ERROR(code, buffer, sizeof buffer));
}

/* ---- What has become of it --------------------------------------------- */

static void say_subject(const struct libspawn_worker *worker, char *text,
			size_t size)
{
	if (worker->is_self)
		snprintf(text, size, "the caller of worker '%s'",
			 worker->function);
	else if (worker->process.pid > 0)
		snprintf(text, size, "worker '%s' (pid %d)", worker->function,
			 (int)worker->process.pid);
	else
		snprintf(text, size, "worker '%s'", worker->function);
}

static void say_end(const struct libspawn_status *status, char *text,
		    size_t size)
{
	const char *forced = status->flags & LIBSPAWN_STATUS_FORCED
				     ? ", as it was told to by the caller"
				     : "";

	if (status->end == LIBSPAWN_END_EXITED)
		snprintf(text, size, "has exited with %d", (int)status->code);
	else if (status->end == LIBSPAWN_END_KILLED)
		snprintf(text, size, "was ended by signal %d%s",
			 (int)status->code, forced);
	else
		snprintf(text, size, "has ended, nobody knows how");
}

static void say_refusal(const struct libspawn_worker *worker, char *text,
			size_t size)
{
	char word[STATE_ROOM];

	say_error(-worker->refused, word, sizeof word);
	if (worker->refused == -EDEADLK)
		snprintf(text, size, "has not forked: it has a thread '%s'",
			 worker->reason);
	else if (worker->reason[0])
		snprintf(text, size, "says: %s (%s)", worker->reason, word);
	else if (worker->refused == -EMSGSIZE)
		snprintf(text, size, "is refused: it sent more than it may");
	else
		snprintf(text, size, "is refused: it sent what is no message");
}

size_t libspawn_worker_describe(char *text, size_t size,
				const struct libspawn_worker *worker)
{
	int saved_errno = errno;
	char subject[SUBJECT_ROOM];
	char state[STATE_ROOM * 2] = "is running";
	int length;

	if (!worker)
		return (size_t)snprintf(text, size, "no worker");
	say_subject(worker, subject, sizeof subject);
	if (worker->refused)
		say_refusal(worker, state, sizeof state);
	else if (worker->has_ended)
		say_end(&worker->status, state, sizeof state);
	else if (worker->reason[0])
		snprintf(state, sizeof state,
			 "does not fork: it has a thread "
			 "'%s'",
			 worker->reason);
	length = snprintf(text, size, "%s %s", subject, state);
	errno = saved_errno;
	return length < 0 ? 0 : (size_t)length;
}

/* ---- Why there is none ------------------------------------------------- */

static const char *const worker_steps[] = {
	"how",	   "main", "function", "program",
	"channel", "data", "template", "threads",
};

static const char *name_of_step(int32_t step)
{
	const int32_t first = LIBSPAWN_WORKER_STEP_HOW;

	if (step < first || step >= first + (int32_t)(sizeof worker_steps /
						      sizeof worker_steps[0]))
		return libspawn_step_name(step);
	return worker_steps[step - first];
}

static void say_step(const struct libspawn_error *error, char *text,
		     size_t size)
{
	if (error->step == LIBSPAWN_WORKER_STEP_MAIN)
		snprintf(text, size,
			 "this program does not begin with "
			 "libspawn_worker_main()");
	else if (error->step == LIBSPAWN_WORKER_STEP_FUNCTION &&
		 error->code == ENOENT)
		snprintf(text, size, "this program knows no such function");
	else if (error->step == LIBSPAWN_WORKER_STEP_PROGRAM &&
		 (error->code == ENOENT || error->code == ENOTSUP))
		snprintf(text, size,
			 "which program this is can't be told, "
			 "without /proc: name it");
	else if (error->step == LIBSPAWN_WORKER_STEP_THREADS)
		snprintf(text, size, "its template has a second thread");
	else
		say_error(error->code, text, size);
}

/* Of a start that libspawn refused, what libspawn says of it. */
static void say_start(const struct libspawn_error *error,
		      const struct libspawn_worker_how *how, char *text,
		      size_t size)
{
	const char *program =
		how && how->program ? how->program : "/proc/self/exe";

	libspawn_explain(text, size, error, program, how ? how->argv : NULL,
			 how ? how->options : NULL);
}

size_t libspawn_worker_explain(char *text, size_t size,
			       const struct libspawn_error *error,
			       const char *function,
			       const struct libspawn_worker_how *how)
{
	int saved_errno = errno;
	char reason[1024];
	int length;

	if (!error)
		return (size_t)snprintf(text, size, "no error");
	if (error->step < LIBSPAWN_WORKER_STEP_HOW) {
		say_start(error, how, reason, sizeof reason);
		length = snprintf(text, size, "worker '%s': %s",
				  function ? function : "", reason);
	} else {
		say_step(error, reason, sizeof reason);
		length = snprintf(text, size, "worker '%s': %s: %s",
				  function ? function : "",
				  name_of_step(error->step), reason);
	}
	errno = saved_errno;
	return length < 0 ? 0 : (size_t)length;
}
