/* SPDX-License-Identifier: MIT */
/*
 * What the caller knows of the workers of one template: those that are on their
 * way, and the ends that the template has told. It lives as long as the handles
 * of the template and of all of its workers.
 */
#ifndef LIBSPAWN_WORKERS_NURSERY_H
#define LIBSPAWN_WORKERS_NURSERY_H

#include "workers/worker.h"

/* The end of a child of the template, which nobody has asked for yet. */
struct told_end {
	struct told_end *next;
	uint64_t pid;
	struct libspawn_status status;
};

struct nursery {
	unsigned users;
	unsigned asked;		      /* workers, of the template */
	unsigned told;		      /* ends, by it */
	int is_over;		      /* it has ended: no birth is to come */
	int is_closed;		      /* nobody looks after orphans any more */
	int32_t fd;		      /* until the template has it */
	int32_t *cradles;	      /* NULL where there are none */
	struct libspawn_worker *from; /* NULL when it has been closed */
	struct told_end *ends;
	struct libspawn_worker *orphans; /* closed before they were known */
};

/* nursery.c: makes that of a template, if there is none yet. 0 or -errno. */
int libspawn__nursery_need(struct libspawn_worker *from);
/* A cradle for a worker of it: 0, or -EAGAIN if all are taken. */
int libspawn__nursery_expect(struct nursery *nursery,
			     struct libspawn_worker *worker);
/* Takes the frame in which a worker says that it is there. 0 or -errno. */
int libspawn__nursery_note(struct libspawn_worker *worker);
/*
 * What its cradle says, once: 0 if it has been born, and then it is known who
 * it is, or lost who it was; or -ECHILD.
 */
int libspawn__nursery_look(struct libspawn_worker *worker);
/* It has ended, and nobody can tell how. */
void libspawn__nursery_lose(struct libspawn_worker *worker);
/* Takes the frame in which a template tells an end. 0 or -errno. */
int libspawn__nursery_note_end(struct libspawn_worker *from);
/* 1 if the end of this worker has been told, which is noted there. */
int libspawn__nursery_find_end(struct libspawn_worker *worker);
/* 1 if what its cradle says now is final, since its template has ended. */
int libspawn__nursery_is_over(const struct libspawn_worker *worker);
/* The template is closed next; whether it has ended. */
void libspawn__nursery_end(struct nursery *nursery, int has_ended);
int libspawn__nursery_is_closed(const struct nursery *nursery);
/*
 * Keeps it until its template is asked or closed: 1; 0 if it has been closed
 * already, by another thread, and so the caller is to look after them.
 */
int libspawn__nursery_keep_orphan(struct libspawn_worker *worker);
/* One user more, and one less: the last one frees it. */
void libspawn__nursery_hold(struct nursery *nursery);
void libspawn__nursery_let_go(struct nursery *nursery);
/* All of them, taken out; they are linked by next_orphan. */
struct libspawn_worker *libspawn__nursery_orphans(struct nursery *nursery);
/* The worker is freed next. */
void libspawn__nursery_leave(struct libspawn_worker *worker);

#endif
