/* SPDX-License-Identifier: MIT */
/*
 * A directory to be confined to, and one beside it from where the ways out are
 * tried: the names in the one are found only there, and the same of the other.
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

/* "outside/table" and its like, in place; good for eight calls. */
const char *jail_path(const char *name);

/* The probe, to print "dirs". */
extern char *jail_argv[];

/* Of whom tries: CLONE_NEWUSER where it is a user, in one of its own. */
extern uint64_t jail_users;

/* begin and end may be NULL; they are run with the directories there. */
struct jail_trial {
	void (*begin)(void);
	void (*body)(void);
	void (*end)(void);
};

/*
 * Tries it, each time in a process and in directories of its own: as root, if
 * the test is, and as a user who may own a user namespace.
 */
void jail_try(const struct jail_trial *trial);

#endif
