/* SPDX-License-Identifier: MIT */
/*
 * A child that stops between creation and exec: it opens a FIFO that nobody
 * has open, until open_gate() lets it go on.
 */
#ifndef TESTS_GATE_H
#define TESTS_GATE_H

#include <sys/types.h>

#include "libspawn.h"

struct gate {
	char directory[64];
	char path[80];
};
void make_gate(struct gate *gate, struct libspawn_fd *row);
/* The same as the one row of these options. */
void make_gate_of(struct libspawn_options *options, struct gate *gate,
		  struct libspawn_fd *row);
void open_gate(const struct gate *gate);
void remove_gate(const struct gate *gate);
/* Wait until this process has a child, and return its pid. */
pid_t find_child(void);
/* The same of another process. */
pid_t find_child_of(pid_t parent);
/* One of whichever child has any: some live only for a moment. */
pid_t find_grandchild(void);
/* 'T' for one that is stopped, 0 for one that is gone: proc_pid_stat(5). */
char state_of(pid_t pid);

#endif
