/* SPDX-License-Identifier: MIT */
/*
 * Turns an error into a sentence. It looks at what the caller asked for, at
 * the program (program.c) and at limits (figures.c). It changes nothing,
 * allocates nothing, and takes neither error nor options for true: they may
 * not be of the same call.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include <libspawn.h>

#include "calm.h"
#include "request/options.h"
#include "tell/asked.h"
#include "tell/figures.h"
#include "tell/program.h"
#include "tell/sandbox_sentences.h"

enum { SUBJECT_SIZE = 512, REASON_SIZE = 1536 };

/* ---- What failed ------------------------------------------------------- */

/* What a row makes, in a word; "?" for a number that is no kind. */
static const char *fd_kind_name(uint32_t kind)
{
	static const char *const names[] = {
		[LIBSPAWN_FD_FROM] = "copy",
		[LIBSPAWN_FD_SAME] = "same",
		[LIBSPAWN_FD_OPEN] = "open",
		[LIBSPAWN_FD_NULL] = "/dev/null",
		[LIBSPAWN_FD_PIPE_READ] = "new pipe",
		[LIBSPAWN_FD_PIPE_WRITE] = "new pipe",
		[LIBSPAWN_FD_PTY] = "new terminal",
		[LIBSPAWN_FD_CLOSE] = "close",
		[LIBSPAWN_FD_SOCKET] = "new socket",
		[LIBSPAWN_FD_SKIP] = "skip",
		[LIBSPAWN_FD_NULL_READ] = "/dev/null",
	};

	return kind > 0 && kind < sizeof names / sizeof names[0] ? names[kind]
								 : "?";
}

/* As with snprintf(), what does not fit is cut. */
static void describe_row(const struct libspawn_fd *row, int32_t index,
			 char *text, size_t size)
{
	if (row->kind == LIBSPAWN_FD_OPEN && row->path)
		snprintf(text, size, "fds[%d]: descriptor %d from '%s'",
			 (int)index, (int)row->child_fd, row->path);
	else if (row->kind == LIBSPAWN_FD_FROM)
		snprintf(text, size, "fds[%d]: descriptor %d from %d",
			 (int)index, (int)row->child_fd, (int)row->parent_fd);
	else
		snprintf(text, size, "fds[%d]: descriptor %d (%s)", (int)index,
			 (int)row->child_fd, fd_kind_name(row->kind));
}

/* The path the failed step was about, or NULL where it had none. */
static const char *path_of(const struct asked *asked)
{
	const struct libspawn_options *options = asked->options;

	switch (asked->error->step) {
	case LIBSPAWN_STEP_MOUNT:
		return libspawn__sandbox_sentences_path(asked);
	case LIBSPAWN_STEP_EXEC: return asked->program;
	case LIBSPAWN_STEP_CWD: return options ? options->cwd : NULL;
	case LIBSPAWN_STEP_CHROOT: return options ? options->root : NULL;
	default: return NULL;
	}
}

/* An index is believed only if these options have such a row. */
static int has_row(const struct asked *asked)
{
	const struct libspawn_error *error = asked->error;

	return error->step == LIBSPAWN_STEP_FD && asked->options &&
	       error->index >= 0 &&
	       (uint32_t)error->index < asked->options->fd_count;
}

/* The same of what is kept, which is numbered behind the rows. */
static int is_kept(const struct asked *asked)
{
	const struct libspawn_error *error = asked->error;

	return error->step == LIBSPAWN_STEP_FD && asked->options &&
	       error->index >= (int32_t)asked->options->fd_count &&
	       (uint32_t)error->index < libspawn__row_count(asked->options);
}

/* Only if it is kept. */
static int32_t kept_fd_of(const struct asked *asked)
{
	const struct libspawn_options *options = asked->options;

	return options
		->keep_fds[(uint32_t)asked->error->index - options->fd_count];
}

/* "cwd '/nope'", "fds[1]: descriptor 3 from 9", "rlimit[0]" */
static void describe_subject(const struct asked *asked, char *text, size_t size)
{
	const struct libspawn_error *error = asked->error;
	const char *name = libspawn_step_name(error->step);
	const char *path = path_of(asked);

	if (is_kept(asked))
		snprintf(
			text, size, "keep_fds[%d]: descriptor %d",
			(int)(error->index - (int32_t)asked->options->fd_count),
			(int)kept_fd_of(asked));
	else if (libspawn__sandbox_sentences_describe(asked, text, size))
		return;
	else if (has_row(asked))
		describe_row(&asked->options->fds[error->index], error->index,
			     text, size);
	else if (path)
		snprintf(text, size, "%s '%s'", name, path);
	else if (error->index >= 0 && error->step != LIBSPAWN_STEP_EXEC)
		snprintf(text, size, "%s[%d]", name, (int)error->index);
	else
		snprintf(text, size, "%s", name);
}

/* ---- Why it failed ----------------------------------------------------- */

/* strerror_r() has two forms, which differ in what they return. */
static const char *text_of_posix(int failed, const char *buffer)
{
	return failed ? "unknown error" : buffer;
}

static const char *text_of_gnu(const char *text, const char *buffer)
{
	(void)buffer;
	return text;
}

#define TEXT_OF_ERROR(code, buffer, size)                                      \
	_Generic(strerror_r(code, buffer, size),                              \
		int: text_of_posix,                                           \
		char *: text_of_gnu)(strerror_r(code, buffer, size), buffer)

/* strerror() itself may share its buffer between threads. */
static void describe_code(int code, char *text, size_t size)
{
	char buffer[128];

	snprintf(text, size, "%s", TEXT_OF_ERROR(code, buffer, sizeof buffer));
}

/* The most telling reason first; the words for the errno are the last. */
static void explain_code(const struct asked *asked, char *text, size_t size)
{
	const struct libspawn_error *error = asked->error;
	const char *backend = libspawn_backend_name(error->backend);
	size_t length;

	if (libspawn__program_explain(asked, text, size))
		return;
	if (error->step == LIBSPAWN_STEP_DIED && error->signal)
		snprintf(text, size, "killed by signal %d", (int)error->signal);
	else if (error->code == ENOTSUP && error->backend)
		snprintf(text, size, "the %s backend can't do this here",
			 backend);
	else
		describe_code(error->code, text, size);
	length = strlen(text);
	libspawn__program_add(asked, text + length, size - length);
	if (text[length] == '\0')
		libspawn__figures_add(asked, text + length, size - length);
}

/* A missing program may be missing in the new directory or root only. */
static const char *place_of(const struct asked *asked)
{
	const struct libspawn_options *options = asked->options;

	if (!options || asked->error->step != LIBSPAWN_STEP_EXEC)
		return "";
	if (options->root)
		return " (in the new root)";
	if (options->cwd && asked->program && asked->program[0] != '/')
		return " (seen from the new cwd)";
	return "";
}

/* ---- The calls --------------------------------------------------------- */

/* Of several paths the one that was blamed, if these options have it. */
static const char *program_of(const struct asked *asked)
{
	char *const *paths =
		asked->options ? asked->options->search_paths : NULL;
	int32_t n = 0;

	while (paths && paths[n] && n < asked->error->index)
		n++;
	return paths && paths[n] ? paths[n] : asked->program;
}

/* What of options is not of a size that can be is left out; copy holds it. */
static struct asked ask_about(struct libspawn_options *copy,
			      const struct libspawn_error *error,
			      const char *program,
			      const struct libspawn_options *options)
{
	struct asked asked = { .error = error, .program = program };

	if (options && libspawn__options_copy(copy, options) == 0)
		asked.options = copy;
	if (error->step == LIBSPAWN_STEP_EXEC)
		asked.program = program_of(&asked);
	return asked;
}

size_t libspawn_explain(char *text, size_t size,
			const struct libspawn_error *error, const char *program,
			char *const argv[],
			const struct libspawn_options *options)
{
	struct libspawn_options copy;
	struct asked asked;
	char subject[SUBJECT_SIZE];
	char reason[REASON_SIZE];
	struct calm calm;
	int length;

	if (!error)
		return (size_t)snprintf(text, size, "no error");
	calm_begin(&calm);
	asked = ask_about(&copy, error, program, options);
	asked.argv = argv;
	describe_subject(&asked, subject, sizeof subject);
	explain_code(&asked, reason, sizeof reason);
	length = snprintf(text, size, "%s: %s%s", subject, reason,
			  place_of(&asked));
	calm_end(&calm);
	return length < 0 ? 0 : (size_t)length;
}

const char *libspawn_error_path(const struct libspawn_error *error,
				const char *program,
				const struct libspawn_options *options)
{
	struct libspawn_options copy;
	struct asked asked;

	if (!error)
		return NULL;
	asked = ask_about(&copy, error, program, options);
	if (has_row(&asked))
		return copy.fds[error->index].path;
	return path_of(&asked);
}
