/* SPDX-License-Identifier: MIT */
/* posix_spawn() as such: what is passed on, what it costs, who may call it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "case.h"

#define THREADS 16

extern char **environ;

/* The arguments of a program that is called by nothing but its name. */
static char program_name[] = "probe";
static char *const name_only[] = { program_name, NULL };

/* ---- What is passed on ------------------------------------------------- */

static void the_pid_need_not_be_asked_for(void)
{
	assert_int_equal(posix_spawn(NULL, case_probe, NULL, NULL,
				     probe_argv("exit 3"), environ),
			 0);
	assert_int_equal(reap(-1), 3 << 8);
	assert_int_equal(posix_spawnp(NULL, case_probe, NULL, NULL,
				      probe_argv("exit 4"), environ),
			 0);
	assert_int_equal(reap(-1), 4 << 8);
	assert_int_equal(posix_spawn(NULL, "/absent", NULL, NULL,
				     probe_argv("exit 4"), environ),
			 ENOENT);
}

static void the_status_is_the_programs(void)
{
	struct seen *seen = keep(malloc(sizeof *seen));

	assert_int_equal(try_probe(seen, NULL, NULL, "exit 0"), 0);
	assert_int_equal(seen->status, 0);
	assert_int_equal(try_probe(seen, NULL, NULL, "exit 255"), 0);
	assert_int_equal(seen->status, 255 << 8);
	assert_int_equal(try_probe(seen, NULL, NULL, "kill 9"), 0);
	assert_int_equal(seen->status, 9);
}

static void arguments_are_passed_as_they_are(void)
{
	char *argv[] = { text_of("@%d", REPORT_FD),
			 text_of("@%d", REPORT_FD),
			 text_of("print"),
			 text_of("args"),
			 text_of("--"),
			 text_of("%s", ""),
			 text_of("a b\n\xff"),
			 NULL };
	char bytes[4096] = "";
	pid_t pid = -1;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(dup2(ends[1], REPORT_FD), REPORT_FD);
	assert_int_equal(
		posix_spawn(&pid, case_probe, NULL, NULL, argv, environ), 0);
	close(REPORT_FD);
	close(ends[1]);
	assert_int_equal(reap(pid), 0);
	assert_true(read(ends[0], bytes, sizeof bytes - 1) > 0);
	close(ends[0]);
	assert_non_null(strstr(bytes, "argc=7\nargv.0=@90\nargv.1=@90\n"));
	assert_non_null(strstr(bytes, "argv.5=\nargv.6=a b\\x0a\\xff\n"));
}

static void the_environment_is_the_one_given(void)
{
	char *given[] = { text_of("A=1"), text_of("no equals sign"),
			  text_of("A=2"), NULL };
	char *none[] = { NULL };
	char **all[] = { given, none, NULL };
	static const char *const counts[] = { "envc=3", "envc=0", "envc=0" };

	/* Instead of an environment NULL is not POSIX, but libc takes it. */
	for (int i = 0; i < 3; i++) {
		char bytes[4096] = "";
		pid_t pid = -1;
		int ends[2];

		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		assert_int_equal(dup2(ends[1], REPORT_FD), REPORT_FD);
		assert_int_equal(posix_spawn(&pid, case_probe, NULL, NULL,
					     probe_argv("@90 print env"),
					     all[i]),
				 0);
		close(REPORT_FD);
		close(ends[1]);
		assert_int_equal(reap(pid), 0);
		assert_true(read(ends[0], bytes, sizeof bytes - 1) > 0);
		close(ends[0]);
		assert_non_null(strstr(bytes, counts[i]));
		if (i == 0)
			assert_non_null(strstr(bytes, "no equals sign\n"));
	}
}

static void no_arguments_at_all_start_a_program(void)
{
	char *none[] = { NULL };
	pid_t pid = -1;

	skip_in_valgrind("valgrind takes this for an error");
	assert_int_equal(
		posix_spawn(&pid, case_probe, NULL, NULL, none, environ), 0);
	assert_int_equal(reap(pid), 0);
}

static void directory_umask_and_limits_are_inherited(void)
{
	struct rlimit limit = { 33, 55 };
	char *here = keep(getcwd(NULL, 0));
	mode_t mask = umask(0137);
	struct seen *seen;

	assert_int_equal(setrlimit(RLIMIT_CPU, &limit), 0);
	assert_int_equal(chdir("/dev"), 0);
	seen = run_probe(NULL, NULL, "print dirs umask rlimits");
	assert_int_equal(chdir(here), 0);
	umask(mask);
	assert_seen(seen, "cwd", "/dev");
	assert_seen(seen, "umask", "137");
	assert_seen(seen, text_of("rlimit.%d", RLIMIT_CPU), "33:55");
}

/* ---- What stays -------------------------------------------------------- */

static void errno_is_not_touched(void)
{
	pid_t pid = -1;
	int code;

	errno = 12345;
	code = posix_spawn(&pid, case_probe, NULL, NULL, probe_argv("exit 0"),
			   environ);
	assert_int_equal(errno, 12345);
	assert_int_equal(code, 0);
	assert_int_equal(reap(pid), 0);
	errno = 12345;
	code = posix_spawn(&pid, "/absent", NULL, NULL, probe_argv("exit 0"),
			   environ);
	if (!differs("errno stays as it was also when a start fails"))
		assert_int_equal(errno, 12345);
	assert_int_equal(code, ENOENT);
}

static void many_starts_and_failures_leave_no_descriptor(void)
{
	int fds = count_fds();

	for (int i = 0; i < (runs_slowly() ? 10 : 100); i++) {
		start_and_reap();
		expect_program_code(ENOENT, "/absent", 0);
		expect_program_code(ENOENT, "absent", 1);
	}
	assert_int_equal(count_fds(), fds);
}

/* ---- Shortage ---------------------------------------------------------- */

static void no_descriptor_is_needed(void)
{
	leave_descriptors(0);
	expect_start(NULL, NULL);
	expect_program_code(ENOENT, "/absent", 0);
	close_descriptors();
}

static void without_descriptors_zero_to_two_it_works(void)
{
	int saved[3];

	for (int i = 0; i < 3; i++) {
		saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
		close(i);
	}
	expect_start(NULL, NULL);
	expect_program_code(ENOENT, "/absent", 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(fcntl(i, F_GETFD), -1);
		dup2(saved[i], i);
		close(saved[i]);
	}
}

static void no_room_for_a_process_is_eagain(void)
{
	need_root();
	case_probe = copy_probe("probe", 0755);
	allow_no_process();
	expect_code(EAGAIN, NULL, NULL);
}

static void closing_beyond_a_lowered_limit_is_ebadf(void)
{
	posix_spawn_file_actions_t actions;
	struct rlimit limit;

	skip_in_valgrind(OWN_LIMIT);
	assert_int_equal(dup2(2, 60), 60);
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(posix_spawn_file_actions_addclose(&actions, 49), 0);
	assert_int_equal(posix_spawn_file_actions_addclose(&actions, 60), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 50;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	/* One that is open is closed; one that can't be there is an error. */
	expect_start(&actions, NULL);
	close(60);
	expect_code(EBADF, &actions, NULL);
	assert_int_equal(posix_spawn_file_actions_destroy(&actions), 0);
}

/* ---- Threads ----------------------------------------------------------- */

static void *start_many(void *data)
{
	int count = runs_slowly() ? 2 : 40;

	(void)data;
	for (int i = 0; i < count; i++)
		start_and_reap();
	return NULL;
}

static void many_threads_start_at_once(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		threads[i] = start_thread(start_many, NULL);
	for (int i = 0; i < THREADS; i++)
		join_thread(threads[i]);
}

static void *fail_many(void *data)
{
	(void)data;
	for (int i = 0; i < (runs_slowly() ? 3 : 40); i++) {
		pid_t pid = -7;

		assert_int_equal(posix_spawn(&pid, "/absent", NULL, NULL,
					     name_only, environ),
				 ENOENT);
		assert_int_equal(pid, -7);
	}
	return NULL;
}

static void threads_get_their_own_errors(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		threads[i] = start_thread(i % 2 ? start_many : fail_many, NULL);
	for (int i = 0; i < THREADS; i++)
		join_thread(threads[i]);
}

static posix_spawn_file_actions_t shared_actions;
static posix_spawnattr_t shared_attributes;

static void *start_with_shared(void *data)
{
	(void)data;
	for (int i = 0; i < (runs_slowly() ? 2 : 20); i++)
		expect_start(&shared_actions, &shared_attributes);
	return NULL;
}

static void threads_may_share_actions_and_attributes(void)
{
	pthread_t threads[THREADS];

	assert_int_equal(posix_spawn_file_actions_init(&shared_actions), 0);
	assert_int_equal(posix_spawnattr_init(&shared_attributes), 0);
	assert_int_equal(posix_spawnattr_setflags(&shared_attributes,
						  POSIX_SPAWN_SETSID),
			 0);
	for (int i = 0; i < 50; i++)
		assert_int_equal(
			posix_spawn_file_actions_addopen(&shared_actions, 5 + i,
							 "/dev/null", 0, 0),
			0);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start_thread(start_with_shared, NULL);
	for (int i = 0; i < THREADS; i++)
		join_thread(threads[i]);
	assert_int_equal(posix_spawnattr_destroy(&shared_attributes), 0);
	assert_int_equal(posix_spawn_file_actions_destroy(&shared_actions), 0);
}

static pid_t cancelled_pid;
static int cancelled_code;

static void *start_while_cancelled(void *program)
{
	int type;

	assert_int_equal(pthread_cancel(pthread_self()), 0);
	cancelled_code = posix_spawn(&cancelled_pid, program, NULL, NULL,
				     name_only, environ);
	assert_int_equal(pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type),
			 0);
	assert_int_equal(type, PTHREAD_CANCEL_DEFERRED);
	pthread_testcancel();
	return NULL;
}

static void a_start_is_no_cancellation_point(void)
{
	pthread_t thread;

	skip_sanitized("the sanitizer misses that a thread was cancelled");
	cancelled_code = -1;
	thread = start_thread(start_while_cancelled,
			      (void *)(uintptr_t)case_probe);
	assert_true(join_thread(thread) == PTHREAD_CANCELED);
	assert_int_equal(cancelled_code, 0);
	assert_int_equal(reap(cancelled_pid), 0);
	cancelled_code = -1;
	thread = start_thread(start_while_cancelled,
			      (void *)(uintptr_t) "/absent");
	assert_true(join_thread(thread) == PTHREAD_CANCELED);
	assert_int_equal(cancelled_code, ENOENT);
}

static const struct CMUnitTest tests[] = {
	CASE(the_pid_need_not_be_asked_for),
	CASE(the_status_is_the_programs),
	CASE(arguments_are_passed_as_they_are),
	CASE(the_environment_is_the_one_given),
	CASE(no_arguments_at_all_start_a_program),
	CASE(directory_umask_and_limits_are_inherited),
	CASE(errno_is_not_touched),
	CASE(many_starts_and_failures_leave_no_descriptor),
	CASE(no_descriptor_is_needed),
	CASE(without_descriptors_zero_to_two_it_works),
	CASE(no_room_for_a_process_is_eagain),
	CASE(closing_beyond_a_lowered_limit_is_ebadf),
	CASE(many_threads_start_at_once),
	CASE(threads_get_their_own_errors),
	CASE(threads_may_share_actions_and_attributes),
	CASE(a_start_is_no_cancellation_point),
};

CASE_MAIN(tests)
