/* SPDX-License-Identifier: MIT */
/*
 * A driver: a process that makes starts when it is told to and says how long
 * each took. It knows no statistics and no cases; the protocol, which drivers
 * in all languages speak, is in README.md.
 */
#define _GNU_SOURCE
#include "between.h"
#include "bystander.h"
#include "rounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define METHODS_MAX 128u
#define ROUNDS_MAX 1000000u
#define THREADS_MAX 1024u

struct driver {
	struct target target;
	const struct method *methods[METHODS_MAX];
	const char *missing[METHODS_MAX];
	size_t count;
	struct slowness slowness;
};

static void list_method(struct driver *driver, const struct method *method)
{
	const char *why = method->prepare ? method->prepare(method->data) : 0;

	driver->missing[driver->count] = why;
	driver->methods[driver->count++] = method;
	if (why)
		printf("missing %s %s %s\n", method->name, method->case_name,
		       why);
	else
		printf("method %s %s\n", method->name, method->case_name);
	if (!why && method->enter)
		method->enter();
}

static void list_methods(struct driver *driver)
{
	for (size_t g = 0; driver_groups[g]; g++)
		for (size_t m = 0; m < driver_groups[g]->count; m++)
			if (driver->count < METHODS_MAX)
				list_method(driver,
					    &driver_groups[g]->methods[m]);
	puts("ready");
	fflush(stdout);
}

/* The next number of a command; 0 at its end or when it is out of range. */
static size_t next_number(char **command, size_t most)
{
	char *end;
	unsigned long number = strtoul(*command, &end, 10);

	if (end == *command || number > most)
		return 0;
	*command = end;
	return (size_t)number;
}

/* "rounds ROUNDS THREADS BURST INDEX...": indices count from 1. */
static int parse_rounds(struct driver *driver, struct run *run, char *command)
{
	size_t index;

	run->target = &driver->target;
	run->slowness = &driver->slowness;
	run->rounds = next_number(&command, ROUNDS_MAX);
	run->threads = next_number(&command, THREADS_MAX);
	run->burst = next_number(&command, ROUNDS_MAX);
	while ((index = next_number(&command, driver->count)) != 0)
		if (!driver->missing[index - 1])
			run->methods[run->count++] = index - 1;
	run->table = driver->methods;
	return run->rounds && run->threads && run->burst && run->count ? 0 : -1;
}

static void print_samples(const struct run *run)
{
	for (size_t i = 0; i < run->taken; i++) {
		const struct sample *sample = &run->samples[i];

		printf("%zu %llu %llu %llu %llu", sample->method + 1,
		       (unsigned long long)sample->before_ns,
		       (unsigned long long)sample->returned_ns,
		       (unsigned long long)sample->reaped_ns,
		       (unsigned long long)sample->stall_ns);
		if (sample->begun_ns)
			printf(" %llu", (unsigned long long)sample->begun_ns);
		putchar('\n');
	}
}

static void obey(struct driver *driver, char *command)
{
	size_t methods[METHODS_MAX];
	struct run run = { .methods = methods };

	if (strncmp(command, "rounds ", 7) ||
	    parse_rounds(driver, &run, command + 7)) {
		puts("failed no such command");
	} else if (run_rounds(&run)) {
		printf("failed %s/%s: %s %d\n", run.failure.method->name,
		       run.failure.method->case_name, run.failure.what,
		       run.failure.value);
	} else {
		print_samples(&run);
		puts("done");
	}
	run_free(&run);
	fflush(stdout);
}

static int parse_arguments(struct driver *driver, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "bi:s:u:")) != -1)
		switch (option) {
		case 'b':
			if (bystander_begin())
				return -1;
			break;
		case 'i':
			if (between_begin(optarg))
				return -1;
			break;
		case 's': driver->slowness.method = optarg; break;
		case 'u':
			driver->slowness.microseconds =
				strtoul(optarg, NULL, 10);
			break;
		default: return -1;
		}
	if (optind + 1 != argc)
		return -1;
	driver->target.program = argv[optind];
	return 0;
}

int main(int argc, char **argv)
{
	char *target_argv[] = { (char[]){ "target" }, NULL };
	struct driver driver = { .target = { .argv = target_argv } };
	char *line = NULL;
	size_t room = 0;

	if (parse_arguments(&driver, argc, argv)) {
		fputs("usage: driver [-b] [-i WHAT] [-s METHOD -u "
		      "MICROSECONDS] TARGET\n"
		      "  -b  with a bystander thread, whose stalls are told\n"
		      "  -i  before each start, run a program or touch memory\n"
		      "  -s  make one method slower, to test the harness\n",
		      stderr);
		return 2;
	}
	/* It would turn every backend into one. */
	unsetenv("LIBSPAWN_BACKEND");
	list_methods(&driver);
	while (getline(&line, &room, stdin) > 0)
		obey(&driver, line);
	free(line);
	return 0;
}
