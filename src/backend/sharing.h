/* SPDX-License-Identifier: MIT */
/* Whether a child shares the caller's memory, and leaves it at exec. */
#ifndef LIBSPAWN_BACKEND_SHARING_H
#define LIBSPAWN_BACKEND_SHARING_H

#include "backend/backend.h"

/* sharing.c: notes what a start has shown of the kernel, also a failed one. */
void libspawn__sharing_learn(const struct backend *backend,
			     const struct launch *launch,
			     const struct outcome *outcome);
/* Tries it: 1 if memory is shared, 0 if not, -errno: no child to try with. */
long libspawn__sharing_try(const struct backend *backend,
			   const struct launch *launch);
/* The same, once in a process. */
long libspawn__sharing_known(const struct backend *backend,
			     const struct launch *launch);

#endif
