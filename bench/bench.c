/* SPDX-License-Identifier: MIT */
/*
 * The latency benchmark: what a start costs its caller, libspawn against the
 * floor and the others, in one process and interleaved. See README.md.
 */
#define _GNU_SOURCE
#include "caller.h"
#include "measure.h"
#include "report.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITERATIONS 2000
#define ITERATIONS_MAX 1000000
#define RESIDENT_MAX (1024 * 1024)
#define QUICK_RESIDENT_MIB 1024

struct settings {
	const char *target;
	size_t iterations;
	size_t resident_mib;
	int cpu; /* -1: the last one allowed */
	bool quick;
	bool json;
};

static const char usage[] =
	"usage: bench [--quick] [--json] [--iterations N] [--rss MIB]\n"
	"             [--cpu N] [--target PROGRAM]\n"
	"Measure what starting a program costs, by every method, interleaved.\n"
	"\n"
	"  --quick           two runs: as it is, and with 1 GiB resident\n"
	"  --json            one JSON object per line instead of a table\n"
	"  --iterations N    starts of each method (2000)\n"
	"  --rss MIB         make the caller resident with MIB more MiB, in\n"
	"                    4 KiB pages; methods that copy memory start less\n"
	"                    often\n"
	"  --cpu N           pin to processor N (the last one allowed)\n"
	"  --target PROGRAM  start PROGRAM, which must exit with 0, instead "
	"of\n"
	"                    a tiny static program that only exits\n";

static _Noreturn void fail_usage(const char *what)
{
	fprintf(stderr, "bench: %s\n%s", what, usage);
	exit(2);
}

static long parse_number(const char *text, long least, long most)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || *end || end == text || number < least || number > most)
		fail_usage("a number is out of range");
	return number;
}

static const struct option long_options[] = {
	{ "quick", no_argument, NULL, 'q' },
	{ "json", no_argument, NULL, 'j' },
	{ "iterations", required_argument, NULL, 'i' },
	{ "rss", required_argument, NULL, 'r' },
	{ "cpu", required_argument, NULL, 'c' },
	{ "target", required_argument, NULL, 't' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void apply_option(struct settings *settings, int option)
{
	switch (option) {
	case 'q': settings->quick = true; break;
	case 'j': settings->json = true; break;
	case 'i':
		settings->iterations =
			(size_t)parse_number(optarg, 1, ITERATIONS_MAX);
		break;
	case 'r':
		settings->resident_mib =
			(size_t)parse_number(optarg, 0, RESIDENT_MAX);
		break;
	case 'c': settings->cpu = (int)parse_number(optarg, 0, 1023); break;
	case 't': settings->target = optarg; break;
	case 'h': fputs(usage, stdout); exit(0);
	default: fail_usage("unknown option");
	}
}

static void parse_arguments(struct settings *settings, int argc, char **argv)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		apply_option(settings, option);
	if (optind < argc)
		fail_usage("unexpected argument");
}

/* Measure and report with so much memory resident. */
static int run_with(const struct settings *settings, size_t resident_mib,
		    int cpu)
{
	char *argv[] = { (char[]){ "target" }, NULL };
	struct target target = { settings->target, argv };
	struct series *series;
	const char *why;
	void *memory;
	int failed;

	why = caller_grow(&memory, resident_mib);
	if (why) {
		fprintf(stderr, "bench: %zu MiB resident not measured: %s\n",
			resident_mib, why);
		return -1;
	}
	series = measure_prepare(settings->iterations, resident_mib);
	if (!series) {
		caller_shrink(memory, resident_mib);
		return -1;
	}
	failed = measure_run(series, settings->iterations, &target);
	if (!failed)
		report_run(series, resident_mib, cpu, settings->json);
	measure_free(series);
	caller_shrink(memory, resident_mib);
	return failed;
}

int main(int argc, char **argv)
{
	struct settings settings = {
		.target = BENCH_TARGET,
		.iterations = ITERATIONS,
		.cpu = -1,
	};
	int failed;
	int cpu;

	parse_arguments(&settings, argc, argv);
	/* It would turn every backend into one. */
	unsetenv("LIBSPAWN_BACKEND");
	cpu = caller_pin(settings.cpu);
	if (cpu < 0) {
		perror("bench: sched_setaffinity");
		return 1;
	}
	failed = run_with(&settings, settings.resident_mib, cpu);
	if (!failed && settings.quick) {
		if (!settings.json)
			putchar('\n');
		failed = run_with(&settings, QUICK_RESIDENT_MIB, cpu);
	}
	caller_unpin();
	return failed ? 1 : 0;
}
