/* SPDX-License-Identifier: MIT */
/*
 * The program that the library is part of, where systems differ in how to ask:
 * its environment, whether it runs with rights of its own, and who it may be.
 * Nothing of it is kept or changed.
 */
#define _GNU_SOURCE
#include "request/caller.h"

#include <unistd.h>

#if defined(__linux__)

#include <sys/auxv.h>
#include <sys/syscall.h>

char **libspawn__caller_environ(void)
{
	return environ;
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

int libspawn__caller_may_become_any(void)
{
	return geteuid() == 0;
}

int libspawn__caller_is_user(uint32_t uid)
{
	return getuid() == uid && geteuid() == uid;
}

#endif
