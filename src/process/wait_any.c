/* SPDX-License-Identifier: MIT */
/*
 * Waiting for any of many processes. All are looked at one by one, never "any
 * child", which might be somebody else's.
 */
#define _GNU_SOURCE
#include <errno.h>

#include <libspawn.h>

#include "calm.h"
#include "deadline.h"
#include "process/end.h"
#include "process/process.h"

/* One call. What is found goes to index and status. */
struct search {
	struct watch watch;
	size_t index;
	struct libspawn_status status;
	int left;   /* whether there is any left to wait for */
	int absent; /* whether one is no child: it takes time to ask again */
	int recalls;
};

/* 1 if this one has ended and this thread has reaped it; 0 or -errno. */
static int look_at(struct search *search, size_t index)
{
	struct libspawn_process *process = search->watch.processes[index];
	int found;

	if (!process || libspawn__end_is_told(process))
		return 0;
	found = libspawn__process_look(process, 0, &search->status);
	if (found == -ECHILD && !search->recalls) {
		search->absent = 1;
		return 0;
	}
	if (found == -ECHILD)
		found = libspawn__process_recall(
			process, search->watch.deadline, &search->status);
	if (found < 0 && found != -ECHILD)
		return found;
	if (found == 0)
		search->left = 1;
	else if (libspawn__end_settle(process, found, &search->status)) {
		search->index = index;
		return 1;
	}
	return 0;
}

/* From the one that is due, around to the one before it. */
static int look_around(struct search *search, size_t first, int recalls)
{
	const size_t count = search->watch.count;
	size_t n;
	int found = 0;

	search->left = 0;
	search->absent = 0;
	search->recalls = recalls;
	for (n = 0; n < count && found == 0; n++)
		found = look_at(search, (first % count + n) % count);
	return found;
}

/* Who is asked for twice holds up no end that is there. */
static int look_at_all(struct search *search, size_t first)
{
	int found = look_around(search, first, 0);

	if (found == 0 && search->absent)
		found = look_around(search, first, 1);
	if (found == 0 && !search->left)
		return -ECHILD;
	return found;
}

static int search_until_found(struct search *search, size_t first)
{
	int found;
	int code;

	for (;;) {
		found = look_at_all(search, first);
		if (found != 0)
			return found < 0 ? found : 0;
		if (libspawn__deadline_left(search->watch.deadline) == 0)
			return -ETIMEDOUT;
		code = libspawn__watch(&search->watch);
		if (code < 0)
			return code;
	}
}

static int are_sound(struct libspawn_process *const *processes, size_t count)
{
	size_t n;

	for (n = 0; n < count; n++)
		if (processes[n] && !libspawn__end_is_sound(processes[n]))
			return 0;
	return 1;
}

static int is_any_interruptible(struct libspawn_process *const *processes,
				size_t count)
{
	size_t n;

	for (n = 0; n < count; n++)
		if (processes[n] &&
		    libspawn__end_is_interruptible(processes[n]))
			return 1;
	return 0;
}

int libspawn_wait_any(struct libspawn_process *const *processes, size_t count,
		      int64_t timeout_ms, size_t *index,
		      struct libspawn_status *status)
{
	struct search search = { .watch = { .processes = processes,
					    .count = count } };
	struct calm calm;
	int code;

	if (!processes || !index || !are_sound(processes, count))
		return EINVAL;
	calm_begin(&calm);
	search.watch.deadline = libspawn__deadline_after(timeout_ms);
	search.watch.interruptible = is_any_interruptible(processes, count);
	code = search_until_found(&search, *index);
	calm_end(&calm);
	if (code < 0)
		return -code;
	*index = search.index;
	if (status)
		*status = search.status;
	return 0;
}
