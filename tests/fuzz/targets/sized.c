/* SPDX-License-Identifier: MIT */
/*
 * A struct that tells its size, of any size and with anything in it: no byte
 * beyond is read, what is not known is refused, and the answer is one that the
 * header names. Its pointers lead to lists and strings of the input, or are
 * NULL; no process is created.
 */
#include "input.h"

#include <errno.h>
#include <stddef.h>

#include <libspawn.h>

#include "request/options.h"
#include "request/sized.h"

enum { LARGEST = 600, ROWS = 6 };

/* What the pointers of one struct lead to. */
struct lent {
	struct libspawn_fd rows[ROWS];
	struct libspawn_rlimit limits[3];
	struct libspawn_bpf filter[4];
	struct libspawn_window window;
	uint32_t numbers[8];
	int32_t descriptors[4];
	char *texts[4];
	char **lists[4];
	int32_t ends[ROWS];
};

static void lend(struct lent *lent, struct input *input)
{
	input_take(input, lent->rows, sizeof lent->rows);
	input_take(input, lent->limits, sizeof lent->limits);
	input_take(input, lent->filter, sizeof lent->filter);
	input_take(input, &lent->window, sizeof lent->window);
	input_take(input, lent->numbers, sizeof lent->numbers);
	input_take(input, lent->descriptors, sizeof lent->descriptors);
	for (int n = 0; n < 4; n++)
		lent->texts[n] = input_string(input);
	for (int n = 0; n < 4; n++)
		lent->lists[n] = input_list(input);
	for (int n = 0; n < ROWS; n++) {
		uintptr_t bits = (uintptr_t)lent->rows[n].path;

		lent->rows[n].path =
			bits & 1 ? lent->texts[bits >> 1 & 3] : NULL;
		lent->rows[n].parent_end = bits & 8 ? &lent->ends[n] : NULL;
	}
}

static void take_back(struct lent *lent)
{
	for (int n = 0; n < 4; n++) {
		free(lent->texts[n]);
		free_list(lent->lists[n]);
	}
}

/* A pointer is what its lowest byte says; a count is no more than there is. */
#define POINT(field, to)                                                       \
	(options->field = (uintptr_t)options->field & 1 ? (to) : NULL)
#define COUNT(field, most)                                                     \
	(options->field = options->field > 1000000                             \
				  ? options->field                             \
				  : options->field % ((most) + 1))

static void point(struct libspawn_options *options, struct lent *lent)
{
	POINT(search_list, lent->texts[0]);
	POINT(cwd, lent->texts[1]);
	POINT(root, lent->texts[2]);
	POINT(search_default, lent->texts[3]);
	POINT(env, lent->lists[0]);
	POINT(env_unset, lent->lists[1]);
	POINT(env_set, lent->lists[2]);
	POINT(search_paths, lent->lists[3]);
	POINT(fds, lent->rows);
	POINT(groups, lent->numbers);
	POINT(cpus, lent->numbers);
	POINT(rlimits, lent->limits);
	POINT(namespaces, lent->descriptors);
	POINT(keep_fds, lent->descriptors);
	POINT(seccomp, lent->filter);
	POINT(terminal_window, &lent->window);
	options->terminal_modes = NULL;
	COUNT(fd_count, ROWS);
	COUNT(group_count, 8);
	COUNT(cpu_count, 8);
	COUNT(rlimit_count, 3);
	COUNT(namespace_count, 4);
	COUNT(keep_count, 4);
	COUNT(seccomp_count, 4);
}

static int is_zero(const unsigned char *bytes, size_t size)
{
	while (size > 0 && bytes[size - 1] == 0)
		size--;
	return size == 0;
}

/* As openat2(2) has it, said once more. */
static int judge_size(const unsigned char *given, uint32_t told, size_t known)
{
	if (told < sizeof told)
		return -EINVAL;
	if (told > 4096 ||
	    (told > known && !is_zero(given + known, told - known)))
		return -E2BIG;
	return 0;
}

static void check_copy(const unsigned char *given, uint32_t told)
{
	struct libspawn_stop_how how;
	uint32_t size;
	int code = libspawn__sized_copy(&how, sizeof how, given, sizeof size);

	DEMAND(code == judge_size(given, told, sizeof how));
	if (code)
		return;
	size = told < sizeof how ? told : sizeof how;
	DEMAND(memcmp((char *)&how, given, size) == 0);
	DEMAND(is_zero((unsigned char *)&how + size, sizeof how - size));
}

static void ask(const struct libspawn_options *options)
{
	struct libspawn_error error;
	struct libspawn_error again;
	char text[300];
	int answer = libspawn_query(0, options, &error);

	DEMAND(answer > 0 ? answer <= LIBSPAWN_BACKEND_FORK : answer < 0);
	if (answer > 0)
		return;
	DEMAND(error.code == -answer);
	DEMAND(error.step > 0 && error.step < LIBSPAWN_STEP_COUNT);
	DEMAND(error.index >= -1);
	DEMAND(libspawn_query(0, options, &again) == answer);
	DEMAND(memcmp(&error, &again, sizeof error) == 0);
	DEMAND(libspawn_explain(text, sizeof text, &error, "program", NULL,
				NULL) > 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	uint16_t told;
	struct lent lent = { .ends = { 0 } };
	unsigned char bytes[LARGEST] = { 0 };
	unsigned char *given;
	uint32_t room;

	input_take(&input, &told, sizeof told);
	told %= LARGEST + 100;
	room = told > LARGEST ? LARGEST : told;
	input_take(&input, bytes, sizeof bytes);
	lend(&lent, &input);
	point((struct libspawn_options *)bytes, &lent);
	*(uint32_t *)bytes = told > LARGEST ? 5000 : told;
	/* At least the size itself is there to be read. */
	given = malloc(room < 4 ? 4 : room);
	memcpy(given, bytes, room < 4 ? 4 : room);
	/* Half a pointer leads nowhere: that would be the caller's fault. */
	if (room > 8)
		memset(given + (room & ~7u), 0, room & 7);
	check_copy(given, *(uint32_t *)bytes);
	ask((const struct libspawn_options *)given);
	free(given);
	take_back(&lent);
	return 0;
}
