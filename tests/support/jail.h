/* SPDX-License-Identifier: MIT */
/*
 * A directory to be confined to, and one beside it from where the ways out are
 * tried: the names in the one are found only there, and the same of the other.
 * For bodies of run_apart().
 */
#ifndef TESTS_JAIL_H
#define TESTS_JAIL_H

#include "support.h"

#define jail_word(literal) ((char *)(uintptr_t)(literal))

/*
 * outside/ is the working directory: found (the probe), table ("outside").
 * root/ has jailed (the probe), table ("inside"), inner/, old/, up (a link to
 * ..), dev/null (a file), proc/self/fd/ (empty), and two programs that need
 * what is outside: script (its interpreter is found) and text (a shell).
 */
extern struct jail {
	char place[64];
	char outside[96];
	char found[128];
	char root[96];
} jail;

/* The probe, to print "dirs". */
extern char *jail_argv[];

/* Between them nothing may be left behind. */
void jail_make(void);
void jail_remove(void);
/* Become somebody who may own a user namespace, or skip. */
void jail_become_user(void);
/* The value of that key is the identity of this file. */
void jail_assert_id(const struct seen *seen, const char *key, const char *path);

#endif
