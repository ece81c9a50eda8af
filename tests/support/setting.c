/* SPDX-License-Identifier: MIT */
/* Home directories may be closed to others: /root is. */
#define _GNU_SOURCE
#include "setting.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[] = { "probe", "worker" };
enum { NAMES = sizeof names / sizeof *names };

static char folder[] = "/tmp/libspawn-public-XXXXXX";
static char path[PATH_MAX];
static pid_t owner;

void setting_reset_signals(void)
{
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
}

int runs_in_valgrind(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded && strstr(preloaded, "vgpreload");
}

int has_tomoyo(void)
{
	FILE *file = fopen("/sys/kernel/security/lsm", "re");
	char modules[256] = "";

	if (file && !fgets(modules, sizeof modules, file))
		modules[0] = '\0';
	if (file)
		fclose(file);
	return strstr(modules, "tomoyo") != NULL;
}

int copy_program(const char *from, const char *to)
{
	char bytes[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	ssize_t size = out < 0 ? -1 : 1;

	while (size > 0 && (size = read(in, bytes, sizeof bytes)) > 0)
		if (write(out, bytes, (size_t)size) != size)
			size = -1;
	if (out >= 0)
		close(out);
	if (in >= 0)
		close(in);
	return size < 0 ? -1 : 0;
}

/* Whether others may enter all folders on the way. */
static int is_public(void)
{
	char *slash = path;
	struct stat status;
	int good = 1;

	while (good && (slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		good = stat(path, &status) == 0 && status.st_mode & S_IXOTH;
		*slash = '/';
	}
	return good;
}

/* A fork of this process may exit as well. */
static void remove_folder(void)
{
	char copy[sizeof folder + sizeof "/worker"];
	int n;

	if (getpid() != owner)
		return;
	for (n = 0; n < NAMES; n++) {
		snprintf(copy, sizeof copy, "%s/%s", folder, names[n]);
		unlink(copy);
	}
	rmdir(folder);
}

/* Of those that are there; 0 if the first is. */
static int copy_all(const char *from)
{
	char source[PATH_MAX + sizeof "/worker"];
	char copy[sizeof folder + sizeof "/worker"];
	int code = 0, n;

	for (n = 0; n < NAMES; n++) {
		snprintf(source, sizeof source, "%s/%s", from, names[n]);
		snprintf(copy, sizeof copy, "%s/%s", folder, names[n]);
		if (copy_program(source, copy) && n == 0)
			code = -1;
	}
	return code;
}

char *setting_public_program(const char *program)
{
	char *slash;

	if (!realpath(program, path))
		return NULL;
	if (is_public())
		return path;
	if (!mkdtemp(folder) || chmod(folder, 0755))
		return NULL;
	owner = getpid();
	atexit(remove_folder);
	slash = strrchr(path, '/');
	*slash = '\0';
	if (copy_all(path))
		return NULL;
	snprintf(path, sizeof path, "%s/%s", folder, names[0]);
	return path;
}
