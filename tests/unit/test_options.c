/* SPDX-License-Identifier: MIT */
/*
 * Reading the options: sizes as openat2(2) has them, fields without their
 * flags, limits of lists, and every rule with its code and step.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "request/options.h"
#include "unit.h"

#define FLAG(bit) (UINT64_C(1) << (bit))
#define FIRST_FIELDS offsetof(struct libspawn_options, signal_default)

enum { OURS = sizeof(struct libspawn_options), LARGEST = 4096 };

static int read_options(struct libspawn_options *options, const void *given)
{
	struct failure failure = { -2, -2 };
	int code = libspawn__options_read(options, given, &failure);

	if (code < 0) {
		assert_int_equal(failure.step, LIBSPAWN_STEP_OPTIONS);
		assert_int_equal(failure.index, -1);
	}
	return code;
}

/* A struct of exactly this size, so that a checker sees a byte too many. */
static unsigned char *new_sized(uint32_t size, uint32_t allocated)
{
	unsigned char *given = calloc(1, allocated);

	assert_non_null(given);
	memcpy(given, &size, sizeof size);
	return given;
}

static int read_sized(uint32_t size, uint32_t allocated)
{
	unsigned char *given = new_sized(size, allocated);
	struct libspawn_options options;
	int code = read_options(&options, given);

	free(given);
	return code;
}

/* ---- Sizes ------------------------------------------------------------- */

static void no_options_are_all_zero(void **state)
{
	const struct libspawn_options zero = { OPTIONS };
	struct libspawn_options options;

	(void)state;
	memset(&options, 0xff, sizeof options);
	assert_int_equal(read_options(&options, NULL), 0);
	assert_memory_equal(&options, &zero, sizeof zero);
}

static void a_size_too_small_is_invalid(void **state)
{
	uint32_t size;

	(void)state;
	for (size = 0; size < FIRST_FIELDS; size++)
		assert_int_equal(read_sized(size, FIRST_FIELDS), -EINVAL);
}

static void a_smaller_struct_is_extended_with_zeros(void **state)
{
	uint32_t size;

	(void)state;
	for (size = FIRST_FIELDS; size <= OURS; size++) {
		struct libspawn_options options;
		struct libspawn_options expected = { .size = OURS };
		unsigned char *given = new_sized(size, size);

		memset(&options, 0xff, sizeof options);
		assert_int_equal(read_options(&options, given), 0);
		assert_memory_equal(&options, &expected, sizeof options);
		free(given);
	}
}

/* The last known field is cut off by a smaller size, so it does not count. */
static void what_lies_beyond_the_size_is_not_read(void **state)
{
	struct libspawn_options given = { OPTIONS, .flags = LIBSPAWN_UMASK,
					  .umask = 022, .cwd = "/beyond" };
	struct libspawn_options options;

	(void)state;
	given.size = offsetof(struct libspawn_options, umask);
	assert_int_equal(read_options(&options, &given), 0);
	assert_int_equal(options.umask, 0);
	assert_string_equal(options.cwd, "/beyond");
	given.size = offsetof(struct libspawn_options, cwd);
	assert_int_equal(read_options(&options, &given), 0);
	assert_null(options.cwd);
}

static void a_larger_struct_with_a_zero_tail_is_cut(void **state)
{
	(void)state;
	assert_int_equal(read_sized(OURS + 1, OURS + 1), 0);
	assert_int_equal(read_sized(OURS + 8, OURS + 8), 0);
	assert_int_equal(read_sized(LARGEST, LARGEST), 0);
}

static void a_larger_struct_with_anything_in_its_tail_is_too_big(void **state)
{
	enum { SIZE = OURS + 24 };
	uint32_t at;

	(void)state;
	for (at = OURS; at < SIZE; at++) {
		unsigned char *given = new_sized(SIZE, SIZE);
		struct libspawn_options options;

		given[at] = 0x80;
		assert_int_equal(read_options(&options, given), -E2BIG);
		free(given);
	}
}

static void a_size_that_is_no_size_is_too_big_and_not_read(void **state)
{
	(void)state;
	assert_int_equal(read_sized(LARGEST + 1, OURS), -E2BIG);
	assert_int_equal(read_sized(UINT32_MAX, OURS), -E2BIG);
	assert_int_equal(read_sized(INT32_MAX, OURS), -E2BIG);
}

/* ---- Flags ------------------------------------------------------------- */

static void every_unused_flag_is_refused(void **state)
{
	const uint64_t known = (LIBSPAWN_BUSY_RETRY * 2 - 1) |
			       (LIBSPAWN_NEW_CORE * 2 - LIBSPAWN_INHERIT_FDS) |
			       LIBSPAWN_HOLD | LIBSPAWN_POLL_FD |
			       LIBSPAWN_MAY_WAIT | LIBSPAWN_PERSONALITY |
			       LIBSPAWN_INHERITABLE_CAPS;
	int bit;
	int unknown = 0;

	(void)state;
	for (bit = 0; bit < 64; bit++) {
		if (known >> bit & 1)
			continue;
		unknown++;
		expect_refusal(&(struct libspawn_options){ OPTIONS,
							   .flags = FLAG(bit) },
			       EINVAL, LIBSPAWN_STEP_OPTIONS, -1);
	}
	assert_int_equal(unknown, 64 - 22 - 26);
}

#define WITHOUT_FLAG(field, value, step)                                       \
	{                                                                      \
		{ OPTIONS, .field = (value) }, LIBSPAWN_STEP_##step            \
	}

static const struct {
	struct libspawn_options options;
	int step;
} unflagged[] = {
	WITHOUT_FLAG(program_fd, 3, EXEC),
	WITHOUT_FLAG(program_fd, -1, EXEC),
	WITHOUT_FLAG(cwd_fd, 3, CWD),
	WITHOUT_FLAG(cwd_fd, -1, CWD),
	WITHOUT_FLAG(umask, 022, UMASK),
	WITHOUT_FLAG(signal_mask, 1, SIGNAL_MASK),
	WITHOUT_FLAG(signal_mask, FLAG(63), SIGNAL_MASK),
	WITHOUT_FLAG(process_group, 1, PROCESS_GROUP),
	WITHOUT_FLAG(terminal_fd, 3, TERMINAL),
	WITHOUT_FLAG(uid, 1, UID),
	WITHOUT_FLAG(gid, 1, GID),
	WITHOUT_FLAG(group_count, 1, GROUPS),
	WITHOUT_FLAG(ambient_caps, 1, AMBIENT_CAPS),
	WITHOUT_FLAG(bounding_caps, FLAG(40), BOUNDING_CAPS),
	WITHOUT_FLAG(securebits, 1, SECUREBITS),
	WITHOUT_FLAG(nice, -1, NICE),
	WITHOUT_FLAG(sched_policy, 1, SCHEDULER),
	WITHOUT_FLAG(sched_priority, 1, SCHEDULER),
	WITHOUT_FLAG(io_priority, 1, IO_PRIORITY),
	WITHOUT_FLAG(oom_score_adj, -1, OOM_SCORE_ADJ),
	WITHOUT_FLAG(timer_slack, FLAG(40), TIMER_SLACK),
	WITHOUT_FLAG(cgroup_fd, 3, CGROUP),
	WITHOUT_FLAG(landlock_fd, 3, LANDLOCK),
	WITHOUT_FLAG(busy_retry, 1, EXEC),
	WITHOUT_FLAG(personality, 8, PERSONALITY),
	WITHOUT_FLAG(inheritable_caps, FLAG(40), INHERITABLE_CAPS),
};

static void a_field_without_its_flag_is_refused_with_its_step(void **state)
{
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(unflagged); n++)
		expect_refusal(&unflagged[n].options, EINVAL, unflagged[n].step,
			       -1);
}

/* 0 with a flag is a value: descriptor 0, uid 0, umask 0, priority 0. */
static void every_flag_of_a_field_is_accepted_with_a_zero(void **state)
{
	const uint64_t needs_more = LIBSPAWN_TERMINAL_FD;
	int bit;

	(void)state;
	for (bit = 0; FLAG(bit) <= LIBSPAWN_BUSY_RETRY; bit++) {
		struct compiled compiled;
		struct libspawn_options options = { OPTIONS,
						    .flags = FLAG(bit) };

		if (needs_more >> bit & 1)
			options.flags |= LIBSPAWN_FOREGROUND;
		plan_compile(&compiled, NULL, &options);
		plan_free(&compiled);
	}
}

/* ---- Lists ------------------------------------------------------------- */

#define LIST(list, count, most, step, with_flags)                              \
	{                                                                      \
		offsetof(struct libspawn_options, list),                       \
			offsetof(struct libspawn_options, count),              \
			LIBSPAWN_##most##_MAX, LIBSPAWN_STEP_##step,           \
			with_flags                                             \
	}

static const struct {
	size_t list;
	size_t count;
	uint32_t most;
	int step;
	uint64_t flags;
} lists[] = {
	LIST(fds, fd_count, FDS, FD, 0),
	LIST(filters, filter_count, FILTERS, SECCOMP, 0),
	LIST(groups, group_count, GROUPS, GROUPS, LIBSPAWN_GROUPS),
	LIST(rlimits, rlimit_count, RLIMITS, RLIMIT, 0),
	LIST(cpus, cpu_count, CPUS, AFFINITY, 0),
	LIST(namespaces, namespace_count, NAMESPACES, NAMESPACE, 0),
	LIST(seccomp, seccomp_count, SECCOMP, SECCOMP, 0),
};

static struct libspawn_options with_list(size_t n, const void *list,
					 uint32_t count)
{
	struct libspawn_options options = { OPTIONS, .flags = lists[n].flags };
	char *base = (char *)&options;

	memcpy(base + lists[n].list, &list, sizeof list);
	memcpy(base + lists[n].count, &count, sizeof count);
	return options;
}

static void a_list_longer_than_its_limit_is_too_big(void **state)
{
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(lists); n++) {
		const uint32_t lengths[] = { lists[n].most + 1, UINT32_MAX,
					     UINT32_C(1) << 31 };
		size_t at;

		for (at = 0; at < COUNT(lengths); at++) {
			struct libspawn_options options =
				with_list(n, &lengths, lengths[at]);

			expect_refusal(&options, E2BIG, lists[n].step, -1);
		}
	}
}

static void a_count_without_a_list_is_a_fault(void **state)
{
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(lists); n++) {
		struct libspawn_options one = with_list(n, NULL, 1);
		struct libspawn_options most =
			with_list(n, NULL, lists[n].most);

		expect_refusal(&one, EFAULT, lists[n].step, -1);
		expect_refusal(&most, EFAULT, lists[n].step, -1);
	}
}

static void a_list_without_a_count_is_not_read(void **state)
{
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(lists); n++) {
		struct libspawn_options options = with_list(n, "", 0);
		struct compiled compiled;

		plan_compile(&compiled, NULL, &options);
		plan_free(&compiled);
	}
}

/* A zeroed element has a meaning in all lists but the first two. */
static void a_list_as_long_as_its_limit_is_taken(void **state)
{
	void *zeros = calloc(LIBSPAWN_GROUPS_MAX, sizeof(uint64_t));
	size_t n;

	(void)state;
	assert_non_null(zeros);
	for (n = 2; n < COUNT(lists); n++) {
		struct libspawn_options options =
			with_list(n, zeros, lists[n].most);
		struct compiled compiled;

		plan_compile(&compiled, NULL, &options);
		plan_free(&compiled);
	}
	free(zeros);
}

/* ---- Rules ------------------------------------------------------------- */

static const uint32_t cpus_beyond[] = { 0, LIBSPAWN_CPUS_MAX };
static const int32_t closed_namespaces[] = { 0, 1, -1 };
static const struct libspawn_rlimit crossed[] = {
	{ .soft = 1, .hard = 1 },
	{ .soft = 2, .hard = 1 },
};
static const struct libspawn_rlimit unknown_flag[] = { { .flags = 4 } };
static const struct libspawn_rlimit used_spare[] = { { .spare = { 0, 1 } } };
static const struct libspawn_rlimit no_resource[] = { { .resource = -1 } };

static const struct libspawn_time_offsets no_offsets;
static const struct libspawn_sched_attr no_attributes;
static const struct libspawn_filter no_filter[1];

#define BROKEN(code, step, ...)                                                \
	{                                                                      \
		{ OPTIONS, __VA_ARGS__ }, code, LIBSPAWN_STEP_##step, -1       \
	}
#define BROKEN_AT(index, code, step, ...)                                      \
	{                                                                      \
		{ OPTIONS, __VA_ARGS__ }, code, LIBSPAWN_STEP_##step, index    \
	}
#define FLAGS(names) .flags = (names)

static const struct {
	struct libspawn_options options;
	int code;
	int step;
	int index;
} broken[] = {
	BROKEN(EINVAL, BACKEND, .backend = LIBSPAWN_BACKEND_FORK + 1),
	BROKEN(EINVAL, BACKEND, .backend = UINT32_MAX),
	BROKEN(EINVAL, SEARCH, .search = LIBSPAWN_SEARCH_LIST + 1),
	BROKEN(EINVAL, SEARCH, .search = LIBSPAWN_SEARCH_LIST),
	BROKEN(EINVAL, SEARCH, .search_list = "/bin"),
	BROKEN(EINVAL, SEARCH, .search = LIBSPAWN_SEARCH_PARENT_PATH,
	       .search_list = "/bin"),
	/* Of two that are broken, the first of the rules. */
	BROKEN(EINVAL, SEARCH, .backend = UINT32_MAX, .search_list = "/bin"),
	BROKEN(EINVAL, SEARCH, FLAGS(LIBSPAWN_PROGRAM_FD),
	       .search = LIBSPAWN_SEARCH_CHILD_PATH),
	BROKEN(EINVAL, EXEC,
	       FLAGS(LIBSPAWN_PROGRAM_FD | LIBSPAWN_SHELL_FALLBACK)),
	BROKEN(EBADF, EXEC, FLAGS(LIBSPAWN_PROGRAM_FD), .program_fd = -1),
	BROKEN(EINVAL, CWD, FLAGS(LIBSPAWN_CWD_FD), .cwd = "/"),
	BROKEN(EBADF, CWD, FLAGS(LIBSPAWN_CWD_FD), .cwd_fd = -1),
	BROKEN(EINVAL, CWD, FLAGS(LIBSPAWN_CWD_FD), .cwd_fd = 3, .root = "/"),
	BROKEN(EBADF, CWD, FLAGS(LIBSPAWN_CWD_FD), .cwd_fd = -100),
	BROKEN_AT(SIGKILL, EINVAL, SIGNALS,
		  .signal_default = FLAG(SIGKILL - 1)),
	BROKEN_AT(SIGSTOP, EINVAL, SIGNALS,
		  .signal_default = FLAG(SIGSTOP - 1)),
	BROKEN_AT(SIGKILL, EINVAL, SIGNALS, .signal_ignore = FLAG(SIGKILL - 1)),
	BROKEN_AT(SIGSTOP, EINVAL, SIGNALS, .signal_ignore = FLAG(SIGSTOP - 1)),
	BROKEN_AT(3, EINVAL, SIGNALS, .signal_ignore = 6, .signal_default = 12),
	BROKEN(EINVAL, PARENT_DEATH, .parent_death_signal = -1),
	BROKEN(EINVAL, PARENT_DEATH, .parent_death_signal = 65),
	BROKEN(EINVAL, PROCESS_GROUP,
	       FLAGS(LIBSPAWN_PROCESS_GROUP | LIBSPAWN_NEW_SESSION)),
	BROKEN(EINVAL, PROCESS_GROUP, FLAGS(LIBSPAWN_PROCESS_GROUP),
	       .process_group = -1),
	BROKEN(EINVAL, TERMINAL,
	       FLAGS(LIBSPAWN_CONTROLLING_TERMINAL | LIBSPAWN_TERMINAL_FD)),
	BROKEN(EINVAL, TERMINAL,
	       FLAGS(LIBSPAWN_CONTROLLING_TERMINAL | LIBSPAWN_NEW_SESSION)),
	BROKEN(EINVAL, TERMINAL, FLAGS(LIBSPAWN_TERMINAL_FD)),
	BROKEN(EBADF, TERMINAL,
	       FLAGS(LIBSPAWN_FOREGROUND | LIBSPAWN_TERMINAL_FD),
	       .terminal_fd = -1),
	BROKEN(EINVAL, FOREGROUND, FLAGS(LIBSPAWN_FOREGROUND)),
	BROKEN(EINVAL, UMASK, FLAGS(LIBSPAWN_UMASK), .umask = 01000),
	BROKEN(EINVAL, NICE, FLAGS(LIBSPAWN_NICE), .nice = 20),
	BROKEN(EINVAL, NICE, FLAGS(LIBSPAWN_NICE), .nice = -21),
	BROKEN(EINVAL, IO_PRIORITY, FLAGS(LIBSPAWN_IO_PRIORITY),
	       .io_priority = 0x10000),
	BROKEN(EINVAL, OOM_SCORE_ADJ, FLAGS(LIBSPAWN_OOM_SCORE_ADJ),
	       .oom_score_adj = 1001),
	BROKEN(EINVAL, OOM_SCORE_ADJ, FLAGS(LIBSPAWN_OOM_SCORE_ADJ),
	       .oom_score_adj = -1001),
	BROKEN(EINVAL, TIMER_SLACK, FLAGS(LIBSPAWN_TIMER_SLACK),
	       .timer_slack = (uint64_t)LONG_MAX + 1),
	BROKEN(EINVAL, UID, FLAGS(LIBSPAWN_UID), .uid = UINT32_MAX),
	BROKEN(EINVAL, GID, FLAGS(LIBSPAWN_GID), .gid = UINT32_MAX),
	BROKEN(EINVAL, GROUPS, FLAGS(LIBSPAWN_TRY_GROUPS)),
	BROKEN(EINVAL, UNSHARE, .unshare = 1),
	BROKEN(EINVAL, UNSHARE, .unshare = 0x100 /* CLONE_VM */),
	BROKEN(EINVAL, UNSHARE, .unshare = FLAG(40) | 0x04000000),
	BROKEN(EINVAL, HOSTNAME, .hostname = "h"),
	BROKEN(EINVAL, DOMAINNAME, .unshare = 0x80, .domainname = "d"),
	BROKEN(EINVAL, LOOPBACK, FLAGS(LIBSPAWN_LOOPBACK)),
	BROKEN(EINVAL, TIME_OFFSETS, .time_offsets = &no_offsets),
	BROKEN(EINVAL, SCHED_ATTR, FLAGS(LIBSPAWN_SCHEDULER),
	       .sched_attr = &no_attributes),
	BROKEN(EINVAL, TSC, .tsc = 3),
	BROKEN_AT(2, EINVAL, SPECULATION, .speculation = { 4, 8, 5 }),
	BROKEN(EINVAL, EXEC_LABEL, .exec_label = ""),
	BROKEN(EINVAL, MEMORY_TRAITS, .memory_traits = 16),
	BROKEN(EINVAL, MEMORY_TRAITS, .coredump_filter = 1),
	BROKEN_AT(0, EINVAL, SECCOMP, .filters = no_filter, .filter_count = 1),
	BROKEN(EBADF, CGROUP, FLAGS(LIBSPAWN_CGROUP_FD), .cgroup_fd = -1),
	BROKEN(EBADF, LANDLOCK, FLAGS(LIBSPAWN_LANDLOCK_FD), .landlock_fd = -1),
	BROKEN_AT(1, EINVAL, RLIMIT, .rlimits = crossed, .rlimit_count = 2),
	BROKEN_AT(0, EINVAL, RLIMIT, .rlimits = unknown_flag,
		  .rlimit_count = 1),
	BROKEN_AT(0, EINVAL, RLIMIT, .rlimits = used_spare, .rlimit_count = 1),
	BROKEN_AT(0, EINVAL, RLIMIT, .rlimits = no_resource, .rlimit_count = 1),
	BROKEN_AT(1, EINVAL, AFFINITY, .cpus = cpus_beyond, .cpu_count = 2),
	BROKEN_AT(2, EBADF, NAMESPACE, .namespaces = closed_namespaces,
		  .namespace_count = 3),
};

static void every_rule_refuses_what_breaks_it(void **state)
{
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(broken); n++)
		expect_refusal(&broken[n].options, broken[n].code,
			       broken[n].step, broken[n].index);
}

static const struct libspawn_rlimit kept_soft[] = {
	{ .soft = 2, .hard = 1, .flags = LIBSPAWN_RLIMIT_KEEP_SOFT },
	{ .soft = 2, .hard = 1, .flags = LIBSPAWN_RLIMIT_KEEP_HARD },
	{ .soft = LIBSPAWN_RLIMIT_INFINITY, .hard = LIBSPAWN_RLIMIT_INFINITY },
};
static const uint32_t last_cpu[] = { LIBSPAWN_CPUS_MAX - 1 };

/* The values on this side of every limit above. */
static const struct libspawn_options whole[] = {
	{ OPTIONS, .backend = LIBSPAWN_BACKEND_FORK },
	{ OPTIONS, .search = LIBSPAWN_SEARCH_LIST, .search_list = "" },
	{ OPTIONS, .signal_default = FLAG(0) | FLAG(63), .signal_ignore = 2 },
	{ OPTIONS, .parent_death_signal = 64 },
	{ OPTIONS, FLAGS(LIBSPAWN_UMASK), .umask = 0777 },
	{ OPTIONS, FLAGS(LIBSPAWN_NICE), .nice = 19 },
	{ OPTIONS, FLAGS(LIBSPAWN_NICE), .nice = -20 },
	{ OPTIONS, FLAGS(LIBSPAWN_IO_PRIORITY), .io_priority = 0xffff },
	{ OPTIONS, FLAGS(LIBSPAWN_OOM_SCORE_ADJ), .oom_score_adj = 1000 },
	{ OPTIONS, FLAGS(LIBSPAWN_OOM_SCORE_ADJ), .oom_score_adj = -1000 },
	{ OPTIONS, FLAGS(LIBSPAWN_TIMER_SLACK), .timer_slack = LONG_MAX },
	{ OPTIONS, FLAGS(LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_KEEP_GROUPS),
	  .uid = UINT32_MAX - 1, .gid = UINT32_MAX - 1 },
	{ OPTIONS, .unshare = 0x7e020080 },
	{ OPTIONS, .rlimits = kept_soft, .rlimit_count = 3 },
	{ OPTIONS, .cpus = last_cpu, .cpu_count = 1 },
	{ OPTIONS, FLAGS(LIBSPAWN_BUSY_RETRY), .busy_retry = UINT32_MAX },
	{ OPTIONS, FLAGS(LIBSPAWN_AMBIENT_CAPS | LIBSPAWN_BOUNDING_CAPS),
	  .ambient_caps = UINT64_MAX, .bounding_caps = UINT64_MAX },
};

static void every_limit_can_be_reached(void **state)
{
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(whole); n++) {
		struct compiled compiled;

		plan_compile(&compiled, NULL, &whole[n]);
		plan_free(&compiled);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(no_options_are_all_zero),
	cmocka_unit_test(a_size_too_small_is_invalid),
	cmocka_unit_test(a_smaller_struct_is_extended_with_zeros),
	cmocka_unit_test(what_lies_beyond_the_size_is_not_read),
	cmocka_unit_test(a_larger_struct_with_a_zero_tail_is_cut),
	cmocka_unit_test(a_larger_struct_with_anything_in_its_tail_is_too_big),
	cmocka_unit_test(a_size_that_is_no_size_is_too_big_and_not_read),
	cmocka_unit_test(every_unused_flag_is_refused),
	cmocka_unit_test(a_field_without_its_flag_is_refused_with_its_step),
	cmocka_unit_test(every_flag_of_a_field_is_accepted_with_a_zero),
	cmocka_unit_test(a_list_longer_than_its_limit_is_too_big),
	cmocka_unit_test(a_count_without_a_list_is_a_fault),
	cmocka_unit_test(a_list_without_a_count_is_not_read),
	cmocka_unit_test(a_list_as_long_as_its_limit_is_taken),
	cmocka_unit_test(every_rule_refuses_what_breaks_it),
	cmocka_unit_test(every_limit_can_be_reached),
};

UNIT_MAIN(tests)
