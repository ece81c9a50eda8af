/* SPDX-License-Identifier: MIT */
/* Namespaces that the child unshares or enters: namespaces(7). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux_calls.h"
#include "support.h"

/* Before anything is started, that would wait for its end. */
static void need_proc(void)
{
	if (access("/proc/self/ns", F_OK) < 0)
		skip_with_reason("namespaces are compared and entered in "
				 "/proc");
}

/* The link of a namespace of this process. */
static const char *own_namespace(const char *name)
{
	static char target[64];
	char path[64];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/self/ns/%s", name);
	n = readlink(path, target, sizeof target - 1);
	target[n > 0 ? n : 0] = '\0';
	return target;
}

static void assert_namespace_is_new(uint64_t flag, const char *name)
{
	struct libspawn_options options = { OPTIONS, .unshare = flag };
	struct seen *seen = run_probe(&options, "namespaces");
	char key[32];

	snprintf(key, sizeof key, "ns.%s", name);
	assert_string_not_equal(seen_text(seen, key), own_namespace(name));
}

static void namespaces_are_inherited(void **state)
{
	struct seen *seen;

	(void)state;
	need_proc();
	seen = run_probe(NULL, "namespaces");
	assert_seen(seen, "ns.uts", own_namespace("uts"));
	assert_seen(seen, "ns.mnt", own_namespace("mnt"));
	assert_seen(seen, "ns.user", own_namespace("user"));
}

static void namespaces_are_unshared(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.unshare = CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWIPC,
	};
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_UNSHARE);
	need_root();
	need_proc();
	assert_namespace_is_new(CLONE_NEWUTS, "uts");
	assert_namespace_is_new(CLONE_NEWNS, "mnt");
	assert_namespace_is_new(CLONE_NEWNET, "net");
	seen = run_probe(&options, "namespaces");
	assert_string_not_equal(seen_text(seen, "ns.uts"),
				own_namespace("uts"));
	assert_string_not_equal(seen_text(seen, "ns.mnt"),
				own_namespace("mnt"));
	assert_string_not_equal(seen_text(seen, "ns.ipc"),
				own_namespace("ipc"));
	assert_seen(seen, "ns.net", own_namespace("net"));
}

static void a_user_namespace_needs_no_privilege(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.unshare = CLONE_NEWUSER | CLONE_NEWUTS,
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_UNSHARE);
	need_proc();
	if (own_namespace("user")[0] == '\0')
		skip_with_reason("this kernel has no user namespaces");
	if (!may_have_user_namespaces())
		skip_with_reason("unshare() of a user namespace is refused");
	assert_namespace_is_new(CLONE_NEWUSER, "user");
	assert_namespace_is_new(CLONE_NEWUSER | CLONE_NEWUTS, "uts");
}

/* Before there is any process: hostile/test_interior has what clone makes. */
static void only_clone_makes_them_with_the_process(void **state)
{
	const struct libspawn_options options = {
		OPTIONS,
		.new_namespaces = CLONE_NEWUTS,
	};

	(void)state;
	if (support_backend != LIBSPAWN_BACKEND_CLONE)
		expect_decline(&options, LIBSPAWN_STEP_NEW_NAMESPACES);
}

static int open_namespace(int pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/ns/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void open_namespaces(int32_t fds[2], int pid)
{
	fds[0] = open_namespace(pid, "uts");
	fds[1] = open_namespace(pid, "ipc");
}

static void close_namespaces(const int32_t fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

static void namespaces_of_another_process_are_entered(void **state)
{
	int32_t writing = -1, fds[2];
	struct libspawn_fd row = {
		.kind = LIBSPAWN_FD_PIPE_READ,
		.parent_end = &writing,
	};
	struct libspawn_options host = {
		OPTIONS,
		.unshare = CLONE_NEWUTS | CLONE_NEWIPC,
		.fds = &row,
		.fd_count = 1,
	};
	struct libspawn_options guest = {
		OPTIONS,
		.namespaces = fds,
		.namespace_count = 2,
	};
	struct seen *there, *seen;

	(void)state;
	need_proc();
	open_namespaces(fds, getpid());
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		expect_decline(&guest, LIBSPAWN_STEP_NAMESPACE);
	close_namespaces(fds);
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		return;
	need_root();
	there = start_probe(&host, "namespaces then read 0");
	open_namespaces(fds, there->process.pid);
	seen = run_probe(&guest, "namespaces");
	close_namespaces(fds);
	close(writing);
	collect(there);
	assert_seen(seen, "ns.uts", seen_text(there, "ns.uts"));
	assert_seen(seen, "ns.ipc", seen_text(there, "ns.ipc"));
	assert_string_not_equal(seen_text(seen, "ns.uts"),
				own_namespace("uts"));
}

static void a_namespace_is_entered_before_others_are_unshared(void **state)
{
	int32_t fd;
	struct libspawn_options options = {
		OPTIONS,
		.namespaces = &fd,
		.namespace_count = 1,
		.unshare = CLONE_NEWUTS,
	};
	struct seen *seen = NULL;

	(void)state;
	need_proc();
	fd = open_namespace(getpid(), "uts");
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		expect_decline(&options, LIBSPAWN_STEP_NAMESPACE);
	else if (support_is_root())
		seen = run_probe(&options, "namespaces");
	close(fd);
	if (seen)
		assert_string_not_equal(seen_text(seen, "ns.uts"),
					own_namespace("uts"));
}

static void namespaces_that_may_not_be_had_are_refused(void **state)
{
	int32_t fds[2] = { -1, -1 };
	struct libspawn_options enter = {
		OPTIONS,
		.namespaces = fds,
		.namespace_count = 1,
	};
	struct libspawn_options unshare = { OPTIONS, .unshare = CLONE_NEWUTS };

	(void)state;
	need_proc();
	fds[0] = open_namespace(getpid(), "uts");
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN) {
		expect_decline(&enter, LIBSPAWN_STEP_NAMESPACE);
		expect_decline(&unshare, LIBSPAWN_STEP_UNSHARE);
	} else {
		expect_powerless_failure(&enter, EPERM, LIBSPAWN_STEP_NAMESPACE,
					 0);
		expect_powerless_failure(&unshare, EPERM, LIBSPAWN_STEP_UNSHARE,
					 -1);
	}
	close(fds[0]);
}

static void
a_descriptor_that_is_no_namespace_is_refused_with_its_index(void **state)
{
	int32_t fds[2];
	struct libspawn_options options = {
		OPTIONS,
		.namespaces = fds,
		.namespace_count = 2,
	};

	(void)state;
	need_proc();
	fds[0] = open_namespace(getpid(), "uts");
	fds[1] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		expect_decline(&options, LIBSPAWN_STEP_NAMESPACE);
	else if (support_is_root())
		expect_probe_failure(&options, EINVAL, LIBSPAWN_STEP_NAMESPACE,
				     1);
	close(fds[0]);
	close(fds[1]);
}

static void namespaces_without_a_meaning_are_refused(void **state)
{
	static const int32_t fds[LIBSPAWN_NAMESPACES_MAX + 1];
	struct libspawn_options options = { OPTIONS, .namespace_count = 1 };

	(void)state;
	expect_invalid(&options, EFAULT, LIBSPAWN_STEP_NAMESPACE, -1);
	options.namespaces = fds;
	options.namespace_count = LIBSPAWN_NAMESPACES_MAX + 1;
	expect_invalid(&options, E2BIG, LIBSPAWN_STEP_NAMESPACE, -1);
	options.namespaces = NULL;
	options.namespace_count = 0;
	/* Not a namespace, but a flag of clone(). */
	options.unshare = CLONE_VM;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_UNSHARE, -1);
	options.unshare = UINT64_C(1) << 63;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_UNSHARE, -1);
}

static const struct CMUnitTest tests[] = {
	TEST(namespaces_are_inherited),
	TEST(namespaces_are_unshared),
	TEST(a_user_namespace_needs_no_privilege),
	TEST(only_clone_makes_them_with_the_process),
	TEST(namespaces_of_another_process_are_entered),
	TEST(a_namespace_is_entered_before_others_are_unshared),
	TEST(namespaces_that_may_not_be_had_are_refused),
	TEST(a_descriptor_that_is_no_namespace_is_refused_with_its_index),
	TEST(namespaces_without_a_meaning_are_refused),
};

TEST_MAIN(tests)
