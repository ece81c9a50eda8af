/* SPDX-License-Identifier: MIT */
/*
 * One start with a list of many elements, for work.py, which counts what it
 * takes. Without arguments this is the program that is started.
 *
 * usage: many LIST COUNT
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libspawn.h>

enum { MOST = 65536, NAME_SIZE = 16 };

static struct libspawn_fd rows[MOST];
static uint32_t cpus[LIBSPAWN_CPUS_MAX];
static char names[MOST][NAME_SIZE];
static char *variables[MOST + 1];
static char directories[MOST * NAME_SIZE];
static int32_t parent_end;

/* A number below count for each n: none twice, and far from in order. */
static uint32_t mixed(uint32_t n, uint32_t count)
{
	return (uint32_t)(((uint64_t)n * 7919) % count);
}

/*
 * A pipe, which the others must not name; the rest of them where the copies of
 * the directory and the pipe of the report would otherwise go.
 */
static void fill_rows(struct libspawn_options *options, uint32_t count)
{
	uint32_t n;

	for (n = 0; n < count; n++) {
		rows[n].kind = LIBSPAWN_FD_FROM;
		rows[n].child_fd = (int32_t)(3 + mixed(n, count));
	}
	rows[0].kind = LIBSPAWN_FD_PIPE_WRITE;
	rows[0].parent_end = &parent_end;
	options->fds = rows;
	options->fd_count = count;
	options->cwd_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	options->flags |= LIBSPAWN_CWD_FD;
}

/* As many are set anew as there are. */
static void fill_environment(struct libspawn_options *options, uint32_t count)
{
	uint32_t n;

	for (n = 0; n < count; n++) {
		snprintf(names[n], NAME_SIZE, "N%u=", mixed(n, count));
		variables[n] = names[n];
	}
	options->env = variables;
	options->env_set = variables;
}

static void fill_search(struct libspawn_options *options, uint32_t count)
{
	char *end = directories;
	uint32_t n;

	for (n = 1; n < count; n++)
		end += sprintf(end, "/none/%u:", n);
	strcpy(end, "/proc/self");
	options->search = LIBSPAWN_SEARCH_LIST;
	options->search_list = directories;
}

/* More than the machine has are none of it. */
static void fill_cpus(struct libspawn_options *options, uint32_t count)
{
	uint32_t n;

	for (n = 0; n < count && n < LIBSPAWN_CPUS_MAX; n++)
		cpus[n] = n;
	options->cpus = cpus;
	options->cpu_count = n;
}

static const struct list {
	const char *name;
	void (*fill)(struct libspawn_options *options, uint32_t count);
} lists[] = {
	{ "rows", fill_rows },
	{ "environment", fill_environment },
	{ "search", fill_search },
	{ "processors", fill_cpus },
};

static int start(const struct list *list, uint32_t count)
{
	struct libspawn_options options = { .size = sizeof options };
	struct libspawn_process process;
	struct libspawn_error error;
	char program[] = "exe";
	char *const argv[] = { program, NULL };
	char text[256];

	list->fill(&options, count);
	if (libspawn_start(&process,
			   options.search ? program : "/proc/self/exe", argv,
			   &options, &error)) {
		libspawn_explain(text, sizeof text, &error, program, argv,
				 &options);
		fprintf(stderr, "many: %s\n", text);
		return 1;
	}
	return libspawn_wait(&process, LIBSPAWN_FOREVER, NULL);
}

int main(int argc, char **argv)
{
	uint32_t count;
	size_t n;

	if (argc < 3)
		return 0;
	count = (uint32_t)strtoul(argv[2], NULL, 10);
	for (n = 0; n < sizeof lists / sizeof lists[0]; n++)
		if (strcmp(argv[1], lists[n].name) == 0 && count <= MOST)
			return start(&lists[n], count);
	return 2;
}
