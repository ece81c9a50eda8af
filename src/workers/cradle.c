/* SPDX-License-Identifier: MIT */
/*
 * Cradles: a page that a caller and its template share, a word for each worker
 * that is on its way. 0: free; -1: taken; above: the pid, from the kernel.
 */
#define _GNU_SOURCE
#include "workers/cradle.h"
#include "workers/frame.h"
#include "workers/memfd.h"
#include "workers/on_linux.h"

#if ON_LINUX

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CRADLE_TAKEN = -1 };

/* Behind the cradles. */
enum { OF_CALLER = CRADLES_MOST, OF_TEMPLATE, WORDS };

#define CRADLE_BYTES (WORDS * sizeof(int32_t))

/*
 * It is there from the beginning: while a process is being killed the kernel
 * fetches no page to write a pid into.
 */
int libspawn__cradle_map(int32_t **cradles, int fd)
{
	void *mapped = mmap(NULL, CRADLE_BYTES, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_POPULATE, fd, 0);

	if (mapped == MAP_FAILED)
		return -errno;
	*cradles = mapped;
	return 0;
}

/* A template that cut it short would end its caller by SIGBUS. */
static int shape_cradles(int fd)
{
	if (ftruncate(fd, (off_t)CRADLE_BYTES) < 0 ||
	    fcntl(fd, F_ADD_SEALS, SEALS_OF_A_SIZE) < 0)
		return -errno;
	return 0;
}

/* None are made where the kernel knows no such call, or a filter forbids it. */
int libspawn__cradle_make(int32_t **cradles, int32_t *fd)
{
	int32_t made = open_memory("libspawn-cradles");
	int code = made;

	*cradles = NULL;
	*fd = -1;
	if (made == -ENOSYS || made == -EPERM)
		return 0;
	if (made >= 0)
		code = shape_cradles(made);
	if (code == 0)
		code = libspawn__cradle_map(cradles, made);
	if (code == 0)
		*fd = made;
	else
		libspawn__descriptors_close(&made);
	return code;
}

void libspawn__cradle_unmap(int32_t *cradles)
{
	if (cradles)
		munmap(cradles, CRADLE_BYTES);
}

void libspawn__cradle_name(int32_t *cradles, int32_t template_pid)
{
	cradles[OF_CALLER] = getpid();
	cradles[OF_TEMPLATE] = template_pid;
}

int libspawn__cradle_is_ours(const int32_t *cradles)
{
	return cradles[OF_CALLER] == getppid() &&
	       cradles[OF_TEMPLATE] == getpid();
}

int libspawn__cradle_take(int32_t *cradles)
{
	int32_t is_free;

	for (unsigned n = 0; n < CRADLES_MOST; n++) {
		is_free = 0;
		if (__atomic_compare_exchange_n(
			    &cradles[n], &is_free, CRADLE_TAKEN, 0,
			    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return (int)n;
	}
	return -EAGAIN;
}

int32_t libspawn__cradle_look(const int32_t *cradles, uint32_t number)
{
	int32_t pid = __atomic_load_n(&cradles[number], __ATOMIC_SEQ_CST);

	return pid > 0 ? pid : 0;
}

void libspawn__cradle_leave(int32_t *cradles, uint32_t number)
{
	__atomic_store_n(&cradles[number], 0, __ATOMIC_SEQ_CST);
}

#else

#include <stddef.h>

int libspawn__cradle_map(int32_t **cradles, int fd)
{
	(void)fd;
	*cradles = NULL;
	return 0;
}

int libspawn__cradle_make(int32_t **cradles, int32_t *fd)
{
	*cradles = NULL;
	*fd = -1;
	return 0;
}

void libspawn__cradle_unmap(int32_t *cradles)
{
	(void)cradles;
}

void libspawn__cradle_name(int32_t *cradles, int32_t template_pid)
{
	(void)cradles;
	(void)template_pid;
}

int libspawn__cradle_is_ours(const int32_t *cradles)
{
	(void)cradles;
	return 0;
}

int libspawn__cradle_take(int32_t *cradles)
{
	(void)cradles;
	return 0;
}

int32_t libspawn__cradle_look(const int32_t *cradles, uint32_t number)
{
	(void)cradles;
	(void)number;
	return 0;
}

void libspawn__cradle_leave(int32_t *cradles, uint32_t number)
{
	(void)cradles;
	(void)number;
}

#endif
