/* SPDX-License-Identifier: MIT */
/* Signals that come to spawn itself, one after the other. */
#ifndef TOOLS_SIGNALS_H
#define TOOLS_SIGNALS_H

#include <stdbool.h>
#include <sys/types.h>

struct arrival {
	int number;
	bool is_sent;  /* by a process; else by the kernel, as for a key */
	bool is_early; /* from before the start: no program has got it */
	int continued; /* how often spawn had been, by then */
	pid_t sender;  /* 0: one that can't be seen from here */
};

/* As the first process of a container: what ends others exits with 128 + n. */
void heed_signals_as_first(void);

/*
 * Before the start: collect those that the caller does not ignore. A descriptor
 * that is readable when one has come, or -1 with errno. The program does not
 * inherit that they are collected.
 */
int collect_signals(void);
/* After the start: collect the others too, and those that were blocked. */
void collect_all_signals(void);
/* After the end: each does to spawn what it does to anybody. */
void leave_signals(void);

/* The next one that has come, if any; but no stop that has been undone. */
bool next_arrival(struct arrival *arrival);

/*
 * What the caller's disposition makes of a signal to spawn, or to all of its
 * process group. Whether that stopped spawn, which then has been continued.
 */
bool stop_by_signal(int number, bool whole_group);

/* End as by this signal, if the system lets spawn. */
void end_by_signal(int number);

#endif
