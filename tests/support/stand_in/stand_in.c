/* SPDX-License-Identifier: MIT */
/*
 * Runs tests one after the other and counts them. The last line of a program
 * is for whoever adds them up: N passed, N failed, N skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka.h"

enum ending { PASSED, FAILED, SKIPPED, ENDINGS };

static jmp_buf out;
static const char *filter;
static unsigned counts[ENDINGS];

void print_message(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vprintf(format, list);
	va_end(list);
}

void print_error(const char *format, ...)
{
	va_list list;

	fflush(stdout);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
}

void cmocka_set_test_filter(const char *pattern)
{
	filter = pattern;
}

/* ---- Assertions -------------------------------------------------------- */

void stand_in_skip(void)
{
	longjmp(out, SKIPPED);
}

void stand_in_fail(const char *file, int line)
{
	print_error("%s:%d: error: failed\n", file, line);
	if (getenv("CMOCKA_TEST_ABORT"))
		abort();
	longjmp(out, FAILED);
}

void stand_in_true(int holds, const char *text, const char *file, int line)
{
	if (holds)
		return;
	print_error("not so: %s\n", text);
	stand_in_fail(file, line);
}

void stand_in_equal(int wanted, uint64_t a, uint64_t b, const char *file,
		    int line)
{
	if ((a == b) == wanted)
		return;
	print_error("%#llx %s %#llx\n", (unsigned long long)a,
		    wanted ? "!=" : "==", (unsigned long long)b);
	stand_in_fail(file, line);
}

void stand_in_text(int wanted, const char *a, const char *b, const char *file,
		   int line)
{
	if ((strcmp(a, b) == 0) == wanted)
		return;
	print_error("\"%s\" %s \"%s\"\n", a, wanted ? "!=" : "==", b);
	stand_in_fail(file, line);
}

void stand_in_bytes(const void *a, const void *b, size_t size, const char *file,
		    int line)
{
	if (memcmp(a, b, size) == 0)
		return;
	print_error("%zu bytes differ\n", size);
	stand_in_fail(file, line);
}

/* ---- Running ----------------------------------------------------------- */

static int matches(const char *pattern, const char *name)
{
	if (*pattern == '*')
		return matches(pattern + 1, name) ||
		       (*name && matches(pattern, name + 1));
	if (*pattern == '\0' || *name == '\0')
		return *pattern == *name;
	return *pattern == *name && matches(pattern + 1, name + 1);
}

/* What is left of a test by longjmp() is left: the process is short-lived. */
static enum ending run_body(const struct CMUnitTest *test, void **state)
{
	int ending = setjmp(out);

	if (ending)
		return (enum ending)ending;
	if (test->setup_func && test->setup_func(state))
		return FAILED;
	test->test_func(state);
	return PASSED;
}

static void run_test(const struct CMUnitTest *test)
{
	static const char *const words[] = { "OK", "FAILED", "SKIPPED" };
	void *state = test->initial_state;
	enum ending ending = run_body(test, &state);

	if (test->teardown_func && test->teardown_func(&state))
		ending = FAILED;
	counts[ending]++;
	if (ending != PASSED)
		printf("[ %s ] %s\n", words[ending], test->name);
	fflush(stdout);
}

int _cmocka_run_group_tests(const char *group, const struct CMUnitTest *tests,
			    size_t count, CMFixtureFunction setup,
			    CMFixtureFunction teardown)
{
	const char *pattern = getenv("CMOCKA_TEST_FILTER");
	void *state = NULL;
	size_t n;

	(void)group;
	if (filter)
		pattern = filter;
	if (setup && setup(&state))
		return 1;
	for (n = 0; n < count; n++)
		if (!pattern || matches(pattern, tests[n].name))
			run_test(&tests[n]);
	if (teardown && teardown(&state))
		return 1;
	printf("%u passed, %u failed, %u skipped\n", counts[PASSED],
	       counts[FAILED], counts[SKIPPED]);
	return (int)counts[FAILED];
}
