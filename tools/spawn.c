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
#include <sys/wait.h>
#include <time.h>

/* Exit statuses of env(1) and its like. */
enum {
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

static int end_status(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return EXIT_SIGNAL + WTERMSIG(status);
}

/* Start it and let it run to its end; 0, or an errno value. */
static int start_and_wait(const struct command *command,
			  struct outcome *outcome)
{
	pid_t foreground = foreground_group(command);
	double begin = now_us(), started;
	int failed;

	failed = libspawn_start(&outcome->process, command->program,
				command->argv, &command->options,
				&outcome->error);
	started = now_us();
	outcome->start_us = started - begin;
	if (failed)
		return 0;
	guard_child(outcome->process.pid);
	relay_ends(command, outcome->process.pid);
	failed = wait_child(&outcome->status, &outcome->usage,
			    outcome->process.pid);
	outcome->run_us = now_us() - started;
	restore_foreground(command, foreground);
	return failed;
}

static int run(struct command *command)
{
	struct outcome outcome = { 0 };
	int failed;

	prepare_wait(command);
	failed = start_and_wait(command, &outcome);
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
	return end_status(outcome.status);
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
