/* SPDX-License-Identifier: MIT */
/* Reading the command line by the table of options, and printing it as help. */
#ifndef TOOLS_ARGUMENTS_H
#define TOOLS_ARGUMENTS_H

#include "setters.h"

#include <stdio.h>

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
};

/* table.c; ends with a row without name and help. */
extern const struct row option_table[];

/* Read all arguments: 0, or -1 after printing what is wrong. */
int read_arguments(struct command *command, int argc, char **argv);

void print_help(FILE *stream);

#endif
