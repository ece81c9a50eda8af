/* SPDX-License-Identifier: MIT */
/* The maps of ids of a new user namespace: their text, and who writes it. */
#ifndef LIBSPAWN_PLAN_MAPS_H
#define LIBSPAWN_PLAN_MAPS_H

#include <stddef.h>

#include "plan/builder.h"

/* maps.c: whether the child may write them; else it is held for its caller. */
int libspawn__maps_are_own(const struct libspawn_options *options);
/* The first line of a kind (LIBSPAWN_ID_UID or _GID), or -1. */
int32_t libspawn__maps_first(const struct libspawn_options *options,
			     uint32_t kind);
/* Room for the text of all lines of a kind, with its NUL. */
size_t libspawn__maps_room(const struct libspawn_options *options);
/* Its length; one line after the other, as the kernel reads them. */
size_t libspawn__maps_text(const struct libspawn_options *options,
			   uint32_t kind, char *text, size_t room);
/* What the child writes takes of the arena. */
size_t libspawn__maps_bytes(const struct libspawn_options *options);
void libspawn__maps_plan(struct plan_builder *builder);

#endif
