/* SPDX-License-Identifier: MIT */
/*
 * Detached processes: somebody else's children from the first moment, in a
 * session of their own; and a failed one is nobody's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "held.h"
#include "refuse.h"

#define TEXT(literal) ((char *)(uintptr_t)(literal))

static volatile sig_atomic_t child_signals;

static void count_child_signal(int signal)
{
	(void)signal;
	child_signals++;
}

static struct libspawn_options detached(uint64_t flags)
{
	struct libspawn_options options = plain_options();

	options.flags = flags | LIBSPAWN_DETACH;
	return options;
}

/* Options of which the other backends say that they can't. */
#define return_if_declined()                                                   \
	do {                                                                   \
		struct libspawn_options asked = detached(0);                   \
                                                                               \
		return_if_declined_by(VFORK_DECLINES | POSIX_SPAWN_DECLINES |  \
					      1u << LIBSPAWN_BACKEND_FORK,     \
				      &asked, LIBSPAWN_STEP_DETACH);           \
	} while (0)

/* Without a row it may outlive the test, and has none of its output open. */
static void start_detached(struct libspawn_process *process, uint64_t flags,
			   struct libspawn_fd *row, const char *const words[3])
{
	static const struct libspawn_fd quiet[] = {
		{ .child_fd = 1, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 2, .kind = LIBSPAWN_FD_NULL },
	};
	struct libspawn_options options = detached(flags);
	char *argv[] = { TEXT("probe"), TEXT(words[0]), TEXT(words[1]),
			 TEXT(words[2]), NULL };
	struct libspawn_error error = { 0 };
	int code;

	options.fds = row ? row : quiet;
	options.fd_count = row ? 1 : 2;
	code = libspawn_start(process, support_probe, argv, &options, &error);
	if (code)
		print_error("step %s: %s\n", libspawn_step_name(error.step),
			    strerror(code));
	assert_int_equal(code, 0);
	assert_int_equal(process->backend, support_backend);
	assert_no_child();
}

static long number_of(const char *text, const char *key)
{
	const char *found = strstr(text, key);

	assert_non_null(found);
	return strtol(found + strlen(key), NULL, 10);
}

/* What the probe prints of these groups, started so. */
static void observe_process(struct libspawn_process *process, uint64_t flags,
			    char *text, size_t room)
{
	static const char *const words[3] = { "print", "process" };
	size_t length = 1;
	int32_t end;
	ssize_t size;
	struct libspawn_fd row = { .child_fd = 1,
				   .kind = LIBSPAWN_FD_PIPE_WRITE,
				   .parent_end = &end };

	start_detached(process, flags, &row, words);
	text[0] = '\n';
	while ((size = read(end, text + length, room - 1 - length)) > 0)
		length += (size_t)size;
	text[length] = '\0';
	close(end);
}

static void it_is_a_leader_and_nobodys_child_here(void **state)
{
	struct libspawn_process process;
	char text[4096];

	(void)state;
	return_if_declined();
	observe_process(&process, 0, text, sizeof text);
	assert_int_equal(number_of(text, "\npid="), process.pid);
	assert_int_equal(number_of(text, "\nsid="), process.pid);
	assert_int_equal(number_of(text, "\npgid="), process.pid);
	assert_true(number_of(text, "\nppid=") != getpid());
	assert_int_equal(libspawn_wait(&process, -1, NULL), ECHILD);
	process.state = 0;
	assert_int_equal(libspawn_signal(&process, SIGKILL, 0), ESRCH);
}

static void it_may_stay_in_the_session_and_group(void **state)
{
	struct libspawn_process process;
	char text[4096];

	(void)state;
	return_if_declined();
	observe_process(&process, LIBSPAWN_KEEP_SESSION, text, sizeof text);
	assert_int_equal(number_of(text, "\npid="), process.pid);
	assert_int_equal(number_of(text, "\nsid="), getsid(0));
	assert_int_equal(number_of(text, "\npgid="), getpgid(0));
	assert_true(number_of(text, "\nppid=") != getpid());
	assert_no_child();
}

static void it_may_lead_a_group_in_the_session(void **state)
{
	struct libspawn_process process;
	char text[4096];

	(void)state;
	return_if_declined();
	observe_process(&process,
			LIBSPAWN_KEEP_SESSION | LIBSPAWN_PROCESS_GROUP, text,
			sizeof text);
	assert_int_equal(number_of(text, "\nsid="), getsid(0));
	assert_int_equal(number_of(text, "\npgid="), process.pid);
}

static void only_a_detached_one_has_a_session_to_keep(void **state)
{
	const uint64_t without_meaning[] = {
		LIBSPAWN_KEEP_SESSION,
		LIBSPAWN_KEEP_SESSION | LIBSPAWN_DETACH | LIBSPAWN_NEW_SESSION,
	};
	struct libspawn_options options = plain_options();
	struct libspawn_error error;

	(void)state;
	for (int n = 0; n < 2; n++) {
		options.flags = without_meaning[n];
		assert_int_equal(libspawn_query(0, &options, &error), -EINVAL);
		assert_int_equal(error.step, LIBSPAWN_STEP_SESSION);
	}
}

static void a_descriptor_for_it_signals_and_tells_its_end(void **state)
{
	static const char *const words[3] = { "pause" };
	struct libspawn_process process;
	struct pollfd ended = { .events = POLLIN };

	(void)state;
	return_if_declined();
	start_detached(&process, LIBSPAWN_PIDFD, NULL, words);
	ended.fd = process.pidfd;
	assert_true(ended.fd > 2);
	assert_int_equal(poll(&ended, 1, 0), 0);
	assert_int_equal(libspawn_signal(&process, SIGKILL, 0), 0);
	assert_int_equal(poll(&ended, 1, -1), 1);
	libspawn_close(&process);
	assert_no_child();
}

/* ---- With a descriptor ------------------------------------------------- */

static void (*caller_body)(void);

/* In a process whose parent, and that of all it detaches, is this one. */
static pid_t fork_caller(void)
{
	pid_t caller;

	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	caller = fork();
	if (caller == 0) {
		caller_body();
		_exit(0);
	}
	return caller;
}

static void reaper_body(void)
{
	pid_t caller = fork_caller();
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, 0)) > 0)
		if (pid == caller)
			assert_int_equal(status, 0);
}

static void stop_detached(void)
{
	static const char *const pause_words[3] = { "pause" };
	const struct libspawn_stop_how how = { .size = sizeof how,
					       .grace_ms = 100000 };
	int tells = pidfds_tell_ends();
	struct libspawn_process process;
	struct libspawn_status status;
	int code;

	start_detached(&process, LIBSPAWN_PIDFD, NULL, pause_words);
	assert_int_equal(libspawn_wait(&process, 0, &status), ETIMEDOUT);
	assert_int_equal(status.end, LIBSPAWN_END_RUNNING);
	assert_int_equal(libspawn_wait(&process, 20, &status), ETIMEDOUT);
	assert_int_equal(libspawn_signal(&process, 0, 0), 0);
	code = libspawn_stop(&process, &how, &status);
	assert_int_equal(status.flags, LIBSPAWN_STATUS_ASKED);
	if (code == ECHILD && tells)
		code = ask_lost_again(&process, &status);
	assert_int_equal(code, tells ? 0 : ECHILD);
	assert_int_equal(status.end,
			 tells ? LIBSPAWN_END_KILLED : LIBSPAWN_END_LOST);
	assert_int_equal(status.code, tells ? SIGTERM : 0);
	assert_int_equal(libspawn_signal(&process, 0, 0), ESRCH);
	libspawn_close(&process);
}

/* Alive, it is waited for and stopped as any other. */
static void with_a_descriptor_it_is_not_lost(void **state)
{
	(void)state;
	return_if_declined();
	caller_body = stop_detached;
	run_apart(reaper_body);
}

static void await_detached(void)
{
	static const char *const exit_words[3] = { "exit", "23" };
	static const int64_t timeouts[] = { LIBSPAWN_FOREVER, 100000 };
	struct libspawn_process process;
	struct libspawn_process *processes[] = { &process };
	const int tells = pidfds_tell_ends();
	struct libspawn_status status;
	size_t index = 0;

	for (int n = 0; n < 2; n++) {
		start_detached(&process, LIBSPAWN_PIDFD, NULL, exit_words);
		expect_stolen_end(&process, timeouts[n], 23);
		libspawn_close(&process);
	}
	start_detached(&process, LIBSPAWN_PIDFD, NULL, exit_words);
	assert_int_equal(libspawn_wait_any(processes, 1, -1, &index, &status),
			 0);
	if (tells)
		assert_int_equal(ask_lost_again(&process, &status), 0);
	assert_int_equal(status.code, tells ? 23 : 0);
	libspawn_close(&process);
}

static void its_exit_status_is_told(void **state)
{
	(void)state;
	return_if_declined();
	caller_body = await_detached;
	run_apart(reaper_body);
}

/* Nobody reaps it before this process says so, through a pipe. */
static int let_reap[2], is_reaped[2];

static void await_unreaped(void)
{
	static const char *const exit_words[3] = { "exit", "23" };
	struct pollfd ended = { .events = POLLIN };
	struct libspawn_process process;
	struct libspawn_status status;
	char byte = 0;

	start_detached(&process, LIBSPAWN_PIDFD, NULL, exit_words);
	ended.fd = process.pidfd;
	assert_int_equal(poll(&ended, 1, -1), 1);
	assert_int_equal(libspawn_wait(&process, 0, &status), ECHILD);
	assert_int_equal(status.end, LIBSPAWN_END_LOST);
	assert_int_equal(libspawn_wait(&process, -1, &status), ECHILD);
	assert_int_equal(write(let_reap[1], &byte, 1), 1);
	assert_int_equal(read(is_reaped[0], &byte, 1), 1);
	expect_stolen_end(&process, 0, 23);
	libspawn_close(&process);
}

static void lazy_body(void)
{
	pid_t caller;
	int status;
	char byte;

	assert_int_equal(pipe(let_reap), 0);
	assert_int_equal(pipe(is_reaped), 0);
	caller = fork_caller();
	assert_int_equal(read(let_reap[0], &byte, 1), 1);
	assert_true(waitpid(-1, &status, 0) != caller);
	assert_int_equal(status, 23 << 8);
	assert_int_equal(write(is_reaped[1], &byte, 1), 1);
	assert_int_equal(reap(caller), 0);
	for (int n = 0; n < 2; n++) {
		close(let_reap[n]);
		close(is_reaped[n]);
	}
}

/* In containers there are such: nobody waits for them for ever. */
static void a_parent_that_does_not_reap_holds_up_nobody(void **state)
{
	(void)state;
	return_if_declined();
	caller_body = await_unreaped;
	run_apart(lazy_body);
}

/* ---- Who can't be stopped ------------------------------------------------ */

/* It is no child: what its descriptor says is all there is. */
static void foreign_body(void)
{
	static const char *const words[3] = { "pause" };
	struct libspawn_process process;

	start_detached(&process, LIBSPAWN_PIDFD, NULL, words);
	assert_int_equal(setresuid(65533, 65533, 0), 0);
	assert_int_equal(libspawn_signal(&process, SIGTERM, 0), EPERM);
	assert_int_equal(libspawn_stop(&process, NULL, NULL), EPERM);
	assert_int_equal(setresuid(0, 0, 0), 0);
	/* The kernel's own doing. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	assert_int_equal(libspawn_signal(&process, SIGKILL, 0), 0);
	libspawn_close(&process);
}

static void one_of_another_user_is_not_waited_for(void **state)
{
	(void)state;
	return_if_declined();
	need_root();
	run_apart(foreign_body);
}

static void one_that_leads_no_group_is_no_group(void **state)
{
	static const char *const words[3] = { "pause" };
	const struct libspawn_stop_how how = { .size = sizeof how,
					       .flags = LIBSPAWN_STOP_GROUP };
	struct libspawn_process process;

	(void)state;
	return_if_declined();
	start_detached(&process, LIBSPAWN_KEEP_SESSION | LIBSPAWN_PIDFD, NULL,
		       words);
	assert_int_equal(libspawn_stop(&process, &how, NULL), EINVAL);
	assert_int_equal(libspawn_signal(&process, SIGKILL, 0), 0);
	libspawn_close(&process);
}

/* Step, errno and index as ever; and the child is not left to init. */
static void a_failed_one_is_told_and_gone(void **state)
{
	struct libspawn_options options = detached(0);
	struct libspawn_process process;
	struct libspawn_error error;

	(void)state;
	return_if_declined();
	assert_int_equal(libspawn_start(&process, "/nonexistent", exit_argv,
					&options, &error),
			 ENOENT);
	assert_int_equal(error.step, LIBSPAWN_STEP_EXEC);
	options.cwd = "/nonexistent";
	options.flags |= LIBSPAWN_PIDFD;
	assert_int_equal(libspawn_start(&process, support_probe, exit_argv,
					&options, &error),
			 ENOENT);
	assert_int_equal(error.step, LIBSPAWN_STEP_CWD);
	assert_no_child();
}

/* The others say that they can't, and what; none is taken in silence. */
static void left_to_the_library_it_is_clone(void **state)
{
	struct libspawn_options options = detached(0);
	struct libspawn_process process;
	struct libspawn_error error;

	(void)state;
	options.backend = LIBSPAWN_BACKEND_ANY;
	assert_int_equal(libspawn_query(LIBSPAWN_BACKEND_ANY, &options, NULL),
			 LIBSPAWN_BACKEND_CLONE);
	assert_int_equal(libspawn_start(&process, support_probe, exit_argv,
					&options, NULL),
			 0);
	assert_int_equal(process.backend, LIBSPAWN_BACKEND_CLONE);
	for (uint32_t backend = LIBSPAWN_BACKEND_VFORK;
	     backend <= LIBSPAWN_BACKEND_FORK; backend++) {
		assert_int_equal(libspawn_query(backend, &options, &error),
				 -ENOTSUP);
		assert_int_equal(error.step, LIBSPAWN_STEP_DETACH);
		assert_int_equal(error.backend, backend);
	}
	assert_no_child();
}

static void what_contradicts_it_has_no_meaning(void **state)
{
	struct libspawn_options options = detached(LIBSPAWN_PROCESS_GROUP);

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_PROCESS_GROUP, -1);
	options = detached(0);
	options.parent_death_signal = SIGKILL;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_PARENT_DEATH, -1);
}

/* ---- Many -------------------------------------------------------------- */

static int how_many(void)
{
	return runs_slowly() ? 50 : 1000;
}

/* The caller: hears of no child, has none, and ends before they may. */
static void start_many(void)
{
	static const char *const words[3] = { "exit", "0" };
	struct sigaction action = { .sa_handler = count_child_signal };
	struct libspawn_options failing = detached(0);
	struct libspawn_process process;

	sigaction(SIGCHLD, &action, NULL);
	failing.cwd = "/nonexistent";
	for (int n = 0; n < how_many(); n++) {
		start_detached(&process, 0, NULL, words);
		assert_int_equal(libspawn_start(&process, support_probe,
						exit_argv, &failing, NULL),
				 ENOENT);
	}
	assert_no_child();
	assert_int_equal(child_signals, 0);
	_exit(0);
}

/* The subreaper gets all that started and nothing else. */
static void reap_many_body(void)
{
	int status, count = 0;
	pid_t caller, pid;

	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	caller = fork();
	if (caller == 0)
		start_many();
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		assert_int_equal(status, 0);
		count += pid != caller;
	}
	assert_int_equal(errno, ECHILD);
	assert_int_equal(count, how_many());
}

static void a_thousand_are_the_subreapers(void **state)
{
	(void)state;
	return_if_declined();
	run_apart(reap_many_body);
}

static void ignoring_body(void)
{
	static const char *const words[3] = { "exit", "0" };
	struct libspawn_process process;

	signal(SIGCHLD, SIG_IGN);
	for (int n = 0; n < 20; n++)
		start_detached(&process, 0, NULL, words);
}

static void with_sigchld_ignored_it_is_the_same(void **state)
{
	(void)state;
	return_if_declined();
	run_apart(ignoring_body);
}

/* The old call tells a pid or a pidfd; the intermediate tells both. */
static void no_clone3_body(void)
{
	static const char *const words[3] = { "exit", "0" };
	struct libspawn_process process;

	need_refusals();
	refuse_call("clone3", EPERM);
	for (int n = 0; n < 5; n++) {
		start_detached(&process, 0, NULL, words);
		start_detached(&process, LIBSPAWN_PIDFD, NULL, words);
		assert_true(process.pidfd > 2);
		libspawn_close(&process);
	}
}

static void without_clone3_it_is_the_same(void **state)
{
	(void)state;
	return_if_declined();
	run_apart(no_clone3_body);
}

/* A thread tells what failed; the test's own says so. */
static void *start_in_thread(void *data)
{
	struct libspawn_options options = detached(LIBSPAWN_PIDFD);
	struct libspawn_process process;
	int *code = data;

	for (int n = 0; n < 50 && *code == 0; n++) {
		*code = libspawn_start(&process, support_probe, exit_argv,
				       &options, NULL);
		if (*code == 0)
			libspawn_close(&process);
	}
	return NULL;
}

static void threads_detach_at_the_same_time(void **state)
{
	pthread_t threads[4];
	int codes[4] = { 0 };

	(void)state;
	return_if_declined();
	for (int n = 0; n < 4; n++)
		threads[n] = start_thread(start_in_thread, &codes[n]);
	for (int n = 0; n < 4; n++)
		join_thread(threads[n]);
	for (int n = 0; n < 4; n++)
		assert_int_equal(codes[n], 0);
	assert_no_child();
}

static const struct CMUnitTest tests[] = {
	TEST(it_is_a_leader_and_nobodys_child_here),
	TEST(it_may_stay_in_the_session_and_group),
	TEST(it_may_lead_a_group_in_the_session),
	TEST(only_a_detached_one_has_a_session_to_keep),
	TEST(a_descriptor_for_it_signals_and_tells_its_end),
	TEST(with_a_descriptor_it_is_not_lost),
	TEST(its_exit_status_is_told),
	TEST(a_parent_that_does_not_reap_holds_up_nobody),
	TEST(one_of_another_user_is_not_waited_for),
	TEST(one_that_leads_no_group_is_no_group),
	TEST(a_failed_one_is_told_and_gone),
	TEST(left_to_the_library_it_is_clone),
	TEST(what_contradicts_it_has_no_meaning),
	TEST(a_thousand_are_the_subreapers),
	TEST(with_sigchld_ignored_it_is_the_same),
	TEST(without_clone3_it_is_the_same),
	TEST(threads_detach_at_the_same_time),
};

TEST_MAIN(tests)
