/* SPDX-License-Identifier: MIT */
/*
 * Which signals the caller ignores. To set all to default takes a call each,
 * 62; no call tells of more than one, but /proc of all, for the price of some
 * forty. What it says stays true only where nobody can change it: in a process
 * of one thread, whose signals are blocked. Other systems have no such file.
 */
#define _GNU_SOURCE
#include "backend/ignored.h"

#include <signal.h>
#include <string.h>

#include "backend/status.h"

/* Signals from which on the file is worth its price; its size. */
enum { FEWEST = 40, MOST_STATUS = 4096 };

static int count_bits(uint64_t set)
{
	int count = 0;

	for (; set; set &= set - 1)
		count++;
	return count;
}

/* 16 digits, at the end of a line. */
static int read_set(const char *digit, uint64_t *set)
{
	static const char digits[] = "0123456789abcdef";
	int n;

	*set = 0;
	for (n = 0; digit && n < 16; n++, digit++) {
		const char *found = *digit ? strchr(digits, *digit) : NULL;

		if (!found)
			return 0;
		*set = *set << 4 | (uint64_t)(found - digits);
	}
	return digit && *digit == '\n';
}

static int tells_of_one_thread(const char *status)
{
	const char *threads = libspawn__status_find(status, "Threads");

	return threads && threads[0] == '1' && threads[1] == '\n';
}

static int agrees(int signal, uint64_t ignored, uint64_t caught)
{
	const uint64_t bit = UINT64_C(1) << (signal - 1);
	struct sigaction now;

	if (sigaction(signal, NULL, &now) < 0)
		return 0;
	if (now.sa_handler == SIG_IGN || now.sa_handler == SIG_DFL)
		return !(caught & bit) &&
		       !(ignored & bit) == (now.sa_handler == SIG_DFL);
	return (caught & bit) != 0;
}

/*
 * valgrind plays signals itself: what /proc tells is not the program's. It
 * catches those that are at their default, and those of faults always.
 */
static int is_the_callers(uint64_t ignored, uint64_t caught)
{
	return agrees(SIGXCPU, ignored, caught) &&
	       agrees(SIGSEGV, ignored, caught);
}

uint64_t libspawn__ignored_not(const struct plan *plan)
{
	const int32_t at = plan_find(plan, OP_BIT(OP_SIGNALS_DEFAULT));
	char text[MOST_STATUS];
	uint64_t ignored, caught;

	if (at < 0 || count_bits(plan->ops[at].value) < FEWEST)
		return 0;
	libspawn__status_read(OWN_STATUS, text, sizeof text);
	if (!tells_of_one_thread(text) ||
	    !read_set(libspawn__status_find(text, "SigIgn"), &ignored) ||
	    !read_set(libspawn__status_find(text, "SigCgt"), &caught) ||
	    !is_the_callers(ignored, caught))
		return 0;
	return plan->ops[at].value & ~ignored;
}
