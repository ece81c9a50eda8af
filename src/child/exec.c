/* SPDX-License-Identifier: MIT */
/*
 * Which candidates to go on from, which to be patient with, what to blame. It
 * runs in the child and, for the posix_spawn backend, in the parent: it writes
 * to the launch and to the search only.
 */
#define _GNU_SOURCE
#include "child/exec.h"

/* Times in microseconds. */
enum { YIELDS = 32, FIRST_SLEEP = 100, LONGEST_SLEEP = 10000 };

/* value, but not below low nor above high. */
static CHILD_CODE uint32_t between(uint32_t low, uint32_t value, uint32_t high)
{
	if (value < low)
		value = low;
	return value < high ? value : high;
}

/*
 * Hazard 11: another thread's child may hold a program open for writing until
 * its own exec. True if it is worth another try; yields first, then sleeps.
 */
static CHILD_CODE int wait_for_writer(struct exec_search *search)
{
	struct launch *launch = search->launch;
	uint32_t left = launch->plan->busy_retry - search->waited;
	uint32_t sleep;

	if (left == 0)
		return 0;
	if (launch->report.retries++ < YIELDS) {
		sys_yield();
		return 1;
	}
	sleep = between(FIRST_SLEEP, search->waited, LONGEST_SLEEP);
	sleep = between(0, sleep, left);
	sys_sleep(sleep);
	search->waited += sleep;
	return 1;
}

/*
 * The path takes the place of argv[0], should there be one; the NULL at the end
 * is copied too.
 */
CHILD_CODE const char *const *libspawn__exec_shell_argv(struct launch *launch,
							const char *path)
{
	const struct plan *plan = launch->plan;
	const char **argv = launch->shell_argv;
	uint32_t n;

	argv[0] = "/bin/sh";
	argv[1] = path;
	argv[2] = 0;
	for (n = 1; n <= plan->argc; n++)
		argv[n + 1] = plan->argv[n];
	return argv;
}

/* The directory has no such program; the next one may. */
static CHILD_CODE int is_missing(long code)
{
	return code == -ENOENT || code == -ENOTDIR || code == -ESTALE ||
	       code == -ENODEV || code == -ETIMEDOUT || code == -ENAMETOOLONG;
}

/*
 * Whether the search goes on after this, and would rather blame it than what
 * is merely missing. EACCES is remembered, as in execvp(3).
 */
static CHILD_CODE int is_refusal_of_one(const struct exec_search *search,
					long code)
{
	if (search->launch->plan->flags & PLAN_SEARCH_ON)
		return code != -ENOENT && code != -ENOTDIR;
	return code == -EACCES;
}

/* What the last candidate returned, unless an earlier one was refused. */
static CHILD_CODE long blame(struct exec_search *search, long code)
{
	if (!search->refused)
		return code;
	search->number = search->refused - 1;
	return search->refusal;
}

CHILD_CODE long libspawn__exec_candidate(struct exec_search *search,
					 const struct op *op,
					 exec_attempt *attempt)
{
	long code;

	do
		code = attempt(search->launch, op);
	while (code == -ETXTBSY && wait_for_writer(search));
	if (code > 0)
		return code;
	if (!is_refusal_of_one(search, code)) {
		if (!is_missing(code))
			return code;
	} else if (!search->refused) {
		search->refused = search->number + 1;
		search->refusal = (int32_t)code;
	}
	return op->number ? 0 : blame(search, code);
}
