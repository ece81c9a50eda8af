/* SPDX-License-Identifier: MIT */
/* Policy, niceness, processors, I/O priority and timer slack. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support.h"

#define IO_REALTIME (1u << 13)
#define IO_BEST_EFFORT (2u << 13)
#define IO_IDLE (3u << 13)

static void niceness_is_absolute(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_NICE,
		.nice = 7,
	};
	int before = getpriority(PRIO_PROCESS, 0);

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_NICE);
	assert_int_equal(seen_number(run_probe(&options, "scheduling"), "nice"),
			 7);
	options.nice = 19;
	assert_int_equal(seen_number(run_probe(&options, "scheduling"), "nice"),
			 19);
	assert_int_equal(getpriority(PRIO_PROCESS, 0), before);
}

static void niceness_can_be_negative_or_zero(void **state)
{
	static const int values[] = { -20, -2, 0 };
	struct libspawn_options options = { OPTIONS, .flags = LIBSPAWN_NICE };
	int before = getpriority(PRIO_PROCESS, 0);

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_NICE);
	need_root();
	setpriority(PRIO_PROCESS, 0, 5);
	for (int i = 0; i < 3; i++) {
		struct seen *seen;

		options.nice = values[i];
		seen = run_probe(&options, "scheduling");
		assert_int_equal(seen_number(seen, "nice"), values[i]);
	}
	setpriority(PRIO_PROCESS, 0, before);
}

static void niceness_that_may_not_be_lowered_is_refused(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_NICE,
		.nice = -20,
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_NICE);
	expect_powerless_failure(&options, EACCES, LIBSPAWN_STEP_NICE, -1);
}

static void policies_without_priority_are_set(void **state)
{
	static const int policies[] = { SCHED_BATCH, SCHED_IDLE, SCHED_OTHER };
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_SCHEDULER,
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_SCHEDULER);
	for (int i = 0; i < 3; i++) {
		struct seen *seen;

		options.sched_policy = policies[i];
		seen = run_probe(&options, "scheduling");
		assert_int_equal(seen_number(seen, "sched.policy"),
				 policies[i]);
		assert_int_equal(seen_number(seen, "sched.priority"), 0);
	}
}

static void realtime_policies_have_a_priority(void **state)
{
	static const int policies[] = { SCHED_FIFO, SCHED_RR };
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_SCHEDULER,
		.sched_priority = 3,
	};

	(void)state;
	options.sched_policy = SCHED_FIFO;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_SCHEDULER);
	need_root();
	for (int i = 0; i < 2; i++) {
		struct seen *seen;

		options.sched_policy = policies[i];
		seen = run_probe(&options, "scheduling");
		assert_int_equal(seen_number(seen, "sched.policy"),
				 policies[i]);
		assert_int_equal(seen_number(seen, "sched.priority"), 3);
	}
	assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
}

static void policies_that_may_not_be_taken_are_refused(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_SCHEDULER,
		.sched_policy = SCHED_FIFO,
		.sched_priority = 3,
	};
	struct rlimit old, none = { 0, 0 };

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_SCHEDULER);
	getrlimit(RLIMIT_RTPRIO, &old);
	none.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_RTPRIO, &none);
	expect_powerless_failure(&options, EPERM, LIBSPAWN_STEP_SCHEDULER, -1);
	setrlimit(RLIMIT_RTPRIO, &old);
	options.sched_priority = 1000;
	expect_probe_failure(&options, EINVAL, LIBSPAWN_STEP_SCHEDULER, -1);
}

/* ---- Processors -------------------------------------------------------- */

static uint32_t first_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof set, &set);
	for (uint32_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			return cpu;
	return 0;
}

static void the_child_runs_on_the_processors_given(void **state)
{
	uint32_t cpus[] = { first_cpu(), first_cpu() };
	struct libspawn_options options = {
		OPTIONS,
		.cpus = cpus,
		.cpu_count = 2,
	};
	cpu_set_t before, after;
	struct seen *seen;
	char text[16];

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_AFFINITY);
	sched_getaffinity(0, sizeof before, &before);
	seen = run_probe(&options, "scheduling");
	sched_getaffinity(0, sizeof after, &after);
	snprintf(text, sizeof text, "%u", cpus[0]);
	assert_seen(seen, "cpus", text);
	assert_memory_equal(&before, &after, sizeof before);
}

static void processors_that_do_not_exist_are_refused(void **state)
{
	static const uint32_t cpus[] = { LIBSPAWN_CPUS_MAX - 1 };
	struct libspawn_options options = {
		OPTIONS,
		.cpus = cpus,
		.cpu_count = 1,
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_AFFINITY);
	expect_probe_failure(&options, EINVAL, LIBSPAWN_STEP_AFFINITY, -1);
}

static void processors_without_a_meaning_are_refused(void **state)
{
	static const uint32_t cpus[] = { 0, LIBSPAWN_CPUS_MAX };
	struct libspawn_options options = { OPTIONS, .cpu_count = 1 };

	(void)state;
	expect_invalid(&options, EFAULT, LIBSPAWN_STEP_AFFINITY, -1);
	options.cpus = cpus;
	options.cpu_count = 2;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_AFFINITY, 1);
	options.cpu_count = LIBSPAWN_CPUS_MAX + 1;
	expect_invalid(&options, E2BIG, LIBSPAWN_STEP_AFFINITY, -1);
}

/* ---- I/O priority and timer slack -------------------------------------- */

static void the_io_priority_is_set(void **state)
{
	static const uint32_t values[] = { IO_BEST_EFFORT | 6, IO_IDLE, 0 };
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_IO_PRIORITY,
	};
	long before = syscall(SYS_ioprio_get, 1, 0);

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_IO_PRIORITY);
	for (int i = 0; i < 2; i++) {
		struct seen *seen;

		options.io_priority = values[i];
		seen = run_probe(&options, "scheduling");
		assert_int_equal(seen_number(seen, "io_priority"), values[i]);
	}
	assert_int_equal(syscall(SYS_ioprio_get, 1, 0), before);
}

static void io_priorities_that_may_not_be_taken_are_refused(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_IO_PRIORITY,
		.io_priority = IO_REALTIME,
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_IO_PRIORITY);
	expect_powerless_failure(&options, EPERM, LIBSPAWN_STEP_IO_PRIORITY,
				 -1);
	options.io_priority = 5u << 13;
	expect_probe_failure(&options, EINVAL, LIBSPAWN_STEP_IO_PRIORITY, -1);
}

static void the_timer_slack_is_set(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_TIMER_SLACK,
		.timer_slack = 1234567,
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_TIMER_SLACK);
	assert_int_equal(
		seen_number(run_probe(&options, "scheduling"), "timer_slack"),
		1234567);
	assert_int_not_equal(
		seen_number(run_probe(NULL, "scheduling"), "timer_slack"),
		1234567);
}

static void values_without_their_flag_are_refused(void **state)
{
	struct libspawn_options nice = { OPTIONS, .nice = 1 };
	struct libspawn_options policy = { OPTIONS, .sched_policy = 1 };
	struct libspawn_options priority = { OPTIONS, .sched_priority = 1 };
	struct libspawn_options io = { OPTIONS, .io_priority = 1 };
	struct libspawn_options slack = { OPTIONS, .timer_slack = 1 };

	(void)state;
	expect_invalid(&nice, EINVAL, LIBSPAWN_STEP_NICE, -1);
	expect_invalid(&policy, EINVAL, LIBSPAWN_STEP_SCHEDULER, -1);
	expect_invalid(&priority, EINVAL, LIBSPAWN_STEP_SCHEDULER, -1);
	expect_invalid(&io, EINVAL, LIBSPAWN_STEP_IO_PRIORITY, -1);
	expect_invalid(&slack, EINVAL, LIBSPAWN_STEP_TIMER_SLACK, -1);
	nice.flags = LIBSPAWN_NICE;
	nice.nice = 20;
	expect_invalid(&nice, EINVAL, LIBSPAWN_STEP_NICE, -1);
	nice.nice = -21;
	expect_invalid(&nice, EINVAL, LIBSPAWN_STEP_NICE, -1);
}

static const struct CMUnitTest tests[] = {
	TEST(niceness_is_absolute),
	TEST(niceness_can_be_negative_or_zero),
	TEST(niceness_that_may_not_be_lowered_is_refused),
	TEST(policies_without_priority_are_set),
	TEST(realtime_policies_have_a_priority),
	TEST(policies_that_may_not_be_taken_are_refused),
	TEST(the_child_runs_on_the_processors_given),
	TEST(processors_that_do_not_exist_are_refused),
	TEST(processors_without_a_meaning_are_refused),
	TEST(the_io_priority_is_set),
	TEST(io_priorities_that_may_not_be_taken_are_refused),
	TEST(the_timer_slack_is_set),
	TEST(values_without_their_flag_are_refused),
};

TEST_MAIN(tests)
