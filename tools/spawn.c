/* SPDX-License-Identifier: MIT */
/*
 * spawn: start a program with every option of libspawn, wait for it, exit as
 * it did. Uses the public API only.
 */
#define _GNU_SOURCE
#include "arguments.h"
#include "relay.h"
#include "report.h"
#include "terminal.h"
#include "wait.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Exit statuses of env(1) and its like. */
enum {
	EXIT_TIMED_OUT = 124,
	EXIT_SETUP = 125,
	EXIT_CANNOT_EXECUTE = 126,
	EXIT_NOT_FOUND = 127,
	EXIT_SIGNAL = 128, /* and the signal's number */
};

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int failure_status(const struct libspawn_error *error)
{
	if (error->step != LIBSPAWN_STEP_EXEC)
		return EXIT_SETUP;
	return error->code == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
}

static int end_status(const struct outcome *outcome)
{
	if (outcome->timed_out)
		return EXIT_TIMED_OUT;
	if (outcome->status.end == LIBSPAWN_END_EXITED)
		return outcome->status.code;
	return EXIT_SIGNAL + outcome->status.code;
}

/* One program, or those of a pipeline; 0, or what outcome->error says. */
static int start(const struct command *command,
		 struct libspawn_process *processes, struct outcome *outcome)
{
	if (command->stages.count == 0)
		return libspawn_start(processes, command->program,
				      command->argv, &command->options,
				      &outcome->error);
	return libspawn_start_pipeline(processes, command->stages.items,
				       (uint32_t)command->stages.count,
				       command->stage_flags, &outcome->error);
}

/* Of a pipeline, that of the program whose status counts. */
static void write_pidfile(const struct command *command,
			  const struct outcome *outcome)
{
	if (command->pidfile_fd == 0)
		return;
	if (dprintf(command->pidfile_fd, "%d\n", (int)outcome->process.pid) < 0)
		fprintf(stderr, "spawn: --pidfile: %s\n", strerror(errno));
	close(command->pidfile_fd);
}

/* Start it and let it run to its end; 0, or an errno value. */
static int start_and_wait(const struct command *command,
			  struct libspawn_process *processes,
			  struct outcome *outcome)
{
	size_t count = command->stages.count > 0 ? command->stages.count : 1;
	pid_t foreground = foreground_group(command);
	double begin = now_us(), started;
	int failed = start(command, processes, outcome);

	started = now_us();
	outcome->start_us = started - begin;
	if (failed)
		return 0;
	outcome->process = processes[count - 1];
	if (command->options.flags & LIBSPAWN_DETACH) {
		write_pidfile(command, outcome);
		outcome->status.end = LIBSPAWN_END_EXITED;
		return 0;
	}
	guard_processes(processes, count);
	begin_time(command);
	write_pidfile(command, outcome);
	relay_ends(command, outcome->process.pid);
	failed = wait_processes(&outcome->status);
	outcome->timed_out = has_timed_out();
	outcome->run_us = now_us() - started;
	restore_foreground(command, foreground);
	return failed;
}

static int run_in_memory(struct command *command,
			 struct libspawn_process *processes)
{
	struct outcome outcome = { 0 };
	int failed;

	prepare_wait(command);
	failed = start_and_wait(command, processes, &outcome);
	if (failed) {
		fprintf(stderr, "spawn: waiting for process %d: %s\n",
			(int)outcome.process.pid, strerror(failed));
		return EXIT_SETUP;
	}
	if (outcome.error.code != 0) {
		report_failure(command, &outcome);
		return failure_status(&outcome.error);
	}
	report_success(command, &outcome);
	return end_status(&outcome);
}

static int run(struct command *command)
{
	size_t count = command->stages.count + 1;
	struct libspawn_process *processes = calloc(count, sizeof *processes);
	int status = EXIT_SETUP;

	if (processes != NULL)
		status = run_in_memory(command, processes);
	else
		fprintf(stderr, "spawn: out of memory\n");
	free(processes);
	return status;
}

/* What is asked for on standard output must get there: a full disk is 125. */
static int printed(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_SUCCESS;
	fprintf(stderr, "spawn: standard output: %s\n", strerror(errno));
	return EXIT_SETUP;
}

static int perform(struct command *command)
{
	if (command->help) {
		print_help(stdout);
		return printed();
	}
	if (command->version) {
		printf("spawn (libspawn) %s\n", libspawn_version());
		return printed();
	}
	if (command->query)
		return report_query(stdout, command) ? EXIT_SETUP : printed();
	return run(command);
}

int main(int argc, char **argv)
{
	struct command command = { 0 };
	int status = EXIT_SETUP;

	if (read_arguments(&command, argc, argv) == 0)
		status = perform(&command);
	command_release(&command);
	return status;
}
