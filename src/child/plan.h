/* SPDX-License-Identifier: MIT */
/*
 * The contract between parent and child: the parent compiles a request into a
 * plan, a flat array of operations; the child executes it and reports. The
 * plan is read-only to the child, but for the text of one variable; all else
 * that the child writes is in struct launch.
 */
#ifndef LIBSPAWN_CHILD_PLAN_H
#define LIBSPAWN_CHILD_PLAN_H

#include <stdint.h>

/* What an operation does, and which of its operands it reads. */
enum op_kind {
	/* Done by the kernel while it creates the process, or by nobody. */
	OP_PIDFD,
	OP_DETACH,
	OP_NO_WAIT,	   /* the caller goes on at once */
	OP_NEW_NAMESPACES, /* value: flags */
	/* Done by the kernel at creation if it can, else by the child. */
	OP_HANDLERS,
	OP_CGROUP, /* fd: directory */
	/* Done by the child, mostly in this order: see src/plan/steps.c. */
	OP_HOLD,
	/* number: enum id_map; data: text, value: bytes; fd: must be there */
	OP_ID_MAP,
	OP_DIE_TOGETHER,    /* number: 1 from here on, 0 no longer */
	OP_SIGNALS_DEFAULT, /* value: set */
	OP_SIGNALS_IGNORE,  /* value: set */
	OP_SESSION,
	OP_PROCESS_GROUP, /* number: group, 0 for its own */
	OP_TERMINAL,	  /* fd, value: the ioctl's number */
	OP_FOREGROUND,	  /* fd, value: the ioctl's number */
	OP_RLIMIT,	  /* number: resource, data: struct op_rlimit */
	OP_SCHEDULER,	  /* number: policy, value: priority */
	OP_NICE,	  /* number */
	OP_AFFINITY,	  /* data: bits, value: bytes */
	OP_IO_PRIORITY,	  /* number */
	OP_TIMER_SLACK,	  /* value: ns */
	OP_UMASK,	  /* number */
	OP_OOM_SCORE_ADJ, /* data: text, value: its length */
	OP_NAMESPACE,	  /* fd */
	OP_UNSHARE,	  /* value: flags */
	OP_MOUNT,	  /* number: enum mount_verb; data: struct op_mount */
	OP_CLOSE_OTHERS,  /* fd: the first to be closed on exec */
	OP_FD_SAVE,	  /* fd: kept in the child's spare descriptor */
	OP_FD_MOVE,	  /* fd becomes number; value 1: the child's own fd */
	OP_FD_RESTORE,	  /* the spare descriptor becomes number */
	OP_FD_KEEP,	  /* fd stays open on exec */
	OP_FD_OPEN,	  /* data: path, value: flags, fd: mode, number */
	OP_FD_CLOSE,	  /* fd; number 1: it must be open */
	OP_CLOSE_FROM,	  /* fd: the first to be closed at once */
	OP_GROUPS, /* data: ids, value: count; number 1: or as they are */
	OP_GID,	   /* number */
	OP_BOUNDING_DROP, /* number: capability */
	OP_CHROOT,	  /* data: path */
	OP_KEEP_CAPS,
	OP_UID, /* number */
	OP_CAPS_RAISE,
	OP_CAPS_INHERIT, /* value: set; number 1: and no others */
	OP_AMBIENT_CLEAR,
	OP_AMBIENT_RAISE, /* number: capability */
	OP_SECUREBITS,	  /* value */
	OP_CAPS_LIMIT,	  /* value: set */
	OP_PARENT_DEATH,  /* number: signal, value: the parent's pid */
	OP_CHDIR,	  /* data: path */
	OP_FCHDIR,	  /* fd */
	OP_CWD_INSIDE,
	OP_INIT,	 /* fd: the program of the first process */
	OP_PID_VARIABLE, /* value: where in plan.pid_variable */
	OP_NO_NEW_PRIVS,
	OP_LANDLOCK, /* fd */
	OP_SECCOMP,  /* data: struct op_filter, number: its flags */
	OP_MASK,     /* value: set, or the caller's if number is 1 */
	OP_EXEC,     /* data: path; number is 1 when another follows */
	OP_EXEC_FD,  /* fd */
	OP_SET,	     /* number: enum setting, which says what it reads */
	/* The same of what belongs to the memory: not for a shared one. */
	OP_SET_MEMORY,
	OP_COUNT
};

_Static_assert(OP_COUNT < 64, "a kind is a bit of a word");

/* Room for the digits of a pid and a NUL. The kernel's are below 2^22. */
enum { PID_DIGITS = 10, PID_ROOM = PID_DIGITS + 1 };

/* What OP_SET and OP_SET_MEMORY set. data is of value bytes, or NULL. */
enum setting {
	SET_HOSTNAME,	   /* data */
	SET_DOMAINNAME,	   /* data */
	SET_INTERFACE,	   /* data: struct op_interface */
	SET_TIME_OFFSETS,  /* data: text */
	SET_EXEC_LABEL,	   /* data: text */
	SET_KEYRING,	   /* data: its name, or NULL */
	SET_PERSONALITY,   /* value */
	SET_MEMORY_POLICY, /* fd: mode, data: the bits of the nodes, or NULL */
	SET_SCHED_ATTR,	   /* data: struct sched_attr of the kernel */
	SET_NEW_CORE,
	SET_SPECULATION, /* fd: which, value: how */
	SET_TSC,	 /* value */
	/* Of the memory. */
	SET_NO_EXEC_GAIN,
	SET_NO_HUGE_PAGES,
	SET_MERGE,
	SET_COREDUMP_FILTER, /* data: text */
	SET_COUNT
};

/* Which file of the child's /proc OP_ID_MAP writes. */
enum id_map { ID_MAP_SETGROUPS, ID_MAP_UID, ID_MAP_GID };

/* What OP_MOUNT does to the target, and what it reads besides. */
enum mount_verb {
	MOUNT_ATTACH,	 /* mount(2); value: its flags; source, type, data */
	MOUNT_CHANGE,	 /* value: attributes to set, clear; fd: AT_ flags */
	MOUNT_DIRECTORY, /* fd: mode; it may be there */
	MOUNT_FILE,	 /* the same */
	MOUNT_LINK,	 /* source: its text */
	MOUNT_ROOT,
};

/* The bit of an operation in a set of kinds. */
#define OP_BIT(kind) (UINT64_C(1) << (kind))
/* Those for a process that was created in new namespaces. */
#define OP_OF_SANDBOX                                                          \
	(OP_BIT(OP_NEW_NAMESPACES) | OP_BIT(OP_ID_MAP) | OP_BIT(OP_MOUNT) |    \
	 OP_BIT(OP_INIT))

/* One operation. step and index are the parent's; the child ignores them. */
struct op {
	uint16_t kind; /* enum op_kind */
	uint16_t step; /* the option it comes from */
	int32_t index; /* the element of that option's list, or -1 */
	int32_t fd;
	int32_t number;
	uint64_t value;
	const void *data;
};

/* keep: not 0 where the limit stays as it is. */
struct op_rlimit {
	uint64_t limit[2]; /* soft, hard */
	uint32_t keep[2];
};

/* struct sock_fprog of the kernel. */
struct op_filter {
	uint16_t count;
	const void *instructions;
};

/* struct ifreq of the kernel, as far as it is read, and as long. */
struct op_interface {
	char name[16];
	int16_t flags;
	char rest[22];
};

/* In one piece, to be copied as it is. */
struct op_mount {
	uint32_t bytes; /* of all */
	/* Places in text, where the target is at 0; 0: none. */
	uint32_t source;
	uint32_t type;
	uint32_t data;
	uint32_t clear; /* attributes */
	char text[];
};

/* plan.flags */
#define PLAN_CHANGES_IDS 1u    /* the kernel will reset the dumpable flag */
#define PLAN_SHELL_FALLBACK 2u /* ENOEXEC means /bin/sh */
#define PLAN_DEATH_IS_START 4u /* who is killed before exec has started */
#define PLAN_MAY_WAIT 8u       /* OP_NO_WAIT is a wish */
#define PLAN_POLLED 16u	       /* the pipe is there, to tell the end */
#define PLAN_SEARCH_ON 32u     /* no error of exec ends the search */
#define PLAN_LOCKS 64u	       /* no descriptor is closed after the ids */
#define PLAN_NEW_USER 128u     /* who has what no other had is to lose it */

/* argv and env are the caller's; all else is in the block of the start. */
struct plan {
	const struct op *ops;
	char *const *argv;
	char *const *env;
	/* Of env, with room for the child's pid: in the block; or NULL. */
	char *pid_variable;
	/* Every number that an operation writes to, in order. The parent's. */
	const int32_t *targets;
	uint64_t kinds; /* of its operations */
	uint32_t op_count;
	uint32_t target_count;
	uint32_t flags;
	uint32_t argc;
	uint32_t busy_retry; /* microseconds */
};

/* The caller's descriptor that an operation needs open, or -1. */
static inline int32_t op_reads(const struct op *op)
{
	switch (op->kind) {
	case OP_CGROUP:
	case OP_TERMINAL:
	case OP_FOREGROUND:
	case OP_NAMESPACE:
	case OP_FD_SAVE:
	case OP_FD_KEEP:
	case OP_INIT:
	case OP_FCHDIR:
	case OP_LANDLOCK:
	case OP_EXEC_FD: return op->fd;
	case OP_FD_MOVE: return op->value ? -1 : op->fd;
	default: return -1;
	}
}

/* The number of the first operation that is of these kinds, or -1. */
static inline int32_t plan_find(const struct plan *plan, uint64_t kinds)
{
	int32_t n = 0;

	if (!(plan->kinds & kinds))
		return -1;
	while (!(kinds & OP_BIT(plan->ops[n].kind)))
		n++;
	return n;
}

/* Hazard 21: how often, and after how many microseconds, a map is tried. */
enum { MAP_TRIES = 100, MAP_PAUSE = 1000 };

#endif
