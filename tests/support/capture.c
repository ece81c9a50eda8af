/* SPDX-License-Identifier: MIT */
/* Running the worker and looking at what came of it. See capture.h. */
#define _GNU_SOURCE
#include "capture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The worker fills by blocks of this size. */
enum { PATTERN_SIZE = 128 * 1024 };

const char *worker_path(void)
{
	static char path[4200];
	const char *slash = strrchr(support_probe, '/');

	snprintf(path, sizeof path, "%.*s/worker", (int)(slash - support_probe),
		 support_probe);
	return path;
}

char *const *worker_argv(struct words *words, const char *commands)
{
	char *rest = words->text;
	size_t count = 1;

	words->argv[0] = (char *)(uintptr_t) "worker";
	assert_true(strlen(commands) < sizeof words->text);
	strcpy(words->text, commands);
	while (count < WORDS_MAX - 1 &&
	       (words->argv[count] = strsep(&rest, " ")))
		count += words->argv[count][0] != '\0';
	words->argv[count] = NULL;
	return words->argv;
}

static struct libspawn_options under_test(const struct libspawn_options *given)
{
	struct libspawn_options options = { OPTIONS };

	if (given)
		options = *given;
	options.backend = support_backend;
	return options;
}

void run_worker(struct libspawn_result *result,
		const struct libspawn_options *given,
		const struct libspawn_capture *capture, const char *commands)
{
	struct libspawn_options options = under_test(given);
	struct libspawn_error error = { 0 };
	struct words words;
	int code = libspawn_run(result, worker_path(),
				worker_argv(&words, commands), &options,
				capture, &error);

	if (code)
		print_error("step %s, index %d, %s\n",
			    libspawn_step_name(error.step), error.index,
			    strerror(code));
	assert_int_equal(code, 0);
	assert_int_equal(result->process.backend, support_backend);
	assert_int_equal(result->process.pidfd, -1);
}

void fail_worker(const struct libspawn_options *given,
		 const struct libspawn_capture *capture, const char *commands,
		 int code, int step, int index)
{
	struct libspawn_options options = under_test(given);
	struct libspawn_result result, untouched;
	struct libspawn_error error = { 0 };
	struct words words;

	memset(&result, 0x5a, sizeof result);
	memset(&untouched, 0x5a, sizeof untouched);
	worker_argv(&words, commands);
	errno = 4711;
	assert_int_equal(libspawn_run(&result, worker_path(), words.argv,
				      &options, capture, &error),
			 code);
	assert_int_equal(errno, 4711);
	assert_int_equal(error.code, code);
	assert_int_equal(error.step, step);
	assert_int_equal(error.index, index);
	assert_memory_equal(&result, &untouched, sizeof result);
}

void assert_captured(const struct libspawn_captured *captured, const char *text)
{
	assert_non_null(captured->bytes);
	assert_string_equal(captured->bytes, text);
	assert_int_equal(captured->size, strlen(text));
	assert_int_equal(captured->total, strlen(text));
}

void assert_exited(const struct libspawn_status *status, int code)
{
	assert_int_equal(status->end, LIBSPAWN_END_EXITED);
	assert_int_equal(status->code, code);
}

void assert_killed(const struct libspawn_status *status, int number)
{
	assert_int_equal(status->end, LIBSPAWN_END_KILLED);
	assert_int_equal(status->code, number);
}

static char pattern_at(size_t n)
{
	return (char)(((uint64_t)(n % PATTERN_SIZE) * 2654435761u) >> 13);
}

char *make_pattern(size_t size)
{
	char *bytes = malloc(size);

	assert_non_null(bytes);
	for (size_t n = 0; n < size; n++)
		bytes[n] = pattern_at(n);
	return bytes;
}

void assert_pattern(const void *bytes, size_t size)
{
	const char *byte = bytes;
	size_t n = 0;

	while (n < size && byte[n] == pattern_at(n))
		n++;
	assert_int_equal(n, size);
}

long resident(const char *name)
{
	char line[128];
	long kib = -1;
	FILE *file = fopen("/proc/self/status", "re");

	assert_non_null(file);
	while (fgets(line, sizeof line, file))
		if (strncmp(line, name, strlen(name)) == 0)
			kib = atol(line + strlen(name));
	fclose(file);
	return kib;
}

/* It is a child of nobody's, or ours if we are a subreaper. */
void end_left(const struct libspawn_result *result)
{
	pid_t pid = atoi(result->error.bytes);

	assert_true(pid > 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
