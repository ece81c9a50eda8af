/* SPDX-License-Identifier: MIT */
/*
 * A program with the set-user-ID bit does not do what the environment of its
 * caller says: LIBSPAWN_BACKEND is not read there. The program makes such a
 * copy of itself and is its own hostile caller.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libspawn.h>

#include "setting.h"

enum { STRANGER = 54321, SKIPPED = 77, PLAIN = 10, IGNORED = 11, READ = 12 };

static char directory[] = "/tmp/libspawn-set-id-XXXXXX";
static char copy[sizeof directory + 8];

/* What the copy is: without privileges, or with, and what it has made of it. */
static int tell(void)
{
	struct libspawn_error error;
	int answer = libspawn_query(LIBSPAWN_BACKEND_ANY, NULL, &error);

	if (!getauxval(AT_SECURE))
		return answer == -EINVAL && error.step == LIBSPAWN_STEP_BACKEND
			       ? PLAIN
			       : READ;
	return answer > 0 ? IGNORED : READ;
}

static int run_copy(uid_t user)
{
	static char word[] = "tell";
	static char variable[] = "LIBSPAWN_BACKEND=nonsense";
	char *env[] = { variable, NULL };
	char *argv[] = { copy, word, NULL };
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (setresuid(user, user, user) == 0)
			execve(copy, argv, env);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int skip_because(const char *reason)
{
	printf("skipped: %s\n", reason);
	return SKIPPED;
}

static int try_both(void)
{
	int plain, privileged;

	if (copy_program("/proc/self/exe", copy) || chmod(copy, 04755))
		return skip_because("no copy can be made in /tmp");
	plain = run_copy(0);
	privileged = run_copy(STRANGER);
	if (privileged == PLAIN)
		return skip_because("/tmp is mounted nosuid");
	printf("plain: %d, set-user-ID: %d\n", plain, privileged);
	return plain != PLAIN || privileged != IGNORED;
}

int main(int argc, char **argv)
{
	int status;

	if (argc > 1 && strcmp(argv[1], "tell") == 0)
		return tell();
	if (geteuid() != 0)
		return skip_because("needs root");
	if (!mkdtemp(directory) || chmod(directory, 0755))
		return skip_because("no directory can be made in /tmp");
	snprintf(copy, sizeof copy, "%s/copy", directory);
	status = try_both();
	unlink(copy);
	rmdir(directory);
	return status;
}
