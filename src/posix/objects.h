/* SPDX-License-Identifier: MIT */
/*
 * What this library keeps in the C library's two opaque types. The sizes are
 * the C library's, the contents are ours: all functions of the family are.
 */
#ifndef LIBSPAWN_POSIX_OBJECTS_H
#define LIBSPAWN_POSIX_OBJECTS_H

#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <unistd.h>

/*
 * Programs that zero an object instead of initialising it are right by luck,
 * and stay so; one that was destroyed is told from both.
 */
enum object_tag {
	OBJECT_ZEROED = 0,
	OBJECT_LIVE = 0x73705761,
	OBJECT_DESTROYED = 0x64656164,
};

static inline int object_is_usable(uint32_t tag)
{
	return tag == OBJECT_ZEROED || tag == OBJECT_LIVE;
}

/* {OPEN_MAX} is the limit of now, as everywhere in POSIX. */
static inline int object_may_name(int fd)
{
	long limit = sysconf(_SC_OPEN_MAX);

	return fd >= 0 && (limit < 0 || fd < limit);
}

enum action_kind {
	ACTION_CLOSE,	   /* fd */
	ACTION_DUP2,	   /* fd to new_fd */
	ACTION_OPEN,	   /* path, flags, mode on fd */
	ACTION_CHDIR,	   /* path */
	ACTION_FCHDIR,	   /* fd */
	ACTION_CLOSE_FROM, /* fd */
	ACTION_FOREGROUND, /* fd */
};

struct action {
	uint32_t kind; /* enum action_kind */
	int32_t fd;
	int32_t new_fd;
	int32_t flags;
	uint32_t mode;
	char *path; /* a copy, the list's own */
};

/* posix_spawn_file_actions_t */
struct action_list {
	uint32_t tag;
	uint32_t count;
	uint32_t room;
	struct action *actions;
} __attribute__((may_alias));

/* posix_spawnattr_t */
struct attributes {
	uint32_t tag;
	int32_t group;
	int32_t policy;
	int32_t cgroup;
	struct sched_param parameter;
	short flags;
	sigset_t defaults;
	sigset_t mask;
} __attribute__((may_alias));

_Static_assert(sizeof(struct action_list) <= sizeof(posix_spawn_file_actions_t),
	       "the C library's type holds ours");
_Static_assert(sizeof(struct attributes) <= sizeof(posix_spawnattr_t),
	       "the C library's type holds ours");

#endif
