/* SPDX-License-Identifier: MIT */
/* How a process has ended, from what the system tells. No usage is in it. */
#ifndef LIBSPAWN_TOLD_H
#define LIBSPAWN_TOLD_H

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <libspawn.h>

static inline void told_set(struct libspawn_status *status, int has_exited,
			    int code, int has_dumped)
{
	memset(status, 0, sizeof *status);
	status->end = has_exited ? LIBSPAWN_END_EXITED : LIBSPAWN_END_KILLED;
	status->code = code;
	if (has_dumped)
		status->flags |= LIBSPAWN_STATUS_CORE;
}

/* waitid(2) */
static inline void told_by_info(struct libspawn_status *status,
				const siginfo_t *info)
{
	told_set(status, info->si_code == CLD_EXITED, info->si_status,
		 info->si_code == CLD_DUMPED);
}

/* waitpid(2) */
static inline void told_by_word(struct libspawn_status *status, int word)
{
	if (WIFEXITED(word))
		told_set(status, 1, WEXITSTATUS(word), 0);
	else
		told_set(status, 0, WTERMSIG(word), WCOREDUMP(word));
}

#endif
