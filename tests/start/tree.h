/* SPDX-License-Identifier: MIT */
/* Directories with a program in some, for tests of which file is executed. */
#ifndef TESTS_TREE_H
#define TESTS_TREE_H

#include <sys/types.h>

#include "support.h"

#define tree_word(literal) ((char *)(uintptr_t)(literal))
#define TREE_LENGTH 256
/* A test with a directory of its own: */
#define TREE_TEST(function)                                                    \
	cmocka_unit_test_setup_teardown(function, make_tree, remove_tree)

/*
 *	good/tool    the probe
 *	other/tool   the probe
 *	empty/
 *	locked/tool  not executable
 *	headless/tool
 *	             has no header
 *	looping/tool a link to itself
 *	plain        a file, so that plain/tool is ENOTDIR
 */
extern char base[64];
extern const char *const good;
extern const char *const other;
extern const char *const empty;
extern const char *const locked;
extern const char *const headless;
extern const char *const looping;
extern char plain[TREE_LENGTH];

/* The probe, as tool, to print its arguments. */
extern char *argv_print[];

int make_tree(void **state);
int remove_tree(void **state);
void write_file(const char *path, mode_t mode, const char *text);
/* Good until the next call. */
const char *tool_in(const char *directory);
/* A list of up to four directories with ':' between; until the next call. */
const char *joined(const char *a, const char *b, const char *c, const char *d);
struct libspawn_options searching(const char *list);
/* By which name it was started, where the system tells. */
void assert_executed(const struct seen *seen, const char *path);
/* The tool of this directory ran; "" for that of none. */
void assert_ran(const struct seen *seen, const char *dir);
void expect_exec_failure(const struct libspawn_options *options,
			 const char *program, int code, int index);

#endif
