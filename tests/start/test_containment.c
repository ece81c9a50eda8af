/* SPDX-License-Identifier: MIT */
/* no_new_privs, seccomp, Landlock and the signal at the parent's death. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "filter.h"
#include "support.h"

#define TEXT(literal) ((char *)(uintptr_t)(literal))

/* The numbers of Landlock's calls are the same everywhere. */
#define LANDLOCK_CREATE_RULESET 444
#define LANDLOCK_ADD_RULE 445
#define LANDLOCK_ACCESS_READ_FILE UINT64_C(4)

static void no_new_privs_is_set_in_the_child_alone(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_NO_NEW_PRIVS,
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_NO_NEW_PRIVS);
	assert_seen(run_probe(&options, "containment"), "no_new_privs", "1");
	assert_seen(run_probe(NULL, "containment"), "no_new_privs", "0");
	assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
}

/* ---- seccomp ----------------------------------------------------------- */

/* Give this answer to one system call and allow all others. */
static struct libspawn_options filtering(struct libspawn_bpf filter[4],
					 uint32_t number, uint32_t answer)
{
	fill_filter(filter, number, answer);
	return (struct libspawn_options){
		OPTIONS,
		.flags = LIBSPAWN_NO_NEW_PRIVS,
		.seccomp = filter,
		.seccomp_count = 4,
	};
}

static void a_filter_answers_a_system_call_with_an_error(void **state)
{
	struct libspawn_bpf filter[4];
	struct libspawn_options options =
		filtering(filter, SYS_getppid, SECCOMP_RET_ERRNO | 77);
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_NO_NEW_PRIVS);
	seen = run_probe(&options, "process containment");
	assert_seen(seen, "ppid", "error:77");
	assert_int_equal(seen_number(seen, "pid"), seen->process.pid);
	assert_int_equal(seen_number(seen, "seccomp"), 2);
}

static void a_filter_kills_the_program(void **state)
{
	struct libspawn_bpf filter[4];
	struct libspawn_options options =
		filtering(filter, SYS_getppid, SECCOMP_RET_KILL_PROCESS);
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_NO_NEW_PRIVS);
	seen = start_probe(&options, "process");
	collect(seen);
	assert_true(WIFSIGNALED(seen->status));
	assert_int_equal(WTERMSIG(seen->status), SIGSYS);
}

static void a_filter_that_kills_the_child_is_a_death_before_exec(void **state)
{
	struct libspawn_bpf filter[4];
	struct libspawn_options options =
		filtering(filter, SYS_rt_sigprocmask, SECCOMP_RET_KILL_PROCESS);
	struct libspawn_error error;
	char *argv[] = { TEXT("probe"), NULL };

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_NO_NEW_PRIVS);
	if (support_death_is_catching())
		skip_with_reason("before Linux 5.16 the caller dies too");
	error = expect_failure(&options, support_probe, argv, ECANCELED,
			       LIBSPAWN_STEP_DIED, -1);
	assert_int_equal(error.signal, SIGSYS);
	assert_int_equal(error.backend, support_backend);
}

static void a_filter_that_refuses_exec_is_an_error_of_exec(void **state)
{
	struct libspawn_bpf filter[4];
	struct libspawn_options options =
		filtering(filter, SYS_execve, SECCOMP_RET_ERRNO | EDOM);

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_NO_NEW_PRIVS);
	expect_probe_failure(&options, EDOM, LIBSPAWN_STEP_EXEC, -1);
}

static void a_filter_needs_no_new_privs_or_power(void **state)
{
	struct libspawn_bpf filter[4];
	struct libspawn_options options =
		filtering(filter, SYS_getppid, SECCOMP_RET_ERRNO | 77);

	(void)state;
	options.flags = 0;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_SECCOMP);
	expect_powerless_failure(&options, EACCES, LIBSPAWN_STEP_SECCOMP, -1);
	if (support_is_root())
		assert_seen(run_probe(&options, "process"), "ppid", "error:77");
}

static void a_filter_that_the_kernel_rejects_is_refused(void **state)
{
	struct libspawn_bpf filter[] = { { .code = BPF_RET | BPF_K } };
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_NO_NEW_PRIVS,
		.seccomp = filter,
		.seccomp_count = 1,
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_NO_NEW_PRIVS);
	filter[0].code = UINT16_MAX;
	expect_probe_failure(&options, EINVAL, LIBSPAWN_STEP_SECCOMP, -1);
	options.seccomp = NULL;
	expect_invalid(&options, EFAULT, LIBSPAWN_STEP_SECCOMP, -1);
	options.seccomp_count = LIBSPAWN_SECCOMP_MAX + 1;
	expect_invalid(&options, E2BIG, LIBSPAWN_STEP_SECCOMP, -1);
}

/* ---- Landlock ---------------------------------------------------------- */

/* Opening what is below a path may be allowed with this rule. */
struct landlock_path {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

/* A ruleset that lets the probe alone be read; -1 without Landlock. */
static int make_ruleset(void)
{
	uint64_t handled = LANDLOCK_ACCESS_READ_FILE;
	struct landlock_path path = { .allowed = handled };
	int fd = (int)syscall(LANDLOCK_CREATE_RULESET, &handled, sizeof handled,
			      0);

	if (fd < 0)
		return -1;
	path.fd = open(support_probe, O_PATH | O_CLOEXEC);
	syscall(LANDLOCK_ADD_RULE, fd, 1, &path, 0);
	close(path.fd);
	return fd;
}

static void landlock_keeps_the_program_from_other_files(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_LANDLOCK_FD | LIBSPAWN_NO_NEW_PRIVS,
	};
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_NO_NEW_PRIVS);
	options.landlock_fd = make_ruleset();
	if (options.landlock_fd < 0)
		skip_with_reason("this kernel has no Landlock: %s",
				 strerror(errno));
	seen = run_probe(&options, "umask then open /proc/self/status 0");
	close(options.landlock_fd);
	assert_seen(seen, "open./proc/self/status", "error:13");
}

static void a_descriptor_that_is_no_ruleset_is_refused(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_LANDLOCK_FD | LIBSPAWN_NO_NEW_PRIVS,
		.landlock_fd = open("/dev/null", O_RDONLY | O_CLOEXEC),
	};
	uint64_t handled = LANDLOCK_ACCESS_READ_FILE;
	int fd = (int)syscall(LANDLOCK_CREATE_RULESET, &handled, sizeof handled,
			      0);
	int code = fd < 0 ? errno : EBADFD;

	(void)state;
	if (fd >= 0)
		close(fd);
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		expect_decline(&options, LIBSPAWN_STEP_NO_NEW_PRIVS);
	else
		expect_probe_failure(&options, code, LIBSPAWN_STEP_LANDLOCK,
				     -1);
	close(options.landlock_fd);
}

/* ---- The parent's death ------------------------------------------------ */

static void the_death_signal_is_set(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.parent_death_signal = SIGUSR2,
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_PARENT_DEATH);
	assert_int_equal(
		seen_number(run_probe(&options, "containment"), "death_signal"),
		SIGUSR2);
	if (!(support_signals() >> 63))
		return;
	options.parent_death_signal = 64;
	assert_int_equal(
		seen_number(run_probe(&options, "containment"), "death_signal"),
		64);
}

static void the_death_signal_survives_a_change_of_user(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_KEEP_GROUPS,
		.parent_death_signal = SIGTERM,
	};

	(void)state;
	options.uid = options.gid = geteuid();
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_GID);
	if (support_is_root())
		options.uid = options.gid = 1234;
	assert_int_equal(
		seen_number(run_probe(&options, "containment"), "death_signal"),
		SIGTERM);
}

struct ending_thread {
	struct libspawn_options options;
	struct libspawn_process process;
	int code;
};

static void *start_and_end(void *argument)
{
	struct ending_thread *thread = argument;
	char *argv[] = { TEXT("probe"), TEXT("read"), TEXT("0"), NULL };

	thread->code = libspawn_start(&thread->process, support_probe, argv,
				      &thread->options, NULL);
	return NULL;
}

static void the_signal_comes_when_the_thread_ends(void **state)
{
	int32_t writing = -1;
	struct libspawn_fd row = {
		.kind = LIBSPAWN_FD_PIPE_READ,
		.parent_end = &writing,
	};
	struct ending_thread thread = {
		.options = {
			OPTIONS,
			.backend = support_backend,
			.parent_death_signal = SIGUSR1,
			.fds = &row,
			.fd_count = 1,
		},
	};
	pthread_t id;
	int status;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &thread.options,
			      LIBSPAWN_STEP_PARENT_DEATH);
	support_ignore_mappings();
	assert_int_equal(pthread_create(&id, NULL, start_and_end, &thread), 0);
	assert_int_equal(pthread_join(id, NULL), 0);
	assert_int_equal(thread.code, 0);
	/* Nothing else would end it: its input stays open. */
	assert_int_equal(waitpid(thread.process.pid, &status, 0),
			 thread.process.pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGUSR1);
	close(writing);
}

static void death_signals_without_a_meaning_are_refused(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.parent_death_signal = 65,
	};

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_PARENT_DEATH, -1);
	options.parent_death_signal = -1;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_PARENT_DEATH, -1);
	options.parent_death_signal = 0;
	options.landlock_fd = 1;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_LANDLOCK, -1);
}

static const struct CMUnitTest tests[] = {
	TEST(no_new_privs_is_set_in_the_child_alone),
	TEST(a_filter_answers_a_system_call_with_an_error),
	TEST(a_filter_kills_the_program),
	TEST(a_filter_that_kills_the_child_is_a_death_before_exec),
	TEST(a_filter_that_refuses_exec_is_an_error_of_exec),
	TEST(a_filter_needs_no_new_privs_or_power),
	TEST(a_filter_that_the_kernel_rejects_is_refused),
	TEST(landlock_keeps_the_program_from_other_files),
	TEST(a_descriptor_that_is_no_ruleset_is_refused),
	TEST(the_death_signal_is_set),
	TEST(the_death_signal_survives_a_change_of_user),
	TEST(the_signal_comes_when_the_thread_ends),
	TEST(death_signals_without_a_meaning_are_refused),
};

TEST_MAIN(tests)
