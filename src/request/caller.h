/* SPDX-License-Identifier: MIT */
/* What the library reads of the program that it is part of. */
#ifndef LIBSPAWN_REQUEST_CALLER_H
#define LIBSPAWN_REQUEST_CALLER_H

/* caller.c */
char **libspawn__caller_environ(void);
/* Whether it has rights that whoever started it has not: set-id, mostly. */
int libspawn__caller_is_privileged(void);

#endif
