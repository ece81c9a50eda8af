/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run_plan.h"
#include "setting.h"

enum { OPS_MAX = 16 };

char *probe_path;
struct launch *launch;
struct plan plan;
char *argv_of_plan[4];
void (*before_run)(void);
int without_pipe;
char text[65536];
struct report records[RECORDS_MAX];
size_t record_count;
pid_t child_pid;
int status;

static char print_word[] = "print";

int run_plan_set_up(void **state)
{
	(void)state;
	memset(launch, 0, sizeof *launch);
	memset(&plan, 0, sizeof plan);
	memset(argv_of_plan, 0, sizeof argv_of_plan);
	before_run = NULL;
	without_pipe = 0;
	return 0;
}

static size_t read_all(int fd, void *buffer, size_t size)
{
	size_t used = 0;
	ssize_t got;

	while ((got = read(fd, (char *)buffer + used, size - used)) > 0)
		used += (size_t)got;
	close(fd);
	return used;
}

/* Far from the numbers that the tests use. */
static void make_pipe(int ends[2])
{
	int pair[2];

	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	for (int i = 0; i < 2; i++) {
		ends[i] = fcntl(pair[i], F_DUPFD_CLOEXEC, 40);
		assert_true(ends[i] >= 40);
		close(pair[i]);
	}
}

void run_plan(const struct op *ops, size_t count)
{
	int output[2], report[2];

	make_pipe(output);
	make_pipe(report);
	plan.ops = ops;
	plan.op_count = (uint32_t)count;
	plan.argv = argv_of_plan;
	plan.env = environ;
	plan.argc = 0;
	while (argv_of_plan[plan.argc])
		plan.argc++;
	launch->plan = &plan;
	memset(&launch->report, 0, sizeof launch->report);
	launch->announced = 0;
	launch->report_fd = without_pipe ? -1 : report[1];
	child_pid = fork();
	if (child_pid == 0) {
		dup2(output[1], 1);
		if (before_run)
			before_run();
		libspawn__child_run(launch);
	}
	close(output[1]);
	close(report[1]);
	text[read_all(output[0], text, sizeof text - 1)] = 0;
	record_count =
		read_all(report[0], records, sizeof records) / sizeof *records;
	assert_int_equal(waitpid(child_pid, &status, 0), child_pid);
}

void run_probe(const char *group, const struct op *ops, size_t count)
{
	static char group_word[32];
	struct op all[OPS_MAX];

	assert_true(count < OPS_MAX);
	memcpy(all, ops, count * sizeof *ops);
	all[count] = (struct op){ .kind = OP_EXEC, .data = probe_path };
	snprintf(group_word, sizeof group_word, "%s", group);
	argv_of_plan[0] = probe_path;
	argv_of_plan[1] = print_word;
	argv_of_plan[2] = group_word;
	run_plan(all, count + 1);
}

const char *seen(const char *key)
{
	static char value[1024];
	size_t length = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, length) || line[length] != '=')
			continue;
		snprintf(value, sizeof value, "%.*s",
			 (int)strcspn(line + length + 1, "\n"),
			 line + length + 1);
		return value;
	}
	print_error("no %s in:\n%s(code %d of operation %u)\n", key, text,
		    launch->report.code, launch->report.op);
	fail();
	return NULL;
}

void assert_seen(const char *key, const char *wanted)
{
	assert_string_equal(seen(key), wanted);
	assert_int_equal(status, 0);
	assert_int_equal(launch->report.code, 0);
	assert_int_equal(launch->report.state, CHILD_EXECUTES);
	assert_true(record_count > 0);
	assert_memory_equal(&records[record_count - 1], &launch->report,
			    sizeof launch->report);
}

void assert_failed(uint32_t op, int code, uint32_t state)
{
	assert_int_equal(launch->report.op, op);
	assert_int_equal(launch->report.code, code);
	assert_int_equal(launch->report.state, state);
	assert_true(record_count > 0);
	assert_memory_equal(&records[record_count - 1], &launch->report,
			    sizeof launch->report);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 127);
}

int run_plan_main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s PROBE\n", argv[0]);
		return 2;
	}
	setting_reset_signals();
	probe_path = setting_public_program(argv[1]);
	if (!probe_path)
		return 2;
	launch = mmap(NULL, sizeof *launch, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return launch == MAP_FAILED ? 2 : 0;
}
