/* SPDX-License-Identifier: MIT */
/*
 * Reads a caller's options. All that can be said against them is said here,
 * before there is anything to undo; the system is asked only who the caller is.
 * The descriptor table and the environment are checked where they are read.
 */
#define _GNU_SOURCE
#include "request/options.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "child/every_start.h"
#include "request/confine.h"
#include "request/lists.h"
#include "request/rights.h"
#include "request/rules.h"
#include "request/sandbox.h"
#include "request/sized.h"

/* size, backend and flags: what the first caller ever had. */
enum { SMALLEST_SIZE = offsetof(struct libspawn_options, signal_default) };

#define ACTION_FLAGS                                                           \
	(((LIBSPAWN_NEW_CORE << 1) - LIBSPAWN_INHERIT_FDS) | LIBSPAWN_HOLD |   \
	 LIBSPAWN_POLL_FD | LIBSPAWN_MAY_WAIT)

/* A field that counts only with its flag. Small: it is read at every start. */
struct flagged_field {
	uint64_t flag;
	uint16_t offset;
	uint8_t size;
	uint8_t step;
};

#define FIELD(flag, name, step)                                                \
	{                                                                      \
		LIBSPAWN_##flag, offsetof(struct libspawn_options, name),      \
			sizeof(((struct libspawn_options *)0)->name),          \
			LIBSPAWN_STEP_##step                                   \
	}

static const struct flagged_field flagged_fields[] = {
	FIELD(PROGRAM_FD, program_fd, EXEC),
	FIELD(CWD_FD, cwd_fd, CWD),
	FIELD(UMASK, umask, UMASK),
	FIELD(SIGNAL_MASK, signal_mask, SIGNAL_MASK),
	FIELD(PROCESS_GROUP, process_group, PROCESS_GROUP),
	FIELD(TERMINAL_FD, terminal_fd, TERMINAL),
	FIELD(UID, uid, UID),
	FIELD(GID, gid, GID),
	FIELD(GROUPS, group_count, GROUPS),
	FIELD(AMBIENT_CAPS, ambient_caps, AMBIENT_CAPS),
	FIELD(BOUNDING_CAPS, bounding_caps, BOUNDING_CAPS),
	FIELD(SECUREBITS, securebits, SECUREBITS),
	FIELD(NICE, nice, NICE),
	FIELD(SCHEDULER, sched_policy, SCHEDULER),
	FIELD(SCHEDULER, sched_priority, SCHEDULER),
	FIELD(IO_PRIORITY, io_priority, IO_PRIORITY),
	FIELD(OOM_SCORE_ADJ, oom_score_adj, OOM_SCORE_ADJ),
	FIELD(TIMER_SLACK, timer_slack, TIMER_SLACK),
	FIELD(CGROUP_FD, cgroup_fd, CGROUP),
	FIELD(LANDLOCK_FD, landlock_fd, LANDLOCK),
	FIELD(BUSY_RETRY, busy_retry, EXEC),
	FIELD(PERSONALITY, personality, PERSONALITY),
	FIELD(INHERITABLE_CAPS, inheritable_caps, INHERITABLE_CAPS),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The rules of openat2(2): a shorter struct is extended, a longer one cut. */
int libspawn__options_copy(struct libspawn_options *options,
			   const struct libspawn_options *given)
{
	return libspawn__sized_copy(options, sizeof *options, given,
				    SMALLEST_SIZE);
}

/* All of them are of 4 or 8 bytes. */
static int is_field_set(const struct libspawn_options *options,
			const struct flagged_field *field)
{
	const char *place = (const char *)options + field->offset;
	uint32_t narrow;
	uint64_t wide;

	if (field->size == sizeof narrow) {
		memcpy(&narrow, place, sizeof narrow);
		return narrow != 0;
	}
	memcpy(&wide, place, sizeof wide);
	return wide != 0;
}

/* Flags that nobody knows, then fields that are set without theirs. */
static int check_flags(const struct libspawn_options *options,
		       struct failure *failure)
{
	uint64_t known = ACTION_FLAGS;
	size_t n;

	for (n = 0; n < COUNT(flagged_fields); n++)
		known |= flagged_fields[n].flag;
	if (options->flags & ~known || options->reserved)
		return libspawn__refuse(failure, LIBSPAWN_STEP_OPTIONS, -1,
					EINVAL);
	for (n = 0; n < COUNT(flagged_fields); n++) {
		const struct flagged_field *field = &flagged_fields[n];

		if (!(options->flags & field->flag) &&
		    is_field_set(options, field))
			return libspawn__refuse(failure, field->step, -1,
						EINVAL);
	}
	return 0;
}

/* The list that a search has, and no other. */
static int is_search_whole(const struct libspawn_options *options)
{
	const uint32_t search = options->search;
	int by_variable = search == LIBSPAWN_SEARCH_PARENT_PATH ||
			  search == LIBSPAWN_SEARCH_CHILD_PATH;
	int by_paths = search == LIBSPAWN_SEARCH_PATHS;

	return search <= LIBSPAWN_SEARCH_PATHS &&
	       (search == LIBSPAWN_SEARCH_LIST) ==
		       (options->search_list != NULL) &&
	       by_paths == (options->search_paths != NULL) &&
	       (!by_paths || options->search_paths[0]) &&
	       (by_variable || !options->search_default);
}

/* Which program, from which directory, by which backend. */
static int check_program(const struct libspawn_options *options,
			 struct failure *failure)
{
	const struct rule rules[] = {
		{ LIBSPAWN_STEP_SEARCH, EINVAL_IF(!is_search_whole(options)) },
		{ LIBSPAWN_STEP_BACKEND,
		  EINVAL_IF(options->backend > LIBSPAWN_BACKEND_FORK) },
		{ LIBSPAWN_STEP_SEARCH,
		  EINVAL_IF(HAS(PROGRAM_FD) && options->search) },
		{ LIBSPAWN_STEP_EXEC,
		  EINVAL_IF(HAS(PROGRAM_FD) && HAS(SHELL_FALLBACK)) },
		{ LIBSPAWN_STEP_EXEC, options->program_fd < 0 ? EBADF : 0 },
		{ LIBSPAWN_STEP_CWD, EINVAL_IF(HAS(CWD_FD) && options->cwd) },
		{ LIBSPAWN_STEP_CWD, options->cwd_fd < 0 ? EBADF : 0 },
		/* chroot(2): a directory that is open outside leads out. */
		{ LIBSPAWN_STEP_CWD, EINVAL_IF(HAS(CWD_FD) && options->root) },
		/* It would be of the mounts that were there before. */
		{ LIBSPAWN_STEP_CWD,
		  EINVAL_IF(HAS(CWD_FD) && options->mount_count) },
	};

	return RULES_CHECK(rules, failure);
}

/* The lowest signal of a set is the one to name. */
static int refuse_signals(uint64_t set, struct failure *failure)
{
	int32_t number = 1;

	while (!(set & SIGNAL_BIT(number)))
		number++;
	return libspawn__refuse(failure, LIBSPAWN_STEP_SIGNALS, number, EINVAL);
}

/* Signals that nobody can change, or that are to be both; 64 is the last. */
static int check_signals(const struct libspawn_options *options,
			 struct failure *failure)
{
	uint64_t changed = options->signal_default | options->signal_ignore;
	uint64_t wrong = (changed & FIXED_SIGNALS) |
			 (options->signal_default & options->signal_ignore);
	int32_t number = options->parent_death_signal;

	if (wrong)
		return refuse_signals(wrong, failure);
	if (number < 0 || number > 64)
		return libspawn__refuse(failure, LIBSPAWN_STEP_PARENT_DEATH, -1,
					EINVAL);
	return 0;
}

/*
 * A group and a session exclude each other: setpgid() fails for a leader. The
 * table is there if fd_count says so, but its rows are not checked yet.
 */
static int check_session(const struct libspawn_options *options,
			 struct failure *failure)
{
	int wants_terminal = HAS(CONTROLLING_TERMINAL) || HAS(FOREGROUND);
	int has_new = libspawn__has_row_of_kind(options, LIBSPAWN_FD_PTY);
	int leads = HAS(NEW_SESSION) || (HAS(DETACH) && !HAS(KEEP_SESSION));
	const struct rule rules[] = {
		{ LIBSPAWN_STEP_PROCESS_GROUP,
		  EINVAL_IF(HAS(PROCESS_GROUP) && leads) },
		{ LIBSPAWN_STEP_SESSION,
		  EINVAL_IF(HAS(KEEP_SESSION) &&
			    (HAS(NEW_SESSION) || !HAS(DETACH))) },
		{ LIBSPAWN_STEP_PARENT_DEATH,
		  EINVAL_IF(HAS(DETACH) && options->parent_death_signal) },
		{ LIBSPAWN_STEP_PROCESS_GROUP,
		  EINVAL_IF(options->process_group < 0) },
		{ LIBSPAWN_STEP_TERMINAL,
		  EINVAL_IF(HAS(CONTROLLING_TERMINAL) && !HAS(NEW_SESSION)) },
		{ LIBSPAWN_STEP_TERMINAL,
		  EINVAL_IF(HAS(TERMINAL_FD) && !wants_terminal) },
		{ LIBSPAWN_STEP_TERMINAL,
		  options->terminal_fd < 0 ? EBADF : 0 },
		{ HAS(CONTROLLING_TERMINAL) ? LIBSPAWN_STEP_TERMINAL
					    : LIBSPAWN_STEP_FOREGROUND,
		  EINVAL_IF(wants_terminal && !HAS(TERMINAL_FD) && !has_new) },
		{ LIBSPAWN_STEP_TERMINAL,
		  EINVAL_IF((options->terminal_modes ||
			     options->terminal_window) &&
			    !has_new) },
	};

	return RULES_CHECK(rules, failure);
}

/* Ids of -1 would be taken for "leave it" by setresuid(2). */
static int check_numbers(const struct libspawn_options *options,
			 struct failure *failure)
{
	const struct rule rules[] = {
		{ LIBSPAWN_STEP_BEGIN,
		  EINVAL_IF(options->start_timeout_ms < 0) },
		{ LIBSPAWN_STEP_UMASK, EINVAL_IF(options->umask > 0777) },
		{ LIBSPAWN_STEP_NICE,
		  EINVAL_IF(options->nice < -20 || options->nice > 19) },
		{ LIBSPAWN_STEP_IO_PRIORITY,
		  EINVAL_IF(options->io_priority > UINT16_MAX) },
		{ LIBSPAWN_STEP_OOM_SCORE_ADJ,
		  EINVAL_IF(options->oom_score_adj < -1000 ||
			    options->oom_score_adj > 1000) },
		{ LIBSPAWN_STEP_TIMER_SLACK,
		  EINVAL_IF(options->timer_slack > (uint64_t)LONG_MAX) },
		{ LIBSPAWN_STEP_UID,
		  EINVAL_IF(HAS(UID) && options->uid == UINT32_MAX) },
		{ LIBSPAWN_STEP_GID,
		  EINVAL_IF(HAS(GID) && options->gid == UINT32_MAX) },
		{ LIBSPAWN_STEP_CGROUP, options->cgroup_fd < 0 ? EBADF : 0 },
		{ LIBSPAWN_STEP_LANDLOCK,
		  options->landlock_fd < 0 ? EBADF : 0 },
	};

	return RULES_CHECK(rules, failure);
}

/* Lengths come before whatever walks a list. */
IF_ASKED int libspawn__options_check(const struct libspawn_options *options,
				     struct failure *failure)
{
	static int (*const checks[])(const struct libspawn_options *,
				     struct failure *) = {
		check_flags,
		libspawn__lists_check,
		check_program,
		check_signals,
		check_session,
		check_numbers,
		libspawn__confine_check,
		libspawn__rights_check,
		libspawn__sandbox_check,
	};
	int code = 0;
	size_t n;

	for (n = 0; n < COUNT(checks) && code == 0; n++)
		code = checks[n](options, failure);
	return code;
}
