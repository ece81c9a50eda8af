/* SPDX-License-Identifier: MIT */
/* Being a worker, however it came to be. */
#ifndef LIBSPAWN_WORKERS_BEING_H
#define LIBSPAWN_WORKERS_BEING_H

struct libspawn_worker;

/* being.c: runs the function of self, or refuses with the code and reason. */
int libspawn__being_run(struct libspawn_worker *self, int code,
			const char *reason);

/* being_named.c: what ps(1) calls this process, where the system has that. */
void libspawn__being_name(const char *name);

#endif
