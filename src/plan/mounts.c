/* SPDX-License-Identifier: MIT */
/*
 * The mount table: which calls each row is, in its order. All paths are put
 * together here; the child makes one call for each operation.
 */
#define _GNU_SOURCE
#include "plan/mounts.h"

#include "plan/devices.h"
#include "plan/mounting.h"

/* ---- One row ----------------------------------------------------------- */

static void plan_target(struct plan_builder *builder, int32_t row,
			const struct libspawn_mount *wanted)
{
	const int is_file = (wanted->flags & LIBSPAWN_MOUNT_CREATE_FILE) != 0;
	const uint32_t mode = wanted->mode ? wanted->mode
			      : is_file	   ? 0644
					   : 0755;

	libspawn__mounting_add(builder, row,
			       is_file ? MOUNT_FILE : MOUNT_DIRECTORY,
			       &(struct mounting){ .target = wanted->target,
						   .fd = (int32_t)mode });
}

/* What is set, in all below too; then what is cleared, here alone. */
static void plan_change(struct plan_builder *builder, int32_t row,
			const struct libspawn_mount *wanted)
{
	const uint32_t set = wanted->flags & ALL_ATTRIBUTES;
	const int is_deep = (wanted->flags & LIBSPAWN_MOUNT_RECURSIVE) != 0;

	if (set)
		libspawn__mounting_add(
			builder, row, MOUNT_CHANGE,
			&(struct mounting){ .target = wanted->target,
					    .value = set,
					    .fd = is_deep ? AT_ALL_BELOW : 0 });
	if (wanted->flags & LIBSPAWN_MOUNT_WRITABLE)
		libspawn__mounting_add(
			builder, row, MOUNT_CHANGE,
			&(struct mounting){ .target = wanted->target,
					    .clear = ATTRIBUTE_READ_ONLY });
}

static void plan_bind(struct plan_builder *builder, int32_t row,
		      const struct libspawn_mount *wanted)
{
	const int is_deep = (wanted->flags & LIBSPAWN_MOUNT_RECURSIVE) != 0;

	libspawn__mounting_add(
		builder, row, MOUNT_ATTACH,
		&(struct mounting){ .target = wanted->target,
				    .source = wanted->source,
				    .value = MS_BINDING |
					     (is_deep ? MS_RECURSIVE : 0) });
	plan_change(builder, row, wanted);
}

static void plan_propagation(struct plan_builder *builder, int32_t row,
			     const char *target, uint32_t flags)
{
	const int is_deep = (flags & LIBSPAWN_MOUNT_RECURSIVE) != 0;
	const uint64_t how = flags & LIBSPAWN_MOUNT_PRIVATE ? MS_MAKE_PRIVATE
			     : flags & LIBSPAWN_MOUNT_SLAVE ? MS_MAKE_SLAVE
							    : MS_MAKE_SHARED;

	libspawn__mounting_add(
		builder, row, MOUNT_ATTACH,
		&(struct mounting){ .target = target,
				    .value = how |
					     (is_deep ? MS_RECURSIVE : 0) });
}

/* The file systems that have a kind of their own. */
static const struct {
	const char *type;
	uint64_t value;
} filesystems[] = {
	[LIBSPAWN_MOUNT_TMPFS] = { "tmpfs", MS_NO_SUID | MS_NO_DEV },
	[LIBSPAWN_MOUNT_PROC] = { "proc", MS_NO_SUID | MS_NO_DEV | MS_NO_EXEC },
	[LIBSPAWN_MOUNT_MQUEUE] = { "mqueue",
				    MS_NO_SUID | MS_NO_DEV | MS_NO_EXEC },
	[LIBSPAWN_MOUNT_OVERLAY] = { "overlay", 0 },
	[LIBSPAWN_MOUNT_FILESYSTEM] = { NULL, 0 },
};

/* Its name stands for a source that it has not: it is shown by mount(8). */
static void plan_filesystem(struct plan_builder *builder, int32_t row,
			    const struct libspawn_mount *wanted)
{
	const char *type =
		wanted->type ? wanted->type : filesystems[wanted->kind].type;

	libspawn__mounting_add(
		builder, row, MOUNT_ATTACH,
		&(struct mounting){
			.target = wanted->target,
			.source = wanted->source ? wanted->source : type,
			.type = type,
			.data = wanted->data,
			.value = filesystems[wanted->kind].value |
				 (wanted->flags & ALL_ATTRIBUTES) });
}

static void plan_row(struct plan_builder *builder, int32_t row,
		     const struct libspawn_mount *wanted)
{
	const struct mounting here = { .target = wanted->target,
				       .source = wanted->source };

	if (wanted->kind == LIBSPAWN_MOUNT_DIRECTORY ||
	    wanted->flags &
		    (LIBSPAWN_MOUNT_CREATE | LIBSPAWN_MOUNT_CREATE_FILE))
		plan_target(builder, row, wanted);
	switch (wanted->kind) {
	case LIBSPAWN_MOUNT_BIND: plan_bind(builder, row, wanted); break;
	case LIBSPAWN_MOUNT_DEV:
		libspawn__devices_plan(builder, row, wanted);
		break;
	case LIBSPAWN_MOUNT_REMOUNT: plan_change(builder, row, wanted); break;
	case LIBSPAWN_MOUNT_DIRECTORY: break;
	case LIBSPAWN_MOUNT_SYMLINK:
		libspawn__mounting_add(builder, row, MOUNT_LINK, &here);
		break;
	case LIBSPAWN_MOUNT_PROPAGATION:
		plan_propagation(builder, row, wanted->target, wanted->flags);
		break;
	case LIBSPAWN_MOUNT_ROOT:
		libspawn__mounting_add(builder, row, MOUNT_ROOT, &here);
		break;
	default: plan_filesystem(builder, row, wanted); break;
	}
}

/* ---- All of them ------------------------------------------------------- */

/* Of a row: to create, to bind, to set, to clear. */
enum { ROW_OPS = 4, COMMON_OPS = 2 };
/* Bytes of what is not the row's own, in one operation. */
enum { LONGEST_CONSTANTS = 80 };

static uint32_t row_ops(const struct libspawn_mount *wanted)
{
	return wanted->kind == LIBSPAWN_MOUNT_DEV ? libspawn__devices_ops()
						  : ROW_OPS;
}

uint32_t libspawn__mounts_ops(const struct libspawn_options *options)
{
	uint32_t ops = options->mount_count ? COMMON_OPS : 0;
	uint32_t n;

	for (n = 0; n < options->mount_count; n++)
		ops += row_ops(&options->mounts[n]);
	return ops;
}

size_t libspawn__mounts_bytes(const struct libspawn_options *options)
{
	const size_t each = sizeof(struct op_mount) + LONGEST_CONSTANTS;
	size_t bytes = arena_round(each);
	uint32_t n;

	for (n = 0; n < options->mount_count; n++) {
		const struct libspawn_mount *wanted = &options->mounts[n];

		bytes += row_ops(wanted) *
			 arena_round(each + libspawn__mounting_text_bytes(
						    wanted->target));
		bytes += arena_round(
			libspawn__mounting_text_bytes(wanted->source) +
			2 * libspawn__mounting_text_bytes(wanted->type) +
			libspawn__mounting_text_bytes(wanted->data));
	}
	return bytes;
}

/* To "/" in the end: what was the cwd may be hidden, or in what is gone. */
void libspawn__mounts_plan(struct plan_builder *builder)
{
	const struct libspawn_options *options = &builder->request->options;
	uint32_t n;

	if (options->mount_count == 0)
		return;
	if (options->mounts[0].kind != LIBSPAWN_MOUNT_PROPAGATION)
		plan_propagation(builder, -1, "/",
				 LIBSPAWN_MOUNT_PRIVATE |
					 LIBSPAWN_MOUNT_RECURSIVE);
	for (n = 0; n < options->mount_count; n++)
		plan_row(builder, (int32_t)n, &options->mounts[n]);
	plan_data(builder, OP_CHDIR, LIBSPAWN_STEP_MOUNT, "/", 0);
}
