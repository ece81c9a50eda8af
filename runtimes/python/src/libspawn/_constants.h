/* SPDX-License-Identifier: MIT */
/* What the package needs of the header's constants, by their names in it. */
#ifndef LIBSPAWN_PYTHON_CONSTANTS_H
#define LIBSPAWN_PYTHON_CONSTANTS_H

#include <libspawn.h>

struct constant {
	const char *name;
	long value;
};

#define CONSTANT(name)                                                         \
	{                                                                      \
#name, LIBSPAWN_##name                                         \
	}
/* Of which the header tells by a comment only which is which. */
#define MOUNT_KIND(name)                                                       \
	{                                                                      \
		"MOUNT_KIND_" #name, LIBSPAWN_MOUNT_##name                     \
	}
#define MOUNT_FLAG(name)                                                       \
	{                                                                      \
		"MOUNT_FLAG_" #name, LIBSPAWN_MOUNT_##name                     \
	}

static const struct constant constants[] = {
	CONSTANT(FD_FROM),	CONSTANT(FD_SAME),	 CONSTANT(FD_OPEN),
	CONSTANT(FD_PTY),	CONSTANT(ID_UID),	 CONSTANT(ID_GID),
	MOUNT_KIND(BIND),	MOUNT_KIND(TMPFS),	 MOUNT_KIND(PROC),
	MOUNT_KIND(DEV),	MOUNT_KIND(MQUEUE),	 MOUNT_KIND(OVERLAY),
	MOUNT_KIND(FILESYSTEM), MOUNT_KIND(REMOUNT),	 MOUNT_KIND(DIRECTORY),
	MOUNT_KIND(SYMLINK),	MOUNT_KIND(PROPAGATION), MOUNT_KIND(ROOT),
	MOUNT_FLAG(READ_ONLY),	MOUNT_FLAG(NO_SUID),	 MOUNT_FLAG(NO_DEV),
	MOUNT_FLAG(NO_EXEC),	MOUNT_FLAG(WRITABLE),	 MOUNT_FLAG(RECURSIVE),
	MOUNT_FLAG(CREATE),	MOUNT_FLAG(CREATE_FILE), MOUNT_FLAG(PRIVATE),
	MOUNT_FLAG(SLAVE),	MOUNT_FLAG(SHARED),
};

enum { CONSTANTS = sizeof constants / sizeof constants[0] };

#endif
