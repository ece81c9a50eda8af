/* SPDX-License-Identifier: MIT */
/*
 * The driver of capture.py: moves bytes through cat and says how long it took.
 *
 *	bench-capture MIB
 *
 * Reads the name of a method from each line of its input, and answers with
 * nanoseconds, from the call until all is moved and every process is reaped.
 *
 *	run       libspawn_run(): from memory through cat into memory
 *	buffer    the same into memory of the caller's, used before
 *	cat-cat   cat FILE | cat > /dev/null
 *	cat-cat-cat
 *	          cat FILE | cat | cat > /dev/null: as many pipes as run has
 *
 * The file is one in memory; all pipes hold as much as those of libspawn_run().
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libspawn.h>

#include "clock.h"

/* Of libspawn_run(), once a pipe was found full. */
enum { PIPE_SIZE = 256 * 1024, CATS_MAX = 3 };

static char cat[] = "cat";
static char *const cat_argv[] = { cat, NULL };
static char *input;
static char *buffer;
static size_t size;
static int file = -1;

static void need(int is_good, const char *what)
{
	if (is_good)
		return;
	perror(what);
	exit(1);
}

/* Bytes without a period, in memory and in a file. */
static void prepare(void)
{
	uint64_t word = 88172645463325252;
	size_t done;

	input = malloc(size);
	buffer = malloc(size);
	file = memfd_create("capture", MFD_CLOEXEC);
	need(input && buffer && file >= 0, "memory");
	for (done = 0; done < size; done += sizeof word) {
		word ^= word << 13;
		word ^= word >> 7;
		word ^= word << 17;
		memcpy(input + done, &word, sizeof word);
	}
	memset(buffer, 1, size);
	for (done = 0; done < size;) {
		ssize_t written = write(file, input + done, size - done);

		need(written > 0, "write");
		done += (size_t)written;
	}
}

/* ---- libspawn_run() ---------------------------------------------------- */

static uint64_t run_cat(void *memory)
{
	const struct libspawn_options options = {
		.size = sizeof options,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
	};
	const struct libspawn_capture capture = {
		.size = sizeof capture,
		.input = { .kind = LIBSPAWN_STREAM_MEMORY,
			   .bytes = input,
			   .size = size },
		.output = { .kind = LIBSPAWN_STREAM_MEMORY,
			    .buffer = memory,
			    .limit = memory ? size : 0 },
		.error = { .kind = LIBSPAWN_STREAM_MEMORY },
	};
	struct libspawn_result result;
	uint64_t begin = now_ns(), end;
	int code =
		libspawn_run(&result, cat, cat_argv, &options, &capture, NULL);

	end = now_ns();
	need(code == 0 && result.output.size == size, "libspawn_run");
	need(memcmp(result.output.bytes, input, size) == 0, "the same bytes");
	libspawn_free(&result);
	return end - begin;
}

/* ---- cat | cat --------------------------------------------------------- */

static void start_cat(struct libspawn_process *process, int from, int to)
{
	const struct libspawn_fd rows[] = {
		{ .child_fd = 0, .kind = LIBSPAWN_FD_FROM, .parent_fd = from },
		{ .child_fd = 1, .kind = LIBSPAWN_FD_FROM, .parent_fd = to },
	};
	const struct libspawn_options options = {
		.size = sizeof options,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
		.fds = rows,
		.fd_count = 2,
	};

	need(libspawn_start(process, cat, cat_argv, &options, NULL) == 0,
	     "libspawn_start");
}

static void make_pipe(int ends[2])
{
	need(pipe2(ends, O_CLOEXEC) == 0, "pipe2");
	need(fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE) >= 0, "F_SETPIPE_SZ");
}

static uint64_t chain_cats(int count)
{
	struct libspawn_process processes[CATS_MAX];
	struct libspawn_status status;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int ends[2] = { -1, -1 };
	int from = file, n;
	uint64_t begin;

	need(null >= 0 && lseek(file, 0, SEEK_SET) == 0, "files");
	begin = now_ns();
	for (n = 0; n < count; n++) {
		ends[1] = null;
		if (n + 1 < count)
			make_pipe(ends);
		start_cat(&processes[n], from, ends[1]);
		if (from != file)
			close(from);
		close(ends[1]);
		from = ends[0];
	}
	for (n = 0; n < count; n++)
		need(libspawn_wait(&processes[n], LIBSPAWN_FOREVER, &status) ==
				     0 &&
			     status.end == LIBSPAWN_END_EXITED &&
			     status.code == 0,
		     "cat");
	return now_ns() - begin;
}

static uint64_t measure(const char *name)
{
	if (strcmp(name, "run") == 0)
		return run_cat(NULL);
	if (strcmp(name, "buffer") == 0)
		return run_cat(buffer);
	if (strcmp(name, "cat-cat") == 0)
		return chain_cats(2);
	if (strcmp(name, "cat-cat-cat") == 0)
		return chain_cats(3);
	fprintf(stderr, "bench-capture: no method %s\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	char line[32];

	size = (size_t)(argc > 1 ? atoi(argv[1]) : 256) << 20;
	need(size > 0, "usage: bench-capture MIB");
	prepare();
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = '\0';
		printf("%lld\n", (long long)measure(line));
		fflush(stdout);
	}
	return 0;
}
