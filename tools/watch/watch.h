/* SPDX-License-Identifier: MIT */
/* All that the watcher knows and was asked for. */
#ifndef TOOLS_WATCH_WATCH_H
#define TOOLS_WATCH_WATCH_H

#include "places.h"
#include "tasks.h"

#include <stdio.h>

enum watch_format {
	WATCH_TEXT,
	WATCH_LIVE, /* text, each thing as it is seen */
	WATCH_JSON,
};

struct settings {
	enum watch_format format;
	int64_t hung_after_us;
	bool kills_hung;
	FILE *stream;
};

struct watch {
	struct settings settings;
	struct tasks tasks;
	struct places places;
	struct events events;
	pid_t starter;	      /* spawn: its children are the programs */
	bool leaves_starter;  /* all of them are there */
	unsigned programs;    /* that have not ended */
	unsigned in_question; /* children that may still hang */
	unsigned held;	      /* tasks that wait for their parent's event */
	unsigned processes;   /* ever seen, and of these: */
	unsigned set_ids;     /* set-id programs that ran without it */
	const char *set_id;   /* the first of them */
};

#endif
