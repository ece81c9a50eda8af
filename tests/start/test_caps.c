/* SPDX-License-Identifier: MIT */
/* Capabilities and securebits: capabilities(7). */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apart.h"
#include "linux_calls.h"

#define CAP(number) (UINT64_C(1) << (number))
#define SERVICE CAP(CAP_NET_BIND_SERVICE)

/* All that the kernel knows and that this process has. */
static uint64_t caps_to_give(void)
{
	return seen_set(run_probe(NULL, "caps"), "cap.permitted");
}

static void ambient_caps_are_given_to_a_program(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_AMBIENT_CAPS,
		.ambient_caps = SERVICE,
	};
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_AMBIENT_CAPS);
	need_root();
	seen = run_probe(&options, "caps");
	assert_int_equal(seen_set(seen, "cap.ambient"), SERVICE);
	assert_int_equal(seen_set(seen, "cap.inheritable") & SERVICE, SERVICE);
	assert_int_equal(seen_set(seen, "cap.permitted") & SERVICE, SERVICE);
}

static void ambient_caps_survive_a_change_of_user(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_AMBIENT_CAPS | LIBSPAWN_UID |
			 LIBSPAWN_KEEP_GROUPS,
		.ambient_caps = SERVICE | CAP(CAP_DAC_READ_SEARCH),
		.uid = 1234,
	};
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_UID);
	need_root();
	seen = run_probe(&options, "caps ids");
	assert_seen(seen, "uid", "1234,1234,1234");
	assert_int_equal(seen_set(seen, "cap.ambient"), options.ambient_caps);
	assert_int_equal(seen_set(seen, "cap.permitted"), options.ambient_caps);
	assert_int_equal(seen_set(seen, "cap.effective"), options.ambient_caps);
}

/* Make it inheritable and ambient in this process, or neither. */
static void set_own_ambient(int number, int wanted)
{
	uint32_t data[6] = { 0 };

	assert_int_equal(read_caps(data), 0);
	data[2] &= ~(1u << number);
	data[2] |= wanted ? 1u << number : 0;
	assert_int_equal(write_caps(data), 0);
	/* What is not inheritable is not ambient either. */
	if (wanted)
		assert_int_equal(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE,
				       number, 0, 0),
				 0);
}

static void an_empty_ambient_set_clears_what_was_there(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_AMBIENT_CAPS,
	};
	struct seen *inherited, *cleared;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_AMBIENT_CAPS);
	need_root();
	set_own_ambient(CAP_NET_BIND_SERVICE, 1);
	inherited = run_probe(NULL, "caps");
	cleared = run_probe(&options, "caps");
	set_own_ambient(CAP_NET_BIND_SERVICE, 0);
	assert_int_equal(seen_set(inherited, "cap.ambient"), SERVICE);
	assert_int_equal(seen_set(cleared, "cap.ambient"), 0);
}

/* As a service manager starts its services: a user, with rights. */
static void become_user_with_rights(uid_t uid)
{
	uint32_t data[6] = { 0 };

	assert_int_equal(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), 0);
	assert_int_equal(setresuid(uid, uid, uid), 0);
	assert_int_equal(read_caps(data), 0);
	data[0] = data[1];
	assert_int_equal(write_caps(data), 0);
	set_own_ambient(CAP_SETUID, 1);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void another_user_body(void)
{
	struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
		.flags = LIBSPAWN_UID | LIBSPAWN_KEEP_GROUPS,
		.uid = 1234,
	};
	const struct seen *seen;

	become_user_with_rights(4321);
	seen = run_probe(&options, "caps ids");
	assert_seen(seen, "uid", "1234,1234,1234");
	assert_int_equal(seen_set(seen, "cap.ambient"), 0);
	assert_int_equal(seen_set(seen, "cap.permitted"), 0);
	options.uid = 4321;
	seen = run_probe(&options, "caps");
	assert_int_equal(seen_set(seen, "cap.ambient"), CAP(CAP_SETUID));
}

static void another_user_gets_none_of_the_callers(void **state)
{
	struct libspawn_options options = { OPTIONS, .flags = LIBSPAWN_UID };

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_UID);
	need_root();
	run_apart(another_user_body);
}

static void ambient_caps_are_in_effect_before_the_program_runs(void **state)
{
	char closed[] = "/tmp/libspawn-caps-XXXXXX";
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_AMBIENT_CAPS | LIBSPAWN_UID | LIBSPAWN_GID |
			 LIBSPAWN_KEEP_GROUPS,
		.ambient_caps = CAP(CAP_DAC_READ_SEARCH),
		.uid = 1234,
		.gid = 1234,
		.cwd = closed,
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_GID);
	need_root();
	/* Only its owner may enter it, or who has the capability. */
	assert_non_null(mkdtemp(closed));
	assert_seen(run_probe(&options, "dirs"), "cwd", closed);
	options.ambient_caps = 0;
	expect_probe_failure(&options, EACCES, LIBSPAWN_STEP_CWD, -1);
	rmdir(closed);
}

static void bounding_caps_are_those_that_are_kept(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_BOUNDING_CAPS,
		.bounding_caps = SERVICE | CAP(CAP_CHOWN),
	};
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_BOUNDING_CAPS);
	need_root();
	seen = run_probe(&options, "caps");
	assert_int_equal(seen_set(seen, "cap.bounding"), options.bounding_caps);
	assert_int_equal(seen_set(seen, "cap.permitted"),
			 options.bounding_caps);
	options.bounding_caps = 0;
	seen = run_probe(&options, "caps");
	assert_int_equal(seen_set(seen, "cap.bounding"), 0);
	assert_int_equal(seen_set(seen, "cap.effective"), 0);
}

static void bounding_caps_beyond_the_kernels_last_are_harmless(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_BOUNDING_CAPS,
		.bounding_caps = UINT64_MAX,
	};
	uint64_t all;

	(void)state;
	/* Nothing is dropped: also posix_spawn() can do that. */
	need_root();
	all = caps_to_give();
	assert_int_equal(seen_set(run_probe(&options, "caps"), "cap.permitted"),
			 all);
}

static void securebits_are_set(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_SECUREBITS,
		.securebits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED,
	};
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_SECUREBITS);
	need_root();
	seen = run_probe(&options, "caps");
	assert_int_equal(seen_number(seen, "securebits"), options.securebits);
	/* Without the privileges of root, exec grants nothing. */
	assert_int_equal(seen_set(seen, "cap.permitted"), 0);
}

static void all_of_them_work_together_with_a_change_of_user(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_GROUPS |
			 LIBSPAWN_AMBIENT_CAPS | LIBSPAWN_BOUNDING_CAPS |
			 LIBSPAWN_SECUREBITS | LIBSPAWN_NO_NEW_PRIVS,
		.uid = 1234,
		.gid = 1234,
		.ambient_caps = SERVICE | CAP(CAP_DAC_READ_SEARCH),
		.bounding_caps = SERVICE | CAP(CAP_DAC_READ_SEARCH),
		.securebits = SECBIT_NOROOT,
	};
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_GROUPS);
	need_root();
	seen = run_probe(&options, "caps ids containment");
	assert_seen(seen, "uid", "1234,1234,1234");
	assert_int_equal(seen_set(seen, "cap.bounding"), options.ambient_caps);
	assert_int_equal(seen_set(seen, "cap.ambient"), options.ambient_caps);
	assert_int_equal(seen_set(seen, "cap.effective"), options.ambient_caps);
	assert_int_equal(seen_number(seen, "securebits"), SECBIT_NOROOT);
	assert_int_equal(seen_number(seen, "no_new_privs"), 1);
}

static void the_callers_capabilities_stay(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_BOUNDING_CAPS,
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_BOUNDING_CAPS);
	need_root();
	run_probe(&options, "caps");
	assert_int_equal(prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0), 1);
}

static void capabilities_that_one_lacks_are_refused(void **state)
{
	struct libspawn_options options = { OPTIONS };

	(void)state;
	options.flags = LIBSPAWN_BOUNDING_CAPS;
	options.bounding_caps = UINT64_MAX & ~CAP(CAP_NET_RAW);
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_BOUNDING_CAPS);
	expect_powerless_failure(&options, EPERM, LIBSPAWN_STEP_BOUNDING_CAPS,
				 CAP_NET_RAW);
	options.flags = LIBSPAWN_SECUREBITS;
	options.bounding_caps = 0;
	options.securebits = SECBIT_NOROOT;
	expect_powerless_failure(&options, EPERM, LIBSPAWN_STEP_SECUREBITS, -1);
}

static void capabilities_without_a_meaning_are_refused(void **state)
{
	struct libspawn_options options = { OPTIONS, .ambient_caps = 1 };

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_AMBIENT_CAPS, -1);
	options.ambient_caps = 0;
	options.bounding_caps = 1;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_BOUNDING_CAPS, -1);
	options.bounding_caps = 0;
	options.securebits = 1;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SECUREBITS, -1);
}

static void an_ambient_cap_that_the_kernel_lacks_is_refused(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_AMBIENT_CAPS,
		.ambient_caps = CAP(63),
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_AMBIENT_CAPS);
	expect_failure(&options, support_probe,
		       (char *[]){ (char *)(uintptr_t) "probe", NULL }, EINVAL,
		       LIBSPAWN_STEP_AMBIENT_CAPS, 63);
}

static const struct CMUnitTest tests[] = {
	TEST(ambient_caps_are_given_to_a_program),
	TEST(ambient_caps_survive_a_change_of_user),
	TEST(an_empty_ambient_set_clears_what_was_there),
	TEST(another_user_gets_none_of_the_callers),
	TEST(ambient_caps_are_in_effect_before_the_program_runs),
	TEST(bounding_caps_are_those_that_are_kept),
	TEST(bounding_caps_beyond_the_kernels_last_are_harmless),
	TEST(securebits_are_set),
	TEST(all_of_them_work_together_with_a_change_of_user),
	TEST(the_callers_capabilities_stay),
	TEST(capabilities_that_one_lacks_are_refused),
	TEST(capabilities_without_a_meaning_are_refused),
	TEST(an_ambient_cap_that_the_kernel_lacks_is_refused),
};

TEST_MAIN(tests)
