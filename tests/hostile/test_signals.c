/* SPDX-License-Identifier: MIT */
/*
 * Signals and cancellation while libspawn_start() runs: a handler never runs
 * in a child, and a start always comes to its end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "apart.h"
#include "gate.h"
#include "linux_calls.h"
#include "patience.h"

#define SPAWNERS 4
#define STARTS 250

static pid_t caller_pid;
/* Written by handlers, in a child too if it shares the memory. */
static atomic_int handled;
static atomic_int strayed;
static atomic_int finished;

static void count_signal(int number)
{
	(void)number;
	if (kernel_pid() == caller_pid) {
		atomic_fetch_add(&handled, 1);
		return;
	}
	atomic_fetch_add(&strayed, 1);
	_exit(99);
}

static void handle_signals(void)
{
	struct sigaction action = { .sa_handler = count_signal,
				    .sa_flags = SA_RESTART };

	caller_pid = getpid();
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	sigaction(FIRST_REAL_TIME, &action, NULL);
}

/* ---- A storm ----------------------------------------------------------- */

static int starts_wanted(void)
{
	return runs_slowly() ? STARTS / 10 : STARTS;
}

static void *spawn_in_storm(void *data)
{
	struct libspawn_options options = plain_options();

	(void)data;
	for (int n = 0; n < starts_wanted(); n++) {
		start_and_reap(&options);
		expect_failure(&options, "/nonexistent", exit_argv, ENOENT,
			       LIBSPAWN_STEP_EXEC, -1);
	}
	atomic_fetch_add(&finished, 1);
	return NULL;
}

/* To each thread in turn, and to the process. */
static void *throw_signals(void *data)
{
	static const int numbers[] = { SIGUSR1, SIGALRM };
	pthread_t *spawners = data;

	for (unsigned n = 0; atomic_load(&finished) < SPAWNERS; n++) {
		pthread_kill(spawners[n % SPAWNERS], numbers[n / 7 % 2]);
		pthread_kill(spawners[n % SPAWNERS], FIRST_REAL_TIME);
		if (n % 16 == 0)
			kill(getpid(), SIGUSR1);
		/* The spawners must get on, on one processor too. */
		sched_yield();
	}
	return NULL;
}

static void storm_body(void)
{
	const struct itimerval each_millisecond = { { 0, 1000 }, { 0, 1000 } };
	pthread_t spawners[SPAWNERS], storm;

	handle_signals();
	for (int n = 0; n < SPAWNERS; n++)
		spawners[n] = start_thread(spawn_in_storm, NULL);
	setitimer(ITIMER_REAL, &each_millisecond, NULL);
	storm = start_thread(throw_signals, spawners);
	join_thread(storm);
	for (int n = 0; n < SPAWNERS; n++)
		join_thread(spawners[n]);
	assert_int_equal(atomic_load(&strayed), 0);
	assert_true(atomic_load(&handled) > SPAWNERS);
}

static void a_storm_of_signals_does_no_harm(void **state)
{
	(void)state;
	run_apart(storm_body);
}

/* ---- One signal, sent to the child itself ------------------------------ */

static void *signal_and_open(void *data)
{
	assert_int_equal(kill(find_child(), SIGUSR1), 0);
	open_gate(data);
	return NULL;
}

/*
 * It is held back until the mask is restored, and ends the child there, before
 * exec. What dies in glibc's posix_spawn() has started, as far as it says.
 */
static void signalled_child_body(void)
{
	struct libspawn_options options = plain_options();
	struct libspawn_error error = unset_error();
	struct libspawn_process process;
	struct libspawn_fd row;
	struct gate gate;
	pthread_t thread;

	handle_signals();
	make_gate_of(&options, &gate, &row);
	thread = start_thread(signal_and_open, &gate);
	if (libspawn_start(&process, support_probe, exit_argv, &options,
			   &error) == 0) {
		assert_int_equal(support_backend, LIBSPAWN_BACKEND_POSIX_SPAWN);
		assert_int_equal(reap(process.pid), SIGUSR1);
	} else {
		assert_int_equal(error.step, LIBSPAWN_STEP_DIED);
		assert_int_equal(error.signal, SIGUSR1);
	}
	join_thread(thread);
	remove_gate(&gate);
	assert_int_equal(atomic_load(&handled), 0);
	assert_int_equal(atomic_load(&strayed), 0);
}

static void a_signal_to_the_child_runs_no_handler(void **state)
{
	(void)state;
	run_apart(signalled_child_body);
}

static void start_one_that_dies(struct libspawn_options options)
{
	struct libspawn_process process = { 0 };
	struct libspawn_fd row;
	struct gate gate;
	pthread_t thread;
	int code;

	make_gate_of(&options, &gate, &row);
	thread = start_thread(signal_and_open, &gate);
	code = libspawn_start(&process, support_probe, exit_argv, &options,
			      NULL);
	join_thread(thread);
	remove_gate(&gate);
	assert_int_equal(code, 0);
	assert_int_equal(reap(process.pid), SIGUSR1);
	assert_int_equal(waitpid(-1, NULL, 0), -1);
}

/*
 * Then it is the caller's, as posix_spawn() has it: also the first of a
 * process, which nobody could hear of, and each after the kernel is known.
 */
static void dead_and_started_body(void)
{
	struct libspawn_options options = plain_options();
	struct libspawn_process process;

	options.flags = LIBSPAWN_DEATH_IS_START;
	start_one_that_dies(options);
	assert_int_equal(libspawn_start(&process, support_probe, exit_argv,
					&options, NULL),
			 0);
	assert_int_equal(reap(process.pid), 0);
	start_one_that_dies(options);
	expect_failure(&options, "/nonexistent", exit_argv, ENOENT,
		       LIBSPAWN_STEP_EXEC, -1);
}

static void a_death_before_exec_can_count_as_a_start(void **state)
{
	(void)state;
	run_apart(dead_and_started_body);
}

/* ---- Stop signals ------------------------------------------------------ */

static int stop_signal;
static uint64_t stop_flags; /* of the start that is to be stopped */
static int kept_fd;

/* Keeps it open: the program reads from it, and so lives until it is closed. */
static void *stop_and_open(void *data)
{
	const struct gate *gate = data;
	/* A detached one is the intermediate process's. */
	pid_t pid =
		stop_flags & LIBSPAWN_DETACH ? find_grandchild() : find_child();

	assert_int_equal(kill(pid, stop_signal), 0);
	kept_fd = open(gate->path, O_WRONLY | O_CLOEXEC);
	return NULL;
}

/* The start returns, whatever the signal does. */
static pid_t start_amid_signal(void)
{
	char name[] = "probe", command[] = "read", number[] = "0";
	char *const argv[] = { name, command, number, NULL };
	struct libspawn_options options = plain_options();
	struct libspawn_process process;
	struct libspawn_fd row;
	struct gate gate;
	pthread_t thread;

	make_gate_of(&options, &gate, &row);
	options.flags = stop_flags;
	thread = start_thread(stop_and_open, &gate);
	assert_int_equal(
		libspawn_start(&process, support_probe, argv, &options, NULL),
		0);
	join_thread(thread);
	remove_gate(&gate);
	return process.pid;
}

static void expect_stopped(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(WSTOPSIG(status), stop_signal);
	assert_int_equal(kill(pid, SIGCONT), 0);
}

static void stopped_child_body(void)
{
	pid_t pid;

	/* Else it would hang as long as nobody sends a SIGCONT. */
	alarm(60);
	pid = start_amid_signal();
	if (!(stop_flags & LIBSPAWN_NEW_SESSION))
		expect_stopped(pid);
	close(kept_fd);
	assert_int_equal(reap(pid), 0);
	alarm(0);
}

static void a_stop_signal_stops_the_program_and_not_the_start(void **state)
{
	static const int numbers[] = { SIGTSTP, SIGTTIN, SIGTTOU };

	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		skip_with_reason("glibc's child restores its mask and stops");
	if (!support_is_linux())
		skip_with_reason("only Linux has a way to look for them");
	for (int n = 0; n < 3; n++) {
		stop_signal = numbers[n];
		run_apart(stopped_child_body);
	}
}

/* The kernel stops nobody there whom no job control could set going again. */
static void a_stop_signal_stops_nothing_in_a_session_of_its_own(void **state)
{
	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		skip_with_reason("glibc's child has no file to wait for before"
				 " its session");
	stop_signal = SIGTSTP;
	stop_flags = LIBSPAWN_NEW_SESSION;
	run_apart(stopped_child_body);
	stop_flags = 0;
}

static void stopped_stranger_body(void)
{
	pid_t pid;

	alarm(60);
	pid = start_amid_signal();
	while (state_of(pid) != 'T')
		sched_yield();
	assert_int_equal(kill(pid, SIGCONT), 0);
	close(kept_fd);
	while (state_of(pid) == 'S' || state_of(pid) == 'R')
		sched_yield();
	alarm(0);
}

/* It is in the caller's session, and nobody's child here. */
static void a_stop_signal_stops_a_detached_program_too(void **state)
{
	(void)state;
	if (support_backend != LIBSPAWN_BACKEND_CLONE)
		skip_with_reason("only the clone backend detaches");
	stop_signal = SIGTSTP;
	stop_flags = LIBSPAWN_DETACH | LIBSPAWN_KEEP_SESSION;
	run_apart(stopped_stranger_body);
	stop_flags = 0;
}

/* ---- A signal that dumps core -------------------------------------------- */

static void ignore_quit(int number)
{
	(void)number;
}

/*
 * The caller has a handler, the child has none. Before Linux 5.16 its death
 * would be the caller's, as it dumps core while it shares the memory.
 */
static void quit_child_body(void)
{
	int status;
	pid_t pid;

	signal(SIGQUIT, ignore_quit);
	pid = start_amid_signal();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGQUIT);
	close(kept_fd);
}

static void a_quit_ends_the_program_and_not_the_start(void **state)
{
	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		skip_with_reason("glibc's child restores its mask and dies");
	if (!support_is_linux())
		skip_with_reason("only Linux has a way to look for it");
	stop_signal = SIGQUIT;
	run_apart(quit_child_body);
}

/* Without a pause the caller might have no time for anything else. */
_Noreturn static void send_quits(pid_t group)
{
	const struct timespec pause = { 0, 20000 };

	setpgid(0, 0);
	while (kill(-group, SIGQUIT) == 0)
		nanosleep(&pause, NULL);
	_exit(0);
}

static int start_by_turns(int n, struct libspawn_process *process)
{
	struct libspawn_options options = plain_options();
	struct libspawn_pending *pending;
	int code;

	if (n % 2)
		return libspawn_start(process, support_probe, exit_argv,
				      &options, NULL);
	options.flags = LIBSPAWN_MAY_WAIT;
	code = libspawn_begin(&pending, support_probe, exit_argv, &options,
			      NULL);
	return code ? code
		    : libspawn_finish(pending, LIBSPAWN_FOREVER, process, NULL);
}

/*
 * A caller amid SIGQUIT to its group; each start may end, the caller not. A
 * fork() that a signal interrupts begins anew: where it takes long, fewer do.
 */
static void quit_storm_body(void)
{
	const int rounds = runs_slowly() ? 20 : 500;
	struct libspawn_process process;
	struct patience patience = { 0 };
	pid_t group, foe;

	signal(SIGQUIT, ignore_quit);
	assert_int_equal(setpgid(0, 0), 0);
	group = getpgrp();
	foe = fork();
	if (foe == 0)
		send_quits(group);
	for (int n = 0; n < rounds && patience_lasts(&patience); n++) {
		int code = start_by_turns(n, &process);

		if (code == 0)
			reap(process.pid);
		else if (code != ENOTSUP)
			assert_int_equal(code, ECANCELED);
	}
	kill(foe, SIGKILL);
	reap(foe);
}

static void a_storm_of_quits_ends_no_caller(void **state)
{
	(void)state;
	if (support_death_is_catching())
		skip_with_reason("before Linux 5.16 a moment is left in which"
				 " the caller dies with its child");
	run_apart(quit_storm_body);
}

/* ---- Cancellation ------------------------------------------------------ */

struct cancelled {
	struct libspawn_fd row;
	struct gate gate;
	atomic_int sent;
	int code;
	int pid;
	int old_state;
	int old_type;
};

static void *start_cancelled(void *data)
{
	struct cancelled *cancelled = data;
	struct libspawn_options options = plain_options();
	struct libspawn_process process = { 0 };

	/* Not a cancellation point, as anything that sleeps would be. */
	while (!cancelled->row.path && !atomic_load(&cancelled->sent))
		sched_yield();
	options.fds = &cancelled->row;
	options.fd_count = cancelled->row.path ? 1 : 0;
	cancelled->code = libspawn_start(&process, support_probe, exit_argv,
					 &options, NULL);
	cancelled->pid = process.pid;
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &cancelled->old_state);
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &cancelled->old_type);
	pthread_testcancel();
	return NULL;
}

static void check_cancelled(struct cancelled *cancelled, pthread_t thread)
{
	assert_ptr_equal(join_thread(thread), PTHREAD_CANCELED);
	assert_int_equal(cancelled->code, 0);
	assert_int_equal(cancelled->old_state, PTHREAD_CANCEL_ENABLE);
	assert_int_equal(cancelled->old_type, PTHREAD_CANCEL_DEFERRED);
	assert_int_equal(reap(cancelled->pid), 0);
	check_surroundings();
}

static void cancelled_before_body(void)
{
	struct cancelled cancelled = { 0 };
	pthread_t thread = start_thread(start_cancelled, &cancelled);

	assert_int_equal(pthread_cancel(thread), 0);
	atomic_store(&cancelled.sent, 1);
	check_cancelled(&cancelled, thread);
}

static void a_start_with_cancellation_pending_completes(void **state)
{
	(void)state;
	run_apart(cancelled_before_body);
}

static void cancelled_during_body(void)
{
	struct cancelled cancelled = { 0 };
	pthread_t thread;

	make_gate(&cancelled.gate, &cancelled.row);
	thread = start_thread(start_cancelled, &cancelled);
	find_child();
	assert_int_equal(pthread_cancel(thread), 0);
	open_gate(&cancelled.gate);
	remove_gate(&cancelled.gate);
	check_cancelled(&cancelled, thread);
}

static void a_start_cancelled_on_its_way_completes(void **state)
{
	(void)state;
	run_apart(cancelled_during_body);
}

/* Who has disabled it finds it disabled. */
static void uncancellable_body(void)
{
	struct libspawn_options options = plain_options();
	int old_state;

	/* It loads the unwinder. */
	support_ignore_mappings();
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_cancel(pthread_self());
	start_and_reap(&options);
	expect_failure(&options, "/nonexistent", exit_argv, ENOENT,
		       LIBSPAWN_STEP_EXEC, -1);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old_state);
	assert_int_equal(old_state, PTHREAD_CANCEL_DISABLE);
}

static void disabled_cancellation_stays_disabled(void **state)
{
	(void)state;
	run_apart(uncancellable_body);
}

static const struct CMUnitTest tests[] = {
	TEST(a_storm_of_signals_does_no_harm),
	TEST(a_signal_to_the_child_runs_no_handler),
	TEST(a_death_before_exec_can_count_as_a_start),
	TEST(a_stop_signal_stops_the_program_and_not_the_start),
	TEST(a_quit_ends_the_program_and_not_the_start),
	TEST(a_storm_of_quits_ends_no_caller),
	TEST(a_stop_signal_stops_nothing_in_a_session_of_its_own),
	TEST(a_stop_signal_stops_a_detached_program_too),
	TEST(a_start_with_cancellation_pending_completes),
	TEST(a_start_cancelled_on_its_way_completes),
	TEST(disabled_cancellation_stays_disabled),
};

TEST_MAIN(tests)
