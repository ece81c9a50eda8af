/* SPDX-License-Identifier: MIT */
/* Files at known numbers, for tests of the descriptor table. */
#ifndef TESTS_NUMBERED_H
#define TESTS_NUMBERED_H

#include "support.h"

#define FROM(child, parent)                                                    \
	{                                                                      \
		.child_fd = (child), .kind = LIBSPAWN_FD_FROM,                 \
		.parent_fd = (parent)                                          \
	}
#define FDS_TEST(function)                                                     \
	cmocka_unit_test_setup_teardown(function, make_files, close_files)
#define RUN_TABLE(rows) run_table((rows), sizeof(rows) / sizeof(rows)[0])

/* They can be told apart, at fixed numbers, closed on exec. */
enum { FILES = 8 };
extern int files[FILES];

int make_files(void **state);
int close_files(void **state);
/* Whether the probe saw something at that number. */
int fd_is_seen(const struct seen *seen, int fd);
/* The probe, with that table, to tell its descriptors. */
struct seen *run_table(const struct libspawn_fd *rows, uint32_t count);
/* A step that posix_spawn() can't tell apart from the others. */
void expect_child_failure(const struct libspawn_options *options, int code,
			  int step, int index);

#endif
