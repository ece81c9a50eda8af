/* SPDX-License-Identifier: MIT */
/*
 * Threads are stopped for their registers, all of them at once, as close to the
 * fork as can be. One that sleeps in a call which an interruption could make
 * fail with EINTR, as epoll_wait(2), is read as it sleeps. signal(7)
 */
#define _GNU_SOURCE
#include "bystanders.h"
#include "../clock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

enum {
	THREADS_MAX = 256,
	PATIENCE_US = 100000, /* for all of them to stop; few need it */
};

static void describe(struct bystander *one, pid_t pid, pid_t tid)
{
	struct thread_status status;

	one->tid = tid;
	proc_call(&one->call, pid, tid);
	proc_status(&status, pid, tid);
	one->inner_tid = status.inner_tid;
	memcpy(one->name, status.name, sizeof one->name);
	/* It has ended; only its number is left. */
	if (status.state == 'Z' || status.state == 'X' || status.state == 0)
		one->tid = 0;
}

/* As much of it as there is. */
static struct stack *copy_of(const struct stack *stack)
{
	size_t size = offsetof(struct stack, frames) +
		      stack->count * sizeof *stack->frames;
	struct stack *copy = malloc(size);

	if (copy != NULL)
		memcpy(copy, stack, size);
	return copy;
}

/* These go on waiting after an interruption, and the program sees none. */
static bool may_be_stopped(const struct bystander *one)
{
	return one->call.is_running || call_is_futex(&one->call) ||
	       one->call.number == SYS_clock_nanosleep;
}

static void read_stack(struct bystander *one, struct image **image,
		       struct events *events, pid_t pid, int64_t deadline)
{
	const struct call *blocked = may_be_stopped(one) ? NULL : &one->call;
	struct stack stack = { 0 };
	bool is_ours = false;

	if (one->call.number == CALL_UNREADABLE)
		return;
	if (blocked == NULL &&
	    !halt_await(&is_ours, events, one->tid, deadline))
		return;
	stack_read(&stack, image, pid, one->tid, blocked);
	if (is_ours)
		halt_end(one->tid);
	if (stack.count > 0)
		one->stack = copy_of(&stack);
}

static void list_others(struct bystanders *others, pid_t pid, pid_t forking)
{
	pid_t tids[THREADS_MAX];
	size_t total = proc_threads(tids, THREADS_MAX, pid);

	others->total = total > 0 ? total - 1 : 0;
	for (size_t i = 0; i < total && i < THREADS_MAX; i++) {
		struct bystander *one = &others->all[others->count];

		if (tids[i] == forking)
			continue;
		describe(one, pid, tids[i]);
		if (one->tid == 0)
			others->total--;
		else
			others->count++;
	}
}

struct bystanders *bystanders_look(struct image **image, struct events *events,
				   pid_t pid, pid_t forking)
{
	struct bystanders *others;
	int64_t deadline;

	others = calloc(1, sizeof *others + THREADS_MAX * sizeof *others->all);
	if (others == NULL)
		return NULL;
	others->users = 1;
	list_others(others, pid, forking);
	for (size_t i = 0; i < others->count; i++)
		if (may_be_stopped(&others->all[i]))
			halt_ask(others->all[i].tid);
	deadline = now_us() + PATIENCE_US;
	for (size_t i = 0; i < others->count; i++)
		read_stack(&others->all[i], image, events, pid, deadline);
	return others;
}

struct bystanders *bystanders_share(struct bystanders *bystanders)
{
	if (bystanders != NULL)
		bystanders->users++;
	return bystanders;
}

void bystanders_release(struct bystanders *bystanders)
{
	if (bystanders == NULL || --bystanders->users > 0)
		return;
	for (size_t i = 0; i < bystanders->count; i++)
		free(bystanders->all[i].stack);
	free(bystanders);
}
