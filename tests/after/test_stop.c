/* SPDX-License-Identifier: MIT */
/*
 * Stopping: what it took is told, nothing of the group or cgroup is left, and
 * whoever may not be stopped is left as it is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "held.h"
#include "linux_calls.h"

#define HOW .size = sizeof(struct libspawn_stop_how)

/* SIGTERM ignored, as a program that does not want to end. */
static void hold_stubborn(struct held *held, uint64_t flags)
{
	struct sigaction old, ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGTERM, &ignore, &old);
	hold(held, flags, 1);
	sigaction(SIGTERM, &old, NULL);
}

static void with_each_kind(void (*act)(uint64_t flags))
{
	act(0);
	if (held_pidfd())
		act(held_pidfd());
}

static void expect_stop(struct held *held, const struct libspawn_stop_how *how,
			int signal, uint32_t took)
{
	struct libspawn_status status;

	memset(&status, 0x5a, sizeof status);
	assert_int_equal(libspawn_stop(&held->process, how, &status), 0);
	assert_int_equal(status.end, LIBSPAWN_END_KILLED);
	assert_int_equal(status.code, signal);
	assert_int_equal(status.flags, LIBSPAWN_STATUS_USAGE | took);
	let_go(held);
	expect_end(&held->process, LIBSPAWN_END_KILLED, signal);
}

static void kill_at_once(uint64_t flags)
{
	struct libspawn_stop_how how = { HOW };
	struct held held;

	hold_stubborn(&held, flags);
	expect_stop(&held, NULL, SIGKILL, LIBSPAWN_STATUS_FORCED);
	hold(&held, flags, 1);
	expect_stop(&held, &how, SIGKILL, LIBSPAWN_STATUS_FORCED);
}

static void without_grace_it_is_killed_at_once(void **state)
{
	(void)state;
	with_each_kind(kill_at_once);
}

static void ask(uint64_t flags)
{
	struct libspawn_stop_how how = { HOW, .grace_ms = 100000 };
	struct held held;

	hold(&held, flags, 1);
	expect_stop(&held, &how, SIGTERM, LIBSPAWN_STATUS_ASKED);
	how.signal = SIGHUP;
	how.grace_ms = -1;
	hold(&held, flags, 1);
	expect_stop(&held, &how, SIGHUP, LIBSPAWN_STATUS_ASKED);
}

static void one_that_obeys_is_not_killed(void **state)
{
	(void)state;
	with_each_kind(ask);
}

static void insist(uint64_t flags)
{
	struct libspawn_stop_how how = { HOW, .grace_ms = 20 };
	struct held held;
	double begin;

	hold_stubborn(&held, flags);
	begin = now_ms();
	expect_stop(&held, &how, SIGKILL,
		    LIBSPAWN_STATUS_ASKED | LIBSPAWN_STATUS_FORCED);
	assert_true(now_ms() - begin >= 20);
}

static void one_that_does_not_obey_is_killed(void **state)
{
	(void)state;
	with_each_kind(insist);
}

static void stop_stopped(uint64_t flags)
{
	struct libspawn_stop_how how = { HOW, .grace_ms = 100000 };
	struct held held;
	siginfo_t info;

	hold(&held, flags, 1);
	assert_int_equal(libspawn_signal(&held.process, SIGSTOP, 0), 0);
	assert_int_equal(waitid(P_PID, (id_t)held.process.pid, &info,
				WSTOPPED | WNOWAIT),
			 0);
	expect_stop(&held, &how, SIGTERM, LIBSPAWN_STATUS_ASKED);
}

static void one_that_is_suspended_wakes_to_end(void **state)
{
	(void)state;
	with_each_kind(stop_stopped);
}

static void stop_ended(uint64_t flags)
{
	struct libspawn_stop_how how = { HOW, .grace_ms = 100000 };
	struct libspawn_status status;
	struct held held;

	hold(&held, flags, 19);
	let_go(&held);
	await_end(held.process.pid);
	assert_int_equal(libspawn_stop(&held.process, &how, &status), 0);
	assert_int_equal(status.end, LIBSPAWN_END_EXITED);
	assert_int_equal(status.code, 19);
	assert_int_equal(status.flags, LIBSPAWN_STATUS_USAGE);
	assert_int_equal(libspawn_stop(&held.process, NULL, &status), 0);
	assert_int_equal(status.code, 19);
	assert_int_equal(status.flags, 0);
	libspawn_close(&held.process);
}

static void one_that_has_ended_is_only_reaped(void **state)
{
	(void)state;
	with_each_kind(stop_ended);
}

static void wrong_arguments_have_no_meaning(void **state)
{
	struct {
		struct libspawn_stop_how how;
		char more[8];
	} longer = { { HOW }, { 0 } };
	struct libspawn_stop_how wrong[] = {
		{ .size = 4 },
		{ HOW, .flags = 4 },
		{ HOW, .cgroup_fd = 3 },
		{ HOW, .signal = -1 },
		{ HOW, .signal = 1000, .grace_ms = 1 },
		{ HOW, .flags = LIBSPAWN_STOP_GROUP },
	};
	struct libspawn_process none = { .pidfd = -1 };
	struct held held;

	(void)state;
	assert_int_equal(libspawn_stop(NULL, NULL, NULL), EINVAL);
	assert_int_equal(libspawn_stop(&none, NULL, NULL), EINVAL);
	hold(&held, 0, 1);
	for (size_t n = 0; n < sizeof wrong / sizeof wrong[0]; n++)
		assert_int_equal(libspawn_stop(&held.process, &wrong[n], NULL),
				 EINVAL);
	longer.how.size = sizeof longer;
	longer.more[7] = 1;
	assert_int_equal(libspawn_stop(&held.process, &longer.how, NULL),
			 E2BIG);
	assert_int_equal(libspawn_wait(&held.process, 0, NULL), ETIMEDOUT);
	longer.more[7] = 0;
	expect_stop(&held, &longer.how, SIGKILL, LIBSPAWN_STATUS_FORCED);
}

static void what_a_shorter_struct_lacks_is_0(void **state)
{
	const struct libspawn_stop_how how = {
		.size = offsetof(struct libspawn_stop_how, signal),
		.signal = -1,
		.cgroup_fd = 3,
		.grace_ms = LIBSPAWN_FOREVER,
	};
	struct held held;

	(void)state;
	hold(&held, 0, 1);
	expect_stop(&held, &how, SIGKILL, LIBSPAWN_STATUS_FORCED);
}

static void powerless_body(void)
{
	struct libspawn_stop_how how = { HOW, .grace_ms = 1000 };
	struct libspawn_status status;
	struct held held;

	if (!support_is_root() || !ON_LINUX)
		skip_apart("needs root, and setresuid()");
	hold(&held, 0, 21);
	assert_int_equal(set_user_ids(65533, 65534, 0), 0);
	assert_int_equal(libspawn_signal(&held.process, SIGTERM, 0), EPERM);
	assert_int_equal(libspawn_stop(&held.process, &how, &status), EPERM);
	assert_int_equal(status.end, LIBSPAWN_END_RUNNING);
	assert_int_equal(libspawn_stop(&held.process, NULL, NULL), EPERM);
	assert_int_equal(set_user_ids(0, 0, 0), 0);
	/* The kernel makes whoever changes its ids undumpable. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	finish_held(&held, 21);
}

static void one_of_another_user_is_left_as_it_is(void **state)
{
	(void)state;
	run_apart(powerless_body);
}

/* ---- Groups ------------------------------------------------------------ */

static char shell[] = "/bin/sh";
static char shell_name[] = "sh";
static char shell_option[] = "-c";

/*
 * A program with a child that ignores SIGTERM; both hold the writing end of a
 * pipe, whose end comes when none of them is left.
 */
static int start_family(struct libspawn_process *process,
			struct libspawn_options *options, const char *script)
{
	char *argv[] = { shell_name, shell_option, (char *)(uintptr_t)script,
			 NULL };
	int32_t end;
	struct libspawn_fd rows[] = {
		{ .child_fd = 0, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 1,
		  .kind = LIBSPAWN_FD_PIPE_WRITE,
		  .parent_end = &end },
		/* It may outlive a test that fails, and who reads of that. */
		{ .child_fd = 2, .kind = LIBSPAWN_FD_NULL },
	};
	char byte;

	options->fds = rows;
	options->fd_count = 3;
	assert_int_equal(libspawn_start(process, shell, argv, options, NULL),
			 0);
	/* Both are there. */
	assert_int_equal(read(end, &byte, 1), 1);
	return end;
}

static void expect_none_left(int end)
{
	char byte;

	assert_int_equal(read(end, &byte, 1), 0);
	close(end);
}

#define STUBBORN_CHILD "(trap '' TERM; echo; while :; do sleep 1000; done) & "

static void stop_family(uint64_t flags)
{
	static const char *const scripts[] = {
		STUBBORN_CHILD "wait",
		"trap '' TERM;" STUBBORN_CHILD "while :; do sleep 1000; done",
	};
	static const uint32_t took[] = {
		LIBSPAWN_STATUS_ASKED,
		LIBSPAWN_STATUS_ASKED | LIBSPAWN_STATUS_FORCED,
	};
	struct libspawn_stop_how how = { HOW, .flags = LIBSPAWN_STOP_GROUP };
	struct libspawn_options options = plain_options();
	struct libspawn_process process;
	struct libspawn_status status;

	options.flags = flags | LIBSPAWN_NEW_SESSION;
	for (int n = 0; n < 2; n++) {
		int end = start_family(&process, &options, scripts[n]);

		how.grace_ms = n == 0 ? 100000 : 20;
		assert_int_equal(libspawn_stop(&process, &how, &status), 0);
		assert_int_equal(status.flags & ~LIBSPAWN_STATUS_USAGE,
				 took[n]);
		expect_none_left(end);
		libspawn_close(&process);
	}
}

static void what_is_left_of_the_group_is_killed(void **state)
{
	(void)state;
	with_each_kind(stop_family);
}

/* In the leader's group, and the caller's to be signalled. */
static pid_t fork_member(pid_t group, uid_t user)
{
	int ready[2];
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (setpgid(0, group) || set_user_ids(user, user, user) ||
		    write(ready[1], &byte, 1) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

/*
 * A leader that is another user's, as a set-user-ID program is, and in its
 * group one that is not: the group can be signalled, the leader can't.
 */
static void foreign_leader_body(void)
{
	struct libspawn_stop_how how = { HOW, .flags = LIBSPAWN_STOP_GROUP };
	struct libspawn_status status;
	struct held leader;
	pid_t member;

	if (!support_is_root() || !ON_LINUX)
		skip_apart("needs root, and setresuid()");
	hold(&leader, LIBSPAWN_PROCESS_GROUP, 21);
	member = fork_member(leader.process.pid, 65533);
	assert_int_equal(set_user_ids(65533, 65533, 0), 0);
	assert_int_equal(kill(-leader.process.pid, 0), 0);
	assert_int_equal(libspawn_stop(&leader.process, &how, &status), EPERM);
	assert_int_equal(status.end, LIBSPAWN_END_RUNNING);
	assert_int_equal(status.flags, 0);
	assert_int_equal(set_user_ids(0, 0, 0), 0);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	/* Nobody was signalled: not only some. */
	assert_int_equal(kill(member, 0), 0);
	assert_int_equal(waitpid(member, NULL, WNOHANG), 0);
	kill(member, SIGKILL);
	assert_int_equal(reap(member), SIGKILL);
	finish_held(&leader, 21);
}

static void a_leader_that_can_not_be_killed_is_not_waited_for(void **state)
{
	(void)state;
	run_apart(foreign_leader_body);
}

/* ---- Cgroups ----------------------------------------------------------- */

static char cgroup[64];
static uint64_t kind;

/* One of version 2, wherever these are; 0 if there is none. */
static int make_cgroup(void)
{
	char procs[96];

	snprintf(cgroup, sizeof cgroup, "/sys/fs/cgroup%s/libspawn-stop-XXXXXX",
		 access("/sys/fs/cgroup/unified/cgroup.procs", F_OK)
			 ? ""
			 : "/unified");
	if (!ON_LINUX || !mkdtemp(cgroup))
		return 0;
	snprintf(procs, sizeof procs, "%s/cgroup.procs", cgroup);
	if (access(procs, F_OK) == 0)
		return 1;
	rmdir(cgroup);
	return 0;
}

/* The child is in a group and a session of its own: only the cgroup has it. */
static void cgroup_body(void)
{
	struct libspawn_stop_how how = { HOW, .flags = LIBSPAWN_STOP_CGROUP };
	struct libspawn_options options = plain_options();
	struct libspawn_process process;
	int end;

	options.cgroup_fd = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	how.cgroup_fd = options.cgroup_fd;
	options.flags = kind | LIBSPAWN_CGROUP_FD;
	end = start_family(&process, &options,
			   "setsid sh -c 'echo; sleep 1000' & wait");
	assert_int_equal(libspawn_stop(&process, &how, NULL), 0);
	expect_none_left(end);
	libspawn_close(&process);
	/* Used again: Linux 6.18 kills who is created in it. */
	options = plain_options();
	options.flags = kind | LIBSPAWN_CGROUP_FD;
	options.cgroup_fd = how.cgroup_fd;
	if (support_backend != LIBSPAWN_BACKEND_FORK) {
		process = start_and_reap(&options);
		libspawn_close(&process);
	}
	close(how.cgroup_fd);
}

/* Each kind in one of its own, which is gone whatever becomes of the body. */
static void try_in_cgroup(uint64_t flags)
{
	int status, is_gone;

	if (!make_cgroup())
		skip_with_reason("no cgroup of version 2 can be made");
	kind = flags;
	status = try_apart(cgroup_body);
	is_gone = remove_cgroup(cgroup);
	judge_own_process(status);
	assert_true(is_gone);
}

static void what_is_left_of_the_cgroup_is_killed(void **state)
{
	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		skip_with_reason("posix_spawn() knows no cgroups");
	with_each_kind(try_in_cgroup);
}

/* A directory that looks like a cgroup of a kernel without cgroup.kill. */
static int make_false_cgroup(char *folder, pid_t listed)
{
	char text[32];
	int length = snprintf(text, sizeof text, "0\n%d\n", (int)listed);
	int directory, fd;

	assert_non_null(mkdtemp(folder));
	directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = openat(directory, "cgroup.procs", O_CREAT | O_WRONLY, 0600);
	assert_int_equal(write(fd, text, (size_t)length), length);
	close(fd);
	return directory;
}

/* Its list never becomes empty, so in the end it is EBUSY. */
static void without_cgroup_kill_each_one_is_killed(void **state)
{
	struct libspawn_stop_how how = { HOW, .flags = LIBSPAWN_STOP_CGROUP };
	struct held held, listed;
	char folder[] = "/tmp/libspawn-stop-XXXXXX";

	(void)state;
	hold(&held, 0, 0);
	hold(&listed, 0, 0);
	how.cgroup_fd = make_false_cgroup(folder, listed.process.pid);
	assert_int_equal(libspawn_stop(&held.process, &how, NULL), EBUSY);
	expect_end(&held.process, LIBSPAWN_END_KILLED, SIGKILL);
	expect_end(&listed.process, LIBSPAWN_END_KILLED, SIGKILL);
	close(held.end);
	close(listed.end);
	assert_int_equal(unlinkat(how.cgroup_fd, "cgroup.procs", 0), 0);
	close(how.cgroup_fd);
	assert_int_equal(rmdir(folder), 0);
}

/* A list that can be opened and not read, as that of a threaded cgroup. */
static void a_cgroup_that_lists_nobody_is_not_empty(void **state)
{
	struct libspawn_stop_how how = { HOW, .flags = LIBSPAWN_STOP_CGROUP };
	struct held held;
	char folder[] = "/tmp/libspawn-stop-XXXXXX";

	(void)state;
	hold(&held, 0, 0);
	assert_non_null(mkdtemp(folder));
	how.cgroup_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(how.cgroup_fd, "cgroup.procs", 0700), 0);
	assert_int_equal(libspawn_stop(&held.process, &how, NULL), EISDIR);
	expect_end(&held.process, LIBSPAWN_END_KILLED, SIGKILL);
	close(held.end);
	unlinkat(how.cgroup_fd, "cgroup.procs", AT_REMOVEDIR);
	close(how.cgroup_fd);
	assert_int_equal(rmdir(folder), 0);
}

static void no_cgroup_at_all_is_an_error_of_its_own(void **state)
{
	struct libspawn_stop_how how = { HOW, .flags = LIBSPAWN_STOP_CGROUP,
					 .cgroup_fd = 1000 };
	struct held held;

	(void)state;
	hold(&held, 0, 0);
	assert_int_equal(libspawn_stop(&held.process, &how, NULL), EBADF);
	expect_end(&held.process, LIBSPAWN_END_KILLED, SIGKILL);
	close(held.end);
}

static const struct CMUnitTest tests[] = {
	TEST(without_grace_it_is_killed_at_once),
	TEST(one_that_obeys_is_not_killed),
	TEST(one_that_does_not_obey_is_killed),
	TEST(one_that_is_suspended_wakes_to_end),
	TEST(one_that_has_ended_is_only_reaped),
	TEST(wrong_arguments_have_no_meaning),
	TEST(what_a_shorter_struct_lacks_is_0),
	TEST(one_of_another_user_is_left_as_it_is),
	TEST(what_is_left_of_the_group_is_killed),
	TEST(a_leader_that_can_not_be_killed_is_not_waited_for),
	TEST(what_is_left_of_the_cgroup_is_killed),
	TEST(without_cgroup_kill_each_one_is_killed),
	TEST(a_cgroup_that_lists_nobody_is_not_empty),
	TEST(no_cgroup_at_all_is_an_error_of_its_own),
};

TEST_MAIN(tests)
