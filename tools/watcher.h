/* SPDX-License-Identifier: MIT */
/* --watch-forks: the program beside spawn that watches the others. */
#ifndef TOOLS_WATCHER_H
#define TOOLS_WATCHER_H

#include <stdbool.h>
#include <stdint.h>

/* What it was asked for. */
struct watching {
	bool is_wanted;
	const char *format; /* text, live, json */
	const char *file;   /* NULL: standard error */
	int64_t hung_after_us;
	bool kills_hung;
};

struct watcher {
	int socket; /* to it, or -1 */
	int stream; /* for its report, until it has it; or -1 */
};

/*
 * Before the programs are started: it is there and will see them. 0; or -1, and
 * it has been said why not. Signals and an alarm must be able to end the wait
 * for one that hangs.
 */
int watcher_begin(struct watcher *watcher, const struct watching *watching);
/* They are started: it has nothing more to do with spawn itself. */
void watcher_release(struct watcher *watcher);
/* They have ended: wait for its report. 0, or -1 and it has been said. */
int watcher_end(struct watcher *watcher);
/* They have not been started after all. */
void watcher_cancel(struct watcher *watcher);

#endif
