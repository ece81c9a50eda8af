/* SPDX-License-Identifier: MIT */
/*
 * The children of a template: it reaps them, and tells the caller how each has
 * ended. None is signalled that is known to have been reaped.
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
	pid_t pid;		       /* 0: it is expected */
	struct libspawn_status status; /* all-zero until it has ended */
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

static void note_status(struct chick *chick, int status)
{
	int exited = WIFEXITED(status);

	chick->status.end = exited ? LIBSPAWN_END_EXITED : LIBSPAWN_END_KILLED;
	chick->status.code = exited ? WEXITSTATUS(status) : WTERMSIG(status);
}

/* Where SIGCHLD is ignored the kernel has reaped it, and nobody knows more. */
static void look_at_chick(struct chick *chick)
{
	pid_t found;
	int status;

	if (chick->status.end != LIBSPAWN_END_RUNNING || chick->pid == 0)
		return;
	do
		found = waitpid(chick->pid, &status, WNOHANG);
	while (found < 0 && errno == EINTR);
	if (found == chick->pid)
		note_status(chick, status);
	else if (found < 0)
		chick->status.end = LIBSPAWN_END_LOST;
}

static void kill_chick(struct chick *chick)
{
	look_at_chick(chick);
	if (chick->status.end == LIBSPAWN_END_RUNNING && chick->pid > 0)
		kill(chick->pid, SIGKILL);
}

void libspawn__brood_kill(struct brood *brood, pid_t pid)
{
	for (struct chick *chick = brood->first; chick; chick = chick->next)
		if (chick->pid == pid)
			kill_chick(chick);
}

void libspawn__brood_kill_all(struct brood *brood)
{
	for (struct chick *chick = brood->first; chick; chick = chick->next)
		kill_chick(chick);
}

static int tell_end(const struct chick *chick, struct libspawn_worker *self)
{
	struct outbound frame = {
		.head = { .kind = FRAME_END,
			  .tag = (uint64_t)chick->pid,
			  .figure = chick->status.end,
			  .code = chick->status.code },
	};

	return libspawn__talk_send(self, &frame, MOMENT_PASSED);
}

void libspawn__brood_tell(struct brood *brood, struct libspawn_worker *self)
{
	struct chick **next = &brood->first;
	struct chick *chick;

	while ((chick = *next)) {
		look_at_chick(chick);
		if (chick->status.end != LIBSPAWN_END_RUNNING &&
		    tell_end(chick, self) == 0) {
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
