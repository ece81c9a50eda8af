/* SPDX-License-Identifier: MIT */
/*
 * What has become of a child, asked of the kernel by raw calls: the process in
 * the middle of a detached start asks too. Nothing here reaps, and nothing
 * waits without an end that is known to come.
 */
#define _GNU_SOURCE
#include "backend/fate.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "backend/system.h"
#include "child/every_start.h"
#include "deadline.h"

/* Of FATE_ROUND. */
enum { ROUNDS_AFTER_EXEC = 10, ROUNDS_UNKNOWN = 1000 };
/* Looks at one that has left and is not yet dead; the later ones 1 ms apart. */
enum { LOOKS_AT_LIFE = 16, YIELDING_LOOKS = 64, ALL_LOOKS = 1064 };

/* Its pid if it is dead, 0 if not, -ECHILD if there is none of this kind. */
static CHILD_CODE long look(long pid, int kind)
{
	siginfo_t info;
	long code;

	info.si_pid = 0;
	do
		code = system_wait_id(pid, &info,
				      WEXITED | WNOHANG | WNOWAIT | kind);
	while (code == -EINTR);
	return code < 0 ? code : info.si_pid;
}

CHILD_CODE int libspawn__fate_has_executed(const struct launch *launch,
					   long pid)
{
	return launch->exit_signal == 0 && look(pid, 0) >= 0;
}

CHILD_CODE int libspawn__fate_is_dead(long pid)
{
	return look(pid, SYSTEM_WAIT_ALL) != 0;
}

int libspawn__fate_lives_on(long pid)
{
	int n;

	for (n = 0; n < LOOKS_AT_LIFE && !libspawn__fate_is_dead(pid); n++)
		sys_yield();
	return n == LOOKS_AT_LIFE;
}

/* It leaves the memory a moment before it can be waited for. */
EVERY_START CHILD_CODE int
libspawn__fate_ended_before_exec(struct launch *launch, long pid)
{
	long code;
	int n;

	for (n = 0; n < ALL_LOOKS; n++) {
		code = look(pid, SYSTEM_WAIT_SILENT);
		if (code != 0)
			return code > 0;
		if (n < YIELDING_LOOKS)
			sys_yield();
		else
			sys_sleep(1000);
	}
	launch->exit_signal = SIGCHLD;
	return 0;
}

/* Pairs with the kernel's store; what the child wrote before is visible. */
CHILD_CODE int libspawn__fate_has_left(const struct launch *launch)
{
	return __atomic_load_n(&launch->occupied, __ATOMIC_ACQUIRE) == 0;
}

/* 0 after a while, or -ETIMEDOUT. Without a deadline it asks for no time. */
static CHILD_CODE int wait_a_round(const struct launch *launch,
				   int64_t deadline)
{
	int64_t time = FATE_ROUND;

	if (deadline != DEADLINE_NEVER)
		time = libspawn__deadline_left(deadline);
	if (time == 0)
		return -ETIMEDOUT;
	sys_wait_while(&launch->occupied, 1,
		       time < FATE_ROUND ? time : FATE_ROUND);
	return 0;
}

/*
 * A tracer may have let the parent run early, and the kernel will wake it; a
 * child may be killed before it has asked for the word to be zeroed; and there
 * are kernels that zero it at the end of a process only. The kernel's own store
 * comes a moment after exec has changed the child's kind: it has its time.
 */
CHILD_CODE int libspawn__fate_await_leaving(const struct launch *launch,
					    long pid, int64_t deadline)
{
	uint32_t left = launch->exit_signal ? ROUNDS_UNKNOWN : UINT32_MAX;

	for (; left > 0 && !libspawn__fate_has_left(launch); left--) {
		if (libspawn__fate_is_dead(pid))
			break;
		if (left > ROUNDS_AFTER_EXEC &&
		    libspawn__fate_has_executed(launch, pid))
			left = ROUNDS_AFTER_EXEC;
		if (wait_a_round(launch, deadline) < 0)
			return -ETIMEDOUT;
	}
	return 0;
}

/* As long as the kernel may take from exec to its store, in all looks. */
enum { GRACE_MS = 100 };

/*
 * At exec and at every death, and it wakes who waits. Linux before 4.8 did not
 * at a death by a signal: but that has no clone3().
 */
EVERY_START static int is_sure_to_be_zeroed(const struct launch *launch)
{
	return launch->proven &&
	       !((launch->facts | launch->report.fallbacks) & CHILD_NO_CLONE3);
}

/*
 * Most leave in the first round: looks would only cost them time. So would a
 * timer, where none is needed any more than by pthread_join(3).
 */
EVERY_START static void wait_first(const struct launch *launch,
				   int64_t deadline)
{
	if (deadline == DEADLINE_NEVER && is_sure_to_be_zeroed(launch))
		system_await_change(&launch->occupied, 1);
	else
		wait_a_round(launch, deadline);
}

EVERY_START int libspawn__fate_await_unwaited(struct launch *launch, long pid,
					      int has_gone, int64_t deadline)
{
	if (!has_gone && !libspawn__fate_has_left(launch))
		wait_first(launch, deadline);
	while (!libspawn__fate_has_left(launch) &&
	       !libspawn__fate_is_dead(pid)) {
		if (!launch->grace &&
		    (has_gone || libspawn__fate_has_executed(launch, pid)))
			launch->grace = libspawn__deadline_after(GRACE_MS);
		if (launch->grace &&
		    libspawn__deadline_left(launch->grace) == 0)
			return 0;
		if (wait_a_round(launch, deadline) < 0)
			return -ETIMEDOUT;
	}
	return 0;
}
