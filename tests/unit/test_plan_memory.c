/* SPDX-License-Identifier: MIT */
/*
 * The memory of a plan: what was measured is never exceeded, whatever the
 * lengths of the lists and whatever changes between measuring and building.
 * plan_build() of unit.c asserts that no byte too many was touched.
 */
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* The longest texts. */
static const struct libspawn_time_offsets offsets = {
	.monotonic_s = INT64_MIN,
	.boottime_s = INT64_MIN,
	.monotonic_ns = 999999999,
	.boottime_ns = 999999999,
};
static const uint32_t last_node[] = { LIBSPAWN_NODES_MAX - 1 };
static const struct libspawn_memory_policy policy = { .nodes = last_node,
						      .node_count = 1 };

/* What takes operations or memory; the lists are filled in by the tests. */
static const struct libspawn_options most_options = {
	OPTIONS,
	.flags = LIBSPAWN_UMASK | LIBSPAWN_SIGNAL_MASK | LIBSPAWN_UID |
		 LIBSPAWN_GID | LIBSPAWN_GROUPS | LIBSPAWN_AMBIENT_CAPS |
		 LIBSPAWN_BOUNDING_CAPS | LIBSPAWN_SECUREBITS | LIBSPAWN_NICE |
		 LIBSPAWN_SCHEDULER | LIBSPAWN_IO_PRIORITY |
		 LIBSPAWN_OOM_SCORE_ADJ | LIBSPAWN_TIMER_SLACK |
		 LIBSPAWN_CGROUP_FD | LIBSPAWN_LANDLOCK_FD |
		 LIBSPAWN_TERMINAL_FD | LIBSPAWN_DEFAULT_SIGNALS |
		 LIBSPAWN_NO_NEW_PRIVS | LIBSPAWN_PIDFD | LIBSPAWN_FOREGROUND |
		 LIBSPAWN_NEW_SESSION | LIBSPAWN_CONTROLLING_TERMINAL |
		 LIBSPAWN_PERSONALITY | LIBSPAWN_NEW_CORE | LIBSPAWN_LOOPBACK |
		 LIBSPAWN_INHERITABLE_CAPS,
	.signal_ignore = 2,
	.ambient_caps = UINT64_MAX,
	.unshare = 0x44000080,
	.cwd = "/",
	.root = "/",
	.uid = 7,
	.oom_score_adj = -1000,
	.parent_death_signal = 9,
	.hostname = "host",
	.domainname = "domain",
	.pid_variable = "LISTEN_PID",
	.exec_label = "label",
	.session_keyring = "",
	.time_offsets = &offsets,
	.memory_policy = &policy,
	.speculation = { 4, 4, 4 },
	.tsc = 2,
	.memory_traits = 15,
	.coredump_filter = UINT32_MAX,
};

static char **list_of(uint32_t count, const char *word)
{
	char **list = calloc(count + 1, sizeof *list);
	uint32_t n;

	assert_non_null(list);
	for (n = 0; n < count; n++)
		memcpy(&list[n], &word, sizeof word);
	return list;
}

/* Each as long as it may be. */
static const struct libspawn_filter *longest_filters(const void *zeros)
{
	static struct libspawn_filter filters[LIBSPAWN_FILTERS_MAX];
	uint32_t n;

	for (n = 0; n < LIBSPAWN_FILTERS_MAX; n++) {
		filters[n].instructions = zeros;
		filters[n].count = LIBSPAWN_SECCOMP_MAX;
	}
	return filters;
}

static void the_longest_lists_fit_what_was_measured(void **state)
{
	struct libspawn_options options = most_options;
	struct libspawn_fd *rows = calloc(LIBSPAWN_FDS_MAX, sizeof *rows);
	void *zeros = calloc(LIBSPAWN_GROUPS_MAX, 64);
	char **set = list_of(500, "A=1");
	struct compiled compiled;
	uint32_t n;

	(void)state;
	assert_non_null(rows);
	assert_non_null(zeros);
	for (n = 0; n < LIBSPAWN_FDS_MAX; n++) {
		rows[n].kind = LIBSPAWN_FD_FROM;
		rows[n].child_fd = (int32_t)n;
		rows[n].parent_fd = (int32_t)(n ^ 1); /* all swaps */
	}
	options.fds = rows;
	options.fd_count = LIBSPAWN_FDS_MAX;
	options.groups = options.cpus = zeros;
	options.group_count = LIBSPAWN_GROUPS_MAX;
	options.cpu_count = LIBSPAWN_CPUS_MAX;
	options.rlimits = zeros;
	options.namespaces = zeros;
	options.rlimit_count = LIBSPAWN_RLIMITS_MAX;
	options.namespace_count = LIBSPAWN_NAMESPACES_MAX;
	options.seccomp = zeros;
	options.seccomp_count = LIBSPAWN_SECCOMP_MAX;
	options.filters = longest_filters(zeros);
	options.filter_count = LIBSPAWN_FILTERS_MAX;
	options.env_set = set;
	plan_compile(&compiled, NULL, &options);
	assert_true(compiled.plan->op_count > LIBSPAWN_FDS_MAX * 3 / 2);
	plan_free(&compiled);
	free(set);
	free(zeros);
	free(rows);
}

/* Without a table, whose measure is generous, to make room for them. */
static void every_capability_twice_fits_what_was_measured(void **state)
{
	struct compiled compiled;

	(void)state;
	plan_compile(&compiled, NULL, &most_options);
	assert_true(compiled.plan->op_count > 64 + 64);
	plan_free(&compiled);
}

static void a_long_path_fits_what_was_measured(void **state)
{
	enum { LENGTH = 200000 };
	struct libspawn_options options = { OPTIONS,
					    .search = LIBSPAWN_SEARCH_LIST };
	char *list = malloc(LENGTH + 1);
	struct compiled compiled;
	uint32_t n;

	(void)state;
	assert_non_null(list);
	list[LENGTH] = '\0';
	options.search_list = list;
	memset(list, ':', LENGTH);
	plan_compile(&compiled, "p", &options);
	assert_int_equal(compiled.plan->op_count, 3 + LENGTH + 1);
	plan_free(&compiled);
	/* Directories of every length up to 600. */
	memset(list, 'd', LENGTH);
	for (n = 0; n * (n + 1) / 2 < LENGTH; n++)
		list[n * (n + 1) / 2] = ':';
	plan_compile(&compiled, "program", &options);
	plan_free(&compiled);
	free(list);
}

static void an_environment_that_grows_meanwhile_is_cut(void **state)
{
	char **few = list_of(3, "A=1");
	char **many = list_of(5000, "B=2");
	struct compiled compiled;
	uint32_t n;

	(void)state;
	assert_int_equal(request_read(&compiled, NULL, NULL, NULL), 0);
	compiled.request.caller_env = few;
	assert_int_equal(plan_measure(&compiled), 0);
	compiled.request.caller_env = many;
	assert_int_equal(plan_build(&compiled), 0);
	for (n = 0; compiled.plan->env[n]; n++)
		assert_string_equal(compiled.plan->env[n], "B=2");
	assert_int_equal(n, 3);
	plan_free(&compiled);
	free(many);
	free(few);
}

/* The list of directories is read once: a PATH set meanwhile is not seen. */
static void a_path_that_changes_meanwhile_is_the_old_one(void **state)
{
	char **old_env = list_of(1, "PATH=/a");
	char **new_env = list_of(1, "PATH=/b:/c:/d:/e/with/a/longer/name");
	struct compiled compiled;

	(void)state;
	assert_int_equal(
		request_read(&compiled, "p", NULL,
			     &(struct libspawn_options){
				     OPTIONS,
				     .search = LIBSPAWN_SEARCH_PARENT_PATH }),
		0);
	compiled.request.caller_env = old_env;
	assert_int_equal(plan_measure(&compiled), 0);
	compiled.request.caller_env = new_env;
	assert_int_equal(plan_build(&compiled), 0);
	assert_int_equal(compiled.plan->op_count, 4);
	assert_string_equal(compiled.plan->ops[3].data, "/a/p");
	plan_free(&compiled);
	free(new_env);
	free(old_env);
}

static void many_arguments_are_not_copied(void **state)
{
	char **argv = list_of(100000, "argument");
	struct compiled compiled;

	(void)state;
	assert_int_equal(request_read(&compiled, NULL, argv, NULL), 0);
	assert_int_equal(plan_measure(&compiled), 0);
	assert_int_equal(compiled.room.argc, 100000);
	assert_true(compiled.room.bytes < 65536);
	assert_int_equal(plan_build(&compiled), 0);
	assert_ptr_equal(compiled.plan->argv, argv);
	plan_free(&compiled);
	free(argv);
}

static void a_plan_without_options_is_small(void **state)
{
	struct compiled compiled;

	(void)state;
	plan_compile(&compiled, NULL, NULL);
	assert_true(compiled.room.bytes < 16384);
	plan_free(&compiled);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_longest_lists_fit_what_was_measured),
	cmocka_unit_test(every_capability_twice_fits_what_was_measured),
	cmocka_unit_test(a_long_path_fits_what_was_measured),
	cmocka_unit_test(an_environment_that_grows_meanwhile_is_cut),
	cmocka_unit_test(a_path_that_changes_meanwhile_is_the_old_one),
	cmocka_unit_test(many_arguments_are_not_copied),
	cmocka_unit_test(a_plan_without_options_is_small),
};

UNIT_MAIN(tests)
