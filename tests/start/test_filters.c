/* SPDX-License-Identifier: MIT */
/*
 * Several seccomp filters in one start; inheritable capabilities, and those in
 * a new user namespace; ready-made securebits; what belongs to the memory.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"
#include "linux_calls.h"
#include "support.h"

#define CAP(number) (UINT64_C(1) << (number))

/* Skip where this kernel does not know it. */
static void need_support(const struct libspawn_options *options, int step)
{
	int code = support_refusal(options, step);

	if (code == 0)
		return;
	assert_true(code == EINVAL || code == ENOSYS || code == EPERM);
	skip_with_reason("%s: %s", libspawn_step_name(step), strerror(code));
}

/* ---- Filters ----------------------------------------------------------- */

static struct libspawn_bpf first[4], second[4], third[4];

/* One by the old fields, two by the list. */
static struct libspawn_options three_filters(struct libspawn_filter list[2])
{
	fill_filter(first, SYS_getppid, SECCOMP_RET_ERRNO | 77);
	fill_filter(second, SYS_getpgid, SECCOMP_RET_ERRNO | 78);
	fill_filter(third, SYS_getppid, SECCOMP_RET_ERRNO | 79);
	list[0] =
		(struct libspawn_filter){ .instructions = second, .count = 4 };
	list[1] = (struct libspawn_filter){ .instructions = third, .count = 4 };
	return (struct libspawn_options){
		OPTIONS,	  .flags = LIBSPAWN_NO_NEW_PRIVS,
		.seccomp = first, .seccomp_count = 4,
		.filters = list,  .filter_count = 2,
	};
}

static void all_filters_are_in_force(void **state)
{
	struct libspawn_filter list[2];
	struct libspawn_options options = three_filters(list);
	struct seen *seen, *without;
	long own;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_NO_NEW_PRIVS);
	seen = run_probe(&options, "process confinement");
	/* Of two errors the filter that came last has its way. */
	assert_seen(seen, "ppid", "error:79");
	assert_seen(seen, "pgid", "error:78");
	options.seccomp = NULL;
	options.seccomp_count = 0;
	options.filter_count = 1;
	assert_seen(run_probe(&options, "process"), "pgid", "error:78");
	list[0].flags = LIBSPAWN_FILTER_LOG | LIBSPAWN_FILTER_SPEC_ALLOW;
	need_support(&options, LIBSPAWN_STEP_SECCOMP);
	assert_seen(run_probe(&options, "process"), "pgid", "error:78");
	without = run_probe(NULL, "confinement");
	if (strncmp(seen_text(seen, "seccomp.filters"), "error", 5) == 0)
		skip_with_reason("before Linux 5.9 nobody counts filters");
	own = seen_number(without, "seccomp.filters");
	assert_int_equal(seen_number(seen, "seccomp.filters"), own + 3);
}

static void a_filter_that_forbids_the_next_is_named(void **state)
{
	struct libspawn_filter list[2];
	struct libspawn_options options = three_filters(list);

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_NO_NEW_PRIVS);
	fill_filter(second, SYS_seccomp, SECCOMP_RET_ERRNO | EDOM);
	expect_probe_failure(&options, EDOM, LIBSPAWN_STEP_SECCOMP, 1);
	second[3].code = UINT16_MAX;
	expect_probe_failure(&options, EINVAL, LIBSPAWN_STEP_SECCOMP, 0);
}

static void filters_without_a_meaning_are_refused(void **state)
{
	struct libspawn_filter list[2];
	struct libspawn_options options = three_filters(list);

	(void)state;
	list[1].count = 0;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SECCOMP, 1);
	list[1].count = LIBSPAWN_SECCOMP_MAX + 1;
	expect_invalid(&options, E2BIG, LIBSPAWN_STEP_SECCOMP, 1);
	list[1] = (struct libspawn_filter){ .count = 1 };
	expect_invalid(&options, EFAULT, LIBSPAWN_STEP_SECCOMP, 1);
	list[1] = list[0];
	/* SECCOMP_FILTER_FLAG_NEW_LISTENER: nobody would get it. */
	list[1].flags = 8;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SECCOMP, 1);
	list[1].flags = 0;
	list[0].spare[1] = 1;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SECCOMP, 0);
	options.filters = NULL;
	expect_invalid(&options, EFAULT, LIBSPAWN_STEP_SECCOMP, -1);
	options.filter_count = LIBSPAWN_FILTERS_MAX + 1;
	expect_invalid(&options, E2BIG, LIBSPAWN_STEP_SECCOMP, -1);
}

/* ---- Capabilities ------------------------------------------------------ */

static void capabilities_are_inheritable(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_INHERITABLE_CAPS,
		.inheritable_caps = CAP(CAP_CHOWN) | CAP(CAP_KILL),
	};
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_INHERITABLE_CAPS);
	need_root();
	seen = run_probe(&options, "caps");
	assert_int_equal(seen_set(seen, "cap.inheritable"),
			 options.inheritable_caps);
	assert_int_equal(seen_set(seen, "cap.ambient"), 0);
	options.inheritable_caps = 0;
	assert_int_equal(
		seen_set(run_probe(&options, "caps"), "cap.inheritable"), 0);
	options.flags = 0;
	options.inheritable_caps = 1;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_INHERITABLE_CAPS, -1);
}

static void inheritable_caps_survive_a_change_of_user(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_INHERITABLE_CAPS | LIBSPAWN_UID |
			 LIBSPAWN_GID | LIBSPAWN_GROUPS,
		.uid = 1234,
		.gid = 1234,
		.inheritable_caps = CAP(CAP_CHOWN),
	};
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_GROUPS);
	need_root();
	seen = run_probe(&options, "caps");
	assert_int_equal(seen_set(seen, "cap.inheritable"), CAP(CAP_CHOWN));
	/* Its file gives it nothing. */
	assert_int_equal(seen_set(seen, "cap.permitted"), 0);
	options.flags |= LIBSPAWN_AMBIENT_CAPS;
	options.ambient_caps = CAP(CAP_KILL);
	need_support(&options, LIBSPAWN_STEP_AMBIENT_CAPS);
	seen = run_probe(&options, "caps");
	assert_int_equal(seen_set(seen, "cap.inheritable"),
			 CAP(CAP_CHOWN) | CAP(CAP_KILL));
	assert_int_equal(seen_set(seen, "cap.effective"), CAP(CAP_KILL));
}

static void an_inheritable_cap_beyond_the_kernels_is_harmless(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_INHERITABLE_CAPS,
		.inheritable_caps = CAP(63),
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_INHERITABLE_CAPS);
	need_root();
	/* gVisor knows all 64, of which nobody has this one. */
	need_support(&options, LIBSPAWN_STEP_INHERITABLE_CAPS);
	assert_int_equal(
		seen_set(run_probe(&options, "caps"), "cap.inheritable"), 0);
}

/*
 * Who has no id there keeps of the new namespace's capabilities what is
 * ambient, and nothing else.
 */
static void ambient_caps_are_kept_in_a_new_user_namespace(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_AMBIENT_CAPS | LIBSPAWN_BOUNDING_CAPS,
		.unshare = CLONE_NEWUSER,
		.ambient_caps = CAP(CAP_NET_BIND_SERVICE),
		.bounding_caps = CAP(CAP_NET_BIND_SERVICE) | CAP(CAP_CHOWN),
	};
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_UNSHARE);
	if (!may_have_user_namespaces())
		skip_with_reason("unshare() of a user namespace is refused");
	need_support(&options, LIBSPAWN_STEP_AMBIENT_CAPS);
	seen = run_probe(&options, "caps");
	assert_int_equal(seen_set(seen, "cap.effective"), options.ambient_caps);
	assert_int_equal(seen_set(seen, "cap.permitted"), options.ambient_caps);
	assert_int_equal(seen_set(seen, "cap.bounding"), options.bounding_caps);
	options.flags = LIBSPAWN_BOUNDING_CAPS;
	options.ambient_caps = 0;
	assert_int_equal(seen_set(run_probe(&options, "caps"), "cap.permitted"),
			 0);
}

static void ready_made_securebits_are_for_good(void **state)
{
	static const uint32_t sets[] = { LIBSPAWN_SECUREBITS_NO_ROOT,
					 LIBSPAWN_SECUREBITS_NO_AMBIENT };
	struct libspawn_options options = { OPTIONS,
					    .flags = LIBSPAWN_SECUREBITS };
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_SECUREBITS);
	need_root();
	for (int n = 0; n < 2; n++) {
		options.securebits = sets[n];
		need_support(&options, LIBSPAWN_STEP_SECUREBITS);
		seen = run_probe(&options, "caps");
		assert_int_equal(seen_number(seen, "securebits"), sets[n]);
		assert_int_equal(seen_set(seen, "cap.permitted"), 0);
	}
}

/* ---- The memory -------------------------------------------------------- */

struct memory {
	int no_exec_gain;
	int no_huge_pages;
	int merge;
	char filter[32];
};

/* PR_GET_MDWE, PR_GET_THP_DISABLE, PR_GET_MEMORY_MERGE */
static struct memory own_memory(void)
{
	struct memory memory = {
		.no_exec_gain = prctl(66, 0, 0, 0, 0),
		.no_huge_pages = prctl(42, 0, 0, 0, 0),
		.merge = prctl(68, 0, 0, 0, 0),
	};
	FILE *file = fopen("/proc/self/coredump_filter", "re");

	if (file) {
		if (!fgets(memory.filter, sizeof memory.filter, file))
			memory.filter[0] = '\0';
		fclose(file);
	}
	return memory;
}

/* Who has a memory of its own; all others would change the caller's. */
static int copies_memory(void)
{
	return support_backend == LIBSPAWN_BACKEND_FORK;
}

static void expect_trait(uint32_t trait, uint32_t filter, const char *key,
			 const char *value)
{
	struct libspawn_options options = {
		OPTIONS,
		.memory_traits = trait,
		.coredump_filter = filter,
	};
	const struct memory before = own_memory();
	struct memory after;

	if (!copies_memory()) {
		expect_decline(&options, LIBSPAWN_STEP_MEMORY_TRAITS);
	} else {
		int code =
			support_refusal(&options, LIBSPAWN_STEP_MEMORY_TRAITS);

		/* An older kernel knows the request not at all. */
		if (code)
			print_message("%s: %s\n", key, strerror(code));
		else
			assert_seen(run_probe(&options, "traits"), key, value);
	}
	after = own_memory();
	assert_memory_equal(&before, &after, sizeof before);
}

static void what_is_the_memorys_is_never_set_in_a_shared_one(void **state)
{
	(void)state;
	expect_trait(LIBSPAWN_MEMORY_NO_EXEC_GAIN, 0, "mdwe", "1");
	expect_trait(LIBSPAWN_MEMORY_NO_HUGE_PAGES, 0, "no_huge_pages", "1");
	expect_trait(LIBSPAWN_MEMORY_MERGE, 0, "merge", "1");
	expect_trait(LIBSPAWN_MEMORY_COREDUMP_FILTER, 0x7f, "coredump_filter",
		     "0000007f");
	expect_trait(LIBSPAWN_MEMORY_COREDUMP_FILTER, 0, "coredump_filter",
		     "00000000");
}

/* Nobody asked for a fork: the sentence says what would do it. */
static void without_a_fork_it_is_declined_with_its_reason(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.memory_traits = LIBSPAWN_MEMORY_NO_HUGE_PAGES,
	};
	struct libspawn_process process;
	struct libspawn_error error;
	char *argv[] = { (char *)(uintptr_t) "probe", NULL };
	char text[512];

	(void)state;
	assert_int_equal(
		libspawn_start(&process, support_probe, argv, &options, &error),
		ENOTSUP);
	assert_int_equal(error.step, LIBSPAWN_STEP_MEMORY_TRAITS);
	libspawn_explain(text, sizeof text, &error, support_probe, argv,
			 &options);
	assert_non_null(strstr(text, "LIBSPAWN_ALLOW_FORK"));
}

static void traits_without_a_meaning_are_refused(void **state)
{
	struct libspawn_options options = { OPTIONS, .memory_traits = 16 };

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_MEMORY_TRAITS, -1);
	options.memory_traits = 0;
	options.coredump_filter = 1;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_MEMORY_TRAITS, -1);
}

static const struct CMUnitTest tests[] = {
	TEST(all_filters_are_in_force),
	TEST(a_filter_that_forbids_the_next_is_named),
	TEST(filters_without_a_meaning_are_refused),
	TEST(capabilities_are_inheritable),
	TEST(inheritable_caps_survive_a_change_of_user),
	TEST(an_inheritable_cap_beyond_the_kernels_is_harmless),
	TEST(ambient_caps_are_kept_in_a_new_user_namespace),
	TEST(ready_made_securebits_are_for_good),
	TEST(what_is_the_memorys_is_never_set_in_a_shared_one),
	TEST(without_a_fork_it_is_declined_with_its_reason),
	TEST(traits_without_a_meaning_are_refused),
};

TEST_MAIN(tests)
