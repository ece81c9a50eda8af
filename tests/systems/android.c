/* SPDX-License-Identifier: MIT */
/*
 * What a caller on an old Android sees: no posix_spawn(), which tells nobody
 * when a program can't be executed, and no pidfd, for which a filter would kill
 * it. See android.py.
 */
#include <errno.h>

#include "support.h"

static void there_is_no_posix_spawn(void **state)
{
	struct libspawn_error error;

	(void)state;
	assert_int_equal(
		libspawn_query(LIBSPAWN_BACKEND_POSIX_SPAWN, NULL, &error),
		-ENOTSUP);
	assert_int_equal(error.step, LIBSPAWN_STEP_BACKEND);
}

static void nor_is_there_a_pidfd(void **state)
{
	struct libspawn_options options = { OPTIONS, .flags = LIBSPAWN_PIDFD };

	(void)state;
	expect_probe_failure(&options, ENOTSUP, LIBSPAWN_STEP_PIDFD, -1);
}

static const struct CMUnitTest tests[] = {
	TEST(there_is_no_posix_spawn),
	TEST(nor_is_there_a_pidfd),
};

TEST_MAIN(tests)
