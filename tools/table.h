/* SPDX-License-Identifier: MIT */
/* The options of `spawn`. */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include "setters.h"

/*
 * One option: the only place that knows its name, letter, argument and help.
 * A row without a name is a heading of the help.
 */
struct row {
	const char *name;
	int letter;	   /* short form, or 0 */
	const char *value; /* NULL: none; "[=X]": optional; else its name */
	uint64_t flags;	   /* of struct libspawn_options, set when given */
	setter *set;	   /* NULL: the flags are all there is */
	const char *help;
	int common; /* explained by a plain --help */
};

/* table.c; ends with a row without name and help. */
extern const struct row option_table[];

#endif
