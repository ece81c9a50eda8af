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
	struct libspawn_time_offsets offsets;
	struct libspawn_sched_attr attributes;
	struct libspawn_memory_policy policy;
	struct libspawn_filter filters[2];
	struct libspawn_id_map maps[2];
	struct libspawn_mount mounts[2];
};

/* A pointer is what its lowest byte says; a count is no more than there is. */
#define POINT(field, to) ((field) = (uintptr_t)(field)&1 ? (to) : NULL)
#define COUNT(field, most)                                                     \
	((field) = (field) > 1000000 ? (field) : (field) % ((most) + 1))

static void lend_confinement(struct lent *lent, struct input *input)
{
	input_take(input, &lent->offsets, sizeof lent->offsets);
	input_take(input, &lent->attributes, sizeof lent->attributes);
	input_take(input, &lent->policy, sizeof lent->policy);
	input_take(input, lent->filters, sizeof lent->filters);
	POINT(lent->policy.nodes, lent->numbers);
	COUNT(lent->policy.node_count, 8);
	for (int n = 0; n < 2; n++) {
		POINT(lent->filters[n].instructions, lent->filter);
		COUNT(lent->filters[n].count, 4);
	}
}

static void lend_sandbox(struct lent *lent, struct input *input)
{
	input_take(input, lent->maps, sizeof lent->maps);
	input_take(input, lent->mounts, sizeof lent->mounts);
	for (int n = 0; n < 2; n++) {
		POINT(lent->mounts[n].target, lent->texts[0]);
		POINT(lent->mounts[n].source, lent->texts[1]);
		POINT(lent->mounts[n].type, lent->texts[2]);
		POINT(lent->mounts[n].data, lent->texts[3]);
	}
}

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
	lend_confinement(lent, input);
	lend_sandbox(lent, input);
}

static void take_back(struct lent *lent)
{
	for (int n = 0; n < 4; n++) {
		free(lent->texts[n]);
		free_list(lent->lists[n]);
	}
}

static void point_confinement(struct libspawn_options *options,
			      struct lent *lent)
{
	POINT(options->hostname, lent->texts[0]);
	POINT(options->domainname, lent->texts[1]);
	POINT(options->pid_variable, lent->texts[3]);
	POINT(options->exec_label, lent->texts[2]);
	POINT(options->session_keyring, lent->texts[3]);
	POINT(options->time_offsets, &lent->offsets);
	POINT(options->sched_attr, &lent->attributes);
	POINT(options->memory_policy, &lent->policy);
	POINT(options->filters, lent->filters);
	POINT(options->id_maps, lent->maps);
	POINT(options->mounts, lent->mounts);
	COUNT(options->filter_count, 2);
	COUNT(options->id_map_count, 2);
	COUNT(options->mount_count, 2);
}

static void point(struct libspawn_options *options, struct lent *lent)
{
	POINT(options->search_list, lent->texts[0]);
	POINT(options->cwd, lent->texts[1]);
	POINT(options->root, lent->texts[2]);
	POINT(options->search_default, lent->texts[3]);
	POINT(options->env, lent->lists[0]);
	POINT(options->env_unset, lent->lists[1]);
	POINT(options->env_set, lent->lists[2]);
	POINT(options->search_paths, lent->lists[3]);
	POINT(options->fds, lent->rows);
	POINT(options->groups, lent->numbers);
	POINT(options->cpus, lent->numbers);
	POINT(options->rlimits, lent->limits);
	POINT(options->namespaces, lent->descriptors);
	POINT(options->keep_fds, lent->descriptors);
	POINT(options->seccomp, lent->filter);
	POINT(options->terminal_window, &lent->window);
	options->terminal_modes = NULL;
	COUNT(options->fd_count, ROWS);
	COUNT(options->group_count, 8);
	COUNT(options->cpu_count, 8);
	COUNT(options->rlimit_count, 3);
	COUNT(options->namespace_count, 4);
	COUNT(options->keep_count, 4);
	COUNT(options->seccomp_count, 4);
	point_confinement(options, lent);
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
	/* It is whole, and says so. */
	DEMAND(how.size == sizeof how);
	DEMAND(memcmp((char *)&how + sizeof size, given + sizeof size,
		      size - sizeof size) == 0);
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
