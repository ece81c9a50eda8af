/* SPDX-License-Identifier: MIT */
/*
 * The options of a sandbox: namespaces made with the process, lines of their
 * maps of ids, rows of the mount table. A row or line that has no meaning is
 * named before anything is made.
 */
#define _GNU_SOURCE
#include "request/sandbox.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "request/rules.h"

/* sched_setscheduler(2), sched_setattr(2) */
#define RESET_ON_FORK 0x40000000
#define ATTR_RESET_ON_FORK 1u
#define DEADLINE 6 /* SCHED_DEADLINE: who has it has no children */

static int refuse_row(struct failure *failure, int32_t step, int32_t index)
{
	return libspawn__refuse(failure, step, index, EINVAL);
}

/* What needs a new namespace that is not asked for. */
static int check_needs(const struct libspawn_options *options,
		       struct failure *failure)
{
	const uint64_t made = options->new_namespaces;
	const struct rule rules[] = {
		{ LIBSPAWN_STEP_NEW_NAMESPACES,
		  EINVAL_IF(made & ~(NEW_NAMESPACES ^ NEW_TIME)) },
		{ LIBSPAWN_STEP_NEW_NAMESPACES,
		  EINVAL_IF(made & options->unshare) },
		{ LIBSPAWN_STEP_UID_MAP,
		  EINVAL_IF(!(made & NEW_USERS) &&
			    (HAS(OWN_IDS) || options->id_map_count)) },
		{ LIBSPAWN_STEP_UID_MAP,
		  EINVAL_IF(HAS(OWN_IDS) && options->id_map_count) },
		{ LIBSPAWN_STEP_UID_MAP,
		  EINVAL_IF(HAS(ID_HELPERS) && !options->id_map_count) },
		{ LIBSPAWN_STEP_SETGROUPS,
		  EINVAL_IF(!(made & NEW_USERS) && HAS(DENY_SETGROUPS)) },
		{ LIBSPAWN_STEP_MOUNT,
		  EINVAL_IF(!(new_namespaces(options) & NEW_MOUNTS) &&
			    options->mount_count) },
		{ LIBSPAWN_STEP_INIT,
		  EINVAL_IF(!(made & NEW_PIDS) && HAS(INIT)) },
		/* There are no groups but its own yet. */
		{ LIBSPAWN_STEP_PROCESS_GROUP,
		  EINVAL_IF(made & NEW_PIDS && options->process_group > 0) },
	};

	return RULES_CHECK(rules, failure);
}

/* What would be the tiny first process's, and not its child's. */
static int check_init(const struct libspawn_options *options,
		      struct failure *failure)
{
	const struct libspawn_sched_attr *sched = options->sched_attr;

	if (!HAS(INIT))
		return 0;
	if (options->sched_policy & RESET_ON_FORK)
		return refuse_row(failure, LIBSPAWN_STEP_SCHEDULER, -1);
	if (sched &&
	    (sched->flags & ATTR_RESET_ON_FORK || sched->policy == DEADLINE))
		return refuse_row(failure, LIBSPAWN_STEP_SCHED_ATTR, -1);
	return 0;
}

/* ---- Ids --------------------------------------------------------------- */

/* The id -1 stands for none. user_namespaces(7) */
static int is_line_whole(const struct libspawn_id_map *line)
{
	const uint32_t kinds = LIBSPAWN_ID_UID | LIBSPAWN_ID_GID;

	return line->kinds && !(line->kinds & ~kinds) && line->count > 0 &&
	       line->count <= UINT32_MAX - line->inside &&
	       line->count <= UINT32_MAX - line->outside && !line->spare[0] &&
	       !line->spare[1];
}

static int do_overlap(uint32_t a, uint32_t a_count, uint32_t b,
		      uint32_t b_count)
{
	return a < b ? b - a < a_count : a - b < b_count;
}

static int do_lines_overlap(const struct libspawn_id_map *a,
			    const struct libspawn_id_map *b)
{
	return a->kinds & b->kinds &&
	       (do_overlap(a->inside, a->count, b->inside, b->count) ||
		do_overlap(a->outside, a->count, b->outside, b->count));
}

/* In the map where it is wrong; of both kinds, in that of uids. */
static int refuse_line(struct failure *failure, uint32_t kinds, uint32_t index)
{
	return refuse_row(failure,
			  kinds == LIBSPAWN_ID_GID ? LIBSPAWN_STEP_GID_MAP
						   : LIBSPAWN_STEP_UID_MAP,
			  (int32_t)index);
}

/* At most 340 lines, so looking at each pair is no matter. */
static int check_id_maps(const struct libspawn_options *options,
			 struct failure *failure)
{
	const struct libspawn_id_map *lines = options->id_maps;
	uint32_t n;
	uint32_t before;

	for (n = 0; n < options->id_map_count; n++) {
		if (!is_line_whole(&lines[n]))
			return refuse_line(failure, lines[n].kinds, n);
		for (before = 0; before < n; before++)
			if (do_lines_overlap(&lines[before], &lines[n]))
				return refuse_line(failure,
						   lines[before].kinds &
							   lines[n].kinds,
						   n);
	}
	return 0;
}

/* ---- Mounts ------------------------------------------------------------ */

#define ATTRIBUTES                                                             \
	(LIBSPAWN_MOUNT_READ_ONLY | LIBSPAWN_MOUNT_NO_SUID |                   \
	 LIBSPAWN_MOUNT_NO_DEV | LIBSPAWN_MOUNT_NO_EXEC)
#define CREATES (LIBSPAWN_MOUNT_CREATE | LIBSPAWN_MOUNT_CREATE_FILE)
#define CHANGES                                                                \
	(ATTRIBUTES | LIBSPAWN_MOUNT_WRITABLE | LIBSPAWN_MOUNT_RECURSIVE)
#define PROPAGATIONS                                                           \
	(LIBSPAWN_MOUNT_PRIVATE | LIBSPAWN_MOUNT_SLAVE | LIBSPAWN_MOUNT_SHARED)

enum {
	USES_SOURCE = 1,
	NEEDS_SOURCE = 2,
	USES_TYPE = 4,
	USES_DATA = 8,
	HIDES_TARGET = 16, /* which "/" can't be */
	TAKES_MODE = 32,
};

static const struct {
	uint32_t flags; /* that have a meaning */
	uint32_t uses;
} mount_kinds[] = {
	[LIBSPAWN_MOUNT_BIND] = { CHANGES | CREATES,
				  USES_SOURCE | NEEDS_SOURCE | HIDES_TARGET },
	[LIBSPAWN_MOUNT_TMPFS] = { ATTRIBUTES | LIBSPAWN_MOUNT_CREATE,
				   USES_DATA | HIDES_TARGET },
	[LIBSPAWN_MOUNT_PROC] = { ATTRIBUTES | LIBSPAWN_MOUNT_CREATE,
				  USES_DATA | HIDES_TARGET },
	[LIBSPAWN_MOUNT_DEV] = { LIBSPAWN_MOUNT_NO_EXEC | LIBSPAWN_MOUNT_CREATE,
				 HIDES_TARGET },
	[LIBSPAWN_MOUNT_MQUEUE] = { ATTRIBUTES | LIBSPAWN_MOUNT_CREATE,
				    HIDES_TARGET },
	[LIBSPAWN_MOUNT_OVERLAY] = { ATTRIBUTES | LIBSPAWN_MOUNT_CREATE,
				     USES_DATA | HIDES_TARGET },
	[LIBSPAWN_MOUNT_FILESYSTEM] = { ATTRIBUTES | LIBSPAWN_MOUNT_CREATE,
					USES_SOURCE | USES_TYPE | USES_DATA |
						HIDES_TARGET },
	[LIBSPAWN_MOUNT_REMOUNT] = { CHANGES, 0 },
	[LIBSPAWN_MOUNT_DIRECTORY] = { 0, TAKES_MODE },
	[LIBSPAWN_MOUNT_SYMLINK] = { 0, USES_SOURCE | NEEDS_SOURCE },
	[LIBSPAWN_MOUNT_PROPAGATION] = { PROPAGATIONS |
						 LIBSPAWN_MOUNT_RECURSIVE,
					 0 },
	[LIBSPAWN_MOUNT_ROOT] = { 0, 0 },
};

static int is_absolute(const char *path)
{
	return path && path[0] == '/';
}

/* "/", however often, and with "." or "..", which lead nowhere from there. */
static int is_root(const char *path)
{
	size_t dots;

	do {
		path += strspn(path, "/");
		dots = strspn(path, ".");
		path += dots;
	} while (dots > 0 && dots <= 2 && *path == '/');
	return dots <= 2 && *path == '\0';
}

static int has_one_bit(uint32_t bits)
{
	return bits && !(bits & (bits - 1));
}

/* Flags that exclude each other, or without which a kind says nothing. */
static int are_flags_whole(const struct libspawn_mount *row)
{
	const uint32_t flags = row->flags;
	const uint32_t both =
		LIBSPAWN_MOUNT_READ_ONLY | LIBSPAWN_MOUNT_WRITABLE;

	if (flags & ~mount_kinds[row->kind].flags || (flags & both) == both ||
	    (flags & CREATES) == CREATES)
		return 0;
	if (row->kind == LIBSPAWN_MOUNT_PROPAGATION)
		return has_one_bit(flags & PROPAGATIONS);
	return row->kind != LIBSPAWN_MOUNT_REMOUNT ||
	       (flags & ~LIBSPAWN_MOUNT_RECURSIVE) != 0;
}

static int are_fields_whole(const struct libspawn_mount *row)
{
	const uint32_t uses = mount_kinds[row->kind].uses;
	const int takes_mode = uses & TAKES_MODE || row->flags & CREATES;

	return (uses & USES_SOURCE || !row->source) &&
	       (!(uses & NEEDS_SOURCE) || row->source) &&
	       !(uses & USES_TYPE) == !row->type &&
	       (uses & USES_DATA || !row->data) && (takes_mode || !row->mode) &&
	       row->mode <= 07777 && !row->spare[0] && !row->spare[1] &&
	       !row->spare[2];
}

static int is_row_whole(const struct libspawn_mount *row)
{
	if (row->kind < LIBSPAWN_MOUNT_BIND || row->kind > LIBSPAWN_MOUNT_ROOT)
		return 0;
	return are_flags_whole(row) && are_fields_whole(row) &&
	       is_absolute(row->target) &&
	       (row->kind != LIBSPAWN_MOUNT_BIND || is_absolute(row->source)) &&
	       !(mount_kinds[row->kind].uses & HIDES_TARGET &&
		 is_root(row->target));
}

static int check_mounts(const struct libspawn_options *options,
			struct failure *failure)
{
	uint32_t n;

	for (n = 0; n < options->mount_count; n++)
		if (!is_row_whole(&options->mounts[n]))
			return refuse_row(failure, LIBSPAWN_STEP_MOUNT,
					  (int32_t)n);
	return 0;
}

int libspawn__sandbox_check(const struct libspawn_options *options,
			    struct failure *failure)
{
	int code = check_needs(options, failure);

	if (code == 0)
		code = check_init(options, failure);
	if (code == 0)
		code = check_id_maps(options, failure);
	if (code == 0)
		code = check_mounts(options, failure);
	return code;
}
