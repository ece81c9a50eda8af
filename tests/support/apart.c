/* SPDX-License-Identifier: MIT */
/*
 * Running the body of a test in a process of its own; see apart.h. The outer
 * process does nothing but wait for it, and ends it if it hangs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "apart.h"
#include "linux_calls.h"

#if defined(__has_feature)
#define HAS_FEATURE(feature) __has_feature(feature)
#else
#define HAS_FEATURE(feature) 0
#endif
#if defined(__SANITIZE_THREAD__) || HAS_FEATURE(thread_sanitizer)
#define SANITIZES_THREADS 1
#else
#define SANITIZES_THREADS 0
#endif
#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
#define SANITIZED 1
#else
#define SANITIZED SANITIZES_THREADS
#endif
#if (defined(SYS_vfork) || !ON_LINUX) && !SANITIZES_THREADS
#define VFORK_IS_VFORK 1
#else
#define VFORK_IS_VFORK 0
#endif

#define SKIPPED 77
/* For a hang, not for slowness: far beyond what any body takes. */
#define HANGS_AFTER 500

/* ---- A process of its own ---------------------------------------------- */

_Noreturn static void be_apart(void (*body)(void), const sigset_t *mask)
{
	struct rlimit limit;

	setpgid(0, 0);
	/* A runner that loses patience ends the outer process only. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* What the runner of the tests had open is no concern of theirs. */
	for (int fd = 3; fd < 256; fd++)
		close(fd);
	sigprocmask(SIG_SETMASK, mask, NULL);
	/* A failure dumps none; a test of dumping may raise it again. */
	getrlimit(RLIMIT_CORE, &limit);
	limit.rlim_cur = 0;
	setrlimit(RLIMIT_CORE, &limit);
	/* Otherwise a failure would run the rest of the tests in here. */
	setenv("CMOCKA_TEST_ABORT", "1", 1);
	mark_surroundings();
	body();
	check_surroundings();
	fflush(NULL);
	_exit(0);
}

/* Returns what waitpid() says, or -1 for a body that hangs. */
static int wait_with_patience(pid_t pid, const sigset_t *child_signal)
{
	time_t end = time(NULL) + HANGS_AFTER;
	int status;

	while (time(NULL) < end) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		await_signal(child_signal);
	}
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

void run_apart(void (*body)(void))
{
	sigset_t child_signal, mask;
	pid_t pid;
	int status;

	sigemptyset(&child_signal);
	sigaddset(&child_signal, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_signal, &mask);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		be_apart(body, &mask);
	assert_true(pid > 0);
	status = wait_with_patience(pid, &child_signal);
	/* Whatever it started ends with it. */
	kill(-pid, SIGKILL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	if (status == -1)
		print_error("hangs\n");
	else if (WIFSIGNALED(status))
		print_error("ended by signal %d\n", WTERMSIG(status));
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		skip();
	assert_int_equal(status, 0);
}

void skip_apart(const char *reason)
{
	print_message("skipped: %s\n", reason);
	fflush(NULL);
	_exit(SKIPPED);
}

void mark_surroundings(void)
{
	assert_int_equal(support_setup(NULL), 0);
	/* Valgrind maps memory of its own as it goes. */
	if (runs_in_valgrind())
		support_ignore_mappings();
}

void check_surroundings(void)
{
	assert_int_equal(support_teardown(NULL), 0);
}

/* ---- Starting ---------------------------------------------------------- */

static char probe_name[] = "probe";
static char exit_command[] = "exit";
static char exit_operand[] = "0";
char *const exit_argv[] = { probe_name, exit_command, exit_operand, NULL };

struct libspawn_options plain_options(void)
{
	return (struct libspawn_options){ OPTIONS, .backend = support_backend };
}

struct libspawn_error unset_error(void)
{
	struct libspawn_error error;

	memset(&error, 0x5a, sizeof error);
	return error;
}

int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

struct libspawn_process start_and_reap(const struct libspawn_options *options)
{
	struct libspawn_process process = { 0 };
	struct libspawn_error error = unset_error();
	int code = libspawn_start(&process, support_probe, exit_argv, options,
				  &error);

	if (code)
		print_error("step %s, index %d: %s\n",
			    libspawn_step_name(error.step), error.index,
			    strerror(code));
	assert_int_equal(code, 0);
	assert_int_equal(reap(process.pid), 0);
	return process;
}

int memory_is_shared(void)
{
	struct libspawn_options options = plain_options();
	struct libspawn_process process;

	if (support_backend == LIBSPAWN_BACKEND_FORK ||
	    support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		return 0;
	process = start_and_reap(&options);
	return !(process.fallbacks & LIBSPAWN_FALLBACK_PIPE);
}

int runs_in_valgrind(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded && strstr(preloaded, "vgpreload");
}

/* ThreadSanitizer makes it a fork() with all its handlers. */
int vfork_is_vfork(void)
{
	return VFORK_IS_VFORK && !runs_in_valgrind();
}

void skip_false_vfork(const char *backend)
{
	if (!SANITIZES_THREADS || !backend || strcmp(backend, "vfork") != 0)
		return;
	print_message("skipped: ThreadSanitizer makes vfork() a fork()\n");
	exit(SKIPPED);
}

int runs_slowly(void)
{
	return SANITIZED || runs_in_valgrind();
}

/* ---- Threads ----------------------------------------------------------- */

pthread_t start_thread(void *(*run)(void *), void *data)
{
	pthread_t thread;

	/* Their stacks stay cached when they have ended. */
	support_ignore_mappings();
	assert_int_equal(pthread_create(&thread, NULL, run, data), 0);
	return thread;
}

void *join_thread(pthread_t thread)
{
	void *result;

	assert_int_equal(pthread_join(thread, &result), 0);
	return result;
}
