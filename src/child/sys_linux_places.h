/* SPDX-License-Identifier: MIT */
/*
 * Linux: where the child is: namespaces, mounts, root and working directory.
 * Included by sys_linux.h.
 */

static inline CHILD_CODE long sys_unshare(uint64_t flags)
{
	return arch_call(SYS_unshare, (long)flags, 0, 0, 0, 0);
}

/* 0: of whichever type the descriptor is. */
static inline CHILD_CODE long sys_setns(int fd)
{
	return arch_call(SYS_setns, fd, 0, 0, 0, 0);
}

/* source, type and data may be NULL. */
static inline CHILD_CODE long sys_mount(const char *source, const char *target,
					const char *type, uint64_t flags,
					const char *data)
{
	return arch_call(SYS_mount, SYS_ARG(source), SYS_ARG(target),
			 SYS_ARG(type), (long)flags, SYS_ARG(data));
}

/* mount_setattr(2) with MOUNT_ATTR_... to set and to clear. */
static inline CHILD_CODE long sys_change_mount(const char *target, int flags,
					       uint64_t set, uint64_t clear)
{
	uint64_t attributes[4]; /* struct mount_attr */

	attributes[0] = set;
	attributes[1] = clear;
	attributes[2] = 0;
	attributes[3] = 0;
	return arch_call(SYS_NUMBER_MOUNT_SETATTR, -100 /* AT_FDCWD */,
			 SYS_ARG(target), flags, SYS_ARG(attributes),
			 sizeof attributes);
}

/* struct statx; its last field that is used here is of Linux 5.8. */
struct sys_place {
	uint32_t mask;
	uint32_t block_size;
	uint64_t attributes;
	uint32_t between[32];
	uint64_t mount_id;
	uint64_t rest[13];
};

/* What /proc/self/mountinfo calls it; -EINVAL if it is not a mount's root. */
static inline CHILD_CODE long sys_mount_id(const char *path)
{
	struct sys_place place;
	long code = arch_call(SYS_statx, -100 /* AT_FDCWD */, SYS_ARG(path),
			      0x800 /* AT_NO_AUTOMOUNT */,
			      0x1000 /* STATX_MNT_ID */, SYS_ARG(&place));

	if (code < 0)
		return code;
	if (!(place.mask & 0x1000))
		return -ENOSYS;
	return place.attributes & 0x2000 /* STATX_ATTR_MOUNT_ROOT */
		       ? (long)place.mount_id
		       : -EINVAL;
}

static inline CHILD_CODE long sys_detach_mount(const char *target)
{
	return arch_call(SYS_umount2, SYS_ARG(target), 2 /* MNT_DETACH */, 0, 0,
			 0);
}

static inline CHILD_CODE long sys_pivot_root(const char *root, const char *old)
{
	return arch_call(SYS_pivot_root, SYS_ARG(root), SYS_ARG(old), 0, 0, 0);
}

static inline CHILD_CODE long sys_mkdir(const char *path, int mode)
{
	return arch_call(SYS_mkdirat, -100 /* AT_FDCWD */, SYS_ARG(path), mode,
			 0, 0);
}

/* An empty file, not opened. */
static inline CHILD_CODE long sys_make_file(const char *path, int mode)
{
	return arch_call(SYS_mknodat, -100 /* AT_FDCWD */, SYS_ARG(path),
			 0100000 /* S_IFREG */ | mode, 0, 0);
}

static inline CHILD_CODE long sys_symlink(const char *text, const char *path)
{
	return arch_call(SYS_symlinkat, SYS_ARG(text), -100 /* AT_FDCWD */,
			 SYS_ARG(path), 0, 0);
}

static inline CHILD_CODE long sys_chroot(const char *path)
{
	return arch_call(SYS_chroot, SYS_ARG(path), 0, 0, 0, 0);
}

static inline CHILD_CODE long sys_chdir(const char *path)
{
	return arch_call(SYS_chdir, SYS_ARG(path), 0, 0, 0, 0);
}

static inline CHILD_CODE long sys_fchdir(int fd)
{
	return arch_call(SYS_fchdir, fd, 0, 0, 0, 0);
}

/*
 * -EXDEV if the cwd is not below the root: links of /proc and descriptors lead
 * out of it. getcwd(2) then says "(unreachable)" before the path.
 */
static inline CHILD_CODE long sys_confirm_cwd(void)
{
	char path[4096];
	long code = arch_call(SYS_getcwd, SYS_ARG(path), sizeof path, 0, 0, 0);

	return code >= 0 && path[0] != '/' ? -EXDEV : code;
}

static inline CHILD_CODE long sys_sethostname(const void *name, uint64_t size)
{
	return arch_call(SYS_sethostname, SYS_ARG(name), (long)size, 0, 0, 0);
}

static inline CHILD_CODE long sys_setdomainname(const void *name, uint64_t size)
{
	return arch_call(SYS_setdomainname, SYS_ARG(name), (long)size, 0, 0, 0);
}

/* AF_UNIX is in every kernel, and its sockets know the interfaces too. */
static inline CHILD_CODE long sys_socket(void)
{
	return arch_call(SYS_socket, 1 /* AF_UNIX */,
			 5 /* SOCK_SEQPACKET */ | SYS_O_CLOEXEC, 0, 0, 0);
}
