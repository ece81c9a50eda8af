/* SPDX-License-Identifier: MIT */
/* Workers that are children of their template, where they can't be siblings. */
#ifndef LIBSPAWN_WORKERS_BROOD_H
#define LIBSPAWN_WORKERS_BROOD_H

#include <sys/types.h>

struct libspawn_worker;

struct brood {
	struct chick *first;
};

/* brood.c: room for one more: 0 or -ENOMEM; then its pid, which can't fail. */
int libspawn__brood_expect(struct brood *brood);
void libspawn__brood_add(struct brood *brood, pid_t pid);
void libspawn__brood_kill(struct brood *brood, pid_t pid);
void libspawn__brood_kill_all(struct brood *brood);
/* Reaps those that have ended, and tells the caller as far as it listens. */
void libspawn__brood_tell(struct brood *brood, struct libspawn_worker *self);
int libspawn__brood_is_empty(const struct brood *brood);
void libspawn__brood_free(struct brood *brood);

#endif
