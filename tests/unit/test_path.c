/* SPDX-License-Identifier: MIT */
/* Where a program is looked for, and the candidates in their order. */
#include <stdlib.h>
#include <string.h>

#include "plan/path.h"
#include "unit.h"

enum { CANDIDATES_MAX = 16 };

/* The memory that was measured for candidates, no byte more. */
struct candidates {
	const char *path[CANDIDATES_MAX];
	uint32_t count;
	char *memory;
};

static struct candidates list_candidates(const char *list, const char *program)
{
	struct path_room room = libspawn__path_room(list, program);
	struct candidates found = { .memory = malloc(room.bytes + 1) };
	struct arena arena = { found.memory };

	assert_non_null(found.memory);
	while (list) {
		assert_true(found.count < CANDIDATES_MAX);
		found.path[found.count++] =
			libspawn__path_next(&list, program, &arena);
	}
	assert_int_equal(found.count, room.count);
	assert_true(arena.next <= found.memory + room.bytes);
	return found;
}

static const struct search {
	const char *list;
	const char *paths[5];
} searches[] = {
	{ "/bin", { "/bin/ls" } },
	{ "/usr/bin:/bin", { "/usr/bin/ls", "/bin/ls" } },
	{ "", { "ls" } },
	{ ":", { "ls", "ls" } },
	{ ":/bin", { "ls", "/bin/ls" } },
	{ "/bin:", { "/bin/ls", "ls" } },
	{ "/bin::/sbin", { "/bin/ls", "ls", "/sbin/ls" } },
	{ ".", { "./ls" } },
	{ "/bin/", { "/bin//ls" } },
	{ "a:b:c", { "a/ls", "b/ls", "c/ls" } },
};

static void each_directory_of_a_list_gives_a_candidate_in_order(void **state)
{
	size_t n;
	uint32_t at;

	(void)state;
	for (n = 0; n < COUNT(searches); n++) {
		struct candidates found =
			list_candidates(searches[n].list, "ls");

		for (at = 0; searches[n].paths[at]; at++) {
			assert_true(at < found.count);
			assert_string_equal(found.path[at],
					    searches[n].paths[at]);
		}
		assert_int_equal(found.count, at);
		free(found.memory);
	}
}

static void a_long_name_in_a_long_directory_fits(void **state)
{
	static char list[40001];
	static char name[4096];
	struct candidates found;

	(void)state;
	memset(list, 'd', sizeof list - 1);
	list[20000] = ':';
	memset(name, 'n', sizeof name - 1);
	found = list_candidates(list, name);
	assert_int_equal(found.count, 2);
	assert_int_equal(strlen(found.path[0]), 20000 + 1 + 4095);
	assert_int_equal(strlen(found.path[1]), 19999 + 1 + 4095);
	free(found.memory);
}

/* ---- Which list -------------------------------------------------------- */

static char path_parent[] = "PATH=/parent";
static char path_child[] = "PATH=/child";
static char path_overlay[] = "PATH=/overlay";
static char path_name[] = "PATH";
static char path_empty[] = "PATH=";
static char path_none[] = "PATHS=/no";

static char *const parent_environment[] = { path_none, path_parent, NULL };
static char *const child_environment[] = { path_child, NULL };
static char *const no_environment[] = { NULL };
static char *const empty_path[] = { path_empty, NULL };
static char *const overlay[] = { path_overlay, NULL };
static char *const unset[] = { path_name, NULL };

static const char default_list[] = "/usr/local/bin:/bin:/usr/bin";

static const char *list_for(const char *program, char *const *caller_env,
			    struct libspawn_options options)
{
	const struct request request = { .program = program,
					 .caller_env = caller_env,
					 .options = options };

	return libspawn__path_list(&request);
}

#define LIST(program, caller_env, ...)                                         \
	list_for(program, caller_env,                                          \
		 (struct libspawn_options){ OPTIONS, __VA_ARGS__ })

static void a_program_with_a_slash_is_not_searched(void **state)
{
	uint32_t search;

	(void)state;
	for (search = 0; search <= LIBSPAWN_SEARCH_LIST; search++) {
		assert_null(LIST("/bin/ls", parent_environment,
				 .search = search, .search_list = "/list"));
		assert_null(LIST("./ls", parent_environment, .search = search,
				 .search_list = "/list"));
		assert_null(LIST("ls/", parent_environment, .search = search,
				 .search_list = "/list"));
		assert_null(LIST("", parent_environment, .search = search,
				 .search_list = "/list"));
	}
}

static void without_a_search_a_program_is_a_path(void **state)
{
	(void)state;
	assert_null(LIST("ls", parent_environment, .search = 0));
}

static void the_parents_path_is_the_callers(void **state)
{
	(void)state;
	assert_string_equal(LIST("ls", parent_environment,
				 .search = LIBSPAWN_SEARCH_PARENT_PATH,
				 .env = child_environment, .env_set = overlay),
			    "/parent");
}

static void the_childs_path_is_that_of_its_environment(void **state)
{
	const uint32_t search = LIBSPAWN_SEARCH_CHILD_PATH;

	(void)state;
	assert_string_equal(LIST("ls", parent_environment, .search = search),
			    "/parent");
	assert_string_equal(LIST("ls", parent_environment, .search = search,
				 .env = child_environment),
			    "/child");
	assert_string_equal(LIST("ls", parent_environment, .search = search,
				 .env = child_environment, .env_set = overlay),
			    "/overlay");
	assert_string_equal(LIST("ls", parent_environment, .search = search,
				 .env_unset = unset, .env_set = overlay),
			    "/overlay");
}

static void without_path_there_is_a_default_without_the_cwd(void **state)
{
	(void)state;
	assert_string_equal(LIST("ls", no_environment,
				 .search = LIBSPAWN_SEARCH_PARENT_PATH),
			    default_list);
	assert_string_equal(
		LIST("ls", NULL, .search = LIBSPAWN_SEARCH_PARENT_PATH),
		default_list);
	assert_string_equal(LIST("ls", parent_environment,
				 .search = LIBSPAWN_SEARCH_CHILD_PATH,
				 .env_unset = unset),
			    default_list);
	assert_string_equal(LIST("ls", parent_environment,
				 .search = LIBSPAWN_SEARCH_CHILD_PATH,
				 .env = no_environment),
			    default_list);
}

static void an_empty_path_is_the_cwd_and_not_the_default(void **state)
{
	(void)state;
	assert_string_equal(
		LIST("ls", empty_path, .search = LIBSPAWN_SEARCH_PARENT_PATH),
		"");
}

static void a_given_list_is_taken_as_it_is(void **state)
{
	static const char given[] = "/list::";

	(void)state;
	assert_ptr_equal(LIST("ls", parent_environment,
			      .search = LIBSPAWN_SEARCH_LIST,
			      .search_list = given),
			 given);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_directory_of_a_list_gives_a_candidate_in_order),
	cmocka_unit_test(a_long_name_in_a_long_directory_fits),
	cmocka_unit_test(a_program_with_a_slash_is_not_searched),
	cmocka_unit_test(without_a_search_a_program_is_a_path),
	cmocka_unit_test(the_parents_path_is_the_callers),
	cmocka_unit_test(the_childs_path_is_that_of_its_environment),
	cmocka_unit_test(without_path_there_is_a_default_without_the_cwd),
	cmocka_unit_test(an_empty_path_is_the_cwd_and_not_the_default),
	cmocka_unit_test(a_given_list_is_taken_as_it_is),
};

UNIT_MAIN(tests)
