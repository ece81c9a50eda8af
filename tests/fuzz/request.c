/* SPDX-License-Identifier: MIT */
/*
 * Requests at random. Most have a meaning; some are damaged in one place or
 * more. What becomes of them is for the model to say.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "model.h"

/* splitmix64: the same on every system. */
static uint64_t next_random(struct fuzz_random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t fuzz_below(struct fuzz_random *random, uint32_t bound)
{
	return (uint32_t)(next_random(random) >> 32) % bound;
}

int fuzz_chance(struct fuzz_random *random, uint32_t percent)
{
	return fuzz_below(random, 100) < percent;
}

/* What the functions below fill in, and from what. */
struct maker {
	struct fuzz_request *request;
	struct libspawn_options *options;
	const struct fuzz_world *world;
	struct fuzz_random *random;
};

#define BELOW(bound) fuzz_below(maker->random, (bound))
#define CHANCE(percent) fuzz_chance(maker->random, (percent))

/* ---- The table ----------------------------------------------------------- */

static void make_row(struct maker *maker, uint32_t n)
{
	static const char *const paths[] = { "f0", "f5", "/dev/zero" };
	static const uint32_t modes[] = { O_RDONLY, O_RDWR, O_WRONLY | O_APPEND,
					  O_RDWR | O_CREAT };
	struct libspawn_fd *row = &maker->request->fds[n];

	row->kind = LIBSPAWN_FD_FROM + BELOW(LIBSPAWN_FD_NULL_READ);
	row->child_fd = (int32_t)BELOW(CHANCE(50) ? 6 : 40);
	switch (row->kind) {
	case LIBSPAWN_FD_FROM:
		row->parent_fd =
			CHANCE(96)
				? (int32_t)(FUZZ_FIRST_FILE + BELOW(FUZZ_FILES))
				: (int32_t)BELOW(40);
		break;
	case LIBSPAWN_FD_SAME:
		row->entry = BELOW(CHANCE(90) ? n + 1 : FUZZ_LIST + 2);
		break;
	case LIBSPAWN_FD_OPEN:
		row->path = CHANCE(96) ? paths[BELOW(3)] : "nope/f0";
		row->open_flags = modes[BELOW(4)];
		row->open_mode = 0600;
		break;
	case LIBSPAWN_FD_PIPE_READ:
	case LIBSPAWN_FD_PIPE_WRITE:
	case LIBSPAWN_FD_SOCKET:
	case LIBSPAWN_FD_PTY: row->parent_end = &maker->request->ends[n]; break;
	default: break;
	}
}

static int is_taken(const struct maker *maker, uint32_t count, int32_t fd)
{
	uint32_t n;

	for (n = 0; n < count; n++)
		if (maker->request->fds[n].child_fd == fd)
			return 1;
	return 0;
}

/* Copies are mostly of rows that can be copied. */
static void mend_copies(struct maker *maker, uint32_t count)
{
	struct libspawn_fd *rows = maker->request->fds;
	uint32_t n;

	for (n = 0; n < count; n++) {
		if (rows[n].kind != LIBSPAWN_FD_SAME || CHANCE(3))
			continue;
		if (rows[n].entry >= count ||
		    rows[rows[n].entry].kind == LIBSPAWN_FD_SAME ||
		    rows[rows[n].entry].kind == LIBSPAWN_FD_CLOSE ||
		    rows[rows[n].entry].kind == LIBSPAWN_FD_SKIP) {
			rows[n].kind = LIBSPAWN_FD_NULL;
			rows[n].entry = 0;
		}
	}
}

/* One row carries the answers; the others are what they are. */
static void make_table(struct maker *maker)
{
	struct fuzz_request *request = maker->request;
	uint32_t count = BELOW(FUZZ_LIST - 1);
	uint32_t out = BELOW(count + 1);
	uint32_t n;

	for (n = 0; n <= count; n++) {
		make_row(maker, n);
		while (is_taken(maker, n, request->fds[n].child_fd) &&
		       !CHANCE(2))
			request->fds[n].child_fd = (int32_t)BELOW(40);
	}
	memset(&request->fds[out].kind, 0,
	       sizeof request->fds[out] - offsetof(struct libspawn_fd, kind));
	request->fds[out].kind = LIBSPAWN_FD_FROM;
	request->fds[out].parent_fd = FUZZ_OUT;
	request->out_fd = request->fds[out].child_fd;
	mend_copies(maker, count + 1);
	maker->options->fds = request->fds;
	maker->options->fd_count = count + 1;
}

/* ---- The program and its words ------------------------------------------- */

static char word_a[] = "A=1";
static char word_b[] = "B=";
static char word_c[] = "C=x y=z";
static char word_again[] = "A=again";
static char word_plain[] = "plain";
static char word_path[] = "PATH=/nope";
static char word_none[] = "=1";
static char name_a[] = "A";
static char name_b[] = "LONGER";
static char name_path[] = "PATH";
static char name_empty[] = "";

static void make_list(struct maker *maker, char **list, char *const *words,
		      uint32_t count)
{
	uint32_t length = BELOW(5);
	uint32_t n;

	for (n = 0; n < length; n++)
		list[n] = words[BELOW(count)];
	list[n] = NULL;
}

static void make_environment(struct maker *maker)
{
	struct fuzz_request *request = maker->request;
	char *path = request->path_word;
	char *const all[] = { word_a,	  word_b,    word_c,	 word_again,
			      word_plain, word_path, name_empty, path };
	char *const set[] = { word_a,	  word_b, word_c,
			      word_again, path,	  word_path };
	char *const unset[] = { name_a, name_b, name_path, word_plain };

	/* A copy of PATH with the probe in it, that may be written to. */
	snprintf(path, sizeof request->path_word, "%s",
		 maker->world->good_path);
	if (CHANCE(40)) {
		make_list(maker, request->env, all, 8);
		maker->options->env = request->env;
	}
	if (CHANCE(40)) {
		make_list(maker, request->env_set, set, 6);
		maker->options->env_set = request->env_set;
		if (CHANCE(4))
			request->env_set[0] = CHANCE(50) ? word_none : name_a;
	}
	if (CHANCE(40)) {
		make_list(maker, request->env_unset, unset, 4);
		maker->options->env_unset = request->env_unset;
		if (CHANCE(4))
			request->env_unset[0] =
				CHANCE(50) ? word_a : name_empty;
	}
	if (CHANCE(10))
		maker->options->pid_variable = CHANCE(96)   ? name_a
					       : CHANCE(50) ? word_a
							    : name_empty;
}

static void make_program(struct maker *maker)
{
	struct fuzz_request *request = maker->request;
	struct libspawn_options *options = maker->options;
	const char *missing[] = { "/nope/probe", "probe", "", "/" };

	request->program = maker->world->probe;
	if (CHANCE(25)) {
		request->program = CHANCE(80) ? "probe" : "no-such-program";
		options->search = 1 + BELOW(3);
		snprintf(request->search_list, sizeof request->search_list,
			 "%s", maker->world->good_path + strlen("PATH="));
		if (options->search == LIBSPAWN_SEARCH_LIST)
			options->search_list =
				CHANCE(80) ? request->search_list : "/nope:/";
	} else if (CHANCE(15)) {
		options->flags |= LIBSPAWN_PROGRAM_FD;
		options->program_fd = FUZZ_PROBE;
		if (CHANCE(5))
			options->program_fd = (int32_t)BELOW(40);
	} else if (CHANCE(5))
		request->program = missing[BELOW(4)];
}

static void make_arguments(struct maker *maker)
{
	static char words[][8] = { "name", "print", "--", "x", "y z", "" };
	struct fuzz_request *request = maker->request;
	uint32_t extra = BELOW(5);
	uint32_t n = 0;

	snprintf(request->out_word, sizeof request->out_word, "@%d",
		 request->out_fd);
	request->argv[n++] = words[CHANCE(80) ? 0 : 5];
	request->argv[n++] = request->out_word;
	request->argv[n++] = words[1];
	request->argv[n++] = words[2];
	while (extra-- > 0)
		request->argv[n++] = words[3 + BELOW(3)];
	request->argv[n] = NULL;
	request->has_argv = !CHANCE(1);
	if (CHANCE(1))
		request->argv[0] = NULL;
}

/* ---- Numbers ------------------------------------------------------------- */

static uint64_t random_set(struct maker *maker)
{
	uint64_t set = next_random(maker->random);

	return CHANCE(30) ? set : set & next_random(maker->random) & 0xffffffff;
}

static void make_signals(struct maker *maker)
{
	const uint64_t changeable =
		~(UINT64_C(1) << (SIGKILL - 1) | UINT64_C(1) << (SIGSTOP - 1));
	struct libspawn_options *options = maker->options;

	if (CHANCE(25))
		options->signal_default = random_set(maker) & changeable;
	if (CHANCE(15))
		options->signal_ignore = random_set(maker) & changeable;
	if (!CHANCE(3))
		options->signal_default &= ~options->signal_ignore;
	if (CHANCE(1))
		options->signal_ignore |= UINT64_C(1) << (SIGKILL - 1);
	if (CHANCE(30)) {
		options->flags |= LIBSPAWN_SIGNAL_MASK;
		options->signal_mask = random_set(maker);
	}
	if (CHANCE(15))
		options->flags |= LIBSPAWN_DEFAULT_SIGNALS;
}

static void make_places(struct maker *maker)
{
	struct libspawn_options *options = maker->options;

	if (CHANCE(20)) {
		options->cwd = CHANCE(95) ? CHANCE(50) ? "d0" : "d1" : "nope";
	} else if (CHANCE(20)) {
		options->flags |= LIBSPAWN_CWD_FD;
		options->cwd_fd = FUZZ_FIRST_DIRECTORY + (int32_t)BELOW(2);
		if (CHANCE(5))
			options->cwd_fd = (int32_t)BELOW(50);
		if (CHANCE(2))
			options->cwd = "d0";
	}
	if (CHANCE(10))
		options->flags |= LIBSPAWN_CWD_BEFORE_IDS;
	if (CHANCE(20))
		options->flags |= LIBSPAWN_NEW_SESSION;
	else if (CHANCE(20))
		options->flags |= LIBSPAWN_PROCESS_GROUP;
	if (options->flags & LIBSPAWN_PROCESS_GROUP && CHANCE(30))
		options->process_group =
			CHANCE(80) ? (int32_t)getpgrp() : INT32_MAX;
	if (CHANCE(20)) {
		options->flags |= LIBSPAWN_UMASK;
		options->umask = BELOW(CHANCE(97) ? 01000 : 02000);
		if (CHANCE(10))
			options->umask = 0;
	}
	if (CHANCE(25))
		options->flags |= LIBSPAWN_INHERIT_FDS;
	if (CHANCE(20))
		options->flags |= LIBSPAWN_PIDFD;
}

/* Seldom what a busy machine would let wait for long. */
static void make_scheduling(struct maker *maker)
{
	static const int32_t policies[] = { 0 /* OTHER */, 3 /* BATCH */,
					    5 /* IDLE */ };
	struct libspawn_options *options = maker->options;

	if (CHANCE(12)) {
		options->flags |= LIBSPAWN_NICE;
		options->nice = (int32_t)BELOW(CHANCE(90) ? 6 : 24);
	}
	if (CHANCE(12)) {
		options->flags |= LIBSPAWN_SCHEDULER;
		options->sched_policy = policies[BELOW(CHANCE(10) ? 3 : 2)];
		options->sched_priority = CHANCE(4);
	}
	if (CHANCE(12)) {
		options->flags |= LIBSPAWN_IO_PRIORITY;
		options->io_priority = (2 + BELOW(2)) << 13 | BELOW(8);
	}
	if (CHANCE(12)) {
		options->flags |= LIBSPAWN_OOM_SCORE_ADJ;
		options->oom_score_adj = (int32_t)BELOW(1010);
	}
	if (CHANCE(12)) {
		options->flags |= LIBSPAWN_TIMER_SLACK;
		options->timer_slack = 1 + BELOW(1000000);
	}
	if (CHANCE(12)) {
		options->cpus = maker->request->cpus;
		options->cpu_count = 1 + BELOW(3);
		maker->request->cpus[0] = BELOW(2);
		maker->request->cpus[1] = BELOW(8200);
		maker->request->cpus[2] = BELOW(8);
	}
}

/* Of resources that the way to the probe does not need. */
static void make_rlimits(struct maker *maker)
{
	static const int32_t resources[] = { 4 /* CORE */, 8 /* MEMLOCK */,
					     11 /* SIGPENDING */,
					     12 /* MSGQUEUE */ };
	uint32_t count = BELOW(4);
	uint32_t n;

	for (n = 0; n < count; n++) {
		struct libspawn_rlimit *limit = &maker->request->rlimits[n];
		int32_t resource = resources[BELOW(4)];
		uint64_t most = maker->world->rlimits[resource][1];

		limit->resource = CHANCE(98) ? resource : 99;
		limit->hard = most;
		limit->soft =
			most < 4096 ? BELOW((uint32_t)most + 1) : BELOW(4097);
		if (CHANCE(20))
			limit->flags = LIBSPAWN_RLIMIT_KEEP_HARD;
		if (CHANCE(20))
			limit->flags = LIBSPAWN_RLIMIT_KEEP_SOFT;
		if (CHANCE(2))
			limit->soft = limit->hard + 1;
	}
	maker->options->rlimits = maker->request->rlimits;
	maker->options->rlimit_count = count;
}

static void make_identity(struct maker *maker)
{
	struct libspawn_options *options = maker->options;
	uint32_t n;

	if (CHANCE(10)) {
		options->flags |= LIBSPAWN_UID;
		options->uid = getuid();
	}
	if (CHANCE(10)) {
		options->flags |= LIBSPAWN_GID;
		options->gid = getgid();
	}
	if (CHANCE(10) && maker->world->can_set_groups) {
		options->flags |= LIBSPAWN_GROUPS;
		options->groups = maker->request->groups;
		options->group_count = BELOW(4);
		if (CHANCE(30))
			options->flags |= LIBSPAWN_TRY_GROUPS;
		/* The kernel sorts them. */
		for (n = 0; n < options->group_count; n++)
			maker->request->groups[n] = 1000 * n + BELOW(1000);
	}
}

static void make_containment(struct maker *maker)
{
	static const struct libspawn_bpf allow = { 6, 0, 0, 0x7fff0000 };
	struct libspawn_options *options = maker->options;

	if (CHANCE(15))
		options->flags |= LIBSPAWN_NO_NEW_PRIVS;
	if (CHANCE(10) && maker->world->has_seccomp) {
		options->flags |= LIBSPAWN_NO_NEW_PRIVS;
		maker->request->filter[0] = allow;
		options->seccomp = maker->request->filter;
		options->seccomp_count = 1;
	}
	if (CHANCE(10))
		options->parent_death_signal = (int32_t)BELOW(66);
	if (CHANCE(10))
		options->flags |= LIBSPAWN_SHELL_FALLBACK;
	if (CHANCE(10))
		options->flags |= LIBSPAWN_BUSY_RETRY;
	if (CHANCE(10))
		options->flags |= LIBSPAWN_ALLOW_FORK;
	if (CHANCE(10))
		options->flags |= LIBSPAWN_DEATH_IS_START;
	if (CHANCE(10))
		options->flags |= LIBSPAWN_INTERRUPTIBLE;
	if (CHANCE(10))
		options->flags |= LIBSPAWN_SEARCH_ON;
}

/* Of what confines: what every kernel takes, and what none does. */
static void make_confinement(struct maker *maker)
{
	static const struct libspawn_bpf allow = { 6, 0, 0, 0x7fff0000 };
	static const struct libspawn_filter filter = { .instructions = &allow,
						       .count = 1 };
	struct libspawn_options *options = maker->options;

	if (CHANCE(5)) {
		options->flags |= LIBSPAWN_PERSONALITY;
		options->personality = CHANCE(80) ? 0x40000 : UINT32_MAX;
	}
	if (CHANCE(5) && maker->world->has_seccomp) {
		options->flags |= LIBSPAWN_NO_NEW_PRIVS;
		options->filters = &filter;
		options->filter_count = CHANCE(90) ? 1 : UINT32_MAX;
	}
	if (CHANCE(2))
		options->memory_traits = CHANCE(50) ? 16 : 1 + BELOW(15);
	if (CHANCE(2))
		options->hostname = "host";
	if (CHANCE(2))
		options->speculation[BELOW(3)] = 5;
	if (CHANCE(2))
		options->tsc = 3;
	if (CHANCE(2))
		options->exec_label = "";
	if (CHANCE(2))
		options->coredump_filter = BELOW(2);
}

/* By which door; and what only one that does not wait can ask for. */
static void make_door(struct maker *maker)
{
	struct libspawn_options *options = maker->options;

	maker->request->begins = CHANCE(50);
	if (!maker->request->begins)
		return;
	if (CHANCE(70))
		options->flags |= LIBSPAWN_MAY_WAIT;
	if (CHANCE(30))
		options->flags |= LIBSPAWN_POLL_FD;
	if (CHANCE(20))
		options->flags |= LIBSPAWN_HOLD;
	if (CHANCE(2))
		options->start_timeout_ms = 600000;
}

/* ---- Damage -------------------------------------------------------------- */

/* A size of a smaller, a later, or no version of the struct. */
static void damage_size(struct maker *maker)
{
	struct libspawn_options *options = maker->options;

	switch (BELOW(5)) {
	case 0: options->size = BELOW(16); break;
	/* Whole fields: no version ends in the middle of one. */
	case 1: options->size = 16 + 8 * BELOW(sizeof *options / 8 - 1); break;
	case 2: options->size = sizeof *options + BELOW(FUZZ_TAIL + 1); break;
	case 3: options->size = UINT32_MAX - BELOW(100000); break;
	default:
		options->size = sizeof *options + BELOW(FUZZ_TAIL + 1);
		maker->request->sized.tail[BELOW(FUZZ_TAIL)] = 1;
	}
}

static void damage_counts(struct maker *maker)
{
	struct libspawn_options *options = maker->options;

	switch (BELOW(6)) {
	case 0: options->fd_count = LIBSPAWN_FDS_MAX + 1; break;
	case 1: options->rlimit_count = UINT32_MAX; break;
	case 2: options->seccomp_count = LIBSPAWN_SECCOMP_MAX + 1; break;
	case 3: options->namespace_count = 1 + BELOW(100); break;
	case 4: options->fds = NULL; break;
	default: options->cpu_count = LIBSPAWN_CPUS_MAX + 1 + BELOW(9);
	}
}

static void damage_row(struct maker *maker)
{
	struct libspawn_fd *row =
		&maker->request->fds[BELOW(maker->options->fd_count)];

	switch (BELOW(8)) {
	case 0: row->kind = BELOW(20); break;
	case 1: row->child_fd = -(int32_t)BELOW(5); break;
	case 2: row->child_fd = INT32_MAX; break;
	case 3: row->parent_fd = (int32_t)BELOW(60) - 5; break;
	case 4: row->spare[BELOW(2)] = BELOW(2); break;
	case 5: row->open_flags |= O_CLOEXEC; break;
	case 6: row->parent_end = NULL; break;
	default: row->path = NULL;
	}
}

static void damage(struct maker *maker)
{
	struct libspawn_options *options = maker->options;

	switch (BELOW(8)) {
	case 0:
	case 6: damage_size(maker); break;
	case 1: damage_counts(maker); break;
	case 2:
		options->flags ^= UINT64_C(1) << BELOW(64);
		/* Nobody could wait for such a process. */
		options->flags &= ~(LIBSPAWN_DETACH | LIBSPAWN_KEEP_SESSION);
		break;
	case 3: options->backend = BELOW(8); break;
	case 4: options->search = BELOW(6); break;
	case 5: options->umask = BELOW(02000); break;
	default:
		if (options->fd_count && options->fd_count <= FUZZ_LIST)
			damage_row(maker);
	}
}

void fuzz_request_make(struct fuzz_request *request,
		       const struct fuzz_world *world,
		       struct fuzz_random *random)
{
	struct maker makers = { request, &request->sized.options, world,
				random };
	struct maker *maker = &makers;

	memset(request, 0, sizeof *request);
	request->has_options = !CHANCE(1);
	maker->options->size = sizeof *maker->options;
	maker->options->backend = BELOW(5);
	make_table(maker);
	make_program(maker);
	make_arguments(maker);
	make_environment(maker);
	make_signals(maker);
	make_places(maker);
	if (CHANCE(40)) {
		make_scheduling(maker);
		make_rlimits(maker);
		make_identity(maker);
		make_containment(maker);
		make_confinement(maker);
	}
	make_door(maker);
	while (CHANCE(12))
		damage(maker);
}
