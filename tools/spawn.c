/* SPDX-License-Identifier: MIT */
/*
 * spawn: start a program with every option of libspawn, wait for it, exit as
 * it did. Uses the public API only.
 */
#define _GNU_SOURCE
#include "arguments.h"
#include "report.h"
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
		print_help(stdout, command->help == HELP_ALL);
		return printed();
	}
	if (command->version) {
		printf("spawn (libspawn) %s\n", libspawn_version());
		return printed();
	}
	if (command->query)
		return report_query(stdout, command) ? EXIT_SETUP : printed();
	return run_command(command);
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
