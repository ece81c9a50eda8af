/* SPDX-License-Identifier: MIT */
/*
 * Every stop of a traced task, and how it goes on. A task stops when it forks,
 * executes or gets a signal; for calls, only the first children of a place do,
 * and no more than a few. A group that is stopped for job control stays so. If
 * we end, the kernel lets all of them run on. ptrace(2)
 */
#define _GNU_SOURCE
#include "tracer.h"
#include "forks.h"
#include "hung.h"
#include "../clock.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

enum {
	EVENTS_PER_TURN = 256,
	HELD_US = 2000000, /* a parent may get no processor for as long */
	CALL_STOP = SIGTRAP | 0x80, /* PTRACE_O_TRACESYSGOOD */
};

#define OPTIONS                                                                \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |      \
	 PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD)

/* ---- Going on ---------------------------------------------------------- */

static void forget(struct watch *watch, struct task *task, int status)
{
	struct process *ended;

	if (task->tid == watch->starter)
		watch->starter = 0;
	watch->held -= task->is_held;
	ended = task_remove(&watch->tasks, task);
	if (ended != NULL)
		end_seen(watch, ended, status);
}

static bool is_leaving(const struct watch *watch, const struct task *task)
{
	return task->tid == watch->starter && watch->leaves_starter;
}

/* One that is gone meanwhile is told by wait(2). The task may be gone then. */
static void resume(struct watch *watch, struct task *task, int number)
{
	bool leaves = is_leaving(watch, task);
	const struct child *child = task_child(task);

	if (leaves)
		ptrace(PTRACE_DETACH, task->tid, NULL, (void *)(long)number);
	else if (child != NULL && child->calls_left > 0)
		ptrace(PTRACE_SYSCALL, task->tid, NULL, (void *)(long)number);
	else
		ptrace(PTRACE_CONT, task->tid, NULL, (void *)(long)number);
	if (leaves)
		forget(watch, task, 0);
}

/* ---- New tasks --------------------------------------------------------- */

/* Of a child in question, its end is looked at too. */
static void release(struct watch *watch, struct task *task)
{
	if (task_child(task) != NULL)
		ptrace(PTRACE_SETOPTIONS, task->tid, NULL,
		       (void *)(long)(OPTIONS | PTRACE_O_TRACEEXIT));
	watch->held -= task->is_held;
	task->is_held = false;
	task->has_run = true;
	resume(watch, task, 0);
}

static bool is_thread_of(const struct task *parent, pid_t tid, int event)
{
	return event == PTRACE_EVENT_CLONE && parent->process != NULL &&
	       proc_has_thread(parent->process->pid, tid);
}

static void newborn_told(struct watch *watch, struct task *parent, int event)
{
	unsigned long message = 0;
	struct task *newborn;

	if (ptrace(PTRACE_GETEVENTMSG, parent->tid, NULL, &message) != 0)
		return;
	newborn = task_get(&watch->tasks, (pid_t)message);
	if (newborn == NULL || newborn->process != NULL)
		return;
	if (is_thread_of(parent, newborn->tid, event))
		task_join(newborn, parent->process);
	else if (!fork_seen(watch, parent, newborn, event))
		return;
	if (newborn->is_held)
		release(watch, newborn);
}

/* It does not run before its parent's event has been looked at. */
static void newborn_stopped(struct watch *watch, struct task *task)
{
	if (task->process != NULL) {
		release(watch, task);
		return;
	}
	if (task->is_held)
		return;
	watch->held++;
	task->is_held = true;
	task->held_until = deadline_after(HELD_US);
}

int64_t tracer_release_held(struct watch *watch)
{
	int64_t next = NEVER;
	struct task *task = NULL;
	size_t bucket = 0;

	if (watch->held == 0)
		return NEVER;
	while ((task = task_next(&watch->tasks, &bucket, task)) != NULL) {
		if (!task->is_held)
			continue;
		if (is_over(task->held_until)) {
			task_join(task, process_new(task->tid));
			release(watch, task);
		} else if (task->held_until < next) {
			next = task->held_until;
		}
	}
	return next;
}

/* ---- Events ------------------------------------------------------------ */

/* The thread that executes takes the number of its process. */
static void executed(struct watch *watch, struct task *task)
{
	unsigned long former = 0;
	struct task *old;

	ptrace(PTRACE_GETEVENTMSG, task->tid, NULL, &former);
	old = task_find(&watch->tasks, (pid_t)former);
	if (old != NULL && old != task)
		forget(watch, old, 0);
	if (task->process == NULL)
		return;
	if (task->process->child != NULL)
		ptrace(PTRACE_SETOPTIONS, task->tid, NULL,
		       (void *)(long)OPTIONS);
	exec_seen(watch, task->process);
}

static void about_to_end(struct watch *watch, const struct task *task)
{
	unsigned long status = 0;

	ptrace(PTRACE_GETEVENTMSG, task->tid, NULL, &status);
	if (WIFSIGNALED((int)status))
		look_before_signal(watch, task, SIGKILL);
}

/* Each stops twice; what it is called by is told as it begins. */
static void note_call(const struct task *task)
{
	struct child *child = task_child(task);
	struct __ptrace_syscall_info info;

	if (child == NULL || child->calls_left == 0 ||
	    ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, sizeof info, &info) <= 0)
		return;
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	child->calls_left--;
	place_note_call(child->place, (long)info.entry.nr);
}

/* A stop of the whole group, a new task, or one that was halted. */
static void stopped_at_last(struct watch *watch, struct task *task, int number)
{
	if (is_stop_signal(number) && task->process != NULL &&
	    !is_leaving(watch, task)) {
		task->has_run = true;
		ptrace(PTRACE_LISTEN, task->tid, NULL, NULL);
	} else if (!task->has_run) {
		newborn_stopped(watch, task);
	} else {
		resume(watch, task, 0);
	}
}

static void stopped(struct watch *watch, struct task *task, int status)
{
	int number = WSTOPSIG(status);

	switch (status >> 16) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		newborn_told(watch, task, status >> 16);
		resume(watch, task, 0);
		break;
	case PTRACE_EVENT_EXEC:
		executed(watch, task);
		resume(watch, task, 0);
		break;
	case PTRACE_EVENT_EXIT:
		about_to_end(watch, task);
		resume(watch, task, 0);
		break;
	case PTRACE_EVENT_STOP: stopped_at_last(watch, task, number); break;
	default:
		if (number == CALL_STOP) {
			note_call(task);
			number = 0;
		} else {
			look_before_signal(watch, task, number);
		}
		resume(watch, task, number);
	}
}

static void handle(struct watch *watch, const struct event *event)
{
	struct task *task;

	if (!WIFSTOPPED(event->status)) {
		task = task_find(&watch->tasks, event->tid);
		if (task != NULL)
			forget(watch, task, event->status);
		return;
	}
	task = task_get(&watch->tasks, event->tid);
	if (task != NULL)
		stopped(watch, task, event->status);
	else
		ptrace(PTRACE_DETACH, event->tid, NULL, NULL);
}

/* ---- The outside ------------------------------------------------------- */

bool tracer_turn(struct watch *watch)
{
	struct event event;
	int count = 0;

	for (; count < EVENTS_PER_TURN; count++) {
		if (!events_take(&watch->events, &event)) {
			event.tid =
				waitpid(-1, &event.status, __WALL | WNOHANG);
			if (event.tid <= 0)
				return false;
		}
		handle(watch, &event);
	}
	return true;
}

int tracer_begin(struct watch *watch, pid_t starter)
{
	struct task *task = task_get(&watch->tasks, starter);
	struct process *process = process_new(starter);

	if (task == NULL || process == NULL)
		return ENOMEM;
	task_join(task, process);
	task->has_run = true;
	watch->starter = starter;
	if (ptrace(PTRACE_SEIZE, starter, NULL, (void *)(long)OPTIONS) != 0)
		return errno;
	return 0;
}

void tracer_leave_starter(struct watch *watch)
{
	watch->leaves_starter = true;
	halt_ask(watch->starter);
}
