/* SPDX-License-Identifier: MIT */
/* The file of --pidfile. */
#ifndef TOOLS_PIDFILE_H
#define TOOLS_PIDFILE_H

#include <stdbool.h>

struct pidfile {
	const char *path; /* NULL: none is asked for */
	int fd;
	bool is_new; /* made by us */
};

/*
 * Before the start: open it, or make it, and leave what is in it; 0, or an
 * errno value.
 */
int open_pidfile(struct pidfile *pidfile);
/* After it: the pid takes the place of what was there; 0, or an errno value. */
int write_pidfile(struct pidfile *pidfile, int pid);
/* After a start that failed: all is as it was. */
void drop_pidfile(struct pidfile *pidfile);

#endif
