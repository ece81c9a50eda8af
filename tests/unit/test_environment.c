/* SPDX-License-Identifier: MIT */
/* The child's environment: replaced, overlaid, unset; nothing is lost. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/environment.h"
#include "request/search_list.h"
#include "unit.h"
#include "request/strings.h"

enum { LIST_MAX = 8 };

/* NULL as the first word of a list means that there is no list at all. */
struct overlay {
	const char *name;
	const char *caller[LIST_MAX];
	const char *env[LIST_MAX];
	const char *unset[LIST_MAX];
	const char *set[LIST_MAX];
	const char *expected[LIST_MAX];
};

/* "{}" alone stands for a list without elements. */
#define EMPTY_LIST "{}"

static const struct overlay overlays[] = {
	{ .name = "inherited",
	  .caller = { "A=1", "B=2" },
	  .expected = { "A=1", "B=2" } },
	{ .name = "replaced",
	  .caller = { "A=1" },
	  .env = { "B=2" },
	  .expected = { "B=2" } },
	{ .name = "emptied", .caller = { "A=1" }, .env = { EMPTY_LIST } },
	{ .name = "unset one",
	  .caller = { "A=1", "B=2", "C=3" },
	  .unset = { "B" },
	  .expected = { "A=1", "C=3" } },
	{ .name = "unset what is not there",
	  .caller = { "A=1" },
	  .unset = { "B" },
	  .expected = { "A=1" } },
	{ .name = "unset all of one name",
	  .caller = { "A=1", "B=2", "A=3" },
	  .unset = { "A" },
	  .expected = { "B=2" } },
	{ .name = "a name is not its beginning",
	  .caller = { "AB=1", "A=2", "ABC=3" },
	  .unset = { "A" },
	  .set = { "AB=4" },
	  .expected = { "ABC=3", "AB=4" } },
	{ .name = "set takes the place of all of its name",
	  .caller = { "A=1", "B=2", "A=3" },
	  .set = { "A=4" },
	  .expected = { "B=2", "A=4" } },
	{ .name = "set adds",
	  .caller = { "A=1" },
	  .set = { "B=2" },
	  .expected = { "A=1", "B=2" } },
	{ .name = "the last setting counts",
	  .caller = { "B=0" },
	  .set = { "A=1", "C=2", "A=3" },
	  .expected = { "B=0", "C=2", "A=3" } },
	{ .name = "unset comes before set",
	  .caller = { "A=1" },
	  .unset = { "A" },
	  .set = { "A=2" },
	  .expected = { "A=2" } },
	{ .name = "an empty value is a value",
	  .caller = { "A=1" },
	  .set = { "A=" },
	  .expected = { "A=" } },
	{ .name = "over a given environment",
	  .caller = { "A=1" },
	  .env = { "B=2", "C=3" },
	  .unset = { "C" },
	  .set = { "D=4" },
	  .expected = { "B=2", "D=4" } },
	{ .name = "set over an empty one",
	  .caller = { "A=1" },
	  .env = { EMPTY_LIST },
	  .set = { "D=4" },
	  .expected = { "D=4" } },
	{ .name = "empty lists change nothing",
	  .caller = { "A=1" },
	  .unset = { EMPTY_LIST },
	  .set = { EMPTY_LIST },
	  .expected = { "A=1" } },
	{ .name = "an entry without a value stays, and can be unset",
	  .caller = { "A", "B", "" },
	  .unset = { "B" },
	  .expected = { "A", "" } },
	{ .name = "a value may hold what it likes",
	  .caller = { "A==B=", "B=\xff\n" },
	  .set = { "C==" },
	  .expected = { "A==B=", "B=\xff\n", "C==" } },
	{ .name = "no environment to inherit",
	  .set = { "A=1" },
	  .expected = { "A=1" } },
};

/* A list as the library takes it, or NULL. The strings stay the same. */
static char *const *as_list(const char *const *words, char **list)
{
	uint32_t n;

	if (!words[0])
		return NULL;
	for (n = 0; words[n]; n++)
		memcpy(&list[n], &words[n], sizeof list[n]);
	list[n] = NULL;
	if (strcmp(words[0], EMPTY_LIST) == 0)
		list[0] = NULL;
	return list;
}

struct lists {
	char *caller[LIST_MAX + 1];
	char *env[LIST_MAX + 1];
	char *unset[LIST_MAX + 1];
	char *set[LIST_MAX + 1];
};

static struct request request_of(const struct overlay *overlay,
				 struct lists *lists)
{
	struct request request = {
		.caller_env = as_list(overlay->caller, lists->caller),
		.options = { OPTIONS, .env = as_list(overlay->env, lists->env),
			     .env_unset = as_list(overlay->unset, lists->unset),
			     .env_set = as_list(overlay->set, lists->set) },
	};

	return request;
}

static void check_overlay(const struct overlay *overlay)
{
	struct lists lists;
	struct request request = request_of(overlay, &lists);
	uint32_t room = libspawn__environment_room(&request);
	size_t bytes = libspawn__environment_bytes(&request.options, room);
	char *memory = malloc(bytes);
	struct arena arena = { memory };
	char *const *built;
	uint32_t n;

	assert_non_null(memory);
	built = libspawn__environment_build(&request, room, NULL, &arena);
	for (n = 0; overlay->expected[n]; n++) {
		assert_non_null(built[n]);
		assert_string_equal(built[n], overlay->expected[n]);
	}
	assert_null(built[n]);
	assert_true(n < room);
	assert_true(arena.next <= memory + bytes);
	free(memory);
}

static void every_overlay_gives_what_it_says(void **state)
{
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(overlays); n++) {
		print_message("%s\n", overlays[n].name);
		check_overlay(&overlays[n]);
	}
}

static void a_given_environment_is_not_copied(void **state)
{
	struct lists lists;
	const struct overlay overlay = { .env = { "A=1" } };
	struct request request = request_of(&overlay, &lists);
	char memory[64];
	struct arena arena = { memory };

	(void)state;
	assert_ptr_equal(libspawn__environment_build(
				 &request, libspawn__environment_room(&request),
				 NULL, &arena),
			 request.options.env);
}

/* Also one that is given, and in the place of what is set. */
static void the_childs_pid_comes_last_and_alone(void **state)
{
	const struct overlay overlay = { .env = { "A=1", "B=2", "A=3" },
					 .set = { "A=4", "C=5" } };
	struct lists lists;
	struct request request = request_of(&overlay, &lists);
	struct arena arena;
	char *memory, *variable;
	char *const *built;
	uint32_t room;
	size_t bytes;

	(void)state;
	request.options.pid_variable = "A";
	room = libspawn__environment_room(&request);
	bytes = libspawn__environment_bytes(&request.options, room);
	memory = malloc(bytes);
	assert_non_null(memory);
	arena.next = memory;
	variable = libspawn__environment_pid(&request.options, &arena);
	assert_string_equal(variable, "A=");
	built = libspawn__environment_build(&request, room, variable, &arena);
	assert_string_equal(built[0], "B=2");
	assert_string_equal(built[1], "C=5");
	assert_ptr_equal(built[2], variable);
	assert_null(built[3]);
	assert_true(arena.next <= memory + bytes);
	free(memory);
}

/* environ may be longer when it is read the second time. */
static void an_environment_that_grows_is_cut_not_overrun(void **state)
{
	const struct overlay few = { .caller = { "A=1" }, .set = { "B=2" } };
	const struct overlay more = { .caller = { "A=1", "C=3", "D=4", "E=5" },
				      .set = { "B=2" } };
	struct lists lists;
	struct request request = request_of(&few, &lists);
	uint32_t room = libspawn__environment_room(&request);
	char *memory =
		malloc(libspawn__environment_bytes(&request.options, room));
	struct arena arena = { memory };
	char *const *built;

	(void)state;
	assert_non_null(memory);
	request = request_of(&more, &lists);
	built = libspawn__environment_build(&request, room, NULL, &arena);
	assert_ptr_equal((const void *)built, memory);
	assert_string_equal(built[0], "A=1");
	assert_null(built[room - 1]);
	free(memory);
}

/* ---- The child's variables before they are built ----------------------- */

static void a_variable_is_what_it_will_be_in_the_child(void **state)
{
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(overlays); n++) {
		const char *const names[] = { "A", "B", "C", "D" };
		char *expected[LIST_MAX + 1];
		struct lists lists;
		struct request request = request_of(&overlays[n], &lists);
		char *const *list = as_list(overlays[n].expected, expected);
		size_t name;

		for (name = 0; name < COUNT(names); name++) {
			const char *value =
				libspawn__strings_value(list, names[name]);
			const char *now = libspawn__search_variable(
				&request.options, request.caller_env,
				names[name]);

			assert_int_equal(value != NULL, now != NULL);
			if (value)
				assert_string_equal(now, value);
		}
	}
}

/* ---- Refusals ---------------------------------------------------------- */

static char wrong_empty[] = "";
static char wrong_value[] = "A=1";
static char wrong_name[] = "A";
static char wrong_no_name[] = "=1";
static char right[] = "B";
static char right_set[] = "B=2";

static void a_name_to_unset_has_no_value(void **state)
{
	char *const unset_value[] = { right, wrong_value, NULL };
	char *const unset_empty[] = { right, right, wrong_empty, NULL };

	(void)state;
	expect_refusal(
		&(struct libspawn_options){ OPTIONS, .env_unset = unset_value },
		EINVAL, LIBSPAWN_STEP_ENVIRONMENT, 1);
	expect_refusal(
		&(struct libspawn_options){ OPTIONS, .env_unset = unset_empty },
		EINVAL, LIBSPAWN_STEP_ENVIRONMENT, 2);
}

static void a_variable_to_set_has_a_name_and_a_value(void **state)
{
	char *const wrongs[] = { wrong_name, wrong_no_name, wrong_empty };
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(wrongs); n++) {
		char *const set[] = { right_set, wrongs[n], NULL };

		expect_refusal(
			&(struct libspawn_options){ OPTIONS, .env_set = set },
			EINVAL, LIBSPAWN_STEP_ENVIRONMENT, 1);
	}
}

static void a_variable_longer_than_the_kernel_takes_is_refused(void **state)
{
	char *longest = malloc(LIBSPAWN_STRING_MAX + 1);
	char *const list[] = { right_set, longest, NULL };
	struct compiled compiled;

	(void)state;
	assert_non_null(longest);
	memset(longest, 'A', LIBSPAWN_STRING_MAX);
	longest[1] = '=';
	longest[LIBSPAWN_STRING_MAX] = '\0';
	expect_refusal(&(struct libspawn_options){ OPTIONS, .env = list },
		       E2BIG, LIBSPAWN_STEP_ENVIRONMENT, 1);
	expect_refusal(&(struct libspawn_options){ OPTIONS, .env_set = list },
		       E2BIG, LIBSPAWN_STEP_ENVIRONMENT, 1);
	longest[LIBSPAWN_STRING_MAX - 1] = '\0';
	plan_compile(&compiled, NULL,
		     &(struct libspawn_options){ OPTIONS, .env = list });
	plan_free(&compiled);
	free(longest);
}

static void expect_bad_pid(const char *name, int code)
{
	expect_refusal(
		&(struct libspawn_options){ OPTIONS, .pid_variable = name },
		code, LIBSPAWN_STEP_PID_VARIABLE, -1);
}

static void a_name_for_the_pid_has_no_value(void **state)
{
	static char longest[LIBSPAWN_STRING_MAX];
	struct compiled compiled;

	(void)state;
	expect_bad_pid("", EINVAL);
	expect_bad_pid("A=1", EINVAL);
	memset(longest, 'A', sizeof longest);
	longest[sizeof longest - sizeof "=4294967295" + 1] = '\0';
	expect_bad_pid(longest, E2BIG);
	plan_compile(&compiled, NULL,
		     &(struct libspawn_options){ OPTIONS,
						 .pid_variable = longest + 1 });
	plan_free(&compiled);
}

static void an_argument_longer_than_the_kernel_takes_is_refused(void **state)
{
	char *longest = malloc(LIBSPAWN_STRING_MAX + 1);
	char *const argv[] = { right, right, longest, NULL };
	struct compiled compiled;

	(void)state;
	assert_non_null(longest);
	memset(longest, 'a', LIBSPAWN_STRING_MAX);
	longest[LIBSPAWN_STRING_MAX] = '\0';
	assert_int_equal(request_read(&compiled, NULL, argv, NULL), 0);
	assert_int_equal(plan_measure(&compiled), -E2BIG);
	assert_int_equal(compiled.failure.step, LIBSPAWN_STEP_ARGUMENTS);
	assert_int_equal(compiled.failure.index, 2);
	longest[LIBSPAWN_STRING_MAX - 1] = '\0';
	assert_int_equal(plan_measure(&compiled), 0);
	free(longest);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_overlay_gives_what_it_says),
	cmocka_unit_test(a_given_environment_is_not_copied),
	cmocka_unit_test(the_childs_pid_comes_last_and_alone),
	cmocka_unit_test(an_environment_that_grows_is_cut_not_overrun),
	cmocka_unit_test(a_variable_is_what_it_will_be_in_the_child),
	cmocka_unit_test(a_name_to_unset_has_no_value),
	cmocka_unit_test(a_variable_to_set_has_a_name_and_a_value),
	cmocka_unit_test(a_variable_longer_than_the_kernel_takes_is_refused),
	cmocka_unit_test(a_name_for_the_pid_has_no_value),
	cmocka_unit_test(an_argument_longer_than_the_kernel_takes_is_refused),
};

UNIT_MAIN(tests)
