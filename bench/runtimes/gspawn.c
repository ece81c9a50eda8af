/* SPDX-License-Identifier: MIT */
/*
 * g_spawn_async() of one build of GLib, which runtimes.py links and names: the
 * default call, whose child GLib does not let its caller reap; one that is
 * reaped, with three pipes, of a bare name in the last directory of PATH; and
 * with descriptors left open, for which GLib can use posix_spawn().
 */
#include "method.h"
#include "record.h"

#include <errno.h>
#include <glib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct way {
	GSpawnFlags flags;
	gboolean is_bare, has_pipes;
};

static gint pipes[3];

/* An orphan of this process is its own, so that it can be waited for. */
static const char *adopt(const void *data)
{
	(void)data;
	return prctl(PR_SET_CHILD_SUBREAPER, 1) ? "no subreaper" : NULL;
}

static int start_spawn(struct started *started, const struct target *target,
		       const void *data)
{
	const struct way *way = data;
	const char *name =
		way->is_bare ? bare_name(target->program) : target->program;
	char *argv[] = { (char *)(uintptr_t)name, NULL };
	gint *ends = way->has_pipes ? pipes : NULL;
	GPid pid;

	if (!g_spawn_async_with_pipes(NULL, argv, NULL, way->flags, NULL, NULL,
				      &pid, ends, ends ? ends + 1 : NULL,
				      ends ? ends + 2 : NULL, NULL))
		return EIO;
	started->pid = pid;
	return 0;
}

static int reap_piped(struct started *started)
{
	int status = -1, fd;

	waitpid(started->pid, &status, 0);
	pass_record(pipes[2]);
	for (fd = 0; fd < 3; fd++)
		close(pipes[fd]);
	return status;
}

static const struct way by_default = { .flags = G_SPAWN_DEFAULT };
static const struct way reaped = { .flags = G_SPAWN_DO_NOT_REAP_CHILD };
static const struct way piped = { .flags = G_SPAWN_DO_NOT_REAP_CHILD,
				  .has_pipes = TRUE };
static const struct way bare = { .flags = G_SPAWN_DO_NOT_REAP_CHILD |
					  G_SPAWN_SEARCH_PATH,
				 .is_bare = TRUE };
static const struct way leaving = { .flags = G_SPAWN_DO_NOT_REAP_CHILD |
					     G_SPAWN_LEAVE_DESCRIPTORS_OPEN };

static const struct method spawn_table[] = {
	{ .name = RUNTIME,
	  .case_name = "default",
	  .data = &by_default,
	  .prepare = adopt,
	  .start = start_spawn },
	{ .name = RUNTIME,
	  .case_name = "reaped",
	  .data = &reaped,
	  .start = start_spawn },
	{ .name = RUNTIME,
	  .case_name = "pipes",
	  .data = &piped,
	  .start = start_spawn,
	  .reap = reap_piped },
	{ .name = RUNTIME,
	  .case_name = "last-directory",
	  .data = &bare,
	  .start = start_spawn },
	{ .name = RUNTIME,
	  .case_name = "leave-open",
	  .data = &leaving,
	  .start = start_spawn },
};

static METHOD_GROUP(spawn_methods, spawn_table);

const struct method_group *const driver_groups[] = { &floor_methods,
						     &spawn_methods, NULL };
