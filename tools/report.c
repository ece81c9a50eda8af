/* SPDX-License-Identifier: MIT */
/*
 * The report: what libspawn says of the start and the end of the program, as
 * lines for a person or as one JSON object for a program.
 */
#define _GNU_SOURCE
#include "report.h"
#include "trial.h"
#include "json.h"
#include "kernel.h"
#include "names.h"
#include "piece.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

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
	{ LIBSPAWN_FALLBACK_GROUPS, "groups" },
	{ LIBSPAWN_FALLBACK_WAITED, "waited" },
};

/* The options as they are written, or those of one of the programs. */
static void explain(char text[SENTENCE_MAX], const struct command *command,
		    const struct libspawn_error *error, bool is_of_stage)
{
	const struct libspawn_stage *stage = command->stages.items;

	if (stage == NULL || !is_of_stage) {
		libspawn_explain(text, SENTENCE_MAX, error, command->program,
				 command->argv, &command->options);
		return;
	}
	stage += error->stage;
	libspawn_explain(text, SENTENCE_MAX, error, stage->program, stage->argv,
			 stage->options);
}

static const char *program_of(const struct command *command, size_t stage)
{
	const struct libspawn_stage *stages = command->stages.items;

	return stages == NULL ? command->program : stages[stage].program;
}

static void print_fallbacks(FILE *stream, uint32_t bits, const char *quote,
			    const char *separator)
{
	const char *between = "";

	for (size_t i = 0; i < sizeof fallbacks / sizeof *fallbacks; i++) {
		if ((bits & fallbacks[i].bit) == 0)
			continue;
		fprintf(stream, "%s%s%s%s", between, quote, fallbacks[i].name,
			quote);
		between = separator;
	}
}

static void print_end(FILE *stream, const struct libspawn_status *status)
{
	const char *name;

	if (status->end == LIBSPAWN_END_EXITED) {
		fprintf(stream, KEY "status %d\n", "exit", (int)status->code);
		return;
	}
	name = signal_name(status->code);
	fprintf(stream, KEY "killed by %s%s (signal %d)%s\n", "exit",
		name != NULL ? "SIG" : "a signal", name != NULL ? name : "",
		(int)status->code,
		status->flags & LIBSPAWN_STATUS_CORE ? ", core dumped" : "");
}

static void print_usage(FILE *stream, const struct libspawn_status *status)
{
	fprintf(stream, KEY "user %.3f ms, system %.3f ms\n", "processor",
		(double)status->user_us / 1e3, (double)status->system_us / 1e3);
	fprintf(stream, KEY "%" PRIu64 " KiB at most\n", "memory",
		status->max_rss_kib);
	fprintf(stream, KEY "%" PRIu64 " minor, %" PRIu64 " major\n", "faults",
		status->minor_faults, status->major_faults);
	fprintf(stream, KEY "%" PRIu64 " voluntary, %" PRIu64 " involuntary\n",
		"switches", status->voluntary_switches,
		status->involuntary_switches);
}

static void success_text(FILE *stream, const struct command *command,
			 const struct outcome *outcome)
{
	const struct libspawn_process *process = &outcome->process;

	fprintf(stream, "spawn: %s\n" KEY "%d%s\n" KEY "%s\n",
		program_of(command, outcome->told), "pid", (int)process->pid,
		process->pidfd >= 0 ? ", held by a pidfd" : "", "backend",
		libspawn_backend_name(process->backend));
	fprintf(stream, KEY "in %.1f us, %u retries, fallbacks: ", "started",
		outcome->start_us, process->retries);
	print_fallbacks(stream, process->fallbacks, "", ", ");
	fprintf(stream, "%s\n" KEY "%.3f ms\n",
		process->fallbacks == 0 ? "none" : "", "ran",
		outcome->run_us / 1e3);
	print_end(stream, &outcome->status);
	print_usage(stream, &outcome->status);
}

static void usage_json(struct json *json, const struct libspawn_status *status)
{
	json_integer(json, "user_us", (int64_t)status->user_us);
	json_integer(json, "system_us", (int64_t)status->system_us);
	json_integer(json, "max_rss_kib", (int64_t)status->max_rss_kib);
	json_integer(json, "minor_faults", (int64_t)status->minor_faults);
	json_integer(json, "major_faults", (int64_t)status->major_faults);
	json_integer(json, "voluntary_switches",
		     (int64_t)status->voluntary_switches);
	json_integer(json, "involuntary_switches",
		     (int64_t)status->involuntary_switches);
}

static void end_json(struct json *json, const struct outcome *outcome)
{
	const struct libspawn_status *status = &outcome->status;

	if (status->end == LIBSPAWN_END_EXITED) {
		json_integer(json, "exit_status", status->code);
		json_null(json, "signal");
	} else {
		json_null(json, "exit_status");
		json_integer(json, "signal", status->code);
	}
	json_boolean(json, "timed_out", outcome->timed_out);
}

static void success_json(FILE *stream, const struct command *command,
			 const struct outcome *outcome)
{
	const struct libspawn_process *process = &outcome->process;
	struct json json;

	json_open(&json, stream);
	json_string(&json, "program", program_of(command, outcome->told));
	json_integer(&json, "pid", process->pid);
	json_boolean(&json, "pidfd", process->pidfd >= 0);
	json_string(&json, "backend", libspawn_backend_name(process->backend));
	json_decimal(&json, "start_us", outcome->start_us);
	json_integer(&json, "retries", process->retries);
	json_key(&json, "fallbacks");
	fputc('[', stream);
	print_fallbacks(stream, process->fallbacks, "\"", ", ");
	fputc(']', stream);
	json_decimal(&json, "run_us", outcome->run_us);
	end_json(&json, outcome);
	usage_json(&json, &outcome->status);
	json_close(&json);
}

static void failure_text(FILE *stream, const struct command *command,
			 const struct outcome *outcome)
{
	const struct libspawn_error *error = &outcome->error;
	const char *program = program_of(command, error->stage);

	fprintf(stream, KEY "%s (%d)\n", "step",
		libspawn_step_name(error->step), (int)error->step);
	if (error->index >= 0)
		fprintf(stream, KEY "%d\n", "index", (int)error->index);
	fprintf(stream, KEY "%d (%s)\n", "errno", (int)error->code,
		strerror(error->code));
	if (error->signal != 0)
		fprintf(stream, KEY "%d\n", "signal", (int)error->signal);
	if (error->backend != 0)
		fprintf(stream, KEY "%s\n", "backend",
			libspawn_backend_name(error->backend));
	fprintf(stream, KEY "after %.1f us%s%s\n", "failed", outcome->start_us,
		program != NULL ? ", starting " : "",
		program != NULL ? program : "");
}

static void failure_json(FILE *stream, const struct command *command,
			 const struct outcome *outcome, const char *sentence)
{
	const struct libspawn_error *error = &outcome->error;
	struct json json;

	json_open(&json, stream);
	json_string(&json, "program", program_of(command, error->stage));
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
	struct piece piece;

	explain(sentence, command, &outcome->error, !outcome->is_of_files);
	if (piece_begin(&piece))
		return;
	if (command->report == REPORT_JSON)
		failure_json(piece.stream, command, outcome, sentence);
	else
		fprintf(piece.stream, "spawn: %s\n", sentence);
	if (command->report == REPORT_TEXT)
		failure_text(piece.stream, command, outcome);
	piece_end(&piece);
}

int report_success(const struct command *command, const struct outcome *outcome)
{
	struct piece piece;

	if (command->report == REPORT_NONE)
		return 0;
	if (piece_begin(&piece))
		return ENOMEM;
	if (command->report == REPORT_TEXT)
		success_text(piece.stream, command, outcome);
	else
		success_json(piece.stream, command, outcome);
	return piece_end(&piece);
}

int report_query(FILE *stream, const struct command *command)
{
	const struct libspawn_options *options = &command->options;
	uint32_t backend = LIBSPAWN_BACKEND_CLONE;
	char sentence[SENTENCE_MAX];
	struct libspawn_error error;
	int answer = libspawn_query(options->backend, options, &error);

	if (answer < 0 && answer != -ENOTSUP) {
		explain(sentence, command, &error, false);
		fprintf(stderr, "spawn: %s\n", sentence);
		return -answer;
	}
	fprintf(stream, "would use: %s\n",
		answer > 0 ? libspawn_backend_name((uint32_t)answer) : "none");
	for (; backend <= LIBSPAWN_BACKEND_FORK; backend++) {
		answer = libspawn_query(backend, options, &error);
		if (answer < 0)
			explain(sentence, command, &error, false);
		fprintf(stream, "%-12s %s\n", libspawn_backend_name(backend),
			answer < 0 ? sentence : "can");
	}
	report_kernel(stream, command);
	print_trial(stream, command);
	return 0;
}
