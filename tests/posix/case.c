/* SPDX-License-Identifier: MIT */
/*
 * Running a body in a process and a folder of its own, and what is left
 * behind by it; see case.h.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "case.h"
#include "setting.h"

#define FD_WATCHED 1024

const char *case_way;
const char *case_probe;

static char folder[64];

/* What must be the same before and after a body. */
struct surroundings {
	ino_t fds[FD_WATCHED];
	uid_t uid;
	mode_t umask;
	sigset_t mask;
	char cwd[4096];
};
static struct surroundings before;
static struct surroundings after;

static void note_surroundings(struct surroundings *now)
{
	struct stat st;

	for (int fd = 0; fd < FD_WATCHED; fd++)
		now->fds[fd] = fstat(fd, &st) == 0 ? st.st_ino + 1 : 0;
	now->uid = getuid();
	now->umask = umask(0);
	umask(now->umask);
	sigemptyset(&now->mask);
	pthread_sigmask(SIG_BLOCK, NULL, &now->mask);
	if (!getcwd(now->cwd, sizeof now->cwd))
		now->cwd[0] = '\0';
}

static void check_surroundings(void)
{
	note_surroundings(&after);
	for (int fd = 0; fd < FD_WATCHED; fd++) {
		if (before.fds[fd] != after.fds[fd])
			print_error("descriptor %d changed\n", fd);
		assert_true(before.fds[fd] == after.fds[fd]);
	}
	assert_int_equal(before.umask, after.umask);
	for (int i = 1; i <= 64; i++)
		assert_int_equal(sigismember(&before.mask, i),
				 sigismember(&after.mask, i));
	assert_string_equal(before.cwd, after.cwd);
	assert_false(has_child());
}

static void run_checked(void *body)
{
	note_surroundings(&before);
	((struct body *)body)->run();
	check_surroundings();
	fflush(NULL);
	/* A checker of leaks needs the rights that it had. */
	if (getuid() != before.uid || geteuid() != before.uid)
		_exit(0);
	/* What leaks is reported now. */
	exit(0);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *place)
{
	(void)st;
	(void)type;
	(void)place;
	return remove(path);
}

void run_case(void **body)
{
	int status;

	snprintf(folder, sizeof folder, "/tmp/libspawn-posix-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chmod(folder, 0777), 0);
	status = run_in_own_process(run_checked, *body);
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	judge_own_process(status);
}

int case_main(int argc, char **argv, const struct CMUnitTest *tests,
	      size_t count)
{
	static char probe[4096];

	/* A shell that waits for a job would not be a child of ours. */
	signal(SIGCHLD, SIG_DFL);
	setting_reset_signals();
	case_way = argc > 1 ? argv[1] : NULL;
	case_probe = argc > 2 ? realpath(argv[2], probe) : NULL;
	if (!case_probe) {
		print_error("usage: %s WAY PROBE\n", argv[0]);
		return 2;
	}
	return status_of_tests(
		_cmocka_run_group_tests(argv[0], tests, count, NULL, NULL),
		count);
}

int is_libc(void)
{
	return strcmp(case_way, "libc") == 0;
}

int differs(const char *sentence)
{
	if (!is_libc())
		return 0;
	print_message("differs: %s\n", sentence);
	fflush(NULL);
	return 1;
}

void need_root(void)
{
	if (geteuid() != 0)
		skip_apart("needs root");
}

void skip_sanitized(const char *reason)
{
	if (is_sanitized())
		skip_apart(reason);
}

void skip_in_valgrind(const char *reason)
{
	if (runs_in_valgrind())
		skip_apart(reason);
}

/* ---- Its folder -------------------------------------------------------- */

void *keep(void *memory)
{
	struct kept {
		struct kept *next;
		void *memory;
	};
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct kept *all;
	struct kept *one = malloc(sizeof *one);

	assert_true(memory && one);
	one->memory = memory;
	pthread_mutex_lock(&lock);
	one->next = all;
	all = one;
	pthread_mutex_unlock(&lock);
	return memory;
}

char *text_of(const char *format, ...)
{
	va_list list;
	char *text = NULL;
	int length;

	va_start(list, format);
	length = vasprintf(&text, format, list);
	va_end(list);
	assert_true(length >= 0);
	return keep(text);
}

char *in_folder(const char *name)
{
	return text_of("%s/%s", folder, name);
}

char *make_file(const char *name, const char *text, int mode)
{
	char *path = in_folder(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t length = text ? strlen(text) : 0;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text ? text : "", length), length);
	assert_int_equal(fchmod(fd, (mode_t)mode), 0);
	close(fd);
	return path;
}

char *make_folder(const char *name)
{
	char *path = in_folder(name);

	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

char *copy_probe(const char *name, int mode)
{
	static char bytes[1 << 16];
	char *path = in_folder(name);
	int from = open(case_probe, O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	ssize_t n;

	assert_true(from >= 0 && to >= 0);
	while ((n = read(from, bytes, sizeof bytes)) > 0)
		assert_int_equal(write(to, bytes, (size_t)n), n);
	assert_int_equal(fchmod(to, (mode_t)mode), 0);
	close(from);
	close(to);
	return path;
}
