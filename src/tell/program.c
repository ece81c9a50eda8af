/* SPDX-License-Identifier: MIT */
/*
 * Why a program that is there was not executed: looks at it, at the interpreter
 * its first line names, at that one's loader, and so on, as far as the kernel
 * would go. Says nothing where it finds nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tell/format.h"
#include "tell/holder.h"
#include "tell/look.h"
#include "tell/program.h"
#include "tell/search.h"

/* The kernel follows as many interpreters of interpreters; execve(2). */
enum { DEPTH_MAX = 6, WHO_SIZE = 832 };

struct chain {
	const struct asked *asked;
	char who[WHO_SIZE]; /* "it", "its loader '/lib/ld.so'" */
	char path[512];
	int depth;
	struct base place;
	int perhaps; /* the text holds a guess, for want of better */
};

/* A script of Windows: the CR is part of the interpreter's name. */
static void say_missing(const struct chain *chain, char *text, size_t size)
{
	const size_t length = strlen(chain->path);

	if (length && chain->path[length - 1] == '\r')
		snprintf(text, size,
			 "its first line ends in CR LF, as on Windows: there "
			 "is no interpreter '%.*s' with a CR at its end",
			 (int)length - 1, chain->path);
	else
		snprintf(text, size, "%s does not exist", chain->who);
}

/* 1 and the first directory on the way that not everybody may search. */
static int find_closed(const struct chain *chain, char *way, mode_t *mode)
{
	const char *end = chain->path;
	struct stat stat;

	while ((end = strchr(end + 1, '/')) != NULL) {
		snprintf(way, sizeof chain->path, "%.*s",
			 (int)(end - chain->path), chain->path);
		if (libspawn__look_stat(&chain->place, way, &stat) != 0)
			return 0;
		*mode = stat.st_mode & 07777;
		if ((*mode & 0111) != 0111)
			return 1;
	}
	return 0;
}

/* The user who was refused is perhaps not the one who looks. */
static int say_closed(const struct chain *chain, const struct sight *sight,
		      char *text, size_t size)
{
	char way[sizeof chain->path];
	mode_t mode;

	if (find_closed(chain, way, &mode)) {
		snprintf(text, size,
			 "perhaps its user may not search the directory '%s' "
			 "(mode %04o)",
			 way, (unsigned)mode);
		return 1;
	}
	if (sight->code || (sight->stat.st_mode & 0111) == 0111)
		return 0;
	snprintf(text, size,
		 "perhaps its user may not execute it: %s has mode %04o and "
		 "belongs to user %u, group %u",
		 chain->who, (unsigned)(sight->stat.st_mode & 07777),
		 (unsigned)sight->stat.st_uid, (unsigned)sight->stat.st_gid);
	return 1;
}

/* What forbids everybody to execute it. */
static int say_denied(const struct chain *chain, const struct sight *sight,
		      char *text, size_t size)
{
	const mode_t mode = sight->stat.st_mode;

	if (S_ISDIR(mode))
		snprintf(text, size, "%s is a directory", chain->who);
	else if (!S_ISREG(mode))
		snprintf(text, size, "%s is not a regular file", chain->who);
	else if (!(mode & 0111))
		snprintf(text, size, "%s is not executable (mode %04o)",
			 chain->who, (unsigned)(mode & 07777));
	else if (libspawn__look_noexec(sight))
		snprintf(text, size,
			 "%s is on a file system mounted with noexec",
			 chain->who);
	else
		return 0;
	return 1;
}

/* By the name of a descriptor, of which its interpreter finds nothing. */
static int say_closed_script(const struct chain *chain,
			     const struct sight *sight, char *text, size_t size)
{
	const struct libspawn_options *options = chain->asked->options;

	if (chain->depth || sight->head[0] != '#' || !options ||
	    !(options->flags & LIBSPAWN_PROGRAM_FD) ||
	    fcntl(options->program_fd, F_GETFD) != FD_CLOEXEC)
		return 0;
	snprintf(text, size,
		 "it is a script, and its descriptor %d is closed before its "
		 "interpreter could read it",
		 (int)options->program_fd);
	return 1;
}

static int say_of_file(const struct chain *chain, const struct sight *sight,
		       char *text, size_t size)
{
	switch (chain->asked->error->code) {
	case EACCES: return say_denied(chain, sight, text, size);
	case ENOENT: return say_closed_script(chain, sight, text, size);
	default: return libspawn__format_explain(chain->who, sight, text, size);
	}
}

/* 1, and the chain is at what shall run this file; or 0. */
static int go_on(struct chain *chain, const struct sight *sight)
{
	char next[HEAD_SIZE + 1];
	const char *kind = libspawn__format_runner(sight, next, sizeof next);

	if (!kind)
		return 0;
	if (chain->depth)
		snprintf(chain->who, sizeof chain->who, "the %s '%s' of '%s'",
			 kind, next, chain->path);
	else
		snprintf(chain->who, sizeof chain->who, "its %s '%s'", kind,
			 next);
	snprintf(chain->path, sizeof chain->path, "%s", next);
	chain->depth++;
	libspawn__look_done(&chain->place);
	libspawn__look_from(&chain->place, chain->asked, chain->path);
	return 1;
}

/* A file of which nothing is known that would run it, and ENOENT. */
static int say_at_end(const struct chain *chain, const struct sight *sight,
		      char *text, size_t size)
{
	const int code = chain->asked->error->code;

	if (code != ENOENT || sight->code || memcmp(sight->head, "\177ELF", 4))
		return 0;
	snprintf(text, size,
		 "%s exists, but perhaps its loader or a file like it does not",
		 chain->depth ? chain->who : "the file");
	return 1;
}

/* 1 when it has said something, 0 at the end, -1 to look at the next. */
static int look_once(struct chain *chain, char *text, size_t size)
{
	struct sight sight;
	int said = 0;

	if (chain->place.fd < 0 && chain->place.fd != AT_FDCWD)
		return 0;
	libspawn__look_open(&sight, &chain->place, chain->path);
	if (chain->asked->error->code == EACCES && !chain->perhaps)
		chain->perhaps = say_closed(chain, &sight, text, size);
	if (sight.code && chain->depth && chain->asked->error->code == ENOENT) {
		if (sight.code == ENOENT)
			say_missing(chain, text, size);
		said = sight.code == ENOENT;
	} else if (!sight.code) {
		said = say_of_file(chain, &sight, text, size);
		if (!said && go_on(chain, &sight))
			said = -1;
	}
	if (!said)
		said = say_at_end(chain, &sight, text, size);
	libspawn__look_close(&sight);
	return said;
}

/* Where the program was, as far as it is known. */
static int find_path(const struct asked *asked, char *path, size_t size)
{
	const struct libspawn_options *options = asked->options;
	const char *program = asked->program;
	int length;

	if (options && options->flags & LIBSPAWN_PROGRAM_FD)
		length = snprintf(path, size, "/proc/self/fd/%d",
				  (int)options->program_fd);
	else if (!program)
		return 0;
	else if (options && options->search &&
		 options->search != LIBSPAWN_SEARCH_PATHS &&
		 !strchr(program, '/'))
		return libspawn__search_path(asked, path, size);
	else
		length = snprintf(path, size, "%s", program);
	return length > 0 && (size_t)length < size;
}

/* A program that was searched for is named by where it was found. */
static int begin(struct chain *chain, const struct asked *asked)
{
	const struct libspawn_options *options = asked->options;
	const int is_fd = options && options->flags & LIBSPAWN_PROGRAM_FD;

	if ((is_fd && options->root) ||
	    !find_path(asked, chain->path, sizeof chain->path))
		return 0;
	if (!is_fd && strcmp(chain->path, asked->program) != 0)
		snprintf(chain->who, sizeof chain->who, "'%s'", chain->path);
	return libspawn__look_from(&chain->place, asked, chain->path);
}

/* Either a link leads to itself, or an interpreter is a script once too often.
 */
static void add_loop(const struct chain *chain, char *text, size_t size)
{
	char target[256] = "";
	struct stat stat;

	if (libspawn__look_stat(&chain->place, chain->path, &stat) == 0)
		snprintf(text, size,
			 " (its interpreter is a script, and so is that one's, "
			 "and so on)");
	else if (!chain->place.is_root &&
		 readlinkat(chain->place.fd, chain->path, target,
			    sizeof target - 1) > 0)
		snprintf(text, size, " (it is a link to '%s')", target);
}

/* What is to be seen of the file, besides the words for the errno. */
void libspawn__program_add(const struct asked *asked, char *text, size_t size)
{
	struct chain chain = { .asked = asked, .place = { .fd = -1 } };
	const int code = asked->error->code;
	struct stat stat;

	if (asked->error->step != LIBSPAWN_STEP_EXEC ||
	    (code != ETXTBSY && code != ELOOP))
		return;
	if (begin(&chain, asked)) {
		if (code == ELOOP)
			add_loop(&chain, text, size);
		else if (libspawn__look_stat(&chain.place, chain.path, &stat) ==
			 0)
			libspawn__holder_add(&stat, text, size);
	}
	libspawn__look_done(&chain.place);
}

/* 1 if it has said what is wrong. */
int libspawn__program_explain(const struct asked *asked, char *text,
			      size_t size)
{
	struct chain chain = { .asked = asked,
			       .who = "it",
			       .place = { .fd = -1 } };
	const int code = asked->error->code;
	int said = -1;

	if (code != EACCES && code != ENOENT && code != ENOEXEC)
		return 0;
	if (asked->error->step != LIBSPAWN_STEP_EXEC || !begin(&chain, asked))
		return 0;
	while (said < 0 && chain.depth < DEPTH_MAX)
		said = look_once(&chain, text, size);
	libspawn__look_done(&chain.place);
	return said > 0 || chain.perhaps;
}
