/* SPDX-License-Identifier: MIT */
/*
 * Looks at a file from where the child stood: its working directory, not ours.
 * Never waits: only regular files are opened, without blocking. What lies in
 * another root or namespace is not looked at: links would lead us elsewhere.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tell/look.h"

enum { NOWHERE = -1 };

/* Where the path begins; below 0 and not AT_FDCWD if it can't be told. */
int libspawn__look_base(const struct asked *asked, const char *path)
{
	const struct libspawn_options *options = asked->options;

	if (!options || !path)
		return path ? AT_FDCWD : NOWHERE;
	if (options->root || options->namespace_count)
		return NOWHERE;
	if (path[0] == '/')
		return AT_FDCWD;
	if (options->flags & LIBSPAWN_CWD_FD)
		return fcntl(options->cwd_fd, F_DUPFD_CLOEXEC, 0);
	if (options->cwd)
		return open(options->cwd, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return AT_FDCWD;
}

void libspawn__look_done(int base)
{
	if (base >= 0)
		close(base);
}

/* The path may name a FIFO by the time of the open, so it doesn't block. */
void libspawn__look_open(struct sight *sight, int base, const char *path)
{
	ssize_t length = 0;

	sight->fd = -1;
	sight->code = fstatat(base, path, &sight->stat, 0) ? errno : 0;
	if (!sight->code && S_ISREG(sight->stat.st_mode))
		sight->fd =
			openat(base, path,
			       O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (sight->fd >= 0)
		length = pread(sight->fd, sight->head, HEAD_SIZE, 0);
	sight->length = length > 0 ? (size_t)length : 0;
	sight->head[sight->length] = '\0';
}

void libspawn__look_close(struct sight *sight)
{
	if (sight->fd >= 0)
		close(sight->fd);
	sight->fd = -1;
}

#ifdef ST_NOEXEC
/* Whether nothing may be executed on the file system it lies on. */
int libspawn__look_noexec(const struct sight *sight)
{
	struct statvfs system;

	return sight->fd >= 0 && fstatvfs(sight->fd, &system) == 0 &&
	       system.f_flag & ST_NOEXEC;
}
#else
int libspawn__look_noexec(const struct sight *sight)
{
	(void)sight;
	return 0;
}
#endif
