/* SPDX-License-Identifier: MIT */
/* The threads that are traced, and the processes that they are of. */
#ifndef TOOLS_WATCH_TASKS_H
#define TOOLS_WATCH_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct child;
struct image;

struct process {
	pid_t pid;
	unsigned threads;
	bool is_program; /* one of those that spawn has started */
	struct child
		*child; /* forked unsafely and not executed since, or NULL */
	struct image *image; /* its code, if it was looked at */
};

struct task {
	pid_t tid;
	struct process *process; /* NULL: its parent's event is to come */
	bool is_held;		 /* it waits for that, stopped, */
	int64_t held_until;	 /* but not beyond this */
	bool has_run;		 /* its first stop is over */
	struct task *next;
};

enum { TASK_BUCKETS = 1024 };

struct tasks {
	struct task *buckets[TASK_BUCKETS];
};

struct task *task_find(const struct tasks *tasks, pid_t tid);
/* The task; a new one if need be; NULL without memory. */
struct task *task_get(struct tasks *tasks, pid_t tid);
/* It is one of this process from now on. */
void task_join(struct task *task, struct process *process);
/* The unsafe child that it is of, or NULL. */
struct child *task_child(const struct task *task);
/* It is no more. Its process, if it was the last of that; else NULL. */
struct process *task_remove(struct tasks *tasks, struct task *task);

struct process *process_new(pid_t pid);
void process_free(struct process *process);

/* Each task, in no order: begin with bucket 0 and NULL. */
struct task *task_next(const struct tasks *tasks, size_t *bucket,
		       const struct task *task);

#endif
