/* SPDX-License-Identifier: MIT */
/*
 * A page that is zeros in a child of fork(): made when it is first asked for,
 * and never given back. No handler of pthread_atfork() is needed, which other
 * libraries would have to wait for. Where the kernel has no such pages (before
 * Linux 4.14, some emulators) it is handed on like any other: then a lock and
 * the calls under way are told from the parent's by who holds it and whose they
 * are. Only a child of the very same pid, in a namespace of its own, counts its
 * parent's calls there.
 */
#define _GNU_SOURCE
#include "posix/per_process.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

/* Old headers lack the name. */
enum { ZEROS_IN_CHILD = 18 /* MADV_WIPEONFORK */ };

/* For want of memory. */
static struct per_process inherited;

static struct per_process *make_page(void)
{
	void *page =
		mmap(NULL, sizeof(struct per_process), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return &inherited;
	madvise(page, sizeof(struct per_process), ZEROS_IN_CHILD);
	return page;
}

/* Of several threads that are the first, one is. */
struct per_process *libspawn__per_process(void)
{
	static struct per_process *page;
	struct per_process *seen = __atomic_load_n(&page, __ATOMIC_ACQUIRE);
	struct per_process *made;
	int error = errno;

	if (seen)
		return seen;
	made = make_page();
	if (__atomic_compare_exchange_n(&page, &seen, made, 0, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		seen = made;
	else if (made != &inherited)
		munmap(made, sizeof *made);
	errno = error;
	return seen;
}
