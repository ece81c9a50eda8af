/* SPDX-License-Identifier: MIT */
/*
 * Limits and scheduling, in the manner of prlimit(1), nice(1), chrt(1),
 * taskset(1) and ionice(1); nice values are absolute.
 */
#define _GNU_SOURCE
#include "names.h"
#include "setters.h"
#include "values.h"

#include <stdlib.h>
#include <string.h>

/* prio in ioprio_set(2): class << 13 | level */
#define IO_CLASS_SHIFT 13

/* Cut "LEFT<separator>RIGHT" in two copies; right is empty without one. */
static int split(struct command *command, char left[WORD_MAX],
		 char right[WORD_MAX], const char *value, char separator)
{
	const char *cut = strchr(value, separator);
	size_t length = cut == NULL ? strlen(value) : (size_t)(cut - value);

	if (length >= WORD_MAX || strlen(value + length) > WORD_MAX)
		return complain(command, "the value is too long");
	memcpy(left, value, length);
	left[length] = '\0';
	strcpy(right, cut == NULL ? "" : cut + 1);
	return 0;
}

/* A number with K, M, G or T behind it, of 1024 each; not clipped. */
static bool size_is(uint64_t *size, const char *text)
{
	static const char units[] = "KMGT";
	size_t length = strlen(text);
	const char *unit = length > 1 ? strchr(units, text[length - 1]) : NULL;
	char digits[WORD_MAX];
	unsigned int shift;
	uint64_t number;

	if (unit == NULL)
		return number_is(size, text);
	shift = 10 * (unsigned int)(unit - units + 1);
	memcpy(digits, text, length);
	digits[length - 1] = '\0';
	if (!number_is(&number, digits) || number > UINT64_MAX >> shift)
		return false;
	*size = number << shift;
	return true;
}

static int read_limit(struct command *command, uint64_t *limit,
		      const char *text)
{
	if (strcmp(text, "unlimited") == 0 || strcmp(text, "infinity") == 0)
		*limit = LIBSPAWN_RLIMIT_INFINITY;
	else if (!size_is(limit, text))
		return complain(command, "'%s' is not a limit", text);
	return 0;
}

/* SOFT:HARD, SOFT: and :HARD (the other stays), or one value for both. */
static int read_limits(struct command *command, struct libspawn_rlimit *row,
		       const char *value)
{
	bool pair = strchr(value, ':') != NULL;
	char soft[WORD_MAX], hard[WORD_MAX];

	if (split(command, soft, hard, value, ':'))
		return -1;
	if (*soft == '\0' && *hard == '\0')
		return complain(command, "expected RESOURCE=SOFT:HARD");
	if (!pair)
		strcpy(hard, soft);
	if (*soft == '\0')
		row->flags |= LIBSPAWN_RLIMIT_KEEP_SOFT;
	else if (read_limit(command, &row->soft, soft))
		return -1;
	if (*hard == '\0')
		row->flags |= LIBSPAWN_RLIMIT_KEEP_HARD;
	else if (read_limit(command, &row->hard, hard))
		return -1;
	return 0;
}

int set_rlimit(struct command *command, char *value)
{
	char resource[WORD_MAX], limits[WORD_MAX];
	struct libspawn_rlimit *row;
	int number;

	if (split(command, resource, limits, value, '=') ||
	    read_name(&command->mistake, &number, resource, resource_number,
		      INT32_MAX, "resource"))
		return -1;
	row = list_add(command, &command->rlimits, sizeof *row);
	if (row == NULL)
		return -1;
	row->resource = number;
	return read_limits(command, row, limits);
}

int set_umask(struct command *command, char *value)
{
	unsigned long mode;
	char *end;

	mode = strtoul(value, &end, 8);
	if (*value < '0' || *value > '7' || *end != '\0' || mode > 0777)
		return complain(command, "expected an octal mode up to 0777");
	command->options.umask = (uint32_t)mode;
	return 0;
}

int set_nice(struct command *command, char *value)
{
	return read_signed(&command->mistake, &command->options.nice, value,
			   -20, 19);
}

int set_sched(struct command *command, char *value)
{
	struct libspawn_options *options = &command->options;
	char policy[WORD_MAX], priority[WORD_MAX];
	int number;

	if (split(command, policy, priority, value, ':') ||
	    read_name(&command->mistake, &number, policy, policy_number,
		      INT32_MAX,
		      "scheduling policy (other, batch, idle, fifo, rr)"))
		return -1;
	options->sched_policy = number;
	options->sched_priority = 0;
	if (*priority == '\0')
		return 0;
	return read_signed(&command->mistake, &options->sched_priority,
			   priority, 0, 99);
}

/* One word of a list of numbers: one, or FIRST-LAST. */
static int add_numbers(struct command *command, struct list *list,
		       const char *word, uint32_t most)
{
	char low[WORD_MAX], high[WORD_MAX];
	uint64_t first, last;
	uint32_t *number;

	if (split(command, low, high, word, '-'))
		return -1;
	if (strchr(word, '-') == NULL)
		strcpy(high, low);
	if (!number_is(&first, low) || !number_is(&last, high) ||
	    first > last || last >= most)
		return complain(command, "expected a list like 0-3,5");
	for (; first <= last; first++) {
		number = list_add(command, list, sizeof *number);
		if (number == NULL)
			return -1;
		*number = (uint32_t)first;
	}
	return 0;
}

int read_numbers(struct command *command, struct list *list, const char *value,
		 uint32_t most)
{
	const char *cursor = value;
	char word[WORD_MAX];
	int more;

	if (*value == '\0')
		return complain(command, "expected a list like 0-3,5");
	while ((more = next_word(&command->mistake, word, &cursor)) > 0)
		if (add_numbers(command, list, word, most))
			return -1;
	return more;
}

int set_cpus(struct command *command, char *value)
{
	return read_numbers(command, &command->cpus, value, LIBSPAWN_CPUS_MAX);
}

/* MPOL_...: set_mempolicy(2) */
static const struct name memory_policies[] = {
	{ "default", 0 },
	{ "preferred", 1 },
	{ "bind", 2 },
	{ "interleave", 3 },
	{ "local", 4 },
	{ "preferred-many", 5 },
	{ "weighted-interleave", 6 },
	{ NULL, 0 },
};

static int memory_policy_number(const char *name)
{
	return name_number(memory_policies, name);
}

int set_memory_policy(struct command *command, char *value)
{
	struct libspawn_memory_policy *policy = &command->memory_policy;
	char mode[WORD_MAX], nodes[WORD_MAX];
	int number;

	if (split(command, mode, nodes, value, ':') ||
	    read_name(&command->mistake, &number, mode, memory_policy_number,
		      INT32_MAX,
		      "memory policy (default, preferred, bind, interleave, "
		      "local)"))
		return -1;
	policy->mode = (uint32_t)number;
	command->nodes.count = 0;
	command->options.memory_policy = policy;
	if (strchr(value, ':') == NULL)
		return 0;
	return read_numbers(command, &command->nodes, nodes,
			    LIBSPAWN_NODES_MAX);
}

int set_ionice(struct command *command, char *value)
{
	char class_word[WORD_MAX], level_word[WORD_MAX];
	int32_t level = 0;
	int io_class;

	if (split(command, class_word, level_word, value, ':') ||
	    read_name(&command->mistake, &io_class, class_word, io_class_number,
		      3, "class (none, realtime, best-effort, idle)"))
		return -1;
	if (*level_word != '\0' &&
	    read_signed(&command->mistake, &level, level_word, 0, 7))
		return -1;
	command->options.io_priority =
		(uint32_t)io_class << IO_CLASS_SHIFT | (uint32_t)level;
	return 0;
}

int set_oom_score_adj(struct command *command, char *value)
{
	return read_signed(&command->mistake, &command->options.oom_score_adj,
			   value, -1000, 1000);
}

int set_timer_slack(struct command *command, char *value)
{
	return read_unsigned(&command->mistake, &command->options.timer_slack,
			     value, 0, UINT64_MAX);
}
