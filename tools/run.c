/* SPDX-License-Identifier: MIT */
/*
 * The story of a run: open what the program gets, start it, serve it to its
 * end, tell what there is to tell, and end as it did.
 */
#define _GNU_SOURCE
#include "run.h"
#include "clock.h"
#include "files.h"
#include "loop.h"
#include "report.h"
#include "signals.h"
#include "terminal.h"
#include "watcher.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

struct run {
	struct command *command;
	struct programs programs;
	struct relay relay;
	struct loop loop;
	struct outcome outcome;
	struct watcher watcher;
	bool has_failed; /* something of spawn's own; it has been said */
};

/* A failure of spawn itself that the program is not to blame for. */
static int complain_of(struct run *run, const char *what, int code)
{
	fprintf(stderr, "spawn: %s: %s\n", what, strerror(code));
	run->has_failed = true;
	return -1;
}

static bool stays(const struct run *run)
{
	return (run->command->options.flags & LIBSPAWN_DETACH) == 0;
}

/* ---- Before and at the start ------------------------------------------- */

#define LATE_TEXT "--timeout: it ran out before the program was started"

/* The start has a limit of its own, or else that of the whole. */
static void set_alarm(const struct run *run)
{
	int64_t whole = run->loop.limit.deadline;
	int64_t start =
		deadline_after(run->command->options.start_timeout_ms * 1000);

	if (start < whole)
		begin_alarm(start,
			    "spawn: --start-timeout: a file was not opened, "
			    "or the watcher not there, in that time\n",
			    EXIT_SETUP);
	else
		begin_alarm(whole, "spawn: " LATE_TEXT "\n", EXIT_TIMED_OUT);
}

static void limit_one(struct libspawn_options *options, int64_t milliseconds)
{
	/* Whoever asks for one of the start wants that to hold. */
	if (options->start_timeout_ms == 0)
		options->flags |= LIBSPAWN_MAY_WAIT;
	if (options->start_timeout_ms == 0 ||
	    options->start_timeout_ms > milliseconds)
		options->start_timeout_ms = milliseconds;
}

/* What is left of it; a backend that can't end a start waits for that. */
static void limit_start(struct run *run)
{
	struct libspawn_options *stages = run->command->stage_options.items;
	int64_t left = milliseconds_until(run->loop.limit.deadline);

	if (left < 0)
		return;
	left = left == 0 ? 1 : left;
	limit_one(&run->command->options, left);
	for (size_t i = 0; i < run->command->stage_options.count; i++)
		limit_one(&stages[i], left);
}

/* 0; or -1 and it has been said, or is in the outcome's error. */
static int open_all(struct run *run)
{
	struct pidfile *pidfile = &run->command->pidfile;
	int failed;

	if (open_files(run->command, &run->outcome.error)) {
		run->outcome.is_of_files = true;
		return -1;
	}
	if (watcher_begin(&run->watcher, &run->command->watching)) {
		run->has_failed = true;
		return -1;
	}
	failed = open_pidfile(pidfile);
	if (!failed)
		return 0;
	watcher_cancel(&run->watcher);
	fprintf(stderr, "spawn: --pidfile '%s': %s\n", pidfile->path,
		strerror(failed));
	run->has_failed = true;
	return -1;
}

/* What was prepared for a start that has come to nothing. */
static int abandon(struct run *run)
{
	watcher_cancel(&run->watcher);
	drop_pidfile(&run->command->pidfile);
	return -1;
}

static int prepare(struct run *run)
{
	const struct command *command = run->command;
	int failed;

	run->loop.command = command;
	run->loop.programs = &run->programs;
	run->loop.relay = &run->relay;
	run->loop.limit.deadline = deadline_after(command->timeout_us);
	run->loop.limit.kill_after_us = command->kill_after_us;
	if (programs_prepare(&run->programs, command) ||
	    relay_prepare(&run->relay, command))
		return complain_of(run, "memory", ENOMEM);
	heed_signals_as_first();
	set_alarm(run);
	failed = open_all(run);
	end_alarm();
	if (failed)
		return -1;
	if (stays(run))
		run->loop.arrivals = collect_signals();
	if (run->loop.arrivals >= 0)
		return 0;
	complain_of(run, "a pipe for signals", errno);
	return abandon(run);
}

static int start(struct run *run)
{
	struct outcome *outcome = &run->outcome;
	int64_t begin = now_us();
	int failed;

	limit_start(run);
	failed = programs_start(&run->programs, run->command, &outcome->error);
	outcome->start_us = (double)(now_us() - begin);
	close_files(run->command);
	if (failed) {
		take_terminal_from_nobody(run->command);
		return abandon(run);
	}
	if (stays(run))
		collect_all_signals();
	watcher_release(&run->watcher);
	outcome->process = run->programs.processes[run->programs.count - 1];
	failed = write_pidfile(&run->command->pidfile, outcome->process.pid);
	if (failed)
		complain_of(run, "--pidfile", failed);
	return 0;
}

/* ---- Until the end ----------------------------------------------------- */

static bool has_succeeded(const struct program *program)
{
	return program->status.end == LIBSPAWN_END_EXITED &&
	       program->status.code == 0;
}

/* With --pipefail, the last that failed counts, as in a shell. */
static void note_status(struct run *run)
{
	const struct program *all = run->programs.all;
	size_t last = run->programs.count - 1;

	while (run->command->pipefail && last > 0 && has_succeeded(&all[last]))
		last--;
	if (has_succeeded(&all[last]))
		last = run->programs.count - 1;
	run->outcome.status = all[last].status;
	if (last != run->programs.count - 1)
		run->outcome.process = run->programs.processes[last];
	run->outcome.told = last;
}

static void serve(struct run *run)
{
	struct outcome *outcome = &run->outcome;
	int64_t begin = now_us();
	int failed;

	relay_begin(&run->relay, run->command);
	failed = loop_run(&run->loop);
	outcome->run_us = (double)(now_us() - begin);
	outcome->timed_out = run->loop.limit.is_over;
	loop_leave(&run->loop);
	/* It may be that nobody reads what there is to tell. */
	if (run->loop.ended_by != 0)
		return;
	note_status(run);
	if (watcher_end(&run->watcher))
		run->has_failed = true;
	if (failed)
		complain_of(run, "waiting for the program", failed);
	if (run->relay.unread)
		complain_of(run, "standard input", run->relay.unread);
	if (run->relay.failed)
		complain_of(run, "standard output", run->relay.failed);
	if (report_success(run->command, outcome))
		run->has_failed = true;
}

/* Who can't end by a signal, as the first process of a container, says so. */
static int end_as(int number)
{
	end_by_signal(number);
	return EXIT_SIGNAL + number;
}

static int failure_status(struct run *run)
{
	const struct libspawn_error *error = &run->outcome.error;

	loop_leave(&run->loop);
	if (run->loop.ended_by != 0)
		return end_as(run->loop.ended_by);
	if (run->has_failed)
		return EXIT_SETUP;
	if (error->code == ETIMEDOUT && is_over(run->loop.limit.deadline)) {
		fprintf(stderr, "spawn: %s\n", LATE_TEXT);
		return EXIT_TIMED_OUT;
	}
	report_failure(run->command, &run->outcome);
	if (error->step != LIBSPAWN_STEP_EXEC)
		return EXIT_SETUP;
	return error->code == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
}

static int end_status(const struct run *run)
{
	const struct libspawn_status *status = &run->outcome.status;
	bool was_killed = status->end == LIBSPAWN_END_KILLED;

	if (run->loop.ended_by != 0)
		return end_as(run->loop.ended_by);
	if (run->has_failed)
		return EXIT_SETUP;
	if (run->outcome.timed_out)
		return was_killed && status->code == SIGKILL
			       ? EXIT_SIGNAL + SIGKILL
			       : EXIT_TIMED_OUT;
	return was_killed ? end_as(status->code) : status->code;
}

static int run_prepared(struct run *run)
{
	if (prepare(run) || start(run))
		return failure_status(run);
	if (!stays(run))
		return run->has_failed ? EXIT_SETUP : 0;
	serve(run);
	return end_status(run);
}

int run_command(struct command *command)
{
	struct run run = { .command = command,
			   .relay = { .pty = -1, .held_pty = -1 },
			   .watcher = { .socket = -1, .stream = -1 } };
	int status = run_prepared(&run);

	programs_release(&run.programs);
	relay_end(&run.relay);
	return status;
}
