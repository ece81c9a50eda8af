/* SPDX-License-Identifier: MIT */
/*
 * Waiting for one process: what is told of its end, when, and how often; who
 * else may reap it; and what is left when the system lacks something.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "held.h"
#include "linux_calls.h"
#include "patience.h"

#define TEXT(literal) ((char *)(uintptr_t)(literal))

/* Without a pidfd, and with one where the backend under test can make one. */
static void twice(void (*act)(uint64_t flags))
{
	act(0);
	if (held_pidfd())
		act(held_pidfd());
}

/* ---- What is told ------------------------------------------------------ */

static void start_words(struct libspawn_process *process, uint64_t flags,
			const char *word, const char *operand)
{
	char *argv[] = { TEXT("probe"), TEXT(word), TEXT(operand), NULL };
	struct libspawn_options options = plain_options();

	options.flags = flags;
	assert_int_equal(
		libspawn_start(process, support_probe, argv, &options, NULL),
		0);
}

static void tell_ends(uint64_t flags)
{
	static const char *const codes[] = { "0", "1", "127", "255" };
	static const int numbers[] = { 0, 1, 127, 255 };
	struct libspawn_process process;

	for (int n = 0; n < 4; n++) {
		start_words(&process, flags, "exit", codes[n]);
		expect_end(&process, LIBSPAWN_END_EXITED, numbers[n]);
	}
	start_words(&process, flags, "kill", "9");
	expect_end(&process, LIBSPAWN_END_KILLED, SIGKILL);
	start_words(&process, flags, "kill", "15");
	expect_end(&process, LIBSPAWN_END_KILLED, SIGTERM);
}

static void exits_and_signals_are_told_apart(void **state)
{
	(void)state;
	twice(tell_ends);
}

static void tell_again(uint64_t flags)
{
	struct libspawn_status first, again;
	struct held held;

	hold(&held, flags, 42);
	let_go(&held);
	assert_int_equal(libspawn_wait(&held.process, -1, &first), 0);
	assert_int_equal(first.flags, LIBSPAWN_STATUS_USAGE);
	assert_true(first.max_rss_kib > 0);
	for (int n = 0; n < 7; n++)
		assert_int_equal(first.spare[n], 0);
	assert_int_equal(libspawn_wait(&held.process, 0, &again), 0);
	assert_int_equal(again.end, LIBSPAWN_END_EXITED);
	assert_int_equal(again.code, 42);
	assert_int_equal(again.flags, 0);
	assert_int_equal(again.max_rss_kib, 0);
	assert_int_equal(libspawn_wait(&held.process, -1, NULL), 0);
	libspawn_close(&held.process);
}

static void an_end_is_told_as_often_as_asked(void **state)
{
	(void)state;
	twice(tell_again);
}

static void use_time(uint64_t flags)
{
	struct libspawn_status status;
	struct libspawn_process process;
	struct rusage own;

	/* Reading its own /proc takes the kernel's time at least. */
	start_words(&process, flags, "read", "0");
	assert_int_equal(libspawn_wait(&process, LIBSPAWN_FOREVER, &status), 0);
	assert_true(status.flags & LIBSPAWN_STATUS_USAGE);
	assert_true(status.user_us < 60000000 && status.system_us < 60000000);
	/* gVisor counts none, of anybody. */
	getrusage(RUSAGE_SELF, &own);
	assert_true(status.minor_faults > 0 || own.ru_minflt == 0);
	libspawn_close(&process);
}

static void usage_body(void)
{
	int fd = open("/dev/null", O_RDONLY);

	assert_int_equal(dup2(fd, 0), 0);
	close(fd);
	mark_surroundings();
	twice(use_time);
}

static void the_usage_is_of_this_process(void **state)
{
	(void)state;
	run_apart(usage_body);
}

static void wrong_arguments_have_no_meaning(void **state)
{
	struct libspawn_process none = { .pidfd = -1 };
	struct libspawn_status status, untouched;

	(void)state;
	memset(&status, 0x5a, sizeof status);
	untouched = status;
	assert_int_equal(libspawn_wait(NULL, 0, &status), EINVAL);
	assert_int_equal(libspawn_wait(&none, 0, &status), EINVAL);
	none.pid = -1;
	assert_int_equal(libspawn_wait(&none, 0, &status), EINVAL);
	assert_memory_equal(&status, &untouched, sizeof status);
}

static void a_descriptor_that_is_none_is_refused(void **state)
{
	struct held held;
	int pidfd;

	(void)state;
	if (!system_has_pidfds())
		skip_with_reason("there are no descriptors of processes");
	hold(&held, held_pidfd(), 1);
	pidfd = held.process.pidfd;
	held.process.pidfd = 1000;
	assert_int_equal(libspawn_wait(&held.process, 0, NULL), EBADF);
	assert_int_equal(libspawn_wait(&held.process, 10, NULL), EBADF);
	held.process.pidfd = pidfd;
	finish_held(&held, 1);
}

static void any_child_will_do(void **state)
{
	struct libspawn_process process = { .pidfd = -1 };

	(void)state;
	process.pid = fork();
	if (process.pid == 0)
		_exit(17);
	expect_end(&process, LIBSPAWN_END_EXITED, 17);
}

static void keep_errno(uint64_t flags)
{
	struct held held;

	hold(&held, flags, 3);
	errno = EDOM;
	assert_int_equal(libspawn_wait(&held.process, 2, NULL), ETIMEDOUT);
	assert_int_equal(errno, EDOM);
	let_go(&held);
	libspawn_wait(&held.process, -1, NULL);
	assert_int_equal(errno, EDOM);
	libspawn_close(&held.process);
	assert_int_equal(errno, EDOM);
}

static void the_errno_of_the_caller_stays(void **state)
{
	(void)state;
	twice(keep_errno);
}

/* ---- Deadlines --------------------------------------------------------- */

static void wait_in_vain(uint64_t flags)
{
	struct libspawn_status status;
	struct held held;
	double begin;

	hold(&held, flags, 5);
	memset(&status, 0x5a, sizeof status);
	assert_int_equal(libspawn_wait(&held.process, 0, &status), ETIMEDOUT);
	assert_int_equal(status.end, LIBSPAWN_END_RUNNING);
	assert_int_equal(status.code, 0);
	begin = now_ms();
	assert_int_equal(libspawn_wait(&held.process, 30, &status), ETIMEDOUT);
	assert_true(now_ms() - begin >= 30);
	finish_held(&held, 5);
}

static void a_deadline_is_not_early(void **state)
{
	(void)state;
	twice(wait_in_vain);
}

static void wait_long(uint64_t flags)
{
	static const int64_t timeouts[] = { INT64_C(1) << 31,
					    INT64_C(1) << 32,
					    INT64_MAX / 1000000,
					    INT64_MAX,
					    -1,
					    INT64_MIN };
	struct held held;

	for (int n = 0; n < 6; n++) {
		hold(&held, flags, n);
		let_go(&held);
		assert_int_equal(
			libspawn_wait(&held.process, timeouts[n], NULL), 0);
		expect_end(&held.process, LIBSPAWN_END_EXITED, n);
	}
}

static void a_deadline_may_be_as_far_as_numbers_go(void **state)
{
	(void)state;
	twice(wait_long);
}

/* A child that another thread lets go at a time near the deadline. */
struct race {
	struct held held;
	double at; /* ms */
};

static void *let_go_in_time(void *data)
{
	struct race *race = data;

	while (now_ms() < race->at)
		sched_yield();
	let_go(&race->held);
	return NULL;
}

/* Whatever the race's outcome, the status is told, once, and not early. */
static int run_race(uint64_t flags, int code, int64_t timeout, double offset)
{
	struct libspawn_status status;
	struct race race;
	pthread_t thread;
	double begin;
	int result;

	hold(&race.held, flags, code);
	begin = now_ms();
	race.at = begin + (double)timeout + offset;
	thread = start_thread(let_go_in_time, &race);
	result = libspawn_wait(&race.held.process, timeout, &status);
	if (result) {
		assert_int_equal(result, ETIMEDOUT);
		assert_int_equal(status.end, LIBSPAWN_END_RUNNING);
		assert_true(now_ms() - begin >= (double)timeout);
	} else {
		assert_int_equal(status.end, LIBSPAWN_END_EXITED);
		assert_int_equal(status.code, code);
		assert_true(status.flags & LIBSPAWN_STATUS_USAGE);
	}
	join_thread(thread);
	expect_end(&race.held.process, LIBSPAWN_END_EXITED, code);
	return result == 0;
}

/* Let go amid the time, at its end, or as long after; then with more time. */
static void race_with(uint64_t flags)
{
	const int rounds = runs_slowly() ? 30 : 1000;
	struct patience patience = { 0 };
	int64_t half = 1;
	int in_time = 0;
	int n = 0;

	while (n < rounds ||
	       ((in_time == 0 || in_time == n) && patience_lasts(&patience))) {
		if (n >= rounds && half < 1000 && n % 3 == 0)
			half *= 2;
		in_time += run_race(flags, n % 256, 2 * half,
				    (double)(n % 3 - 1) * (double)half);
		n++;
	}
	print_message("%d of %d ended in time\n", in_time, n);
	assert_in_range(in_time, 1, n - 1);
}

static void an_end_near_the_deadline_is_never_lost(void **state)
{
	(void)state;
	twice(race_with);
}

static void wait_in_storm(uint64_t flags)
{
	struct race race;
	pthread_t thread;
	double begin;

	hold(&race.held, flags, 9);
	begin = now_ms();
	assert_int_equal(libspawn_wait(&race.held.process, 50, NULL),
			 ETIMEDOUT);
	assert_true(now_ms() - begin >= 50);
	race.at = now_ms() + 20;
	thread = start_thread(let_go_in_time, &race);
	expect_end(&race.held.process, LIBSPAWN_END_EXITED, 9);
	join_thread(thread);
}

static void storm_body(void)
{
	struct patience patience = { 0 };
	int count;

	do {
		/* Into system calls that are not restarted. */
		start_storm(200, 0);
		twice(wait_in_storm);
		count = stop_storm();
	} while (count <= 10 && patience_lasts(&patience));
	assert_true(count > 10);
}

static void signals_do_not_end_a_wait(void **state)
{
	(void)state;
	run_apart(storm_body);
}

/* ---- Others ------------------------------------------------------------ */

struct waiters {
	struct held held;
	int usages;
};

static void *wait_with_others(void *data)
{
	struct waiters *waiters = data;
	struct libspawn_status status;

	assert_int_equal(libspawn_wait(&waiters->held.process, 100000, &status),
			 0);
	assert_int_equal(status.end, LIBSPAWN_END_EXITED);
	assert_int_equal(status.code, 77);
	if (status.flags & LIBSPAWN_STATUS_USAGE)
		__atomic_fetch_add(&waiters->usages, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void wait_in_threads(uint64_t flags)
{
	struct waiters waiters = { .usages = 0 };
	pthread_t threads[8];

	for (int round = 0; round < 20; round++) {
		waiters.usages = 0;
		hold(&waiters.held, flags, 77);
		for (int n = 0; n < 8; n++)
			threads[n] = start_thread(wait_with_others, &waiters);
		let_go(&waiters.held);
		for (int n = 0; n < 8; n++)
			join_thread(threads[n]);
		assert_int_equal(waiters.usages, 1);
		libspawn_close(&waiters.held.process);
	}
}

static void every_thread_that_waits_is_told(void **state)
{
	(void)state;
	twice(wait_in_threads);
}

/* Somebody who reaps whatever there is, as some libraries do. */
struct thief {
	int stop;
	int stolen;
	pid_t last;
};

static void *steal(void *data)
{
	struct thief *thief = data;
	int status;
	pid_t pid;

	while (!__atomic_load_n(&thief->stop, __ATOMIC_ACQUIRE)) {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid > 0) {
			assert_true(WIFEXITED(status));
			assert_int_equal(WEXITSTATUS(status), 8);
			__atomic_store_n(&thief->last, pid, __ATOMIC_RELEASE);
			__atomic_fetch_add(&thief->stolen, 1, __ATOMIC_RELEASE);
		}
	}
	return NULL;
}

static int told, lost, is_told_by_pidfd;

/* Also what was seen before it was stolen is told, but without its usage. */
static void wait_among_thieves(uint64_t flags)
{
	struct libspawn_status status;
	struct held held;

	for (int n = 0; n < 100; n++) {
		int64_t timeout = n % 2 ? LIBSPAWN_FOREVER : 100000;
		int result;

		hold(&held, flags, 8);
		let_go(&held);
		result = libspawn_wait(&held.process, timeout, &status);
		if (result == ECHILD && flags && is_told_by_pidfd)
			result = ask_lost_again(&held.process, &status);
		if (result) {
			assert_int_equal(result, ECHILD);
			assert_int_equal(status.end, LIBSPAWN_END_LOST);
			assert_int_equal(status.flags, 0);
			lost++;
		} else {
			assert_int_equal(status.end, LIBSPAWN_END_EXITED);
			assert_int_equal(status.code, 8);
			told++;
		}
		assert_int_equal(libspawn_wait(&held.process, 0, NULL), result);
		assert_int_equal(libspawn_signal(&held.process, SIGKILL, 0),
				 ESRCH);
		libspawn_close(&held.process);
	}
	if (flags && is_told_by_pidfd)
		assert_int_equal(lost, 0);
}

static void thieves_body(void)
{
	struct thief thief = { 0 };
	struct held held;
	pthread_t thread;

	told = lost = 0;
	/* What the kernel can do is asked while there is no thief. */
	if (held_pidfd())
		is_told_by_pidfd = pidfds_tell_ends();
	thread = start_thread(steal, &thief);
	if (held_pidfd())
		wait_among_thieves(held_pidfd());
	wait_among_thieves(0);
	/* One that is stolen for sure. */
	hold(&held, 0, 8);
	let_go(&held);
	while (__atomic_load_n(&thief.last, __ATOMIC_ACQUIRE) !=
	       held.process.pid)
		sched_yield();
	expect_stolen_end(&held.process, LIBSPAWN_FOREVER, 8);
	__atomic_store_n(&thief.stop, 1, __ATOMIC_RELEASE);
	join_thread(thread);
	print_message("told %d, lost %d\n", told, lost);
	assert_true(lost < thief.stolen);
}

static void a_process_that_others_reap_is_lost(void **state)
{
	(void)state;
	run_apart(thieves_body);
}

static void lose_ignored(uint64_t flags)
{
	static const int64_t timeouts[] = { LIBSPAWN_FOREVER, 100000 };
	struct held held;

	for (int n = 0; n < 2; n++) {
		hold(&held, flags, 6);
		assert_int_equal(libspawn_wait(&held.process, 5, NULL),
				 ETIMEDOUT);
		let_go(&held);
		expect_stolen_end(&held.process, timeouts[n], 6);
		libspawn_close(&held.process);
	}
}

static void ignoring_body(void)
{
	signal(SIGCHLD, SIG_IGN);
	twice(lose_ignored);
}

static void with_sigchld_ignored_an_end_is_lost(void **state)
{
	(void)state;
	run_apart(ignoring_body);
}

static void leave_alone(uint64_t flags)
{
	struct held held;
	int status;
	pid_t other = fork();

	if (other == 0)
		_exit(33);
	await_end(other);
	hold(&held, flags, 2);
	assert_int_equal(libspawn_wait(&held.process, 20, NULL), ETIMEDOUT);
	finish_held(&held, 2);
	assert_int_equal(waitpid(other, &status, WNOHANG), other);
	assert_int_equal(WEXITSTATUS(status), 33);
}

static void other_children_are_left_alone(void **state)
{
	(void)state;
	twice(leave_alone);
}

/* It has ended, but its tracer comes first. */
static void wait_behind_tracer(uint64_t flags)
{
	struct libspawn_status status;
	struct held held;
	int gate[2];
	pid_t tracer;
	char byte = 0;

	hold(&held, flags, 4);
	assert_int_equal(pipe(gate), 0);
	tracer = fork();
	if (tracer == 0) {
		long traced =
			ptrace(PTRACE_SEIZE, held.process.pid, NULL, NULL);

		close(held.end);
		byte = traced == 0;
		if (write(gate[1], &byte, 1) != 1)
			_exit(1);
		/* Told to stop looking: now the parent may see the end. */
		while (waitpid(held.process.pid, NULL,
			       WNOHANG | WAIT_FOR_ALL) == 0)
			usleep(1000);
		usleep(50000);
		_exit(0);
	}
	assert_int_equal(read(gate[0], &byte, 1), 1);
	close(gate[0]);
	close(gate[1]);
	let_go(&held);
	assert_int_equal(libspawn_wait(&held.process, 60000, &status), 0);
	assert_int_equal(status.code, 4);
	libspawn_close(&held.process);
	reap(tracer);
	if (!byte)
		skip_apart("no process may be traced");
}

static void tracer_body(void)
{
	twice(wait_behind_tracer);
}

static void a_traced_process_is_waited_for(void **state)
{
	(void)state;
	run_apart(tracer_body);
}

/* ---- Lack of descriptors ----------------------------------------------- */

static void wait_without_fds(uint64_t flags)
{
	struct rlimit limit, none = { 0, 0 };
	struct race race;
	pthread_t thread;
	double begin;

	hold(&race.held, flags, 12);
	getrlimit(RLIMIT_NOFILE, &limit);
	none.rlim_max = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &none);
	begin = now_ms();
	assert_int_equal(libspawn_wait(&race.held.process, 25, NULL),
			 ETIMEDOUT);
	assert_true(now_ms() - begin >= 25);
	race.at = now_ms() + 15;
	thread = start_thread(let_go_in_time, &race);
	assert_int_equal(libspawn_wait(&race.held.process, 60000, NULL), 0);
	join_thread(thread);
	setrlimit(RLIMIT_NOFILE, &limit);
	expect_end(&race.held.process, LIBSPAWN_END_EXITED, 12);
}

static void without_descriptors_a_wait_still_ends(void **state)
{
	(void)state;
	twice(wait_without_fds);
}

/* ---- Cancellation ------------------------------------------------------ */

static void *wait_cancelled(void *data)
{
	struct held *held = data;
	int code = libspawn_wait(&held->process, 100000, NULL);

	assert_int_equal(code, 0);
	held->end = -2;
	pthread_testcancel();
	return NULL;
}

static void cancel_body(void)
{
	struct held held;
	pthread_t thread;
	int end;

	hold(&held, 0, 1);
	end = held.end;
	thread = start_thread(wait_cancelled, &held);
	pthread_cancel(thread);
	close(end);
	assert_ptr_equal(join_thread(thread), PTHREAD_CANCELED);
	assert_int_equal(held.end, -2);
}

static void a_wait_is_no_cancellation_point(void **state)
{
	(void)state;
	run_apart(cancel_body);
}

static const struct CMUnitTest tests[] = {
	TEST(exits_and_signals_are_told_apart),
	TEST(an_end_is_told_as_often_as_asked),
	TEST(the_usage_is_of_this_process),
	TEST(wrong_arguments_have_no_meaning),
	TEST(a_descriptor_that_is_none_is_refused),
	TEST(any_child_will_do),
	TEST(the_errno_of_the_caller_stays),
	TEST(a_deadline_is_not_early),
	TEST(a_deadline_may_be_as_far_as_numbers_go),
	TEST(an_end_near_the_deadline_is_never_lost),
	TEST(signals_do_not_end_a_wait),
	TEST(every_thread_that_waits_is_told),
	TEST(a_process_that_others_reap_is_lost),
	TEST(with_sigchld_ignored_an_end_is_lost),
	TEST(other_children_are_left_alone),
	TEST(a_traced_process_is_waited_for),
	TEST(without_descriptors_a_wait_still_ends),
	TEST(a_wait_is_no_cancellation_point),
};

TEST_MAIN(tests)
