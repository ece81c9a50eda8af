/* SPDX-License-Identifier: MIT */
/* Attributes: values set and read back. What has no meaning is refused. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "posix/drop_in.h"
#include "posix/objects.h"

#define KNOWN_FLAGS                                                            \
	(POSIX_SPAWN_RESETIDS | POSIX_SPAWN_SETPGROUP |                        \
	 POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |                      \
	 POSIX_SPAWN_SETSCHEDPARAM | POSIX_SPAWN_SETSCHEDULER |                \
	 POSIX_SPAWN_USEVFORK | POSIX_SPAWN_SETSID | POSIX_SPAWN_SETCGROUP)

/* The attributes, or NULL if they were destroyed. */
static struct attributes *writable(posix_spawnattr_t *object)
{
	struct attributes *attributes = (struct attributes *)object;

	return object_is_usable(attributes->tag) ? attributes : NULL;
}

static const struct attributes *readable(const posix_spawnattr_t *object)
{
	const struct attributes *attributes = (const struct attributes *)object;

	return object_is_usable(attributes->tag) ? attributes : NULL;
}

int libspawn_posix_spawnattr_init(posix_spawnattr_t *object)
{
	memset(object, 0, sizeof *object);
	((struct attributes *)object)->tag = OBJECT_LIVE;
	return 0;
}
DROP_IN(posix_spawnattr_init);

int libspawn_posix_spawnattr_destroy(posix_spawnattr_t *object)
{
	struct attributes *attributes = writable(object);

	if (!attributes)
		return EINVAL;
	attributes->tag = OBJECT_DESTROYED;
	return 0;
}
DROP_IN(posix_spawnattr_destroy);

/* Each of the others is a field: the value is checked, then stored. */
#define ATTRIBUTE(name, type, field, is_valid)                                 \
	int libspawn_posix_spawnattr_set##name(posix_spawnattr_t *object,      \
					       type value)                     \
	{                                                                      \
		struct attributes *attributes = writable(object);              \
                                                                               \
		if (!attributes || !(is_valid))                                \
			return EINVAL;                                         \
		attributes->field = value;                                     \
		return 0;                                                      \
	}                                                                      \
	DROP_IN(posix_spawnattr_set##name);                                    \
	ATTRIBUTE_GET(name, type, field)

#define ATTRIBUTE_POINTER(name, type, field)                                   \
	int libspawn_posix_spawnattr_set##name(posix_spawnattr_t *object,      \
					       const type *value)              \
	{                                                                      \
		struct attributes *attributes = writable(object);              \
                                                                               \
		if (!attributes)                                               \
			return EINVAL;                                         \
		attributes->field = *value;                                    \
		return 0;                                                      \
	}                                                                      \
	DROP_IN(posix_spawnattr_set##name);                                    \
	ATTRIBUTE_GET(name, type, field)

#define ATTRIBUTE_GET(name, type, field)                                       \
	int libspawn_posix_spawnattr_get##name(                                \
		const posix_spawnattr_t *object, type *value)                  \
	{                                                                      \
		const struct attributes *attributes = readable(object);        \
                                                                               \
		if (!attributes)                                               \
			return EINVAL;                                         \
		*value = attributes->field;                                    \
		return 0;                                                      \
	}                                                                      \
	DROP_IN(posix_spawnattr_get##name)

/* What POSIX names; the kernel would refuse the others later. */
static int is_policy(int policy)
{
	return policy == SCHED_OTHER || policy == SCHED_FIFO ||
	       policy == SCHED_RR;
}

ATTRIBUTE(flags, short, flags, (value & ~KNOWN_FLAGS) == 0);
ATTRIBUTE(pgroup, pid_t, group, 1);
ATTRIBUTE(schedpolicy, int, policy, is_policy(value));
ATTRIBUTE(cgroup_np, int, cgroup, 1);
ATTRIBUTE_POINTER(sigdefault, sigset_t, defaults);
ATTRIBUTE_POINTER(sigmask, sigset_t, mask);
ATTRIBUTE_POINTER(schedparam, struct sched_param, parameter);
