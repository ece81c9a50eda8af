/* SPDX-License-Identifier: MIT */
/*
 * A fork is unsafe if the child gets a copy of the memory and the parent has
 * more threads than the one that calls. A child that shares the memory, as of
 * vfork() and posix_spawn(), has no lock of its own that could stay held.
 */
#define _GNU_SOURCE
#include "forks.h"
#include "told_text.h"
#include "words.h"
#include "../clock.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of so many children of a place, so many calls each are noted. */
enum { FOLLOWED = 3, CALLS_NOTED = 200 };

/* ---- Safe or not ------------------------------------------------------- */

#ifdef SYS_fork
#define IS_FORK(number) ((number) == SYS_fork)
#else
#define IS_FORK(number) false
#endif

/* A call that is not known here, as of a 32-bit program, goes by its event. */
static bool shares_memory(const struct task *task, int event)
{
	pid_t pid = task->process->pid;
	struct call call;
	uint64_t flags;

	if (!proc_call(&call, pid, task->tid))
		return event == PTRACE_EVENT_VFORK;
	if (call.number == SYS_clone)
		return (call.arguments[0] & CLONE_VM) != 0;
	if (call.number == SYS_clone3 &&
	    proc_memory(&flags, sizeof flags, pid, call.arguments[0]))
		return (flags & CLONE_VM) != 0;
	return !IS_FORK(call.number) && event == PTRACE_EVENT_VFORK;
}

/* ---- Children ---------------------------------------------------------- */

static void add_child(struct watch *watch, struct process *process,
		      struct place *place, struct bystanders *others)
{
	struct child *child = calloc(1, sizeof *child);

	if (child == NULL)
		return;
	child->place = place;
	child->others = bystanders_share(others);
	child->born_us = now_us();
	child->next_look_us = child->born_us + watch->settings.hung_after_us;
	/* The price of it is theirs alone. */
	if (place->followed < FOLLOWED) {
		place->followed++;
		child->calls_left = CALLS_NOTED;
	}
	process->child = child;
	watch->in_question++;
}

static void remove_child(struct watch *watch, struct process *process)
{
	bystanders_release(process->child->others);
	free(process->child);
	process->child = NULL;
	watch->in_question--;
}

/* ---- Places ------------------------------------------------------------ */

static const char *program_of(pid_t pid)
{
	char path[PATH_SIZE];
	bool is_set_id;

	proc_program(path, &is_set_id, pid);
	return keep_word(path);
}

static void describe_first(struct place *place, const struct task *parent,
			   struct bystanders *others)
{
	struct thread_status status;

	place->pid = parent->process->pid;
	proc_command(place->command, sizeof place->command, place->pid);
	proc_status(&status, place->pid, parent->tid);
	place->thread = keep_word(status.name);
	place->others = bystanders_share(others);
}

static void note_unsafe(struct watch *watch, struct task *parent,
			struct process *child, struct bystanders *others)
{
	struct process *process = parent->process;
	struct stack stack;
	struct place *place;

	stack_read(&stack, &process->image, process->pid, parent->tid, NULL);
	place = place_get(&watch->places, program_of(process->pid), &stack);
	if (place == NULL)
		return;
	if (place->forks++ == 0) {
		describe_first(place, parent, others);
		text_place_seen(watch, place);
	}
	add_child(watch, child, place, others);
}

/* The others are looked at first: they run on. */
static void judge(struct watch *watch, struct task *parent,
		  struct process *child)
{
	struct process *process = parent->process;
	struct bystanders *others = bystanders_look(
		&process->image, &watch->events, process->pid, parent->tid);

	if (others != NULL && others->total > 0)
		note_unsafe(watch, parent, child, others);
	bystanders_release(others);
}

/* A child of an unsafe child has the same locks held. */
static void inherit(struct watch *watch, struct process *process,
		    const struct child *child)
{
	child->place->descendants++;
	add_child(watch, process, child->place, child->others);
}

/* ---- Events ------------------------------------------------------------ */

bool fork_seen(struct watch *watch, struct task *parent, struct task *newborn,
	       int event)
{
	struct process *process = process_new(newborn->tid);
	const struct process *from = parent->process;

	if (process == NULL)
		return false;
	task_join(newborn, process);
	watch->processes++;
	if (parent->tid == watch->starter) {
		process->is_program = true;
		watch->programs++;
		return true;
	}
	if (from == NULL || (from->threads < 2 && from->child == NULL) ||
	    shares_memory(parent, event))
		return true;
	if (from->threads > 1)
		judge(watch, parent, process);
	if (process->child == NULL && from->child != NULL)
		inherit(watch, process, from->child);
	return true;
}

static void note_set_id(struct watch *watch, const char *path)
{
	if (watch->set_ids++ == 0)
		watch->set_id = keep_word(path);
}

void exec_seen(struct watch *watch, struct process *process)
{
	struct child *child = process->child;
	char path[PATH_SIZE];
	bool is_set_id;

	image_close(process->image);
	process->image = NULL;
	proc_program(path, &is_set_id, process->pid);
	if (is_set_id && geteuid() != 0)
		note_set_id(watch, path);
	if (child == NULL)
		return;
	child->place->recovered += child->is_told;
	tally_add(&child->place->executed, now_us() - child->born_us);
	if (child->place->first_executed == NULL)
		child->place->first_executed = keep_word(path);
	remove_child(watch, process);
}

/* One that hung is told of as such, unless it ended as others do. */
static void note_end(const struct child *child, int status)
{
	struct place *place = child->place;

	if (child->is_told && WIFSIGNALED(status))
		return;
	place->recovered += child->is_told;
	tally_add(&place->ended, now_us() - child->born_us);
	place->killed += WIFSIGNALED(status);
}

void end_seen(struct watch *watch, struct process *process, int status)
{
	struct child *child = process->child;

	watch->programs -= process->is_program;
	if (child != NULL) {
		note_end(child, status);
		remove_child(watch, process);
	}
	process_free(process);
}
