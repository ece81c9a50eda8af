/* SPDX-License-Identifier: MIT */
/*
 * The words of a command line of `spawn`, read by its own parser: it refuses
 * them in a sentence, or comes to options of which libspawn can tell whether
 * they have a meaning. Nothing is started.
 */
#define _GNU_SOURCE
#include "input.h"

#include <fcntl.h>
#include <getopt.h>
#include <unistd.h>

#include "arguments.h"
#include "report.h"

static FILE *nowhere;
/* What libFuzzer has open itself; what a command opens is above or between. */
enum { DESCRIPTORS = 64 };
static char was_open[DESCRIPTORS];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	nowhere = fopen("/dev/null", "we");
	DEMAND(nowhere);
	return 0;
}

static void note_open(void)
{
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		was_open[fd] = fcntl(fd, F_GETFD) >= 0;
}

static void close_others(void)
{
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		if (!was_open[fd])
			close(fd);
}

static int count(char **words)
{
	int n = 0;

	while (words[n])
		n++;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct command command = { 0 };
	char **list = input_list(&input);
	char *words[LONGEST_LIST + 2] = { "spawn" };

	for (int n = 0; list && list[n]; n++)
		words[n + 1] = list[n];
	note_open();
	/* glibc begins anew. */
	optind = 0;
	if (read_arguments(&command, count(words), words) == 0) {
		DEMAND(command.mistake.text[0] == '\0');
		report_query(nowhere, &command);
	} else {
		DEMAND(!command.program || command.mistake.text[0]);
	}
	command_release(&command);
	free_list(list);
	/* What it has opened for options lives until it exits. */
	close_others();
	return 0;
}
