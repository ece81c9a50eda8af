/* SPDX-License-Identifier: MIT */
/*
 * Other systems than Linux: what they lack is refused, with the step, before
 * there is a process. On Linux tests/systems/portable.py runs it, as one of
 * them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "support.h"

static const uint32_t cpus[] = { 0 };
static const int32_t namespaces[] = { 0 };
static const struct libspawn_bpf filter[] = { { .code = 6 /* BPF_RET */ } };

static const struct {
	int step;
	struct libspawn_options options;
} refused[] = {
	{ LIBSPAWN_STEP_PIDFD, { OPTIONS, .flags = LIBSPAWN_PIDFD } },
	{ LIBSPAWN_STEP_DETACH, { OPTIONS, .flags = LIBSPAWN_DETACH } },
	{ LIBSPAWN_STEP_CGROUP, { OPTIONS, .flags = LIBSPAWN_CGROUP_FD } },
	{ LIBSPAWN_STEP_SCHEDULER, { OPTIONS, .flags = LIBSPAWN_SCHEDULER } },
	{ LIBSPAWN_STEP_AFFINITY, { OPTIONS, .cpus = cpus, .cpu_count = 1 } },
	{ LIBSPAWN_STEP_IO_PRIORITY,
	  { OPTIONS, .flags = LIBSPAWN_IO_PRIORITY, .io_priority = 2 << 13 } },
	{ LIBSPAWN_STEP_TIMER_SLACK,
	  { OPTIONS, .flags = LIBSPAWN_TIMER_SLACK, .timer_slack = 1 } },
	{ LIBSPAWN_STEP_OOM_SCORE_ADJ,
	  { OPTIONS, .flags = LIBSPAWN_OOM_SCORE_ADJ } },
	{ LIBSPAWN_STEP_UNSHARE, { OPTIONS, .unshare = 0x04000000 } },
	{ LIBSPAWN_STEP_NAMESPACE,
	  { OPTIONS, .namespaces = namespaces, .namespace_count = 1 } },
	{ LIBSPAWN_STEP_BOUNDING_CAPS,
	  { OPTIONS, .flags = LIBSPAWN_BOUNDING_CAPS } },
	{ LIBSPAWN_STEP_SECUREBITS, { OPTIONS, .flags = LIBSPAWN_SECUREBITS } },
	{ LIBSPAWN_STEP_AMBIENT_CAPS,
	  { OPTIONS, .flags = LIBSPAWN_AMBIENT_CAPS } },
	{ LIBSPAWN_STEP_PARENT_DEATH, { OPTIONS, .parent_death_signal = 9 } },
	{ LIBSPAWN_STEP_NO_NEW_PRIVS,
	  { OPTIONS, .flags = LIBSPAWN_NO_NEW_PRIVS } },
	{ LIBSPAWN_STEP_LANDLOCK, { OPTIONS, .flags = LIBSPAWN_LANDLOCK_FD } },
	{ LIBSPAWN_STEP_SECCOMP,
	  { OPTIONS, .seccomp = filter, .seccomp_count = 1 } },
	{ LIBSPAWN_STEP_EXEC, { OPTIONS, .flags = LIBSPAWN_PROGRAM_FD } },
};

static void what_only_linux_has_is_refused_with_its_step(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof refused / sizeof *refused; n++)
		expect_decline(&refused[n].options, refused[n].step);
}

/* Nor is another backend taken instead, if all of them decline. */
static void no_backend_takes_it(void **state)
{
	char name[] = "probe";
	char *argv[] = { name, NULL };

	(void)state;
	for (size_t n = 0; n < sizeof refused / sizeof *refused; n++) {
		struct libspawn_options options = refused[n].options;
		struct libspawn_process process;
		struct libspawn_error error;

		options.flags |= LIBSPAWN_ALLOW_FORK;
		assert_int_equal(libspawn_start(&process, support_probe, argv,
						&options, &error),
				 ENOTSUP);
		assert_int_equal(error.step, refused[n].step);
	}
}

static void there_is_no_clone_backend(void **state)
{
	struct libspawn_options options = { OPTIONS,
					    .backend = LIBSPAWN_BACKEND_CLONE };
	struct libspawn_error error;

	(void)state;
	assert_int_equal(libspawn_query(options.backend, &options, &error),
			 -ENOTSUP);
	assert_int_equal(error.step, LIBSPAWN_STEP_BACKEND);
}

static const struct CMUnitTest tests[] = {
	TEST(what_only_linux_has_is_refused_with_its_step),
	TEST(no_backend_takes_it),
	TEST(there_is_no_clone_backend),
};

TEST_MAIN(tests)
