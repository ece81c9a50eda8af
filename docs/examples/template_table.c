/* SPDX-License-Identifier: MIT */
/*
 * A template with a large table: it is made once, takes a while and a lot of
 * memory, and each worker that is forked has it at once. The caller is small,
 * and may have as many threads as it likes.
 *
 *	template_table NUMBER...
 *
 * Says of each number, up to LARGEST, whether it is a prime.
 */
#include <libspawn_workers.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST 20000000ul

/* In the template and its workers; NULL in the caller. */
static unsigned char *composite;

static void sieve(void)
{
	composite = calloc(1, LARGEST + 1);
	if (!composite)
		exit(1);
	composite[0] = composite[1] = 1;
	for (unsigned long n = 2; n * n <= LARGEST; n++)
		if (!composite[n])
			for (unsigned long m = n * n; m <= LARGEST; m += n)
				composite[m] = 1;
}

/* The template: what is expensive, while there is one thread. */
static int be_table(struct libspawn_worker *self)
{
	int status;

	sieve();
	status = libspawn_template_serve(self);
	free(composite);
	return status;
}

/* A worker of it: the number is its data, the answer its status. */
static int look_up(struct libspawn_worker *self)
{
	uint64_t size;
	const void *data = libspawn_worker_data(self, &size);
	unsigned long number;

	if (size != sizeof number)
		return 2;
	memcpy(&number, data, sizeof number);
	return number > LARGEST ? 2 : composite[number];
}

static const struct libspawn_function functions[] = {
	{ .name = "table", .run = be_table },
	{ .name = "look up", .run = look_up },
};

static int complain(const struct libspawn_error *error, const char *function)
{
	char text[256];

	libspawn_worker_explain(text, sizeof text, error, function, NULL);
	fprintf(stderr, "template_table: %s\n", text);
	return 1;
}

static int ask(struct libspawn_worker *table, unsigned long number)
{
	static const char *const answers[] = { "prime", "not prime",
					       "too large" };
	const struct libspawn_worker_how how = {
		.size = sizeof how,
		.data = &number,
		.data_size = sizeof number,
	};
	struct libspawn_worker *worker;
	struct libspawn_error error;
	struct libspawn_status status;

	if (libspawn_template_fork(&worker, table, "look up", &how, 60000,
				   &error))
		return complain(&error, "look up");
	if (libspawn_worker_close(worker, 60000, &status) ||
	    status.end != LIBSPAWN_END_EXITED || status.code > 2)
		return 1;
	printf("%lu: %s\n", number, answers[status.code]);
	return 0;
}

int main(int argc, char *argv[])
{
	int status = libspawn_worker_main(functions, 2);
	struct libspawn_worker *table;
	struct libspawn_error error;

	if (status >= 0)
		return status;
	if (libspawn_worker_start(&table, "table", NULL, &error))
		return complain(&error, "table");
	status = 0;
	for (int n = 1; n < argc && status == 0; n++)
		status = ask(table, strtoul(argv[n], NULL, 10));
	libspawn_worker_close(table, 1000, NULL);
	return status;
}
