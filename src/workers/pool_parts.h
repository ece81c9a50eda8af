/* SPDX-License-Identifier: MIT */
/*
 * A pool: tasks that wait, workers that have one each or none, workers that are
 * ending, and outcomes to be collected. All is done by the thread that calls.
 */
#ifndef LIBSPAWN_WORKERS_POOL_PARTS_H
#define LIBSPAWN_WORKERS_POOL_PARTS_H

#include <errno.h>
#include <poll.h>
#include <stdint.h>

#include <libspawn_workers.h>

#include "workers/worker.h"

enum { POOL_WORKERS_MAX = 4096, POOL_TASKS_FOR_EACH = 4 };
/* No start says so. */
enum { SOURCE_NOT_READY = EINPROGRESS };

/* A task, from its submission until its outcome is collected. */
struct task {
	struct task *next;
	uint64_t number; /* in the order of submission */
	struct libspawn_message given;
	int32_t given_fds[LIBSPAWN_MESSAGE_FDS_MAX];
	struct libspawn_outcome outcome;
	void *bytes; /* of the outcome: allocated */
	int32_t result_fds[LIBSPAWN_MESSAGE_FDS_MAX];
};

/* Tasks, one after the other. */
struct queue {
	struct task *first;
	struct task **last;
	uint32_t count;
};

/* Which of what is polled are of one worker. */
struct polled_at {
	uint32_t first;
	uint32_t count;
};

/* A place for a worker. */
struct place {
	struct libspawn_worker *worker; /* NULL: there is none */
	struct task *task;		/* that it has; NULL: it is idle */
	int64_t moment;			/* when its time is up */
	uint32_t done;			/* tasks */
	struct polled_at at;
};

/* A worker that has been let go, until it is reaped. */
struct leaving {
	struct leaving *next;
	struct libspawn_worker *worker;
	struct task *task;  /* whose outcome is its end; or NULL */
	int64_t moment;	    /* when it is killed; then, when it is stuck */
	uint32_t is_killed; /* nothing is left but to reap it */
	uint32_t is_stuck;  /* and nobody knows when that can be */
};

struct libspawn_pool {
	struct libspawn_pool_how how;
	struct libspawn_worker_how worker_how;
	struct libspawn_worker_how template_how;
	char function[WORKER_NAME_ROOM];
	char template_function[WORKER_NAME_ROOM];
	struct place *places;
	struct queue waiting;
	struct queue outcomes; /* in order of their numbers, if asked for */
	struct leaving *leaving;
	uint32_t leaving_count;
	uint32_t stuck_count;	      /* of these */
	struct task *told;	      /* whose outcome the caller looks at */
	struct libspawn_worker *from; /* its template, or NULL */
	uint32_t stillbirths; /* templates that ended since the last birth */
	uint32_t under_way;   /* submitted and not collected */
	uint64_t next_number; /* of the task that is collected next, in order */
	struct libspawn_pool_figures figures;
	struct pollfd *polled;
	uint32_t polled_room;
	uint32_t polled_count;
	struct polled_at from_at;
	int32_t event_fd; /* for the caller's loop, or -1 */
	int32_t timer_fd;
};

/* pool_tasks.c: a copy of what was submitted: NULL and *code if that fails. */
struct task *libspawn__tasks_copy(const struct libspawn_message *given,
				  int *code);
void libspawn__tasks_free(struct task *task);
void libspawn__tasks_free_all(struct queue *queue);
void libspawn__tasks_append(struct queue *queue, struct task *task);
void libspawn__tasks_return(struct queue *queue, struct task *task);
struct task *libspawn__tasks_take(struct queue *queue);
/* Ends a task: its outcome is there from now on. */
void libspawn__tasks_end(struct libspawn_pool *pool, struct task *task,
			 uint32_t kind, int32_t code);
/* The same with what its worker sent: 0, or -ENOMEM and it is not ended. */
int libspawn__tasks_end_with(struct libspawn_pool *pool, struct task *task,
			     struct inbound *frame);
/* The one to be collected next, taken; or NULL. */
struct task *libspawn__tasks_collect(struct libspawn_pool *pool);
int libspawn__tasks_are_there(const struct libspawn_pool *pool);

/* pool_places.c: gives what waits to who is free, starting them as needed. */
void libspawn__places_fill(struct libspawn_pool *pool);
/* Something has come from its worker, or its time is up. */
void libspawn__places_hear(struct libspawn_pool *pool, struct place *place);
void libspawn__places_end_late(struct libspawn_pool *pool, struct place *place);
/* Kills the worker of a task, which ends with this outcome. */
void libspawn__places_kill(struct libspawn_pool *pool, struct place *place,
			   uint32_t kind, int32_t code);

/* pool_leaving.c: closes its channel; it has a while to end. */
void libspawn__leaving_add(struct libspawn_pool *pool,
			   struct libspawn_worker *worker, struct task *task,
			   int is_to_die);
/* Reaps those that have ended, kills those whose time is up. */
void libspawn__leaving_look(struct libspawn_pool *pool);
/* Waits for all of them until the moment, and kills what is left. */
void libspawn__leaving_finish(struct libspawn_pool *pool, int64_t moment);

/*
 * pool_source.c: a worker, from wherever they come. 0, or -errno;
 * -SOURCE_NOT_READY while there is no template yet.
 */
int libspawn__source_draw(struct libspawn_pool *pool,
			  struct libspawn_worker **worker);
/* Something has come from the template. */
void libspawn__source_hear(struct libspawn_pool *pool);
void libspawn__source_close(struct libspawn_pool *pool, int64_t grace_ms);

/* pool_wait.c: looks at all that has happened, waiting for it until then. */
int libspawn__pool_wait(struct libspawn_pool *pool, int64_t moment);

/*
 * pool_loop_epoll.c, pool_loop_kqueue.c: the descriptor for the caller's loop.
 * Nothing is done as long as it was not asked for.
 */
int libspawn__loop_open(struct libspawn_pool *pool);
void libspawn__loop_close(struct libspawn_pool *pool);
void libspawn__loop_add(const struct libspawn_pool *pool,
			const struct libspawn_worker *worker);
void libspawn__loop_remove(const struct libspawn_pool *pool,
			   const struct libspawn_worker *worker);
/* Readable at that moment, whatever else happens. */
void libspawn__loop_wake(const struct libspawn_pool *pool, int64_t moment);

#endif
