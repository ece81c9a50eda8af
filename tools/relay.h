/* SPDX-License-Identifier: MIT */
/* The caller's ends of the pipes and the pty that --fd made. */
#ifndef TOOLS_RELAY_H
#define TOOLS_RELAY_H

#include "command.h"
#include "stream.h"

struct relay {
	struct stream *streams;
	size_t count;
	int pty;       /* our side of it, or -1 */
	int held_pty;  /* the other side, held open, or -1 */
	int64_t leave; /* when to give up who keeps a stream open; NEVER */
	int failed;    /* errno of a write that was not possible, or 0 */
	int unread;    /* the same of a read of standard input */
};

/* Before the start: room for all that there will be: 0, or -1. */
int relay_prepare(struct relay *relay, const struct command *command);
/* After it: the pipes and the pty that were made. */
void relay_begin(struct relay *relay, const struct command *command);

/* Fill in what to wait for; may standard input be read? How many rows. */
size_t relay_watch(struct relay *relay, struct pollfd *polled, bool reads);
/* When it has to be turned, whatever poll() says; NEVER. */
int64_t relay_deadline(const struct relay *relay);
/* Move what can be moved. */
void relay_turn(struct relay *relay, const struct pollfd *polled);
/* From here on nobody is waited for who keeps a stream open. */
void relay_programs_ended(struct relay *relay);
bool relay_is_open(const struct relay *relay);
void relay_end(struct relay *relay);

#endif
