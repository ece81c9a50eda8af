/* SPDX-License-Identifier: MIT */
/* One operation on mounts, with its strings in one piece of the arena. */
#define _GNU_SOURCE
#include "plan/mounting.h"

#include <string.h>

/* With its NUL; of nothing, nothing. */
size_t libspawn__mounting_text_bytes(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static size_t mounting_bytes(const struct mounting *what)
{
	return sizeof(struct op_mount) +
	       libspawn__mounting_text_bytes(what->target) +
	       libspawn__mounting_text_bytes(what->below) +
	       libspawn__mounting_text_bytes(what->source) +
	       libspawn__mounting_text_bytes(what->type) +
	       libspawn__mounting_text_bytes(what->data);
}

/* Appends a text at *place, and says where it is; 0 for none. */
static uint32_t put_text(struct op_mount *mount, uint32_t *place,
			 const char *text)
{
	const uint32_t at = *place;

	if (!text)
		return 0;
	memcpy(mount->text + at, text, strlen(text) + 1);
	*place += (uint32_t)strlen(text) + 1;
	return at;
}

void libspawn__mounting_add(struct plan_builder *builder, int32_t row,
			    enum mount_verb verb, const struct mounting *what)
{
	const size_t bytes = mounting_bytes(what);
	struct op_mount *mount = arena_take(builder->arena, bytes);
	struct op *op = libspawn__builder_add(builder, OP_MOUNT,
					      LIBSPAWN_STEP_MOUNT, row);
	uint32_t place = 0;

	put_text(mount, &place, what->target);
	if (what->below) {
		place--;
		put_text(mount, &place, what->below);
	}
	mount->bytes = (uint32_t)bytes;
	mount->source = put_text(mount, &place, what->source);
	mount->type = put_text(mount, &place, what->type);
	mount->data = put_text(mount, &place, what->data);
	mount->clear = what->clear;
	op->number = verb;
	op->value = what->value;
	op->fd = what->fd;
	op->data = mount;
}
