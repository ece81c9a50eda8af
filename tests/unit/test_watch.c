/* SPDX-License-Identifier: MIT */
/* Sleeping until a process ends: when there is nothing to sleep for. */
#include <string.h>

#include "deadline.h"
#include "process/end.h"
#include "process/process.h"
#include "unit.h"

/* Far longer than anything here takes, and shorter than the runner waits. */
enum { LONG_MS = 20000 };

/* A process whose end has been told: there never was one. */
static struct libspawn_process told_process(void)
{
	struct libspawn_process process = { .pid = INT32_MAX, .pidfd = -1 };
	struct libspawn_status status;

	assert_int_equal(libspawn__end_settle(&process, -1, &status), 1);
	assert_int_equal(status.end, LIBSPAWN_END_LOST);
	assert_true(libspawn__end_is_told(&process));
	return process;
}

/* As another thread may have it between the look and the sleep. */
static void nobody_sleeps_for_what_was_told_meanwhile(void **state)
{
	struct libspawn_process told = told_process();
	struct libspawn_process *list[] = { &told, NULL, &told };
	struct watch watch;
	size_t count;

	(void)state;
	for (count = 1; count <= COUNT(list); count++) {
		memset(&watch, 0, sizeof watch);
		watch.processes = list;
		watch.count = count;
		watch.deadline = libspawn__deadline_after(LONG_MS);
		assert_int_equal(libspawn__watch(&watch), 0);
		assert_true(libspawn__deadline_left(watch.deadline) > 0);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(nobody_sleeps_for_what_was_told_meanwhile),
};

UNIT_MAIN(tests)
