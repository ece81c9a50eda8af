/* SPDX-License-Identifier: MIT */
/*
 * A child hangs if each of its threads waits for another thread of the same
 * process: there is none left that could wake one. That is certain as soon as
 * it is seen, but for a handler of a signal that is yet to come.
 */
#define _GNU_SOURCE
#include "hung.h"
#include "halt.h"
#include "locks.h"
#include "told_text.h"
#include "../clock.h"

#include <signal.h>
#include <stdlib.h>

enum {
	TASKS_MAX = 64,
	/* Seen twice, so long apart: it was not just about to be woken. */
	CONFIRM_US = 100000,
	LOOK_US = 20000,
	LAST_LOOK_US = 10000000, /* there is no later one */
};

/* ---- Seeing it --------------------------------------------------------- */

/* How often the threads have gone to sleep, together. */
static uint64_t count_sleeps(const pid_t *tids, size_t count, pid_t pid)
{
	struct thread_status status;
	uint64_t sleeps = 0;

	for (size_t i = 0; i < count; i++)
		if (proc_status(&status, pid, tids[i]))
			sleeps += status.sleeps;
	return sleeps;
}

/*
 * A thread of it that waits if all do, and its call; else 0. They are read one
 * after the other: none may have woken and gone to sleep again meanwhile.
 */
static pid_t find_waiting(struct call *first, pid_t pid)
{
	pid_t tids[TASKS_MAX];
	size_t count = proc_threads(tids, TASKS_MAX, pid);
	uint64_t sleeps;
	struct call call;

	if (count == 0 || count > TASKS_MAX)
		return 0;
	sleeps = count > 1 ? count_sleeps(tids, count, pid) : 0;
	for (size_t i = count; i-- > 0;) {
		if (!proc_call(&call, pid, tids[i]) ||
		    !waits_inside(&call, pid))
			return 0;
		*first = call;
	}
	if (count > 1 && count_sleeps(tids, count, pid) != sleeps)
		return 0;
	return tids[0];
}

/* ---- Telling it -------------------------------------------------------- */

static bool hangs_alike(const struct hang *a, const struct hang *b)
{
	if (a->stack.count != b->stack.count || a->ended_by != b->ended_by)
		return false;
	for (unsigned i = 0; i < a->stack.count; i++)
		if (a->stack.frames[i].module != b->stack.frames[i].module ||
		    a->stack.frames[i].offset != b->stack.frames[i].offset)
			return false;
	return true;
}

static struct hang *find_alike(const struct place *place,
			       const struct hang *hang)
{
	struct hang *other = place->hangs;

	while (other != NULL && !hangs_alike(other, hang))
		other = other->next;
	return other;
}

static void add_hang(struct watch *watch, struct place *place,
		     const struct hang *found)
{
	struct hang *hang = find_alike(place, found);

	place->hung++;
	if (hang != NULL) {
		hang->count++;
		text_hang_again(watch, place, hang, found->pid);
		return;
	}
	if (place->kinds == KINDS_TOLD)
		return;
	hang = malloc(sizeof *hang);
	if (hang == NULL)
		return;
	*hang = *found;
	bystanders_share(hang->others);
	*place->last_hang = hang;
	place->last_hang = &hang->next;
	place->kinds++;
	text_hang_seen(watch, place, hang);
}

/* The thread is stopped, so that its stack is to be had. */
static void tell(struct watch *watch, struct process *process, pid_t tid,
		 const struct call *call, int ended_by)
{
	struct child *child = process->child;
	struct thread_status status;
	struct hang hang = {
		.count = 1,
		.pid = process->pid,
		.after_us = now_us() - child->born_us,
		.ended_by = ended_by,
		.was_killed = watch->settings.kills_hung && ended_by == 0,
		.address = call->arguments[0],
		.others = child->others,
	};

	child->is_told = true;
	proc_status(&status, process->pid, process->pid);
	hang.has_handlers = status.caught != 0;
	stack_read(&hang.stack, &process->image, process->pid, tid, NULL);
	explain_wait(&hang, &process->image);
	add_hang(watch, child->place, &hang);
}

/* ---- When to look ------------------------------------------------------ */

/* Whether the task is of an unsafe child of which nothing has been told. */
static bool may_hang(const struct task *task)
{
	const struct child *child = task_child(task);

	return child != NULL && !child->is_told;
}

/* By its first thread each such child is looked at once. */
static bool stands_for_child(const struct task *task)
{
	return may_hang(task) && task->tid == task->process->pid;
}

static void tell_running(struct watch *watch, struct process *process,
			 pid_t tid, const struct call *call, int64_t deadline)
{
	bool is_ours = false;

	if (!halt_ask(tid) ||
	    !halt_await(&is_ours, &watch->events, tid, deadline))
		return;
	tell(watch, process, tid, call, 0);
	if (is_ours)
		halt_end(tid);
	if (watch->settings.kills_hung)
		kill(process->pid, SIGKILL);
}

/* Rarely, if it has lived for long. */
static void put_off(struct watch *watch, struct child *child)
{
	int64_t age = now_us() - child->born_us;
	int64_t pause = watch->settings.hung_after_us / 4;

	if (pause < CONFIRM_US)
		pause = CONFIRM_US;
	child->seen_address = 0;
	child->next_look_us = now_us() + (pause > age / 8 ? pause : age / 8);
}

static void look_at(struct watch *watch, struct process *process)
{
	struct child *child = process->child;
	struct call call;
	pid_t tid = find_waiting(&call, process->pid);

	if (tid == 0) {
		put_off(watch, child);
	} else if (child->seen_address != call.arguments[0]) {
		child->seen_address = call.arguments[0];
		child->next_look_us = now_us() + CONFIRM_US;
	} else {
		tell_running(watch, process, tid, &call, now_us() + LOOK_US);
	}
}

int64_t look_for_hung(struct watch *watch)
{
	int64_t next = NEVER;
	int64_t now = now_us();
	struct task *task = NULL;
	size_t bucket = 0;

	if (watch->in_question == 0)
		return NEVER;
	while ((task = task_next(&watch->tasks, &bucket, task)) != NULL) {
		struct process *process = task->process;

		if (!stands_for_child(task))
			continue;
		if (process->child->next_look_us <= now)
			look_at(watch, process);
		if (process->child->next_look_us < next)
			next = process->child->next_look_us;
	}
	return next;
}

/* One that it catches is what it may have waited for. */
static bool ends_it(pid_t pid, int number)
{
	struct thread_status status;

	if (number == SIGCHLD || number == SIGCONT || number == SIGURG ||
	    number == SIGWINCH || is_stop_signal(number) ||
	    !proc_status(&status, pid, pid))
		return false;
	return ((status.caught | status.ignored) >> (number - 1) & 1) == 0;
}

void look_before_signal(struct watch *watch, const struct task *task,
			int number)
{
	struct process *process = task->process;
	struct call call;
	pid_t tid;

	if (!may_hang(task) || !ends_it(process->pid, number))
		return;
	tid = find_waiting(&call, process->pid);
	if (tid == task->tid)
		tell(watch, process, tid, &call, number);
}

void look_at_last(struct watch *watch)
{
	int64_t deadline = now_us() + LAST_LOOK_US;
	struct task *task = NULL;
	size_t bucket = 0;

	while ((task = task_next(&watch->tasks, &bucket, task)) != NULL) {
		struct process *process = task->process;
		struct call call;
		pid_t tid;

		if (!stands_for_child(task))
			continue;
		tid = find_waiting(&call, process->pid);
		if (tid != 0)
			tell_running(watch, process, tid, &call, deadline);
	}
}
