/* SPDX-License-Identifier: MIT */
/*
 * What keeps the program in, beside ids, capabilities and filters: the names
 * and the loopback of its new namespaces, their clocks, its label, its keyring,
 * what its processor may do, and how the memory is that exec gives it.
 */
#define _GNU_SOURCE
#include "plan/confinement.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	OFFSETS_SIZE = sizeof "monotonic -9223372036854775808 999999999\n" +
		       sizeof "boottime -9223372036854775808 999999999\n",
	COREDUMP_SIZE = sizeof "0xffffffff",
};

/* IFF_UP is 1. netdevice(7) */
static const struct op_interface loopback = { .name = "lo", .flags = 1 };

static void plan_piece(struct plan_builder *builder, enum setting setting,
		       int32_t step, const void *data, size_t bytes)
{
	struct op *op = plan_setting(builder, setting, step);

	op->data = data;
	op->value = bytes;
}

/* Without its NUL. */
static void plan_text(struct plan_builder *builder, enum setting setting,
		      int32_t step, const char *text)
{
	plan_piece(builder, setting, step, text, strlen(text));
}

/* ---- By /proc ---------------------------------------------------------- */

static void plan_trait(struct plan_builder *builder, enum setting setting)
{
	plan_number(builder, OP_SET_MEMORY, LIBSPAWN_STEP_MEMORY_TRAITS,
		    setting);
}

static void plan_coredump_filter(struct plan_builder *builder,
				 const struct libspawn_options *options)
{
	char *text = arena_take(builder->arena, COREDUMP_SIZE);
	struct op *op =
		plan_add(builder, OP_SET_MEMORY, LIBSPAWN_STEP_MEMORY_TRAITS);

	snprintf(text, COREDUMP_SIZE, "0x%" PRIx32, options->coredump_filter);
	op->number = SET_COREDUMP_FILTER;
	op->data = text;
	op->value = strlen(text);
}

void libspawn__confinement_by_proc(struct plan_builder *builder)
{
	const struct libspawn_options *options = &builder->request->options;
	const uint32_t traits = options->memory_traits;

	if (options->exec_label)
		plan_text(builder, SET_EXEC_LABEL, LIBSPAWN_STEP_EXEC_LABEL,
			  options->exec_label);
	if (traits & LIBSPAWN_MEMORY_NO_EXEC_GAIN)
		plan_trait(builder, SET_NO_EXEC_GAIN);
	if (traits & LIBSPAWN_MEMORY_NO_HUGE_PAGES)
		plan_trait(builder, SET_NO_HUGE_PAGES);
	if (traits & LIBSPAWN_MEMORY_MERGE)
		plan_trait(builder, SET_MERGE);
	if (traits & LIBSPAWN_MEMORY_COREDUMP_FILTER)
		plan_coredump_filter(builder, options);
}

/* ---- In new namespaces ------------------------------------------------- */

/* Written before any process is in it, or the kernel refuses. */
static void plan_time_offsets(struct plan_builder *builder,
			      const struct libspawn_time_offsets *offsets)
{
	char *text = arena_take(builder->arena, OFFSETS_SIZE);

	snprintf(text, OFFSETS_SIZE,
		 "monotonic %" PRId64 " %" PRIu32 "\n"
		 "boottime %" PRId64 " %" PRIu32 "\n",
		 offsets->monotonic_s, offsets->monotonic_ns,
		 offsets->boottime_s, offsets->boottime_ns);
	plan_text(builder, SET_TIME_OFFSETS, LIBSPAWN_STEP_TIME_OFFSETS, text);
}

void libspawn__confinement_namespaces(struct plan_builder *builder)
{
	const struct libspawn_options *options = &builder->request->options;

	if (options->time_offsets)
		plan_time_offsets(builder, options->time_offsets);
	if (options->hostname)
		plan_text(builder, SET_HOSTNAME, LIBSPAWN_STEP_HOSTNAME,
			  options->hostname);
	if (options->domainname)
		plan_text(builder, SET_DOMAINNAME, LIBSPAWN_STEP_DOMAINNAME,
			  options->domainname);
	if (HAS(LOOPBACK))
		plan_piece(builder, SET_INTERFACE, LIBSPAWN_STEP_LOOPBACK,
			   &loopback, sizeof loopback);
}

/* ---- Of the process ---------------------------------------------------- */

/* A name that is empty is none; with its NUL. */
static void plan_keyring(struct plan_builder *builder, const char *name)
{
	const size_t bytes = name[0] ? strlen(name) + 1 : 0;

	plan_piece(builder, SET_KEYRING, LIBSPAWN_STEP_KEYRING,
		   bytes ? name : NULL, bytes);
}

static void plan_speculation(struct plan_builder *builder,
			     const uint32_t speculation[3])
{
	int32_t which;
	struct op *op;

	for (which = 0; which < 3; which++) {
		if (!speculation[which])
			continue;
		op = plan_setting(builder, SET_SPECULATION,
				  LIBSPAWN_STEP_SPECULATION);
		op->index = which;
		op->fd = which;
		op->value = speculation[which];
	}
}

/* The keyring belongs to the user that there is by now. */
void libspawn__confinement_process(struct plan_builder *builder)
{
	const struct libspawn_options *options = &builder->request->options;

	if (options->session_keyring)
		plan_keyring(builder, options->session_keyring);
	plan_speculation(builder, options->speculation);
	if (options->tsc)
		plan_setting(builder, SET_TSC, LIBSPAWN_STEP_TSC)->value =
			options->tsc;
}

size_t libspawn__confinement_bytes(const struct libspawn_options *options)
{
	return (options->time_offsets ? arena_round(OFFSETS_SIZE) : 0) +
	       arena_round(COREDUMP_SIZE);
}
