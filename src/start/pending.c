/* SPDX-License-Identifier: MIT */
/*
 * Starts that do not wait: begun, and finished or cancelled later. All that the
 * child uses is in memory of the pending start, which lives until the child has
 * left it: one that the kernel does not let go is kept, and looked at again by
 * later calls. Hazard 16.
 */
#define _GNU_SOURCE
#include "start/pending.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "calm.h"
#include "child/every_start.h"
#include "deadline.h"
#include "plan/own.h"
#include "start/idmaps.h"

/* Milliseconds that one is awaited after it was killed. */
enum { KILL_PATIENCE = 1000 };

/* ---- Its memory -------------------------------------------------------- */

EVERY_START void libspawn__pending_free(struct libspawn_pending *pending)
{
	struct block block = pending->start.block;

	libspawn__block_free(&block);
}

/*
 * Those that SIGKILL could not end at once, or that the kernel may write to.
 * Taken whole, so no lock is held.
 */
static struct libspawn_pending *left_to_kernel;

void libspawn__pending_leave(struct libspawn_pending *pending)
{
	pending->owner = (int32_t)getpid();
	pending->next = __atomic_load_n(&left_to_kernel, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&left_to_kernel, &pending->next,
					    pending, 0, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		;
}

/* A word that is not zeroed yet is still the kernel's to write. */
EVERY_START void
libspawn__pending_release_memory(struct libspawn_pending *pending)
{
	pending->is_handed_over = 1;
	if (libspawn__create_has_left(&pending->creation))
		libspawn__pending_free(pending);
	else
		libspawn__pending_leave(pending);
}

/* For who tells it, when the pending start is gone. */
void libspawn__pending_recount(const struct libspawn_pending *pending,
			       struct start *read)
{
	read->failure = pending->start.failure;
	read->outcome = pending->start.outcome;
	read->process = pending->start.process;
}

/* ---- Settling ---------------------------------------------------------- */

/* The child has left the memory: what came of it. Or -ETIMEDOUT. */
EVERY_START int libspawn__pending_settle(struct libspawn_pending *pending,
					 int64_t deadline)
{
	struct start *start = &pending->start;
	int code;

	if (pending->is_settled)
		return 0;
	code = libspawn__create_finish(&pending->creation, deadline,
				       &start->outcome);
	if (code < 0)
		return code;
	pending->is_settled = 1;
	if (start->outcome.kind == OUTCOME_STARTED)
		libspawn__story_note(start);
	return 0;
}

/*
 * It is to be reaped, whatever signals come; one that has ended also if it may
 * not be killed. Whoever goes on is as it was.
 */
static int reap_killed(struct libspawn_process *process, int64_t timeout_ms)
{
	const uint32_t flags = process->flags;
	const int refused = libspawn_signal(process, SIGKILL, 0) == EPERM;

	process->flags &= ~LIBSPAWN_PROCESS_INTERRUPTIBLE;
	if (libspawn_wait(process, refused ? 0 : timeout_ms, NULL) ==
	    ETIMEDOUT) {
		process->flags = flags;
		return refused ? -EPERM : -ETIMEDOUT;
	}
	libspawn_close(process);
	return 0;
}

/*
 * Kills what there is and reaps it, within so many milliseconds. 0, -ETIMEDOUT,
 * or the reason why a program can't be killed: it has other ids.
 */
static int end_pending(struct libspawn_pending *pending, int64_t timeout_ms)
{
	struct libspawn_process *process = &pending->start.process;
	int64_t deadline = libspawn__deadline_after(timeout_ms);
	int code;

	code = libspawn__pending_settle(pending, DEADLINE_PASSED);
	/* Before exec it is of our kind, and nobody else's to reap. */
	if (code < 0 && !libspawn__create_has_executed(&pending->creation) &&
	    kill((pid_t)pending->creation.pid, SIGKILL) < 0 && errno == EPERM)
		return -EPERM;
	if (code < 0 && timeout_ms > 0 &&
	    libspawn__create_is_leaving(&pending->creation))
		deadline = DEADLINE_NEVER;
	if (code < 0)
		code = libspawn__pending_settle(pending, deadline);
	if (code < 0)
		return code;
	if (pending->start.outcome.kind != OUTCOME_STARTED)
		return 0;
	return reap_killed(process, timeout_ms);
}

/*
 * One of a parent that forked this process is only memory here. Of one that was
 * handed over the memory alone is left.
 */
static int has_ended(struct libspawn_pending *pending)
{
	if (pending->owner != (int32_t)getpid())
		return 1;
	if (pending->is_handed_over)
		return libspawn__create_has_left(&pending->creation);
	return end_pending(pending, 0) == 0;
}

/* Looks again at those that were left; the kernel may have let them go. */
EVERY_START void libspawn__pending_sweep(void)
{
	struct libspawn_pending *pending;
	struct libspawn_pending *next;

	if (!__atomic_load_n(&left_to_kernel, __ATOMIC_RELAXED))
		return;
	pending = __atomic_exchange_n(&left_to_kernel, NULL, __ATOMIC_ACQUIRE);
	for (; pending; pending = next) {
		next = pending->next;
		if (has_ended(pending))
			libspawn__pending_free(pending);
		else
			libspawn__pending_leave(pending);
	}
}

/* Nothing is left but what the kernel does not let go: -ETIMEDOUT. */
int libspawn__pending_give_up(struct libspawn_pending *pending)
{
	int code = end_pending(pending, KILL_PATIENCE);

	if (code == -EPERM)
		return code;
	if (code == 0)
		libspawn__pending_free(pending);
	else
		libspawn__pending_leave(pending);
	return code;
}

/* ---- Beginning --------------------------------------------------------- */

EVERY_START static int own_plan(struct start *start)
{
	struct launch *launch = start->block.launch;
	struct plan_lent lent;
	size_t bytes = libspawn__plan_measure(launch->plan, &lent);
	struct arena arena;

	if (libspawn__block_more(&start->block, bytes, &arena) < 0)
		return libspawn__refuse(&start->failure, LIBSPAWN_STEP_MEMORY,
					-1, ENOMEM);
	launch->plan = libspawn__plan_own(launch->plan, &lent, &arena);
	return 0;
}

EVERY_START static int create_pending(struct libspawn_pending *pending)
{
	struct start *start = &pending->start;

	libspawn__ladder_begin(start->request.options.backend,
			       story_may_fork(start), &pending->creation,
			       start->block.launch, &start->outcome);
	return pending->creation.pid > 0 ? 0 : libspawn__story_judge(start);
}

/* Held until its ids mean something; and longer if the caller wants that. */
EVERY_START static int name_ids(struct libspawn_pending *pending)
{
	struct start *start = &pending->start;
	int code;

	if (!start->request.is_held)
		return 0;
	code = libspawn__idmaps_write(start, pending->creation.pid,
				      pending->deadline);
	if (code == 0 && !(start->request.options.flags & LIBSPAWN_HOLD))
		libspawn__create_release(&pending->creation);
	return code;
}

/* The ends stay open, here and for the child, until they are delivered. */
EVERY_START static int begin_pending(struct libspawn_pending *pending)
{
	struct start *start = &pending->start;
	int code = libspawn__story_open_and_plan(start);

	if (code < 0)
		return code;
	code = own_plan(start);
	if (code == 0)
		code = create_pending(pending);
	if (code == 0)
		code = name_ids(pending);
	if (code < 0)
		libspawn__ends_close(&start->ends);
	return code;
}

/* Of what has been read, in the memory that was made for both. */
EVERY_START static struct libspawn_pending *place_pending(struct start *read)
{
	struct libspawn_pending *pending =
		arena_take(&read->block.arena, sizeof *pending);

	pending->start = *read;
	memset(&pending->creation, 0, sizeof pending->creation);
	pending->is_settled = 0;
	pending->is_handed_over = 0;
	pending->deadline =
		deadline_within(read->request.options.start_timeout_ms);
	return pending;
}

/* What came of it is in what has been read, should nothing be left of it. */
EVERY_START int libspawn__pending_begin(struct start *read,
					struct libspawn_pending **made)
{
	struct libspawn_pending *pending;
	int code;

	libspawn__pending_sweep();
	code = libspawn__story_make_room(
		read, arena_round(sizeof(struct libspawn_pending)));
	if (code < 0) {
		libspawn__block_free(&read->block);
		return code;
	}
	pending = place_pending(read);
	code = begin_pending(pending);
	if (code == 0) {
		*made = pending;
		return 0;
	}
	libspawn__pending_recount(pending, read);
	if (pending->creation.pid > 0)
		libspawn__pending_give_up(pending);
	else
		libspawn__pending_free(pending);
	return code;
}

EVERY_START int libspawn__pending_begin_at_large(struct start *read,
						 struct libspawn_pending **made)
{
	struct calm calm;
	int code;

	calm_begin(&calm);
	code = libspawn__pending_begin(read, made);
	if (code == 0)
		libspawn__ends_deliver(&(*made)->start.ends,
				       &(*made)->start.request);
	calm_end(&calm);
	return code;
}
