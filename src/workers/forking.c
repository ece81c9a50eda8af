/* SPDX-License-Identifier: MIT */
/*
 * A fork whose child is the caller's: clone(CLONE_PARENT), from a process with
 * one thread. What libc's fork() would do for the child, the kernel is asked to
 * do: libc's idea of the thread's id is set right, at the address that prctl()
 * tells, and the list of robust mutexes is registered again.
 */
#define _GNU_SOURCE
#include "workers/threads.h"

#include <errno.h>

#include "workers/on_linux.h"

#if ON_LINUX

#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_GET_TID_ADDRESS
#define PR_GET_TID_ADDRESS 40
#endif

/* Who has getpid() remember the pid would have the copy remember this one's. */
#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#define REMEMBERS_PID() (strverscmp(gnu_get_libc_version(), "2.25") < 0)
#elif defined(__BIONIC__)
#define REMEMBERS_PID() 1
#else
#define REMEMBERS_PID() 0
#endif

#define FORK_FLAGS                                                             \
	((unsigned long)(CLONE_PARENT | CLONE_PARENT_SETTID |                  \
			 CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID))

/*
 * The thread pointer is not set, so its place may hold the child's address too:
 * processors differ in which of the two comes first.
 */
#ifdef __s390__
#define CLONE_LIKE_FORK(parent, child)                                         \
	syscall(SYS_clone, 0L, FORK_FLAGS, parent, child, child)
#else
#define CLONE_LIKE_FORK(parent, child)                                         \
	syscall(SYS_clone, FORK_FLAGS, 0L, parent, child, child)
#endif

/*
 * Where the C library keeps the id of this thread, which the kernel clears as
 * it ends. musl has it clear a lock of its own instead, which is no id.
 */
static int32_t *find_thread_id(void)
{
	int32_t *place = NULL;

	if (prctl(PR_GET_TID_ADDRESS, &place, 0L, 0L, 0L) < 0 || !place)
		return NULL;
	return *place == (int32_t)syscall(SYS_gettid) ? place : NULL;
}

int libspawn__forking_sibling(int32_t *cradle)
{
	int32_t *thread_id = find_thread_id();
	void *robust = NULL;
	size_t robust_size = 0;
	long pid;

	if (!thread_id || REMEMBERS_PID())
		return -ENOTSUP;
	syscall(SYS_get_robust_list, 0, &robust, &robust_size);
	pid = CLONE_LIKE_FORK(cradle, thread_id);
	if (pid < 0)
		return errno == EINVAL || errno == ENOSYS ? -ENOTSUP : -errno;
	if (pid == 0 && robust)
		syscall(SYS_set_robust_list, robust, robust_size);
	return (int)pid;
}

#else

int libspawn__forking_sibling(int32_t *cradle)
{
	(void)cradle;
	return -ENOTSUP;
}

#endif
