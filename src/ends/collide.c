/* SPDX-License-Identifier: MIT */
/*
 * Where the caller's numbers and the library's own descriptors collide: a
 * descriptor that the table would overwrite before it is used is copied out of
 * the way, and a number that is open only because it is ours is refused.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "backend/descriptor.h"
#include "ends/collide.h"
#include "ends/first.h"
#include "ends/reserve.h"

/* ---- Copies ------------------------------------------------------------ */

/* A row that maps a number to itself overwrites nothing. */
static int is_inherited(const struct libspawn_fd *row)
{
	return row->kind == LIBSPAWN_FD_FROM && row->parent_fd == row->child_fd;
}

/* Whether the table puts something else there. */
static int is_target(const struct request *request, int32_t fd)
{
	const struct libspawn_fd wanted = { .child_fd = fd };
	const struct libspawn_fd *row =
		libspawn__sorted_find(&request->rows, &wanted);

	return row && !is_inherited(row);
}

/* A copy of *fd on a number that the table leaves alone. */
static int copy_away(const struct request *request, int32_t *fd)
{
	int copy = libspawn__descriptor_copy_beside(
		*fd, STDERR_FILENO + 1, request->targets, request->rows.count);

	if (copy >= 0)
		*fd = copy;
	return copy;
}

#define FD_FIELD(flag, name, step, copy)                                       \
	{                                                                      \
		LIBSPAWN_##flag, offsetof(struct libspawn_options, name),      \
			LIBSPAWN_STEP_##step, copy                             \
	}

/*
 * The descriptors among the options. What the child uses after the table has
 * been applied is copied; terminal and cgroup come before it.
 */
static const struct fd_field {
	uint64_t flag;
	uint16_t offset;
	uint8_t step;
	int8_t copy; /* its place among the copies, or -1 */
} fd_fields[] = {
	FD_FIELD(TERMINAL_FD, terminal_fd, TERMINAL, -1),
	FD_FIELD(CGROUP_FD, cgroup_fd, CGROUP, -1),
	FD_FIELD(CWD_FD, cwd_fd, CWD, COPY_CWD),
	FD_FIELD(LANDLOCK_FD, landlock_fd, LANDLOCK, COPY_LANDLOCK),
	FD_FIELD(PROGRAM_FD, program_fd, EXEC, COPY_PROGRAM),
};

enum { FD_FIELDS = sizeof fd_fields / sizeof fd_fields[0] };

static int32_t *field_of(struct libspawn_options *options,
			 const struct fd_field *field)
{
	return (int32_t *)(void *)((char *)options + field->offset);
}

/* The caller's list stays as it is: the options get one of ours. */
static int copy_namespaces(struct ends *ends, struct request *request,
			   struct failure *failure)
{
	struct libspawn_options *options = &request->options;
	uint32_t n;

	for (n = 0; n < options->namespace_count; n++) {
		int32_t *fd = &ends->namespaces[n];
		int copy;

		*fd = options->namespaces[n];
		if (!is_target(request, *fd))
			continue;
		copy = copy_away(request, fd);
		if (copy < 0)
			return libspawn__refuse(failure,
						LIBSPAWN_STEP_NAMESPACE,
						(int32_t)n, -copy);
		ends->copies[FIELD_COPIES + n] = copy;
	}
	options->namespaces = ends->namespaces;
	return 0;
}

static int copy_fields(struct ends *ends, struct request *request,
		       struct failure *failure)
{
	struct libspawn_options *options = &request->options;
	size_t n;

	for (n = 0; n < FD_FIELDS; n++) {
		const struct fd_field *field = &fd_fields[n];
		int32_t *fd = field_of(options, field);
		int copy;

		if (!(options->flags & field->flag) || field->copy < 0 ||
		    !is_target(request, *fd))
			continue;
		copy = copy_away(request, fd);
		if (copy < 0)
			return libspawn__refuse(failure, field->step, -1,
						-copy);
		ends->copies[field->copy] = copy;
	}
	return 0;
}

/* On a number that the table leaves alone, too: it is used after that. */
static int open_init(struct ends *ends, struct request *request,
		     struct failure *failure)
{
	const struct libspawn_options *options = &request->options;
	int32_t made;
	int32_t fd;

	if (!HAS(INIT))
		return 0;
	made = fd = libspawn__first_open();
	if (made >= 0 && is_target(request, made)) {
		fd = copy_away(request, &fd);
		libspawn__descriptor_close(made);
	}
	if (fd < 0)
		return libspawn__refuse(failure, LIBSPAWN_STEP_INIT, -1, -fd);
	ends->copies[COPY_INIT] = fd;
	return 0;
}

/* ---- What must not be ours --------------------------------------------- */

static int compare_fds(const void *a, const void *b)
{
	return compare_numbers(*(const int32_t *)a, *(const int32_t *)b);
}

size_t libspawn__collide_bytes(uint32_t rows)
{
	return arena_round(libspawn__sorted_bytes(2 * rows));
}

/* Both sides of all pipes and terminals. */
static void sort_own(struct sorted *own, const struct ends *ends,
		     struct arena *arena)
{
	const uint32_t count = 2 * ends->count;
	uint32_t n;

	libspawn__sorted_begin(own,
			       arena_take(arena, libspawn__sorted_bytes(count)),
			       compare_fds);
	for (n = 0; n < count; n++)
		if (ends->child_fds[n] >= 0)
			libspawn__sorted_add(own, &ends->child_fds[n]);
	libspawn__sorted_finish(own);
}

/*
 * Hazard 9: a number that the caller wrote down and that is now one of ours
 * was not open then, or is kept for us. A field may have its own copy by now.
 */
static int is_own(const struct ends *ends, const struct sorted *own, int32_t fd,
		  int32_t its_copy)
{
	int32_t n;

	for (n = 0; n < (int32_t)ends->copy_count; n++)
		if (n != its_copy && ends->copies[n] == fd)
			return 1;
	return libspawn__sorted_find(own, &fd) != NULL ||
	       libspawn__reserve_has(fd);
}

/* Before copies take the place of some of these, and again of all after. */
static int check_fields(const struct ends *ends, const struct sorted *own,
			struct libspawn_options *options,
			struct failure *failure)
{
	uint32_t n;

	for (n = 0; n < FD_FIELDS; n++)
		if (options->flags & fd_fields[n].flag &&
		    is_own(ends, own, *field_of(options, &fd_fields[n]),
			   fd_fields[n].copy))
			return libspawn__refuse(failure, fd_fields[n].step, -1,
						EBADF);
	for (n = 0; n < options->namespace_count; n++)
		if (is_own(ends, own, options->namespaces[n],
			   FIELD_COPIES + (int32_t)n))
			return libspawn__refuse(failure,
						LIBSPAWN_STEP_NAMESPACE,
						(int32_t)n, EBADF);
	return 0;
}

static int check_rows(const struct ends *ends, const struct sorted *own,
		      const struct libspawn_options *options,
		      struct failure *failure)
{
	uint32_t n;

	for (n = 0; n < options->fd_count; n++)
		if (options->fds[n].kind == LIBSPAWN_FD_FROM &&
		    is_own(ends, own, options->fds[n].parent_fd, -1))
			return libspawn__refuse(failure, LIBSPAWN_STEP_FD,
						(int32_t)n, EBADF);
	return 0;
}

int libspawn__collide_resolve(struct ends *ends, struct request *request,
			      struct arena *arena, struct failure *failure)
{
	struct libspawn_options *options = &request->options;
	struct sorted own;
	int code;

	sort_own(&own, ends, arena);
	code = check_fields(ends, &own, options, failure);
	if (code == 0)
		code = copy_fields(ends, request, failure);
	if (code == 0)
		code = copy_namespaces(ends, request, failure);
	if (code == 0)
		code = open_init(ends, request, failure);
	if (code == 0)
		code = check_fields(ends, &own, options, failure);
	if (code == 0)
		code = check_rows(ends, &own, options, failure);
	return code;
}
