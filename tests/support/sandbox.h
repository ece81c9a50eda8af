/* SPDX-License-Identifier: MIT */
/*
 * A sandbox for the tests of it: made of a user's own rights, by root and by a
 * user, in the directories of jail.h.
 */
#ifndef TESTS_SANDBOX_H
#define TESTS_SANDBOX_H

#include <sched.h>

#include "apart.h"
#include "jail.h"

/* All kinds but of time. */
#define ALL_NEW                                                                \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |           \
	 CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP)

/* Own ids, and these mounts, in new namespaces of users and of mounts. */
struct libspawn_options sandbox_options(const struct libspawn_mount *mounts,
					uint32_t count);

/*
 * In a body: skip where the flags of a mount can't be changed: before Linux
 * 5.12, whose mount_setattr(2) they take, and 5.8.
 */
void sandbox_need_changes(void);

/*
 * Tries it as root and as a user, in a process of its own, on a backend that
 * has sandboxes; on one that has none, asserts that it declines them.
 */
void sandbox_try(void (*body)(void));

#endif
