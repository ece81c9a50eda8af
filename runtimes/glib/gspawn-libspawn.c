/* SPDX-License-Identifier: MIT */
/*
 * GLib starts its programs by libspawn: g_spawn_async() and its sisters,
 * g_spawn_sync(), GSubprocess. replace.py lays this file beside gspawn.c, with
 * the two files of libspawn, and lets fork_exec() call it once the pipes exist
 * and unless there is a child_setup.
 *
 * It says in options of libspawn what GLib's child did between fork() and
 * exec(), and never more; and gives its errors the codes and texts of GLib's.
 * On other systems GLib keeps its own way.
 */
#ifdef __linux__
#define LIBSPAWN_STATIC
/* Nobody reads variables that another thread may be setting. */
#define LIBSPAWN_NO_OVERRIDE
#include "libspawn.c"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "gspawn-libspawn.h"

#include "genviron.h"
#include "glib-unix.h"
#include "glibintl.h"
#include "gmem.h"
#include "gspawn-private.h"
#include "gstrfuncs.h"
#include "valgrind.h"

#define ONE_SIGNAL(number) (G_GUINT64_CONSTANT(1) << ((number)-1))

/* What GLib leaves to posix_spawn(): with fewer signals and one error. */
static gboolean is_plain(const struct g_libspawn_request *request)
{
	return !request->intermediate_child && !request->working_directory &&
	       !request->close_descriptors && !request->search_path_from_envp;
}

/* ---- Descriptors ------------------------------------------------------- */

/* The rows so far; each child_fd once. */
struct table {
	struct libspawn_fd *rows;
	guint32 count;
};

static struct libspawn_fd *find_row(const struct table *table, gint child_fd)
{
	for (guint32 n = 0; n < table->count; n++)
		if (table->rows[n].child_fd == child_fd)
			return &table->rows[n];
	return NULL;
}

/* A later row for the same descriptor takes the place of an earlier one. */
static void set_row(struct table *table, struct libspawn_fd row)
{
	struct libspawn_fd *earlier = find_row(table, row.child_fd);

	if (earlier)
		*earlier = row;
	else
		table->rows[table->count++] = row;
}

/*
 * GLib's child copies one after the other: a number that it has set by then is
 * no longer the caller's, and a standard error of 1 is one with the output.
 */
static struct libspawn_fd copy_of(const struct table *before, gint source_fd,
				  gint child_fd)
{
	const struct libspawn_fd from = { .kind = LIBSPAWN_FD_FROM,
					  .parent_fd = source_fd };
	const struct libspawn_fd *set = find_row(before, source_fd);
	struct libspawn_fd row = set ? *set : from;

	row.child_fd = child_fd;
	return row;
}

static void set_standard(struct table *table, gint child_fd, gint source_fd,
			 gboolean is_null)
{
	const struct libspawn_fd null = {
		.child_fd = child_fd,
		.kind = LIBSPAWN_FD_OPEN,
		.open_flags = child_fd == STDIN_FILENO ? O_RDONLY : O_WRONLY,
		.path = "/dev/null",
	};

	if (source_fd >= 0)
		set_row(table, copy_of(table, source_fd, child_fd));
	else if (is_null)
		set_row(table, null);
}

/* All of them are read before the first is set; of a plain call, in here. */
static void set_given(struct table *table,
		      const struct g_libspawn_request *request)
{
	const struct table standard =
		is_plain(request) ? (struct table){ NULL, 0 } : *table;
	struct libspawn_fd *copies = g_new(struct libspawn_fd, request->n_fds);

	for (gsize n = 0; n < request->n_fds; n++)
		copies[n] = copy_of(&standard, request->source_fds[n],
				    request->target_fds[n]);
	for (gsize n = 0; n < request->n_fds; n++)
		set_row(table, copies[n]);
	g_free(copies);
}

static void set_closed(struct table *table, gint fd, gint least)
{
	if (fd >= least && !find_row(table, fd))
		set_row(table,
			(struct libspawn_fd){ .child_fd = fd,
					      .kind = LIBSPAWN_FD_CLOSE });
}

/*
 * The caller's ends of pipes, whatever their numbers; and of descriptors that
 * all stay, those that became something else.
 */
static void close_others(struct table *table,
			 const struct g_libspawn_request *request)
{
	const gint *fd;

	for (fd = request->child_close_fds; *fd >= 0; fd++)
		set_closed(table, *fd, 0);
	if (request->close_descriptors)
		return;
	set_closed(table, request->stdin_fd, 3);
	set_closed(table, request->stdout_fd, 3);
	set_closed(table, request->stderr_fd, 3);
}

/* The caller frees the rows. */
static struct table make_table(const struct g_libspawn_request *request)
{
	/* Three to set, six to close. */
	struct table table = { g_new(struct libspawn_fd, 9 + request->n_fds) };

	set_standard(&table, 0, request->stdin_fd,
		     !request->child_inherits_stdin);
	set_standard(&table, 1, request->stdout_fd, request->stdout_to_null);
	set_standard(&table, 2, request->stderr_fd, request->stderr_to_null);
	set_given(&table, request);
	close_others(&table, request);
	return table;
}

/* ---- The program ------------------------------------------------------- */

/* Where to look for it, or NULL for nowhere. */
static const gchar *directories(const struct g_libspawn_request *request)
{
	const gchar *path = NULL;

	if (!request->search_path && !request->search_path_from_envp)
		return NULL;
	if (request->search_path_from_envp)
		path = g_environ_getenv((gchar **)request->envp, "PATH");
	if (!path && request->search_path)
		path = g_getenv("PATH");
	if (path)
		return path;
	return is_plain(request) ? "/bin:/usr/bin" : "/bin:/usr/bin:.";
}

/* ---- Errors ------------------------------------------------------------ */

static void set_of_program(GError **error,
			   const struct g_libspawn_request *request, gint code)
{
	g_set_error(error, G_SPAWN_ERROR,
		    is_plain(request) ? G_SPAWN_ERROR_FAILED
				      : _g_spawn_exec_err_to_g_error(code),
		    is_plain(request)
			    ? _("Failed to spawn child process “%s” (%s)")
			    : _("Failed to execute child process “%s” (%s)"),
		    request->argv[0], g_strerror(code));
}

static void set_error(GError **error, const struct g_libspawn_request *request,
		      const struct libspawn_error *failure)
{
	gint code = failure->code;

	if (is_plain(request))
		set_of_program(error, request, code);
	else if (failure->step == LIBSPAWN_STEP_CWD)
		g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_CHDIR,
			    _("Failed to change to directory “%s” (%s)"),
			    request->working_directory, g_strerror(code));
	else if (failure->step == LIBSPAWN_STEP_CREATE)
		g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_FORK,
			    _("Failed to fork (%s)"), g_strerror(code));
	else if (failure->step == LIBSPAWN_STEP_REPORT)
		g_set_error_literal(error, G_UNIX_ERROR, 0, g_strerror(code));
	else if (failure->step == LIBSPAWN_STEP_FD ||
		 failure->step == LIBSPAWN_STEP_CLOSE_FDS)
		g_set_error(
			error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED,
			failure->step == LIBSPAWN_STEP_FD
				? _("Failed to duplicate file descriptor for "
				    "child process (%s)")
				: _("Failed to close file descriptor for child "
				    "process (%s)"),
			g_strerror(code));
	else
		set_of_program(error, request, code);
}

/* ---- The start --------------------------------------------------------- */

static guint64 flags_of(const struct g_libspawn_request *request)
{
	guint64 flags = LIBSPAWN_SHELL_FALLBACK;

	if (!request->close_descriptors)
		flags |= LIBSPAWN_INHERIT_FDS;
	if (request->intermediate_child)
		return flags | LIBSPAWN_DETACH | LIBSPAWN_KEEP_SESSION;
	return flags | LIBSPAWN_DEATH_IS_START;
}

static guint64 signals_of(const struct g_libspawn_request *request)
{
	guint64 signals = ONE_SIGNAL(SIGCHLD) | ONE_SIGNAL(SIGINT) |
			  ONE_SIGNAL(SIGTERM) | ONE_SIGNAL(SIGHUP);

	return is_plain(request) ? signals : signals | ONE_SIGNAL(SIGPIPE);
}

/* A list without a name is what Linux makes of none. */
static char *const *arguments(const struct g_libspawn_request *request)
{
	static char *const nameless[] = { (char *)"", NULL };
	char *const *argv = (char *const *)request->argv;

	argv += request->file_and_argv_zero != FALSE;
	return *argv ? argv : nameless;
}

static int start(struct libspawn_process *process,
		 const struct g_libspawn_request *request,
		 const struct table *table, struct libspawn_error *failure)
{
	const gchar *list = directories(request);
	struct libspawn_options options = {
		.size = sizeof options,
		.flags = flags_of(request),
		.signal_default = signals_of(request),
		.search = list ? LIBSPAWN_SEARCH_LIST : LIBSPAWN_SEARCH_NONE,
		.search_list = list,
		.env = (char *const *)request->envp,
		.cwd = request->working_directory,
		.fds = table->rows,
		.fd_count = table->count,
	};

	return libspawn_start(process, request->argv[0], arguments(request),
			      &options, failure);
}

enum g_libspawn_outcome _g_libspawn(const struct g_libspawn_request *request,
				    GPid *child_pid, GError **error)
{
	struct libspawn_process process;
	struct libspawn_error failure;
	struct table table;
	int code;

	if (request->intermediate_child && RUNNING_ON_VALGRIND)
		return G_LIBSPAWN_DECLINED;
	table = make_table(request);
	code = start(&process, request, &table, &failure);
	g_free(table.rows);
	/* A detached start is one that some filters do not know. */
	if (code == ENOTSUP && request->intermediate_child &&
	    failure.step != LIBSPAWN_STEP_EXEC)
		return G_LIBSPAWN_DECLINED;
	if (code) {
		set_error(error, request, &failure);
		return G_LIBSPAWN_FAILED;
	}
	if (child_pid)
		*child_pid = process.pid;
	return G_LIBSPAWN_STARTED;
}

#endif
