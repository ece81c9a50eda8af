/* SPDX-License-Identifier: MIT */
/* Names of steps and backends, and the version. */
#include <stdio.h>
#include <string.h>

#include "unit.h"

static void every_step_has_a_name_of_its_own(void **state)
{
	int32_t n;
	int32_t other;

	(void)state;
	for (n = 0; n < LIBSPAWN_STEP_COUNT; n++) {
		const char *name = libspawn_step_name(n);

		if (n > LIBSPAWN_STEP_BEGIN && n < LIBSPAWN_STEP_HOSTNAME)
			continue;
		assert_non_null(name);
		assert_true(strlen(name) > 1);
		assert_string_not_equal(name, "unknown");
		for (other = 0; other < n; other++)
			assert_string_not_equal(name,
						libspawn_step_name(other));
	}
}

static void a_number_that_is_no_step_is_unknown(void **state)
{
	(void)state;
	assert_string_equal(libspawn_step_name(LIBSPAWN_STEP_COUNT), "unknown");
	assert_string_equal(libspawn_step_name(-1), "unknown");
	assert_string_equal(libspawn_step_name(INT32_MAX), "unknown");
	assert_string_equal(libspawn_step_name(INT32_MIN), "unknown");
}

/* The names that LIBSPAWN_BACKEND takes: they never change. */
static void every_backend_has_the_name_that_selects_it(void **state)
{
	static const char *const names[] = { "any", "clone", "vfork",
					     "posix_spawn", "fork" };
	uint32_t n;

	(void)state;
	for (n = 0; n < COUNT(names); n++)
		assert_string_equal(libspawn_backend_name(n), names[n]);
}

static void a_number_that_is_no_backend_is_unknown(void **state)
{
	(void)state;
	assert_string_equal(libspawn_backend_name(LIBSPAWN_BACKEND_FORK + 1),
			    "unknown");
	assert_string_equal(libspawn_backend_name(UINT32_MAX), "unknown");
}

/* PROJECT_VERSION comes from meson.build. */
static void the_version_is_that_of_the_header_and_of_the_project(void **state)
{
	char text[64];

	(void)state;
	snprintf(text, sizeof text, "%d.%d.%d", LIBSPAWN_VERSION_MAJOR,
		 LIBSPAWN_VERSION_MINOR, LIBSPAWN_VERSION_PATCH);
	assert_string_equal(libspawn_version(), text);
	assert_string_equal(libspawn_version(), PROJECT_VERSION);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_step_has_a_name_of_its_own),
	cmocka_unit_test(a_number_that_is_no_step_is_unknown),
	cmocka_unit_test(every_backend_has_the_name_that_selects_it),
	cmocka_unit_test(a_number_that_is_no_backend_is_unknown),
	cmocka_unit_test(the_version_is_that_of_the_header_and_of_the_project),
};

UNIT_MAIN(tests)
