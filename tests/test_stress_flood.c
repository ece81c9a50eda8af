/* SPDX-License-Identifier: MIT */
/* Much more than any pipe or bound holds, in both directions. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"

enum { MIB = 1 << 20 };

/* The sanitizers and valgrind do a tenth of it. */
static int share(void)
{
	return support_is_instrumented() ? 10 : 1;
}

/* The most memory that was ever resident, or is now, in KiB. */
static long resident(const char *name)
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

static void ten_gigabytes_meet_a_bound_of_one_megabyte(void **state)
{
	const uint64_t total = UINT64_C(10240) * MIB / (unsigned)share();
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
	if (share() == 1)
		assert_true(resident("VmHWM:") - before < 2 * 1024);
	libspawn_free(&result);
}

static void a_quarter_of_a_gigabyte_goes_both_ways(void **state)
{
	const size_t size = (size_t)256 * MIB / (unsigned)share();
	char *bytes = make_pattern(size);
	const struct libspawn_capture capture = {
		CAPTURE,
		.input = { .kind = LIBSPAWN_STREAM_MEMORY,
			   .bytes = bytes,
			   .size = size },
		.output = { .kind = LIBSPAWN_STREAM_MEMORY, .limit = size },
	};
	struct libspawn_result result;
	long before = resident("VmRSS:");

	(void)state;
	run_worker(&result, NULL, &capture, "copy exit 4");
	assert_exited(&result.status, 4);
	assert_int_equal(result.output.size, size);
	assert_memory_equal(result.output.bytes, bytes, size);
	assert_int_equal(result.flags, 0);
	if (share() == 1)
		assert_true(resident("VmHWM:") - before < 257 * 1024);
	libspawn_free(&result);
	free(bytes);
}

static const struct CMUnitTest tests[] = {
	/* In this order: the peak of memory is that of both. */
	TEST(ten_gigabytes_meet_a_bound_of_one_megabyte),
	TEST(a_quarter_of_a_gigabyte_goes_both_ways),
};

TEST_MAIN(tests)
