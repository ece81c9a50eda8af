/* SPDX-License-Identifier: MIT */
/*
 * Looks at a file from where the child stood: its working directory and root,
 * not ours. Never waits: only regular files are opened, without blocking. What
 * lies in another namespace is not looked at.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tell/inside.h"
#include "tell/look.h"

enum { NOWHERE = -1 };

/* Systems without it open what they may read. */
#ifdef O_PATH
enum { ONLY_PLACE = O_PATH };
#else
enum { ONLY_PLACE = O_RDONLY };
#endif

static int open_directory(const char *path)
{
	return open(path, ONLY_PLACE | O_DIRECTORY | O_CLOEXEC);
}

/* Where a path begins that is not looked for in another root. */
static int find_base(const struct libspawn_options *options, const char *path)
{
	if (!options || path[0] == '/')
		return AT_FDCWD;
	if (options->flags & LIBSPAWN_CWD_FD)
		return fcntl(options->cwd_fd, F_DUPFD_CLOEXEC, 0);
	return options->cwd ? open_directory(options->cwd) : AT_FDCWD;
}

int libspawn__look_from(struct base *place, const struct asked *asked,
			const char *path)
{
	const struct libspawn_options *options = asked->options;

	*place = (struct base){ .fd = NOWHERE };
	if (options && options->namespace_count)
		return 0;
	if (options && options->root) {
		place->is_root = 1;
		place->cwd = options->cwd;
		place->fd = open_directory(options->root);
	} else {
		place->fd = find_base(options, path);
	}
	return place->fd >= 0 || place->fd == AT_FDCWD;
}

void libspawn__look_done(struct base *place)
{
	if (place->fd >= 0)
		close(place->fd);
	place->fd = NOWHERE;
}

int libspawn__look_stat(const struct base *place, const char *path,
			struct stat *stat)
{
	int code;
	int fd;

	if (!place->is_root)
		return fstatat(place->fd, path, stat, 0) ? errno : 0;
	fd = libspawn__inside_open(place->fd, place->cwd, path,
				   ONLY_PLACE | O_CLOEXEC);
	if (fd < 0)
		return errno;
	code = fstat(fd, stat) ? errno : 0;
	close(fd);
	return code;
}

/* The path may name a FIFO by the time of the open, so it doesn't block. */
static int open_to_read(const struct base *place, const char *path)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

	if (place->is_root)
		return libspawn__inside_open(place->fd, place->cwd, path,
					     flags);
	return openat(place->fd, path, flags);
}

void libspawn__look_open(struct sight *sight, const struct base *place,
			 const char *path)
{
	ssize_t length = 0;

	sight->fd = -1;
	sight->code = libspawn__look_stat(place, path, &sight->stat);
	if (!sight->code && S_ISREG(sight->stat.st_mode))
		sight->fd = open_to_read(place, path);
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
