/* SPDX-License-Identifier: MIT */
/*
 * The drop-in's compiler: attributes in the order of the standard, actions in
 * the caller's, and never more than was measured. No process is created.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

#include <libspawn_posix.h>

#include "posix/compile.h"

static struct action_list actions;
static struct attributes attributes;
static struct posix_call call;
static const struct plan *plan;
static char *memory;

static int set_up(void **state)
{
	static char *argv[] = { NULL };

	(void)state;
	memset(&actions, 0, sizeof actions);
	memset(&attributes, 0, sizeof attributes);
	call = (struct posix_call){ .program = "program",
				    .argv = argv,
				    .env = argv,
				    .actions = &actions,
				    .attributes = &attributes };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(memory);
	memory = NULL;
	return 0;
}

/* In memory of just the size that was measured. */
static void compile(void)
{
	struct posix_room room = libspawn__compile_room(&call);
	struct arena arena;

	memory = malloc(room.bytes);
	assert_non_null(memory);
	arena.next = memory;
	plan = libspawn__compile(&call, &room, &arena);
	assert_true(plan->op_count <= room.ops);
	assert_true((size_t)(arena.next - memory) <= room.bytes);
}

static void expect_kinds(const uint16_t *kinds, uint32_t count)
{
	assert_int_equal(plan->op_count, count);
	for (uint32_t n = 0; n < count; n++)
		assert_int_equal(plan->ops[n].kind, kinds[n]);
}

#define EXPECT(...)                                                            \
	expect_kinds((const uint16_t[]){ __VA_ARGS__ },                        \
		     COUNT(((const uint16_t[]){ __VA_ARGS__ })))

static void without_objects_only_what_exec_needs_is_planned(void **state)
{
	(void)state;
	call.actions = NULL;
	call.attributes = NULL;
	compile();
	EXPECT(OP_HANDLERS, OP_MASK, OP_EXEC);
	assert_int_equal(plan->ops[1].number, 1);
	assert_string_equal(plan->ops[2].data, "program");
}

static void attributes_without_their_flags_do_not_count(void **state)
{
	(void)state;
	attributes.group = 7;
	attributes.policy = SCHED_FIFO;
	sigfillset(&attributes.mask);
	sigfillset(&attributes.defaults);
	compile();
	EXPECT(OP_HANDLERS, OP_MASK, OP_EXEC);
	assert_int_equal(plan->ops[1].number, 1);
}

static void all_attributes_come_in_the_order_of_the_standard(void **state)
{
	(void)state;
	attributes.flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
			   POSIX_SPAWN_SETSCHEDULER |
			   POSIX_SPAWN_SETSCHEDPARAM | POSIX_SPAWN_SETCGROUP |
			   POSIX_SPAWN_SETSID | POSIX_SPAWN_SETPGROUP |
			   POSIX_SPAWN_RESETIDS | POSIX_SPAWN_USEVFORK;
	attributes.group = 7;
	attributes.cgroup = 5;
	attributes.policy = SCHED_RR;
	attributes.parameter.sched_priority = 3;
	sigfillset(&attributes.defaults);
	sigemptyset(&attributes.mask);
	sigaddset(&attributes.mask, SIGTERM);
	call.wants_pidfd = 1;
	compile();
	EXPECT(OP_PIDFD, OP_HANDLERS, OP_SIGNALS_DEFAULT, OP_SCHEDULER,
	       OP_CGROUP, OP_SESSION, OP_PROCESS_GROUP, OP_GID, OP_UID, OP_MASK,
	       OP_EXEC);
	assert_int_equal(plan->ops[2].value >> (SIGKILL - 1) & 1, 0);
	assert_int_equal(plan->ops[2].value >> (SIGSTOP - 1) & 1, 0);
	assert_int_equal(plan->ops[2].value >> (SIGUSR1 - 1) & 1, 1);
	assert_int_equal(plan->ops[3].number, SCHED_RR);
	assert_int_equal(plan->ops[3].value, 3);
	assert_int_equal(plan->ops[4].fd, 5);
	assert_int_equal(plan->ops[6].number, 7);
	assert_int_equal(plan->ops[7].number, getgid());
	assert_int_equal(plan->ops[8].number, getuid());
	assert_true(plan->ops[9].value == UINT64_C(1) << (SIGTERM - 1));
	assert_int_equal(plan->flags, PLAN_CHANGES_IDS | PLAN_DEATH_IS_START);
}

static void a_parameter_alone_keeps_the_policy_of_the_caller(void **state)
{
	(void)state;
	attributes.flags = POSIX_SPAWN_SETSCHEDPARAM;
	attributes.policy = SCHED_RR;
	compile();
	EXPECT(OP_HANDLERS, OP_SCHEDULER, OP_MASK, OP_EXEC);
	assert_int_equal(plan->ops[1].number, sched_getscheduler(0));
}

static void actions_keep_the_order_of_the_caller(void **state)
{
	static char file[] = "file";
	static char directory[] = "directory";
	struct action list[] = {
		{ .kind = ACTION_CHDIR, .path = directory },
		{ .kind = ACTION_OPEN,
		  .fd = 4,
		  .flags = O_WRONLY,
		  .mode = 0640,
		  .path = file },
		{ .kind = ACTION_DUP2, .fd = 4, .new_fd = 1 },
		{ .kind = ACTION_DUP2, .fd = 6, .new_fd = 6 },
		{ .kind = ACTION_CLOSE, .fd = 4 },
		{ .kind = ACTION_CLOSE_FROM, .fd = 9 },
		{ .kind = ACTION_FCHDIR, .fd = 6 },
		{ .kind = ACTION_FOREGROUND, .fd = 0 },
	};

	(void)state;
	actions.actions = list;
	actions.count = COUNT(list);
	compile();
	EXPECT(OP_HANDLERS, OP_CHDIR, OP_FD_CLOSE, OP_FD_OPEN, OP_FD_MOVE,
	       OP_FD_KEEP, OP_FD_CLOSE, OP_CLOSE_FROM, OP_FCHDIR, OP_FOREGROUND,
	       OP_MASK, OP_EXEC);
	assert_ptr_equal(plan->ops[1].data, directory);
	assert_int_equal(plan->ops[2].fd, 4);
	assert_ptr_equal(plan->ops[3].data, file);
	assert_int_equal(plan->ops[3].number, 4);
	assert_int_equal(plan->ops[3].fd, 0640);
	assert_int_equal(plan->ops[3].value & O_ACCMODE, O_WRONLY);
	assert_int_equal(plan->ops[4].fd, 4);
	assert_int_equal(plan->ops[4].number, 1);
	assert_int_equal(plan->ops[5].fd, 6);
	assert_int_equal(plan->ops[7].fd, 9);
	/* Each tells which action it comes from. */
	assert_int_equal(plan->ops[3].index, 1);
	assert_int_equal(plan->ops[9].index, 7);
}

static void each_directory_of_the_path_is_a_candidate(void **state)
{
	(void)state;
	call.search_list = "/a::/b";
	compile();
	EXPECT(OP_HANDLERS, OP_MASK, OP_EXEC, OP_EXEC, OP_EXEC);
	assert_string_equal(plan->ops[2].data, "/a/program");
	assert_string_equal(plan->ops[3].data, "program");
	assert_string_equal(plan->ops[4].data, "/b/program");
	assert_int_equal(plan->ops[4].number, 0);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	TEST(without_objects_only_what_exec_needs_is_planned),
	TEST(attributes_without_their_flags_do_not_count),
	TEST(all_attributes_come_in_the_order_of_the_standard),
	TEST(a_parameter_alone_keeps_the_policy_of_the_caller),
	TEST(actions_keep_the_order_of_the_caller),
	TEST(each_directory_of_the_path_is_a_candidate),
};

UNIT_MAIN(tests)
