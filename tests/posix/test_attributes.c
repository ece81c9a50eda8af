/* SPDX-License-Identifier: MIT */
/* posix_spawnattr_...(): what is set is got, and what each flag does. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "case.h"

#define KNOWN_FLAGS                                                            \
	(POSIX_SPAWN_RESETIDS | POSIX_SPAWN_SETPGROUP |                        \
	 POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |                      \
	 POSIX_SPAWN_SETSCHEDPARAM | POSIX_SPAWN_SETSCHEDULER |                \
	 POSIX_SPAWN_USEVFORK | POSIX_SPAWN_SETSID)
#define OWNER 1234
#define NOBODY 65534

static posix_spawnattr_t attributes;

static void begin(int flags)
{
	assert_int_equal(posix_spawnattr_init(&attributes), 0);
	assert_int_equal(posix_spawnattr_setflags(&attributes, (short)flags),
			 0);
}

static void end(void)
{
	assert_int_equal(posix_spawnattr_destroy(&attributes), 0);
}

static sigset_t set_of(int first, int second)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, first);
	sigaddset(&set, second);
	return set;
}

static void assert_same_set(const sigset_t *left, const sigset_t *right)
{
	for (int i = 1; i <= SIGRTMAX; i++)
		assert_int_equal(sigismember(left, i), sigismember(right, i));
}

/* ---- Set and got ------------------------------------------------------- */

static void a_new_object_changes_nothing(void)
{
	struct sched_param parameter = { .sched_priority = 9 };
	sigset_t set, none;
	short flags = -1;
	pid_t group = -1;
	int policy = -1;

	memset(&attributes, 0xa5, sizeof attributes);
	assert_int_equal(posix_spawnattr_init(&attributes), 0);
	assert_int_equal(posix_spawnattr_getflags(&attributes, &flags), 0);
	assert_int_equal(flags, 0);
	assert_int_equal(posix_spawnattr_getpgroup(&attributes, &group), 0);
	assert_int_equal(group, 0);
	sigemptyset(&none);
	sigfillset(&set);
	assert_int_equal(posix_spawnattr_getsigmask(&attributes, &set), 0);
	assert_same_set(&set, &none);
	sigfillset(&set);
	assert_int_equal(posix_spawnattr_getsigdefault(&attributes, &set), 0);
	assert_same_set(&set, &none);
	assert_int_equal(posix_spawnattr_getschedpolicy(&attributes, &policy),
			 0);
	assert_int_equal(policy, SCHED_OTHER);
	assert_int_equal(posix_spawnattr_getschedparam(&attributes, &parameter),
			 0);
	assert_int_equal(parameter.sched_priority, 0);
	expect_start(NULL, &attributes);
	end();
}

static void every_flag_is_kept(void)
{
	short got;

	begin(0);
	for (int bit = 1; bit < 0x200; bit <<= 1) {
		if (!(bit & KNOWN_FLAGS))
			continue;
		assert_int_equal(
			posix_spawnattr_setflags(&attributes, (short)bit), 0);
		assert_int_equal(posix_spawnattr_getflags(&attributes, &got),
				 0);
		assert_int_equal(got, bit);
	}
	assert_int_equal(posix_spawnattr_setflags(&attributes, KNOWN_FLAGS), 0);
	assert_int_equal(posix_spawnattr_getflags(&attributes, &got), 0);
	assert_int_equal(got, KNOWN_FLAGS);
	end();
}

static void an_unknown_flag_is_einval_and_changes_nothing(void)
{
	static const int unknown[] = { 0x200, 0x1000, 0x4000, -0x8000, -1 };
	short got;

	begin(POSIX_SPAWN_SETSID);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(posix_spawnattr_setflags(&attributes,
							  (short)unknown[i]),
				 EINVAL);
		assert_int_equal(posix_spawnattr_getflags(&attributes, &got),
				 0);
		assert_int_equal(got, POSIX_SPAWN_SETSID);
	}
	end();
}

static void every_group_is_kept(void)
{
	static const pid_t groups[] = { 0, 1, 12345, 0x7fffffff };
	pid_t got;

	begin(0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(
			posix_spawnattr_setpgroup(&attributes, groups[i]), 0);
		assert_int_equal(posix_spawnattr_getpgroup(&attributes, &got),
				 0);
		assert_int_equal(got, groups[i]);
	}
	end();
}

static void every_signal_is_kept_in_both_sets(void)
{
	sigset_t set, got;

	begin(0);
	for (int i = 1; i <= SIGRTMAX; i++) {
		if (i > 31 && i < SIGRTMIN)
			continue;
		set = set_of(i, SIGRTMAX);
		assert_int_equal(posix_spawnattr_setsigmask(&attributes, &set),
				 0);
		set = set_of(i, SIGRTMIN);
		assert_int_equal(
			posix_spawnattr_setsigdefault(&attributes, &set), 0);
		assert_int_equal(
			posix_spawnattr_getsigdefault(&attributes, &got), 0);
		assert_same_set(&got, &set);
		assert_int_equal(posix_spawnattr_getsigmask(&attributes, &got),
				 0);
		set = set_of(i, SIGRTMAX);
		assert_same_set(&got, &set);
	}
	end();
}

static void policy_and_priority_are_kept(void)
{
	static const int policies[] = { SCHED_FIFO, SCHED_RR, SCHED_OTHER };
	struct sched_param parameter = { 0 };
	int got;

	begin(0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(posix_spawnattr_setschedpolicy(&attributes,
								policies[i]),
				 0);
		assert_int_equal(
			posix_spawnattr_getschedpolicy(&attributes, &got), 0);
		assert_int_equal(got, policies[i]);
		parameter.sched_priority = 50 + i;
		assert_int_equal(
			posix_spawnattr_setschedparam(&attributes, &parameter),
			0);
		parameter.sched_priority = 0;
		assert_int_equal(
			posix_spawnattr_getschedparam(&attributes, &parameter),
			0);
		assert_int_equal(parameter.sched_priority, 50 + i);
	}
	end();
}

static void a_policy_without_a_meaning_is_einval(void)
{
	int got;

	begin(0);
	assert_int_equal(posix_spawnattr_setschedpolicy(&attributes, 12345),
			 EINVAL);
	assert_int_equal(posix_spawnattr_setschedpolicy(&attributes, -1),
			 EINVAL);
	assert_int_equal(posix_spawnattr_getschedpolicy(&attributes, &got), 0);
	assert_int_equal(got, SCHED_OTHER);
	end();
}

static void the_cgroup_is_kept(void)
{
	short flags;
	int got = -7;

	need_function(posix_spawnattr_setcgroup_np);
	begin(POSIX_SPAWN_SETCGROUP);
	assert_int_equal(posix_spawnattr_getflags(&attributes, &flags), 0);
	assert_int_equal(flags, POSIX_SPAWN_SETCGROUP);
	assert_int_equal(posix_spawnattr_setcgroup_np(&attributes, 33), 0);
	assert_int_equal(posix_spawnattr_getcgroup_np(&attributes, &got), 0);
	assert_int_equal(got, 33);
	end();
}

static void a_destroyed_object_is_einval(void)
{
	sigset_t set = set_of(1, 2);
	short flags;

	begin(0);
	end();
	if (differs("a destroyed attributes object used again is EINVAL"))
		return;
	assert_int_equal(posix_spawnattr_setflags(&attributes, 0), EINVAL);
	assert_int_equal(posix_spawnattr_getflags(&attributes, &flags), EINVAL);
	assert_int_equal(posix_spawnattr_setsigmask(&attributes, &set), EINVAL);
	assert_int_equal(posix_spawnattr_destroy(&attributes), EINVAL);
	expect_code(EINVAL, NULL, &attributes);
	begin(0);
	expect_start(NULL, &attributes);
	end();
}

/* ---- Without a flag nothing happens ------------------------------------ */

static void values_without_their_flag_do_nothing(void)
{
	struct sched_param parameter = { .sched_priority = 1 };
	sigset_t set = set_of(SIGUSR1, SIGUSR2);
	struct seen *seen;

	begin(0);
	signal(SIGUSR1, SIG_IGN);
	assert_int_equal(posix_spawnattr_setpgroup(&attributes, 0x7ffffff0), 0);
	assert_int_equal(posix_spawnattr_setsigmask(&attributes, &set), 0);
	assert_int_equal(posix_spawnattr_setsigdefault(&attributes, &set), 0);
	assert_int_equal(
		posix_spawnattr_setschedpolicy(&attributes, SCHED_FIFO), 0);
	assert_int_equal(posix_spawnattr_setschedparam(&attributes, &parameter),
			 0);
	seen = run_probe(NULL, &attributes, "print signals process scheduling");
	assert_int_equal(seen_number(seen, "pgid"), getpgrp());
	assert_int_equal(seen_set(seen, "sigmask"), 0);
	assert_true(seen_set(seen, "sigignore") & BIT(SIGUSR1));
	assert_int_equal(seen_number(seen, "sched.policy"), SCHED_OTHER);
	assert_int_equal(seen_number(seen, "sched.priority"), 0);
	end();
}

/* ---- Groups and sessions ----------------------------------------------- */

static void without_flags_group_and_session_are_inherited(void)
{
	struct seen *seen = run_probe(NULL, NULL, "print process");

	assert_int_equal(seen_number(seen, "pgid"), getpgrp());
	assert_int_equal(seen_number(seen, "sid"), getsid(0));
	assert_int_equal(seen_number(seen, "ppid"), getpid());
	assert_int_equal(seen_number(seen, "pid"), seen->pid);
}

static void group_zero_is_a_new_group(void)
{
	struct seen *seen;

	begin(POSIX_SPAWN_SETPGROUP);
	seen = run_probe(NULL, &attributes, "print process");
	assert_int_equal(seen_number(seen, "pgid"), seen->pid);
	assert_int_equal(seen_number(seen, "sid"), getsid(0));
	end();
}

static void an_existing_group_is_joined(void)
{
	pid_t leader;

	begin(POSIX_SPAWN_SETPGROUP);
	assert_int_equal(posix_spawn(&leader, case_probe, NULL, &attributes,
				     probe_argv("pause"), NULL),
			 0);
	assert_int_equal(posix_spawnattr_setpgroup(&attributes, leader), 0);
	assert_int_equal(
		seen_number(run_probe(NULL, &attributes, "print process"),
			    "pgid"),
		leader);
	kill(leader, SIGKILL);
	reap(leader);
	end();
}

static void a_group_that_is_none_is_refused(void)
{
	begin(POSIX_SPAWN_SETPGROUP);
	assert_int_equal(posix_spawnattr_setpgroup(&attributes, 0x7ffffff0), 0);
	expect_code(EPERM, NULL, &attributes);
	end();
}

static void a_negative_group_is_einval(void)
{
	int code;

	begin(POSIX_SPAWN_SETPGROUP);
	/* POSIX lets either report it. */
	code = posix_spawnattr_setpgroup(&attributes, -5);
	if (code == 0)
		expect_code(EINVAL, NULL, &attributes);
	else
		assert_int_equal(code, EINVAL);
	end();
}

static void setsid_makes_a_session(void)
{
	struct seen *seen;

	begin(POSIX_SPAWN_SETSID);
	seen = run_probe(NULL, &attributes, "print process");
	assert_int_equal(seen_number(seen, "sid"), seen->pid);
	assert_int_equal(seen_number(seen, "pgid"), seen->pid);
	end();
}

static void setsid_and_a_new_group_are_done_in_this_order(void)
{
	begin(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETPGROUP);
	/* A session leader can't change its group, not even to its own. */
	expect_code(EPERM, NULL, &attributes);
	end();
}

static void usevfork_is_ignored(void)
{
	begin(POSIX_SPAWN_USEVFORK | POSIX_SPAWN_SETSID);
	run_probe(NULL, &attributes, "exit 0");
	end();
}

static void all_flags_together_start_a_program(void)
{
	struct seen *seen;
	sigset_t set = set_of(SIGUSR1, SIGRTMAX);

	begin(KNOWN_FLAGS & ~POSIX_SPAWN_SETPGROUP);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	assert_int_equal(posix_spawnattr_setsigmask(&attributes, &set), 0);
	assert_int_equal(posix_spawnattr_setsigdefault(&attributes, &set), 0);
	seen = run_probe(NULL, &attributes, "print signals process");
	assert_int_equal(seen_set(seen, "sigmask"),
			 BIT(SIGUSR1) | BIT(SIGRTMAX));
	assert_false(seen_set(seen, "sigignore") & BIT(SIGUSR1));
	assert_true(seen_set(seen, "sigignore") & BIT(SIGUSR2));
	assert_int_equal(seen_number(seen, "sid"), seen->pid);
	end();
}

static void one_object_serves_many_starts(void)
{
	begin(POSIX_SPAWN_SETPGROUP);
	for (int i = 0; i < 3; i++) {
		struct seen *seen =
			run_probe(NULL, &attributes, "print process");

		assert_int_equal(seen_number(seen, "pgid"), seen->pid);
	}
	end();
}

/* ---- Scheduling -------------------------------------------------------- */

static void have_scheduling(int flags, int policy, int priority)
{
	struct sched_param parameter = { .sched_priority = priority };

	begin(flags);
	assert_int_equal(posix_spawnattr_setschedpolicy(&attributes, policy),
			 0);
	assert_int_equal(posix_spawnattr_setschedparam(&attributes, &parameter),
			 0);
}

/* Skip where not even root may have a real-time policy. */
static void need_realtime(void)
{
	struct sched_param parameter = { .sched_priority = 5 };
	struct sched_param none = { .sched_priority = 0 };

	/* musl has no such function, only its name. */
	if (syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &parameter))
		skip_apart("no real-time scheduling here");
	assert_int_equal(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &none),
			 0);
}

static void setscheduler_sets_policy_and_priority(void)
{
	static const int policies[] = { SCHED_FIFO, SCHED_RR };
	struct seen *seen;

	need_realtime();
	for (int i = 0; i < 4; i++) {
		int both = i & 1 ? POSIX_SPAWN_SETSCHEDPARAM : 0;

		have_scheduling(POSIX_SPAWN_SETSCHEDULER | both,
				policies[i / 2], 5 + i);
		seen = run_probe(NULL, &attributes, "print scheduling");
		assert_int_equal(seen_number(seen, "sched.policy"),
				 policies[i / 2]);
		assert_int_equal(seen_number(seen, "sched.priority"), 5 + i);
		end();
	}
}

static void setschedparam_alone_keeps_the_policy(void)
{
	struct sched_param parameter = { .sched_priority = 5 };
	struct seen *seen;

	need_realtime();
	have_scheduling(POSIX_SPAWN_SETSCHEDPARAM, SCHED_OTHER, 7);
	assert_int_equal(
		syscall(SYS_sched_setscheduler, 0, SCHED_RR, &parameter), 0);
	seen = run_probe(NULL, &attributes, "print scheduling");
	assert_int_equal(seen_number(seen, "sched.policy"), SCHED_RR);
	assert_int_equal(seen_number(seen, "sched.priority"), 7);
	end();
}

static void the_policy_can_be_the_one_it_has(void)
{
	have_scheduling(POSIX_SPAWN_SETSCHEDULER, SCHED_OTHER, 0);
	expect_start(NULL, &attributes);
	end();
	have_scheduling(POSIX_SPAWN_SETSCHEDPARAM, SCHED_OTHER, 0);
	expect_start(NULL, &attributes);
	end();
}

static void a_priority_that_the_policy_lacks_is_einval(void)
{
	have_scheduling(POSIX_SPAWN_SETSCHEDULER, SCHED_OTHER, 5);
	expect_code(EINVAL, NULL, &attributes);
	end();
	have_scheduling(POSIX_SPAWN_SETSCHEDULER, SCHED_FIFO, 0);
	expect_code(EINVAL, NULL, &attributes);
	end();
	have_scheduling(POSIX_SPAWN_SETSCHEDPARAM, SCHED_FIFO, 5);
	expect_code(EINVAL, NULL, &attributes);
	end();
}

static void real_time_without_the_right_to_it_is_eperm(void)
{
	need_root();
	case_probe = copy_probe("probe", 0755);
	become_nobody();
	have_scheduling(POSIX_SPAWN_SETSCHEDULER, SCHED_FIFO, 5);
	expect_code(EPERM, NULL, &attributes);
	end();
}

/* ---- Ids --------------------------------------------------------------- */

static void resetids_makes_the_effective_ids_the_real_ones(void)
{
	struct seen *seen;

	need_root();
	case_probe = copy_probe("probe", 0755);
	assert_int_equal(setresgid(NOBODY, OWNER, OWNER), 0);
	assert_int_equal(setresuid(NOBODY, OWNER, OWNER), 0);
	begin(0);
	seen = run_probe(NULL, &attributes, "print ids");
	assert_seen(seen, "uid", "65534,1234,1234");
	assert_seen(seen, "gid", "65534,1234,1234");
	end();
	begin(POSIX_SPAWN_RESETIDS);
	seen = run_probe(NULL, &attributes, "print ids");
	assert_seen(seen, "uid", "65534,65534,65534");
	assert_seen(seen, "gid", "65534,65534,65534");
	end();
	/* The caller's stay. */
	assert_int_equal(geteuid(), OWNER);
	assert_int_equal(getegid(), OWNER);
}

static void a_set_id_program_gets_its_owner_even_so(void)
{
	struct statvfs where;
	struct seen *seen;
	char *path;

	need_root();
	path = copy_probe("probe", 0755);
	assert_int_equal(statvfs(path, &where), 0);
	if (where.f_flag & ST_NOSUID)
		skip_apart("no set-id programs on this file system");
	assert_int_equal(chown(path, OWNER, OWNER), 0);
	assert_int_equal(chmod(path, 06755), 0);
	case_probe = path;
	become_nobody();
	for (int i = 0; i < 2; i++) {
		begin(i ? POSIX_SPAWN_RESETIDS : 0);
		seen = run_probe(NULL, &attributes, "print ids");
		assert_seen(seen, "uid", "65534,1234,1234");
		assert_seen(seen, "gid", "65534,1234,1234");
		end();
	}
}

/* ---- cgroup ------------------------------------------------------------ */

static void a_cgroup_that_is_none_fails(void)
{
	need_function(posix_spawnattr_setcgroup_np);
	begin(POSIX_SPAWN_SETCGROUP);
	assert_int_equal(posix_spawnattr_setcgroup_np(&attributes, 60), 0);
	expect_code(EBADF, NULL, &attributes);
	end();
}

static const struct CMUnitTest tests[] = {
	CASE(a_new_object_changes_nothing),
	CASE(every_flag_is_kept),
	CASE(an_unknown_flag_is_einval_and_changes_nothing),
	CASE(every_group_is_kept),
	CASE(every_signal_is_kept_in_both_sets),
	CASE(policy_and_priority_are_kept),
	CASE(a_policy_without_a_meaning_is_einval),
	CASE(the_cgroup_is_kept),
	CASE(a_destroyed_object_is_einval),
	CASE(values_without_their_flag_do_nothing),
	CASE(without_flags_group_and_session_are_inherited),
	CASE(group_zero_is_a_new_group),
	CASE(an_existing_group_is_joined),
	CASE(a_group_that_is_none_is_refused),
	CASE(a_negative_group_is_einval),
	CASE(setsid_makes_a_session),
	CASE(setsid_and_a_new_group_are_done_in_this_order),
	CASE(usevfork_is_ignored),
	CASE(all_flags_together_start_a_program),
	CASE(one_object_serves_many_starts),
	CASE(setscheduler_sets_policy_and_priority),
	CASE(setschedparam_alone_keeps_the_policy),
	CASE(the_policy_can_be_the_one_it_has),
	CASE(a_priority_that_the_policy_lacks_is_einval),
	CASE(real_time_without_the_right_to_it_is_eperm),
	CASE(resetids_makes_the_effective_ids_the_real_ones),
	CASE(a_set_id_program_gets_its_owner_even_so),
	CASE(a_cgroup_that_is_none_fails),
};

CASE_MAIN(tests)
