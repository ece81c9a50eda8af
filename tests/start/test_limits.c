/* SPDX-License-Identifier: MIT */
/* Resource limits, and how ready the kernel is to kill the child. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "linux_calls.h"
#include "support.h"

static void assert_limit(const struct seen *seen, int resource, uint64_t soft,
			 uint64_t hard)
{
	char key[32], value[64];

	snprintf(key, sizeof key, "rlimit.%d", resource);
	snprintf(value, sizeof value, "%llu:%llu", (unsigned long long)soft,
		 (unsigned long long)hard);
	assert_seen(seen, key, value);
}

static struct libspawn_options limiting(const struct libspawn_rlimit *limits,
					uint32_t count)
{
	return (struct libspawn_options){
		OPTIONS,
		.rlimits = limits,
		.rlimit_count = count,
	};
}

static void limits_are_inherited(void **state)
{
	struct seen *seen = run_probe(NULL, "rlimits");
	struct rlimit limit;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &limit);
	assert_limit(seen, RLIMIT_NOFILE, limit.rlim_cur, limit.rlim_max);
}

static void soft_and_hard_limits_are_set(void **state)
{
	static const struct libspawn_rlimit limits[] = {
		{ .resource = RLIMIT_CORE, .soft = 0, .hard = 0 },
		{ .resource = RLIMIT_NOFILE, .soft = 64, .hard = 128 },
		{ .resource = RLIMIT_CPU, .soft = 1000, .hard = 2000 },
	};
	struct libspawn_options options = limiting(limits, 3);
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_RLIMIT);
	seen = run_probe(&options, "rlimits");
	for (int i = 0; i < 3; i++)
		assert_limit(seen, limits[i].resource, limits[i].soft,
			     limits[i].hard);
}

/* A limit of descriptors that the table could not be made under. */
static void a_lowered_limit_does_not_stand_in_the_tables_way(void **state)
{
	static const struct libspawn_rlimit limits[] = {
		{ .resource = RLIMIT_NOFILE, .soft = 3, .hard = 3 },
		{ .resource = RLIMIT_NOFILE, .soft = 0, .hard = 0 },
	};
	const struct libspawn_fd rows[] = {
		{ .child_fd = 0,
		  .kind = LIBSPAWN_FD_OPEN,
		  .path = "/dev/null",
		  .open_flags = O_RDONLY },
		{ .child_fd = 5, .kind = LIBSPAWN_FD_FROM, .parent_fd = 2 },
	};

	(void)state;
	for (int n = 0; n < 2; n++) {
		struct libspawn_options options = limiting(&limits[n], 1);
		struct seen *seen;

		return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
				      LIBSPAWN_STEP_RLIMIT);
		options.fds = rows;
		options.fd_count = 2;
		seen = run_probe(&options, "rlimits");
		assert_limit(seen, RLIMIT_NOFILE, limits[n].soft,
			     limits[n].hard);
	}
}

/* A descriptor that the caller's own limit has no number for. */
static void a_raised_limit_comes_before_the_table(void **state)
{
	const struct libspawn_rlimit raised = {
		.resource = RLIMIT_NOFILE,
		.flags = LIBSPAWN_RLIMIT_KEEP_HARD,
		.soft = 300,
	};
	struct libspawn_options options = limiting(&raised, 1);
	const struct libspawn_fd row = { .child_fd = 280,
					 .kind = LIBSPAWN_FD_NULL };
	struct rlimit old, low = { 0, 0 };
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_RLIMIT);
	getrlimit(RLIMIT_NOFILE, &old);
	if (old.rlim_max < 300)
		skip_with_reason("the hard limit of descriptors is too low");
	low = old;
	low.rlim_cur = 128;
	setrlimit(RLIMIT_NOFILE, &low);
	options.fds = &row;
	options.fd_count = 1;
	seen = run_probe(&options, "rlimits");
	setrlimit(RLIMIT_NOFILE, &old);
	assert_limit(seen, RLIMIT_NOFILE, 300, old.rlim_max);
}

/*
 * Of several for one resource the last counts, also where one is above and one
 * below what the caller has, which are set at different times.
 */
static void the_last_limit_of_a_resource_counts(void **state)
{
	const struct libspawn_rlimit limits[] = {
		{ .resource = RLIMIT_CPU, .soft = 50, .hard = 5000 },
		{ .resource = RLIMIT_CPU, .soft = 4000, .hard = 5000 },
		{ .resource = RLIMIT_CPU, .soft = 50, .hard = 5000 },
	};
	struct libspawn_options options = limiting(limits, 2);
	const struct seen *up, *down, *both;
	struct rlimit old, mine;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_RLIMIT);
	getrlimit(RLIMIT_CPU, &old);
	mine = (struct rlimit){ 1000, old.rlim_max };
	setrlimit(RLIMIT_CPU, &mine);
	up = run_probe(&options, "rlimits");
	options.rlimit_count = 3;
	both = run_probe(&options, "rlimits");
	options.rlimits = limits + 1;
	options.rlimit_count = 2;
	down = run_probe(&options, "rlimits");
	setrlimit(RLIMIT_CPU, &old);
	assert_limit(up, RLIMIT_CPU, 4000, 5000);
	assert_limit(both, RLIMIT_CPU, 50, 5000);
	assert_limit(down, RLIMIT_CPU, 50, 5000);
}

static void the_callers_limits_stay(void **state)
{
	static const struct libspawn_rlimit limit = {
		.resource = RLIMIT_NOFILE,
		.soft = 64,
		.hard = 128,
	};
	struct libspawn_options options = limiting(&limit, 1);
	struct rlimit before, after;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_RLIMIT);
	getrlimit(RLIMIT_NOFILE, &before);
	run_probe(&options, "umask");
	getrlimit(RLIMIT_NOFILE, &after);
	assert_memory_equal(&before, &after, sizeof before);
}

static void either_limit_can_be_kept(void **state)
{
	struct rlimit old, mine;
	struct libspawn_rlimit limit = { .resource = RLIMIT_CPU };
	struct libspawn_options options = limiting(&limit, 1);
	struct seen *soft, *hard, *both;

	(void)state;
	limit.soft = 100;
	limit.flags = LIBSPAWN_RLIMIT_KEEP_HARD;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_RLIMIT);
	getrlimit(RLIMIT_CPU, &old);
	mine = (struct rlimit){ 200, old.rlim_max };
	setrlimit(RLIMIT_CPU, &mine);
	soft = run_probe(&options, "rlimits");
	limit.soft = 0;
	limit.hard = 250;
	limit.flags = LIBSPAWN_RLIMIT_KEEP_SOFT;
	hard = run_probe(&options, "rlimits");
	limit.hard = 0;
	limit.flags |= LIBSPAWN_RLIMIT_KEEP_HARD;
	both = run_probe(&options, "rlimits");
	setrlimit(RLIMIT_CPU, &old);
	assert_limit(soft, RLIMIT_CPU, 100, old.rlim_max);
	assert_limit(hard, RLIMIT_CPU, 200, 250);
	assert_limit(both, RLIMIT_CPU, 200, old.rlim_max);
}

static void a_limit_can_be_lifted(void **state)
{
	struct libspawn_rlimit limit = {
		.resource = RLIMIT_CORE,
		.soft = LIBSPAWN_RLIMIT_INFINITY,
		.hard = LIBSPAWN_RLIMIT_INFINITY,
	};
	struct libspawn_options options = limiting(&limit, 1);

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_RLIMIT);
	if (!support_has_cap(CAP_SYS_RESOURCE))
		skip_with_reason("needs CAP_SYS_RESOURCE");
	assert_limit(run_probe(&options, "rlimits"), RLIMIT_CORE, UINT64_MAX,
		     UINT64_MAX);
}

static void
a_limit_that_the_kernel_refuses_is_an_error_with_its_index(void **state)
{
	struct libspawn_rlimit limits[] = {
		{ .resource = RLIMIT_CORE, .soft = 0, .hard = 0 },
		{ .resource = RLIMIT_CORE, .soft = 1, .hard = 1 },
	};
	struct libspawn_options options = limiting(limits, 2);

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_RLIMIT);
	/* Having lowered it, only the powerful may raise it again. */
	expect_powerless_failure(&options, EPERM, LIBSPAWN_STEP_RLIMIT, 1);
	limits[1] = (struct libspawn_rlimit){ .resource = 1000 };
	expect_failure(&options, support_probe,
		       (char *[]){ (char *)(uintptr_t) "probe", NULL }, EINVAL,
		       LIBSPAWN_STEP_RLIMIT, 1);
}

static void expect_bad_limit(struct libspawn_rlimit limit)
{
	struct libspawn_rlimit limits[] = {
		{ .resource = RLIMIT_CORE },
		limit,
	};
	struct libspawn_options options = limiting(limits, 2);

	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_RLIMIT, 1);
}

static void limits_without_a_meaning_are_refused(void **state)
{
	struct libspawn_options options = limiting(NULL, 1);

	(void)state;
	expect_bad_limit((struct libspawn_rlimit){ .resource = -1 });
	expect_bad_limit((struct libspawn_rlimit){
		.resource = RLIMIT_CORE, .soft = 2, .hard = 1 });
	expect_bad_limit((struct libspawn_rlimit){ .resource = RLIMIT_CORE,
						   .flags = 4 });
	expect_bad_limit((struct libspawn_rlimit){ .resource = RLIMIT_CORE,
						   .spare = { 1, 0 } });
	expect_bad_limit((struct libspawn_rlimit){ .resource = RLIMIT_CORE,
						   .spare = { 0, 1 } });
	expect_invalid(&options, EFAULT, LIBSPAWN_STEP_RLIMIT, -1);
	options.rlimit_count = LIBSPAWN_RLIMITS_MAX + 1;
	expect_invalid(&options, E2BIG, LIBSPAWN_STEP_RLIMIT, -1);
}

/* ---- oom_score_adj ----------------------------------------------------- */

static void the_oom_score_is_adjusted(void **state)
{
	static const int values[] = { 1000, 321, 0, -7, -1000 };
	/* Lowering it takes a capability that not every root has. */
	int count = support_has_cap(CAP_SYS_RESOURCE) ? 5 : 2;
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_OOM_SCORE_ADJ,
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES | ELSEWHERE_DECLINES,
			      &options, LIBSPAWN_STEP_OOM_SCORE_ADJ);
	for (int i = 0; i < count; i++) {
		options.oom_score_adj = values[i];
		assert_int_equal(seen_number(run_probe(&options, "oom"),
					     "oom_score_adj"),
				 values[i]);
	}
}

static void the_callers_oom_score_stays(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_OOM_SCORE_ADJ,
		.oom_score_adj = 500,
	};
	const char *before;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES | ELSEWHERE_DECLINES,
			      &options, LIBSPAWN_STEP_OOM_SCORE_ADJ);
	before = seen_text(run_probe(NULL, "oom"), "oom_score_adj");
	run_probe(&options, "umask");
	assert_seen(run_probe(NULL, "oom"), "oom_score_adj", before);
}

static void an_oom_score_that_may_not_be_lowered_is_refused(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_OOM_SCORE_ADJ,
		.oom_score_adj = -1000,
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES | ELSEWHERE_DECLINES,
			      &options, LIBSPAWN_STEP_OOM_SCORE_ADJ);
	expect_powerless_failure(&options, EACCES, LIBSPAWN_STEP_OOM_SCORE_ADJ,
				 -1);
}

static void oom_scores_without_a_meaning_are_refused(void **state)
{
	struct libspawn_options options = { OPTIONS, .oom_score_adj = 1 };

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_OOM_SCORE_ADJ, -1);
	options.flags = LIBSPAWN_OOM_SCORE_ADJ;
	options.oom_score_adj = 1001;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_OOM_SCORE_ADJ, -1);
	options.oom_score_adj = -1001;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_OOM_SCORE_ADJ, -1);
}

static const struct CMUnitTest tests[] = {
	TEST(limits_are_inherited),
	TEST(soft_and_hard_limits_are_set),
	TEST(a_lowered_limit_does_not_stand_in_the_tables_way),
	TEST(a_raised_limit_comes_before_the_table),
	TEST(the_last_limit_of_a_resource_counts),
	TEST(the_callers_limits_stay),
	TEST(either_limit_can_be_kept),
	TEST(a_limit_can_be_lifted),
	TEST(a_limit_that_the_kernel_refuses_is_an_error_with_its_index),
	TEST(limits_without_a_meaning_are_refused),
	TEST(the_oom_score_is_adjusted),
	TEST(the_callers_oom_score_stays),
	TEST(an_oom_score_that_may_not_be_lowered_is_refused),
	TEST(oom_scores_without_a_meaning_are_refused),
};

TEST_MAIN(tests)
