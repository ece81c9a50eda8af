/* SPDX-License-Identifier: MIT */
/*
 * A small /dev: the devices that every program may have, and terminals of its
 * own. They are the caller's devices, bound, since nobody in a user namespace
 * can make one.
 */
#define _GNU_SOURCE
#include "plan/devices.h"

#include "plan/mounting.h"

#define DEVICE(name)                                                           \
	{ MOUNT_FILE, { .below = "/" name, .fd = 0644 } },                     \
	{                                                                      \
		MOUNT_ATTACH,                                                  \
		{                                                              \
			.below = "/" name, .source = name, .value = MS_BINDING \
		}                                                              \
	}
#define LINK(name, text)                                                       \
	{                                                                      \
		MOUNT_LINK,                                                    \
		{                                                              \
			.below = "/" name, .source = text                      \
		}                                                              \
	}

/* What it is filled with, in this order; each gets its target. */
static const struct {
	enum mount_verb verb;
	struct mounting what;
} parts[] = {
	DEVICE("null"),
	DEVICE("zero"),
	DEVICE("full"),
	DEVICE("random"),
	DEVICE("urandom"),
	DEVICE("tty"),
	LINK("fd", "/proc/self/fd"),
	LINK("stdin", "/proc/self/fd/0"),
	LINK("stdout", "/proc/self/fd/1"),
	LINK("stderr", "/proc/self/fd/2"),
	LINK("core", "/proc/kcore"),
	LINK("ptmx", "pts/ptmx"),
	{ MOUNT_DIRECTORY, { .below = "/shm", .fd = 01777 } },
	{ MOUNT_DIRECTORY, { .below = "/pts", .fd = 0755 } },
	{ MOUNT_ATTACH,
	  { .below = "/pts",
	    .source = "devpts",
	    .type = "devpts",
	    .data = "newinstance,ptmxmode=0666,mode=620",
	    .value = MS_NO_SUID | MS_NO_EXEC } },
};

enum {
	PARTS = sizeof parts / sizeof parts[0],
	/* The directory itself, the cwd, its tmpfs. */
	OPS = 3 + PARTS,
};

/* By names in it: the cwd is the caller's /dev, which target may hide. */
void libspawn__devices_plan(struct plan_builder *builder, int32_t row,
			    const struct libspawn_mount *wanted)
{
	const struct mounting tmpfs = {
		.target = wanted->target,
		.source = "tmpfs",
		.type = "tmpfs",
		.data = "mode=0755",
		.value = MS_NO_SUID | MS_NO_DEV |
			 (wanted->flags & ALL_ATTRIBUTES),
	};
	size_t n;

	libspawn__builder_add(builder, OP_CHDIR, LIBSPAWN_STEP_MOUNT, row)
		->data = "/dev";
	libspawn__mounting_add(builder, row, MOUNT_ATTACH, &tmpfs);
	for (n = 0; n < PARTS; n++) {
		struct mounting what = parts[n].what;

		what.target = wanted->target;
		libspawn__mounting_add(builder, row, parts[n].verb, &what);
	}
}

uint32_t libspawn__devices_ops(void)
{
	return OPS;
}
