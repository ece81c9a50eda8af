/* SPDX-License-Identifier: MIT */
/*
 * The report: what libspawn says of the start, and wait4() of the program, as
 * lines for a person or as one JSON object for a program.
 */
#define _GNU_SOURCE
#include "report.h"
#include "json.h"
#include "names.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

/* Keys of the report and its lines have this much room. */
#define KEY "  %-10s "

static const struct {
	uint32_t bit;
	const char *name;
} fallbacks[] = {
	{ LIBSPAWN_FALLBACK_CLONE3, "clone3" },
	{ LIBSPAWN_FALLBACK_CLOSE_RANGE, "close_range" },
	{ LIBSPAWN_FALLBACK_CGROUP, "cgroup" },
	{ LIBSPAWN_FALLBACK_PIPE, "pipe" },
};

static int64_t microseconds(struct timeval time)
{
	return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

static void explain(char text[SENTENCE_MAX], const struct command *command,
		    const struct libspawn_error *error)
{
	libspawn_explain(text, SENTENCE_MAX, error, command->program,
			 command->argv, &command->options);
}

static void print_fallbacks(uint32_t bits, const char *quote,
			    const char *separator)
{
	const char *between = "";

	for (size_t i = 0; i < sizeof fallbacks / sizeof *fallbacks; i++) {
		if ((bits & fallbacks[i].bit) == 0)
			continue;
		fprintf(stderr, "%s%s%s%s", between, quote, fallbacks[i].name,
			quote);
		between = separator;
	}
}

static void print_end(int status)
{
	const char *name;

	if (WIFEXITED(status)) {
		fprintf(stderr, KEY "status %d\n", "exit", WEXITSTATUS(status));
		return;
	}
	name = signal_name(WTERMSIG(status));
	fprintf(stderr, KEY "killed by %s%s (signal %d)%s\n", "exit",
		name != NULL ? "SIG" : "a signal", name != NULL ? name : "",
		WTERMSIG(status), WCOREDUMP(status) ? ", core dumped" : "");
}

static void print_usage(const struct rusage *usage)
{
	fprintf(stderr, KEY "user %.3f ms, system %.3f ms\n", "processor",
		(double)microseconds(usage->ru_utime) / 1e3,
		(double)microseconds(usage->ru_stime) / 1e3);
	fprintf(stderr, KEY "%ld KiB at most\n", "memory", usage->ru_maxrss);
	fprintf(stderr, KEY "%ld minor, %ld major\n", "faults",
		usage->ru_minflt, usage->ru_majflt);
	fprintf(stderr, KEY "%ld voluntary, %ld involuntary\n", "switches",
		usage->ru_nvcsw, usage->ru_nivcsw);
}

static void success_text(const struct command *command,
			 const struct outcome *outcome)
{
	const struct libspawn_process *process = &outcome->process;

	fprintf(stderr, "spawn: %s\n" KEY "%d%s\n" KEY "%s\n", command->program,
		"pid", (int)process->pid,
		process->pidfd >= 0 ? ", held by a pidfd" : "", "backend",
		libspawn_backend_name(process->backend));
	fprintf(stderr, KEY "in %.1f us, %u retries, fallbacks: ", "started",
		outcome->start_us, process->retries);
	print_fallbacks(process->fallbacks, "", ", ");
	fprintf(stderr, "%s\n" KEY "%.3f ms\n",
		process->fallbacks == 0 ? "none" : "", "ran",
		outcome->run_us / 1e3);
	print_end(outcome->status);
	print_usage(&outcome->usage);
}

static void usage_json(struct json *json, const struct rusage *usage)
{
	json_integer(json, "user_us", microseconds(usage->ru_utime));
	json_integer(json, "system_us", microseconds(usage->ru_stime));
	json_integer(json, "max_rss_kib", usage->ru_maxrss);
	json_integer(json, "minor_faults", usage->ru_minflt);
	json_integer(json, "major_faults", usage->ru_majflt);
	json_integer(json, "voluntary_switches", usage->ru_nvcsw);
	json_integer(json, "involuntary_switches", usage->ru_nivcsw);
}

static void end_json(struct json *json, int status)
{
	if (WIFEXITED(status)) {
		json_integer(json, "exit_status", WEXITSTATUS(status));
		json_null(json, "signal");
	} else {
		json_null(json, "exit_status");
		json_integer(json, "signal", WTERMSIG(status));
	}
}

static void success_json(const struct command *command,
			 const struct outcome *outcome)
{
	const struct libspawn_process *process = &outcome->process;
	struct json json;

	json_open(&json, stderr);
	json_string(&json, "program", command->program);
	json_integer(&json, "pid", process->pid);
	json_key(&json, "pidfd");
	fputs(process->pidfd >= 0 ? "true" : "false", stderr);
	json_string(&json, "backend", libspawn_backend_name(process->backend));
	json_decimal(&json, "start_us", outcome->start_us);
	json_integer(&json, "retries", process->retries);
	json_key(&json, "fallbacks");
	fputc('[', stderr);
	print_fallbacks(process->fallbacks, "\"", ", ");
	fputc(']', stderr);
	json_decimal(&json, "run_us", outcome->run_us);
	end_json(&json, outcome->status);
	usage_json(&json, &outcome->usage);
	json_close(&json);
}

static void failure_text(const struct command *command,
			 const struct outcome *outcome)
{
	const struct libspawn_error *error = &outcome->error;

	fprintf(stderr, KEY "%s (%d)\n", "step",
		libspawn_step_name(error->step), (int)error->step);
	if (error->index >= 0)
		fprintf(stderr, KEY "%d\n", "index", (int)error->index);
	fprintf(stderr, KEY "%d (%s)\n", "errno", (int)error->code,
		strerror(error->code));
	if (error->signal != 0)
		fprintf(stderr, KEY "%d\n", "signal", (int)error->signal);
	if (error->backend != 0)
		fprintf(stderr, KEY "%s\n", "backend",
			libspawn_backend_name(error->backend));
	fprintf(stderr, KEY "after %.1f us%s%s\n", "failed", outcome->start_us,
		command->program != NULL ? ", starting " : "",
		command->program != NULL ? command->program : "");
}

static void failure_json(const struct command *command,
			 const struct outcome *outcome, const char *sentence)
{
	const struct libspawn_error *error = &outcome->error;
	struct json json;

	json_open(&json, stderr);
	json_string(&json, "program", command->program);
	json_string(&json, "error", sentence);
	json_string(&json, "step", libspawn_step_name(error->step));
	json_integer(&json, "index", error->index);
	json_integer(&json, "errno", error->code);
	json_integer(&json, "signal", error->signal);
	json_string(&json, "backend",
		    error->backend == 0
			    ? NULL
			    : libspawn_backend_name(error->backend));
	json_decimal(&json, "start_us", outcome->start_us);
	json_close(&json);
}

void report_failure(const struct command *command,
		    const struct outcome *outcome)
{
	char sentence[SENTENCE_MAX];

	explain(sentence, command, &outcome->error);
	if (command->report == REPORT_JSON) {
		failure_json(command, outcome, sentence);
		return;
	}
	fprintf(stderr, "spawn: %s\n", sentence);
	if (command->report == REPORT_TEXT)
		failure_text(command, outcome);
}

void report_success(const struct command *command,
		    const struct outcome *outcome)
{
	if (command->report == REPORT_TEXT)
		success_text(command, outcome);
	else if (command->report == REPORT_JSON)
		success_json(command, outcome);
}

int report_query(FILE *stream, const struct command *command)
{
	const struct libspawn_options *options = &command->options;
	uint32_t backend = LIBSPAWN_BACKEND_CLONE;
	char sentence[SENTENCE_MAX];
	struct libspawn_error error;
	int answer = libspawn_query(options->backend, options, &error);

	if (answer < 0 && answer != -ENOTSUP) {
		explain(sentence, command, &error);
		fprintf(stderr, "spawn: %s\n", sentence);
		return -answer;
	}
	fprintf(stream, "would use: %s\n",
		answer > 0 ? libspawn_backend_name((uint32_t)answer) : "none");
	for (; backend <= LIBSPAWN_BACKEND_FORK; backend++) {
		answer = libspawn_query(backend, options, &error);
		if (answer < 0)
			explain(sentence, command, &error);
		fprintf(stream, "%-12s %s\n", libspawn_backend_name(backend),
			answer < 0 ? sentence : "can");
	}
	return 0;
}
