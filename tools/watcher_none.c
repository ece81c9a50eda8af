/* SPDX-License-Identifier: MIT */
/* Where there is no ptrace(2) of Linux, nothing is watched. */
#include "watcher.h"

#include <stdio.h>

int watcher_begin(struct watcher *watcher, const struct watching *watching)
{
	watcher->socket = -1;
	watcher->stream = -1;
	if (!watching->is_wanted)
		return 0;
	fputs("spawn: --watch-forks: this needs Linux\n", stderr);
	return -1;
}

void watcher_release(struct watcher *watcher)
{
	(void)watcher;
}

int watcher_end(struct watcher *watcher)
{
	(void)watcher;
	return 0;
}

void watcher_cancel(struct watcher *watcher)
{
	(void)watcher;
}
