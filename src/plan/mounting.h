/* SPDX-License-Identifier: MIT */
/* One operation on mounts. */
#ifndef LIBSPAWN_PLAN_MOUNTING_H
#define LIBSPAWN_PLAN_MOUNTING_H

#include <stddef.h>

#include "plan/builder.h"

/* sys/mount.h; linux/mount.h. The first three are attributes as well. */
enum {
	MS_NO_SUID = 2,
	MS_NO_DEV = 4,
	MS_NO_EXEC = 8,
	MS_BINDING = 0x1000,
	MS_RECURSIVE = 0x4000,
	MS_MAKE_PRIVATE = 0x40000,
	MS_MAKE_SLAVE = 0x80000,
	MS_MAKE_SHARED = 0x100000,
	ATTRIBUTE_READ_ONLY = 1,
	ALL_ATTRIBUTES = 15,
	AT_ALL_BELOW = 0x8000, /* AT_RECURSIVE */
};

/* The target is a path and what is appended to it, or NULL. */
struct mounting {
	const char *target;
	const char *below;
	const char *source;
	const char *type;
	const char *data;
	uint64_t value;
	int32_t fd;
	uint32_t clear;
};

/* mounting.c: with its NUL; of nothing, nothing */
size_t libspawn__mounting_text_bytes(const char *text);
/* For a row of the table, or -1. */
void libspawn__mounting_add(struct plan_builder *builder, int32_t row,
			    enum mount_verb verb, const struct mounting *what);

#endif
