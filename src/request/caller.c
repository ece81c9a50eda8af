/* SPDX-License-Identifier: MIT */
/*
 * The program that the library is part of, where systems differ in how to ask:
 * its environment and whether it runs with rights of its own. Nothing of it is
 * kept or changed.
 */
#define _GNU_SOURCE
#include "request/caller.h"

#include <unistd.h>

#if defined(__linux__)

#include <sys/auxv.h>

char **libspawn__caller_environ(void)
{
	return environ;
}

/* What secure_getenv() asks, which not every C library has. */
int libspawn__caller_is_privileged(void)
{
	return getauxval(AT_SECURE) != 0;
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
