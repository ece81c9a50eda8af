/* SPDX-License-Identifier: MIT */
/* peer: pkg-config gio-2.0, package libglib2.0-dev */
/*
 * GLib: it closes descriptors by default, for which 2.74 forks; left open, it
 * can use posix_spawn().
 */
#include "method.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdint.h>

static const GSpawnFlags closing =
	G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CHILD_INHERITS_STDIN;
static const GSpawnFlags leaving = G_SPAWN_DO_NOT_REAP_CHILD |
				   G_SPAWN_CHILD_INHERITS_STDIN |
				   G_SPAWN_LEAVE_DESCRIPTORS_OPEN;

static int start_spawn(struct started *started, const struct target *target,
		       const void *data)
{
	char *argv[] = { (char *)(uintptr_t)target->program, NULL };
	const GSpawnFlags *flags = data;
	GPid pid;

	if (!g_spawn_async_with_pipes(NULL, argv, NULL, *flags, NULL, NULL,
				      &pid, NULL, NULL, NULL, NULL))
		return EIO;
	started->pid = pid;
	return 0;
}

static int start_subprocess(struct started *started,
			    const struct target *target, const void *data)
{
	const char *argv[] = { target->program, NULL };

	(void)data;
	started->handle =
		g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDIN_INHERIT, NULL);
	return started->handle ? 0 : EIO;
}

static int reap_subprocess(struct started *started)
{
	int status = -1;

	if (g_subprocess_wait(started->handle, NULL, NULL))
		status = g_subprocess_get_status(started->handle);
	g_object_unref(started->handle);
	return status;
}

static const struct method glib_table[] = {
	{ .name = "GLib-g_spawn",
	  .case_name = "plain",
	  .data = &closing,
	  .start = start_spawn },
	{ .name = "GLib-g_spawn",
	  .case_name = "leave-open",
	  .data = &leaving,
	  .start = start_spawn },
	{ .name = "GLib-GSubprocess",
	  .case_name = "plain",
	  .start = start_subprocess,
	  .reap = reap_subprocess },
};

static METHOD_GROUP(glib_methods, glib_table);

const struct method_group *const driver_groups[] = { &floor_methods,
						     &glib_methods, NULL };
