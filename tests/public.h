/* SPDX-License-Identifier: MIT */
/* Programs where every user may reach them, wherever this tree lies. */
#ifndef TESTS_PUBLIC_H
#define TESTS_PUBLIC_H

/* Copies a program, to be executed by all. 0, or -1 with errno. */
int copy_program(const char *from, const char *to);

/*
 * The absolute path of a program, or NULL with errno. If another user may not
 * enter a folder on the way to it, it is that of a copy, with one of the
 * program `worker` beside it, in a folder that goes when this process exits.
 */
char *public_program(const char *program);

#endif
