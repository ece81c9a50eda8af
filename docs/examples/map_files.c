/* SPDX-License-Identifier: MIT */
/*
 * A parallel map over files: each worker counts the words of one file at a
 * time. A file that kills its worker, as some do to decoders, costs its own
 * result and no other.
 *
 *	map_files FILE...
 */
#include <ctype.h>
#include <libspawn_workers.h>
#include <stdio.h>
#include <string.h>

enum { WORKERS = 4 };

struct counts {
	unsigned long words;
	unsigned long lines;
};

/* In a worker, once for each file. */
static int count_file(void *context, const struct libspawn_message *task,
		      struct libspawn_message *result)
{
	static struct counts counts;
	FILE *file = fopen(task->bytes, "r");
	int before = ' ';
	int c;

	(void)context;
	if (!file)
		return 1;
	memset(&counts, 0, sizeof counts);
	while ((c = getc(file)) != EOF) {
		counts.lines += c == '\n';
		counts.words += !isspace(c) && isspace(before);
		before = c;
	}
	fclose(file);
	result->bytes = &counts;
	result->size = sizeof counts;
	return 0;
}

static int count_files(struct libspawn_worker *self)
{
	return libspawn_worker_serve(self, count_file, NULL);
}

static const struct libspawn_function functions[] = {
	{ .name = "count files", .run = count_files },
};

static void print_outcome(const struct libspawn_outcome *outcome,
			  char *const *names)
{
	const char *name = names[outcome->tag];
	struct counts counts;

	if (outcome->kind == LIBSPAWN_OUTCOME_RESULT) {
		memcpy(&counts, outcome->bytes, sizeof counts);
		printf("%s: %lu words, %lu lines\n", name, counts.words,
		       counts.lines);
	} else if (outcome->kind == LIBSPAWN_OUTCOME_FAILED) {
		printf("%s: can't be read\n", name);
	} else {
		printf("%s: its worker ended (%d)\n", name,
		       (int)outcome->status.code);
	}
}

/* One more file if there is room for it; then what has come of another. */
static void map_files(struct libspawn_pool *pool, char *const *names, int count)
{
	struct libspawn_outcome outcome;
	int given = 0;

	for (;;) {
		while (given < count) {
			struct libspawn_message task = {
				.bytes = names[given],
				.size = strlen(names[given]) + 1,
				.tag = (uint64_t)given,
			};

			if (libspawn_pool_submit(pool, &task, 0))
				break;
			given++;
		}
		if (libspawn_pool_collect(pool, &outcome, LIBSPAWN_FOREVER))
			break;
		print_outcome(&outcome, names);
	}
}

int main(int argc, char *argv[])
{
	int status = libspawn_worker_main(functions, 1);
	struct libspawn_pool_how how = {
		.size = sizeof how,
		.flags = LIBSPAWN_POOL_IN_ORDER,
		.function = "count files",
		.workers = WORKERS,
		.task_timeout_ms = 60000,
	};
	struct libspawn_pool *pool;
	struct libspawn_error error;
	char text[256];

	if (status >= 0)
		return status;
	if (libspawn_pool_open(&pool, &how, &error)) {
		libspawn_worker_explain(text, sizeof text, &error, how.function,
					NULL);
		fprintf(stderr, "%s\n", text);
		return 1;
	}
	map_files(pool, argv + 1, argc - 1);
	libspawn_pool_close(pool, 1000);
	return 0;
}
