/* SPDX-License-Identifier: MIT */
/*
 * A file system that does not answer: of FUSE, with a server of the test's own,
 * which shows a directory with one program that nobody can open; or without.
 * Linux, root.
 */
#ifndef TESTS_DEAD_FS_H
#define TESTS_DEAD_FS_H

#include <sys/types.h>

enum dead_fs_kind {
	DEAD_FS_ALONE,	/* without: SIGKILL ends who looks into it */
	DEAD_FS_DEAF,	/* the question is never read: SIGKILL ends who asks */
	DEAD_FS_SILENT, /* read, and never answered: nothing does */
};

struct dead_fs {
	char directory[64];
	char program[80];
	int fd;	      /* of the server if it goes on, else open here */
	int asked;    /* readable when it has read that the program be opened */
	pid_t server; /* of the silent one, else 0 */
};

/*
 * In a process that may be spoilt: it gets a mount namespace of its own. Ends
 * the test as skipped where there is no FUSE.
 */
void make_dead_fs(struct dead_fs *fs, enum dead_fs_kind kind);
/* Returns when the silent one has been asked to open the program. */
void await_question(const struct dead_fs *fs);
/* The server ends, if any, and with it what waits for an answer. */
void end_dead_fs(struct dead_fs *fs);

#endif
