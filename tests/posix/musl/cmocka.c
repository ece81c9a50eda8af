/* SPDX-License-Identifier: MIT */
/* The runner of the stand-in; see cmocka.h. */
#include "cmocka.h"

jmp_buf stand_in_jump;

/* Returns whether it failed. */
static int run_one(const struct CMUnitTest *test)
{
	void *state = test->state;
	int how;

	printf("[ RUN      ] %s\n", test->name);
	how = setjmp(stand_in_jump);
	if (how == 0)
		test->run(&state);
	printf("[%s ] %s\n",
	       how == 0	  ? "       OK"
	       : how == 1 ? "  SKIPPED"
			  : "  FAILED ",
	       test->name);
	return how == 2;
}

int _cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests,
			    size_t count, void *setup, void *teardown)
{
	int failures = 0;

	(void)setup;
	(void)teardown;
	for (size_t i = 0; i < count; i++)
		failures += run_one(&tests[i]);
	printf("%s: %zu tests, %d failed\n", name, count, failures);
	return failures;
}
