/* SPDX-License-Identifier: MIT */
/*
 * Opens and closes the descriptors that live for one start. All are close-on-
 * exec and above 2 from birth (hazard 9). Nothing of the caller's is closed or
 * changed here; on failure nothing that was opened stays open.
 */
#define _GNU_SOURCE
#include "ends/ends.h"

#include <string.h>
#include <unistd.h>

#include "backend/descriptor.h"
#include "child/every_start.h"
#include "ends/collide.h"
#include "ends/pty.h"
#include "ends/reserve.h"

/* ---- Pipes and terminals ----------------------------------------------- */

/*
 * Of both sides of each row, the copies, and another list of namespaces; before
 * what is kept has become rows too, and after.
 */
static size_t fds_bytes(const struct libspawn_options *options)
{
	return arena_round(sizeof(int32_t) *
			   (2 * (size_t)libspawn__row_count(options) +
			    FIELD_COPIES +
			    2 * (size_t)options->namespace_count));
}

size_t libspawn__ends_bytes(const struct libspawn_options *options)
{
	return fds_bytes(options) +
	       libspawn__collide_bytes(libspawn__row_count(options));
}

/* Writes both, or neither. */
static int make_pipe_ends(int32_t *child_fd, int32_t *parent_fd,
			  int child_reads)
{
	int ends[2];
	int code = libspawn__descriptor_pipe(ends);

	if (code < 0)
		return code;
	*child_fd = ends[!child_reads];
	*parent_fd = ends[child_reads];
	return 0;
}

/* Both are alike. */
static int make_socket_ends(struct ends *ends, uint32_t n)
{
	int pair[2];
	int code = libspawn__descriptor_sockets(pair);

	if (code < 0)
		return code;
	ends->child_fds[n] = pair[0];
	ends->parent_fds[n] = pair[1];
	return 0;
}

static int make_terminal_ends(struct ends *ends,
			      const struct libspawn_options *options,
			      uint32_t n)
{
	int code =
		libspawn__pty_open(&ends->child_fds[n], &ends->parent_fds[n]);

	if (code < 0)
		return code;
	return libspawn__window_set(ends->child_fds[n], options);
}

/* Makes what one row needs; 0 for the kinds that need nothing. */
static int make_ends(struct ends *ends, const struct libspawn_options *options,
		     uint32_t n)
{
	const struct libspawn_fd *row = &options->fds[n];

	switch (row->kind) {
	case LIBSPAWN_FD_PTY: return make_terminal_ends(ends, options, n);
	case LIBSPAWN_FD_SOCKET: return make_socket_ends(ends, n);
	case LIBSPAWN_FD_PIPE_READ:
	case LIBSPAWN_FD_PIPE_WRITE:
		return make_pipe_ends(&ends->child_fds[n], &ends->parent_fds[n],
				      row->kind == LIBSPAWN_FD_PIPE_READ);
	default: return 0;
	}
}

/* ---- All of them ------------------------------------------------------- */

static void take_memory(struct ends *ends,
			const struct libspawn_options *options,
			struct arena *arena)
{
	const size_t bytes = fds_bytes(options);

	ends->count = options->fd_count;
	ends->copy_count = FIELD_COPIES + options->namespace_count;
	ends->child_fds = arena_take(arena, bytes);
	ends->parent_fds = ends->child_fds + ends->count;
	ends->copies = ends->parent_fds + ends->count;
	ends->namespaces = ends->copies + ends->copy_count;
	memset(ends->child_fds, 0xff, bytes); /* -1: not open */
}

IF_ASKED static int open_asked(struct ends *ends, struct request *request,
			       struct arena *arena, struct failure *failure)
{
	struct libspawn_options *options = &request->options;
	int code = 0;
	uint32_t n;

	take_memory(ends, options, arena);
	for (n = 0; n < ends->count && code == 0; n++) {
		code = make_ends(ends, options, n);
		libspawn__reserve_move_down(&ends->child_fds[n]);
		if (code < 0)
			libspawn__refuse(failure, LIBSPAWN_STEP_FD, (int32_t)n,
					 -code);
	}
	if (code == 0)
		code = libspawn__collide_resolve(ends, request, arena, failure);
	if (code < 0)
		libspawn__ends_close(ends);
	request->made_fds = ends->child_fds;
	request->init_fd = ends->copies[COPY_INIT];
	return code;
}

/* A bare request names no descriptor, so none can be in its way. */
EVERY_START int libspawn__ends_open(struct ends *ends, struct request *request,
				    struct arena *arena,
				    struct failure *failure)
{
	if (request->is_bare)
		return 0;
	return open_asked(ends, request, arena, failure);
}

/* Closes what was opened: all else is below 0. */
static void close_open(const int32_t *fds, uint32_t count)
{
	uint32_t n;

	for (n = 0; n < count; n++)
		if (fds[n] >= 0)
			libspawn__reserve_close(fds[n]);
}

/* Copies are closed too: the child has long had its own. */
EVERY_START void libspawn__ends_deliver(struct ends *ends,
					const struct request *request)
{
	const struct libspawn_fd *rows = request->options.fds;
	uint32_t n;

	for (n = 0; n < ends->count; n++)
		if (ends->parent_fds[n] >= 0)
			*rows[n].parent_end = ends->parent_fds[n];
	close_open(ends->child_fds, ends->count);
	close_open(ends->copies, ends->copy_count);
}

void libspawn__ends_close(struct ends *ends)
{
	close_open(ends->child_fds, 2 * ends->count);
	close_open(ends->copies, ends->copy_count);
}
