/* SPDX-License-Identifier: MIT */
/*
 * Starts what a call asks for, through the backends with a child of ours: the
 * C library's posix_spawn() is the one that was replaced.
 */
#define _GNU_SOURCE
#include "posix/call.h"

#include <string.h>
#include <unistd.h>

#include <libspawn.h>

#include "backend/backend.h"
#include "calm.h"
#include "plan/block.h"
#include "plan/path.h"
#include "request/override.h"
#include "request/strings.h"

/* As getconf PATH says of glibc and of musl. */
static const char default_path[] = "/bin:/usr/bin";

const char *libspawn__call_search_list(const char *program)
{
	const char *list;

	if (strchr(program, '/') || program[0] == '\0')
		return NULL;
	list = libspawn__strings_value(environ, "PATH");
	return list ? list : default_path;
}

/* The operator's choice, should it be one with a child of ours. */
static uint32_t preferred_backend(void)
{
	struct failure ignored;
	uint32_t backend = LIBSPAWN_BACKEND_CLONE;

	libspawn__override_read(&backend, &ignored);
	return backend == LIBSPAWN_BACKEND_VFORK ? backend
						 : LIBSPAWN_BACKEND_CLONE;
}

/* Never fork: what can't be had by clone or vfork can't be had. */
static void climb_own(struct launch *launch, struct outcome *outcome)
{
	libspawn__ladder_start(preferred_backend(), 0, launch, outcome);
	if (outcome->kind == OUTCOME_DECLINED)
		libspawn__ladder_start(LIBSPAWN_BACKEND_VFORK, 0, launch,
				       outcome);
}

/* A start that was killed before exec has no errno in the standard. */
static int judge_start(const struct launch *launch,
		       const struct outcome *outcome, struct posix_child *child)
{
	child->pid = outcome->pid;
	child->pidfd = launch->pidfd;
	child->step = LIBSPAWN_STEP_CREATE;
	if (outcome->kind == OUTCOME_STARTED)
		return 0;
	if (outcome->op >= 0)
		child->step = launch->plan->ops[outcome->op].step;
	return outcome->code;
}

static int start_in(struct block *block, const struct posix_call *call,
		    const struct posix_room *room, struct posix_child *child)
{
	struct outcome outcome;

	block->launch->plan = libspawn__compile(call, room, &block->arena);
	climb_own(block->launch, &outcome);
	return judge_start(block->launch, &outcome, child);
}

int libspawn__call_start(const struct posix_call *call,
			 struct posix_child *child)
{
	struct posix_room room = libspawn__compile_room(call);
	struct block block;
	struct calm calm;
	int code = -libspawn__path_check(call->search_list, call->program);

	child->step = code ? LIBSPAWN_STEP_EXEC : LIBSPAWN_STEP_MEMORY;
	if (code)
		return code;
	calm_begin(&calm);
	code = -libspawn__block_take(&block, room.argc, room.bytes);
	if (code == 0) {
		code = start_in(&block, call, &room, child);
		libspawn__block_free(&block);
	}
	calm_end(&calm);
	return code;
}
