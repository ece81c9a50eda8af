/* SPDX-License-Identifier: MIT */
/* A table by thread id. What becomes of tasks is decided elsewhere. */
#include "tasks.h"
#include "stack.h"

#include <stdlib.h>

struct task *task_find(const struct tasks *tasks, pid_t tid)
{
	struct task *task = tasks->buckets[tid % TASK_BUCKETS];

	while (task != NULL && task->tid != tid)
		task = task->next;
	return task;
}

struct task *task_get(struct tasks *tasks, pid_t tid)
{
	struct task **bucket = &tasks->buckets[tid % TASK_BUCKETS];
	struct task *task = task_find(tasks, tid);

	if (task != NULL)
		return task;
	task = calloc(1, sizeof *task);
	if (task == NULL)
		return NULL;
	task->tid = tid;
	task->next = *bucket;
	*bucket = task;
	return task;
}

void task_join(struct task *task, struct process *process)
{
	task->process = process;
	if (process != NULL)
		process->threads++;
}

struct child *task_child(const struct task *task)
{
	return task->process != NULL ? task->process->child : NULL;
}

struct process *task_remove(struct tasks *tasks, struct task *task)
{
	struct task **link = &tasks->buckets[task->tid % TASK_BUCKETS];
	struct process *process = task->process;

	while (*link != task)
		link = &(*link)->next;
	*link = task->next;
	free(task);
	if (process == NULL || --process->threads > 0)
		return NULL;
	return process;
}

struct process *process_new(pid_t pid)
{
	struct process *process = calloc(1, sizeof *process);

	if (process != NULL)
		process->pid = pid;
	return process;
}

void process_free(struct process *process)
{
	if (process == NULL)
		return;
	image_close(process->image);
	free(process);
}

struct task *task_next(const struct tasks *tasks, size_t *bucket,
		       const struct task *task)
{
	struct task *next = task == NULL ? tasks->buckets[0] : task->next;

	while (next == NULL && ++*bucket < TASK_BUCKETS)
		next = tasks->buckets[*bucket];
	return next;
}
