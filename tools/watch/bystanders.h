/* SPDX-License-Identifier: MIT */
/* The other threads of a process, at the moment when one of them forked. */
#ifndef TOOLS_WATCH_BYSTANDERS_H
#define TOOLS_WATCH_BYSTANDERS_H

#include "halt.h"
#include "stack.h"

struct bystander {
	pid_t tid;
	pid_t inner_tid; /* what it is for itself, and in its locks */
	char name[NAME_SIZE];
	struct call call;
	struct stack *stack; /* or NULL */
};

struct bystanders {
	unsigned users;
	size_t total; /* more than are described, maybe */
	size_t count;
	struct bystander all[];
};

/* All but one; those that run are stopped for a moment. NULL: no memory. */
struct bystanders *bystanders_look(struct image **image, struct events *events,
				   pid_t pid, pid_t forking);
struct bystanders *bystanders_share(struct bystanders *bystanders);
void bystanders_release(struct bystanders *bystanders);

#endif
