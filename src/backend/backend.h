/* SPDX-License-Identifier: MIT */
/*
 * A backend is a way to create a process that runs a plan. It knows plans and
 * nothing of the options they come from.
 */
#ifndef LIBSPAWN_BACKEND_BACKEND_H
#define LIBSPAWN_BACKEND_BACKEND_H

#include <stdint.h>

#include "backend/report.h"
#include "child/launch.h"

/* The numbers of enum libspawn_backend. */
enum { BACKEND_ANY, BACKEND_CLONE, BACKEND_VFORK, BACKEND_SPAWN, BACKEND_FORK };

/* What start() returns when this system has no such way: ask the next one. */
enum { BACKEND_UNAVAILABLE = -0x10000 };

struct backend {
	uint32_t id;
	uint32_t shares_memory; /* with a child of ours */
	uint64_t takes;		/* kinds of operation it can do */
	/* One of these that it can't do after all, or -1. May be NULL. */
	int32_t (*declines)(const struct plan *plan);
	/* Creates the process. Its pid, -errno, or BACKEND_UNAVAILABLE. */
	long (*start)(struct launch *launch);
};

/* How far a start came. */
enum outcome_kind {
	OUTCOME_STARTED,
	OUTCOME_DECLINED,   /* op: what the backend can't do; -1: nothing */
	OUTCOME_NO_REPORT,  /* no pipe */
	OUTCOME_BAD_SOURCE, /* op: it names a descriptor that is not open */
	OUTCOME_NOT_QUIET,  /* signals could not be blocked */
	OUTCOME_NOT_CREATED,
	OUTCOME_FAILED, /* op: where; -1: the backend can't tell */
	OUTCOME_DIED,	/* signal: of what */
};

struct outcome {
	enum outcome_kind kind;
	int32_t code; /* errno value; 0 when started */
	int32_t op;
	int32_t signal;
	int32_t pid;
	uint32_t backend;
};

/* One process in the making, from its creation to what came of it. */
struct creation {
	const struct backend *backend;
	struct launch *launch;
	struct report_pipe pipe;
	long pid; /* 0: there is none, and nothing to be finished */
};

/* clone.c, vfork.c, posix_spawn.c, fork.c: with takes 0 where there is none */
extern const struct backend libspawn__backend_clone;
extern const struct backend libspawn__backend_vfork;
extern const struct backend libspawn__backend_posix_spawn;
extern const struct backend libspawn__backend_fork;

/* ladder.c: the best of the backends that can; one that is named, or any. */
void libspawn__ladder_ask(uint32_t wanted, int may_fork,
			  const struct plan *plan, struct outcome *outcome);
/* As create_begin() below. */
void libspawn__ladder_begin(uint32_t wanted, int may_fork,
			    struct creation *creation, struct launch *launch,
			    struct outcome *outcome);
/* The same, and finished. */
void libspawn__ladder_start(uint32_t wanted, int may_fork,
			    struct launch *launch, struct outcome *outcome);

/*
 * create.c: one start through one backend, quiet and reported. Where there is a
 * process afterwards, creation->pid is above 0 and the outcome open until it is
 * finished; else the outcome is final.
 */
void libspawn__create_begin(const struct backend *backend,
			    struct creation *creation, struct launch *launch,
			    struct outcome *outcome);
/* Whether nobody uses the launch any more, neither child nor kernel. */
int libspawn__create_has_left(const struct creation *creation);
int libspawn__create_has_executed(const struct creation *creation);
/* Its exec or end has been awaited: what is left is hazard 4. */
int libspawn__create_is_leaving(const struct creation *creation);
/* Lets the child of OP_HOLD go on. */
void libspawn__create_release(struct creation *creation);
/* Awaits the child's exec or end. 0, or -ETIMEDOUT: it is still to be done. */
int libspawn__create_finish(struct creation *creation, int64_t deadline,
			    struct outcome *outcome);

#endif
