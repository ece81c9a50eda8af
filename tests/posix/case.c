/* SPDX-License-Identifier: MIT */
/*
 * Running a body in a process and a folder of its own, and what is left
 * behind by it; see case.h. The outer process does nothing but wait, and ends
 * a body that hangs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "setting.h"
#include "case.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define SKIPPED 77
/* For a hang, not for slowness: far beyond what any body takes. */
#define HANGS_AFTER 90
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

_Noreturn static void be_apart(void (*run)(void))
{
	struct rlimit none = { 0, 0 };

	setpgid(0, 0);
	/* A runner that loses patience ends the outer process only. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* What the runner of the tests had open is no concern of theirs. */
	for (int fd = 3; fd < FD_WATCHED; fd++)
		close(fd);
	setrlimit(RLIMIT_CORE, &none);
	/* Otherwise a failure would run the rest of the tests in here. */
	setenv("CMOCKA_TEST_ABORT", "1", 1);
	note_surroundings(&before);
	run();
	check_surroundings();
	fflush(NULL);
	/* A checker of leaks needs the rights that it had. */
	if (getuid() != before.uid || geteuid() != before.uid)
		_exit(0);
	/* What leaks is reported now. */
	exit(0);
}

/* Returns what waitpid() says, or -1 for a body that hangs. */
static int wait_with_patience(pid_t pid, const sigset_t *child_signal)
{
	const struct timespec second = { 1, 0 };
	time_t end = time(NULL) + HANGS_AFTER * (runs_slowly() ? 5 : 1);
	int status;

	while (time(NULL) < end) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		sigtimedwait(child_signal, NULL, &second);
	}
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *place)
{
	(void)st;
	(void)type;
	(void)place;
	return remove(path);
}

static int fork_and_wait(void (*run)(void))
{
	sigset_t child_signal, mask;
	int status;
	pid_t pid;

	sigemptyset(&child_signal);
	sigaddset(&child_signal, SIGCHLD);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		be_apart(run);
	assert_true(pid > 0);
	sigprocmask(SIG_BLOCK, &child_signal, &mask);
	status = wait_with_patience(pid, &child_signal);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	/* Whatever it started ends with it. */
	kill(-pid, SIGKILL);
	return status;
}

void run_case(void **body)
{
	int status;

	snprintf(folder, sizeof folder, "/tmp/libspawn-posix-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chmod(folder, 0777), 0);
	status = fork_and_wait(((struct body *)*body)->run);
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	if (status == -1)
		print_error("hangs\n");
	else if (WIFSIGNALED(status))
		print_error("ended by signal %d\n", WTERMSIG(status));
	if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		skip();
	assert_int_equal(status, 0);
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
	return _cmocka_run_group_tests(argv[0], tests, count, NULL, NULL);
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

void skip_case(const char *reason)
{
	print_message("skipped: %s\n", reason);
	fflush(NULL);
	_exit(SKIPPED);
}

void need_root(void)
{
	if (geteuid() != 0)
		skip_case("needs root");
}

void skip_sanitized(const char *reason)
{
	if (SANITIZED)
		skip_case(reason);
}

int runs_in_valgrind(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded && strstr(preloaded, "vgpreload");
}

void skip_in_valgrind(const char *reason)
{
	if (runs_in_valgrind())
		skip_case(reason);
}

int runs_slowly(void)
{
	return SANITIZED || runs_in_valgrind();
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
