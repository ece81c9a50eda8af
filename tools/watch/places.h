/* SPDX-License-Identifier: MIT */
/*
 * Places of the source that forked while there were other threads, and what
 * became of the children.
 */
#ifndef TOOLS_WATCH_PLACES_H
#define TOOLS_WATCH_PLACES_H

#include "bystanders.h"

enum { COMMAND_SIZE = 128, KINDS_TOLD = 8, CALLS_KEPT = 32 };

/* A child that waits for ever, and why; the first of those like it. */
struct hang {
	struct hang *next;
	unsigned count; /* of those */
	pid_t pid;
	int64_t after_us; /* from the fork to when it was seen */
	int ended_by;	  /* a signal that has ended it or was about to, or 0 */
	bool was_killed;  /* by us */
	bool has_handlers;
	struct stack stack;
	uint64_t address; /* of what it waits for */
	struct frame lock;
	const char *where;		/* the lock is, if it has no name */
	const struct bystander *holder; /* or NULL */
	bool holder_is_certain;		/* its number is in the lock */
	struct bystanders *others;	/* it is one of these */
};

/* How many, and how long they lived. */
struct tally {
	unsigned count;
	int64_t total_us;
	int64_t most_us;
};

/* A system call, and how often it was made. */
struct noted {
	long number;
	unsigned count;
};

struct place {
	struct place *next;
	unsigned number; /* from 1 on */
	const char *program;
	char command[COMMAND_SIZE];
	pid_t pid; /* of the first that forked here */
	const char *thread;
	struct stack stack;
	const struct frame *frame; /* of it: who called fork() */
	struct bystanders *others; /* at the first fork */
	unsigned forks;
	unsigned followed; /* children of which each call was noted */
	unsigned kinds_of_calls;
	struct noted calls[CALLS_KEPT];
	struct tally executed;
	const char *first_executed;
	struct tally ended;   /* without an exec */
	unsigned killed;      /* of these, by a signal */
	unsigned descendants; /* forked by a child of these */
	unsigned hung;
	unsigned recovered; /* of these: they went on after all */
	struct hang *hangs;
	struct hang **last_hang;
	unsigned kinds; /* of hangs */
};

/* A process that was forked unsafely and has not executed anything since. */
struct child {
	struct place *place;
	struct bystanders *others;
	int64_t born_us;
	int64_t next_look_us;
	uint64_t seen_address; /* of the futex that it sat in */
	bool is_told;	       /* it hangs, and that has been said */
	unsigned calls_left;   /* that are still to be noted */
};

struct places {
	struct place *first;
	struct place **last;
	unsigned count;
};

/* The place that the stack is of; a new one if need be; NULL: no memory. */
struct place *place_get(struct places *places, const char *program,
			const struct stack *stack);
/* A child of this place has made that call. */
void place_note_call(struct place *place, long number);
void tally_add(struct tally *tally, int64_t lived_us);
#endif
