/* SPDX-License-Identifier: MIT */
/*
 * For runtimes.py: starts children from GLib's main loop, one in a turn.
 *
 * usage: gspawn_loop COUNT PROGRAM
 */
#include "pause.h"

#include <glib.h>

static struct children children;
static GMainLoop *loop;

static void note_exit(GPid pid, gint status, gpointer data)
{
	(void)data;
	note_end(&children, status == 0);
	g_spawn_close_pid(pid);
}

static void start_one(void)
{
	char *argv[] = { children.program, NULL };
	GPid pid;

	if (!g_spawn_async(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
			   NULL, &pid, NULL))
		_Exit(1);
	g_child_watch_add(pid, note_exit, NULL);
}

static gboolean turn(gpointer data)
{
	(void)data;
	if (take_turn(&children))
		start_one();
	if (!all_ended(&children))
		return G_SOURCE_CONTINUE;
	g_main_loop_quit(loop);
	return G_SOURCE_REMOVE;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	children = read_arguments(argv);
	loop = g_main_loop_new(NULL, FALSE);
	g_idle_add_full(G_PRIORITY_DEFAULT, turn, NULL, NULL);
	g_main_loop_run(loop);
	g_main_loop_unref(loop);
	tell(&children);
	return 0;
}
