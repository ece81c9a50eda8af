/* SPDX-License-Identifier: MIT */
/* The environment: inherited, replaced, overlaid; the caller's is untouched. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

extern char **environ;

#define TEXT(literal) ((char *)(uintptr_t)(literal))

static struct seen *run_env(char *const *env, char *const *unset,
			    char *const *set)
{
	struct libspawn_options options = {
		OPTIONS,
		.env = env,
		.env_unset = unset,
		.env_set = set,
	};

	return run_probe(&options, "env");
}

static void assert_variable(const struct seen *seen, const char *name,
			    const char *value)
{
	const char *found = seen_variable(seen, name);

	if (!value) {
		assert_null(found);
		return;
	}
	assert_non_null(found);
	assert_string_equal(found, value);
}

static void the_environment_is_inherited_in_order(void **state)
{
	struct seen *seen;
	char key[32];
	int count = 0;

	(void)state;
	setenv("LIBSPAWN_TEST", "inherited", 1);
	seen = run_env(NULL, NULL, NULL);
	assert_variable(seen, "LIBSPAWN_TEST", "inherited");
	for (; environ[count]; count++) {
		snprintf(key, sizeof key, "env.%d", count);
		if (!strpbrk(environ[count], "\\\n\t\033"))
			assert_seen(seen, key, environ[count]);
	}
	assert_int_equal(seen_number(seen, "envc"), count);
	unsetenv("LIBSPAWN_TEST");
}

static void a_given_environment_replaces_the_callers(void **state)
{
	char *env[] = { TEXT("A=1"), TEXT("B=two words"), TEXT("C="), NULL };
	struct seen *seen = run_env(env, NULL, NULL);

	(void)state;
	assert_seen(seen, "envc", "3");
	assert_seen(seen, "env.0", "A=1");
	assert_seen(seen, "env.1", "B=two words");
	assert_seen(seen, "env.2", "C=");
}

static void an_empty_environment_is_not_an_unset_one(void **state)
{
	char *env[] = { NULL };

	(void)state;
	assert_seen(run_env(env, NULL, NULL), "envc", "0");
	assert_true(seen_number(run_env(NULL, NULL, NULL), "envc") > 0);
}

static void variables_are_set_over_the_callers(void **state)
{
	char *set[] = { TEXT("LIBSPAWN_TEST=new"), TEXT("LIBSPAWN_MORE=x=y"),
			NULL };
	struct seen *seen, *plain;

	(void)state;
	setenv("LIBSPAWN_TEST", "old", 1);
	plain = run_env(NULL, NULL, NULL);
	seen = run_env(NULL, NULL, set);
	assert_variable(seen, "LIBSPAWN_TEST", "new");
	assert_variable(seen, "LIBSPAWN_MORE", "x=y");
	assert_int_equal(seen_number(seen, "envc"),
			 seen_number(plain, "envc") + 1);
	assert_string_equal(getenv("LIBSPAWN_TEST"), "old");
	assert_null(getenv("LIBSPAWN_MORE"));
	unsetenv("LIBSPAWN_TEST");
}

static void variables_are_removed(void **state)
{
	char *unset[] = { TEXT("LIBSPAWN_TEST"), TEXT("LIBSPAWN_NEVER_SET"),
			  NULL };
	struct seen *seen;

	(void)state;
	setenv("LIBSPAWN_TEST", "old", 1);
	setenv("LIBSPAWN_TESTS", "a name that begins alike", 1);
	seen = run_env(NULL, unset, NULL);
	assert_variable(seen, "LIBSPAWN_TEST", NULL);
	assert_variable(seen, "LIBSPAWN_TESTS", "a name that begins alike");
	assert_string_equal(getenv("LIBSPAWN_TEST"), "old");
	unsetenv("LIBSPAWN_TESTS");
	/* Nor does a longer name remove a shorter one. */
	unset[0] = TEXT("LIBSPAWN_TESTS");
	assert_variable(run_env(NULL, unset, NULL), "LIBSPAWN_TEST", "old");
	unsetenv("LIBSPAWN_TEST");
}

static void what_is_removed_can_be_set_again(void **state)
{
	char *env[] = { TEXT("A=1"), TEXT("B=2"), TEXT("C=3"), NULL };
	char *unset[] = { TEXT("A"), TEXT("B"), NULL };
	char *set[] = { TEXT("B=20"), TEXT("D=4"), NULL };
	struct seen *seen = run_env(env, unset, set);

	(void)state;
	assert_seen(seen, "envc", "3");
	assert_variable(seen, "A", NULL);
	assert_variable(seen, "B", "20");
	assert_variable(seen, "C", "3");
	assert_variable(seen, "D", "4");
}

static void every_copy_of_a_variable_is_removed_or_replaced(void **state)
{
	char *env[] = { TEXT("A=1"), TEXT("A=2"), TEXT("B=1"), TEXT("B=2"),
			NULL };
	char *unset[] = { TEXT("A"), NULL };
	char *set[] = { TEXT("B=3"), NULL };
	struct seen *seen = run_env(env, unset, set);

	(void)state;
	assert_variable(seen, "A", NULL);
	assert_variable(seen, "B", "3");
	assert_seen(seen, "envc", "1");
}

static void an_overlay_works_on_an_empty_environment(void **state)
{
	char *env[] = { NULL };
	char *set[] = { TEXT("A=1"), NULL };
	struct seen *seen = run_env(env, set + 1, set);

	(void)state;
	assert_seen(seen, "envc", "1");
	assert_seen(seen, "env.0", "A=1");
}

static void the_callers_environment_is_never_written(void **state)
{
	char **list = environ, *first = environ[0];
	char *unset[] = { TEXT("PATH"), TEXT("HOME"), NULL };
	char *set[] = { TEXT("PATH=/other"), NULL };

	(void)state;
	assert_variable(run_env(NULL, unset, set), "PATH", "/other");
	assert_ptr_equal(environ, list);
	assert_ptr_equal(environ[0], first);
}

static void expect_bad_env(const struct libspawn_options *options, int code,
			   int index)
{
	expect_invalid(options, code, LIBSPAWN_STEP_ENVIRONMENT, index);
}

static void names_and_settings_without_a_meaning_are_refused(void **state)
{
	char *with_value[] = { TEXT("A"), TEXT("B=1"), NULL };
	char *empty[] = { TEXT("A"), TEXT("B"), TEXT(""), NULL };
	char *without_value[] = { TEXT("A=1"), TEXT("B"), NULL };
	struct libspawn_options options = { OPTIONS };

	(void)state;
	options.env_unset = with_value;
	expect_bad_env(&options, EINVAL, 1);
	options.env_unset = empty;
	expect_bad_env(&options, EINVAL, 2);
	options.env_unset = NULL;
	options.env_set = without_value;
	expect_bad_env(&options, EINVAL, 1);
}

static void a_variable_that_is_too_long_is_refused_with_its_index(void **state)
{
	char *list[] = { TEXT("A=1"), TEXT("B=2"), NULL, NULL };
	char *longest = malloc(LIBSPAWN_STRING_MAX + 1);
	struct libspawn_options options = { OPTIONS };

	(void)state;
	assert_non_null(longest);
	memset(longest, 'x', LIBSPAWN_STRING_MAX);
	memcpy(longest, "C=", 2);
	longest[LIBSPAWN_STRING_MAX] = '\0';
	list[2] = longest;
	options.env = list;
	expect_bad_env(&options, E2BIG, 2);
	options.env = NULL;
	options.env_set = list;
	expect_bad_env(&options, E2BIG, 2);
	/* One byte less is as long as the kernel takes it. */
	longest[LIBSPAWN_STRING_MAX - 1] = '\0';
	assert_int_equal(strlen(seen_variable(run_env(list, NULL, NULL), "C")),
			 LIBSPAWN_STRING_MAX - 1 - 2);
	free(longest);
}

/* ---- The child's own pid ------------------------------------------------ */

static int is_without_a_child_of_ours(void)
{
	return support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN;
}

/* As the program itself sees it, in place of all that had the name. */
static void assert_own_pid(struct libspawn_options *options)
{
	struct seen *seen;
	char pid[16];

	options->pid_variable = "LISTEN_PID";
	seen = run_probe(options, "env process");
	snprintf(pid, sizeof pid, "%d", (int)seen_number(seen, "pid"));
	assert_variable(seen, "LISTEN_PID", pid);
	assert_int_equal(seen_number(seen, "pid"), seen->process.pid);
}

static void a_program_is_told_its_own_pid(void **state)
{
	char *env[] = { TEXT("A=1"), TEXT("LISTEN_PID=1"), NULL };
	char *set[] = { TEXT("LISTEN_PID=2"), TEXT("B=2"), NULL };
	struct libspawn_options options = { OPTIONS };
	struct seen *seen;

	(void)state;
	if (is_without_a_child_of_ours()) {
		options.pid_variable = "LISTEN_PID";
		expect_decline(&options, LIBSPAWN_STEP_PID_VARIABLE);
		return;
	}
	setenv("LISTEN_PID", "77", 1);
	assert_own_pid(&options);
	assert_string_equal(getenv("LISTEN_PID"), "77");
	unsetenv("LISTEN_PID");
	options.env = env;
	options.env_set = set;
	assert_own_pid(&options);
	seen = run_probe(&options, "env");
	assert_int_equal(seen_number(seen, "envc"), 3);
	assert_variable(seen, "A", "1");
	assert_variable(seen, "B", "2");
	assert_string_equal(env[1], "LISTEN_PID=1");
}

static const struct CMUnitTest tests[] = {
	TEST(the_environment_is_inherited_in_order),
	TEST(a_given_environment_replaces_the_callers),
	TEST(an_empty_environment_is_not_an_unset_one),
	TEST(variables_are_set_over_the_callers),
	TEST(variables_are_removed),
	TEST(what_is_removed_can_be_set_again),
	TEST(every_copy_of_a_variable_is_removed_or_replaced),
	TEST(an_overlay_works_on_an_empty_environment),
	TEST(the_callers_environment_is_never_written),
	TEST(names_and_settings_without_a_meaning_are_refused),
	TEST(a_variable_that_is_too_long_is_refused_with_its_index),
	TEST(a_program_is_told_its_own_pid),
};

TEST_MAIN(tests)
