/* SPDX-License-Identifier: MIT */
/*
 * Starting the probe and reading its answers, and the unrest, shortage and
 * threads around it; see case.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"

#define WORDS_MAX 64
#define NOBODY 65534

extern char **environ;

static struct seen latest;

/* ---- Running ----------------------------------------------------------- */

char **probe_argv(const char *commands)
{
	char **words = keep(calloc(WORDS_MAX, sizeof *words));
	char *rest = text_of("%s", commands);
	size_t count = 1;

	words[0] = text_of("probe");
	while (count < WORDS_MAX - 1 && (words[count] = strsep(&rest, " ")))
		count += words[count][0] != '\0';
	words[count] = NULL;
	return words;
}

static void split_lines(struct seen *seen)
{
	seen->text[seen->length] = '\0';
	for (size_t i = 0; i < seen->length; i++)
		if (seen->text[i] == '\n')
			seen->text[i] = '\0';
}

static void read_to_end(struct seen *seen, int fd)
{
	ssize_t n = 1;

	seen->length = 0;
	while (n > 0 || errno == EINTR) {
		size_t room = sizeof seen->text - 1 - seen->length;

		errno = 0;
		n = read(fd, seen->text + seen->length, room);
		if (n > 0)
			seen->length += (size_t)n;
		else if (n == 0)
			break;
	}
	close(fd);
	split_lines(seen);
}

struct seen *read_seen(const char *name)
{
	int fd = open(in_folder(name), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	read_to_end(&latest, fd);
	return &latest;
}

int try_probe(struct seen *seen, const posix_spawn_file_actions_t *actions,
	      const posix_spawnattr_t *attributes, const char *commands)
{
	int ends[2], code;
	char **argv = probe_argv(text_of("@%d %s", REPORT_FD, commands));

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(dup2(ends[1], REPORT_FD), REPORT_FD);
	close(ends[1]);
	code = posix_spawn(&seen->pid, case_probe, actions, attributes, argv,
			   environ);
	close(REPORT_FD);
	if (code) {
		close(ends[0]);
		return code;
	}
	read_to_end(seen, ends[0]);
	seen->status = reap(seen->pid);
	return 0;
}

struct seen *run_probe(const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes,
		       const char *commands)
{
	assert_int_equal(try_probe(&latest, actions, attributes, commands), 0);
	assert_int_equal(latest.status, 0);
	return &latest;
}

const char *seen_find(const struct seen *seen, const char *key)
{
	size_t length = strlen(key);
	const char *end = seen->text + seen->length;

	for (const char *at = seen->text; at < end; at += strlen(at) + 1)
		if (strncmp(at, key, length) == 0 && at[length] == '=')
			return at + length + 1;
	return NULL;
}

const char *seen_text(const struct seen *seen, const char *key)
{
	const char *text = seen_find(seen, key);

	if (!text)
		print_error("nothing is said of %s\n", key);
	assert_non_null(text);
	return text;
}

long seen_number(const struct seen *seen, const char *key)
{
	return strtol(seen_text(seen, key), NULL, 10);
}

uint64_t seen_set(const struct seen *seen, const char *key)
{
	return strtoull(seen_text(seen, key), NULL, 16);
}

/* ---- Children ---------------------------------------------------------- */

int run_forked(int (*run)(void))
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(run());
	assert_true(pid > 0);
	return reap(pid);
}

struct forked {
	int (*run)(void);
	int status;
};

/* A thread makes one namespace for its children at most. */
static void *fork_into_another(void *data)
{
	struct forked *forked = data;

	if (unshare(CLONE_NEWPID) < 0)
		skip_apart("a thread gets no namespace here");
	forked->status = run_forked(forked->run);
	return NULL;
}

int run_forked_alike(int (*run)(void))
{
	struct forked forked = { .run = run, .status = -1 };

	assert_int_equal(getpid(), 1);
	join_thread(start_thread(fork_into_another, &forked));
	return forked.status;
}

/* The namespace ends with its first process, and with it what made it. */
_Noreturn static void make_first(void (*run)(void))
{
	int flags = CLONE_NEWPID | (geteuid() == 0 ? 0 : CLONE_NEWUSER);
	int status;
	pid_t pid;

	if (unshare(flags) < 0)
		skip_apart("no namespaces here");
	pid = fork();
	if (pid == 0) {
		run();
		_exit(0);
	}
	status = pid > 0 ? reap(pid) : -1;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

void run_as_first(void (*run)(void))
{
	int status;
	pid_t pid;

	skip_in_valgrind("in a copy, what other threads were at is a leak");
	pid = fork();
	if (pid == 0)
		make_first(run);
	assert_true(pid > 0);
	status = reap(pid);
	if (status == SKIPPED << 8)
		_exit(SKIPPED);
	assert_int_equal(status, 0);
}

int has_child(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info,
		      WEXITED | WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT |
			      __WALL) == 0;
}

void expect_code(int code, const posix_spawn_file_actions_t *actions,
		 const posix_spawnattr_t *attributes)
{
	pid_t pid = -7;
	int fds = count_fds();

	assert_int_equal(posix_spawn(&pid, case_probe, actions, attributes,
				     probe_argv("exit 0"), environ),
			 code);
	assert_int_equal(pid, -7);
	assert_false(has_child());
	assert_int_equal(count_fds(), fds);
}

static int start(pid_t *pid, const char *program, int search)
{
	char **argv = probe_argv("exit 0");

	if (search)
		return posix_spawnp(pid, program, NULL, NULL, argv, environ);
	return posix_spawn(pid, program, NULL, NULL, argv, environ);
}

void expect_program_code(int code, const char *program, int search)
{
	pid_t pid = -7;
	int fds = count_fds();

	assert_int_equal(start(&pid, program, search), code);
	assert_int_equal(pid, -7);
	assert_false(has_child());
	assert_int_equal(count_fds(), fds);
}

void start_program(const char *program, int search)
{
	pid_t pid = -1;

	assert_int_equal(start(&pid, program, search), 0);
	assert_int_equal(reap(pid), 0);
}

void expect_start(const posix_spawn_file_actions_t *actions,
		  const posix_spawnattr_t *attributes)
{
	pid_t pid = -1;

	assert_int_equal(posix_spawn(&pid, case_probe, actions, attributes,
				     probe_argv("exit 0"), environ),
			 0);
	assert_true(pid > 0);
	assert_int_equal(reap(pid), 0);
}

void start_and_reap(void)
{
	char name[] = "probe", command[] = "exit", operand[] = "0";
	char *argv[] = { name, command, operand, NULL };
	pid_t pid = -1;

	assert_int_equal(
		posix_spawn(&pid, case_probe, NULL, NULL, argv, environ), 0);
	assert_true(pid > 0);
	assert_int_equal(reap(pid), 0);
}

int count_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* ---- Unrest and shortage ----------------------------------------------- */

void leave_descriptors(int count)
{
	struct rlimit limit = { 64, 64 };

	skip_in_valgrind(OWN_LIMIT);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (fcntl(2, F_DUPFD_CLOEXEC, 3) >= 0)
		;
	for (int fd = 63; count > 0; count--)
		close(fd--);
}

void close_descriptors(void)
{
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
}

void become_nobody(void)
{
	need_root();
	assert_int_equal(setgroups(0, NULL), 0);
	assert_int_equal(setresgid(NOBODY, NOBODY, NOBODY), 0);
	assert_int_equal(setresuid(NOBODY, NOBODY, NOBODY), 0);
}

void allow_no_process(void)
{
	struct rlimit none = { 0, 0 };

	become_nobody();
	assert_int_equal(setrlimit(RLIMIT_NPROC, &none), 0);
}

/* ---- Threads ----------------------------------------------------------- */

pthread_t start_thread(void *(*run)(void *), void *data)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, run, data), 0);
	return thread;
}
