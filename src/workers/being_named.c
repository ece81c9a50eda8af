/* SPDX-License-Identifier: MIT */
/*
 * The name of a worker's process: that of its function. It would be "exe", the
 * last part of the path that it was started by.
 */
#define _GNU_SOURCE
#include "workers/on_linux.h"
#include "workers/worker.h"

#if ON_LINUX

#include <sys/prctl.h>

void libspawn__being_name(const char *name)
{
	prctl(PR_SET_NAME, name, 0L, 0L, 0L);
}

#else

void libspawn__being_name(const char *name)
{
	(void)name;
}

#endif
