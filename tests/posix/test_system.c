/* SPDX-License-Identifier: MIT */
/* system(): the status, the signals of its caller, and what can go wrong. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"

#define THREADS 16
#define INTERNAL (BIT(32) | BIT(33) | BIT(34))

static volatile sig_atomic_t handled[65];

static void count_handled(int number)
{
	handled[number]++;
}

static void handle(int number, int flags)
{
	struct sigaction action = { .sa_handler = count_handled,
				    .sa_flags = flags };

	sigaddset(&action.sa_mask, SIGUSR2);
	assert_int_equal(sigaction(number, &action, NULL), 0);
}

static void assert_still_handled(int number, int flags)
{
	struct sigaction got;

	assert_int_equal(sigaction(number, NULL, &got), 0);
	assert_true(got.sa_handler == count_handled);
	assert_int_equal(got.sa_flags & (SA_RESTART | SA_NODEFER), flags);
	assert_int_equal(sigismember(&got.sa_mask, SIGUSR2), 1);
}

/* A line of the form "SigIgn:\t..." that a command took of its caller. */
static uint64_t set_in_status(const char *name)
{
	struct seen *seen = read_seen("status");

	for (size_t at = 0; at < seen->length;
	     at += strlen(seen->text + at) + 1)
		if (strncmp(seen->text + at, name, strlen(name)) == 0)
			return strtoull(strchr(seen->text + at, '\t'), NULL,
					16);
	assert_non_null(NULL);
	return 0;
}

/*
 * Write down the caller's status once it sleeps, which is when it waits: while
 * it starts the command, all signals are blocked. Without another program.
 */
static char *status_command(void)
{
	return text_of("s=R; while [ \"${s%%%% *}\" != S ]; do "
		       "while read -r k v; do "
		       "[ $k != State: ] || s=$v; done </proc/$PPID/status; "
		       "done; while read -r k v; do "
		       "printf '%%s\\t%%s\\n' \"$k\" \"$v\"; done "
		       "</proc/$PPID/status >%s",
		       in_folder("status"));
}

static int ignores(int number)
{
	struct sigaction got;

	assert_int_equal(sigaction(number, NULL, &got), 0);
	return got.sa_handler == SIG_IGN;
}

/* ---- The status -------------------------------------------------------- */

static void a_shell_is_there(void)
{
	assert_true(system(NULL) != 0);
}

static void the_status_is_the_shells(void)
{
	assert_int_equal(system("exit 0"), 0);
	assert_int_equal(system("exit 7"), 7 << 8);
	assert_int_equal(system("exit 127"), 127 << 8);
	assert_int_equal(system("exit 255"), 255 << 8);
	assert_int_equal(system("kill -9 $$"), 9);
	assert_int_equal(system("kill -TERM $$"), SIGTERM);
	assert_int_equal(system("/absent/program 2>/dev/null"), 127 << 8);
}

static void an_empty_command_succeeds(void)
{
	assert_int_equal(system(""), 0);
	assert_int_equal(system(" "), 0);
	assert_int_equal(system("#"), 0);
}

static void a_command_may_begin_with_a_dash(void)
{
	copy_probe("-prog", 0755);
	setenv("PATH", in_folder("."), 1);
	if (differs("system() and popen() take a command that begins with "
		    "'-' or '+', as in newer glibc"))
		return;
	copy_probe("+prog", 0755);
	assert_int_equal(system("-prog exit 5"), 5 << 8);
	assert_int_equal(system("+prog exit 6"), 6 << 8);
}

static void the_environment_is_the_callers(void)
{
	setenv("LIBSPAWN_TEST", "here", 1);
	assert_int_equal(system("test \"$LIBSPAWN_TEST\" = here"), 0);
	unsetenv("LIBSPAWN_TEST");
	assert_int_equal(system("test -z \"$LIBSPAWN_TEST\""), 0);
}

static void descriptors_are_inherited_but_cloexec(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_equal(dup2(fd, 20), 20);
	assert_int_equal(system(text_of("%s print fds >%s", case_probe,
					in_folder("out"))),
			 0);
	assert_seen(read_seen("out"), "fds", "0,1,2,20");
	close(20);
	close(fd);
}

static void a_long_command_is_taken(void)
{
	char *command = keep(malloc(300000));

	skip_in_valgrind(LOSES_EXEC);
	memset(command, ' ', 300000);
	memcpy(command, "exit 5", 6);
	command[100000] = '\0';
	assert_int_equal(system(command), 5 << 8);
	/* More than one argument may be long: as if the shell had not run. */
	command[100000] = ' ';
	command[299999] = '\0';
	assert_int_equal(system(command), 127 << 8);
	assert_false(has_child());
}

static void the_shell_sees_its_caller(void)
{
	assert_int_equal(system(text_of("test $PPID = %ld", (long)getpid())),
			 0);
}

/* ---- Signals of the caller --------------------------------------------- */

static void interrupts_are_ignored_meanwhile(void)
{
	handle(SIGINT, 0);
	handle(SIGQUIT, 0);
	handle(SIGUSR1, 0);
	assert_int_equal(system("kill -INT $PPID; kill -QUIT $PPID; "
				"kill -USR1 $PPID"),
			 0);
	assert_int_equal(handled[SIGINT], 0);
	assert_int_equal(handled[SIGQUIT], 0);
	assert_int_equal(handled[SIGUSR1], 1);
	raise(SIGINT);
	assert_int_equal(handled[SIGINT], 1);
}

static void dispositions_are_as_specified_meanwhile(void)
{
	handle(SIGINT, 0);
	handle(SIGTERM, 0);
	assert_int_equal(system(status_command()), 0);
	assert_true(set_in_status("SigIgn:") & BIT(SIGINT));
	assert_true(set_in_status("SigIgn:") & BIT(SIGQUIT));
	assert_false(set_in_status("SigIgn:") & BIT(SIGTERM));
	assert_true(set_in_status("SigCgt:") & BIT(SIGTERM));
	assert_true(set_in_status("SigBlk:") & BIT(SIGCHLD));
	assert_false(set_in_status("SigBlk:") & BIT(SIGTERM));
	assert_false(ignores(SIGINT));
	assert_false(ignores(SIGQUIT));
}

static void handlers_and_their_flags_are_restored(void)
{
	struct sigaction got;

	handle(SIGINT, SA_RESTART);
	handle(SIGQUIT, SA_NODEFER);
	assert_int_equal(system("exit 1"), 1 << 8);
	assert_still_handled(SIGINT, SA_RESTART);
	assert_still_handled(SIGQUIT, SA_NODEFER);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_IGN);
	assert_int_equal(system("exit 1"), 1 << 8);
	assert_int_equal(sigaction(SIGINT, NULL, &got), 0);
	assert_true(got.sa_handler == SIG_DFL);
	assert_true(ignores(SIGQUIT));
}

static struct seen *signals_of_a_command(void)
{
	assert_int_equal(system(text_of("exec %s print signals >%s", case_probe,
					in_folder("out"))),
			 0);
	return read_seen("out");
}

static void the_command_has_the_callers_signals(void)
{
	sigset_t set, old;
	struct seen *seen;

	handle(SIGINT, 0);
	signal(SIGUSR1, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, &old), 0);
	seen = signals_of_a_command();
	assert_int_equal(seen_set(seen, "sigignore") & ~INTERNAL, BIT(SIGUSR1));
	/* Not SIGCHLD, which is blocked in the caller. */
	assert_int_equal(seen_set(seen, "sigmask"), BIT(SIGUSR2));
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
}

static void what_the_caller_ignored_the_command_ignores(void)
{
	signal(SIGINT, SIG_IGN);
	assert_int_equal(seen_set(signals_of_a_command(), "sigignore") &
				 ~INTERNAL,
			 BIT(SIGINT));
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_IGN);
	assert_int_equal(seen_set(signals_of_a_command(), "sigignore") &
				 ~INTERNAL,
			 BIT(SIGQUIT));
	assert_true(ignores(SIGQUIT));
}

static void an_interrupted_command_says_so(void)
{
	/* To the command, not to its caller, which ignores it. */
	assert_int_equal(system("kill -INT $$"), SIGINT);
	assert_int_equal(system("kill -QUIT $$") & 0x7f, SIGQUIT);
}

static void sigchld_waits_until_the_end(void)
{
	handle(SIGCHLD, 0);
	assert_int_equal(system("exit 3"), 3 << 8);
	/* The one of the command comes when it has long been waited for. */
	assert_int_equal(handled[SIGCHLD], 1);
	assert_still_handled(SIGCHLD, 0);
}

static void the_mask_is_restored(void)
{
	sigset_t set, old, now;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &set, &old), 0);
	assert_int_equal(system("exit 3"), 3 << 8);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &now), 0);
	assert_int_equal(sigismember(&now, SIGHUP), 1);
	assert_int_equal(sigismember(&now, SIGCHLD), 0);
	/* What was blocked stays so. */
	sigaddset(&set, SIGCHLD);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &set, NULL), 0);
	assert_int_equal(system("exit 3"), 3 << 8);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &old, &now), 0);
	assert_int_equal(sigismember(&now, SIGCHLD), 1);
}

static void errno_is_kept(void)
{
	errno = 12345;
	assert_int_equal(system("exit 3"), 3 << 8);
	assert_int_equal(errno, 12345);
	handle(SIGUSR1, 0);
	errno = 12345;
	assert_int_equal(system("kill -USR1 $PPID; exit 3"), 3 << 8);
	if (!differs("errno stays as it was when system() is interrupted"))
		assert_int_equal(errno, 12345);
}

static void signals_do_not_end_the_waiting(void)
{
	handle(SIGUSR1, 0);
	assert_int_equal(system("for i in 1 2 3 4 5; do kill -USR1 $PPID; "
				"done; exit 6"),
			 6 << 8);
	assert_true(handled[SIGUSR1] > 0);
	start_storm(300, 0);
	for (int i = 0; i < 30; i++)
		assert_int_equal(system("exit 6"), 6 << 8);
	assert_true(stop_storm() > 0);
}

static void ignored_sigchld_loses_the_status(void)
{
	signal(SIGCHLD, SIG_IGN);
	errno = 0;
	assert_int_equal(system("exit 3"), -1);
	assert_int_equal(errno, ECHILD);
	assert_false(ignores(SIGINT));
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(system("exit 3"), 3 << 8);
}

/* ---- Several at once --------------------------------------------------- */

struct held {
	pthread_t thread;
	int write_fd, ready_fd;
	int status;
};

/* A command that says that it runs, and ends when it is told to. */
static void *run_held(void *data)
{
	struct held *held = data;

	held->status = system(text_of("echo >&%d; read x <&%d; exit 4",
				      held->ready_fd, held->write_fd));
	return NULL;
}

/* Returns when the command runs; end_held() ends it. */
static void begin_held(struct held *held, int number)
{
	int ready[2], go[2];
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	/* Single digits, which is all that a plain shell redirects. */
	assert_int_equal(dup2(ready[1], number), number);
	assert_int_equal(dup2(go[0], number + 1), number + 1);
	held->ready_fd = number;
	held->write_fd = number + 1;
	held->thread = start_thread(run_held, held);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(number);
	close(number + 1);
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	held->write_fd = go[1];
}

static void end_held(struct held *held)
{
	assert_int_equal(write(held->write_fd, "\n", 1), 1);
	join_thread(held->thread);
	close(held->write_fd);
	assert_int_equal(held->status, 4 << 8);
}

/* The pipes of the caller are to be above the digits. */
static void fill_digits(void)
{
	for (int fd = 3; fd < 10; fd++)
		assert_int_equal(dup3(2, fd, O_CLOEXEC), fd);
}

static void interrupts_stay_ignored_until_the_last_has_ended(void)
{
	struct held first, second;

	handle(SIGINT, 0);
	fill_digits();
	begin_held(&first, 3);
	assert_true(ignores(SIGINT));
	/* One that begins and ends within. */
	assert_int_equal(system("exit 0"), 0);
	assert_true(ignores(SIGINT) && ignores(SIGQUIT));
	begin_held(&second, 5);
	/* The first goes first. */
	end_held(&first);
	assert_true(ignores(SIGINT) && ignores(SIGQUIT));
	end_held(&second);
	assert_still_handled(SIGINT, 0);
	assert_false(ignores(SIGQUIT));
	close_descriptors();
}

static void a_command_within_another_is_not_deaf(void)
{
	struct held outer;

	fill_digits();
	begin_held(&outer, 3);
	assert_int_equal(
		seen_set(signals_of_a_command(), "sigignore") & ~INTERNAL, 0);
	end_held(&outer);
	close_descriptors();
}

static void *call_many(void *data)
{
	int count = runs_slowly() ? 3 : 12;
	int wanted = *(int *)data;

	for (int i = 0; i < count; i++)
		assert_int_equal(system(text_of("exit %d", wanted)),
				 wanted << 8);
	return NULL;
}

static void many_threads_call_it_at_once(void)
{
	pthread_t threads[THREADS];
	int numbers[THREADS];

	handle(SIGINT, SA_RESTART);
	handle(SIGQUIT, 0);
	handle(SIGCHLD, SA_RESTART);
	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		threads[i] = start_thread(call_many, &numbers[i]);
	}
	for (int i = 0; i < THREADS; i++)
		join_thread(threads[i]);
	assert_true(handled[SIGCHLD] > 0);
	assert_still_handled(SIGINT, SA_RESTART);
	assert_still_handled(SIGQUIT, 0);
	assert_still_handled(SIGCHLD, SA_RESTART);
}

static void other_children_are_left_alone(void)
{
	pid_t pid = -1;

	assert_int_equal(posix_spawn(&pid, case_probe, NULL, NULL,
				     probe_argv("exit 9"), NULL),
			 0);
	assert_int_equal(system("exit 3"), 3 << 8);
	assert_int_equal(reap(pid), 9 << 8);
}

/* ---- fork() ------------------------------------------------------------ */

/* Whatever was under way in the parent: the signals are seen to. */
static int call_with_a_handler(void)
{
	handle(SIGINT, 0);
	if (system("kill -INT $PPID; exit 5") != 5 << 8 || handled[SIGINT])
		return 1;
	raise(SIGINT);
	return handled[SIGINT] == 1 ? 0 : 2;
}

static void fork_amid_a_call(int (*forked)(int (*)(void)))
{
	struct held held;

	fill_digits();
	begin_held(&held, 3);
	assert_int_equal(forked(call_with_a_handler), 0);
	end_held(&held);
	close_descriptors();
}

static void a_forked_child_does_not_count_its_parents_calls(void)
{
	if (differs("a child of fork() has SIGINT and SIGQUIT ignored while it "
		    "is in system(), though its parent was in it too"))
		return;
	skip_in_valgrind("in a copy, what other threads were at is a leak");
	fork_amid_a_call(run_forked);
}

static void fork_first_amid_a_call(void)
{
	fork_amid_a_call(run_forked_alike);
}

static void nor_does_one_of_the_same_pid(void)
{
	if (!is_libc())
		run_as_first(fork_first_amid_a_call);
}

/* ---- Cancellation ------------------------------------------------------ */

static void *run_until_cancelled(void *data)
{
	struct held *held = data;

	held->status = system(text_of("echo $$ >&%d; exec %s pause",
				      held->ready_fd, case_probe));
	return NULL;
}

static void a_cancelled_call_ends_its_command(void)
{
	struct held held = { .ready_fd = 9, .status = -7 };
	char bytes[32] = "";
	int ready[2];
	pid_t pid;

	skip_sanitized("the sanitizer misses that a thread was cancelled");
	handle(SIGINT, SA_RESTART);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(dup2(ready[1], 9), 9);
	held.thread = start_thread(run_until_cancelled, &held);
	assert_true(read(ready[0], bytes, sizeof bytes - 1) > 0);
	pid = atoi(bytes);
	assert_true(pid > 1 && kill(pid, 0) == 0);
	assert_int_equal(pthread_cancel(held.thread), 0);
	assert_true(join_thread(held.thread) == PTHREAD_CANCELED);
	assert_int_equal(held.status, -7);
	/* Ended and waited for. */
	assert_int_equal(kill(pid, 0), -1);
	assert_false(has_child());
	assert_still_handled(SIGINT, SA_RESTART);
	assert_int_equal(system("exit 3"), 3 << 8);
	close_descriptors();
}

static void *call_cancelled(void *data)
{
	(void)data;
	assert_int_equal(pthread_cancel(pthread_self()), 0);
	for (int i = 0; i < 2; i++)
		system("exit 0");
	pthread_testcancel();
	return NULL;
}

static void a_pending_cancellation_leaves_nothing_behind(void)
{
	pthread_t thread;

	skip_sanitized("the sanitizer misses that a thread was cancelled");
	handle(SIGQUIT, 0);
	thread = start_thread(call_cancelled, NULL);
	assert_true(join_thread(thread) == PTHREAD_CANCELED);
	assert_false(has_child());
	assert_still_handled(SIGQUIT, 0);
	assert_false(ignores(SIGINT));
}

/* ---- No shell, no process ---------------------------------------------- */

static void leave_world(void)
{
	need_root();
	assert_int_equal(chroot(in_folder(".")), 0);
	assert_int_equal(chdir("/"), 0);
}

static void without_a_shell_it_is_as_if_exit_127(void)
{
	handle(SIGINT, 0);
	leave_world();
	errno = 0;
	assert_int_equal(system("exit 0"), 127 << 8);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(system(NULL), 0);
	assert_still_handled(SIGINT, 0);
	assert_false(has_child());
	/* Its working directory has no name from here. */
	_exit(0);
}

static void without_a_process_it_is_minus_one(void)
{
	int status;

	need_root();
	handle(SIGINT, 0);
	allow_no_process();
	errno = 0;
	status = system("exit 0");
	assert_still_handled(SIGINT, 0);
	assert_false(ignores(SIGQUIT));
	if (differs("system() is -1 and EAGAIN when no process can be made, "
		    "not as if the shell had exited with 127"))
		return;
	assert_int_equal(status, -1);
	assert_int_equal(errno, EAGAIN);
}

static void no_descriptor_is_needed(void)
{
	leave_descriptors(0);
	assert_int_equal(system("exit 5"), 5 << 8);
	close_descriptors();
}

static const struct CMUnitTest tests[] = {
	CASE(a_shell_is_there),
	CASE(the_status_is_the_shells),
	CASE(an_empty_command_succeeds),
	CASE(a_command_may_begin_with_a_dash),
	CASE(the_environment_is_the_callers),
	CASE(descriptors_are_inherited_but_cloexec),
	CASE(a_long_command_is_taken),
	CASE(the_shell_sees_its_caller),
	CASE(interrupts_are_ignored_meanwhile),
	CASE(dispositions_are_as_specified_meanwhile),
	CASE(handlers_and_their_flags_are_restored),
	CASE(the_command_has_the_callers_signals),
	CASE(what_the_caller_ignored_the_command_ignores),
	CASE(an_interrupted_command_says_so),
	CASE(sigchld_waits_until_the_end),
	CASE(the_mask_is_restored),
	CASE(errno_is_kept),
	CASE(signals_do_not_end_the_waiting),
	CASE(ignored_sigchld_loses_the_status),
	CASE(interrupts_stay_ignored_until_the_last_has_ended),
	CASE(a_command_within_another_is_not_deaf),
	CASE(many_threads_call_it_at_once),
	CASE(other_children_are_left_alone),
	CASE(a_forked_child_does_not_count_its_parents_calls),
	CASE(nor_does_one_of_the_same_pid),
	CASE(a_cancelled_call_ends_its_command),
	CASE(a_pending_cancellation_leaves_nothing_behind),
	CASE(without_a_shell_it_is_as_if_exit_127),
	CASE(without_a_process_it_is_minus_one),
	CASE(no_descriptor_is_needed),
};

CASE_MAIN(tests)
