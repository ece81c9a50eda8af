/* SPDX-License-Identifier: MIT */
/*
 * What a pidfd tells of its process: PIDFD_GET_INFO of linux/pidfd.h, Linux
 * 6.13. Older kernels fill in what they have of the struct; its mask says what.
 */
#ifndef LIBSPAWN_BACKEND_PIDFD_INFO_H
#define LIBSPAWN_BACKEND_PIDFD_INFO_H

#include <stdint.h>
#include <sys/ioctl.h>

#include "child/sys.h"

#define PIDFD_ENDED UINT64_C(8)	    /* exit_code. Linux 6.15 */
#define PIDFD_DUMPABLE UINT64_C(16) /* dumpable. Linux 6.16 */

struct pidfd_info {
	uint64_t mask;
	uint64_t cgroup;
	uint32_t ids[11];
	int32_t exit_code; /* as waitpid(2) has it */
	uint32_t dumpable;
	uint32_t signal;
};

/* 0 or -errno. */
static inline long pidfd_ask(int pidfd, uint64_t mask, struct pidfd_info *info)
{
	*info = (struct pidfd_info){ .mask = mask };
	return arch_call(SYS_ioctl, pidfd,
			 (long)_IOWR(0xff, 11, struct pidfd_info),
			 SYS_ARG(info), 0, 0);
}

#endif
