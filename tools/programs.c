/* SPDX-License-Identifier: MIT */
/*
 * Starts, watches and signals. Nothing here waits: who wants to know looks when
 * SIGCHLD has come. A stop is told by waitid(2) alone, as the library tells
 * ends.
 */
#define _GNU_SOURCE
#include "programs.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int programs_prepare(struct programs *programs, const struct command *command)
{
	programs->count = command->stages.count > 0 ? command->stages.count : 1;
	programs->processes =
		calloc(programs->count, sizeof *programs->processes);
	programs->all = calloc(programs->count, sizeof *programs->all);
	if (programs->processes != NULL && programs->all != NULL)
		return 0;
	programs_release(programs);
	return -1;
}

void programs_release(struct programs *programs)
{
	free(programs->processes);
	free(programs->all);
	*programs = (struct programs){ 0 };
}

/* ---- Watching ---------------------------------------------------------- */

static bool has_ended(const struct program *program)
{
	return program->status.end != LIBSPAWN_END_RUNNING;
}

/* The kernel tells it once. */
static void look_at_stop(struct programs *programs, struct program *program,
			 pid_t pid)
{
	siginfo_t info = { 0 };

	while (waitid(P_PID, (id_t)pid, &info,
		      WSTOPPED | WCONTINUED | WNOHANG) == 0 &&
	       info.si_pid == pid) {
		program->stopped =
			info.si_code == CLD_CONTINUED ? 0 : info.si_status;
		if (program->stopped)
			programs->have_stopped = true;
		info.si_pid = 0;
	}
}

static int look_at(struct programs *programs, size_t place)
{
	struct program *program = &programs->all[place];
	struct libspawn_process *process = &programs->processes[place];
	int failed;

	if (has_ended(program))
		return 0;
	failed = libspawn_wait(process, 0, &program->status);
	if (failed != ETIMEDOUT) {
		programs->living--;
		programs->have_stopped = true;
		return failed;
	}
	look_at_stop(programs, program, process->pid);
	return 0;
}

bool programs_include(const struct programs *programs, pid_t pid)
{
	for (size_t i = 0; i < programs->count; i++)
		if (programs->processes[i].pid == pid)
			return true;
	return false;
}

/*
 * What spawn had for children before it was executed, and orphans where it is
 * the first process of a pid namespace: nobody else will reap them.
 */
static void reap_others(const struct programs *programs)
{
	siginfo_t info = { 0 };

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid != 0 && !programs_include(programs, info.si_pid)) {
		waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
		info.si_pid = 0;
	}
}

int programs_look(struct programs *programs)
{
	int failed = 0;

	for (size_t i = 0; i < programs->count; i++) {
		int error = look_at(programs, i);

		failed = error ? error : failed;
	}
	reap_others(programs);
	return failed;
}

static bool is_stopped(const struct program *program)
{
	return !has_ended(program) && program->stopped != 0;
}

bool programs_any_stopped(const struct programs *programs)
{
	for (size_t i = 0; i < programs->count; i++)
		if (is_stopped(&programs->all[i]))
			return true;
	return false;
}

/* What stopped them, if all that are left are stopped; else 0. */
static int stop_of_all(const struct programs *programs)
{
	int number = 0;

	for (size_t i = 0; i < programs->count; i++) {
		if (has_ended(&programs->all[i]))
			continue;
		number = programs->all[i].stopped;
		if (number == 0)
			break;
	}
	return number;
}

int programs_newly_stopped(struct programs *programs)
{
	int number = programs->have_stopped ? stop_of_all(programs) : 0;

	programs->have_stopped = false;
	return number;
}

static pid_t first_left(const struct programs *programs)
{
	for (size_t i = 0; i < programs->count; i++)
		if (!has_ended(&programs->all[i]))
			return programs->processes[i].pid;
	return -1;
}

pid_t programs_group(const struct programs *programs)
{
	pid_t pid = first_left(programs);

	return pid < 0 ? -1 : getpgid(pid);
}

bool programs_are_apart(const struct programs *programs)
{
	return programs_group(programs) != getpgrp();
}

bool programs_are_in_session(const struct programs *programs)
{
	pid_t pid = first_left(programs);

	return pid >= 0 && getsid(pid) == getsid(0);
}

/* ---- Signals ----------------------------------------------------------- */

/*
 * The group that it leads, or the first of a pipeline, who may have ended: the
 * number is no other's while one is left. Else -1.
 */
static pid_t made_group(const struct programs *programs, pid_t pid)
{
	pid_t group = getpgid(pid);

	return group == pid || group == programs->processes[0].pid ? group : -1;
}

void programs_signal(struct programs *programs, int number, bool groups)
{
	pid_t reached = -1;

	for (size_t i = 0; i < programs->count; i++) {
		struct libspawn_process *process = &programs->processes[i];
		pid_t group = -1;

		if (has_ended(&programs->all[i]))
			continue;
		/* Who was continued, but ends by a signal, is not told of. */
		if (number == SIGCONT)
			programs->all[i].stopped = 0;
		if (groups)
			group = made_group(programs, process->pid);
		if (group < 0)
			libspawn_signal(process, number, 0);
		else if (group != reached)
			kill(-group, number);
		reached = group < 0 ? reached : group;
	}
}

/* ---- The start --------------------------------------------------------- */

int programs_start(struct programs *programs, const struct command *command,
		   struct libspawn_error *error)
{
	int failed;

	if (command->stages.count == 0)
		failed =
			libspawn_start(programs->processes, command->program,
				       command->argv, &command->options, error);
	else
		failed = libspawn_start_pipeline(
			programs->processes, command->stages.items,
			(uint32_t)programs->count, command->stage_flags, error);
	if (!failed)
		programs->living = programs->count;
	return failed;
}
