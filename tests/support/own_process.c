/* SPDX-License-Identifier: MIT */
/*
 * The process of a test's own; see own_process.h. The outer one does nothing
 * but wait for it, and ends it if it hangs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
/* cmocka needs four of the above. */
#include <cmocka.h>

#include "linux_calls.h"
#include "own_process.h"
#include "patience.h"

#if defined(__has_feature)
#define HAS_FEATURE(feature) __has_feature(feature)
#else
#define HAS_FEATURE(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||           \
	HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/*
 * For a hang, not for slowness: far beyond what any body takes, and below what
 * meson has patience for, which would leave the body's descendants.
 */
#define HANGS_AFTER 500
/* Those that run slowly have four times that, as of meson: scripts/legs.sh. */
#define SLOWNESS 4
#define FDS_OF_OTHERS 1024

static int storm_count;
static size_t skip_count;

/* ---- The process ------------------------------------------------------- */

static void be_apart(const sigset_t *mask)
{
	struct rlimit limit;

	setpgid(0, 0);
	/* A runner that loses patience ends the outer process only. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* What the runner of the tests had open is no concern of theirs. */
	for (int fd = 3; fd < FDS_OF_OTHERS; fd++)
		close(fd);
	sigprocmask(SIG_SETMASK, mask, NULL);
	/* A failure dumps none; a test of dumping may raise it again. */
	getrlimit(RLIMIT_CORE, &limit);
	limit.rlim_cur = 0;
	setrlimit(RLIMIT_CORE, &limit);
	/* Otherwise a failure would run the rest of the tests in here. */
	setenv("CMOCKA_TEST_ABORT", "1", 1);
}

/* Returns what waitpid() says, or -1 for a body that hangs. */
static int wait_with_patience(pid_t pid, const sigset_t *child_signal)
{
	const time_t end =
		seconds_now() + HANGS_AFTER * (runs_slowly() ? SLOWNESS : 1);
	int status;

	while (seconds_now() < end) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		await_signal(child_signal);
	}
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

int run_in_own_process(void (*run)(void *), void *data)
{
	sigset_t child_signal, mask;
	pid_t pid;
	int status;

	sigemptyset(&child_signal);
	sigaddset(&child_signal, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_signal, &mask);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		be_apart(&mask);
		run(data);
		fflush(NULL);
		_exit(0);
	}
	assert_true(pid > 0);
	status = wait_with_patience(pid, &child_signal);
	/* Whatever it started ends with it. */
	kill(-pid, SIGKILL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return status;
}

void judge_own_process(int status)
{
	if (status == -1)
		print_error("hangs\n");
	else if (WIFSIGNALED(status))
		print_error("ended by signal %d\n", WTERMSIG(status));
	if (status != -1 && WIFEXITED(status) &&
	    WEXITSTATUS(status) == SKIPPED) {
		count_skip();
		skip();
	}
	assert_int_equal(status, 0);
}

void skip_apart(const char *reason)
{
	print_message("skipped: %s\n", reason);
	fflush(NULL);
	_exit(SKIPPED);
}

void count_skip(void)
{
	skip_count++;
}

/* A program of which nothing was tried has not passed. */
int status_of_tests(int failed, size_t count)
{
	return failed == 0 && skip_count == count ? SKIPPED : failed;
}

/* ---- In it ------------------------------------------------------------- */

int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

void *join_thread(pthread_t thread)
{
	void *result;

	assert_int_equal(pthread_join(thread, &result), 0);
	return result;
}

static void count_signal(int number)
{
	(void)number;
	__atomic_add_fetch(&storm_count, 1, __ATOMIC_RELAXED);
}

void start_storm(long microseconds, int flags)
{
	const struct itimerval often = { { 0, microseconds },
					 { 0, microseconds } };
	struct sigaction action = { .sa_handler = count_signal,
				    .sa_flags = flags };

	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
}

int stop_storm(void)
{
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };

	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	return __atomic_load_n(&storm_count, __ATOMIC_RELAXED);
}

int is_sanitized(void)
{
	return SANITIZED;
}

int runs_slowly(void)
{
	return SANITIZED || runs_in_valgrind();
}
