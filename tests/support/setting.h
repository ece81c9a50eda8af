/* SPDX-License-Identifier: MIT */
/* What a test must not owe to where, and by whom, it is run. */
#ifndef TESTS_SETTING_H
#define TESTS_SETTING_H

/* nohup(1) and a shell's & have some ignored, in what a test starts too. */
void setting_reset_signals(void);

/* It maps files and has signals of its own, and can't share memory. */
int runs_in_valgrind(void);

/* Before Linux 6.1 it asks for /dev/fd/N where a descriptor is executed. */
int has_tomoyo(void);

/* Copies a program, to be executed by all. 0, or -1 with errno. */
int copy_program(const char *from, const char *to);

/*
 * The absolute path of the probe, or NULL with errno. If another user may not
 * enter a folder on the way to it, it is that of a copy, with one of the
 * program `worker` beside it, in a folder that goes when this process exits.
 */
char *setting_public_program(const char *program);

#endif
