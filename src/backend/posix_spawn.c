/* SPDX-License-Identifier: MIT */
/*
 * The posix_spawn backend: has the C library do what file actions and
 * attributes can say. It declines the rest, and can seldom tell what failed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>

#include "backend/backend.h"
#include "backend/translate.h"
#include "child/exec.h"

/* The pid, or -errno: posix_spawn() returns its error and sets no errno. */
static long spawn_path(struct launch *launch, const char *path,
		       const char *const *argv)
{
	struct translation *translation = launch->translation;
	const char *program =
		libspawn__translate_program(translation, launch->plan, path);
	union {
		const char *const *given;
		char *const *taken;
	} list = { argv };
	int code;

	if (!program)
		return -ENAMETOOLONG;
	code = posix_spawn(&translation->pid, program, &translation->actions,
			   &translation->attributes, list.taken,
			   launch->plan->env);
	return code ? -code : translation->pid;
}

/* One try at one candidate; the shell if the file has no header. */
static long attempt(struct launch *launch, const struct op *op)
{
	const char *const *argv = (const char *const *)launch->plan->argv;
	long code = spawn_path(launch, op->data, argv);

	if (code == -ENOEXEC && launch->plan->flags & PLAN_SHELL_FALLBACK)
		code = spawn_path(launch, "/bin/sh",
				  libspawn__exec_shell_argv(launch, op->data));
	return code;
}

/* The operations of exec are the last of a plan. */
static long spawn_candidates(struct launch *launch, struct exec_search *search)
{
	const struct plan *plan = launch->plan;
	long code = 0;
	uint32_t n;

	for (n = 0; n < plan->op_count && code == 0; n++) {
		if (plan->ops[n].kind != OP_EXEC)
			continue;
		search->number = n;
		code = libspawn__exec_candidate(search, &plan->ops[n], attempt);
	}
	return code;
}

/* EPERM may be the filter of a sandbox or the session of a group leader. */
static long report_failure(struct launch *launch, long code, uint32_t number)
{
	if (code == -EAGAIN || code == -ENOMEM || code == -ENOSYS)
		return code;
	if (launch->plan->kinds & ~TRANSLATES_SURELY || code == -EPERM)
		number = UINT32_MAX;
	launch->report.code = (int32_t)-code;
	launch->report.op = number;
	return 0;
}

/* The C library refuses some operands by themselves: then it is known which. */
static long report_untranslated(struct launch *launch, long code,
				uint32_t number)
{
	if (code == -ENOMEM)
		return code;
	launch->report.code = (int32_t)-code;
	launch->report.op = number;
	return 0;
}

/* 0 with a report if the child has failed: the C library has reaped it. */
static long start_posix_spawn(struct launch *launch)
{
	struct exec_search search = { .launch = launch };
	struct translation translation;
	long pid = libspawn__translate_begin(&translation, launch);

	if (pid < 0)
		return report_untranslated(launch, pid, translation.at);
	launch->translation = &translation;
	pid = spawn_candidates(launch, &search);
	launch->translation = NULL;
	libspawn__translate_end(&translation);
	if (pid < 0)
		return report_failure(launch, pid, search.number);
	/* The C library has waited for exec. */
	launch->occupied = 0;
	launch->exit_signal = SIGCHLD;
	launch->report.state = CHILD_EXECUTES;
	return pid;
}

const struct backend libspawn__backend_posix_spawn = {
	.id = BACKEND_SPAWN,
	.takes = TRANSLATES,
	.declines = libspawn__translate_declines,
	.start = start_posix_spawn,
};
