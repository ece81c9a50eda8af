/* SPDX-License-Identifier: MIT */
/*
 * Which signals the caller ignores. To set all to default takes a call each,
 * 62; no call tells of more than one, but /proc of all, for the price of a
 * dozen. What it says stays true only where nobody can change it: in a process
 * of one thread, whose signals are blocked. Other systems have no such file.
 */
#define _GNU_SOURCE
#include "backend/ignored.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Signals from which on the file is worth its price; its size. */
enum { FEWEST = 24, MOST_STATUS = 4095 };

static int count_bits(uint64_t set)
{
	int count = 0;

	for (; set; set &= set - 1)
		count++;
	return count;
}

/* Its length, or less than 0. Nothing interrupts: signals are blocked. */
static ssize_t read_status(char *text)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t size = fd;

	if (fd >= 0) {
		size = read(fd, text, MOST_STATUS);
		close(fd);
	}
	text[size > 0 ? size : 0] = '\0';
	return size;
}

/* 1, and the set behind the name at the beginning of a line. */
static int find_set(const char *text, const char *name, uint64_t *set)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit = strstr(text, name);
	int n;

	if (!digit)
		return 0;
	digit += strlen(name);
	*set = 0;
	for (n = 0; n < 16; n++, digit++) {
		const char *found = *digit ? strchr(digits, *digit) : NULL;

		if (!found)
			return 0;
		*set = *set << 4 | (uint64_t)(found - digits);
	}
	return *digit == '\n';
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
	char text[MOST_STATUS + 1];
	uint64_t ignored, caught;

	if (at < 0 || count_bits(plan->ops[at].value) < FEWEST ||
	    read_status(text) <= 0 || !strstr(text, "\nThreads:\t1\n") ||
	    !find_set(text, "\nSigIgn:\t", &ignored) ||
	    !find_set(text, "\nSigCgt:\t", &caught) ||
	    !is_the_callers(ignored, caught))
		return 0;
	return plan->ops[at].value & ~ignored;
}
