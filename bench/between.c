/* SPDX-License-Identifier: MIT */
/*
 * What happens between two starts. A caller that starts one program after the
 * other finds its own code and data in the processor's caches; one that has
 * run something else, or worked on its memory, does not.
 */
#define _POSIX_C_SOURCE 200809L
#include "between.h"

#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { MEMORY_SIZE = 8 << 20, STEP = 64 };

static int runs_program;
static volatile unsigned char *memory;

int between_begin(const char *what)
{
	runs_program = strcmp(what, "program") == 0;
	if (runs_program)
		return 0;
	memory = strcmp(what, "memory") == 0 ? malloc(MEMORY_SIZE) : NULL;
	return memory ? 0 : -1;
}

/* "sh -c :" */
static void run_program(void)
{
	char *const argv[] = { (char[]){ "sh" }, (char[]){ "-c" },
			       (char[]){ ":" }, NULL };
	pid_t pid;

	if (posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ) == 0)
		waitpid(pid, NULL, 0);
}

static void touch_memory(void)
{
	size_t at;

	for (at = 0; at < MEMORY_SIZE; at += STEP)
		memory[at]++;
}

void between_starts(void)
{
	if (runs_program)
		run_program();
	if (memory)
		touch_memory();
}
