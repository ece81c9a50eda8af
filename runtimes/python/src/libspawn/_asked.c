/* SPDX-License-Identifier: MIT */
/*
 * What subprocess's arguments ask of each start. They are read at once and not
 * by their names: no other thread runs Python meanwhile.
 */
#include "_call.h"

#include <signal.h>

#define SIGNAL_BIT(number) (UINT64_C(1) << ((number)-1))

/* What Python ignores in itself, and restore_signals sets to default. */
static const uint64_t restored = SIGNAL_BIT(SIGPIPE)
#ifdef SIGXFZ
				 | SIGNAL_BIT(SIGXFZ)
#endif
#ifdef SIGXFSZ
				 | SIGNAL_BIT(SIGXFSZ)
#endif
	;

/* Below 0 stays as the caller's. */
static void read_umask(struct libspawn_options *options, int umask)
{
	if (umask < 0)
		return;
	options->flags |= LIBSPAWN_UMASK;
	options->umask = (uint32_t)umask & 0777;
}

static void read_process_group(struct libspawn_options *options, int group)
{
	if (group < 0)
		return;
	options->flags |= LIBSPAWN_PROCESS_GROUP;
	options->process_group = group;
}

int call_asked(struct call *call, PyObject *asked)
{
	struct libspawn_options *options = &call->options;
	int close_fds, restore_signals, new_session, process_group, umask;
	PyObject *uid, *gid, *groups, *cwd, *env, *search_list, *fds;

	if (!PyArg_ParseTuple(asked, "pppiiOOOOOOO", &close_fds,
			      &restore_signals, &new_session, &process_group,
			      &umask, &uid, &gid, &groups, &cwd, &env,
			      &search_list, &fds))
		return -1;
	options->flags = LIBSPAWN_CWD_BEFORE_IDS | LIBSPAWN_DEATH_IS_START |
			 LIBSPAWN_KEEP_GROUPS;
	options->flags |= close_fds ? 0 : LIBSPAWN_INHERIT_FDS;
	options->flags |= new_session ? LIBSPAWN_NEW_SESSION : 0;
	options->signal_default = restore_signals ? restored : 0;
	read_process_group(options, process_group);
	read_umask(options, umask);
	if (search_list != Py_None)
		options->search = LIBSPAWN_SEARCH_LIST;
	if (call_option(call, "uid", uid) < 0 ||
	    call_option(call, "gid", gid) < 0 ||
	    call_option(call, "groups", groups) < 0 ||
	    call_option(call, "cwd", cwd) < 0 ||
	    call_option(call, "env", env) < 0 ||
	    call_option(call, "search_list", search_list) < 0)
		return -1;
	return call_option(call, "fds", fds);
}
