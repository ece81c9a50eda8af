/* SPDX-License-Identifier: MIT */
/* The two directories of jail.h. */
#define _GNU_SOURCE
#include "jail.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apart.h"
#include "linux_calls.h"
#include "setting.h"

enum { NOBODY = 65534 };

struct jail jail;

char *jail_argv[] = { jail_word("probe"), jail_word("print"), jail_word("dirs"),
		      NULL };

static const char *const directories[] = {
	"outside",  "root",	 "root/inner",	   "root/old",
	"root/dev", "root/proc", "root/proc/self", "root/proc/self/fd",
};
static const char *const files[] = {
	"outside/found", "outside/table", "root/jailed", "root/table",
	"root/dev/null", "root/script",	  "root/text",	 "root/up",
};
enum { DIRECTORIES = sizeof directories / sizeof *directories };
enum { FILES = sizeof files / sizeof *files };

const char *jail_path(const char *name)
{
	static char paths[8][160];
	static int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof paths[0], "%s/%s", jail.place, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	int fd = open(jail_path(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void make(void)
{
	char script[160];

	assert_int_equal(chdir("/"), 0);
	mark_surroundings();
	for (int n = 0; n < DIRECTORIES; n++)
		assert_int_equal(mkdir(jail_path(directories[n]), 0755), 0);
	strcpy(jail.outside, jail_path("outside"));
	strcpy(jail.found, jail_path("outside/found"));
	strcpy(jail.root, jail_path("root"));
	assert_int_equal(copy_program(support_probe, jail.found), 0);
	assert_int_equal(copy_program(support_probe, jail_path("root/jailed")),
			 0);
	write_file("outside/table", "outside");
	write_file("root/table", "inside");
	write_file("root/dev/null", "");
	snprintf(script, sizeof script, "#!%s\n", jail.found);
	write_file("root/script", script);
	write_file("root/text", "exit 0\n");
	assert_int_equal(symlink("..", jail_path("root/up")), 0);
	assert_int_equal(chdir(jail.outside), 0);
}

/* A filter may refuse chdir(). */
static void leave(void)
{
	int top = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(fchdir(top), 0);
	close(top);
}

/* As much of it as there is; 0 when nothing else was in there. */
static int remove_all(void)
{
	for (int n = 0; n < FILES; n++)
		unlink(jail_path(files[n]));
	for (int n = DIRECTORIES; n > 0; n--)
		rmdir(jail_path(directories[n - 1]));
	return rmdir(jail.place);
}

/* Its own files of /proc are to be its own, as any user's are. */
static void become_user(void)
{
	if (geteuid() == 0) {
		assert_int_equal(syscall(SYS_setgroups, 0, NULL), 0);
		assert_int_equal(syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY),
				 0);
		assert_int_equal(syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY),
				 0);
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	}
	if (!may_have_user_namespaces())
		skip_apart("unshare() of a user namespace is refused");
}

/* ---- Who tries ---------------------------------------------------------- */

uint64_t jail_users;
static const struct jail_trial *tried;

static void try_in_jail(void)
{
	make();
	if (tried->begin)
		tried->begin();
	tried->body();
	if (tried->end)
		tried->end();
	leave();
}

static void try_as_root(void)
{
	jail_users = 0;
	try_in_jail();
}

static void try_as_user(void)
{
	become_user();
	jail_users = CLONE_NEWUSER;
	try_in_jail();
}

/* The place is of this process, which removes it whatever comes of the body. */
static void try_apart_in_jail(void (*body)(void), uid_t owner)
{
	int status, left;

	strcpy(jail.place, "/tmp/libspawn-jail-XXXXXX");
	assert_non_null(mkdtemp(jail.place));
	assert_int_equal(chmod(jail.place, 0755), 0);
	assert_int_equal(chown(jail.place, owner, (gid_t)-1), 0);
	status = try_apart(body);
	left = remove_all();
	judge_own_process(status);
	assert_int_equal(left, 0);
}

void jail_try(const struct jail_trial *trial)
{
	tried = trial;
	if (support_is_root())
		try_apart_in_jail(try_as_root, 0);
	try_apart_in_jail(try_as_user, support_is_root() ? NOBODY : getuid());
}
