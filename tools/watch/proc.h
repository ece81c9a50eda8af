/* SPDX-License-Identifier: MIT */
/*
 * What /proc tells of processes and threads that are traced. Nothing here stops
 * or changes one; what has ended or may not be seen is told by false.
 */
#ifndef TOOLS_WATCH_PROC_H
#define TOOLS_WATCH_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { NAME_SIZE = 16, PATH_SIZE = 4096 };

/* The call that a thread is in. */
/* Blocked, but in no call; of a program that lets nobody look. */
enum { CALL_NONE = -1, CALL_UNREADABLE = -2 };

struct call {
	bool is_running; /* or about to: nothing else is known */
	long number;	 /* of the call, or CALL_... */
	uint64_t arguments[6];
	uint64_t stack; /* its pointer */
	uint64_t address;
};

struct thread_status {
	char name[NAME_SIZE];
	char state;	 /* R, S, D, T, t, Z, X */
	pid_t inner_tid; /* the number that it has for itself */
	pid_t tracer;
	uint64_t caught; /* signals that have a handler, from bit 0 on */
	uint64_t ignored;
	uint64_t sleeps; /* how often it gave its processor away */
};

struct mapping {
	uint64_t start;
	uint64_t end;
	uint64_t offset;
	bool is_shared;
	bool is_executable;
	char name[PATH_SIZE]; /* a path, "[heap]", or empty */
	uint64_t of_file; /* for memory right behind a file's: where that is */
};

bool proc_call(struct call *call, pid_t pid, pid_t tid);
/* Whether it is in futex(2), where threads wait for each other. */
bool call_is_futex(const struct call *call);
bool proc_status(struct thread_status *status, pid_t pid, pid_t tid);
/* Whether the thread is one of that process. */
bool proc_has_thread(pid_t pid, pid_t tid);
/* At most so many thread ids; how many there are. */
size_t proc_threads(pid_t *tids, size_t most, pid_t pid);
/* Bytes at an address of the process. */
bool proc_memory(void *bytes, size_t size, pid_t pid, uint64_t address);
/* Where the address lies. */
bool proc_mapping(struct mapping *mapping, pid_t pid, uint64_t address);
/* The words of its command line, cut to what fits; or "". */
void proc_command(char *text, size_t size, pid_t pid);
/* The path of the program, or ""; whether it is to run as somebody else. */
void proc_program(char path[PATH_SIZE], bool *is_set_id, pid_t pid);

#endif
