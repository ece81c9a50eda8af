/* SPDX-License-Identifier: MIT */
/* The program of the first process of a pid namespace. */
#ifndef LIBSPAWN_ENDS_FIRST_H
#define LIBSPAWN_ENDS_FIRST_H

/* first.c: a descriptor of it, close-on-exec and above 2; or -errno */
int libspawn__first_open(void);

#endif
