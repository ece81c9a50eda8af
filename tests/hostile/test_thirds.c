/* SPDX-License-Identifier: MIT */
/*
 * Many starts, every third of which fails, of children that wait for their
 * caller: each start returns at its exec, and not at the end of its child. Also
 * run where the kernel does not say so in the way that Linux does (gVisor).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <unistd.h>

#include "held.h"

#define STARTS 1000

static void thirds_body(void)
{
	struct libspawn_options options = plain_options();
	int starts = runs_slowly() ? STARTS / 20 : STARTS;
	struct held held;

	for (int n = 0; n < starts; n++) {
		if (n % 3 == 0) {
			expect_failure(&options, "/nonexistent", exit_argv,
				       ENOENT, LIBSPAWN_STEP_EXEC, -1);
			continue;
		}
		/* Would not end before it is let go, nor the start then. */
		alarm(60);
		hold(&held, 0, n % 100);
		finish_held(&held, n % 100);
	}
	alarm(0);
}

static void each_returns_at_its_exec(void **state)
{
	(void)state;
	run_apart(thirds_body);
}

static const struct CMUnitTest tests[] = {
	TEST(each_returns_at_its_exec),
};

TEST_MAIN(tests)
