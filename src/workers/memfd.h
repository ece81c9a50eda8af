/* SPDX-License-Identifier: MIT */
/* Memory with a descriptor, which seals keep as it is. Linux. */
#ifndef LIBSPAWN_WORKERS_MEMFD_H
#define LIBSPAWN_WORKERS_MEMFD_H

#include "workers/descriptors.h"
#include "workers/on_linux.h"

#if ON_LINUX

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of <linux/memfd.h> and <linux/fcntl.h>; a C library may not have them. */
#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 1u
#define MFD_ALLOW_SEALING 2u
#endif
#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#endif

#define SEALS_OF_A_SIZE 7   /* SEAL, SHRINK, GROW */
#define SEALS_OF_A_BLOCK 15 /* WRITE, too */

/* Empty, close-on-exec and above 2; or -errno. */
static inline int open_memory(const char *name)
{
	return libspawn__descriptors_tuck((int)syscall(
		SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
}

#endif

#endif
