/* SPDX-License-Identifier: MIT */
/*
 * Sentences about namespaces made with the process, their maps of ids and their
 * mounts: which row it was, and what of this system is in the way. It reads
 * what the kernel says of itself in /proc/sys, and changes nothing.
 */
#define _GNU_SOURCE
#include "tell/sandbox_sentences.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "request/sandbox.h"
#include "small_file.h"

/* ---- What failed ------------------------------------------------------- */

/* An index is believed only if these options have such a row. */
static const struct libspawn_mount *mount_of(const struct asked *asked)
{
	const struct libspawn_error *error = asked->error;

	if (error->step != LIBSPAWN_STEP_MOUNT || !asked->options ||
	    error->index < 0 ||
	    (uint32_t)error->index >= asked->options->mount_count)
		return NULL;
	return &asked->options->mounts[error->index];
}

static const struct libspawn_id_map *line_of(const struct asked *asked)
{
	const struct libspawn_error *error = asked->error;

	if ((error->step != LIBSPAWN_STEP_UID_MAP &&
	     error->step != LIBSPAWN_STEP_GID_MAP) ||
	    !asked->options || error->index < 0 ||
	    (uint32_t)error->index >= asked->options->id_map_count)
		return NULL;
	return &asked->options->id_maps[error->index];
}

const char *libspawn__sandbox_sentences_path(const struct asked *asked)
{
	const struct libspawn_mount *row = mount_of(asked);

	return row ? row->target : NULL;
}

static const char *mount_kind_name(uint32_t kind)
{
	static const char *const names[] = {
		[LIBSPAWN_MOUNT_BIND] = "bind",
		[LIBSPAWN_MOUNT_TMPFS] = "tmpfs",
		[LIBSPAWN_MOUNT_PROC] = "proc",
		[LIBSPAWN_MOUNT_DEV] = "dev",
		[LIBSPAWN_MOUNT_MQUEUE] = "mqueue",
		[LIBSPAWN_MOUNT_OVERLAY] = "overlay",
		[LIBSPAWN_MOUNT_FILESYSTEM] = "file system",
		[LIBSPAWN_MOUNT_REMOUNT] = "remount",
		[LIBSPAWN_MOUNT_DIRECTORY] = "directory",
		[LIBSPAWN_MOUNT_SYMLINK] = "symlink",
		[LIBSPAWN_MOUNT_PROPAGATION] = "propagation",
		[LIBSPAWN_MOUNT_ROOT] = "root",
	};

	return kind > 0 && kind < sizeof names / sizeof names[0] ? names[kind]
								 : "?";
}

static const char *or_nothing(const char *path)
{
	return path ? path : "(nothing)";
}

static void describe_mount(const struct libspawn_mount *row, int32_t index,
			   char *text, size_t size)
{
	const char *name = mount_kind_name(row->kind);

	if (row->source)
		snprintf(text, size, "mounts[%d]: %s of '%s' at '%s'",
			 (int)index, name, row->source,
			 or_nothing(row->target));
	else
		snprintf(text, size, "mounts[%d]: %s at '%s'", (int)index, name,
			 or_nothing(row->target));
}

int libspawn__sandbox_sentences_describe(const struct asked *asked, char *text,
					 size_t size)
{
	const int32_t index = asked->error->index;
	const struct libspawn_mount *row = mount_of(asked);
	const struct libspawn_id_map *line = line_of(asked);

	if (row)
		describe_mount(row, index, text, size);
	else if (line)
		snprintf(text, size, "%s: id_maps[%d]: %u from %u on are %u",
			 libspawn_step_name(asked->error->step), (int)index,
			 (unsigned)line->count, (unsigned)line->outside,
			 (unsigned)line->inside);
	return row || line;
}

/* ---- Why --------------------------------------------------------------- */

/* What a file of one number says; -1 where there is none. */
static long number_of(const char *path)
{
	char text[32];

	libspawn__small_file_read(AT_FDCWD, path, text, sizeof text);
	return text[0] ? strtol(text, NULL, 10) : -1;
}

#define RESTRICTED "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
#define ALLOWED "/proc/sys/kernel/unprivileged_userns_clone"
#define LIMIT "/proc/sys/user/max_user_namespaces"

/* Why nobody without rights has a user namespace here, or NULL. */
static const char *find_obstacle(void)
{
	if (number_of(ALLOWED) == 0)
		return " (kernel.unprivileged_userns_clone is 0: user "
		       "namespaces are for root here)";
	if (number_of(LIMIT) == 0)
		return " (user.max_user_namespaces is 0: there are none here)";
	if (number_of(RESTRICTED) > 0)
		return " (kernel.apparmor_restrict_unprivileged_userns is 1: "
		       "only a program with an AppArmor profile for it may "
		       "use user namespaces here)";
	return NULL;
}

static const char *explain_creation(const struct asked *asked)
{
	const uint64_t new =
		asked->options ? asked->options->new_namespaces : 0;
	const char *obstacle = new &NEW_USERS ? find_obstacle() : NULL;

	if (obstacle)
		return obstacle;
	if (asked->error->code == ENOSPC || asked->error->code == EUSERS)
		return " (there are as many, or one in another as deep, as the "
		       "limits of /proc/sys/user allow)";
	if (asked->error->code == EINVAL)
		return " (perhaps this kernel has not all of these kinds)";
	if (asked->error->code != EPERM)
		return NULL;
	return new &NEW_USERS
		       ? " (perhaps a filter of a container forbids it, or the "
			 "caller is in a chroot)"
		       : " (it takes CAP_SYS_ADMIN, or CLONE_NEWUSER besides)";
}

/* A file of /proc, of the child itself or of one that is held. */
static const char *explain_map(const struct asked *asked)
{
	const struct libspawn_options *options = asked->options;
	const char *obstacle;

	switch (asked->error->code) {
	case ENOENT:
		if (options && HAS(ID_HELPERS))
			return " (newuidmap(1) and newgidmap(1) are not in "
			       "PATH)";
		return asked->error->step == LIBSPAWN_STEP_SETGROUPS
			       ? " (there is no /proc, or it has no "
				 "self/setgroups, as in gVisor)"
			       : " (it is written to /proc, which is not there "
				 "or not that of this pid namespace)";
	case EACCES:
		return " (this process is not dumpable: it has changed its "
		       "ids, or PR_SET_DUMPABLE, so its files in /proc are "
		       "root's)";
	case EPERM: break;
	default: return NULL;
	}
	if (options && HAS(ID_HELPERS))
		return " (/etc/subuid or /etc/subgid does not have it, or the "
		       "helpers have lost their set-user-ID bits)";
	obstacle = find_obstacle();
	return obstacle ? obstacle
			: " (more than the caller's own id takes CAP_SETUID "
			  "and CAP_SETGID, and ids that are known here; or "
			  "LIBSPAWN_ID_HELPERS)";
}

static const char *explain_row(uint32_t kind, int32_t code)
{
	if (code == EPERM && kind == LIBSPAWN_MOUNT_PROC)
		return " (not all of the /proc here is to be seen, as in a "
		       "container; or there is no new pid namespace)";
	if (code == EINVAL && kind == LIBSPAWN_MOUNT_BIND)
		return " (perhaps others are mounted in it: "
		       "LIBSPAWN_MOUNT_RECURSIVE)";
	if (code == EINVAL && kind == LIBSPAWN_MOUNT_ROOT)
		return " (perhaps the root here is a memory disk of the "
		       "kernel's, which can't be left so)";
	if (code == ENODEV)
		return " (this kernel has no such file system)";
	return NULL;
}

static const char *explain_mount(const struct asked *asked)
{
	const struct libspawn_mount *row = mount_of(asked);
	const int32_t code = asked->error->code;
	const char *remark = row ? explain_row(row->kind, code) : NULL;

	if (remark)
		return remark;
	if (code == ENOSYS)
		return " (flags of what is mounted need Linux 5.12, or "
		       "5.8 and a /proc)";
	if (code == EPERM || code == EACCES)
		return find_obstacle();
	return NULL;
}

/* Of a first process: what it is made of. */
static const char *explain_init(const struct asked *asked)
{
	return asked->error->code == EACCES
		       ? " (it is a file in memory, and vm.memfd_noexec "
			 "forbids to execute those)"
		       : NULL;
}

int libspawn__sandbox_sentences_add(const struct asked *asked, char *text,
				    size_t size)
{
	const char *remark = NULL;

	switch (asked->error->step) {
	case LIBSPAWN_STEP_NEW_NAMESPACES:
		remark = explain_creation(asked);
		break;
	case LIBSPAWN_STEP_UID_MAP:
	case LIBSPAWN_STEP_GID_MAP:
	case LIBSPAWN_STEP_SETGROUPS: remark = explain_map(asked); break;
	case LIBSPAWN_STEP_MOUNT: remark = explain_mount(asked); break;
	case LIBSPAWN_STEP_INIT: remark = explain_init(asked); break;
	default: break;
	}
	if (remark)
		snprintf(text, size, "%s", remark);
	return remark != NULL;
}
