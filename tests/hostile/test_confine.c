/* SPDX-License-Identifier: MIT */
/*
 * Each call that confinement makes is refused in turn, as an old kernel, gVisor
 * or the filter of a container would: the start fails with the step and the
 * errno, and a sentence. And a terminal takes no keys from who is in a session
 * of its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

#include "apart.h"
#include "linux_calls.h"
#include "refuse.h"

#define NEW_TIME UINT64_C(0x80)

static const struct libspawn_time_offsets offsets = { .monotonic_s = 1 };
static const struct libspawn_sched_attr attributes = { .policy = 3 };
static const struct libspawn_memory_policy policy = { .mode = 4 };
static const struct libspawn_bpf allow[] = { { 6, 0, 0, 0x7fff0000 } };
static const struct libspawn_filter filters[] = {
	{ .instructions = allow, .count = 1 },
};

/* prctl: by its first argument; the others by their names. */
static const struct refused {
	const char *call;
	uint64_t first;
	int step;
	int index;
	struct libspawn_options options;
} refusals[] = {
#define REFUSED(call, step, index, ...)                                        \
	{                                                                      \
		call, 0, LIBSPAWN_STEP_##step, index,                          \
		{                                                              \
			OPTIONS, __VA_ARGS__                                   \
		}                                                              \
	}
#define PRCTL(first, step, index, ...)                                         \
	{                                                                      \
		"prctl", first, LIBSPAWN_STEP_##step, index,                   \
		{                                                              \
			OPTIONS, __VA_ARGS__                                   \
		}                                                              \
	}
	REFUSED("sethostname", HOSTNAME, -1, .unshare = CLONE_NEWUTS,
		.hostname = "inside"),
	REFUSED("setdomainname", DOMAINNAME, -1, .unshare = CLONE_NEWUTS,
		.domainname = "nowhere"),
	REFUSED("socket", LOOPBACK, -1, .unshare = CLONE_NEWNET,
		.flags = LIBSPAWN_LOOPBACK),
	REFUSED("ioctl", LOOPBACK, -1, .unshare = CLONE_NEWNET,
		.flags = LIBSPAWN_LOOPBACK),
	REFUSED("openat", TIME_OFFSETS, -1, .unshare = NEW_TIME,
		.time_offsets = &offsets),
	REFUSED("openat", EXEC_LABEL, -1, .exec_label = "label"),
	REFUSED("personality", PERSONALITY, -1, .flags = LIBSPAWN_PERSONALITY),
	REFUSED("set_mempolicy", MEMORY_POLICY, -1, .memory_policy = &policy),
	REFUSED("sched_setattr", SCHED_ATTR, -1, .sched_attr = &attributes),
	REFUSED("capset", INHERITABLE_CAPS, -1,
		.flags = LIBSPAWN_INHERITABLE_CAPS),
	REFUSED("capget", INHERITABLE_CAPS, -1,
		.flags = LIBSPAWN_INHERITABLE_CAPS),
	REFUSED("keyctl", KEYRING, -1, .session_keyring = ""),
	REFUSED("seccomp", SECCOMP, 0, .flags = LIBSPAWN_NO_NEW_PRIVS,
		.filters = filters, .filter_count = 1),
	PRCTL(62, NEW_CORE, -1, .flags = LIBSPAWN_NEW_CORE),
	PRCTL(53, SPECULATION, 1, .speculation = { 0, 4, 0 }),
	PRCTL(26, TSC, -1, .tsc = 2),
	PRCTL(65, MEMORY_TRAITS, -1,
	      .memory_traits = LIBSPAWN_MEMORY_NO_EXEC_GAIN),
	PRCTL(41, MEMORY_TRAITS, -1,
	      .memory_traits = LIBSPAWN_MEMORY_NO_HUGE_PAGES),
	PRCTL(67, MEMORY_TRAITS, -1, .memory_traits = LIBSPAWN_MEMORY_MERGE),
	REFUSED("openat", MEMORY_TRAITS, -1,
		.memory_traits = LIBSPAWN_MEMORY_COREDUMP_FILTER),
};

enum { REFUSALS = sizeof refusals / sizeof refusals[0] };

static const struct refused *refused;
static int refusal;

/* Its step tells of what; the sentence of ENOSYS also says what it may be. */
static void expect_sentence(const struct libspawn_error *error,
			    const struct libspawn_options *options)
{
	char text[512];

	libspawn_explain(text, sizeof text, error, support_probe, exit_argv,
			 options);
	assert_non_null(strstr(text, libspawn_step_name(refused->step)));
	assert_non_null(strstr(text, strerror(refusal)));
	if (refusal == ENOSYS && refused->step >= LIBSPAWN_STEP_HOSTNAME)
		assert_non_null(strstr(text, "a filter refuses it"));
}

static int needs_users(const struct refused *row)
{
	return row->options.unshare && !support_has_cap(CAP_SYS_ADMIN);
}

/* What this system lacks for a row, or NULL; the other rows are tried. */
static const char *lack_of(const struct refused *row)
{
	if (needs_users(row) && !may_have_user_namespaces())
		return "user namespaces are refused";
	if (row->options.unshare & NEW_TIME &&
	    access("/proc/self/ns/time", F_OK) != 0)
		return "this kernel has no time namespaces";
	return NULL;
}

static void refused_body(void)
{
	struct libspawn_options options = refused->options;
	struct libspawn_error error;

	if (needs_users(refused))
		options.unshare |= CLONE_NEWUSER;
	need_refusals();
	if (refused->first)
		refuse_argument(refused->call, 0, refused->first, refusal);
	else
		refuse_call(refused->call, refusal);
	options.backend = support_backend;
	error = expect_failure(&options, support_probe, exit_argv, refusal,
			       refused->step, refused->index);
	expect_sentence(&error, &options);
	/* Who does not ask for it does not hear of it. */
	options = plain_options();
	options.flags = LIBSPAWN_INHERIT_FDS;
	start_and_reap(&options);
}

/* What only a memory of its own takes is declined by the others. */
static int is_taken(const struct refused *row)
{
	const int copies = support_backend == LIBSPAWN_BACKEND_FORK;

	return support_backend != LIBSPAWN_BACKEND_POSIX_SPAWN &&
	       (copies || row->step != LIBSPAWN_STEP_MEMORY_TRAITS);
}

static void expect_row_declined(const struct refused *row)
{
	int step = row->step;

	if (row->options.unshare)
		step = LIBSPAWN_STEP_UNSHARE;
	else if (step == LIBSPAWN_STEP_SECCOMP)
		step = LIBSPAWN_STEP_NO_NEW_PRIVS;
	expect_decline(&row->options, step);
}

/* Whether this row can be tried here. */
static int try_row(void)
{
	static const int codes[] = { EPERM, ENOSYS };
	const char *lack = lack_of(refused);

	if (lack) {
		print_message("not tried: %s: %s\n", refused->call, lack);
		return 0;
	}
	for (size_t n = 0; n < 2; n++) {
		refusal = codes[n];
		run_apart(refused_body);
	}
	return 1;
}

static void each_call_that_is_refused_is_told(void **state)
{
	int taken = 0, tried = 0;

	(void)state;
	for (refused = refusals; refused < refusals + REFUSALS; refused++) {
		if (!is_taken(refused)) {
			expect_row_declined(refused);
			continue;
		}
		taken++;
		tried += try_row();
	}
	print_message("%d of %d calls were refused\n", tried, REFUSALS);
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		return;
	assert_true(taken >= 16);
	/* The others need no namespaces. */
	assert_true(tried >= 11);
}

/* ---- Keys that others type --------------------------------------------- */

/* Be in a session of one's own with this terminal, as a shell would. */
static int32_t new_terminal(void)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int32_t end;

	assert_true(terminal >= 0);
	assert_int_equal(grantpt(terminal), 0);
	assert_int_equal(unlockpt(terminal), 0);
	assert_true(setsid() >= 0);
	end = open(ptsname(terminal), O_RDWR | O_CLOEXEC);
	assert_true(end >= 0);
	assert_int_equal(ioctl(end, TIOCSCTTY, 0), 0);
	return end;
}

/* As another user: root may do it in any session. */
static const char *typed(int32_t terminal, uint64_t flags)
{
	static const char *answer;
	struct libspawn_fd row = { .child_fd = 5,
				   .kind = LIBSPAWN_FD_FROM,
				   .parent_fd = terminal };
	struct libspawn_options options = { OPTIONS, .fds = &row, .fd_count = 1,
					    .flags = flags };

	if (support_is_root()) {
		options.flags |= LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_GROUPS;
		options.uid = options.gid = 1234;
	}
	answer = seen_text(run_probe(&options, "umask then type 5"), "type.5");
	print_message("flags %llx: %s\n", (unsigned long long)flags, answer);
	return answer;
}

/* Without a session it works (or the kernel forbids it to all: EIO). */
static void type_in_session(void)
{
	int32_t terminal = new_terminal();
	char outside[16], inside[16];

	snprintf(outside, sizeof outside, "%s", typed(terminal, 0));
	snprintf(inside, sizeof inside, "%s",
		 typed(terminal, LIBSPAWN_NEW_SESSION));
	assert_true(strcmp(outside, "ok") == 0 ||
		    strcmp(outside, "error:5") == 0);
	assert_true(strcmp(inside, "error:1") == 0 ||
		    strcmp(inside, "error:5") == 0);
}

/* Who leads a process group, as this body does, can't lead a session. */
static void typing_body(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		type_in_session();
		_exit(0);
	}
	assert_int_equal(reap(pid), 0);
}

static void a_session_of_its_own_types_no_keys_for_others(void **state)
{
	(void)state;
	if (support_is_root() &&
	    support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		skip_with_reason("root may type for anybody");
	run_apart(typing_body);
}

static const struct CMUnitTest tests[] = {
	TEST(each_call_that_is_refused_is_told),
	TEST(a_session_of_its_own_types_no_keys_for_others),
};

TEST_MAIN(tests)
