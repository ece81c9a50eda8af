/* SPDX-License-Identifier: MIT */
/* Much more than any pipe or bound holds, in both directions. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture.h"

/* Of SHA-256 in hexadecimal. */
enum { SUM_LENGTH = 64 };

/* What part of it is done. */
static unsigned share = 1;

static void ten_gigabytes_meet_a_bound_of_one_megabyte(void **state)
{
	const uint64_t total = UINT64_C(10240) * MIB / share;
	const struct libspawn_capture capture = {
		CAPTURE,
		.output = { .kind = LIBSPAWN_STREAM_MEMORY, .limit = MIB },
	};
	struct libspawn_result result;
	char commands[64];
	long before = resident("VmRSS:");

	(void)state;
	snprintf(commands, sizeof commands, "fill 1 %llu exit 3",
		 (unsigned long long)total);
	run_worker(&result, NULL, &capture, commands);
	assert_exited(&result.status, 3);
	assert_int_equal(result.output.size, MIB);
	assert_int_equal(result.output.total, total);
	assert_pattern(result.output.bytes, MIB);
	assert_int_equal(result.flags, LIBSPAWN_RUN_OUTPUT_CUT);
	if (!support_is_instrumented())
		assert_true(resident("VmHWM:") - before < 10 * 1024);
	libspawn_free(&result);
}

/* Without a period: no block of it can stand for another. */
static char *make_noise(size_t size)
{
	uint64_t *words = malloc(size);
	uint64_t word = 88172645463325252;

	assert_non_null(words);
	for (size_t n = 0; n < size / sizeof *words; n++) {
		word ^= word << 13;
		word ^= word >> 7;
		word ^= word << 17;
		words[n] = word;
	}
	return (char *)words;
}

static int write_file(const char *bytes, size_t size)
{
	int fd = memfd_create("flood", MFD_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t done = 0; done < size;) {
		ssize_t written = write(fd, bytes + done, size - done);

		assert_true(written > 0);
		done += (size_t)written;
	}
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static int run_named(struct libspawn_result *result, const char *name,
		     const struct libspawn_capture *capture)
{
	char *const argv[] = { (char *)(uintptr_t)name, NULL };
	const struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
	};

	return libspawn_run(result, name, argv, &options, capture, NULL);
}

/* With nothing to read, before there is anything that a skip would leave. */
static void need_program(const char *name)
{
	const struct libspawn_capture capture = {
		CAPTURE,
		.input = { .kind = LIBSPAWN_STREAM_NULL },
		.output = TO_MEMORY,
	};
	struct libspawn_result result;
	int code = run_named(&result, name, &capture);

	if (code == ENOENT)
		skip_with_reason("there is no %s here", name);
	assert_int_equal(code, 0);
	libspawn_free(&result);
}

static void run_well(struct libspawn_result *result, const char *name,
		     const struct libspawn_capture *capture)
{
	assert_int_equal(run_named(result, name, capture), 0);
	assert_exited(&result->status, 0);
	assert_int_equal(result->process.backend, support_backend);
	assert_int_equal(result->flags, 0);
}

/* By a program that reads them from a file: none of it passes through here. */
static void sum_by_program(char sum[SUM_LENGTH + 1], const char *bytes,
			   size_t size)
{
	const struct libspawn_capture capture = {
		CAPTURE,
		.input = { .kind = LIBSPAWN_STREAM_FD,
			   .fd = write_file(bytes, size) },
		.output = TO_MEMORY,
	};
	struct libspawn_result result;

	run_well(&result, "sha256sum", &capture);
	assert_true(result.output.size > SUM_LENGTH);
	memcpy(sum, result.output.bytes, SUM_LENGTH);
	sum[SUM_LENGTH] = '\0';
	assert_int_equal(strspn(sum, "0123456789abcdef"), SUM_LENGTH);
	libspawn_free(&result);
	close(capture.input.fd);
}

static void a_quarter_of_a_gigabyte_goes_both_ways_through_cat(void **state)
{
	const size_t size = (size_t)256 * MIB / share;
	struct libspawn_capture capture = {
		CAPTURE,
		.output = { .kind = LIBSPAWN_STREAM_MEMORY, .limit = size },
	};
	struct libspawn_result result;
	char sum_in[SUM_LENGTH + 1], sum_out[SUM_LENGTH + 1];
	char *bytes;
	long before;

	(void)state;
	need_program("cat");
	need_program("sha256sum");
	bytes = make_noise(size);
	before = resident("VmRSS:");
	capture.input = (struct libspawn_input)FROM_MEMORY(bytes, size);
	run_well(&result, "cat", &capture);
	if (!support_is_instrumented())
		assert_true(resident("VmHWM:") - before < 264 * 1024);
	assert_int_equal(result.input_size, size);
	assert_int_equal(result.output.size, size);
	sum_by_program(sum_in, bytes, size);
	sum_by_program(sum_out, result.output.bytes, size);
	print_message("%zu MiB, SHA-256 in  %s\n%zu MiB, SHA-256 out %s\n",
		      size / MIB, sum_in, size / MIB, sum_out);
	assert_string_equal(sum_out, sum_in);
	assert_memory_equal(result.output.bytes, bytes, size);
	libspawn_free(&result);
	free(bytes);
}

static const struct CMUnitTest tests[] = {
	/* In this order: the peak of memory is that of both. */
	TEST(ten_gigabytes_meet_a_bound_of_one_megabyte),
	TEST(a_quarter_of_a_gigabyte_goes_both_ways_through_cat),
};

/* flood BACKEND PROBE [PART]: an eighth, where each byte is looked at. */
int main(int argc, char **argv)
{
	if (argc > 3)
		share = (unsigned)atoi(argv[3]);
	if (support_is_instrumented() && share < 8)
		share = 8;
	return support_main(argc, argv, tests, sizeof tests / sizeof *tests);
}
