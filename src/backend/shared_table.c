/* SPDX-License-Identifier: MIT */
/*
 * The table of descriptors. A copy of it takes the kernel 45 ns for each that
 * is open: a program with 10,000 of them would wait for that twenty times as
 * long as for all else. So its child shares the table, and has the kernel copy
 * what lies low, where all is that it needs. Hazard 19.
 */
#define _GNU_SOURCE
#include "backend/shared_table.h"

#include <string.h>

#include "backend/creation.h"
#include "backend/judge.h"
#include "backend/kernel.h"
#include "backend/system.h"
#include "child/every_start.h"

#if ARCH_CLONE

/* If this one is open, so are many. */
enum { ONE_OF_MANY = 128 };
/* Where few are open, one start in so many looks again. */
enum { LOOK_EVERY = 8 };

/* ---- What the plan reads ------------------------------------------------- */

/* Is the path this one, or below it? Slashes may be repeated. */
static int is_at(const char *path, const char *place)
{
	while (*place && *path == *place) {
		while (*path == '/' && path[1] == '/')
			path++;
		path++;
		place++;
	}
	return !*place && (!*path || *path == '/');
}

static int leads_to_table(const char *path)
{
	return is_at(path, "/proc") || is_at(path, "/dev/fd");
}

/* From there it may be named in few letters. */
static int is_beside_table(const char *path)
{
	return leads_to_table(path) ||
	       (is_at(path, "/dev") && !path[strspn(path, "/dev")]);
}

/* Of what is often mounted or changed in /proc nothing is of a table. */
static int mounts_on_table(const char *target)
{
	return is_at(target, "/proc/self") ||
	       is_at(target, "/proc/thread-self") || is_at(target, "/dev/fd");
}

static int mounts_by_table(const struct op *op)
{
	const struct op_mount *mount = op->data;
	const char *data = mount->text + mount->data;

	switch (op->number) {
	case MOUNT_ATTACH:
		return mounts_on_table(mount->text) ||
		       (mount->source &&
			leads_to_table(mount->text + mount->source)) ||
		       (mount->data &&
			(strstr(data, "/proc/") || strstr(data, "/dev/fd/")));
	case MOUNT_CHANGE:
	case MOUNT_ROOT: return mounts_on_table(mount->text);
	/* What is made, and the text of a link, which nobody follows. */
	default: return 0;
	}
}

/* A path of the child's that may lead through its table. */
static int names_descriptors(const struct op *op)
{
	switch (op->kind) {
	case OP_CHDIR:
	case OP_CHROOT: return is_beside_table(op->data);
	case OP_EXEC:
	case OP_FD_OPEN: return leads_to_table(op->data);
	case OP_MOUNT: return mounts_by_table(op);
	default: return 0;
	}
}

static int reads_low_ones_only(const struct plan *plan)
{
	uint32_t n;

	for (n = 0; n < plan->op_count; n++)
		if (op_reads(&plan->ops[n]) >= TABLE_BOUND ||
		    names_descriptors(&plan->ops[n]))
			return 0;
	return 1;
}

/* Starts that need not look. Threads may count one twice: it is no matter. */
static uint32_t unlooked;

/*
 * It is a hundredth of a start, and concerns its price alone: a program that
 * has come to have many pays for the copies of a few starts.
 */
EVERY_START static int has_many(void)
{
	const uint32_t left = __atomic_load_n(&unlooked, __ATOMIC_RELAXED);
	int is_one_open = left == 0 && sys_get_fd_flags(ONE_OF_MANY) >= 0;

	if (!is_one_open)
		__atomic_store_n(&unlooked, left ? left - 1 : LOOK_EVERY - 1,
				 __ATOMIC_RELAXED);
	return is_one_open;
}

/* Who inherits all has all copied; who is waited for by a pipe writes there. */
static int needs_no_copy(const struct launch *launch)
{
	const struct plan *plan = launch->plan;

	return plan->kinds & OP_BIT(OP_CLOSE_OTHERS) &&
	       !(plan->kinds & OP_BIT(OP_NO_WAIT)) && launch->report_fd < 0 &&
	       has_many() && reads_low_ones_only(plan);
}

/* ---- What the kernel makes of it ----------------------------------------- */

/*
 * Before Linux 6.11 and its like of the older lines, a table that was cut could
 * remember of numbers above that they are taken: the program's next descriptor
 * would be 4,096. So it is tried once, by a process that has such a table and a
 * child that shares it.
 */
struct trial {
	struct launch *launch;
	uint32_t is_right;
};

_Noreturn static CHILD_CODE void cut_and_look(void *data)
{
	struct trial *trial = data;

	if (sys_part_table(TABLE_BOUND) == 0 &&
	    sys_dup_cloexec(TABLE_BOUND - 1, TABLE_BOUND) == TABLE_BOUND)
		trial->is_right = 1;
	sys_exit(0);
}

/* In a copy of the caller's: as many numbers taken as are noted in a word. */
_Noreturn static CHILD_CODE void fill_and_try(void *data)
{
	struct trial *trial = data;
	struct launch *launch = trial->launch;
	int32_t status;
	long pid;
	int fd;

	for (fd = TABLE_BOUND - 1; fd < 2 * TABLE_BOUND; fd++)
		sys_dup3(ONE_OF_MANY, fd);
	pid = arch_clone(SYS_CLONE_VM | SYS_CLONE_FILES | SYS_CLONE_VFORK,
			 launch->stack + launch->stack_size - UPPER_PART, NULL,
			 NULL, cut_and_look, trial);
	if (pid > 0)
		system_wait_out(pid, &status);
	sys_exit(0);
}

static int cuts_right(const struct launch *launch)
{
	struct launch place = *launch;
	struct trial trial = { &place, 0 };
	long pid = arch_clone(SYS_CLONE_VM | SYS_CLONE_VFORK,
			      place.stack + place.stack_size, NULL, NULL,
			      fill_and_try, &trial);

	if (pid <= 0)
		return 0;
	libspawn__judge_reap((pid_t)pid);
	return __atomic_load_n(&trial.is_right, __ATOMIC_ACQUIRE) != 0;
}

static int kernel_cuts(const struct launch *launch)
{
	uint32_t fact =
		launch->facts & (KERNEL_CUTS_TABLES | KERNEL_CUTS_NO_TABLES);

	if (!fact) {
		fact = cuts_right(launch) ? KERNEL_CUTS_TABLES
					  : KERNEL_CUTS_NO_TABLES;
		libspawn__kernel_learn(fact);
	}
	return fact == KERNEL_CUTS_TABLES;
}

EVERY_START int libspawn__shared_table_fits(const struct launch *launch)
{
	return needs_no_copy(launch) && kernel_cuts(launch);
}

#else

int libspawn__shared_table_fits(const struct launch *launch)
{
	(void)launch;
	return 0;
}

#endif

/* ---- What came of it ----------------------------------------------------- */

EVERY_START int libspawn__shared_table_was_kept(const struct launch *launch,
						const struct outcome *outcome)
{
	int is_kept = launch->table == TABLE_SHARED &&
		      outcome->kind == OUTCOME_FAILED &&
		      launch->report.state == CHILD_STARTED;

	if (is_kept || launch->table == TABLE_WHOLE)
		libspawn__kernel_learn(KERNEL_CUTS_NO_TABLES);
	return is_kept;
}
