/* SPDX-License-Identifier: MIT */
/*
 * Ten thousand descriptors open and a limit out of all proportion, with and
 * without close_range and /proc.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "apart.h"
#include "refuse.h"

#define MANY 10000
/* Beyond all that is open. */
#define FAR 5000
/* Of the loop that is the last resort. */
#define CEILING 65536

static void raise_limit(rlim_t wanted)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = wanted;
	if (limit.rlim_max < wanted)
		limit.rlim_max = wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		skip_apart("the limit of descriptors can't be raised");
}

static void open_many(void)
{
	raise_limit(MANY + 64);
	for (int n = 0; n < MANY; n++)
		assert_true(dup(0) >= 0);
	mark_surroundings();
}

/* Make /proc an empty directory, for this process and its children. */
static void hide_proc(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/proc", "tmpfs", 0, NULL))
		skip_apart("/proc can't be hidden");
	assert_int_equal(access("/proc/self", F_OK), -1);
}

static void close_many(uint32_t fallbacks)
{
	struct seen *seen;

	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		fallbacks = 0;
	seen = run_probe(NULL, "fds");
	assert_seen(seen, "fds", "0,1,2");
	assert_int_equal(seen->process.fallbacks &
				 LIBSPAWN_FALLBACK_CLOSE_RANGE,
			 fallbacks);
}

static void close_many_body(void)
{
	open_many();
	close_many(support_own_fallbacks());
}

static void ten_thousand_descriptors_are_closed(void **state)
{
	(void)state;
	run_apart(close_many_body);
}

static void close_many_refused_body(void)
{
	need_refusals();
	open_many();
	refuse_call("close_range", ENOSYS);
	close_many(LIBSPAWN_FALLBACK_CLOSE_RANGE);
}

static void ten_thousand_are_closed_without_close_range(void **state)
{
	(void)state;
	run_apart(close_many_refused_body);
}

/* The C library's posix_spawn() has no third way. */
static void close_many_blind_body(void)
{
	need_refusals();
	open_many();
	hide_proc();
	close_many(support_own_fallbacks());
	refuse_call("close_range", EPERM);
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		return;
	close_many(LIBSPAWN_FALLBACK_CLOSE_RANGE);
}

static void ten_thousand_are_closed_without_close_range_and_proc(void **state)
{
	(void)state;
	run_apart(close_many_blind_body);
}

/* As far as we may, which fs.nr_open and the hard limit have a say in. */
static rlim_t raise_limit_to_the_sky(void)
{
	struct rlimit limit;
	rlim_t wanted;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	for (wanted = (rlim_t)1 << 30; wanted > limit.rlim_max; wanted /= 2) {
		struct rlimit both = { wanted, wanted };

		if (setrlimit(RLIMIT_NOFILE, &both) == 0)
			break;
	}
	if (wanted <= limit.rlim_max) {
		wanted = limit.rlim_max;
		raise_limit(wanted);
	}
	print_message("RLIMIT_NOFILE is %lu\n", (unsigned long)wanted);
	return wanted;
}

/* Whoever tries all numbers up to the limit gets killed on the way. */
static void far_limit_body(void)
{
	rlim_t limit = raise_limit_to_the_sky();

	need_refusals();
	if (limit <= 2 * FAR)
		skip_apart("the limit is too low to tell");
	kill_on_call_from("close", FAR);
	kill_on_call_from("fcntl", FAR);
	assert_int_equal(dup2(0, FAR - 1), FAR - 1);
	close_many(support_own_fallbacks());
	refuse_call("close_range", ENOSYS);
	close_many(LIBSPAWN_FALLBACK_CLOSE_RANGE);
	close(FAR - 1);
}

static void the_limit_of_descriptors_does_not_count(void **state)
{
	(void)state;
	run_apart(far_limit_body);
}

static void far_limit_blind_body(void)
{
	rlim_t limit = raise_limit_to_the_sky();

	need_refusals();
	if (limit <= CEILING)
		skip_apart("the limit is too low to be refused");
	hide_proc();
	refuse_call("close_range", ENOSYS);
	kill_on_call_from("fcntl", CEILING);
	expect_probe_failure(NULL, EMFILE, LIBSPAWN_STEP_CLOSE_FDS, -1);
}

static void with_no_way_to_close_all_it_is_an_error(void **state)
{
	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		skip_with_reason("posix_spawn() decides that by itself");
	run_apart(far_limit_blind_body);
}

static const struct CMUnitTest tests[] = {
	TEST(ten_thousand_descriptors_are_closed),
	TEST(ten_thousand_are_closed_without_close_range),
	TEST(ten_thousand_are_closed_without_close_range_and_proc),
	TEST(the_limit_of_descriptors_does_not_count),
	TEST(with_no_way_to_close_all_it_is_an_error),
};

TEST_MAIN(tests)
