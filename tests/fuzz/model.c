/* SPDX-License-Identifier: MIT */
/*
 * What libspawn.h says must come of a request: whether it starts, and what the
 * child then sees. Written from the header; it shares nothing with the library.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "model.h"

extern char **environ;

#define SIGNAL(number) (UINT64_C(1) << ((number)-1))
#define HAS(flag) ((o->flags & LIBSPAWN_##flag) != 0)

/* ---- Size and flags ------------------------------------------------------ */

static int is_any_set(const unsigned char *bytes, size_t count)
{
	while (count > 0 && bytes[count - 1] == 0)
		count--;
	return count > 0;
}

/* The options as a library of this version understands them. */
static const char *read_options(struct libspawn_options *o,
				const struct fuzz_request *request)
{
	const uint32_t ours = sizeof *o;
	uint32_t size = request->sized.options.size;

	memset(o, 0, sizeof *o);
	o->size = ours;
	if (!request->has_options)
		return NULL;
	if (size < 16)
		return "too small a struct";
	if (size > ours + FUZZ_TAIL)
		return "no size";
	if (size > ours && is_any_set(request->sized.tail, size - ours))
		return "something in the tail";
	memcpy(o, &request->sized.options, size < ours ? size : ours);
	return NULL;
}

#define LOOSE(flag, field) (!HAS(flag) && o->field != 0)

static const char *fault_in_flags(const struct libspawn_options *o, int begins)
{
	const uint64_t of_begin = begins ? LIBSPAWN_HOLD | LIBSPAWN_POLL_FD : 0;
	/* But those of a new namespace, for which no request ever asks. */
	const uint64_t known = UINT64_C(0x1ff000fffff) |
			       LIBSPAWN_CWD_BEFORE_IDS | LIBSPAWN_KEEP_GROUPS |
			       LIBSPAWN_DEATH_IS_START | LIBSPAWN_MAY_WAIT |
			       LIBSPAWN_INTERRUPTIBLE | LIBSPAWN_SEARCH_ON |
			       LIBSPAWN_PERSONALITY | LIBSPAWN_NEW_CORE |
			       LIBSPAWN_INHERITABLE_CAPS | LIBSPAWN_TRY_GROUPS;

	if (o->flags & ~(known | of_begin))
		return "unknown flag";
	if (HAS(TRY_GROUPS) && !HAS(GROUPS))
		return "no groups to try";
	if (LOOSE(PROGRAM_FD, program_fd) || LOOSE(CWD_FD, cwd_fd) ||
	    LOOSE(UMASK, umask) || LOOSE(SIGNAL_MASK, signal_mask) ||
	    LOOSE(PROCESS_GROUP, process_group) ||
	    LOOSE(TERMINAL_FD, terminal_fd) || LOOSE(UID, uid) ||
	    LOOSE(GID, gid) || LOOSE(GROUPS, group_count) ||
	    LOOSE(AMBIENT_CAPS, ambient_caps) ||
	    LOOSE(BOUNDING_CAPS, bounding_caps) ||
	    LOOSE(SECUREBITS, securebits) || LOOSE(NICE, nice) ||
	    LOOSE(SCHEDULER, sched_policy) ||
	    LOOSE(SCHEDULER, sched_priority) ||
	    LOOSE(IO_PRIORITY, io_priority) ||
	    LOOSE(OOM_SCORE_ADJ, oom_score_adj) ||
	    LOOSE(TIMER_SLACK, timer_slack) || LOOSE(CGROUP_FD, cgroup_fd) ||
	    LOOSE(LANDLOCK_FD, landlock_fd) || LOOSE(BUSY_RETRY, busy_retry) ||
	    LOOSE(PERSONALITY, personality) ||
	    LOOSE(INHERITABLE_CAPS, inheritable_caps))
		return "field without its flag";
	return NULL;
}

static const char *fault_in_lists(const struct libspawn_options *o)
{
	if (o->fd_count > LIBSPAWN_FDS_MAX ||
	    o->group_count > LIBSPAWN_GROUPS_MAX ||
	    o->rlimit_count > LIBSPAWN_RLIMITS_MAX ||
	    o->cpu_count > LIBSPAWN_CPUS_MAX ||
	    o->namespace_count > LIBSPAWN_NAMESPACES_MAX ||
	    o->seccomp_count > LIBSPAWN_SECCOMP_MAX ||
	    o->filter_count > LIBSPAWN_FILTERS_MAX)
		return "list too long";
	if ((o->fd_count && !o->fds) || (o->group_count && !o->groups) ||
	    (o->rlimit_count && !o->rlimits) || (o->cpu_count && !o->cpus) ||
	    (o->namespace_count && !o->namespaces) ||
	    (o->seccomp_count && !o->seccomp) ||
	    (o->filter_count && !o->filters))
		return "count without a list";
	return NULL;
}

/* ---- Values and combinations --------------------------------------------- */

static int has_terminal_row(const struct libspawn_options *o)
{
	uint32_t n;

	for (n = 0; n < o->fd_count; n++)
		if (o->fds[n].kind == LIBSPAWN_FD_PTY)
			return 1;
	return 0;
}

static const char *fault_in_session(const struct libspawn_options *o)
{
	int uses = HAS(CONTROLLING_TERMINAL) || HAS(FOREGROUND);

	if (HAS(NEW_SESSION) && HAS(PROCESS_GROUP))
		return "session and process group";
	if (o->process_group < 0 || o->process_group == INT32_MAX)
		return "no such process group";
	if (HAS(CONTROLLING_TERMINAL) && !HAS(NEW_SESSION))
		return "terminal without session";
	if (HAS(TERMINAL_FD) && !uses)
		return "terminal without use";
	if (uses && !HAS(TERMINAL_FD) && !has_terminal_row(o))
		return "use without terminal";
	return NULL;
}

static const char *fault_in_values(const struct libspawn_options *o)
{
	const uint64_t changed = o->signal_default | o->signal_ignore;

	if (o->backend > LIBSPAWN_BACKEND_FORK)
		return "no such backend";
	if (o->search > LIBSPAWN_SEARCH_LIST ||
	    (o->search == LIBSPAWN_SEARCH_LIST) != (o->search_list != NULL))
		return "search";
	if (HAS(PROGRAM_FD) && (o->search || HAS(SHELL_FALLBACK)))
		return "program by descriptor and by search";
	if (HAS(CWD_FD) && o->cwd)
		return "two directories";
	if (changed & (SIGNAL(SIGKILL) | SIGNAL(SIGSTOP)) ||
	    o->signal_default & o->signal_ignore)
		return "signals";
	if (o->parent_death_signal < 0 || o->parent_death_signal > 64)
		return "parent-death signal";
	if (o->umask > 0777)
		return "umask";
	if (o->nice > 19 || o->nice < -20)
		return "nice";
	if (o->oom_score_adj > 1000 || o->oom_score_adj < -1000)
		return "oom_score_adj";
	/* Of the policies that requests have, none takes one. */
	if (o->sched_priority)
		return "scheduler's priority";
	return NULL;
}

/* Nothing of a new namespace is ever asked for together with one. */
static const char *fault_in_confinement(const struct libspawn_options *o)
{
	const uint32_t traits = o->memory_traits;

	if (o->hostname)
		return "host name without a namespace";
	if (o->personality == UINT32_MAX)
		return "no personality";
	if (o->speculation[0] || o->speculation[1] || o->speculation[2] ||
	    o->tsc)
		return "no such control of the processor";
	if (o->exec_label)
		return "empty label";
	if (traits > 15 ||
	    (o->coredump_filter && !(traits & LIBSPAWN_MEMORY_COREDUMP_FILTER)))
		return "traits of memory";
	/* Of those with a name one alone has a memory of its own. */
	if (traits && o->backend != LIBSPAWN_BACKEND_FORK &&
	    o->backend != LIBSPAWN_BACKEND_ANY)
		return "traits of a shared memory";
	return NULL;
}

/* What this backend has no way to do. */
static const char *fault_in_backend(const struct libspawn_options *o)
{
	const uint64_t beyond_posix =
		LIBSPAWN_PIDFD | LIBSPAWN_CONTROLLING_TERMINAL |
		LIBSPAWN_FOREGROUND | LIBSPAWN_CGROUP_FD | LIBSPAWN_SCHEDULER |
		LIBSPAWN_NICE | LIBSPAWN_IO_PRIORITY | LIBSPAWN_TIMER_SLACK |
		LIBSPAWN_UMASK | LIBSPAWN_OOM_SCORE_ADJ | LIBSPAWN_GROUPS |
		LIBSPAWN_GID | LIBSPAWN_UID | LIBSPAWN_AMBIENT_CAPS |
		LIBSPAWN_BOUNDING_CAPS | LIBSPAWN_SECUREBITS |
		LIBSPAWN_NO_NEW_PRIVS | LIBSPAWN_LANDLOCK_FD |
		LIBSPAWN_PROGRAM_FD | LIBSPAWN_PERSONALITY | LIBSPAWN_NEW_CORE |
		LIBSPAWN_INHERITABLE_CAPS;

	if (o->backend != LIBSPAWN_BACKEND_POSIX_SPAWN)
		return NULL;
	if (o->flags & beyond_posix || o->signal_ignore || o->cpu_count ||
	    o->rlimit_count || o->namespace_count || o->unshare || o->root ||
	    o->parent_death_signal || o->seccomp_count || o->filter_count ||
	    o->pid_variable)
		return "beyond posix_spawn";
	return NULL;
}

static int is_one_that_waits(uint32_t backend)
{
	return backend == LIBSPAWN_BACKEND_VFORK ||
	       backend == LIBSPAWN_BACKEND_POSIX_SPAWN;
}

/* What can't be had without waiting, by libspawn_begin(). */
static const char *fault_in_begin(const struct libspawn_options *o)
{
	int holds = HAS(HOLD);

	if (o->start_timeout_ms)
		return "a deadline for who does not wait";
	if (!HAS(MAY_WAIT) && is_one_that_waits(o->backend))
		return "a backend that waits";
	if (holds && o->backend != LIBSPAWN_BACKEND_CLONE &&
	    o->backend != LIBSPAWN_BACKEND_ANY)
		return "a backend that can't hold";
	if (HAS(OOM_SCORE_ADJ) &&
	    (holds || o->backend == LIBSPAWN_BACKEND_CLONE))
		return "oom_score_adj of a shared memory";
	return NULL;
}

/* ---- The environment and the program ------------------------------------- */

static size_t name_length(const char *word)
{
	const char *equals = strchr(word, '=');

	return equals ? (size_t)(equals - word) : strlen(word);
}

static int is_same_name(const char *one, const char *two)
{
	size_t length = name_length(one);

	return length == name_length(two) && memcmp(one, two, length) == 0;
}

static int is_named_in(char *const *list, const char *word)
{
	for (; list && *list; list++)
		if (is_same_name(*list, word))
			return 1;
	return 0;
}

static int is_for_pid(const struct libspawn_options *o, const char *word)
{
	return o->pid_variable && is_same_name(o->pid_variable, word);
}

static const char *fault_in_environment(const struct libspawn_options *o)
{
	char *const *at;

	for (at = o->env_unset; at && *at; at++)
		if (**at == '\0' || strchr(*at, '='))
			return "name to unset";
	for (at = o->env_set; at && *at; at++)
		if (**at == '=' || !strchr(*at, '='))
			return "variable to set";
	if (o->pid_variable &&
	    (!*o->pid_variable || strchr(o->pid_variable, '=')))
		return "name for the pid";
	return NULL;
}

static void expect_environment(struct fuzz_expectation *e)
{
	const struct libspawn_options *o = &e->options;
	char *const *at = o->env ? o->env : environ;

	e->env_count = 0;
	for (; at && *at; at++)
		if (!is_named_in(o->env_unset, *at) &&
		    !is_named_in(o->env_set, *at) && !is_for_pid(o, *at))
			e->env[e->env_count++] = *at;
	for (at = o->env_set; at && *at; at++)
		if (!is_named_in(at + 1, *at) && !is_for_pid(o, *at))
			e->env[e->env_count++] = *at;
	if (o->pid_variable)
		e->env[e->env_count++] = e->pid_variable;
}

/* The variable PATH of the child, and how many there are. */
static const char *path_of_child(const struct fuzz_expectation *e,
				 uint32_t *count)
{
	const char *found = NULL;
	uint32_t n;

	*count = 0;
	for (n = 0; n < e->env_count; n++)
		if (strncmp(e->env[n], "PATH=", 5) == 0) {
			found = e->env[n];
			++*count;
		}
	return found;
}

static int is_found_on(const char *list, const struct fuzz_world *world)
{
	/* All lists with the probe in them are copies of this one. */
	return list && strcmp(list, world->good_path + strlen("PATH=")) == 0;
}

static const char *fault_in_search(const struct fuzz_expectation *e,
				   const struct fuzz_request *request,
				   const struct fuzz_world *world)
{
	const struct libspawn_options *o = &e->options;
	const char *path;
	uint32_t count;

	if (strcmp(request->program, "probe") != 0)
		return "no such program";
	switch (o->search) {
	case LIBSPAWN_SEARCH_PARENT_PATH: return NULL;
	case LIBSPAWN_SEARCH_CHILD_PATH:
		path = path_of_child(e, &count);
		/* Which of several counts is not said. */
		return count > 1 || (path && is_found_on(path + 5, world))
			       ? NULL
			       : "not on the child's PATH";
	case LIBSPAWN_SEARCH_LIST:
		return is_found_on(o->search_list, world) ? NULL
							  : "not on the list";
	default: return "not searched for";
	}
}

static int is_probe(const struct fuzz_world *world, int32_t fd)
{
	const struct fuzz_fd *given = &world->fds[fd];
	const struct fuzz_fd *probe = &world->fds[FUZZ_PROBE];

	return given->is_open &&
	       given->identity.device == probe->identity.device &&
	       given->identity.inode == probe->identity.inode;
}

static const char *fault_in_program(const struct fuzz_expectation *e,
				    const struct fuzz_request *request,
				    const struct fuzz_world *world)
{
	const struct libspawn_options *o = &e->options;

	if (!request->has_argv || !request->argv[0])
		return "no arguments";
	if (HAS(PROGRAM_FD))
		return is_probe(world, o->program_fd) ? NULL
						      : "no such descriptor";
	if (strcmp(request->program, world->probe) == 0)
		return NULL;
	if (strchr(request->program, '/') || !request->program[0])
		return "no such path";
	return fault_in_search(e, request, world);
}

/* ---- Directory and limits ------------------------------------------------ */

static const char *expect_directory(struct fuzz_expectation *e,
				    const struct fuzz_world *world)
{
	const struct libspawn_options *o = &e->options;
	int n;

	e->cwd = world->here;
	if (o->cwd) {
		e->cwd = fuzz_identity_of(o->cwd);
		return e->cwd.inode ? NULL : "no such directory";
	}
	if (!HAS(CWD_FD))
		return NULL;
	for (n = 0; n < 2; n++)
		if (o->cwd_fd == FUZZ_FIRST_DIRECTORY + n) {
			e->cwd = world->directories[n];
			return NULL;
		}
	return "no directory's descriptor";
}

static const char *expect_rlimits(struct fuzz_expectation *e)
{
	const struct libspawn_options *o = &e->options;
	uint32_t n;

	for (n = 0; n < o->rlimit_count; n++) {
		const struct libspawn_rlimit *wanted = &o->rlimits[n];
		uint64_t *limit;

		if (wanted->resource < 0 || wanted->resource >= FUZZ_RLIMITS)
			return "no such resource";
		limit = e->rlimits[wanted->resource];
		if (!(wanted->flags & LIBSPAWN_RLIMIT_KEEP_SOFT))
			limit[0] = wanted->soft;
		if (!(wanted->flags & LIBSPAWN_RLIMIT_KEEP_HARD))
			limit[1] = wanted->hard;
		if (limit[0] > limit[1])
			return "soft limit above the hard one";
	}
	return NULL;
}

static const char *expect_cpus(struct fuzz_expectation *e)
{
	const struct libspawn_options *o = &e->options;
	uint32_t n;

	e->cpus = 0;
	for (n = 0; n < o->cpu_count; n++) {
		if (o->cpus[n] >= LIBSPAWN_CPUS_MAX)
			return "no such processor";
		if (o->cpus[n] < 64)
			e->cpus |= UINT64_C(1) << o->cpus[n];
	}
	return NULL;
}

/* ---- Numbers ------------------------------------------------------------- */

static void expect_signals(struct fuzz_expectation *e,
			   const struct fuzz_world *world)
{
	const struct libspawn_options *o = &e->options;

	e->mask = HAS(SIGNAL_MASK) ? o->signal_mask : world->mask;
	e->mask &= ~(SIGNAL(SIGKILL) | SIGNAL(SIGSTOP));
	e->ignored = HAS(DEFAULT_SIGNALS) ? 0 : world->ignored;
	e->ignored &= ~o->signal_default;
	e->ignored |= o->signal_ignore;
}

static void expect_numbers(struct fuzz_expectation *e,
			   const struct fuzz_world *world)
{
	const struct libspawn_options *o = &e->options;

	e->umask = HAS(UMASK) ? o->umask : world->umask;
	e->new_session = HAS(NEW_SESSION);
	e->new_group = HAS(PROCESS_GROUP) && o->process_group == 0;
	e->nice = HAS(NICE) ? o->nice : world->nice;
	e->policy = HAS(SCHEDULER) ? o->sched_policy : world->policy;
	e->io_priority = HAS(IO_PRIORITY) ? (int)o->io_priority : -1;
	e->oom_score_adj =
		HAS(OOM_SCORE_ADJ) ? o->oom_score_adj : world->oom_score_adj;
	/* 0 is the default, which is what the parent has. prctl(2) */
	e->slack = o->timer_slack ? o->timer_slack : world->slack;
	e->no_new_privs = HAS(NO_NEW_PRIVS) || world->no_new_privs;
	e->seccomp = o->seccomp_count || o->filter_count ? 2 : 0;
	e->death_signal = o->parent_death_signal;
	memcpy(e->rlimits, world->rlimits, sizeof e->rlimits);
}

/* What depends on rights, on the kernel, or on what the header leaves open. */
static const char *doubt_about(const struct fuzz_expectation *e,
			       const struct fuzz_world *world)
{
	const struct libspawn_options *o = &e->options;
	const uint64_t privileged =
		LIBSPAWN_BOUNDING_CAPS | LIBSPAWN_SECUREBITS |
		LIBSPAWN_AMBIENT_CAPS | LIBSPAWN_CGROUP_FD |
		LIBSPAWN_INHERITABLE_CAPS | LIBSPAWN_LANDLOCK_FD |
		LIBSPAWN_TERMINAL_FD | LIBSPAWN_CONTROLLING_TERMINAL |
		LIBSPAWN_FOREGROUND;
	uint32_t paths;

	if (o->flags & privileged)
		return "privileged";
	if ((HAS(GROUPS) && !world->can_set_groups) ||
	    (HAS(UID) && o->uid != getuid()) ||
	    (HAS(GID) && o->gid != getgid()) || e->nice < world->nice ||
	    e->oom_score_adj < world->oom_score_adj)
		return "rights";
	if (HAS(NEW_CORE) || o->memory_traits ||
	    (HAS(PIDFD) && !world->has_pidfd))
		return "what the kernel is without";
	if (HAS(IO_PRIORITY) && o->io_priority >> 13 == 0)
		return "no class of priority";
	if (o->backend == LIBSPAWN_BACKEND_POSIX_SPAWN &&
	    !world->has_posix_spawn)
		return "a C library that can't close the others";
	if (has_terminal_row(o) && !world->has_terminals)
		return "no terminals";
	if (o->cpu_count && !(e->cpus & world->cpus))
		return "processors that may not be there";
	/* The C library keeps two signals for itself, and may decline them. */
	if (o->backend == LIBSPAWN_BACKEND_POSIX_SPAWN &&
	    o->signal_mask & (SIGNAL(32) | SIGNAL(33)))
		return "signals of the C library";
	path_of_child(e, &paths);
	if (o->search == LIBSPAWN_SEARCH_CHILD_PATH && paths > 1)
		return "which PATH";
	return NULL;
}

int fuzz_backend_is_open(const struct fuzz_expectation *expected,
			 const struct fuzz_request *request,
			 const struct fuzz_world *world)
{
	const struct libspawn_options *o = &expected->options;

	return request->begins && (HAS(OOM_SCORE_ADJ) || !world->can_go_on);
}

/* ---- The whole ----------------------------------------------------------- */

static const char *find_fault(struct fuzz_expectation *e,
			      const struct fuzz_request *request,
			      const struct fuzz_world *world)
{
	struct libspawn_options *o = &e->options;
	const char *fault = read_options(o, request);

	if (!fault)
		fault = fault_in_flags(o, request->begins);
	if (!fault)
		fault = fault_in_lists(o);
	if (!fault)
		fault = fault_in_session(o);
	if (!fault)
		fault = fault_in_values(o);
	if (!fault)
		fault = fault_in_confinement(o);
	if (!fault)
		fault = fault_in_backend(o);
	if (!fault && request->begins)
		fault = fault_in_begin(o);
	if (!fault)
		fault = fault_in_environment(o);
	if (fault)
		return fault;
	expect_environment(e);
	expect_signals(e, world);
	expect_numbers(e, world);
	fault = fault_in_program(e, request, world);
	if (!fault)
		fault = expect_directory(e, world);
	if (!fault)
		fault = expect_rlimits(e);
	if (!fault)
		fault = expect_cpus(e);
	return fault ? fault : fuzz_model_table(e, world);
}

void fuzz_model(struct fuzz_expectation *expected,
		const struct fuzz_request *request,
		const struct fuzz_world *world)
{
	memset(expected, 0, sizeof *expected);
	expected->verdict = FUZZ_MUST_FAIL;
	expected->reason = find_fault(expected, request, world);
	if (expected->reason)
		return;
	expected->reason = doubt_about(expected, world);
	if (!expected->reason && fuzz_backend_is_open(expected, request, world))
		expected->reason = "who does not wait, or must";
	expected->verdict = expected->reason ? FUZZ_EITHER : FUZZ_MUST_START;
}
