/* SPDX-License-Identifier: MIT */
/*
 * Eight threads start a hundred programs each by GLib, in each of its ways;
 * every tenth does not exist. For sanitizers.
 */
#include <glib.h>
#include <string.h>
#include <sys/wait.h>

#define THREADS 8
#define CHILDREN 100

/* Reads all it writes. */
static gboolean works_sync(gchar **argv)
{
	gchar *text = NULL;
	gint status = -1;
	gboolean good = g_spawn_sync("/", argv, NULL, G_SPAWN_SEARCH_PATH, NULL,
				     NULL, &text, NULL, &status, NULL) &&
			status == 0 && !strcmp(text, "works\n");

	g_free(text);
	return good;
}

/* Reaped here, or not; with descriptors left open, or not. */
static gboolean works_async(gchar **argv, GSpawnFlags flags)
{
	gint status = -1;
	GPid pid;

	flags |= G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL;
	if (!g_spawn_async(NULL, argv, NULL, flags, NULL, NULL, &pid, NULL))
		return FALSE;
	if (!(flags & G_SPAWN_DO_NOT_REAP_CHILD))
		return pid > 0;
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static gboolean is_missing_told(void)
{
	gchar *argv[] = { (gchar *)"/nowhere/program", NULL };
	GError *error = NULL;
	gboolean told =
		!g_spawn_async(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL,
			       NULL, &error) &&
		g_error_matches(error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT);

	g_clear_error(&error);
	return told;
}

static gboolean works(guint number)
{
	gchar *argv[] = { (gchar *)"echo", (gchar *)"works", NULL };

	if (number % 10 == 9)
		return is_missing_told();
	switch (number % 4) {
	case 0: return works_sync(argv);
	case 1: return works_async(argv, G_SPAWN_DO_NOT_REAP_CHILD);
	case 2:
		return works_async(argv,
				   G_SPAWN_DO_NOT_REAP_CHILD |
					   G_SPAWN_LEAVE_DESCRIPTORS_OPEN);
	default: return works_async(argv, G_SPAWN_DEFAULT);
	}
}

static gpointer run(gpointer data)
{
	guint n, faults = 0;

	(void)data;
	for (n = 0; n < CHILDREN; n++)
		faults += !works(n);
	return GUINT_TO_POINTER(faults);
}

int main(void)
{
	GThread *threads[THREADS];
	guint n, sum = 0;

	for (n = 0; n < THREADS; n++)
		threads[n] = g_thread_new("starter", run, NULL);
	for (n = 0; n < THREADS; n++)
		sum += GPOINTER_TO_UINT(g_thread_join(threads[n]));
	g_print("%d threads, %d starts each, %u faults\n", THREADS, CHILDREN,
		sum);
	return sum != 0;
}
