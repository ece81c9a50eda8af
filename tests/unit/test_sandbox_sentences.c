/* SPDX-License-Identifier: MIT */
/* Sentences on namespaces, maps of ids and mounts: which row, and why. */
#include <errno.h>
#include <string.h>

#include "unit.h"

#define USERS UINT64_C(0x10000000)
#define PIDS UINT64_C(0x20000000)

/* What a system says that has no user namespaces for everybody. */
#define OBSTACLE                                                               \
	"unprivileged_userns_clone is 0", "max_user_namespaces is 0",          \
		"apparmor_restrict"

static const struct libspawn_mount mounts[] = {
	{ .kind = LIBSPAWN_MOUNT_BIND, .source = "/a", .target = "/b" },
	{ .kind = LIBSPAWN_MOUNT_PROC, .target = "/proc" },
	{ .kind = LIBSPAWN_MOUNT_ROOT },
	{ .kind = LIBSPAWN_MOUNT_TMPFS, .target = "/t" },
	{ .kind = LIBSPAWN_MOUNT_OVERLAY, .source = "lowerdir=/a" },
	{ .kind = 0, .target = "/zero" },
	{ .kind = 77, .target = "/odd" },
};

static const struct libspawn_id_map lines[] = {
	{ .inside = 0, .outside = 1000, .count = 1 },
	{ .inside = 5, .outside = 70000, .count = 300 },
};

static const struct libspawn_options sandbox = {
	OPTIONS,	  .new_namespaces = USERS,
	.id_maps = lines, .id_map_count = COUNT(lines),
	.mounts = mounts, .mount_count = COUNT(mounts),
};
static const struct libspawn_options helped = {
	OPTIONS,	  .flags = LIBSPAWN_ID_HELPERS, .new_namespaces = USERS,
	.id_maps = lines, .id_map_count = COUNT(lines),
};
static const struct libspawn_options pids = {
	OPTIONS,
	.new_namespaces = PIDS,
};

#define NEW LIBSPAWN_STEP_NEW_NAMESPACES
#define UIDS LIBSPAWN_STEP_UID_MAP
#define GIDS LIBSPAWN_STEP_GID_MAP
#define MOUNT LIBSPAWN_STEP_MOUNT

/* One of the words is in the sentence: the first, if nothing is in the way. */
static const struct {
	int code;
	int step;
	int index;
	const struct libspawn_options *options;
	const char *words[4];
} sentences[] = {
	/* Which it was. */
	{ EACCES, MOUNT, 0, &sandbox, { "mounts[0]: bind of '/a' at '/b': " } },
	{ EACCES, MOUNT, 1, &sandbox, { "mounts[1]: proc at '/proc': " } },
	{ EACCES, MOUNT, 2, &sandbox, { "mounts[2]: root at '(nothing)': " } },
	{ EINVAL,
	  MOUNT,
	  4,
	  &sandbox,
	  { "mounts[4]: overlay of 'lowerdir=/a' at '(nothing)': " } },
	{ EINVAL, MOUNT, 5, &sandbox, { "mounts[5]: ? at '/zero': " } },
	{ EINVAL, MOUNT, 6, &sandbox, { "mounts[6]: ? at '/odd': " } },
	{ EINVAL, MOUNT, 7, &sandbox, { "mount[7]: Invalid argument" } },
	{ EINVAL, MOUNT, -1, &sandbox, { "mount: Invalid argument" } },
	{ EINVAL, MOUNT, 0, NULL, { "mount[0]: Invalid argument" } },
	{ EIO, UIDS, 0, &sandbox, { "id_maps[0]: 1 from 1000 on are 0" } },
	{ EIO, GIDS, 1, &sandbox, { "id_maps[1]: 300 from 70000 on are 5" } },
	{ EIO, GIDS, 2, &sandbox, { "gid map[2]: Input/output error" } },
	{ EIO, GIDS, -1, &sandbox, { "gid map: Input/output error" } },
	{ EIO, UIDS, 0, NULL, { "uid map[0]: Input/output error" } },
	/* Why. */
	{ ENOSPC, NEW, -1, &pids, { "/proc/sys/user allow" } },
	{ EUSERS, NEW, -1, &pids, { "/proc/sys/user allow" } },
	{ EUSERS, NEW, -1, &sandbox, { "/proc/sys/user allow", OBSTACLE } },
	{ EINVAL, NEW, -1, &pids, { "has not all of these kinds" } },
	{ EPERM, NEW, -1, &pids, { "it takes CAP_SYS_ADMIN" } },
	{ EPERM, NEW, -1, NULL, { "it takes CAP_SYS_ADMIN" } },
	{ EPERM, NEW, -1, &sandbox, { "perhaps a filter", OBSTACLE } },
	{ ENOENT, UIDS, 0, &helped, { "newuidmap(1)" } },
	{ ENOENT, UIDS, 0, &sandbox, { "it is written to /proc" } },
	{ ENOENT, UIDS, -1, NULL, { "it is written to /proc" } },
	{ EACCES, GIDS, 0, &sandbox, { "this process is not dumpable" } },
	{ EPERM, UIDS, 1, &helped, { "/etc/subuid" } },
	{ EPERM, UIDS, 1, &sandbox, { "LIBSPAWN_ID_HELPERS", OBSTACLE } },
	{ EPERM,
	  LIBSPAWN_STEP_SETGROUPS,
	  -1,
	  NULL,
	  { "LIBSPAWN_ID_HELPERS", OBSTACLE } },
	{ EPERM, MOUNT, 1, &sandbox, { "not all of the /proc here" } },
	{ EINVAL, MOUNT, 0, &sandbox, { "LIBSPAWN_MOUNT_RECURSIVE" } },
	{ EINVAL, MOUNT, 2, &sandbox, { "memory disk" } },
	{ ENODEV, MOUNT, 3, &sandbox, { "has no such file system" } },
	{ ENOSYS, MOUNT, 3, &sandbox, { "need Linux 5.12" } },
	{ EPERM, MOUNT, 3, &sandbox, { "Operation not permitted", OBSTACLE } },
	{ EACCES, LIBSPAWN_STEP_INIT, -1, &pids, { "vm.memfd_noexec" } },
	{ EIO, LIBSPAWN_STEP_INIT, -1, &pids, { "Input/output error" } },
};

static int has_one(const char *text, const char *const words[4])
{
	int n;

	for (n = 0; n < 4 && words[n]; n++)
		if (strstr(text, words[n]))
			return 1;
	return 0;
}

static void each_failure_says_which_and_why(void **state)
{
	char text[1024];
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(sentences); n++) {
		const struct libspawn_error error = {
			.code = sentences[n].code,
			.step = sentences[n].step,
			.index = sentences[n].index,
		};

		libspawn_explain(text, sizeof text, &error, "/program", NULL,
				 sentences[n].options);
		if (!has_one(text, sentences[n].words))
			fail_msg("%s: not a word of %s", text,
				 sentences[n].words[0]);
	}
}

/* Where nothing fits, nothing is said in brackets. */
static void what_is_not_known_is_not_guessed(void **state)
{
	static const struct libspawn_error plain[] = {
		{ .code = EIO, .step = NEW, .index = -1 },
		{ .code = EIO, .step = UIDS, .index = 0 },
		{ .code = EIO, .step = MOUNT, .index = 0 },
		{ .code = EPERM, .step = MOUNT, .index = 0 },
		{ .code = EINVAL, .step = MOUNT, .index = 3 },
		{ .code = EIO, .step = LIBSPAWN_STEP_INIT, .index = -1 },
	};
	char text[1024];
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(plain); n++) {
		libspawn_explain(text, sizeof text, &plain[n], "/program", NULL,
				 plain[n].code == EPERM ? &pids : &sandbox);
		assert_null(strstr(text, "(perhaps"));
		assert_null(strstr(text, "(it "));
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_failure_says_which_and_why),
	cmocka_unit_test(what_is_not_known_is_not_guessed),
};

UNIT_MAIN(tests)
