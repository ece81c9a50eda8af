/* SPDX-License-Identifier: MIT */
/* From options to a plan, for the tests of the parent's pure functions. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "plan/rows.h"
#include "request/options.h"
#include "unit.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

/* Behind the measured bytes: what must not be touched, in any build. */
enum { TAIL_SIZE = 256, TAIL_BYTE = 0xa5 };

/* What stands for the children's ends of new pipes and terminals. */
static int32_t made_fds[LIBSPAWN_FDS_MAX];

int request_read(struct compiled *compiled, const char *program,
		 char *const argv[], const struct libspawn_options *options)
{
	static char word[] = "program";
	static char *const one_argument[] = { word, NULL };
	int32_t n;

	for (n = 0; n < (int32_t)LIBSPAWN_FDS_MAX; n++)
		made_fds[n] = FIRST_MADE_FD + n;

	memset(compiled, 0, sizeof *compiled);
	compiled->request.program = program ? program : "/program";
	compiled->request.argv = argv ? argv : one_argument;
	compiled->request.made_fds = made_fds;
	return libspawn__options_read(&compiled->request.options, options,
				      &compiled->failure);
}

int plan_measure(struct compiled *compiled)
{
	return libspawn__planner_measure(&compiled->request, &compiled->room,
					 &compiled->failure);
}

static int is_tail_untouched(const char *tail)
{
	int n;

	for (n = 0; n < TAIL_SIZE; n++)
		if ((unsigned char)tail[n] != TAIL_BYTE)
			return 0;
	return 1;
}

int plan_build(struct compiled *compiled)
{
	size_t bytes = compiled->room.bytes;
	char *tail;
	int code;

	compiled->memory = malloc(bytes + TAIL_SIZE);
	assert_non_null(compiled->memory);
	tail = compiled->memory + bytes;
	memset(tail, TAIL_BYTE, TAIL_SIZE);
	ASAN_POISON_MEMORY_REGION(tail, TAIL_SIZE);
	compiled->arena.next = compiled->memory;
	code = libspawn__rows_sort(&compiled->request, &compiled->arena,
				   &compiled->failure);
	if (code == 0)
		compiled->plan = libspawn__planner_build(
			&compiled->request, &compiled->room, &compiled->arena);
	ASAN_UNPOISON_MEMORY_REGION(tail, TAIL_SIZE);
	assert_true(is_tail_untouched(tail));
	assert_true(compiled->arena.next <= tail);
	if (code == 0)
		assert_true(compiled->plan->op_count <= compiled->room.ops);
	return code;
}

void plan_compile(struct compiled *compiled, const char *program,
		  const struct libspawn_options *options)
{
	assert_int_equal(request_read(compiled, program, NULL, options), 0);
	assert_int_equal(plan_measure(compiled), 0);
	assert_int_equal(plan_build(compiled), 0);
}

void plan_free(struct compiled *compiled)
{
	free(compiled->memory);
	compiled->memory = NULL;
}

/* ---- Order -------------------------------------------------------------- */

/* The order of libspawn.h; what the kernel does at creation comes first. */
#define LOWERED_RLIMIT OP_COUNT
#define THE(setting) (OP_COUNT + 1 + SET_##setting)
static const int order[] = { OP_NO_WAIT,
			     OP_PIDFD,
			     OP_DETACH,
			     OP_NEW_NAMESPACES,
			     OP_HOLD,
			     OP_ID_MAP,
			     OP_HANDLERS,
			     OP_SIGNALS_DEFAULT,
			     OP_SIGNALS_IGNORE,
			     OP_DIE_TOGETHER,
			     OP_SESSION,
			     OP_PROCESS_GROUP,
			     OP_TERMINAL,
			     OP_FOREGROUND,
			     OP_CGROUP,
			     OP_RLIMIT,
			     OP_SCHEDULER,
			     THE(SCHED_ATTR),
			     OP_NICE,
			     OP_AFFINITY,
			     OP_IO_PRIORITY,
			     OP_TIMER_SLACK,
			     THE(MEMORY_POLICY),
			     THE(NEW_CORE),
			     THE(PERSONALITY),
			     OP_UMASK,
			     OP_OOM_SCORE_ADJ,
			     THE(EXEC_LABEL),
			     THE(NO_EXEC_GAIN),
			     THE(NO_HUGE_PAGES),
			     THE(MERGE),
			     THE(COREDUMP_FILTER),
			     OP_CLOSE_OTHERS,
			     OP_FD_KEEP,
			     OP_FD_MOVE,
			     OP_FD_SAVE,
			     OP_FD_RESTORE,
			     OP_FD_OPEN,
			     OP_FD_CLOSE,
			     OP_NAMESPACE,
			     OP_UNSHARE,
			     THE(TIME_OFFSETS),
			     THE(HOSTNAME),
			     THE(DOMAINNAME),
			     THE(INTERFACE),
			     OP_MOUNT,
			     LOWERED_RLIMIT,
			     OP_GROUPS,
			     OP_GID,
			     OP_BOUNDING_DROP,
			     OP_CHROOT,
			     OP_KEEP_CAPS,
			     OP_UID,
			     OP_CAPS_RAISE,
			     OP_AMBIENT_CLEAR,
			     OP_CAPS_INHERIT,
			     OP_AMBIENT_RAISE,
			     OP_SECUREBITS,
			     OP_CAPS_LIMIT,
			     OP_CHDIR,
			     OP_FCHDIR,
			     OP_CWD_INSIDE,
			     OP_PARENT_DEATH,
			     THE(KEYRING),
			     THE(SPECULATION),
			     THE(TSC),
			     OP_INIT,
			     OP_PID_VARIABLE,
			     OP_NO_NEW_PRIVS,
			     OP_LANDLOCK,
			     OP_SECCOMP,
			     OP_MASK,
			     OP_EXEC,
			     OP_EXEC_FD };

/*
 * A lowered limit has a place of its own, as each setting; a new root's "/" is
 * that of it, and what is inheritable alone comes before what is ambient.
 */
static int place_kind(const struct op *op)
{
	const struct op_rlimit *limit = op->data;
	struct rlimit now;

	if (op->kind == OP_RLIMIT && !limit->keep[0] &&
	    getrlimit(op->number, &now) == 0 &&
	    limit->limit[0] < (uint64_t)now.rlim_cur)
		return LOWERED_RLIMIT;
	if (op->kind == OP_CHDIR && op->step == LIBSPAWN_STEP_CHROOT)
		return OP_CHROOT;
	if (op->kind == OP_CHDIR && op->step == LIBSPAWN_STEP_MOUNT)
		return OP_MOUNT;
	if (op->kind == OP_DIE_TOGETHER && op->number == 0)
		return OP_PARENT_DEATH;
	if (op->kind == OP_SET || op->kind == OP_SET_MEMORY)
		return OP_COUNT + 1 + op->number;
	if (op->kind == OP_CAPS_INHERIT && op->number == 1)
		return OP_CAPS_RAISE;
	return op->kind;
}

static size_t place_of(const struct op *op)
{
	const int kind = place_kind(op);
	size_t n;

	for (n = 0; n < COUNT(order); n++)
		if (order[n] == kind)
			return n;
	fail_msg("operation %d has no place in the order", kind);
	return n;
}

/* Moves and what is put aside are of one place: the mapper orders them. */
static int are_in_order(const struct op *before, const struct op *after)
{
	const uint64_t moves = OP_BIT(OP_FD_KEEP) | OP_BIT(OP_FD_MOVE) |
			       OP_BIT(OP_FD_SAVE) | OP_BIT(OP_FD_RESTORE);

	if (moves & OP_BIT(before->kind) && moves & OP_BIT(after->kind))
		return 1;
	return place_of(before) <= place_of(after);
}

/* After a change of ids it is said again, before the next that may block. */
static int is_renewal(const struct op *op, uint64_t before)
{
	return op->kind == OP_DIE_TOGETHER && op->number == 1 &&
	       before & OP_BIT(OP_DIE_TOGETHER);
}

void plan_check_order(const struct plan *plan)
{
	const struct op *last = plan->ops;
	uint64_t kinds = 0;
	uint32_t n;

	for (n = 0; n < plan->op_count; n++) {
		if (!is_renewal(&plan->ops[n], kinds)) {
			assert_true(are_in_order(last, &plan->ops[n]));
			last = &plan->ops[n];
		}
		kinds |= OP_BIT(plan->ops[n].kind);
	}
	assert_true(kinds == plan->kinds);
}

/* ---- Refusals ----------------------------------------------------------- */

void expect_refusal(const struct libspawn_options *options, int code, int step,
		    int index)
{
	struct compiled compiled;
	int refused = request_read(&compiled, NULL, NULL, options);

	if (refused == 0)
		refused = plan_measure(&compiled);
	if (refused == 0)
		refused = plan_build(&compiled);
	plan_free(&compiled);
	assert_int_equal(refused, -code);
	assert_int_equal(compiled.failure.step, step);
	assert_int_equal(compiled.failure.index, index);
}

int count_open(void)
{
	struct rlimit limit;
	int count = 0;
	int fd;

	getrlimit(RLIMIT_NOFILE, &limit);
	for (fd = 0; fd < 4096 && (rlim_t)fd < limit.rlim_max; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

int unit_main(const struct CMUnitTest *tests, size_t count)
{
	const char *pattern = getenv("CMOCKA_TEST_FILTER");

	if (pattern)
		cmocka_set_test_filter(pattern);
	/* What cmocka_run_group_tests() stands for, with a list by address. */
	return _cmocka_run_group_tests("tests", tests, count, NULL, NULL);
}
