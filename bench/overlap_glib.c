/* SPDX-License-Identifier: MIT */
/* As overlap.c, by g_spawn_async(): bench-overlap-glib MILLISECONDS TARGET */
#define _GNU_SOURCE
#include "beat.h"

#include <glib-unix.h>
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>

static struct beat beat;
static const char *program;
static int alive;
static GMainLoop *loop;

static gboolean start_one(gpointer data);

static void note_end(GPid pid, gint status, gpointer data)
{
	(void)data;
	if (status)
		beat_give_up("the target's end");
	g_spawn_close_pid(pid);
	if (alive-- == AT_ONCE && !beat_is_over(&beat))
		g_idle_add(start_one, NULL);
	if (alive == 0 && beat_is_over(&beat))
		g_main_loop_quit(loop);
}

/* One in each turn of the loop, as long as there is room. */
static gboolean start_one(gpointer data)
{
	char *argv[] = { (char *)(uintptr_t)program, NULL };
	GPid pid;

	(void)data;
	if (!g_spawn_async(NULL, argv, NULL,
			   G_SPAWN_DO_NOT_REAP_CHILD |
				   G_SPAWN_CHILD_INHERITS_STDIN,
			   NULL, NULL, &pid, NULL))
		beat_give_up("g_spawn_async");
	g_child_watch_add(pid, note_end, NULL);
	beat.started++;
	alive++;
	return alive < AT_ONCE && !beat_is_over(&beat);
}

static gboolean hear(gint fd, GIOCondition condition, gpointer data)
{
	(void)fd;
	(void)condition;
	(void)data;
	beat_hear(&beat);
	return TRUE;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		beat_give_up("usage: overlap-glib MILLISECONDS TARGET");
	program = argv[2];
	loop = g_main_loop_new(NULL, FALSE);
	g_idle_add(start_one, NULL);
	beat_begin(&beat, strtoul(argv[1], NULL, 10));
	g_unix_fd_add(beat.fd, G_IO_IN, hear, NULL);
	g_main_loop_run(loop);
	beat_tell(&beat);
	return 0;
}
