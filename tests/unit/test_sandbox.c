/* SPDX-License-Identifier: MIT */
/*
 * Rows and lines of a sandbox that have no meaning: each is refused with its
 * step and index before anything is made.
 */
#define _GNU_SOURCE
#include <errno.h>

#include "request/options.h"
#include "unit.h"

static void expect_acceptance(const struct libspawn_options *given)
{
	struct libspawn_options options;
	struct failure failure = { 0, -1 };

	if (libspawn__options_read(&options, given, &failure) == 0)
		return;
	fail_msg("step %s, index %d", libspawn_step_name(failure.step),
		 (int)failure.index);
}

#define NEW_MOUNTS_HERE .new_namespaces = 0x10020000

/* ---- Mounts -------------------------------------------------------------- */

#define ROW(title, ...)                                                        \
	{                                                                      \
		.kind = LIBSPAWN_MOUNT_##title, __VA_ARGS__                    \
	}

static const struct libspawn_mount good_rows[] = {
	ROW(BIND, .target = "/a", .source = "/b", .flags = 255 & ~(64 | 16)),
	ROW(BIND, .target = "/a", .source = "/b",
	    .flags = LIBSPAWN_MOUNT_WRITABLE | LIBSPAWN_MOUNT_CREATE,
	    .mode = 07777),
	ROW(TMPFS, .target = "/a", .data = "size=1"),
	ROW(PROC, .target = "//a/", .flags = LIBSPAWN_MOUNT_READ_ONLY),
	ROW(PROC, .target = "/..."),
	ROW(PROC, .target = "/.a"),
	ROW(DEV, .target = "/dev", .flags = LIBSPAWN_MOUNT_CREATE),
	ROW(MQUEUE, .target = "/a"),
	ROW(OVERLAY, .target = "/a", .data = "lowerdir=/"),
	ROW(FILESYSTEM, .target = "/a", .type = "sysfs", .source = "name"),
	ROW(REMOUNT, .target = "/",
	    .flags = LIBSPAWN_MOUNT_READ_ONLY | LIBSPAWN_MOUNT_RECURSIVE),
	ROW(DIRECTORY, .target = "/a", .mode = 0700),
	ROW(SYMLINK, .target = "/a", .source = "text"),
	ROW(PROPAGATION, .target = "/", .flags = LIBSPAWN_MOUNT_SLAVE),
	ROW(ROOT, .target = "/a"),
};

static const struct libspawn_mount bad_rows[] = {
	{ .kind = 0, .target = "/a" },
	{ .kind = LIBSPAWN_MOUNT_ROOT + 1, .target = "/a" },
	ROW(TMPFS, .target = NULL),
	ROW(TMPFS, .target = "a"),
	ROW(TMPFS, .target = "/"),
	ROW(TMPFS, .target = "///"),
	ROW(TMPFS, .target = "/."),
	ROW(TMPFS, .target = "/./..//"),
	ROW(TMPFS, .target = "/a", .source = "/b"),
	ROW(TMPFS, .target = "/a", .type = "tmpfs"),
	ROW(TMPFS, .target = "/a", .flags = LIBSPAWN_MOUNT_RECURSIVE),
	ROW(TMPFS, .target = "/a", .flags = LIBSPAWN_MOUNT_CREATE_FILE),
	ROW(TMPFS, .target = "/a", .mode = 0700),
	ROW(TMPFS, .target = "/a", .spare = { 0, 0, 1 }),
	ROW(BIND, .target = "/a"),
	ROW(BIND, .target = "/a", .source = "b"),
	ROW(BIND, .target = "/a", .source = "/b", .data = "x"),
	ROW(BIND, .target = "/a", .source = "/b",
	    .flags = LIBSPAWN_MOUNT_READ_ONLY | LIBSPAWN_MOUNT_WRITABLE),
	ROW(BIND, .target = "/a", .source = "/b",
	    .flags = LIBSPAWN_MOUNT_CREATE | LIBSPAWN_MOUNT_CREATE_FILE),
	ROW(BIND, .target = "/a", .source = "/b",
	    .flags = LIBSPAWN_MOUNT_CREATE, .mode = 010000),
	ROW(BIND, .target = "/a", .source = "/b",
	    .flags = LIBSPAWN_MOUNT_PRIVATE),
	ROW(DEV, .target = "/dev", .flags = LIBSPAWN_MOUNT_READ_ONLY),
	ROW(DEV, .target = "/dev", .data = "x"),
	ROW(FILESYSTEM, .target = "/a"),
	ROW(REMOUNT, .target = "/"),
	ROW(REMOUNT, .target = "/", .flags = LIBSPAWN_MOUNT_RECURSIVE),
	ROW(DIRECTORY, .target = "/a", .flags = LIBSPAWN_MOUNT_CREATE),
	ROW(SYMLINK, .target = "/a"),
	ROW(PROPAGATION, .target = "/"),
	ROW(PROPAGATION, .target = "/",
	    .flags = LIBSPAWN_MOUNT_SLAVE | LIBSPAWN_MOUNT_SHARED),
	ROW(ROOT, .target = "/a", .flags = LIBSPAWN_MOUNT_READ_ONLY),
	{ .kind = LIBSPAWN_MOUNT_TMPFS,
	  .target = "/a",
	  .flags = UINT32_C(1) << 31 },
};

static void rows_that_mean_something_are_taken(void **state)
{
	(void)state;
	expect_acceptance(&(struct libspawn_options){
		OPTIONS, NEW_MOUNTS_HERE, .mounts = good_rows,
		.mount_count = COUNT(good_rows) });
}

static void each_row_without_a_meaning_is_named(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < COUNT(bad_rows); n++) {
		const struct libspawn_mount rows[] = { good_rows[2],
						       bad_rows[n] };

		expect_refusal(&(struct libspawn_options){ OPTIONS,
							   NEW_MOUNTS_HERE,
							   .mounts = rows,
							   .mount_count = 2 },
			       EINVAL, LIBSPAWN_STEP_MOUNT, 1);
	}
}

/* ---- Ids ----------------------------------------------------------------- */

enum { BOTH = LIBSPAWN_ID_UID | LIBSPAWN_ID_GID };

static const struct libspawn_id_map bad_lines[] = {
	{ .kinds = 0, .inside = 9, .outside = 9, .count = 1 },
	{ .kinds = 4, .inside = 9, .outside = 9, .count = 1 },
	{ .kinds = BOTH, .inside = 9, .outside = 9, .count = 0 },
	{ .kinds = BOTH, .inside = UINT32_MAX, .outside = 9, .count = 1 },
	{ .kinds = BOTH, .inside = 9, .outside = UINT32_MAX - 1, .count = 2 },
	{ .kinds = BOTH,
	  .inside = 9,
	  .outside = 9,
	  .count = 1,
	  .spare = { 1 } },
	{ .kinds = BOTH, .inside = 4, .outside = 9, .count = 1 },
	{ .kinds = BOTH, .inside = 9, .outside = 4, .count = 1 },
	{ .kinds = LIBSPAWN_ID_UID, .inside = 0, .outside = 9, .count = 2 },
	{ .kinds = BOTH, .inside = 0, .outside = 90, .count = UINT32_MAX - 90 },
};

static void each_line_without_a_meaning_is_named(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < COUNT(bad_lines); n++) {
		const struct libspawn_id_map lines[] = {
			{ .kinds = BOTH,
			  .inside = 1,
			  .outside = 1,
			  .count = 4 },
			bad_lines[n],
		};

		expect_refusal(&(struct libspawn_options){ OPTIONS,
							   NEW_MOUNTS_HERE,
							   .id_maps = lines,
							   .id_map_count = 2 },
			       EINVAL, LIBSPAWN_STEP_UID_MAP, 1);
	}
}

static const struct {
	uint32_t before;
	uint32_t kinds;
	int step;
} overlaps[] = {
	{ BOTH, BOTH, LIBSPAWN_STEP_UID_MAP },
	{ LIBSPAWN_ID_UID, BOTH, LIBSPAWN_STEP_UID_MAP },
	{ LIBSPAWN_ID_GID, BOTH, LIBSPAWN_STEP_GID_MAP },
	{ BOTH, LIBSPAWN_ID_GID, LIBSPAWN_STEP_GID_MAP },
	{ LIBSPAWN_ID_GID, LIBSPAWN_ID_GID, LIBSPAWN_STEP_GID_MAP },
};

static void an_overlap_is_of_the_map_that_has_both_lines(void **state)
{
	(void)state;
	for (size_t n = 0; n < COUNT(overlaps); n++) {
		const struct libspawn_id_map lines[] = {
			{ .kinds = overlaps[n].before, .count = 4 },
			{ .kinds = overlaps[n].kinds, .count = 4 },
		};

		expect_refusal(&(struct libspawn_options){ OPTIONS,
							   NEW_MOUNTS_HERE,
							   .id_maps = lines,
							   .id_map_count = 2 },
			       EINVAL, overlaps[n].step, 1);
	}
}

static void lines_of_different_kinds_may_overlap(void **state)
{
	static const struct libspawn_id_map lines[] = {
		{ .kinds = LIBSPAWN_ID_UID, .count = 4 },
		{ .kinds = LIBSPAWN_ID_GID, .count = 4 },
		{ .kinds = LIBSPAWN_ID_GID,
		  .inside = 4,
		  .outside = 4,
		  .count = UINT32_MAX - 4 },
	};

	(void)state;
	expect_acceptance(&(struct libspawn_options){ OPTIONS, NEW_MOUNTS_HERE,
						      .id_maps = lines,
						      .id_map_count = 3 });
}

/* ---- What needs what ----------------------------------------------------- */

static const struct {
	struct libspawn_options options;
	int step;
} lonely[] = {
	{ { OPTIONS, .new_namespaces = 0x80 }, LIBSPAWN_STEP_NEW_NAMESPACES },
	{ { OPTIONS, .new_namespaces = 0x100 }, LIBSPAWN_STEP_NEW_NAMESPACES },
	{ { OPTIONS, .new_namespaces = 0x4000000, .unshare = 0x4000000 },
	  LIBSPAWN_STEP_NEW_NAMESPACES },
	{ { OPTIONS, .flags = LIBSPAWN_OWN_IDS }, LIBSPAWN_STEP_UID_MAP },
	{ { OPTIONS, .flags = LIBSPAWN_OWN_IDS, .unshare = 0x10000000 },
	  LIBSPAWN_STEP_UID_MAP },
	{ { OPTIONS, .flags = LIBSPAWN_ID_HELPERS,
	    .new_namespaces = 0x10000000 },
	  LIBSPAWN_STEP_UID_MAP },
	{ { OPTIONS, .flags = LIBSPAWN_DENY_SETGROUPS },
	  LIBSPAWN_STEP_SETGROUPS },
	{ { OPTIONS, .mounts = good_rows, .mount_count = 1 },
	  LIBSPAWN_STEP_MOUNT },
	{ { OPTIONS, .flags = LIBSPAWN_INIT, .unshare = 0x20000000 },
	  LIBSPAWN_STEP_INIT },
};

static void what_needs_a_namespace_is_refused_without(void **state)
{
	(void)state;
	for (size_t n = 0; n < COUNT(lonely); n++)
		expect_refusal(&lonely[n].options, EINVAL, lonely[n].step, -1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(rows_that_mean_something_are_taken),
	cmocka_unit_test(each_row_without_a_meaning_is_named),
	cmocka_unit_test(each_line_without_a_meaning_is_named),
	cmocka_unit_test(an_overlap_is_of_the_map_that_has_both_lines),
	cmocka_unit_test(lines_of_different_kinds_may_overlap),
	cmocka_unit_test(what_needs_a_namespace_is_refused_without),
};

UNIT_MAIN(tests)
