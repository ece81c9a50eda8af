/* SPDX-License-Identifier: MIT */
/* The processes of a cgroup, by a descriptor of its directory. */
#ifndef LIBSPAWN_CGROUP_H
#define LIBSPAWN_CGROUP_H

/*
 * cgroup.c: kills all of them, and by cgroup.kill those below it. 0 or -errno;
 * -EBUSY if there are still some after about a second.
 */
int libspawn__cgroup_kill(int directory);

#endif
