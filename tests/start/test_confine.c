/* SPDX-License-Identifier: MIT */
/*
 * What keeps a program in, beside ids, capabilities and Landlock: names and
 * loopback of new namespaces, their clocks, personality, nodes, scheduling,
 * speculation, keyring, label. Filters, capabilities and what belongs to the
 * memory are in test_filters.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "linux_calls.h"
#include "support.h"

#define NEW_TIME UINT64_C(0x80)

/* The namespace, and one of users for who may not make it without. */
static uint64_t new_kind(uint64_t kind)
{
	if (support_has_cap(CAP_SYS_ADMIN))
		return kind;
	if (!may_have_user_namespaces())
		skip_with_reason("unshare() of a user namespace is refused");
	return kind | CLONE_NEWUSER;
}

/* Skip where this kernel is without it, or keeps it from everybody. */
static void need_support(const struct libspawn_options *options, int step)
{
	int code = support_refusal(options, step);

	if (code == ENOSYS || code == EINVAL || code == ENODEV ||
	    code == ENXIO || code == ENOENT || code == EOPNOTSUPP ||
	    code == EPERM || code == EACCES || code == ENAMETOOLONG)
		skip_with_reason("%s: %s", libspawn_step_name(step),
				 strerror(code));
	assert_int_equal(code, 0);
}

/*
 * Whether it is taken. If not, the same is said again, with its step and index:
 * of what the processor or the kernel's configuration decides, that is all
 * there is to see.
 */
static int is_taken(const struct libspawn_options *options, int step, int index)
{
	int code = support_refusal(options, step);

	if (code == 0)
		return 1;
	print_message("%s: %s\n", libspawn_step_name(step), strerror(code));
	assert_true(code == ENXIO || code == EPERM || code == ENODEV ||
		    code == EINVAL || code == ENOSYS);
	expect_probe_failure(options, code, step, index);
	return 0;
}

/* gVisor finds the end of a domain's name only with a NUL: ENAMETOOLONG. */
static void need_host_names(struct libspawn_options *options)
{
	struct libspawn_options alone = { OPTIONS };

	options->unshare = new_kind(CLONE_NEWUTS);
	alone.unshare = options->unshare;
	need_support(&alone, LIBSPAWN_STEP_UNSHARE);
	need_support(options, LIBSPAWN_STEP_DOMAINNAME);
}

/* ---- Names of the host ------------------------------------------------- */

static void the_host_is_called_otherwise_in_its_namespace(void **state)
{
	struct libspawn_options options = { OPTIONS, .unshare = CLONE_NEWUTS,
					    .hostname = "inside",
					    .domainname = "nowhere" };
	char here[256] = "";
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_UNSHARE);
	need_host_names(&options);
	seen = run_probe(&options, "namespaces confinement");
	assert_seen(seen, "hostname", "inside");
	assert_seen(seen, "domainname", "nowhere");
	gethostname(here, sizeof here - 1);
	assert_string_not_equal(here, "inside");
	getdomainname(here, sizeof here - 1);
	assert_string_not_equal(here, "nowhere");
}

static void a_name_of_the_host_may_be_empty_or_of_64_bytes(void **state)
{
	static const char longest[] = "0123456789abcdef0123456789abcdef"
				      "0123456789abcdef0123456789abcdef";
	struct libspawn_options options = { OPTIONS, .unshare = CLONE_NEWUTS,
					    .hostname = longest,
					    .domainname = "" };
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_UNSHARE);
	need_host_names(&options);
	seen = run_probe(&options, "namespaces confinement");
	assert_seen(seen, "hostname", longest);
	assert_seen(seen, "domainname", "");
}

static void a_host_name_without_a_namespace_or_too_long_is_refused(void **state)
{
	static const char too_long[] = "0123456789abcdef0123456789abcdef"
				       "0123456789abcdef0123456789abcdef0";
	struct libspawn_options options = { OPTIONS, .hostname = "inside" };

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_HOSTNAME, -1);
	options.unshare = CLONE_NEWIPC;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_HOSTNAME, -1);
	options.unshare = CLONE_NEWUTS;
	options.hostname = too_long;
	expect_invalid(&options, ENAMETOOLONG, LIBSPAWN_STEP_HOSTNAME, -1);
	options.hostname = NULL;
	options.domainname = too_long;
	expect_invalid(&options, ENAMETOOLONG, LIBSPAWN_STEP_DOMAINNAME, -1);
	options.unshare = 0;
	options.domainname = "nowhere";
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_DOMAINNAME, -1);
}

/* ---- Network and clocks ------------------------------------------------ */

static void the_loopback_is_up_if_asked_for(void **state)
{
	struct libspawn_options options = { OPTIONS, .unshare = CLONE_NEWNET };

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_UNSHARE);
	options.unshare = new_kind(CLONE_NEWNET);
	need_support(&options, LIBSPAWN_STEP_UNSHARE);
	if (seen_number(run_probe(&options, "confinement"), "loopback.up"))
		skip_with_reason("this kernel's loopback is always up");
	options.flags = LIBSPAWN_LOOPBACK;
	need_support(&options, LIBSPAWN_STEP_LOOPBACK);
	assert_seen(run_probe(&options, "confinement"), "loopback.up", "1");
}

static void a_loopback_of_others_is_left_alone(void **state)
{
	struct libspawn_options options = { OPTIONS,
					    .flags = LIBSPAWN_LOOPBACK };

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_LOOPBACK, -1);
}

/* The program itself is in it where exec enters it; its children always. */
static void the_clocks_of_a_time_namespace_are_set(void **state)
{
	const struct libspawn_time_offsets offsets = {
		.monotonic_s = 1000000,
		.boottime_s = 3000000,
		.boottime_ns = 999999999,
	};
	struct libspawn_options options = { OPTIONS, .unshare = NEW_TIME,
					    .time_offsets = &offsets };
	struct timespec monotonic, boottime;
	char before[64] = "";
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_UNSHARE);
	options.unshare = new_kind(NEW_TIME);
	if (readlink("/proc/self/ns/time", before, sizeof before - 1) < 0)
		skip_with_reason("this kernel has no time namespaces");
	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	clock_gettime(CLOCK_BOOTTIME, &boottime);
	seen = run_probe(&options, "confinement");
	if (strcmp(seen_text(seen, "ns.time"), before) == 0)
		skip_with_reason("this kernel's exec enters no time namespace");
	assert_in_range(seen_number(seen, "monotonic") - monotonic.tv_sec,
			1000000, 1000600);
	assert_in_range(seen_number(seen, "boottime") - boottime.tv_sec,
			3000000, 3000600);
}

static void clocks_without_a_meaning_are_refused(void **state)
{
	struct libspawn_time_offsets offsets = { .monotonic_s = 1 };
	struct libspawn_options options = { OPTIONS, .time_offsets = &offsets };

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_TIME_OFFSETS, -1);
	options.unshare = NEW_TIME;
	offsets.monotonic_ns = 1000000000;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_TIME_OFFSETS, -1);
	offsets = (struct libspawn_time_offsets){ .boottime_ns = UINT32_MAX };
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_TIME_OFFSETS, -1);
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		return;
	offsets = (struct libspawn_time_offsets){ .monotonic_s = INT64_MIN };
	options.unshare = new_kind(NEW_TIME);
	if (access("/proc/self/timens_offsets", F_OK) == 0)
		expect_probe_failure(&options, ERANGE,
				     LIBSPAWN_STEP_TIME_OFFSETS, -1);
}

/* ---- Which system, memory, processor ----------------------------------- */

static void a_personality_is_the_programs_alone(void **state)
{
	struct libspawn_options options = { OPTIONS,
					    .flags = LIBSPAWN_PERSONALITY,
					    .personality = 0x0040000 };
	long own = syscall(SYS_personality, 0xffffffff);

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_PERSONALITY);
	need_support(&options, LIBSPAWN_STEP_PERSONALITY);
	assert_int_equal(
		seen_number(run_probe(&options, "traits"), "personality"),
		0x0040000);
	assert_int_equal(syscall(SYS_personality, 0xffffffff), own);
	syscall(SYS_personality, 0x0040000);
	options.personality = 0;
	assert_int_equal(
		seen_number(run_probe(&options, "traits"), "personality"), 0);
	syscall(SYS_personality, own);
}

static void a_personality_without_a_meaning_is_refused(void **state)
{
	struct libspawn_options options = { OPTIONS, .personality = 8 };

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_PERSONALITY, -1);
	options.flags = LIBSPAWN_PERSONALITY;
	options.personality = UINT32_MAX;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_PERSONALITY, -1);
}

/* MPOL_BIND is 2, MPOL_LOCAL 4 and MPOL_DEFAULT 0. */
static void memory_comes_from_the_nodes_asked_for(void **state)
{
	static const uint32_t nodes[] = { 0 };
	struct libspawn_memory_policy policy = { .mode = 2,
						 .nodes = nodes,
						 .node_count = 1 };
	struct libspawn_options options = { OPTIONS, .memory_policy = &policy };
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_MEMORY_POLICY);
	need_support(&options, LIBSPAWN_STEP_MEMORY_POLICY);
	seen = run_probe(&options, "confinement");
	assert_seen(seen, "memory_policy", "2");
	assert_seen(seen, "memory_nodes", "1");
	policy = (struct libspawn_memory_policy){ .mode = 4 };
	seen = run_probe(&options, "confinement");
	/* Before Linux 5.14 it is told as "preferred, but nowhere". */
	if (strcmp(seen_text(seen, "memory_policy"), "1") != 0)
		assert_seen(seen, "memory_policy", "4");
	policy.mode = 0;
	assert_seen(run_probe(&options, "confinement"), "memory_policy", "0");
	policy = (struct libspawn_memory_policy){ .mode = 99 };
	expect_probe_failure(&options, EINVAL, LIBSPAWN_STEP_MEMORY_POLICY, -1);
}

static void nodes_without_a_meaning_are_refused(void **state)
{
	static const uint32_t nodes[] = { 0, LIBSPAWN_NODES_MAX };
	struct libspawn_memory_policy policy = { .mode = 2,
						 .nodes = nodes,
						 .node_count = 2 };
	struct libspawn_options options = { OPTIONS, .memory_policy = &policy };

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_MEMORY_POLICY, 1);
	policy.nodes = NULL;
	expect_invalid(&options, EFAULT, LIBSPAWN_STEP_MEMORY_POLICY, -1);
	policy.node_count = LIBSPAWN_NODES_MAX + 1;
	expect_invalid(&options, E2BIG, LIBSPAWN_STEP_MEMORY_POLICY, -1);
	policy = (struct libspawn_memory_policy){ .spare = { 0, 1 } };
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_MEMORY_POLICY, -1);
	policy = (struct libspawn_memory_policy){ .mode = UINT32_MAX };
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_MEMORY_POLICY, -1);
}

/* SCHED_FLAG_RESET_ON_FORK is 1; nice comes after it. */
static void scheduling_attributes_are_set(void **state)
{
	struct libspawn_sched_attr attr = { .policy = SCHED_BATCH,
					    .flags = 1,
					    .nice = 3 };
	struct libspawn_options options = { OPTIONS, .sched_attr = &attr };
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_SCHED_ATTR);
	need_support(&options, LIBSPAWN_STEP_SCHED_ATTR);
	seen = run_probe(&options, "confinement scheduling");
	assert_seen(seen, "attr.policy", "3");
	assert_seen(seen, "attr.flags", "1");
	assert_seen(seen, "nice", "3");
	attr.size = sizeof attr;
	options.flags = LIBSPAWN_NICE;
	options.nice = 5;
	assert_seen(run_probe(&options, "scheduling"), "nice", "5");
}

/* A tenth of a processor, if the machine still has that to give. */
static void a_program_has_its_deadline(void **state)
{
	struct libspawn_sched_attr attr = { .policy = 6,
					    .runtime = 1000000,
					    .deadline = 10000000,
					    .period = 10000000 };
	struct libspawn_options options = { OPTIONS, .sched_attr = &attr };
	struct seen *seen;
	int code;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_SCHED_ATTR);
	code = support_refusal(&options, LIBSPAWN_STEP_SCHED_ATTR);
	if (code)
		skip_with_reason("no deadlines here: %s", strerror(code));
	seen = run_probe(&options, "confinement");
	assert_seen(seen, "attr.policy", "6");
	assert_seen(seen, "attr.runtime", "1000000");
}

static void scheduling_attributes_without_a_meaning_are_refused(void **state)
{
	struct libspawn_sched_attr attr = { .size = 48 };
	struct libspawn_options options = { OPTIONS, .sched_attr = &attr };

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SCHED_ATTR, -1);
	attr.size = 0;
	options.flags = LIBSPAWN_SCHEDULER;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SCHED_ATTR, -1);
	options.flags = 0;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		return;
	need_support(&options, LIBSPAWN_STEP_SCHED_ATTR);
	attr.policy = 99;
	expect_probe_failure(&options, EINVAL, LIBSPAWN_STEP_SCHED_ATTR, -1);
}

/* There is no way to see it but that the kernel took it. */
static void a_core_is_shared_with_nobody_or_none_is_there(void **state)
{
	struct libspawn_options options = { OPTIONS,
					    .flags = LIBSPAWN_NEW_CORE };

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_NEW_CORE);
	if (is_taken(&options, LIBSPAWN_STEP_NEW_CORE, -1))
		run_probe(&options, "umask");
}

/* PR_SPEC_DISABLE is 4; PR_SPEC_PRCTL, 1, says that it may be chosen. */
static void speculation_is_turned_off(void **state)
{
	(void)state;
	for (int which = 0; which < 3; which++) {
		struct libspawn_options options = { OPTIONS };
		struct libspawn_options as_it_is = { OPTIONS };
		char key[] = "spec.0";
		long own;

		key[5] = (char)('0' + which);
		options.speculation[which] = which == 2 ? 2 : 4;
		if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN) {
			expect_decline(&options, LIBSPAWN_STEP_SPECULATION);
			continue;
		}
		own = prctl(52 /* PR_GET_SPECULATION_CTRL */, which, 0, 0, 0);
		if (!is_taken(&options, LIBSPAWN_STEP_SPECULATION, which))
			continue;
		assert_int_equal(
			seen_number(run_probe(&options, "traits"), key),
			1 | options.speculation[which]);
		assert_int_equal(prctl(52, which, 0, 0, 0), own);
		assert_int_equal(
			seen_number(run_probe(&as_it_is, "traits"), key), own);
	}
}

static void speculation_without_a_meaning_is_refused(void **state)
{
	struct libspawn_options options = { OPTIONS };

	(void)state;
	options.speculation[1] = 16;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SPECULATION, 1);
	options.speculation[1] = 1;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SPECULATION, 1);
	options.speculation[1] = 2;
	options.speculation[2] = UINT32_MAX;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SPECULATION, 2);
}

static void the_time_stamp_counter_is_closed(void **state)
{
	struct libspawn_options options = { OPTIONS, .tsc = 2 };

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_TSC);
	if (is_taken(&options, LIBSPAWN_STEP_TSC, -1)) {
		assert_seen(run_probe(&options, "traits"), "tsc", "2");
		options.tsc = 1;
		assert_seen(run_probe(&options, "traits"), "tsc", "1");
	}
	options.tsc = 3;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_TSC, -1);
}

/* ---- Whose ------------------------------------------------------------- */

static void a_session_keyring_is_the_programs_own(void **state)
{
	struct libspawn_options options = { OPTIONS, .session_keyring = "" };
	char own[32];
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_KEYRING);
	need_support(&options, LIBSPAWN_STEP_KEYRING);
	snprintf(own, sizeof own, "%ld", syscall(SYS_keyctl, 0, -3, 0));
	seen = run_probe(&options, "confinement");
	assert_string_not_equal(seen_text(seen, "keyring"), own);
	assert_non_null(
		strstr(seen_text(seen, "keyring.description"), ";_ses"));
	options.session_keyring = "libspawn-test";
	seen = run_probe(&options, "confinement");
	assert_non_null(strstr(seen_text(seen, "keyring.description"),
			       ";libspawn-test"));
	if (!support_is_root())
		return;
	/* It belongs to the new user. */
	options.session_keyring = "";
	options.flags = LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_GROUPS;
	options.uid = options.gid = 1234;
	assert_non_null(strstr(seen_text(run_probe(&options, "confinement"),
					 "keyring.description"),
			       ";1234;1234;"));
}

/* No security module, or one that does not know the context. */
static void a_label_that_no_module_takes_is_refused(void **state)
{
	static char too_long[LIBSPAWN_LABEL_MAX + 1];
	struct libspawn_options options = { OPTIONS,
					    .exec_label = "no such label" };
	int code;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_EXEC_LABEL);
	code = support_refusal(&options, LIBSPAWN_STEP_EXEC_LABEL);
	assert_true(code == EINVAL || code == ENOENT || code == EACCES);
	options.exec_label = "";
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_EXEC_LABEL, -1);
	memset(too_long, 'x', LIBSPAWN_LABEL_MAX);
	options.exec_label = too_long;
	expect_invalid(&options, ENAMETOOLONG, LIBSPAWN_STEP_EXEC_LABEL, -1);
	options.exec_label = NULL;
	options.session_keyring = too_long;
	expect_invalid(&options, ENAMETOOLONG, LIBSPAWN_STEP_KEYRING, -1);
}

static const struct CMUnitTest tests[] = {
	TEST(the_host_is_called_otherwise_in_its_namespace),
	TEST(a_name_of_the_host_may_be_empty_or_of_64_bytes),
	TEST(a_host_name_without_a_namespace_or_too_long_is_refused),
	TEST(the_loopback_is_up_if_asked_for),
	TEST(a_loopback_of_others_is_left_alone),
	TEST(the_clocks_of_a_time_namespace_are_set),
	TEST(clocks_without_a_meaning_are_refused),
	TEST(a_personality_is_the_programs_alone),
	TEST(a_personality_without_a_meaning_is_refused),
	TEST(memory_comes_from_the_nodes_asked_for),
	TEST(nodes_without_a_meaning_are_refused),
	TEST(scheduling_attributes_are_set),
	TEST(a_program_has_its_deadline),
	TEST(scheduling_attributes_without_a_meaning_are_refused),
	TEST(a_core_is_shared_with_nobody_or_none_is_there),
	TEST(speculation_is_turned_off),
	TEST(speculation_without_a_meaning_is_refused),
	TEST(the_time_stamp_counter_is_closed),
	TEST(a_session_keyring_is_the_programs_own),
	TEST(a_label_that_no_module_takes_is_refused),
};

TEST_MAIN(tests)
