/* SPDX-License-Identifier: MIT */
/*
 * Names of the numbers that options take, whatever their case, with or without
 * their usual prefix: SIGTERM, term; CAP_CHOWN, chown; RLIMIT_NOFILE, nofile.
 * Each answers -1 for a name it does not know.
 */
#ifndef TOOLS_NAMES_H
#define TOOLS_NAMES_H

struct name {
	const char *text; /* NULL ends a table */
	int number;
};

int name_number(const struct name *table, const char *text);

int signal_number(const char *name);
int capability_number(const char *name);
int resource_number(const char *name);
int namespace_flag(const char *name);
int securebit_flag(const char *name);
int policy_number(const char *name);
int io_class_number(const char *name);
int open_flag(const char *name);

/* The last capability that has a name here. */
int capability_last(void);

/* "TERM", or NULL for a number without a name. */
const char *signal_name(int number);

#endif
