/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "door.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "linux_calls.h"
#include "patience.h"
#include "support.h"

/* ---- What is lent, and taken back --------------------------------------- */

/* Not everywhere; elsewhere it is so by itself. */
#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

/* Address space only: what is not written is not there. */
enum { LOAN = 64 * 1024 * 1024 };

struct loan {
	char *memory;
	size_t used;
	int32_t *ends; /* by row: the caller's; not taken back */
};

static void *lend(struct loan *loan, const void *from, size_t size)
{
	void *piece = loan->memory + loan->used;

	if (!from || !size)
		return NULL;
	loan->used += (size + 15) & ~(size_t)15;
	assert_true(loan->used <= LOAN);
	return memcpy(piece, from, size);
}

static char *lend_string(struct loan *loan, const char *string)
{
	return string ? lend(loan, string, strlen(string) + 1) : NULL;
}

static char *const *lend_strings(struct loan *loan, char *const *strings)
{
	size_t count = 0;
	char **lent;

	if (!strings)
		return NULL;
	while (strings[count])
		count++;
	lent = lend(loan, strings, (count + 1) * sizeof *strings);
	while (count-- > 0)
		lent[count] = lend_string(loan, strings[count]);
	return lent;
}

static const struct libspawn_fd *
lend_rows(struct loan *loan, const struct libspawn_fd *rows, uint32_t count)
{
	struct libspawn_fd *lent = lend(loan, rows, count * sizeof *rows);
	uint32_t n;

	if (!lent)
		return rows;
	loan->ends = malloc(count * sizeof *loan->ends);
	assert_non_null(loan->ends);
	for (n = 0; n < count; n++) {
		loan->ends[n] = -1;
		lent[n].path = lend_string(loan, lent[n].path);
		if (lent[n].parent_end)
			lent[n].parent_end = &loan->ends[n];
	}
	return lent;
}

/* A count too large for any list is refused before the list is read. */
#define LEND_LIST(loan, options, list, count, most)                            \
	((options)->count > (most)                                             \
		 ? (options)->list                                             \
		 : lend(loan, (options)->list,                                 \
			(options)->count * sizeof *(options)->list))

static const struct libspawn_filter *
lend_filters(struct loan *loan, const struct libspawn_filter *filters,
	     uint32_t count)
{
	struct libspawn_filter *lent;
	uint32_t n;

	if (count > LIBSPAWN_FILTERS_MAX)
		return filters;
	lent = lend(loan, filters, count * sizeof *filters);
	for (n = 0; lent && n < count; n++)
		if (lent[n].count <= LIBSPAWN_SECCOMP_MAX)
			lent[n].instructions = lend(
				loan, lent[n].instructions,
				lent[n].count * sizeof *lent[n].instructions);
	return lent;
}

static const struct libspawn_memory_policy *
lend_policy(struct loan *loan, const struct libspawn_memory_policy *policy)
{
	struct libspawn_memory_policy *lent =
		lend(loan, policy, sizeof *policy);

	if (lent && lent->node_count <= LIBSPAWN_NODES_MAX)
		lent->nodes = lend(loan, lent->nodes,
				   lent->node_count * sizeof *lent->nodes);
	return lent;
}

static const struct libspawn_mount *
lend_mounts(struct loan *loan, const struct libspawn_mount *mounts,
	    uint32_t count)
{
	struct libspawn_mount *lent;
	uint32_t n;

	if (count > LIBSPAWN_MOUNTS_MAX)
		return mounts;
	lent = lend(loan, mounts, count * sizeof *mounts);
	for (n = 0; lent && n < count; n++) {
		lent[n].target = lend_string(loan, lent[n].target);
		lent[n].source = lend_string(loan, lent[n].source);
		lent[n].type = lend_string(loan, lent[n].type);
		lent[n].data = lend_string(loan, lent[n].data);
	}
	return lent;
}

static void lend_sandbox(struct loan *loan,
			 const struct libspawn_options *options,
			 struct libspawn_options *lent)
{
	lent->id_maps = LEND_LIST(loan, options, id_maps, id_map_count,
				  LIBSPAWN_ID_MAPS_MAX);
	lent->mounts = lend_mounts(loan, options->mounts, options->mount_count);
	lent->keep_fds = LEND_LIST(loan, options, keep_fds, keep_count,
				   LIBSPAWN_FDS_MAX);
	lent->search_paths = lend_strings(loan, options->search_paths);
	lent->search_default = lend_string(loan, options->search_default);
}

static void lend_confinement(struct loan *loan,
			     const struct libspawn_options *options,
			     struct libspawn_options *lent)
{
	lent->hostname = lend_string(loan, options->hostname);
	lent->domainname = lend_string(loan, options->domainname);
	lent->pid_variable = lend_string(loan, options->pid_variable);
	lent->exec_label = lend_string(loan, options->exec_label);
	lent->session_keyring = lend_string(loan, options->session_keyring);
	lent->time_offsets = lend(loan, options->time_offsets,
				  sizeof *options->time_offsets);
	lent->sched_attr =
		lend(loan, options->sched_attr, sizeof *options->sched_attr);
	lent->memory_policy = lend_policy(loan, options->memory_policy);
	lent->filters =
		lend_filters(loan, options->filters, options->filter_count);
}

static const struct libspawn_options *
lend_options(struct loan *loan, const struct libspawn_options *options)
{
	struct libspawn_options *lent;

	/* An older or a newer caller's, of which a field may not be known. */
	if (!options || options->size != sizeof *options)
		return options;
	lent = lend(loan, options, sizeof *options);
	lent->search_list = lend_string(loan, options->search_list);
	lent->env = lend_strings(loan, options->env);
	lent->env_unset = lend_strings(loan, options->env_unset);
	lent->env_set = lend_strings(loan, options->env_set);
	lent->cwd = lend_string(loan, options->cwd);
	lent->root = lend_string(loan, options->root);
	if (options->fd_count <= LIBSPAWN_FDS_MAX)
		lent->fds = lend_rows(loan, options->fds, options->fd_count);
	lent->groups = LEND_LIST(loan, options, groups, group_count,
				 LIBSPAWN_GROUPS_MAX);
	lent->rlimits = LEND_LIST(loan, options, rlimits, rlimit_count,
				  LIBSPAWN_RLIMITS_MAX);
	lent->cpus =
		LEND_LIST(loan, options, cpus, cpu_count, LIBSPAWN_CPUS_MAX);
	lent->namespaces = LEND_LIST(loan, options, namespaces, namespace_count,
				     LIBSPAWN_NAMESPACES_MAX);
	lent->seccomp = LEND_LIST(loan, options, seccomp, seccomp_count,
				  LIBSPAWN_SECCOMP_MAX);
	lend_confinement(loan, options, lent);
	lend_sandbox(loan, options, lent);
	lent->terminal_modes =
		lend(loan, options->terminal_modes, sizeof(struct termios));
	lent->terminal_window = lend(loan, options->terminal_window,
				     sizeof *options->terminal_window);
	return lent;
}

/* ---- The doors ----------------------------------------------------------- */

/*
 * The caller's ends are its own from the first, also of what then fails: it is
 * told of them on success, and they are closed else.
 */
static void take_ends(const struct libspawn_options *options,
		      const int32_t *ends, int code)
{
	uint32_t n;

	for (n = 0; ends && n < options->fd_count; n++)
		if (!options->fds[n].parent_end || ends[n] < 0)
			continue;
		else if (code == 0)
			*options->fds[n].parent_end = ends[n];
		else
			close(ends[n]);
}

/* What only a caller that waits can have. */
static int must_wait(const struct libspawn_options *options, int code,
		     const struct libspawn_error *error)
{
	return code == ENOTSUP && options &&
	       ((options->flags & LIBSPAWN_OOM_SCORE_ADJ &&
		 error->step == LIBSPAWN_STEP_OOM_SCORE_ADJ) ||
		(options->flags & LIBSPAWN_DETACH &&
		 error->step == LIBSPAWN_STEP_DETACH));
}

static int can_go_on(uint32_t backend)
{
	return backend == LIBSPAWN_BACKEND_CLONE ||
	       backend == LIBSPAWN_BACKEND_FORK;
}

static int start_in_two(struct libspawn_process *process, const char *program,
			char *const argv[],
			const struct libspawn_options *options,
			struct libspawn_error *error)
{
	struct loan loan = { .memory = NULL };
	struct libspawn_pending *pending;
	int code;

	loan.memory = mmap(NULL, LOAN, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(loan.memory != MAP_FAILED);
	code = libspawn_begin(&pending, lend_string(&loan, program),
			      lend_strings(&loan, argv),
			      lend_options(&loan, options), error);
	munmap(loan.memory, LOAN);
	if (code == 0) {
		assert_true(libspawn_pending_pid(pending) > 0);
		code = libspawn_finish(pending, LIBSPAWN_FOREVER, process,
				       error);
		take_ends(options, loan.ends, code);
	}
	free(loan.ends);
	if (must_wait(options, code, error))
		return libspawn_start(process, program, argv, options, error);
	return code;
}

int start_through_door(struct libspawn_process *process, const char *program,
		       char *const argv[], const struct libspawn_options *from,
		       struct libspawn_error *error)
{
	const char *door = getenv("LIBSPAWN_DOOR");
	struct libspawn_options options;
	int code;

	if (!door || strcmp(door, "begin") != 0 || !from ||
	    from->size != sizeof options)
		return libspawn_start(process, program, argv, from, error);
	options = *from;
	if (!can_go_on(options.backend))
		options.flags |= LIBSPAWN_MAY_WAIT;
	code = start_in_two(process, program, argv, &options, error);
	if (code == 0 && !can_go_on(process->backend)) {
		assert_true(process->fallbacks & LIBSPAWN_FALLBACK_WAITED);
		process->fallbacks &= ~LIBSPAWN_FALLBACK_WAITED;
	}
	return code;
}

/* ---- What is left -------------------------------------------------------- */

void cancel_start(struct libspawn_pending *pending)
{
	int code = libspawn_cancel(pending);

	if (code != ETIMEDOUT)
		assert_int_equal(code, 0);
}

/* It is not reaped by this: that is the library's to do. */
static int is_child_left(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info,
		      WEXITED | WNOHANG | WNOWAIT | WAIT_FOR_ALL) == 0;
}

void sweep_starts(void)
{
	const struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
		.flags = LIBSPAWN_MAY_WAIT,
	};
	char *argv[] = { (char *)(uintptr_t) "probe", NULL };
	struct libspawn_pending *pending;
	struct patience patience = { 0 };

	while (is_child_left() && patience_naps(&patience)) {
		/* Of the memory of two malloc() keeps more than of one. */
		support_ignore_mappings();
		if (libspawn_begin(&pending, support_probe, argv, &options,
				   NULL))
			break;
		cancel_start(pending);
	}
}
