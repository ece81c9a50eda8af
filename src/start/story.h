/* SPDX-License-Identifier: MIT */
/*
 * One start on its way from the arguments of a call to its result, chapter by
 * chapter. Each returns 0, or -errno with the place in start->failure.
 */
#ifndef LIBSPAWN_START_STORY_H
#define LIBSPAWN_START_STORY_H

#include <libspawn.h>

#include "backend/backend.h"
#include "ends/ends.h"
#include "plan/block.h"
#include "plan/planner.h"
#include "request/request.h"

struct start {
	struct request request;
	struct failure failure;
	struct outcome outcome;
	struct ends ends;
	struct plan_room room;
	struct block block;
	struct libspawn_process process;
};

/* story.c: the arguments, the options and the override. */
int libspawn__story_read(struct start *start, const char *program,
			 char *const argv[],
			 const struct libspawn_options *options);
/* To name the fork backend is to allow it; the override can't allow it. */
void libspawn__story_name_backend(struct libspawn_options *options,
				  uint32_t backend);
/*
 * The memory of all that follows: start->block, which is to be freed. With so
 * many bytes beside the plan.
 */
int libspawn__story_make_room(struct start *start, size_t beside);
void libspawn__story_plan(struct start *start);
/* Also opens what is new: start->ends, to be delivered or closed. */
int libspawn__story_open_and_plan(struct start *start);
/* A failed operation tells its step and index: the child only its number. */
int libspawn__story_judge(struct start *start);
/* Fills start->process. */
void libspawn__story_note(struct start *start);
/* error may be NULL. */
void libspawn__story_tell(const struct start *start, int code,
			  struct libspawn_error *error);

static inline int story_may_fork(const struct start *start)
{
	return (start->request.options.flags & LIBSPAWN_ALLOW_FORK) != 0;
}

#endif
