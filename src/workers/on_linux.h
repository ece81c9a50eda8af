/* SPDX-License-Identifier: MIT */
/*
 * Whether the workers have what Linux has: packets between processes, sealed
 * memory, a leash, CLONE_PARENT. A file for one of the two is empty for the
 * other. LIBSPAWN_PORTABLE tries the other on Linux.
 */
#ifndef LIBSPAWN_WORKERS_ON_LINUX_H
#define LIBSPAWN_WORKERS_ON_LINUX_H

#if defined(__linux__) && !defined(LIBSPAWN_PORTABLE)
#define ON_LINUX 1
#else
#define ON_LINUX 0
#endif

#endif
