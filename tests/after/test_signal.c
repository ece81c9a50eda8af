/* SPDX-License-Identifier: MIT */
/*
 * Signals: to the process or its group, and never to another that has got its
 * number since. The last tests make the kernel reuse pids at will.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "held.h"
#include "linux_calls.h"
#include "patience.h"

static void with_each_kind(void (*act)(uint64_t flags))
{
	act(0);
	if (held_pidfd())
		act(held_pidfd());
}

static void signal_one(uint64_t flags)
{
	struct held held;

	hold(&held, flags, 0);
	assert_int_equal(libspawn_signal(&held.process, 0, 0), 0);
	assert_int_equal(libspawn_signal(&held.process, SIGUSR1, 0), 0);
	close(held.end);
	expect_end(&held.process, LIBSPAWN_END_KILLED, SIGUSR1);
	assert_int_equal(libspawn_signal(&held.process, SIGUSR1, 0), ESRCH);
	assert_int_equal(libspawn_signal(&held.process, 0, 0), ESRCH);
}

static void a_signal_reaches_the_process(void **state)
{
	(void)state;
	with_each_kind(signal_one);
}

/* core, core.PID, or nothing where the system pipes it to a program. */
static void remove_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	assert_non_null(folder);
	while ((entry = readdir(folder)))
		unlinkat(dirfd(folder), entry->d_name, 0);
	closedir(folder);
	assert_int_equal(rmdir(path), 0);
}

/* What the kernel tells is compared with what the library does. */
static void core_body(void)
{
	struct rlimit limit;
	struct held held;
	struct libspawn_status status;
	siginfo_t info = { 0 };
	int before = open(".", O_PATH | O_CLOEXEC);
	char folder[] = "/tmp/libspawn-core-XXXXXX";

	getrlimit(RLIMIT_CORE, &limit);
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_max == 0 || setrlimit(RLIMIT_CORE, &limit))
		skip_apart("the hard limit of RLIMIT_CORE is 0 here");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	hold(&held, 0, 0);
	assert_int_equal(libspawn_signal(&held.process, SIGABRT, 0), 0);
	close(held.end);
	assert_int_equal(
		waitid(P_PID, (id_t)held.process.pid, &info, WEXITED | WNOWAIT),
		0);
	assert_int_equal(libspawn_wait(&held.process, -1, &status), 0);
	assert_int_equal(fchdir(before), 0);
	close(before);
	remove_folder(folder);
	assert_int_equal(status.end, LIBSPAWN_END_KILLED);
	assert_int_equal(status.code, SIGABRT);
	assert_int_equal(status.flags & LIBSPAWN_STATUS_CORE,
			 info.si_code == CLD_DUMPED ? LIBSPAWN_STATUS_CORE : 0);
	libspawn_wait(&held.process, -1, &status);
	if (info.si_code != CLD_DUMPED)
		skip_apart("the system dumped no core: core(5)");
	assert_int_equal(status.flags, LIBSPAWN_STATUS_CORE);
}

static void a_core_dump_is_told(void **state)
{
	(void)state;
	run_apart(core_body);
}

static void signal_ended(uint64_t flags)
{
	struct held held;

	hold(&held, flags, 6);
	let_go(&held);
	await_end(held.process.pid);
	/* Not told yet: it is there to be signalled, to no effect. */
	assert_int_equal(libspawn_signal(&held.process, SIGKILL, 0), 0);
	expect_end(&held.process, LIBSPAWN_END_EXITED, 6);
}

static void one_that_has_ended_takes_no_harm(void **state)
{
	(void)state;
	with_each_kind(signal_ended);
}

static void signal_group(uint64_t flags)
{
	struct held leader, other;

	hold(&leader, flags | LIBSPAWN_PROCESS_GROUP, 0);
	hold(&other, flags, 0);
	assert_int_equal(libspawn_signal(&leader.process, SIGUSR2,
					 LIBSPAWN_SIGNAL_GROUP),
			 0);
	close(leader.end);
	expect_end(&leader.process, LIBSPAWN_END_KILLED, SIGUSR2);
	let_go(&other);
	expect_end(&other.process, LIBSPAWN_END_EXITED, 0);
}

static void a_signal_reaches_the_group(void **state)
{
	(void)state;
	with_each_kind(signal_group);
}

static void signal_no_group(uint64_t flags)
{
	struct held held;

	hold(&held, flags, 5);
	assert_int_equal(
		libspawn_signal(&held.process, SIGKILL, LIBSPAWN_SIGNAL_GROUP),
		EINVAL);
	finish_held(&held, 5);
	assert_int_equal(
		libspawn_signal(&held.process, SIGKILL, LIBSPAWN_SIGNAL_GROUP),
		ESRCH);
}

static void without_a_group_of_its_own_there_is_none(void **state)
{
	(void)state;
	with_each_kind(signal_no_group);
}

static void refuse_wrong(uint64_t flags)
{
	struct libspawn_process none = { .pidfd = -1 };
	struct held held;

	assert_int_equal(libspawn_signal(NULL, SIGKILL, 0), EINVAL);
	assert_int_equal(libspawn_signal(&none, SIGKILL, 0), EINVAL);
	hold(&held, flags, 2);
	assert_int_equal(libspawn_signal(&held.process, SIGKILL, 2), EINVAL);
	assert_int_equal(libspawn_signal(&held.process, -1, 0), EINVAL);
	assert_int_equal(libspawn_signal(&held.process, 65, 0), EINVAL);
	assert_int_equal(libspawn_signal(&held.process, 1000, 1), EINVAL);
	finish_held(&held, 2);
}

static void wrong_arguments_have_no_meaning(void **state)
{
	(void)state;
	with_each_kind(refuse_wrong);
	libspawn_close(NULL);
}

static void what_is_no_child_is_not_signalled(void **state)
{
	struct libspawn_process parent = { .pid = getppid(), .pidfd = -1 };
	struct libspawn_process self = { .pid = getpid(), .pidfd = -1 };

	(void)state;
	/* It is 0 in a pid namespace of one's own. */
	if (parent.pid > 0)
		assert_int_equal(libspawn_signal(&parent, 0, 0), ESRCH);
	assert_int_equal(libspawn_signal(&self, SIGKILL, 0), ESRCH);
	assert_int_equal(libspawn_signal(&self, SIGKILL, 1), ESRCH);
	assert_int_equal(libspawn_stop(&self, NULL, NULL), ECHILD);
}

/* ---- Pids that are used again ------------------------------------------ */

static int last_pid_fd;

/* The next process in here gets this pid, if it is free. */
static void set_next_pid(pid_t pid)
{
	char text[16];
	int length = snprintf(text, sizeof text, "%d", (int)pid - 1);

	assert_int_equal(pwrite(last_pid_fd, text, (size_t)length, 0), length);
}

/* Somebody who never ends by itself, and dies of any signal. */
static pid_t fork_stranger(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void bury_stranger(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

/*
 * A stranger with this number. That is free a moment after its process is gone,
 * which another thread may be reaping.
 */
static pid_t fork_stranger_as(pid_t pid)
{
	struct patience patience = { 0 };
	pid_t stranger;

	set_next_pid(pid);
	stranger = fork_stranger();
	while (stranger != pid && patience_naps(&patience)) {
		bury_stranger(stranger);
		set_next_pid(pid);
		stranger = fork_stranger();
	}
	assert_int_equal(stranger, pid);
	return stranger;
}

struct hunt {
	struct libspawn_process process;
	int started;
	int over;
	long sent;
	int group;
	int stops;
};

/* Signals the process all the time, also when it is gone long since. */
static void *hunt_down(void *data)
{
	const struct libspawn_stop_how how = {
		.size = sizeof how,
		.signal = SIGUSR1,
		.grace_ms = 1,
	};
	struct hunt *hunt = data;

	/* Before the first, by which a stop may end and reap it. */
	__atomic_store_n(&hunt->started, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&hunt->over, __ATOMIC_ACQUIRE)) {
		/* Without a pause it would have the processor to itself. */
		if (hunt->sent % 64 == 63)
			sched_yield();
		if (hunt->stops)
			libspawn_stop(&hunt->process, &how, NULL);
		else
			libspawn_signal(&hunt->process, SIGUSR1,
					(uint32_t)hunt->group);
		hunt->sent++;
	}
	return NULL;
}

/*
 * While one thread signals it, the process ends, is reaped by another, and its
 * pid is a stranger's, all as fast as possible.
 */
static void hunt_once(uint64_t flags, int stops)
{
	struct hunt hunt = { .stops = stops };
	struct held held;
	pthread_t thread;
	pid_t stranger;

	if (flags & LIBSPAWN_PROCESS_GROUP)
		hunt.group = LIBSPAWN_SIGNAL_GROUP;
	hold(&held, flags, 0);
	hunt.process = held.process;
	thread = start_thread(hunt_down, &hunt);
	while (!__atomic_load_n(&hunt.started, __ATOMIC_ACQUIRE))
		sched_yield();
	close(held.end);
	assert_int_equal(libspawn_wait(&hunt.process, -1, NULL), 0);
	stranger = fork_stranger_as(hunt.process.pid);
	for (int n = 0; n < 3; n++)
		sched_yield();
	__atomic_store_n(&hunt.over, 1, __ATOMIC_RELEASE);
	/* A stop does not wait for who has the number now. */
	join_thread(thread);
	libspawn_close(&hunt.process);
	bury_stranger(stranger);
}

static void hunt_all(uint64_t flags)
{
	const int rounds = runs_slowly() ? 5 : 50;

	for (int n = 0; n < rounds; n++) {
		hunt_once(flags, 0);
		hunt_once(flags, 1);
	}
}

/* Reaped behind the library's back, and the pid is another's at once. */
static void steal_and_reuse(uint64_t flags)
{
	struct held held;
	pid_t stranger;

	hold(&held, flags, 3);
	let_go(&held);
	assert_int_equal(reap(held.process.pid), 3 << 8);
	stranger = fork_stranger_as(held.process.pid);
	assert_int_equal(libspawn_signal(&held.process, SIGUSR1, 0), ESRCH);
	assert_int_equal(
		libspawn_signal(&held.process, SIGUSR1, LIBSPAWN_SIGNAL_GROUP),
		ESRCH);
	expect_stolen_end(&held.process, 0, 3);
	held.process.state = 0;
	libspawn_stop(&held.process, NULL, NULL);
	libspawn_close(&held.process);
	bury_stranger(stranger);
}

/* The same without a pidfd, and the stranger is another's child. */
static void steal_and_reuse_afar(void)
{
	struct held held;
	int ready[2];
	pid_t other, stranger = 0;

	hold(&held, 0, 3);
	let_go(&held);
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(reap(held.process.pid), 3 << 8);
	other = fork();
	if (other == 0) {
		stranger = fork_stranger_as(held.process.pid);
		if (write(ready[1], &stranger, sizeof stranger) < 0)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &stranger, sizeof stranger),
			 sizeof stranger);
	assert_int_equal(stranger, held.process.pid);
	assert_int_equal(libspawn_signal(&held.process, SIGUSR1, 0), ESRCH);
	assert_int_equal(libspawn_stop(&held.process, NULL, NULL), ECHILD);
	assert_int_equal(kill(stranger, 0), 0);
	assert_int_equal(kill(stranger, SIGKILL), 0);
	assert_int_equal(kill(other, SIGKILL), 0);
	reap(other);
	reap(stranger); /* inherited: this is the init of the namespace */
	close(ready[0]);
	close(ready[1]);
}

static void reuse_as_init(void)
{
	/* The runner ends who waits for it, and knows nothing of this one. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	last_pid_fd =
		open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	if (last_pid_fd < 0)
		skip_apart("no say in what the next pid is");
	mark_surroundings();
	hunt_all(0);
	hunt_all(LIBSPAWN_PROCESS_GROUP);
	if (held_pidfd()) {
		hunt_all(held_pidfd());
		steal_and_reuse(held_pidfd());
	}
	steal_and_reuse_afar();
	check_surroundings();
	fflush(NULL);
	_exit(0);
}

/* In a pid namespace of their own: else others take the numbers. */
static void reuse_body(void)
{
	int status;
	pid_t init;

	if (unshare(CLONE_NEWPID))
		skip_apart("no pid namespace can be made");
	init = fork();
	if (init == 0)
		reuse_as_init();
	status = reap(init);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip_apart("no say in what the next pid is");
	assert_int_equal(status, 0);
}

static void a_pid_used_again_is_never_signalled(void **state)
{
	(void)state;
	run_apart(reuse_body);
}

static const struct CMUnitTest tests[] = {
	TEST(a_signal_reaches_the_process),
	TEST(a_core_dump_is_told),
	TEST(one_that_has_ended_takes_no_harm),
	TEST(a_signal_reaches_the_group),
	TEST(without_a_group_of_its_own_there_is_none),
	TEST(wrong_arguments_have_no_meaning),
	TEST(what_is_no_child_is_not_signalled),
	TEST(a_pid_used_again_is_never_signalled),
};

TEST_MAIN(tests)
