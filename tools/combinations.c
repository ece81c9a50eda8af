/* SPDX-License-Identifier: MIT */
/*
 * The last look at the whole command line: what concerns several options, and
 * what has to be there before libspawn's options are complete. Knows no
 * option's syntax.
 */
#define _GNU_SOURCE
#include "combinations.h"
#include "sandbox.h"
#include "setters.h"
#include "stages.h"
#include "terminal.h"

#include <unistd.h>

/* A user brings its groups along; a group alone does not say which. */
static int check_groups(struct command *command)
{
	const uint64_t flags = command->options.flags;

	if (!(flags & LIBSPAWN_GID) || flags & LIBSPAWN_UID ||
	    command->groups_choice != GROUPS_UNDECIDED)
		return 0;
	return complain(command, "--gid without --uid needs a decision on "
				 "groups: add --groups=LIST, --clear-groups or "
				 "--keep-groups");
}

/* What libspawn would say less plainly. */
struct rule {
	bool broken;
	const char *complaint;
};

static int check_rules(struct command *command, const struct rule *rules,
		       size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rules[i].broken)
			return complain(command, "%s", rules[i].complaint);
	return 0;
}

static int check_exclusions(struct command *command)
{
	const uint64_t flags = command->options.flags;
	const struct rule rules[] = {
		{ (flags & LIBSPAWN_PROCESS_GROUP) &&
			  (flags & LIBSPAWN_NEW_SESSION),
		  "--setsid makes a process group already: no --pgroup" },
		{ (flags & LIBSPAWN_CWD_FD) && command->options.cwd != NULL,
		  "only one of --chdir and --chdir-fd" },
		{ (flags & LIBSPAWN_PROGRAM_FD) && command->options.search != 0,
		  "--program-fd leaves nothing to --search for" },
		{ (flags & LIBSPAWN_PROGRAM_FD) &&
			  (flags & LIBSPAWN_SHELL_FALLBACK),
		  "no --shell-fallback with --program-fd" },
		{ (flags & LIBSPAWN_PROGRAM_FD) && command->separator != NULL,
		  "--program-fd is one program: no --pipe" },
		{ (flags & LIBSPAWN_SCHEDULER) &&
			  command->options.sched_attr != NULL,
		  "only one of --sched and --sched-attr" },
	};

	return check_rules(command, rules, sizeof rules / sizeof *rules);
}

static int check_needs(struct command *command)
{
	const uint64_t flags = command->options.flags;
	const struct watching *watching = &command->watching;
	const struct rule rules[] = {
		{ (flags & LIBSPAWN_CONTROLLING_TERMINAL) &&
			  !(flags & LIBSPAWN_NEW_SESSION),
		  "--ctty needs --setsid" },
		{ command->filter_flags != 0 && command->filters.count == 0,
		  "--seccomp-flags needs --seccomp" },
		{ command->pipefail && command->separator == NULL,
		  "--pipefail needs --pipe" },
		{ command->kill_after_us != 0 && command->timeout_us == 0,
		  "--kill-after needs --timeout" },
		{ watching->hung_after_us != 0 && !watching->is_wanted,
		  "--hung-after needs --watch-forks" },
		{ watching->kills_hung && !watching->is_wanted,
		  "--kill-hung needs --watch-forks" },
		{ watching->is_wanted && (flags & LIBSPAWN_ID_HELPERS) &&
			  geteuid() != 0,
		  "--id-helpers: who is watched (--watch-forks) gives them no "
		  "rights" },
	};

	return check_rules(command, rules, sizeof rules / sizeof *rules);
}

static bool has_end_here(const struct command *command)
{
	const struct libspawn_fd *rows = command->fds.items;

	for (size_t i = 0; i < command->fds.count; i++)
		if (rows[i].kind == LIBSPAWN_FD_PIPE_READ ||
		    rows[i].kind == LIBSPAWN_FD_PIPE_WRITE ||
		    rows[i].kind == LIBSPAWN_FD_PTY)
			return true;
	return false;
}

/* What needs somebody who stays is of no use to who does not. */
static int check_detach(struct command *command)
{
	const struct libspawn_options *options = &command->options;
	const struct rule rules[] = {
		{ command->separator != NULL,
		  "--detach starts one program: no --pipe; it may be a shell "
		  "with a pipeline" },
		{ command->pty || has_end_here(command),
		  "--detach: nobody stays to copy from or to a pipe or pty" },
		{ command->timeout_us != 0,
		  "--detach: nobody stays to end it after --timeout; "
		  "timeout(1) would" },
		{ command->watching.is_wanted,
		  "--detach: nobody stays to watch forks; let spawn run in "
		  "the background" },
		{ command->report != REPORT_NONE,
		  "--detach: nobody stays to see what --report tells; "
		  "--pidfile tells the pid" },
		{ (options->flags &
		   (LIBSPAWN_PROCESS_GROUP | LIBSPAWN_KEEP_SESSION)) ==
			  LIBSPAWN_PROCESS_GROUP,
		  "--detach makes a session, and so a group, already: no "
		  "--pgroup" },
		{ options->parent_death_signal != 0,
		  "--detach lets it outlive its parent: no --pdeathsig" },
	};

	if ((options->flags & LIBSPAWN_DETACH) == 0)
		return 0;
	return check_rules(command, rules, sizeof rules / sizeof *rules);
}

/* End a list of strings with a NULL; an empty one stays a null pointer. */
static int end_strings(struct command *command, struct list *list,
		       char *const **strings)
{
	if (list->count == 0)
		return 0;
	if (list_add(command, list, sizeof(char *)) == NULL)
		return -1;
	*strings = list->items;
	return 0;
}

static void point_at_lists(struct command *command)
{
	struct libspawn_options *options = &command->options;

	finish_filters(command);
	options->fds = command->fds.items;
	options->fd_count = (uint32_t)command->fds.count;
	options->groups = command->groups.items;
	options->group_count = (uint32_t)command->groups.count;
	options->rlimits = command->rlimits.items;
	options->rlimit_count = (uint32_t)command->rlimits.count;
	options->cpus = command->cpus.items;
	options->cpu_count = (uint32_t)command->cpus.count;
	options->namespaces = command->namespaces.items;
	options->namespace_count = (uint32_t)command->namespaces.count;
	options->filters = command->filters.items;
	options->filter_count = (uint32_t)command->filters.count;
	command->memory_policy.nodes = command->nodes.items;
	command->memory_policy.node_count = (uint32_t)command->nodes.count;
	options->id_maps = command->id_maps.items;
	options->id_map_count = (uint32_t)command->id_maps.count;
	options->mounts = command->mounts.items;
	options->mount_count = (uint32_t)command->mounts.count;
}

int command_finish(struct command *command)
{
	struct libspawn_options *options = &command->options;

	options->size = sizeof *options;
	if (!command->search_given &&
	    (options->flags & LIBSPAWN_PROGRAM_FD) == 0)
		options->search = LIBSPAWN_SEARCH_PARENT_PATH;
	if (finish_sandbox(command) || finish_groups(command) ||
	    check_groups(command) || check_exclusions(command) ||
	    check_needs(command) || check_detach(command) ||
	    split_stages(command) || finish_pty(command) ||
	    finish_fds(command) ||
	    end_strings(command, &command->env_set, &options->env_set) ||
	    end_strings(command, &command->env_unset, &options->env_unset))
		return -1;
	/* The program's own name has been taken by now. */
	if (command->argv0 != NULL && command->argv != NULL)
		command->argv[0] = command->argv0;
	finish_signals(command);
	finish_terminal(command);
	finish_window(command);
	point_at_lists(command);
	return finish_stages(command);
}
