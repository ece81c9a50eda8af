/* SPDX-License-Identifier: MIT */
/* What a pidfd tells of a process that is not to be waited for. Linux only. */
#ifndef LIBSPAWN_PIDFD_H
#define LIBSPAWN_PIDFD_H

#include <libspawn.h>

#include "child/sys.h"

#if SYS_IS_LINUX

/*
 * pidfd_linux.c: of a process that is no child, or that somebody else has
 * reaped: as libspawn__process_look(), and -EAGAIN for one that has ended but
 * is to be reaped by its parent: how is not told before. Linux 6.15.
 */
int libspawn__pidfd_look(int pidfd, int block, struct libspawn_status *status);

#endif

#endif
