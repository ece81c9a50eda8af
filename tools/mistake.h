/* SPDX-License-Identifier: MIT */
/* What is wrong with the command line, in words for a person. */
#ifndef TOOLS_MISTAKE_H
#define TOOLS_MISTAKE_H

struct mistake {
	char text[512];
};

/* mistake.c */
void describe_mistake(struct mistake *mistake, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Describe it: -1, for `return`. A macro, so that compilers see that what was
 * not read is not used.
 */
#define mistaken(...) (describe_mistake(__VA_ARGS__), -1)

#endif
