/* SPDX-License-Identifier: MIT */
/* User, group and supplementary groups of the child. */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux_calls.h"
#include "support.h"

#define ALL_IDS (LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_GROUPS)

static struct seen *run_as(const struct libspawn_options *options)
{
	return run_probe(options, "ids containment");
}

static void ids_are_inherited(void **state)
{
	struct seen *seen = run_probe(NULL, "ids");
	char text[64];

	(void)state;
	snprintf(text, sizeof text, "%u,%u,%u", getuid(), geteuid(), geteuid());
	assert_seen(seen, "uid", text);
	snprintf(text, sizeof text, "%u,%u,%u", getgid(), getegid(), getegid());
	assert_seen(seen, "gid", text);
}

static void user_group_and_groups_are_set(void **state)
{
	static const uint32_t groups[] = { 7, 4000000000u, 9 };
	struct libspawn_options options = {
		OPTIONS,     .flags = ALL_IDS, .uid = 1234,
		.gid = 4321, .groups = groups, .group_count = 3,
	};
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_GROUPS);
	need_root();
	seen = run_as(&options);
	assert_seen(seen, "uid", "1234,1234,1234");
	assert_seen(seen, "gid", "4321,4321,4321");
	/* The kernel sorts them. */
	assert_seen(seen, "groups", "7,9,4000000000");
}

static void each_id_is_set_alone(void **state)
{
	struct libspawn_options user = {
		OPTIONS,
		.flags = LIBSPAWN_UID | LIBSPAWN_KEEP_GROUPS,
		.uid = 1234,
	};
	struct libspawn_options group = {
		OPTIONS,
		.flags = LIBSPAWN_GID,
		.gid = 4321,
	};

	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN) {
		expect_decline(&user, LIBSPAWN_STEP_UID);
		expect_decline(&group, LIBSPAWN_STEP_GID);
		return;
	}
	need_root();
	assert_seen(run_as(&user), "uid", "1234,1234,1234");
	assert_seen(run_as(&user), "gid", "0,0,0");
	assert_seen(run_as(&group), "uid", "0,0,0");
	assert_seen(run_as(&group), "gid", "4321,4321,4321");
}

static void groups_unset_stay_and_groups_empty_are_dropped(void **state)
{
	struct libspawn_options options = { OPTIONS };
	gid_t old[256], mine[] = { 7, 8 };
	int count = getgroups(256, old);
	struct seen *unset, *empty;

	(void)state;
	options.flags = LIBSPAWN_GROUPS;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_GROUPS);
	need_root();
	if (!ON_LINUX)
		skip_with_reason("setgroups() may set the gid too");
	assert_true(count >= 0);
	assert_int_equal(setgroups(2, mine), 0);
	empty = run_as(&options);
	options.flags = LIBSPAWN_UID | LIBSPAWN_KEEP_GROUPS;
	options.uid = 1234;
	unset = run_as(&options);
	assert_int_equal(setgroups((size_t)count, old), 0);
	assert_seen(empty, "groups", "");
	assert_seen(unset, "groups", "7,8");
}

/* ---- Who becomes another user ------------------------------------------ */

/* What is missing is named, and nothing but LIBSPAWN_KEEP_GROUPS excuses it. */
static void another_user_takes_groups_and_gid_along(void **state)
{
	static const struct {
		uint64_t flags;
		int step;
	} missing[] = {
		{ 0, LIBSPAWN_STEP_GROUPS },
		{ LIBSPAWN_GID, LIBSPAWN_STEP_GROUPS },
		{ LIBSPAWN_GROUPS, LIBSPAWN_STEP_GID },
	};
	struct libspawn_options options = { OPTIONS, .uid = 1234 };
	char text[256];
	struct libspawn_error error = { .code = EINVAL,
					.step = LIBSPAWN_STEP_GROUPS };

	(void)state;
	need_root();
	for (size_t n = 0; n < sizeof missing / sizeof *missing; n++) {
		options.flags = LIBSPAWN_UID | missing[n].flags;
		expect_invalid(&options, EINVAL, missing[n].step, -1);
		options.flags |= LIBSPAWN_KEEP_GROUPS;
		if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
			expect_decline(&options, n == 1	  ? LIBSPAWN_STEP_GID
						 : n == 2 ? LIBSPAWN_STEP_GROUPS
							  : LIBSPAWN_STEP_UID);
		else
			assert_seen(run_as(&options), "uid", "1234,1234,1234");
	}
	options.flags = LIBSPAWN_UID;
	libspawn_explain(text, sizeof text, &error, NULL, NULL, &options);
	assert_non_null(strstr(text, "LIBSPAWN_KEEP_GROUPS"));
}

/* Nothing changes, or nothing can be gained. */
static void a_user_who_stays_keeps_its_groups(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_UID,
		.uid = geteuid(),
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_UID);
	run_as(&options);
	options.uid = geteuid() + 1;
	expect_powerless_failure(&options, EPERM, LIBSPAWN_STEP_UID, -1);
}

/* There the same number may be somebody else. */
static void a_user_of_another_namespace_may_be_another(void **state)
{
	static const int32_t namespaces[] = { 0 };
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_UID,
		.namespaces = namespaces,
		.namespace_count = 1,
		.uid = geteuid(),
	};

	(void)state;
	need_root();
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_GROUPS, -1);
	options.namespace_count = 0;
	options.unshare = 0x10000000; /* CLONE_NEWUSER */
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_GROUPS, -1);
}

/* A real user, an effective one and one saved are three. */
static void who_is_another_in_one_way_becomes_another(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_UID,
		.uid = geteuid(),
	};
	int code;

	(void)state;
	need_root();
	if (setreuid(1234, (uid_t)-1))
		skip_with_reason("may not change ids");
	code = libspawn_query(support_backend, &options, NULL);
	assert_int_equal(setreuid(0, (uid_t)-1), 0);
	assert_int_equal(code, -EINVAL);
}

/* ---- Groups that may not be set ---------------------------------------- */

static void groups_that_may_not_be_set_stay_if_asked_for(void **state)
{
	static const uint32_t groups[] = { 7 };
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_GROUPS | LIBSPAWN_TRY_GROUPS,
		.groups = groups,
		.group_count = 1,
	};
	const struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_GROUPS);
	need_root();
	if (!ON_LINUX)
		skip_with_reason("there are no capabilities to lack");
	seen = run_as(&options);
	assert_seen(seen, "groups", "7");
	assert_false(seen->process.fallbacks & LIBSPAWN_FALLBACK_GROUPS);
	support_set_power(0);
	seen = run_probe(&options, "umask");
	support_set_power(1);
	assert_true(seen->process.fallbacks & LIBSPAWN_FALLBACK_GROUPS);
}

static void groups_that_are_not_given_can_not_be_tried(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_TRY_GROUPS,
	};

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_GROUPS, -1);
}

static void the_callers_dumpable_flag_stays_as_it_was(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = ALL_IDS,
		.uid = 1234,
		.gid = 1234,
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_GROUPS);
	need_root();
	if (!ON_LINUX)
		skip_with_reason("there is no such flag");
	for (int flag = 0; flag < 2; flag++) {
		prctl(PR_SET_DUMPABLE, flag, 0, 0, 0);
		run_as(&options);
		assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), flag);
	}
}

static void the_callers_ids_stay_as_they_were(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = ALL_IDS,
		.uid = 1234,
		.gid = 1234,
	};
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int groups = getgroups(0, NULL);

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_GROUPS);
	need_root();
	run_as(&options);
	assert_int_equal(geteuid(), uid);
	assert_int_equal(getegid(), gid);
	assert_int_equal(getgroups(0, NULL), groups);
}

static void ids_that_may_not_be_taken_are_refused(void **state)
{
	struct libspawn_options options = { OPTIONS };

	(void)state;
	options.flags = LIBSPAWN_UID | LIBSPAWN_KEEP_GROUPS;
	options.uid = geteuid() + 1;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_UID);
	expect_powerless_failure(&options, EPERM, LIBSPAWN_STEP_UID, -1);
	options.flags = LIBSPAWN_GID;
	options.uid = 0;
	options.gid = getegid() + 1;
	expect_powerless_failure(&options, EPERM, LIBSPAWN_STEP_GID, -1);
	options.flags = LIBSPAWN_GROUPS;
	options.gid = 0;
	expect_powerless_failure(&options, EPERM, LIBSPAWN_STEP_GROUPS, -1);
}

static void ids_without_a_meaning_are_refused(void **state)
{
	static const uint32_t group = 1;
	struct libspawn_options options = { OPTIONS, .uid = 1 };

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_UID, -1);
	options.flags = LIBSPAWN_UID;
	/* The kernel takes this number for "leave it". */
	options.uid = UINT32_MAX;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_UID, -1);
	options.flags = 0;
	options.uid = 0;
	options.gid = 1;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_GID, -1);
	options.flags = LIBSPAWN_GID;
	options.gid = UINT32_MAX;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_GID, -1);
	options.flags = 0;
	options.gid = 0;
	options.groups = &group;
	options.group_count = 1;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_GROUPS, -1);
	options.flags = LIBSPAWN_GROUPS;
	options.groups = NULL;
	expect_invalid(&options, EFAULT, LIBSPAWN_STEP_GROUPS, -1);
	options.groups = &group;
	options.group_count = LIBSPAWN_GROUPS_MAX + 1;
	expect_invalid(&options, E2BIG, LIBSPAWN_STEP_GROUPS, -1);
}

static const struct CMUnitTest tests[] = {
	TEST(ids_are_inherited),
	TEST(user_group_and_groups_are_set),
	TEST(each_id_is_set_alone),
	TEST(groups_unset_stay_and_groups_empty_are_dropped),
	TEST(another_user_takes_groups_and_gid_along),
	TEST(a_user_who_stays_keeps_its_groups),
	TEST(a_user_of_another_namespace_may_be_another),
	TEST(who_is_another_in_one_way_becomes_another),
	TEST(groups_that_may_not_be_set_stay_if_asked_for),
	TEST(groups_that_are_not_given_can_not_be_tried),
	TEST(the_callers_dumpable_flag_stays_as_it_was),
	TEST(the_callers_ids_stay_as_they_were),
	TEST(ids_that_may_not_be_taken_are_refused),
	TEST(ids_without_a_meaning_are_refused),
};

TEST_MAIN(tests)
