/* SPDX-License-Identifier: MIT */
/*
 * ETXTBSY: a thread writes a program and starts it while children that others
 * have just started still hold it open for writing. With a bound that is large
 * enough no start fails; without one, some do.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apart.h"

#define SPAWNERS 4
/* How long to go on for the first failure, or retry, there must be. */
#define PATIENCE 50000
/* Of the microseconds a child may be kept from its exec by a busy machine. */
#define MINUTE_US 60000000u

static int fresh_wanted = 2000;
static atomic_int stopping;
static char *contents;
static size_t contents_size;

static void read_probe(void)
{
	struct stat st;
	int fd = open(support_probe, O_RDONLY | O_CLOEXEC);
	size_t length = 0;

	assert_int_equal(fstat(fd, &st), 0);
	contents = malloc((size_t)st.st_size);
	assert_non_null(contents);
	while (length < (size_t)st.st_size) {
		ssize_t n = read(fd, contents + length,
				 (size_t)st.st_size - length);

		assert_true(n > 0);
		length += (size_t)n;
	}
	contents_size = length;
	close(fd);
}

static void write_program(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);

	assert_true(fd >= 0);
	for (size_t done = 0; done < contents_size;) {
		ssize_t n = write(fd, contents + done, contents_size - done);

		assert_true(n > 0);
		done += (size_t)n;
	}
	assert_int_equal(close(fd), 0);
}

static void *spawn_until_stopped(void *data)
{
	struct libspawn_options options = plain_options();

	while (!atomic_load(&stopping))
		start_and_reap(&options);
	return data;
}

/* Write and start one. Returns the errno; adds up the retries. */
static int start_fresh(const char *directory, uint32_t *retries, uint32_t bound)
{
	struct libspawn_options options = plain_options();
	struct libspawn_error error = unset_error();
	struct libspawn_process process;
	char path[128];
	int code;

	snprintf(path, sizeof path, "%s/program", directory);
	write_program(path);
	options.flags = LIBSPAWN_BUSY_RETRY;
	options.busy_retry = bound;
	code = libspawn_start(&process, path, exit_argv, &options, &error);
	assert_int_equal(unlink(path), 0);
	if (code) {
		assert_int_equal(code, ETXTBSY);
		assert_int_equal(error.step, LIBSPAWN_STEP_EXEC);
		return code;
	}
	*retries += process.retries;
	assert_int_equal(reap(process.pid), 0);
	return 0;
}

struct tally {
	int started;
	int failed;
	uint32_t retries;
};

/* There has been what there is without this bound, or with it. */
static int has_been_busy(const struct tally *tally, uint32_t bound)
{
	return bound ? runs_slowly() || tally->retries > 0 : tally->failed > 0;
}

static void start_among_others(struct tally *tally, uint32_t bound)
{
	char directory[] = "/tmp/libspawn-busy-XXXXXX";
	pthread_t spawners[SPAWNERS];

	read_probe();
	assert_non_null(mkdtemp(directory));
	for (int n = 0; n < SPAWNERS; n++)
		spawners[n] = start_thread(spawn_until_stopped, NULL);
	memset(tally, 0, sizeof *tally);
	while (tally->started + tally->failed < fresh_wanted ||
	       (!has_been_busy(tally, bound) && tally->started < PATIENCE)) {
		if (start_fresh(directory, &tally->retries, bound))
			tally->failed++;
		else
			tally->started++;
	}
	atomic_store(&stopping, 1);
	for (int n = 0; n < SPAWNERS; n++)
		join_thread(spawners[n]);
	free(contents);
	assert_int_equal(rmdir(directory), 0);
	print_message("%d started, %d failed, %u retries\n", tally->started,
		      tally->failed, tally->retries);
}

static void with_bound_body(void)
{
	struct tally tally;

	start_among_others(&tally, MINUTE_US);
	assert_int_equal(tally.failed, 0);
	assert_true(has_been_busy(&tally, MINUTE_US));
}

static void a_program_just_written_starts(void **state)
{
	(void)state;
	run_apart(with_bound_body);
}

/* The proof that the bound is what does it. */
static void without_bound_body(void)
{
	struct tally tally;

	start_among_others(&tally, 0);
	assert_true(has_been_busy(&tally, 0));
	assert_int_equal(tally.retries, 0);
}

static void without_retries_some_do_not(void **state)
{
	(void)state;
	if (runs_slowly())
		skip_with_reason("too slow to meet another child");
	run_apart(without_bound_body);
}

static const struct CMUnitTest tests[] = {
	TEST(a_program_just_written_starts),
	TEST(without_retries_some_do_not),
};

int main(int argc, char **argv)
{
	skip_false_vfork(argv[1]);
	if (argc > 3)
		fresh_wanted = atoi(argv[3]);
	if (runs_slowly() && fresh_wanted > 100)
		fresh_wanted = 100;
	return support_main(argc, argv, tests, sizeof tests / sizeof *tests);
}
