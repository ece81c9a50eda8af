/* SPDX-License-Identifier: MIT */
/*
 * The plan is read-only to the child, and the child's stack is small: a plan
 * in memory that can't be written runs through every backend that executes
 * plans, and a painted stack shows how deep the child went.
 *
 *	test_sealed PROBE
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
/* cmocka needs four of the above. */
#include <cmocka.h>

#include "backend/backend.h"
#include "backend/kernel.h"
#include "child/launch.h"
#include "deadline.h"

enum {
	SEALED_SIZE = 16384,
	STACK_SIZE = 131072,
	STACK_BOUND = 16384, /* half of the 32 KiB that are promised */
	PAINT = 0xa5,
	EXIT_STATUS = 42,
};

/* All that the child reads and never writes, in pages of its own. */
struct sealed {
	struct plan plan;
	struct op ops[16];
	struct op_rlimit rlimit;
	struct op_filter filter;
	struct {
		uint16_t code;
		uint8_t jumps[2];
		uint32_t operand;
	} instruction;
	char *argv[4];
	char *env[2];
	char program[4096];
	char words[3][16];
};

static const char *probe_path;
static struct sealed *sealed;
static struct launch launch;
static char *stack;
static struct outcome outcome;
static pid_t reaped;
static int status;

static void add_op(struct op op)
{
	struct plan *plan = &sealed->plan;

	op.index = -1;
	sealed->ops[plan->op_count++] = op;
	plan->kinds |= OP_BIT(op.kind);
}

/* Operations of every shape: numbers, sets, texts, structs, descriptors. */
static void fill_plan(void)
{
	sealed->rlimit = (struct op_rlimit){ .limit = { 0, 0 } };
	sealed->instruction.code = 0x06;
	sealed->instruction.operand = 0x7fff0000;
	sealed->filter =
		(struct op_filter){ .count = 1,
				    .instructions = &sealed->instruction };
	add_op((struct op){ .kind = OP_HANDLERS });
	add_op((struct op){ .kind = OP_SIGNALS_IGNORE, .value = 1 << 11 });
	add_op((struct op){ .kind = OP_SESSION });
	add_op((struct op){ .kind = OP_RLIMIT,
			    .number = RLIMIT_CORE,
			    .data = &sealed->rlimit });
	add_op((struct op){ .kind = OP_UMASK, .number = 077 });
	add_op((struct op){ .kind = OP_CLOSE_OTHERS, .fd = 3 });
	add_op((struct op){ .kind = OP_FD_SAVE, .fd = 0 });
	add_op((struct op){ .kind = OP_FD_MOVE, .fd = 2, .number = 0 });
	add_op((struct op){ .kind = OP_FD_RESTORE, .number = 2 });
	add_op((struct op){ .kind = OP_CHDIR, .data = "/" });
	add_op((struct op){ .kind = OP_NO_NEW_PRIVS });
	add_op((struct op){ .kind = OP_SECCOMP, .data = &sealed->filter });
	add_op((struct op){ .kind = OP_MASK, .number = 1 });
	add_op((struct op){
		.kind = OP_EXEC, .data = "/nonexistent/program", .number = 1 });
	add_op((struct op){ .kind = OP_EXEC, .data = sealed->program });
}

static int make_sealed(void **state)
{
	static const char *const words[] = { "exit", "42" };

	(void)state;
	sealed = mmap(NULL, SEALED_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (sealed == MAP_FAILED || stack == MAP_FAILED ||
	    sizeof *sealed > SEALED_SIZE)
		return -1;
	memset(stack, PAINT, STACK_SIZE);
	snprintf(sealed->program, sizeof sealed->program, "%s", probe_path);
	sealed->argv[0] = sealed->program;
	for (int i = 0; i < 2; i++) {
		snprintf(sealed->words[i], sizeof sealed->words[i], "%s",
			 words[i]);
		sealed->argv[i + 1] = sealed->words[i];
	}
	sealed->plan.argv = sealed->argv;
	sealed->plan.argc = 3;
	sealed->plan.env = sealed->env;
	sealed->plan.ops = sealed->ops;
	fill_plan();
	memset(&launch, 0, sizeof launch);
	launch.plan = &sealed->plan;
	launch.stack = stack;
	launch.stack_size = STACK_SIZE;
	return mprotect(sealed, SEALED_SIZE, PROT_READ);
}

static int unmake_sealed(void **state)
{
	(void)state;
	munmap(sealed, SEALED_SIZE);
	munmap(stack, STACK_SIZE);
	return 0;
}

static void run_sealed(const struct backend *backend)
{
	struct creation creation;

	libspawn__create_begin(backend, &creation, &launch, &outcome);
	if (creation.pid > 0)
		libspawn__create_finish(&creation, DEADLINE_NEVER, &outcome);
	if (outcome.kind == OUTCOME_STARTED)
		reaped = waitpid(outcome.pid, &status, 0);
}

static void assert_started(const struct backend *backend)
{
	if (outcome.kind == OUTCOME_DECLINED) {
		print_message("skipped: no such backend here\n");
		skip();
	}
	assert_int_equal(outcome.kind, OUTCOME_STARTED);
	assert_int_equal(outcome.backend, backend->id);
	assert_int_equal(reaped, outcome.pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_STATUS);
}

static void start_sealed(const struct backend *backend)
{
	run_sealed(backend);
	assert_started(backend);
}

/* Or the tests below would show nothing. */
static void writing_to_the_sealed_plan_would_be_noticed(void **state)
{
	volatile uint32_t *count = &sealed->plan.op_count;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		/* A sanitizer would make a report and an exit of it. */
		signal(SIGSEGV, SIG_DFL);
		*count = 0;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static void the_clone_backend_only_reads_the_plan(void **state)
{
	(void)state;
	start_sealed(&libspawn__backend_clone);
}

static void the_vfork_backend_only_reads_the_plan(void **state)
{
	(void)state;
	start_sealed(&libspawn__backend_vfork);
}

static void the_fork_backend_only_reads_the_plan(void **state)
{
	(void)state;
	start_sealed(&libspawn__backend_fork);
}

static size_t depth_of(const char *painted, size_t size)
{
	size_t untouched = 0;

	while (untouched < size && (unsigned char)painted[untouched] == PAINT)
		untouched++;
	return size - untouched;
}

/* The deepest way: descriptors are listed in a buffer on the stack. */
static void the_childs_stack_is_small(void **state)
{
	size_t depth;

	(void)state;
	libspawn__kernel_learn(CHILD_NO_CLOSE_RANGE);
	start_sealed(&libspawn__backend_clone);
	assert_true(launch.report.fallbacks & CHILD_NO_CLOSE_RANGE);
	depth = depth_of(stack, STACK_SIZE);
	print_message("the child used %zu bytes of stack\n", depth);
	/* The buffer alone; less, and it ran elsewhere. */
	assert_true(depth > 4096);
	assert_true(depth < STACK_BOUND);
}

/* As long as nobody refuses clone(): else it is on the caller's. */
static void the_vfork_childs_stack_is_small(void **state)
{
	size_t depth;

	(void)state;
	libspawn__kernel_learn(CHILD_NO_CLOSE_RANGE);
	start_sealed(&libspawn__backend_vfork);
	depth = depth_of(stack, STACK_SIZE);
	print_message("the child used %zu bytes of stack\n", depth);
	assert_true(depth > 4096);
	assert_true(depth < STACK_BOUND);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, make_sealed, unmake_sealed)

static const struct CMUnitTest tests[] = {
	TEST(writing_to_the_sealed_plan_would_be_noticed),
	TEST(the_clone_backend_only_reads_the_plan),
	TEST(the_vfork_backend_only_reads_the_plan),
	TEST(the_fork_backend_only_reads_the_plan),
	TEST(the_childs_stack_is_small),
	TEST(the_vfork_childs_stack_is_small),
};

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: test_sealed PROBE\n");
		return 2;
	}
	probe_path = realpath(argv[1], NULL);
	if (!probe_path)
		return 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
