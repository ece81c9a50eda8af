/* SPDX-License-Identifier: MIT */
/* Attributes of scheduling, by the names that sched_setattr(2) has for them. */
#define _GNU_SOURCE
#include "names.h"
#include "setters.h"
#include "values.h"

#include <stddef.h>
#include <string.h>

/* SCHED_FLAG_... */
static const struct name flag_names[] = {
	{ "reset-on-fork", 1 }, { "reclaim", 2 },      { "dl-overrun", 4 },
	{ "keep-policy", 8 },	{ "keep-params", 16 }, { NULL, 0 },
};

/* A member that is a number, and the flag without which it does not count. */
static const struct member {
	const char *name;
	size_t offset;
	bool wide;
	uint32_t flag;
} members[] = {
#define MEMBER(text, field, wide, flag)                                        \
	{                                                                      \
		text, offsetof(struct libspawn_sched_attr, field), wide, flag  \
	}
	MEMBER("priority", priority, false, 0),
	MEMBER("runtime", runtime, true, 0),
	MEMBER("deadline", deadline, true, 0),
	MEMBER("period", period, true, 0),
	MEMBER("util-min", util_min, false, 0x20),
	MEMBER("util-max", util_max, false, 0x40),
};

static int set_number(struct command *command, const char *name,
		      const char *text)
{
	struct libspawn_sched_attr *attr = &command->sched_attr;
	const struct member *end = members + sizeof members / sizeof *members;
	const struct member *member = members;
	uint64_t number;
	uint32_t narrow;
	char *place;

	while (member < end && strcmp(member->name, name) != 0)
		member++;
	if (member == end)
		return complain(command, "'%s' is no attribute", name);
	if (read_unsigned(&command->mistake, &number, text, 0,
			  member->wide ? UINT64_MAX : UINT32_MAX))
		return -1;
	place = (char *)attr + member->offset;
	narrow = (uint32_t)number;
	memcpy(place, member->wide ? (void *)&number : (void *)&narrow,
	       member->wide ? sizeof number : sizeof narrow);
	attr->flags |= member->flag;
	return 0;
}

/* One word: a flag, or NAME=VALUE. */
static int set_attribute(struct command *command, char *word)
{
	struct libspawn_sched_attr *attr = &command->sched_attr;
	char *cut = strchr(word, '=');
	int number;

	if (cut == NULL) {
		number = name_number(flag_names, word);
		if (number < 0)
			return complain(command, "'%s' is no flag", word);
		attr->flags |= (uint64_t)number;
		return 0;
	}
	*cut = '\0';
	if (strcmp(word, "nice") == 0)
		return read_signed(&command->mistake, &attr->nice, cut + 1, -20,
				   19);
	if (strcmp(word, "policy") != 0)
		return set_number(command, word, cut + 1);
	if (read_name(&command->mistake, &number, cut + 1, policy_number,
		      INT32_MAX, "scheduling policy"))
		return -1;
	attr->policy = (uint32_t)number;
	return 0;
}

int set_sched_attr(struct command *command, char *value)
{
	const char *cursor = value;
	char word[WORD_MAX];
	int more;

	while ((more = next_word(&command->mistake, word, &cursor)) > 0)
		if (set_attribute(command, word))
			return -1;
	command->options.sched_attr = &command->sched_attr;
	return more;
}
