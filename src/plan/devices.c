/* SPDX-License-Identifier: MIT */
/*
 * A small /dev: the devices that every program may have, and terminals of its
 * own. They are the caller's devices, bound, since nobody in a user namespace
 * can make one.
 */
#define _GNU_SOURCE
#include "plan/devices.h"

#include "plan/mounting.h"

static const char *const devices[] = { "/null",	  "/zero",    "/full",
				       "/random", "/urandom", "/tty" };

static const struct {
	const char *below;
	const char *text;
} links[] = {
	{ "/fd", "/proc/self/fd" },	  { "/stdin", "/proc/self/fd/0" },
	{ "/stdout", "/proc/self/fd/1" }, { "/stderr", "/proc/self/fd/2" },
	{ "/core", "/proc/kcore" },	  { "/ptmx", "pts/ptmx" },
};

enum {
	DEVICES = sizeof devices / sizeof devices[0],
	LINKS = sizeof links / sizeof links[0],
	/* The cwd, the directory itself, its tmpfs, shm, pts twice. */
	OPS = 6 + 2 * DEVICES + LINKS,
};

/* By names in it: the cwd is the caller's /dev, which target may hide. */
static void plan_devices(struct plan_builder *builder, int32_t row,
			 const char *target)
{
	size_t n;

	for (n = 0; n < DEVICES; n++) {
		struct mounting what = {
			.target = target,
			.below = devices[n],
			.source = devices[n] + 1,
			.fd = 0644,
		};

		libspawn__mounting_add(builder, row, MOUNT_FILE, &what);
		what.value = MS_BINDING;
		libspawn__mounting_add(builder, row, MOUNT_ATTACH, &what);
	}
}

static void plan_links(struct plan_builder *builder, int32_t row,
		       const char *target)
{
	size_t n;

	for (n = 0; n < LINKS; n++)
		libspawn__mounting_add(
			builder, row, MOUNT_LINK,
			&(struct mounting){ .target = target,
					    .below = links[n].below,
					    .source = links[n].text });
}

void libspawn__devices_plan(struct plan_builder *builder, int32_t row,
			    const struct libspawn_mount *wanted)
{
	const char *target = wanted->target;
	struct mounting what = {
		.target = target,
		.source = "tmpfs",
		.type = "tmpfs",
		.data = "mode=0755",
		.value = MS_NO_SUID | MS_NO_DEV |
			 (wanted->flags & ALL_ATTRIBUTES),
	};

	libspawn__builder_add(builder, OP_CHDIR, LIBSPAWN_STEP_MOUNT, row)
		->data = "/dev";
	libspawn__mounting_add(builder, row, MOUNT_ATTACH, &what);
	plan_devices(builder, row, target);
	plan_links(builder, row, target);
	libspawn__mounting_add(builder, row, MOUNT_DIRECTORY,
			       &(struct mounting){ .target = target,
						   .below = "/shm",
						   .fd = 01777 });
	what = (struct mounting){
		.target = target,
		.below = "/pts",
		.source = "devpts",
		.type = "devpts",
		.data = "newinstance,ptmxmode=0666,mode=620",
		.value = MS_NO_SUID | MS_NO_EXEC,
		.fd = 0755,
	};
	libspawn__mounting_add(builder, row, MOUNT_DIRECTORY, &what);
	libspawn__mounting_add(builder, row, MOUNT_ATTACH, &what);
}

uint32_t libspawn__devices_ops(void)
{
	return OPS;
}
