/* SPDX-License-Identifier: MIT */
/*
 * What GLib's fork_exec() asks of libspawn. replace.py writes the call.
 */
#ifndef G_SPAWN_LIBSPAWN_H
#define G_SPAWN_LIBSPAWN_H

#include "gspawn.h"

/* As the parameters of fork_exec(), which have these names. */
struct g_libspawn_request {
	gboolean intermediate_child; /* GLib does not let its caller reap it */
	const gchar *working_directory;
	const gchar *const *argv;
	const gchar *const *envp;
	gboolean close_descriptors;
	gboolean search_path;
	gboolean search_path_from_envp;
	gboolean stdout_to_null;
	gboolean stderr_to_null;
	gboolean child_inherits_stdin;
	gboolean file_and_argv_zero;
	gint stdin_fd; /* with the ends of pipes that were made; or -1 */
	gint stdout_fd;
	gint stderr_fd;
	const gint *child_close_fds; /* the parent's ends; ends with -1 */
	const gint *source_fds;
	const gint *target_fds;
	gsize n_fds;
};

enum g_libspawn_outcome {
	G_LIBSPAWN_STARTED,
	G_LIBSPAWN_FAILED,   /* error is set */
	G_LIBSPAWN_DECLINED, /* for GLib's own way */
};

enum g_libspawn_outcome _g_libspawn(const struct g_libspawn_request *request,
				    GPid *child_pid, GError **error);

#endif
