/* SPDX-License-Identifier: MIT */
/* What the backends that create processes by clone() share. */
#define _GNU_SOURCE
#include "backend/creation.h"

#include <errno.h>
#include <unistd.h>

#include "backend/descriptor.h"
#include "child/sys.h"

#if ARCH_CLONE

long libspawn__creation_refuse(struct launch *launch, enum op_kind kind,
			       long code)
{
	launch->report.code = (int32_t)-code;
	launch->report.op = (uint32_t)plan_find(launch->plan, OP_BIT(kind));
	return 0;
}

/* The kernels that lack it have no pidfd_open() either. */
int libspawn__creation_lacks_pidfd(void)
{
	long fd;

	if (!SYS_MAY_OPEN_PIDFD)
		return 1;
	fd = arch_call(SYS_NUMBER_PIDFD_OPEN, getpid(), 0, 0, 0, 0);
	if (fd >= 0)
		libspawn__descriptor_close((int)fd);
	return fd == -ENOSYS;
}

#endif
