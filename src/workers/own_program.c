/* SPDX-License-Identifier: MIT */
/*
 * Which program this is. On Linux /proc/self/exe is its file, whatever has
 * become of the name; elsewhere the system tells a path, which may be another
 * file's by now.
 */
#define _GNU_SOURCE
#define _DARWIN_C_SOURCE
#include "workers/worker.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__)

#include <sys/auxv.h>
#include <sys/socket.h>

int libspawn__own_program(char *room, size_t size)
{
	static const char path[] = "/proc/self/exe";

	if (size < sizeof path)
		return -ENAMETOOLONG;
	memcpy(room, path, sizeof path);
	return access(path, F_OK) < 0 ? -errno : 0;
}

/*
 * An exec is "secure", too, when the caller's effective ids differ from the
 * real ones. What a process with our effective ids has made gives it nothing
 * that it had not; with root's, neither. Rights of a file's capabilities show
 * in no id.
 */
int libspawn__own_program_may_trust(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof peer;

	if (getauxval(AT_SECURE) == 0)
		return 1;
	if (getuid() == geteuid() && getgid() == getegid())
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return 0;
	return peer.uid == 0 ||
	       (peer.uid == geteuid() && peer.gid == getegid());
}

#elif defined(__APPLE__)

#include <mach-o/dyld.h>

int libspawn__own_program(char *room, size_t size)
{
	uint32_t length = (uint32_t)size;

	return _NSGetExecutablePath(room, &length) == 0 ? 0 : -ENAMETOOLONG;
}

int libspawn__own_program_may_trust(int fd)
{
	(void)fd;
	return !issetugid();
}

#elif defined(__FreeBSD__) || defined(__NetBSD__) || defined(__DragonFly__)

#include <sys/types.h>

#include <sys/sysctl.h>

#ifdef __NetBSD__
#define WORDS_OF_PATH                                                          \
	{                                                                      \
		CTL_KERN, KERN_PROC_ARGS, -1, KERN_PROC_PATHNAME               \
	}
#else
#define WORDS_OF_PATH                                                          \
	{                                                                      \
		CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1                    \
	}
#endif

int libspawn__own_program(char *room, size_t size)
{
	int words[4] = WORDS_OF_PATH;

	return sysctl(words, 4, room, &size, NULL, 0) < 0 ? -errno : 0;
}

int libspawn__own_program_may_trust(int fd)
{
	(void)fd;
	return !issetugid();
}

#else

int libspawn__own_program(char *room, size_t size)
{
	(void)room;
	(void)size;
	return -ENOTSUP;
}

int libspawn__own_program_may_trust(int fd)
{
	(void)fd;
	return getuid() == geteuid() && getgid() == getegid();
}

#endif
