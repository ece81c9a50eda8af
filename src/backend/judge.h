/* SPDX-License-Identifier: MIT */
/* What a start has come to. */
#ifndef LIBSPAWN_BACKEND_JUDGE_H
#define LIBSPAWN_BACKEND_JUDGE_H

#include <sys/types.h>

#include "backend/backend.h"

/* judge.c: from the final report, when the child has left. */
void libspawn__judge_child(struct launch *launch, long pid,
			   struct outcome *outcome);
/* Waits for the end of a child of ours; the signal that ended it, or 0. */
int32_t libspawn__judge_reap(pid_t pid);

#endif
