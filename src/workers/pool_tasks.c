/* SPDX-License-Identifier: MIT */
/*
 * Tasks and their outcomes: each is in one place at a time, the queue, a worker
 * or the outcomes, so that it ends once.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "workers/pool_parts.h"

/* ---- Queues ------------------------------------------------------------ */

void libspawn__tasks_append(struct queue *queue, struct task *task)
{
	task->next = NULL;
	if (!queue->first)
		queue->last = &queue->first;
	*queue->last = task;
	queue->last = &task->next;
	queue->count++;
}

void libspawn__tasks_return(struct queue *queue, struct task *task)
{
	task->next = queue->first;
	if (!queue->first)
		queue->last = &task->next;
	queue->first = task;
	queue->count++;
}

struct task *libspawn__tasks_take(struct queue *queue)
{
	struct task *task = queue->first;

	if (!task)
		return NULL;
	queue->first = task->next;
	queue->count--;
	return task;
}

/* Behind those with a lower number. */
static void insert_in_order(struct queue *queue, struct task *task)
{
	struct task **next = &queue->first;

	while (*next && (*next)->number < task->number)
		next = &(*next)->next;
	task->next = *next;
	*next = task;
	if (!task->next)
		queue->last = &task->next;
	queue->count++;
}

/* ---- Copies ------------------------------------------------------------ */

static void close_all(int32_t *fds, uint32_t count)
{
	for (uint32_t n = 0; n < count; n++)
		libspawn__descriptors_close(&fds[n]);
}

static int copy_descriptors(struct task *task,
			    const struct libspawn_message *given)
{
	int fd;

	for (uint32_t n = 0; n < given->fd_count; n++) {
		fd = fcntl(given->fds[n], F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			return -errno;
		task->given_fds[n] = fd;
		task->given.fd_count = n + 1;
	}
	return 0;
}

struct task *libspawn__tasks_copy(const struct libspawn_message *given,
				  int *code)
{
	struct task *task = calloc(1, sizeof *task + (size_t)given->size);

	*code = -ENOMEM;
	if (!task)
		return NULL;
	task->given.tag = given->tag;
	task->given.size = given->size;
	task->given.bytes = task + 1;
	task->given.fds = task->given_fds;
	if (given->size > 0)
		memcpy(task + 1, given->bytes, (size_t)given->size);
	*code = copy_descriptors(task, given);
	if (*code == 0)
		return task;
	libspawn__tasks_free(task);
	return NULL;
}

void libspawn__tasks_free(struct task *task)
{
	if (!task)
		return;
	close_all(task->given_fds, task->given.fd_count);
	close_all(task->result_fds, task->outcome.fd_count);
	free(task->bytes);
	free(task);
}

void libspawn__tasks_free_all(struct queue *queue)
{
	struct task *task;

	while ((task = libspawn__tasks_take(queue)))
		libspawn__tasks_free(task);
}

/* ---- Outcomes ---------------------------------------------------------- */

static void settle_task(struct libspawn_pool *pool, struct task *task)
{
	close_all(task->given_fds, task->given.fd_count);
	task->given.fd_count = 0;
	task->outcome.tag = task->given.tag;
	task->outcome.fds = task->result_fds;
	task->outcome.bytes = task->bytes;
	if (pool->how.flags & LIBSPAWN_POOL_IN_ORDER)
		insert_in_order(&pool->outcomes, task);
	else
		libspawn__tasks_append(&pool->outcomes, task);
}

void libspawn__tasks_end(struct libspawn_pool *pool, struct task *task,
			 uint32_t kind, int32_t code)
{
	task->outcome.kind = kind;
	task->outcome.code = code;
	settle_task(pool, task);
}

int libspawn__tasks_end_with(struct libspawn_pool *pool, struct task *task,
			     struct inbound *frame)
{
	struct libspawn_outcome *outcome = &task->outcome;

	task->bytes = malloc(frame->got + 1);
	if (!task->bytes)
		return -ENOMEM;
	memcpy(task->bytes, frame->room, frame->got);
	memcpy(task->result_fds, frame->fds,
	       frame->fd_count * sizeof *frame->fds);
	outcome->size = frame->got;
	outcome->fd_count = frame->fd_count;
	frame->fd_count = 0;
	outcome->kind = frame->head.code == 0 ? LIBSPAWN_OUTCOME_RESULT
					      : LIBSPAWN_OUTCOME_FAILED;
	outcome->code = frame->head.code;
	settle_task(pool, task);
	return 0;
}

int libspawn__tasks_are_there(const struct libspawn_pool *pool)
{
	const struct task *first = pool->outcomes.first;

	return first && (!(pool->how.flags & LIBSPAWN_POOL_IN_ORDER) ||
			 first->number == pool->next_number);
}

struct task *libspawn__tasks_collect(struct libspawn_pool *pool)
{
	if (!libspawn__tasks_are_there(pool))
		return NULL;
	pool->next_number++;
	pool->under_way--;
	pool->figures.collected++;
	return libspawn__tasks_take(&pool->outcomes);
}
