/* SPDX-License-Identifier: MIT */
/*
 * The planner: which operations an option becomes, each alone and all at once,
 * their order as libspawn.h documents it, and the memory they take. Nothing
 * here creates a process or opens a descriptor.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <sys/resource.h>

#include "unit.h"

/* ---- Each option alone ------------------------------------------------- */

#define FLAG(bit) (UINT64_C(1) << (bit))
static const char any_data;
#define ANY_DATA ((const void *)&any_data)
#define STEP(name) LIBSPAWN_STEP_##name

enum { OPS_MAX = 6 };

/* Around what may block. */
#define BEGIN                                                                  \
	{                                                                      \
		OP_DIE_TOGETHER, STEP(PARENT_DEATH), -1, 0, 1, 0, NULL         \
	}
#define END                                                                    \
	{                                                                      \
		OP_DIE_TOGETHER, STEP(PARENT_DEATH), -1, 0, 0, 0, NULL         \
	}

static const char directory[] = "/directory";
static const uint32_t two_groups[] = { 4, 7 };
static const int32_t two_namespaces[] = { 11, 12 };
static const uint32_t two_cpus[] = { 1, 70 };
static const struct libspawn_rlimit two_rlimits[] = {
	/* Lower than the caller's, and so later. */
	{ .soft = 1, .hard = 2, .resource = RLIMIT_NOFILE },
	{ .hard = 9,
	  .resource = RLIMIT_CORE,
	  .flags = LIBSPAWN_RLIMIT_KEEP_SOFT },
};
static const struct libspawn_bpf allow[] = { { 6, 0, 0, 0x7fff0000 } };

static const struct libspawn_filter two_filters[] = {
	{ .instructions = allow, .count = 1 },
	{ .instructions = allow, .count = 1, .flags = LIBSPAWN_FILTER_LOG },
};
static const struct libspawn_time_offsets offsets = { .monotonic_s = -1,
						      .boottime_ns = 5 };
static const uint32_t two_nodes[] = { 0, 65 };
static const struct libspawn_memory_policy policy = { .nodes = two_nodes,
						      .node_count = 2,
						      .mode = 2 };

/* The operations beyond those of no options: kind, step, operands. */
static const struct single {
	struct libspawn_options options;
	struct op ops[OPS_MAX];
} singles[] = {
	{ { OPTIONS, .flags = LIBSPAWN_PIDFD },
	  { { OP_PIDFD, STEP(PIDFD), -1, 0, 0, 0, NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_DETACH | LIBSPAWN_KEEP_SESSION },
	  { { OP_DETACH, STEP(DETACH), -1, 0, 0, 0, NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_DETACH },
	  { { OP_DETACH, STEP(DETACH), -1, 0, 0, 0, NULL },
	    { OP_SESSION, STEP(SESSION), -1, 0, 0, 0, NULL } } },
	{ { OPTIONS, .signal_default = 5 },
	  { { OP_SIGNALS_DEFAULT, STEP(SIGNALS), -1, 0, 0, 5, NULL } } },
	{ { OPTIONS, .signal_ignore = 6 },
	  { { OP_SIGNALS_IGNORE, STEP(SIGNALS), -1, 0, 0, 6, NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_DEFAULT_SIGNALS },
	  { { OP_SIGNALS_DEFAULT, STEP(SIGNALS), -1, 0, 0,
	      ~(FLAG(8) | FLAG(SIGSTOP - 1)), NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_DEFAULT_SIGNALS, .signal_ignore = 2 },
	  { { OP_SIGNALS_DEFAULT, STEP(SIGNALS), -1, 0, 0,
	      ~(FLAG(8) | FLAG(SIGSTOP - 1) | 2), NULL },
	    { OP_SIGNALS_IGNORE, STEP(SIGNALS), -1, 0, 0, 2, NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_NEW_SESSION },
	  { { OP_SESSION, STEP(SESSION), -1, 0, 0, 0, NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_PROCESS_GROUP, .process_group = 9 },
	  { { OP_PROCESS_GROUP, STEP(PROCESS_GROUP), -1, 0, 9, 0, NULL } } },
	{ { OPTIONS,
	    .flags = LIBSPAWN_NEW_SESSION | LIBSPAWN_CONTROLLING_TERMINAL |
		     LIBSPAWN_TERMINAL_FD,
	    .terminal_fd = 9 },
	  { { OP_SESSION, STEP(SESSION), -1, 0, 0, 0, NULL },
	    { OP_TERMINAL, STEP(TERMINAL), -1, 9, 0, TIOCSCTTY, NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_FOREGROUND | LIBSPAWN_TERMINAL_FD,
	    .terminal_fd = 9 },
	  { { OP_FOREGROUND, STEP(FOREGROUND), -1, 9, 0, TIOCSPGRP, NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_CGROUP_FD, .cgroup_fd = 9 },
	  { BEGIN, { OP_CGROUP, STEP(CGROUP), -1, 9, 0, 0, NULL }, END } },
	{ { OPTIONS, .flags = LIBSPAWN_SCHEDULER, .sched_policy = SCHED_RR,
	    .sched_priority = 3 },
	  { { OP_SCHEDULER, STEP(SCHEDULER), -1, 0, SCHED_RR, 3, NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_NICE, .nice = -3 },
	  { { OP_NICE, STEP(NICE), -1, 0, -3, 0, NULL } } },
	{ { OPTIONS, .cpus = two_cpus, .cpu_count = 2 },
	  { { OP_AFFINITY, STEP(AFFINITY), -1, 0, 0, LIBSPAWN_CPUS_MAX / 8,
	      ANY_DATA } } },
	{ { OPTIONS, .flags = LIBSPAWN_IO_PRIORITY, .io_priority = 3 << 13 },
	  { { OP_IO_PRIORITY, STEP(IO_PRIORITY), -1, 0, 3 << 13, 0, NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_TIMER_SLACK, .timer_slack = 99 },
	  { { OP_TIMER_SLACK, STEP(TIMER_SLACK), -1, 0, 0, 99, NULL } } },
	{ { OPTIONS, .rlimits = two_rlimits, .rlimit_count = 2 },
	  { { OP_RLIMIT, STEP(RLIMIT), 1, 0, RLIMIT_CORE, 0, ANY_DATA },
	    { OP_RLIMIT, STEP(RLIMIT), 0, 0, RLIMIT_NOFILE, 0, ANY_DATA } } },
	{ { OPTIONS, .flags = LIBSPAWN_UMASK, .umask = 027 },
	  { { OP_UMASK, STEP(UMASK), -1, 0, 027, 0, NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_OOM_SCORE_ADJ, .oom_score_adj = -1000 },
	  { { OP_OOM_SCORE_ADJ, STEP(OOM_SCORE_ADJ), -1, 0, 0, 5,
	      ANY_DATA } } },
	{ { OPTIONS, .namespaces = two_namespaces, .namespace_count = 2 },
	  { { OP_NAMESPACE, STEP(NAMESPACE), 0, 11, 0, 0, NULL },
	    { OP_NAMESPACE, STEP(NAMESPACE), 1, 12, 0, 0, NULL } } },
	{ { OPTIONS, .unshare = 0x04000000 },
	  { { OP_UNSHARE, STEP(UNSHARE), -1, 0, 0, 0x04000000, NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_GROUPS, .groups = two_groups,
	    .group_count = 2 },
	  { { OP_GROUPS, STEP(GROUPS), -1, 0, 0, 2, two_groups } } },
	{ { OPTIONS, .flags = LIBSPAWN_GROUPS },
	  { { OP_GROUPS, STEP(GROUPS), -1, 0, 0, 0, NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_GROUPS | LIBSPAWN_TRY_GROUPS },
	  { { OP_GROUPS, STEP(GROUPS), -1, 0, 1, 0, NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_GID, .gid = 5 },
	  { { OP_GID, STEP(GID), -1, 0, 5, 0, NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_BOUNDING_CAPS,
	    .bounding_caps = ~(FLAG(3) | FLAG(63)) },
	  { { OP_BOUNDING_DROP, STEP(BOUNDING_CAPS), 3, 0, 3, 0, NULL },
	    { OP_BOUNDING_DROP, STEP(BOUNDING_CAPS), 63, 0, 63, 0, NULL } } },
	{ { OPTIONS, .root = directory },
	  { BEGIN,
	    { OP_CHROOT, STEP(CHROOT), -1, 0, 0, 0, directory },
	    { OP_CHDIR, STEP(CHROOT), -1, 0, 0, 0, ANY_DATA },
	    END } },
	{ { OPTIONS, .root = directory, .cwd = directory },
	  { BEGIN,
	    { OP_CHROOT, STEP(CHROOT), -1, 0, 0, 0, directory },
	    { OP_CHDIR, STEP(CHROOT), -1, 0, 0, 0, ANY_DATA },
	    { OP_CHDIR, STEP(CWD), -1, 0, 0, 0, directory },
	    { OP_CWD_INSIDE, STEP(CWD), -1, 0, 0, 0, NULL },
	    END } },
	{ { OPTIONS, .namespaces = two_namespaces, .namespace_count = 1,
	    .flags = LIBSPAWN_CWD_FD, .cwd_fd = 9 },
	  { BEGIN,
	    { OP_NAMESPACE, STEP(NAMESPACE), 0, 11, 0, 0, NULL },
	    BEGIN,
	    { OP_FCHDIR, STEP(CWD), -1, 9, 0, 0, NULL },
	    { OP_CWD_INSIDE, STEP(CWD), -1, 0, 0, 0, NULL },
	    END } },
	{ { OPTIONS, .unshare = 0x20000, .cwd = directory },
	  { BEGIN,
	    { OP_UNSHARE, STEP(UNSHARE), -1, 0, 0, 0x20000, NULL },
	    BEGIN,
	    { OP_CHDIR, STEP(CWD), -1, 0, 0, 0, directory },
	    { OP_CWD_INSIDE, STEP(CWD), -1, 0, 0, 0, NULL },
	    END } },
	{ { OPTIONS, .flags = LIBSPAWN_UID | LIBSPAWN_KEEP_GROUPS, .uid = 5 },
	  { { OP_UID, STEP(UID), -1, 0, 5, 0, NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_SECUREBITS, .securebits = 1 },
	  { { OP_SECUREBITS, STEP(SECUREBITS), -1, 0, 0, 1, NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_AMBIENT_CAPS, .ambient_caps = FLAG(10) },
	  { { OP_AMBIENT_CLEAR, STEP(AMBIENT_CAPS), -1, 0, 0, 0, NULL },
	    { OP_CAPS_INHERIT, STEP(AMBIENT_CAPS), -1, 0, 0, FLAG(10), NULL },
	    { OP_AMBIENT_RAISE, STEP(AMBIENT_CAPS), 10, 0, 10, 0, NULL } } },
	{ { OPTIONS, .cwd = directory },
	  { BEGIN, { OP_CHDIR, STEP(CWD), -1, 0, 0, 0, directory }, END } },
	{ { OPTIONS, .flags = LIBSPAWN_CWD_FD, .cwd_fd = 9 },
	  { BEGIN, { OP_FCHDIR, STEP(CWD), -1, 9, 0, 0, NULL }, END } },
	{ { OPTIONS, .flags = LIBSPAWN_NO_NEW_PRIVS },
	  { { OP_NO_NEW_PRIVS, STEP(NO_NEW_PRIVS), -1, 0, 0, 0, NULL } } },
	{ { OPTIONS, .flags = LIBSPAWN_LANDLOCK_FD, .landlock_fd = 9 },
	  { { OP_LANDLOCK, STEP(LANDLOCK), -1, 9, 0, 0, NULL } } },
	{ { OPTIONS, .seccomp = allow, .seccomp_count = 1,
	    .filters = two_filters, .filter_count = 2 },
	  { { OP_SECCOMP, STEP(SECCOMP), -1, 0, 0, 0, ANY_DATA },
	    { OP_SECCOMP, STEP(SECCOMP), 0, 0, 0, 0, ANY_DATA },
	    { OP_SECCOMP, STEP(SECCOMP), 1, 0, 2, 0, ANY_DATA } } },
	{ { OPTIONS, .pid_variable = "PID" },
	  { { OP_PID_VARIABLE, STEP(PID_VARIABLE), -1, 0, 0, 4, NULL } } },
	/* What says nothing to the child. */
	{ { OPTIONS, .flags = LIBSPAWN_ALLOW_FORK }, { { 0 } } },
	{ { OPTIONS, .flags = LIBSPAWN_DEATH_IS_START }, { { 0 } } },
	{ { OPTIONS, .flags = LIBSPAWN_SHELL_FALLBACK }, { { 0 } } },
	{ { OPTIONS, .flags = LIBSPAWN_BUSY_RETRY }, { { 0 } } },
	{ { OPTIONS, .backend = LIBSPAWN_BACKEND_VFORK }, { { 0 } } },
};

/* HANDLERS, CLOSE_OTHERS, MASK and EXEC are always there. */
static int is_constant(const struct op *op)
{
	return (OP_BIT(op->kind) &
		(OP_BIT(OP_HANDLERS) | OP_BIT(OP_CLOSE_OTHERS) |
		 OP_BIT(OP_MASK) | OP_BIT(OP_EXEC))) != 0;
}

static void assert_op(const struct op *op, const struct op *expected)
{
	assert_int_equal(op->kind, expected->kind);
	assert_int_equal(op->step, expected->step);
	assert_int_equal(op->index, expected->index);
	assert_int_equal(op->fd, expected->fd);
	assert_int_equal(op->number, expected->number);
	assert_true(op->value == expected->value);
	if (expected->data == ANY_DATA)
		assert_non_null(op->data);
	else
		assert_ptr_equal(op->data, expected->data);
}

static void check_single(const struct single *single)
{
	struct compiled compiled;
	uint32_t constants = 0;
	uint32_t found = 0;
	uint32_t n;

	plan_compile(&compiled, NULL, &single->options);
	plan_check_order(compiled.plan);
	for (n = 0; n < compiled.plan->op_count; n++) {
		if (is_constant(&compiled.plan->ops[n])) {
			constants++;
			continue;
		}
		assert_true(found < OPS_MAX);
		assert_op(&compiled.plan->ops[n], &single->ops[found++]);
	}
	assert_int_equal(constants, 4);
	/* The first that is not there has no step. */
	if (found < OPS_MAX)
		assert_int_equal(single->ops[found].step, 0);
	plan_free(&compiled);
}

static void each_option_becomes_its_operations(void **state)
{
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(singles); n++)
		check_single(&singles[n]);
}

static const struct op *find_op(const struct plan *plan, enum op_kind kind)
{
	uint32_t n;

	for (n = 0; n < plan->op_count; n++)
		if (plan->ops[n].kind == kind)
			return &plan->ops[n];
	fail_msg("no operation %d", (int)kind);
	return NULL;
}

static void no_options_are_four_operations(void **state)
{
	static const struct op expected[] = {
		{ OP_HANDLERS, STEP(SIGNALS), -1, 0, 0, 0, NULL },
		{ OP_CLOSE_OTHERS, STEP(CLOSE_FDS), -1, 3, 0, 0, NULL },
		{ OP_MASK, STEP(SIGNAL_MASK), -1, 0, 1, 0, NULL },
		{ OP_EXEC, STEP(EXEC), -1, 0, 0, 0, ANY_DATA },
	};
	struct compiled compiled;
	uint32_t n;

	(void)state;
	plan_compile(&compiled, "/bin/true", NULL);
	assert_int_equal(compiled.plan->op_count, COUNT(expected));
	for (n = 0; n < COUNT(expected); n++)
		assert_op(&compiled.plan->ops[n], &expected[n]);
	assert_string_equal(compiled.plan->ops[3].data, "/bin/true");
	assert_int_equal(compiled.plan->flags, 0);
	assert_int_equal(compiled.plan->argc, 1);
	assert_int_equal(compiled.plan->busy_retry, 100000);
	plan_free(&compiled);
}

static void the_mask_is_given_or_the_callers(void **state)
{
	struct compiled compiled;
	const struct op *mask;

	(void)state;
	plan_compile(&compiled, NULL,
		     &(struct libspawn_options){ OPTIONS,
						 .flags = LIBSPAWN_SIGNAL_MASK,
						 .signal_mask = 0xf0 });
	mask = find_op(compiled.plan, OP_MASK);
	assert_int_equal(mask->number, 0);
	assert_int_equal(mask->value, 0xf0);
	plan_free(&compiled);
}

static void the_processors_are_bits(void **state)
{
	struct compiled compiled;
	const unsigned char *bits;

	(void)state;
	plan_compile(&compiled, NULL,
		     &(struct libspawn_options){ OPTIONS, .cpus = two_cpus,
						 .cpu_count = 2 });
	bits = find_op(compiled.plan, OP_AFFINITY)->data;
	if (*(const uint8_t *)&(const uint16_t){ 1 } == 1) {
		assert_int_equal(bits[0], 1 << 1);
		assert_int_equal(bits[70 / 8], 1 << 70 % 8);
	}
	plan_free(&compiled);
}

/* After the table, which it would stand in the way of. */
static const struct op *find_lowered(const struct plan *plan)
{
	const struct op *op = find_op(plan, OP_CLOSE_OTHERS) + 1;

	assert_int_equal(op->kind, OP_RLIMIT);
	return op;
}

static void a_kept_half_of_a_limit_is_marked(void **state)
{
	struct compiled compiled;
	const struct op_rlimit *first;
	const struct op_rlimit *second;

	(void)state;
	plan_compile(&compiled, NULL,
		     &(struct libspawn_options){ OPTIONS,
						 .rlimits = two_rlimits,
						 .rlimit_count = 2 });
	second = find_op(compiled.plan, OP_RLIMIT)->data;
	first = find_lowered(compiled.plan)->data;
	assert_true(first->limit[0] == 1 && first->limit[1] == 2);
	assert_true(!first->keep[0] && !first->keep[1]);
	assert_true(second->keep[0] && !second->keep[1]);
	assert_true(second->limit[1] == 9);
	plan_free(&compiled);
}

static void the_parents_death_is_told_with_its_pid(void **state)
{
	struct compiled compiled;
	const struct op *op;

	(void)state;
	plan_compile(&compiled, NULL,
		     &(struct libspawn_options){ OPTIONS,
						 .parent_death_signal = 9 });
	op = find_op(compiled.plan, OP_PARENT_DEATH);
	assert_int_equal(op->step, STEP(PARENT_DEATH));
	assert_int_equal(op->number, 9);
	assert_int_equal(op->value, getpid());
	plan_free(&compiled);
}

static void a_new_user_keeps_what_becomes_ambient(void **state)
{
	static const enum op_kind expected[] = {
		OP_KEEP_CAPS,	  OP_UID,	   OP_CAPS_RAISE,
		OP_AMBIENT_CLEAR, OP_CAPS_INHERIT, OP_AMBIENT_RAISE,
		OP_CAPS_LIMIT,
	};
	struct compiled compiled;
	const struct op *op;
	size_t n;

	(void)state;
	plan_compile(&compiled, NULL,
		     &(struct libspawn_options){
			     OPTIONS,
			     .flags = LIBSPAWN_UID | LIBSPAWN_AMBIENT_CAPS |
				      LIBSPAWN_KEEP_GROUPS,
			     .uid = 5, .ambient_caps = FLAG(10) });
	op = find_op(compiled.plan, OP_KEEP_CAPS);
	for (n = 0; n < COUNT(expected); n++)
		assert_int_equal(op[n].kind, expected[n]);
	assert_true(op[n - 1].value == FLAG(10));
	plan_free(&compiled);
}

static void what_changes_ids_is_marked(void **state)
{
	static const struct libspawn_options changing[] = {
		{ OPTIONS, .flags = LIBSPAWN_UID },
		{ OPTIONS, .flags = LIBSPAWN_GID },
		{ OPTIONS, .flags = LIBSPAWN_UID | LIBSPAWN_INIT,
		  .new_namespaces = 0x20000000 },
		{ OPTIONS, .flags = LIBSPAWN_AMBIENT_CAPS },
		{ OPTIONS, .unshare = 0x10000000 },
		{ OPTIONS, .namespaces = two_namespaces, .namespace_count = 1 },
	};
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(changing); n++) {
		struct compiled compiled;

		plan_compile(&compiled, NULL, &changing[n]);
		assert_true(compiled.plan->flags & PLAN_CHANGES_IDS);
		assert_int_equal(!(compiled.plan->flags & PLAN_LOCKS), n >= 2);
		plan_free(&compiled);
	}
}

static void flags_for_exec_are_carried_over(void **state)
{
	struct compiled compiled;

	(void)state;
	plan_compile(
		&compiled, NULL,
		&(struct libspawn_options){ OPTIONS,
					    .flags = LIBSPAWN_SHELL_FALLBACK |
						     LIBSPAWN_BUSY_RETRY,
					    .busy_retry = 0 });
	assert_int_equal(compiled.plan->flags, PLAN_SHELL_FALLBACK);
	assert_int_equal(compiled.plan->busy_retry, 0);
	plan_free(&compiled);
}

/* ---- Exec -------------------------------------------------------------- */

static void each_directory_searched_is_an_operation(void **state)
{
	static const char *const paths[] = { "/a/true", "true", "/b/true" };
	struct compiled compiled;
	const struct op *op;
	int32_t n;

	(void)state;
	plan_compile(&compiled, "true",
		     &(struct libspawn_options){ OPTIONS,
						 .search = LIBSPAWN_SEARCH_LIST,
						 .search_list = "/a::/b" });
	op = find_op(compiled.plan, OP_EXEC);
	for (n = 0; n < 3; n++, op++) {
		assert_string_equal(op->data, paths[n]);
		assert_int_equal(op->index, n);
		assert_int_equal(op->number, n < 2);
	}
	assert_ptr_equal(op, compiled.plan->ops + compiled.plan->op_count);
	plan_free(&compiled);
}

static void a_program_by_descriptor_is_one_operation(void **state)
{
	static const struct op expected = { OP_EXEC_FD, STEP(EXEC), -1,	 8,
					    0,		0,	    NULL };
	struct compiled compiled;

	(void)state;
	plan_compile(&compiled, "name",
		     &(struct libspawn_options){ OPTIONS,
						 .flags = LIBSPAWN_PROGRAM_FD,
						 .program_fd = 8 });
	assert_op(find_op(compiled.plan, OP_EXEC_FD), &expected);
	assert_false(compiled.plan->kinds & OP_BIT(OP_EXEC));
	plan_free(&compiled);
}

/* ---- All at once ------------------------------------------------------- */

static int32_t parent_end;

static const struct libspawn_fd table[] = {
	{ .child_fd = 0, .kind = LIBSPAWN_FD_FROM, .parent_fd = 1 },
	{ .child_fd = 1, .kind = LIBSPAWN_FD_FROM, .parent_fd = 0 },
	{ .child_fd = 2, .kind = LIBSPAWN_FD_SAME, .entry = 1 },
	{ .child_fd = 3, .kind = LIBSPAWN_FD_OPEN, .path = "/file" },
	{ .child_fd = 4, .kind = LIBSPAWN_FD_NULL },
	{ .child_fd = 5,
	  .kind = LIBSPAWN_FD_PIPE_READ,
	  .parent_end = &parent_end },
	{ .child_fd = 6, .kind = LIBSPAWN_FD_PTY, .parent_end = &parent_end },
	{ .child_fd = 7, .kind = LIBSPAWN_FD_CLOSE },
	{ .child_fd = 8, .kind = LIBSPAWN_FD_FROM, .parent_fd = 8 },
};

static const struct libspawn_mount mounts[] = {
	{ .kind = LIBSPAWN_MOUNT_TMPFS, .target = "/tmp" },
};

/* Every option there is; what excludes another is set by the tests. */
static const struct libspawn_options full_house = {
	OPTIONS,
	.flags = LIBSPAWN_UMASK | LIBSPAWN_SIGNAL_MASK | LIBSPAWN_UID |
		 LIBSPAWN_GID | LIBSPAWN_GROUPS | LIBSPAWN_AMBIENT_CAPS |
		 LIBSPAWN_BOUNDING_CAPS | LIBSPAWN_SECUREBITS | LIBSPAWN_NICE |
		 LIBSPAWN_SCHEDULER | LIBSPAWN_IO_PRIORITY |
		 LIBSPAWN_OOM_SCORE_ADJ | LIBSPAWN_TIMER_SLACK |
		 LIBSPAWN_CGROUP_FD | LIBSPAWN_LANDLOCK_FD |
		 LIBSPAWN_BUSY_RETRY | LIBSPAWN_DEFAULT_SIGNALS |
		 LIBSPAWN_NO_NEW_PRIVS | LIBSPAWN_PIDFD | LIBSPAWN_ALLOW_FORK |
		 LIBSPAWN_FOREGROUND | LIBSPAWN_HOLD | LIBSPAWN_LOOPBACK |
		 LIBSPAWN_PERSONALITY | LIBSPAWN_NEW_CORE |
		 LIBSPAWN_INHERITABLE_CAPS | LIBSPAWN_OWN_IDS | LIBSPAWN_INIT,
	.signal_default = 4,
	.signal_ignore = 2,
	.signal_mask = 1,
	.ambient_caps = UINT64_MAX,
	.unshare = 0x44000080,
	.cwd = directory,
	.root = directory,
	.fds = table,
	.fd_count = COUNT(table),
	.uid = 7,
	.groups = two_groups,
	.group_count = 2,
	.oom_score_adj = -1000,
	.rlimits = two_rlimits,
	.rlimit_count = 2,
	.cpus = two_cpus,
	.cpu_count = 2,
	.parent_death_signal = 9,
	.namespaces = two_namespaces,
	.namespace_count = 2,
	.seccomp = allow,
	.seccomp_count = 1,
	.filters = two_filters,
	.filter_count = 2,
	.hostname = "host",
	.domainname = "domain",
	.pid_variable = "LISTEN_PID",
	.exec_label = "label",
	.session_keyring = "",
	.time_offsets = &offsets,
	.memory_policy = &policy,
	.inheritable_caps = 6,
	.speculation = { 4, 4, 4 },
	.tsc = 2,
	.memory_traits = 15,
	/* CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNS */
	.new_namespaces = 0x30020000,
	.mounts = mounts,
	.mount_count = 1,
};

/* With one or the other of what excludes each other: all kinds are there. */
static void all_options_at_once_come_in_the_documented_order(void **state)
{
	struct libspawn_options options = full_house;
	struct compiled compiled;
	uint64_t kinds;

	(void)state;
	options.flags |= LIBSPAWN_NEW_SESSION | LIBSPAWN_CONTROLLING_TERMINAL |
			 LIBSPAWN_PROGRAM_FD | LIBSPAWN_DETACH;
	options.parent_death_signal = 0;
	plan_compile(&compiled, NULL, &options);
	plan_check_order(compiled.plan);
	kinds = compiled.plan->kinds;
	plan_free(&compiled);

	options = full_house;
	options.flags &= ~LIBSPAWN_HOLD;
	options.flags |= LIBSPAWN_PROCESS_GROUP | LIBSPAWN_CWD_FD |
			 LIBSPAWN_SHELL_FALLBACK;
	options.cwd = NULL;
	options.root = NULL;
	/* A directory by descriptor goes into a copy of the mounts earlier. */
	options.new_namespaces &= ~UINT64_C(0x20000);
	options.mounts = NULL;
	options.mount_count = 0;
	options.search = LIBSPAWN_SEARCH_LIST;
	options.search_list = "/a:/b";
	plan_compile(&compiled, "program", &options);
	plan_check_order(compiled.plan);
	kinds |= compiled.plan->kinds;
	plan_free(&compiled);
	/* The drop-in's alone. */
	kinds |= OP_BIT(OP_CLOSE_FROM);
	assert_true(kinds == OP_BIT(OP_COUNT) - 1);
}

/* The new user need not have the right to enter either. */
static void root_and_directory_come_before_the_ids_if_asked_for(void **state)
{
	static const enum op_kind wanted[] = {
		OP_CHROOT,     OP_CHDIR,  OP_DIE_TOGETHER, OP_CHDIR,
		OP_CWD_INSIDE, OP_GROUPS, OP_GID,	   OP_UID,
	};
	struct compiled compiled;
	const struct op *op;
	size_t n;

	(void)state;
	plan_compile(&compiled, NULL,
		     &(struct libspawn_options){
			     OPTIONS,
			     .flags = LIBSPAWN_CWD_BEFORE_IDS | LIBSPAWN_UID |
				      LIBSPAWN_GID | LIBSPAWN_GROUPS,
			     .root = directory, .cwd = directory, .uid = 5 });
	op = find_op(compiled.plan, OP_CHROOT);
	for (n = 0; n < COUNT(wanted); n++)
		assert_int_equal(op[n].kind, wanted[n]);
	assert_int_equal(op[1].step, LIBSPAWN_STEP_CHROOT);
	assert_int_equal(op[3].step, LIBSPAWN_STEP_CWD);
	plan_free(&compiled);
}

/* While the copy of the mounts is made, and again for the new user. */
static void a_directory_by_descriptor_is_taken_into_new_mounts(void **state)
{
	static const enum op_kind wanted[] = {
		OP_NAMESPACE,  OP_FCHDIR,	OP_UNSHARE,
		OP_UID,	       OP_DIE_TOGETHER, OP_CHDIR,
		OP_CWD_INSIDE, OP_DIE_TOGETHER, OP_MASK,
	};
	struct compiled compiled;
	const struct op *op;
	size_t n;

	(void)state;
	plan_compile(&compiled, NULL,
		     &(struct libspawn_options){
			     OPTIONS,
			     .flags = LIBSPAWN_CWD_FD | LIBSPAWN_UID |
				      LIBSPAWN_KEEP_GROUPS,
			     .unshare = 0x20000, .namespaces = two_namespaces,
			     .namespace_count = 1, .uid = 5, .cwd_fd = 9 });
	op = find_op(compiled.plan, OP_NAMESPACE);
	for (n = 0; n < COUNT(wanted); n++)
		assert_int_equal(op[n].kind, wanted[n]);
	assert_string_equal(op[5].data, ".");
	plan_free(&compiled);
}

static void who_locks_closes_nothing_after_its_ids(void **state)
{
	struct libspawn_options options = full_house;
	struct compiled compiled;

	(void)state;
	options.flags &= ~LIBSPAWN_INIT;
	plan_compile(&compiled, NULL, &options);
	assert_true(compiled.plan->flags & PLAN_LOCKS);
	for (const struct op *op = find_op(compiled.plan, OP_GID);
	     op->kind != OP_EXEC; op++)
		assert_true(op->kind < OP_CLOSE_OTHERS ||
			    op->kind > OP_CLOSE_FROM);
	plan_free(&compiled);
}

static void planning_opens_and_starts_nothing(void **state)
{
	int open = count_open();
	struct compiled compiled;

	(void)state;
	plan_compile(&compiled, NULL, &full_house);
	plan_free(&compiled);
	assert_int_equal(count_open(), open);
	assert_int_equal(waitpid(-1, NULL, 0), -1);
	assert_int_equal(errno, ECHILD);
}

static void the_options_are_not_changed_by_planning(void **state)
{
	struct compiled compiled;
	struct libspawn_options before;

	(void)state;
	assert_int_equal(request_read(&compiled, NULL, NULL, &full_house), 0);
	before = compiled.request.options;
	assert_int_equal(plan_measure(&compiled), 0);
	assert_int_equal(plan_build(&compiled), 0);
	assert_memory_equal(&compiled.request.options, &before, sizeof before);
	plan_free(&compiled);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_option_becomes_its_operations),
	cmocka_unit_test(no_options_are_four_operations),
	cmocka_unit_test(the_mask_is_given_or_the_callers),
	cmocka_unit_test(the_processors_are_bits),
	cmocka_unit_test(a_kept_half_of_a_limit_is_marked),
	cmocka_unit_test(the_parents_death_is_told_with_its_pid),
	cmocka_unit_test(a_new_user_keeps_what_becomes_ambient),
	cmocka_unit_test(what_changes_ids_is_marked),
	cmocka_unit_test(who_locks_closes_nothing_after_its_ids),
	cmocka_unit_test(flags_for_exec_are_carried_over),
	cmocka_unit_test(each_directory_searched_is_an_operation),
	cmocka_unit_test(a_program_by_descriptor_is_one_operation),
	cmocka_unit_test(all_options_at_once_come_in_the_documented_order),
	cmocka_unit_test(root_and_directory_come_before_the_ids_if_asked_for),
	cmocka_unit_test(a_directory_by_descriptor_is_taken_into_new_mounts),
	cmocka_unit_test(planning_opens_and_starts_nothing),
	cmocka_unit_test(the_options_are_not_changed_by_planning),
};

UNIT_MAIN(tests)
