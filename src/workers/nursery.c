/* SPDX-License-Identifier: MIT */
/*
 * The births that a template's caller waits for, and the ends that a template
 * tells of its own children, as they are noted.
 */
#define _GNU_SOURCE
#include "workers/nursery.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "workers/cradle.h"

/* ---- The nursery ------------------------------------------------------- */

/* One without cradles for want of a descriptor would be without for ever. */
static int make_nursery(struct libspawn_worker *from)
{
	struct nursery *nursery = calloc(1, sizeof *nursery);
	int code = 0;

	if (!nursery)
		return -ENOMEM;
	nursery->users = 1;
	nursery->from = from;
	nursery->fd = -1;
	if (!from->has_own_pids)
		code = libspawn__cradle_make(&nursery->cradles, &nursery->fd);
	if (code == 0)
		from->own_nursery = nursery;
	else
		free(nursery);
	return code;
}

int libspawn__nursery_need(struct libspawn_worker *from)
{
	return from->own_nursery ? 0 : make_nursery(from);
}

void libspawn__nursery_hold(struct nursery *nursery)
{
	__atomic_add_fetch(&nursery->users, 1, __ATOMIC_SEQ_CST);
}

void libspawn__nursery_let_go(struct nursery *nursery)
{
	struct told_end *end;

	if (__atomic_sub_fetch(&nursery->users, 1, __ATOMIC_SEQ_CST) > 0)
		return;
	while ((end = nursery->ends)) {
		nursery->ends = end->next;
		free(end);
	}
	if (nursery->fd >= 0)
		libspawn__descriptors_close(&nursery->fd);
	libspawn__cradle_unmap(nursery->cradles);
	free(nursery);
}

void libspawn__nursery_leave(struct libspawn_worker *worker)
{
	if (worker->own_nursery)
		libspawn__nursery_let_go(worker->own_nursery);
	if (worker->nursery)
		libspawn__nursery_let_go(worker->nursery);
	worker->own_nursery = NULL;
	worker->nursery = NULL;
}

int libspawn__nursery_keep_orphan(struct libspawn_worker *worker)
{
	struct nursery *nursery = worker->nursery;
	struct libspawn_worker **first = &nursery->orphans;

	worker->next_orphan = __atomic_load_n(first, __ATOMIC_SEQ_CST);
	while (!__atomic_compare_exchange_n(first, &worker->next_orphan, worker,
					    0, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST))
		continue;
	return !libspawn__nursery_is_closed(nursery);
}

struct libspawn_worker *libspawn__nursery_orphans(struct nursery *nursery)
{
	return __atomic_exchange_n(&nursery->orphans, NULL, __ATOMIC_SEQ_CST);
}

/* ---- Births ------------------------------------------------------------ */

int libspawn__nursery_expect(struct nursery *nursery,
			     struct libspawn_worker *worker)
{
	int number = -1;

	if (nursery->cradles) {
		number = libspawn__cradle_take(nursery->cradles);
		if (number < 0)
			return number;
	}
	libspawn__nursery_hold(nursery);
	nursery->asked++;
	worker->nursery = nursery;
	worker->cradle = number;
	return 0;
}

/* The pid in its cradle, or 0. From now on that is another worker's. */
static int32_t empty_cradle(struct libspawn_worker *worker)
{
	int32_t *cradles = worker->nursery->cradles;
	uint32_t number = (uint32_t)worker->cradle;
	int32_t pid;

	if (worker->cradle < 0)
		return 0;
	pid = libspawn__cradle_look(cradles, number);
	libspawn__cradle_leave(cradles, number);
	worker->cradle = -1;
	return pid;
}

void libspawn__nursery_lose(struct libspawn_worker *worker)
{
	worker->has_ended = 1;
	worker->status.end = LIBSPAWN_END_LOST;
}

/* Also one that has ended, until it is reaped. */
static int is_own_child(int32_t pid)
{
	siginfo_t info;

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
	       0;
}

/*
 * That it is a child of this process is all there is to see: a template that
 * lies may name any of those. Who is none was reaped by somebody else, and may
 * have left words before.
 */
int libspawn__nursery_look(struct libspawn_worker *worker)
{
	int32_t pid = empty_cradle(worker);

	if (pid == 0)
		return -ECHILD;
	worker->way = LIBSPAWN_WORKER_WAY_SIBLING;
	if (is_own_child(pid)) {
		worker->process.pid = pid;
		worker->process.pidfd = libspawn__descriptors_open_process(pid);
	} else {
		libspawn__nursery_lose(worker);
	}
	return 0;
}

int libspawn__nursery_is_over(const struct libspawn_worker *worker)
{
	const struct nursery *nursery = worker->nursery;

	return nursery && nursery->cradles &&
	       __atomic_load_n(&nursery->is_over, __ATOMIC_SEQ_CST);
}

void libspawn__nursery_end(struct nursery *nursery, int has_ended)
{
	nursery->from = NULL;
	__atomic_store_n(&nursery->is_over, has_ended, __ATOMIC_SEQ_CST);
	__atomic_store_n(&nursery->is_closed, 1, __ATOMIC_SEQ_CST);
}

int libspawn__nursery_is_closed(const struct nursery *nursery)
{
	return __atomic_load_n(&nursery->is_closed, __ATOMIC_SEQ_CST);
}

int libspawn__nursery_note(struct libspawn_worker *worker)
{
	const struct frame_head *head = &worker->inbound.head;

	if (!worker->nursery || worker->is_born)
		return worker->refused = -EPROTO;
	worker->is_born = 1;
	/* Its cradle has told it already, or does so now. */
	if (worker->way != 0 || libspawn__nursery_look(worker) == 0)
		return 0;
	if (head->code == LIBSPAWN_WORKER_WAY_SIBLING)
		return worker->refused = -EPROTO;
	worker->way = LIBSPAWN_WORKER_WAY_GRANDCHILD;
	worker->grandchild = head->tag;
	return 0;
}

/* ---- Ends -------------------------------------------------------------- */

int libspawn__nursery_note_end(struct libspawn_worker *from)
{
	const struct frame_head *head = &from->inbound.head;
	struct nursery *nursery = from->own_nursery;
	struct told_end *end;

	if (!nursery || nursery->told == nursery->asked)
		return from->refused = -EPROTO;
	end = calloc(1, sizeof *end);
	if (!end)
		return -ENOMEM;
	end->pid = head->tag;
	end->status.end = (uint32_t)head->figure;
	end->status.code = head->code;
	end->next = nursery->ends;
	nursery->ends = end;
	nursery->told++;
	return 0;
}

int libspawn__nursery_find_end(struct libspawn_worker *worker)
{
	struct told_end **next = &worker->nursery->ends;
	struct told_end *end;

	while (*next && (*next)->pid != worker->grandchild)
		next = &(*next)->next;
	end = *next;
	if (!end)
		return 0;
	*next = end->next;
	worker->status = end->status;
	worker->has_ended = 1;
	free(end);
	return 1;
}
