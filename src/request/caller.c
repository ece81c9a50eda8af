/* SPDX-License-Identifier: MIT */
/*
 * The program that the library is part of, where systems differ in how to ask:
 * its environment, whether it runs with rights of its own, and who it may be.
 * Nothing of it is changed, and nothing kept that can change.
 */
#define _GNU_SOURCE
#include "request/caller.h"

#include <unistd.h>

#include "child/every_start.h"

#if defined(__linux__)

#include <sys/auxv.h>
#include <sys/syscall.h>

char **libspawn__caller_environ(void)
{
	return environ;
}

/* Asked for once: getauxval(3) searches. A program has it for its life. */
static struct caller_text first_text;

/* What an exec takes of strings at most (execve(2)), but of older kernels. */
enum { MOST_TEXT = 6 << 20 };

/*
 * exec puts them on the stack between the sixteen random bytes and the name of
 * the program. Where a kernel does otherwise, or a program that loads others
 * has written these addresses, there is nothing between, or too much.
 */
IF_ASKED static struct caller_text find_first_text(void)
{
	struct caller_text text = { getauxval(AT_RANDOM),
				    getauxval(AT_EXECFN) };

	if (text.begin == 0 || text.end - text.begin > MOST_TEXT)
		text.begin = text.end;
	__atomic_store_n(&first_text.begin, text.begin, __ATOMIC_RELAXED);
	__atomic_store_n(&first_text.end, text.end, __ATOMIC_RELEASE);
	return text;
}

EVERY_START struct caller_text libspawn__caller_text(void)
{
	struct caller_text text;

	text.end = __atomic_load_n(&first_text.end, __ATOMIC_ACQUIRE);
	text.begin = __atomic_load_n(&first_text.begin, __ATOMIC_RELAXED);
	return text.end ? text : find_first_text();
}

/* What secure_getenv() asks, which not every C library has. */
int libspawn__caller_is_privileged(void)
{
	return getauxval(AT_SECURE) != 0;
}

/* The effective capabilities: CAP_SETUID, of which root may be without. */
int libspawn__caller_may_become_any(void)
{
	uint32_t header[2] = { 0x20080522 /* version 3 */, 0 };
	uint32_t caps[6] = { 0 };

	if (syscall(SYS_capget, header, caps) != 0)
		return geteuid() == 0;
	return caps[0] >> 7 & 1;
}

int libspawn__caller_is_user(uint32_t uid)
{
	uid_t real, effective, saved;

	return getresuid(&real, &effective, &saved) == 0 && real == uid &&
	       effective == uid && saved == uid;
}

#elif defined(__APPLE__)

#include <crt_externs.h>

/* environ(7): a shared library has no other way there. */
char **libspawn__caller_environ(void)
{
	return *_NSGetEnviron();
}

int libspawn__caller_is_privileged(void)
{
	return issetugid() != 0;
}

#else

/*
 * Of crt1.o, with the program alone: a shared library that is linked with
 * -z defs, as meson does, may leave it open only so.
 */
__attribute__((weak)) extern char **environ;

char **libspawn__caller_environ(void)
{
	return environ;
}

int libspawn__caller_is_privileged(void)
{
	return issetugid() != 0;
}

#endif

#if !defined(__linux__)

struct caller_text libspawn__caller_text(void)
{
	return (struct caller_text){ 0, 0 };
}

int libspawn__caller_may_become_any(void)
{
	return geteuid() == 0;
}

int libspawn__caller_is_user(uint32_t uid)
{
	return getuid() == uid && geteuid() == uid;
}

#endif
