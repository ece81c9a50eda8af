/* SPDX-License-Identifier: MIT */
/*
 * The maps of ids, as the kernel reads them. A child may write those that give
 * it no id but its own, and only if nobody can set groups; all others are the
 * caller's to write, who may have the right. user_namespaces(7)
 */
#define _GNU_SOURCE
#include "plan/maps.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* "4294967295 4294967295 4294967295\n" */
enum { LONGEST_LINE = 34 };

static const char deny[] = "deny";

static int is_own_line(const struct libspawn_id_map *line)
{
	return line->count == 1 &&
	       (!(line->kinds & LIBSPAWN_ID_UID) ||
		line->outside == geteuid()) &&
	       (!(line->kinds & LIBSPAWN_ID_GID) || line->outside == getegid());
}

int libspawn__maps_are_own(const struct libspawn_options *options)
{
	uint32_t seen = 0;
	uint32_t n;

	if (HAS(ID_HELPERS))
		return 0;
	for (n = 0; n < options->id_map_count; n++) {
		const struct libspawn_id_map *line = &options->id_maps[n];

		if (!is_own_line(line) || line->kinds & seen)
			return 0;
		seen |= line->kinds;
	}
	return 1;
}

int32_t libspawn__maps_first(const struct libspawn_options *options,
			     uint32_t kind)
{
	uint32_t n;

	for (n = 0; n < options->id_map_count; n++)
		if (options->id_maps[n].kinds & kind)
			return (int32_t)n;
	return -1;
}

size_t libspawn__maps_room(const struct libspawn_options *options)
{
	return (options->id_map_count + 1) * LONGEST_LINE + 1;
}

static size_t add_line(char *text, size_t room, uint32_t inside,
		       uint32_t outside, uint32_t count)
{
	return (size_t)snprintf(text, room, "%u %u %u\n", (unsigned)inside,
				(unsigned)outside, (unsigned)count);
}

size_t libspawn__maps_text(const struct libspawn_options *options,
			   uint32_t kind, char *text, size_t room)
{
	size_t length = 0;
	uint32_t n;
	uint32_t own = kind == LIBSPAWN_ID_UID ? geteuid() : getegid();

	if (HAS(OWN_IDS))
		return add_line(text, room, own, own, 1);
	for (n = 0; n < options->id_map_count; n++) {
		const struct libspawn_id_map *line = &options->id_maps[n];

		if (line->kinds & kind)
			length += add_line(text + length, room - length,
					   line->inside, line->outside,
					   line->count);
	}
	return length;
}

size_t libspawn__maps_bytes(const struct libspawn_options *options)
{
	return 2 * arena_round(libspawn__maps_room(options));
}

static void plan_map(struct plan_builder *builder, enum id_map which,
		     int32_t step, uint32_t kind)
{
	const struct libspawn_options *options = &builder->request->options;
	const int32_t first = libspawn__maps_first(options, kind);
	const size_t room = libspawn__maps_room(options);
	char *text;
	struct op *op;

	if (first < 0 && !HAS(OWN_IDS))
		return;
	text = arena_take(builder->arena, room);
	op = libspawn__builder_add(builder, OP_ID_MAP, step, first);
	op->number = which;
	op->value = libspawn__maps_text(options, kind, text, room);
	op->data = text;
}

/* Where there is no such file, as in gVisor, a map of gids does not want it. */
static void plan_deny(struct plan_builder *builder)
{
	const struct libspawn_options *options = &builder->request->options;
	struct op *op = plan_add(builder, OP_ID_MAP, LIBSPAWN_STEP_SETGROUPS);

	op->number = ID_MAP_SETGROUPS;
	op->fd = HAS(DENY_SETGROUPS);
	op->value = sizeof deny - 1;
	op->data = deny;
}

/* Denied before there is a map of gids, or never. */
void libspawn__maps_plan(struct plan_builder *builder)
{
	const struct libspawn_options *options = &builder->request->options;

	if (builder->request->is_held)
		return;
	if (HAS(DENY_SETGROUPS) || HAS(OWN_IDS) ||
	    libspawn__maps_first(options, LIBSPAWN_ID_GID) >= 0)
		plan_deny(builder);
	plan_map(builder, ID_MAP_UID, LIBSPAWN_STEP_UID_MAP, LIBSPAWN_ID_UID);
	plan_map(builder, ID_MAP_GID, LIBSPAWN_STEP_GID_MAP, LIBSPAWN_ID_GID);
}
