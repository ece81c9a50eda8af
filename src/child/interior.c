/* SPDX-License-Identifier: MIT */
/*
 * The child's sandbox: who is who in its user namespace, and what is mounted in
 * its mount namespace. Each is one call of the plan's on strings of the plan's.
 */
#define _GNU_SOURCE
#include <stddef.h>

#include "child/steps.h"
#include "child/sys.h"

#if SYS_IS_LINUX

/* ---- Ids --------------------------------------------------------------- */

static CHILD_CODE const char *map_file(int which)
{
	switch (which) {
	case ID_MAP_UID: return "/proc/self/uid_map";
	case ID_MAP_GID: return "/proc/self/gid_map";
	default: return "/proc/self/setgroups";
	}
}

/*
 * EACCES: the memory is not dumpable, so the file is not the child's. It may be
 * the start of another thread that has made it so, for as long as it lasts
 * (hazard 4).
 */
CHILD_CODE long libspawn__interior_map(const struct op *op)
{
	long fd = -EACCES;
	int tries;

	for (tries = 0; tries < MAP_TRIES && fd == -EACCES; tries++) {
		if (tries > 0)
			sys_sleep(MAP_PAUSE);
		fd = sys_open(map_file(op->number),
			      SYS_O_WRITE_ONLY | SYS_O_CLOEXEC, 0);
	}
	if (fd == -ENOENT && op->number == ID_MAP_SETGROUPS && !op->fd)
		return 0;
	return sys_write_file(fd, op->data, op->value);
}

/* ---- Mounts ------------------------------------------------------------ */

static CHILD_CODE const char *text_at(const struct op_mount *mount,
				      uint32_t place)
{
	return place ? mount->text + place : NULL;
}

/* One that is there will do. */
static CHILD_CODE long unless_there(long code)
{
	return code == -EEXIST ? 0 : code;
}

/*
 * The old root is then below the new one, at ".", and is taken away.
 * pivot_root(2)
 */
static CHILD_CODE long pivot(const char *target)
{
	long code = sys_chdir(target);

	return code < 0 ? code : sys_pivot_root(".", ".");
}

/* EINVAL: it has to be a mount point, among other things. MS_BIND | MS_REC */
static CHILD_CODE long change_root(const char *target)
{
	long code = pivot(target);

	if (code == -EINVAL) {
		code = sys_mount(target, target, NULL, 0x1000 | 0x4000, NULL);
		if (code >= 0)
			code = pivot(target);
	}
	if (code >= 0)
		code = sys_detach_mount(".");
	return code < 0 ? code : sys_chdir("/");
}

/* mount_setattr(2) is of Linux 5.12. */
static CHILD_CODE long change_mount(const char *target, const struct op *op,
				    uint32_t clear)
{
	long code = sys_change_mount(target, op->fd, op->value, clear);

	return code == -ENOSYS ? libspawn__remount(target, op, clear) : code;
}

/* With the mode that was asked for, whatever the program's umask is. */
static CHILD_CODE long make_entry(const struct op *op, const char *target)
{
	const long mask = sys_umask(0);
	long code = op->number == MOUNT_FILE ? sys_make_file(target, op->fd)
					     : sys_mkdir(target, op->fd);

	sys_umask((int)mask);
	return unless_there(code);
}

CHILD_CODE long libspawn__interior_mount(const struct op *op)
{
	const struct op_mount *mount = op->data;
	const char *target = mount->text;
	const char *source = text_at(mount, mount->source);

	switch (op->number) {
	case MOUNT_ATTACH:
		return sys_mount(source, target, text_at(mount, mount->type),
				 op->value, text_at(mount, mount->data));
	case MOUNT_CHANGE: return change_mount(target, op, mount->clear);
	case MOUNT_DIRECTORY:
	case MOUNT_FILE: return make_entry(op, target);
	case MOUNT_LINK: return sys_symlink(source, target);
	default: return change_root(target);
	}
}

#else

CHILD_CODE long libspawn__interior_map(const struct op *op)
{
	(void)op;
	return -ENOTSUP;
}

CHILD_CODE long libspawn__interior_mount(const struct op *op)
{
	(void)op;
	return -ENOTSUP;
}

#endif
