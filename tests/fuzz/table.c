/* SPDX-License-Identifier: MIT */
/* The part of the fuzzer's model that is about descriptors. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#include "model.h"

static int makes_end(const struct libspawn_fd *row)
{
	return row->kind == LIBSPAWN_FD_PIPE_READ ||
	       row->kind == LIBSPAWN_FD_PIPE_WRITE ||
	       row->kind == LIBSPAWN_FD_SOCKET || row->kind == LIBSPAWN_FD_PTY;
}

static const char *fault_in_unused(const struct libspawn_fd *row)
{
	if (row->kind != LIBSPAWN_FD_FROM && row->parent_fd)
		return "parent_fd of no use";
	if (row->kind != LIBSPAWN_FD_SAME && row->entry)
		return "entry of no use";
	if (row->kind != LIBSPAWN_FD_OPEN &&
	    (row->open_flags || row->open_mode || row->path))
		return "path of no use";
	if (!makes_end(row) && row->parent_end)
		return "end of no use";
	return row->spare[0] || row->spare[1] ? "spare" : NULL;
}

/* A row by itself. */
static const char *fault_in_row(const struct libspawn_fd *row,
				const struct fuzz_world *world)
{
	int has_number = row->kind != LIBSPAWN_FD_CLOSE;

	if (row->kind < LIBSPAWN_FD_FROM || row->kind > LIBSPAWN_FD_NULL_READ)
		return "no such kind";
	if (row->kind == LIBSPAWN_FD_SKIP)
		return fault_in_unused(row);
	if (row->child_fd < 0 || (has_number && row->child_fd >= FUZZ_FDS))
		return "no number for a descriptor";
	if (row->kind == LIBSPAWN_FD_FROM &&
	    (row->parent_fd < 0 || !world->fds[row->parent_fd].is_open))
		return "closed source";
	if (row->kind == LIBSPAWN_FD_OPEN &&
	    (!row->path || row->open_flags & O_CLOEXEC))
		return "nothing to open";
	if (row->kind == LIBSPAWN_FD_OPEN && !fuzz_identity_of(row->path).inode)
		return "no such file";
	if (makes_end(row) && !row->parent_end)
		return "nowhere to write the end";
	return fault_in_unused(row);
}

/* A row among the others. */
static const char *fault_among(const struct libspawn_options *o, uint32_t n)
{
	const struct libspawn_fd *row = &o->fds[n];
	uint32_t other;

	if (row->kind == LIBSPAWN_FD_SKIP)
		return NULL;
	for (other = 0; other < n; other++)
		if (o->fds[other].child_fd == row->child_fd &&
		    o->fds[other].kind != LIBSPAWN_FD_SKIP)
			return "two rows for one number";
	if (row->kind != LIBSPAWN_FD_SAME)
		return NULL;
	if (row->entry >= o->fd_count ||
	    o->fds[row->entry].kind == LIBSPAWN_FD_SAME ||
	    o->fds[row->entry].kind == LIBSPAWN_FD_CLOSE ||
	    o->fds[row->entry].kind == LIBSPAWN_FD_SKIP)
		return "copy of nothing";
	return NULL;
}

/* What a row puts somewhere, seen from before any of them has. */
static struct fuzz_expected_fd made_by(const struct libspawn_options *o,
				       uint32_t n,
				       const struct fuzz_world *world)
{
	const struct libspawn_fd *row = &o->fds[n];
	struct fuzz_expected_fd made = { .kind = FUZZ_FILE, .row = n };

	switch (row->kind) {
	case LIBSPAWN_FD_FROM:
		made.identity = world->fds[row->parent_fd].identity;
		break;
	case LIBSPAWN_FD_SAME: return made_by(o, row->entry, world);
	case LIBSPAWN_FD_OPEN:
		made.identity = fuzz_identity_of(row->path);
		break;
	case LIBSPAWN_FD_NULL_READ:
	case LIBSPAWN_FD_NULL: made.identity = world->null_device; break;
	case LIBSPAWN_FD_PTY: made.kind = FUZZ_TERMINAL; break;
	case LIBSPAWN_FD_CLOSE: made.kind = FUZZ_CLOSED; break;
	case LIBSPAWN_FD_SOCKET: made.kind = FUZZ_SOCKET; break;
	default: made.kind = FUZZ_PIPE;
	}
	return made;
}

/* What exec leaves open if there is no table. */
static void expect_inherited(struct fuzz_expectation *e,
			     const struct fuzz_world *world)
{
	const int all = (e->options.flags & LIBSPAWN_INHERIT_FDS) != 0;
	int fd;

	for (fd = 0; fd < FUZZ_FDS; fd++) {
		const struct fuzz_fd *here = &world->fds[fd];

		if (here->is_open && !here->is_cloexec && (fd < 3 || all)) {
			e->fds[fd].kind = FUZZ_FILE;
			e->fds[fd].identity = here->identity;
		}
	}
}

const char *fuzz_model_table(struct fuzz_expectation *e,
			     const struct fuzz_world *world)
{
	const struct libspawn_options *o = &e->options;
	const char *fault = NULL;
	uint32_t n;

	for (n = 0; n < o->fd_count && !fault; n++)
		fault = fault_in_row(&o->fds[n], world);
	for (n = 0; n < o->fd_count && !fault; n++)
		fault = fault_among(o, n);
	if (fault)
		return fault;
	expect_inherited(e, world);
	for (n = 0; n < o->fd_count; n++)
		if (o->fds[n].kind != LIBSPAWN_FD_SKIP &&
		    o->fds[n].child_fd < FUZZ_FDS)
			e->fds[o->fds[n].child_fd] = made_by(o, n, world);
	return NULL;
}
