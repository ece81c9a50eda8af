/* SPDX-License-Identifier: MIT */
/*
 * Turns an error into a sentence. It looks at what the caller asked for and,
 * where a program is there and yet was not found, at the program. It changes
 * nothing, allocates nothing, and takes neither error nor options for true:
 * they may not be of the same call.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libspawn.h>

#include "request/options.h"

enum { SUBJECT_SIZE = 512, HEAD_SIZE = 256 };

struct asked {
	const struct libspawn_error *error;
	const char *program;
	char *const *argv;
	const struct libspawn_options *options;
};

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

/* "cwd '/nope'", "fds[1]: descriptor 3 from 9", "rlimit[0]" */
static void describe_subject(const struct asked *asked, char *text, size_t size)
{
	const struct libspawn_error *error = asked->error;
	const char *name = libspawn_step_name(error->step);
	const char *path = path_of(asked);

	if (has_row(asked))
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

/*
 * What is read ends in a NUL, also after an error. O_NONBLOCK: the path may be
 * that of a FIFO, and open() would wait for a writer.
 */
static ssize_t read_head(const char *path, char *head, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t length = -1;

	if (fd >= 0) {
		length = read(fd, head, size - 1);
		close(fd);
	}
	head[length > 0 ? length : 0] = '\0';
	return length;
}

/* The interpreter named in a script's first line, cut out of it; or NULL. */
static char *script_interpreter(char *head)
{
	char *name = head + 2;

	if (head[0] != '#' || head[1] != '!')
		return NULL;
	name += strspn(name, " \t");
	name[strcspn(name, " \t\r\n")] = '\0';
	return *name ? name : NULL;
}

/* Whether the program's name means to the caller what it meant to the child. */
static int is_seen_from_here(const struct asked *asked)
{
	const struct libspawn_options *options = asked->options;
	const char *program = asked->program;

	if (!program || !options)
		return program != NULL;
	if (options->root || options->flags & LIBSPAWN_PROGRAM_FD)
		return 0;
	if (options->search && !strchr(program, '/'))
		return 0;
	return program[0] == '/' ||
	       !(options->cwd || options->flags & LIBSPAWN_CWD_FD);
}

/*
 * ENOENT for a file that is there means that what shall run it is not: the
 * interpreter of a script, or the loader of a dynamic program.
 */
static int explain_missing(const struct asked *asked, char *text, size_t size)
{
	char head[HEAD_SIZE];
	char *interpreter;

	if (asked->error->step != LIBSPAWN_STEP_EXEC ||
	    asked->error->code != ENOENT || !is_seen_from_here(asked) ||
	    read_head(asked->program, head, sizeof head) <= 0)
		return 0;
	interpreter = script_interpreter(head);
	if (interpreter)
		snprintf(text, size, "its interpreter '%s' does not exist",
			 interpreter);
	else
		snprintf(text, size,
			 "the file exists, but its loader does not");
	return 1;
}

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

	if (explain_missing(asked, text, size))
		return;
	if (error->step == LIBSPAWN_STEP_DIED && error->signal)
		snprintf(text, size, "killed by signal %d", (int)error->signal);
	else if (error->code == ENOTSUP && error->backend)
		snprintf(text, size, "the %s backend can't do this here",
			 backend);
	else
		describe_code(error->code, text, size);
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

size_t libspawn_explain(char *text, size_t size,
			const struct libspawn_error *error, const char *program,
			char *const argv[],
			const struct libspawn_options *options)
{
	struct libspawn_options copy;
	int has_options =
		options && libspawn__options_copy(&copy, options) == 0;
	const struct asked asked = { error, program, argv,
				     has_options ? &copy : NULL };
	char subject[SUBJECT_SIZE];
	char reason[SUBJECT_SIZE];
	int saved_errno = errno;
	int length;

	if (!error)
		return (size_t)snprintf(text, size, "no error");
	describe_subject(&asked, subject, sizeof subject);
	explain_code(&asked, reason, sizeof reason);
	length = snprintf(text, size, "%s: %s%s", subject, reason,
			  place_of(&asked));
	errno = saved_errno;
	return length < 0 ? 0 : (size_t)length;
}
