/* SPDX-License-Identifier: MIT */
/* What the library reads of the program that it is part of. */
#ifndef LIBSPAWN_REQUEST_CALLER_H
#define LIBSPAWN_REQUEST_CALLER_H

#include <stdint.h>

/* Memory of the caller, from one address to another; or none. */
struct caller_text {
	uintptr_t begin;
	uintptr_t end;
};

/* caller.c */
char **libspawn__caller_environ(void);
/* Where the kernel has put the strings that the program was started with. */
struct caller_text libspawn__caller_text(void);
/* Whether it has rights that whoever started it has not: set-id, mostly. */
int libspawn__caller_is_privileged(void);
/* Whether it may become any user, and whether it is this one in every way. */
int libspawn__caller_may_become_any(void);
int libspawn__caller_is_user(uint32_t uid);

#endif
