/* SPDX-License-Identifier: MIT */
/*
 * The children of a template: it reaps them, and tells the caller how each has
 * ended. None is signalled that has been reaped.
 */
#define _GNU_SOURCE
#include "workers/brood.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "workers/moment.h"
#include "workers/worker.h"

struct chick {
	struct chick *next;
	pid_t pid; /* 0: it is expected */
	int has_ended;
	int status;
};

int libspawn__brood_expect(struct brood *brood)
{
	struct chick *chick;

	if (brood->first && brood->first->pid == 0)
		return 0;
	chick = calloc(1, sizeof *chick);
	if (!chick)
		return -ENOMEM;
	chick->next = brood->first;
	brood->first = chick;
	return 0;
}

void libspawn__brood_add(struct brood *brood, pid_t pid)
{
	brood->first->pid = pid;
}

void libspawn__brood_kill(const struct brood *brood, pid_t pid)
{
	for (struct chick *chick = brood->first; chick; chick = chick->next)
		if (chick->pid == pid && pid > 0 && !chick->has_ended)
			kill(pid, SIGKILL);
}

void libspawn__brood_kill_all(const struct brood *brood)
{
	for (struct chick *chick = brood->first; chick; chick = chick->next)
		libspawn__brood_kill(brood, chick->pid);
}

static void look_at_chick(struct chick *chick)
{
	pid_t found;

	if (chick->has_ended || chick->pid == 0)
		return;
	do
		found = waitpid(chick->pid, &chick->status, WNOHANG);
	while (found < 0 && errno == EINTR);
	chick->has_ended = found == chick->pid;
}

static int tell_end(const struct chick *chick, struct libspawn_worker *self)
{
	struct outbound frame = { .head = { .kind = FRAME_END } };
	/* Of its own: the macros of macOS take away a const. */
	int status = chick->status;
	int exited = WIFEXITED(status);

	frame.head.tag = (uint64_t)chick->pid;
	frame.head.figure = exited ? LIBSPAWN_END_EXITED : LIBSPAWN_END_KILLED;
	frame.head.code = exited ? WEXITSTATUS(status) : WTERMSIG(status);
	return libspawn__talk_send(self, &frame, MOMENT_PASSED);
}

void libspawn__brood_tell(struct brood *brood, struct libspawn_worker *self)
{
	struct chick **next = &brood->first;
	struct chick *chick;

	while ((chick = *next)) {
		look_at_chick(chick);
		if (chick->has_ended && tell_end(chick, self) == 0) {
			*next = chick->next;
			free(chick);
		} else {
			next = &chick->next;
		}
	}
}

int libspawn__brood_is_empty(const struct brood *brood)
{
	return !brood->first || (brood->first->pid == 0 && !brood->first->next);
}

void libspawn__brood_free(struct brood *brood)
{
	struct chick *chick;

	while ((chick = brood->first)) {
		brood->first = chick->next;
		free(chick);
	}
}
