/* SPDX-License-Identifier: MIT */
/*
 * What confines a program, beside ids, limits and namespaces: names and clocks
 * of new namespaces, personality, speculation, label, keyring, traits of its
 * memory.
 */
#define _GNU_SOURCE
#include "names.h"
#include "setters.h"
#include "values.h"

#include <stdlib.h>
#include <string.h>

int set_hostname(struct command *command, char *value)
{
	command->options.hostname = value;
	return 0;
}

int set_domainname(struct command *command, char *value)
{
	command->options.domainname = value;
	return 0;
}

int set_exec_label(struct command *command, char *value)
{
	command->options.exec_label = value;
	return 0;
}

int set_keyring(struct command *command, char *value)
{
	command->options.session_keyring = value == NULL ? "" : value;
	return 0;
}

/* ---- Lists of KEY=VALUE ------------------------------------------------ */

/* Cut the next word at its '='; what is left without one is NULL. */
static int next_pair(struct command *command, char word[WORD_MAX], char **value,
		     const char **cursor)
{
	int more = next_word(&command->mistake, word, cursor);
	char *cut = more > 0 ? strchr(word, '=') : NULL;

	*value = NULL;
	if (cut != NULL) {
		*cut = '\0';
		*value = cut + 1;
	}
	return more;
}

/* Seconds, below 0 too, with up to nine decimals that count upwards. */
static bool seconds_are(int64_t *seconds, uint32_t *nanoseconds, char *text)
{
	const char *digits = text + (*text == '-');
	char padded[] = "000000000";
	char *point = strchr(text, '.');
	uint64_t whole, part;
	size_t places;

	if (point != NULL) {
		places = strlen(point + 1);
		if (places == 0 || places > 9)
			return false;
		memcpy(padded, point + 1, places);
		*point = '\0';
	}
	if (!number_is(&whole, digits) || whole > INT64_MAX)
		return false;
	part = strtoull(padded, &point, 10);
	if (*point != '\0')
		return false;
	*seconds = *text == '-' ? -(int64_t)whole : (int64_t)whole;
	if (*text == '-' && part != 0) {
		*seconds -= 1;
		part = 1000000000 - part;
	}
	*nanoseconds = (uint32_t)part;
	return true;
}

int set_time_offset(struct command *command, char *value)
{
	struct libspawn_time_offsets *offsets = &command->time_offsets;
	const char *cursor = value;
	char word[WORD_MAX];
	char *text;
	int more;

	while ((more = next_pair(command, word, &text, &cursor)) > 0) {
		bool monotonic = strcmp(word, "monotonic") == 0;

		if ((!monotonic && strcmp(word, "boottime") != 0) ||
		    text == NULL ||
		    !seconds_are(monotonic ? &offsets->monotonic_s
					   : &offsets->boottime_s,
				 monotonic ? &offsets->monotonic_ns
					   : &offsets->boottime_ns,
				 text))
			return complain(command, "expected a list like "
						 "monotonic=60,boottime=-1.5");
	}
	command->options.time_offsets = offsets;
	return more;
}

/* ---- Which system, which memory ---------------------------------------- */

/* personality(2) */
static const struct name personality_names[] = {
	{ "linux", 0 },
	{ "linux32", 0x8 },
	{ "uname26", 0x20000 },
	{ "addr-no-randomize", 0x40000 },
	{ "fdpic-funcptrs", 0x80000 },
	{ "mmap-page-zero", 0x100000 },
	{ "addr-compat-layout", 0x200000 },
	{ "read-implies-exec", 0x400000 },
	{ "addr-limit-32bit", 0x800000 },
	{ "short-inode", 0x1000000 },
	{ "whole-seconds", 0x2000000 },
	{ "sticky-timeouts", 0x4000000 },
	{ "addr-limit-3gb", 0x8000000 },
	{ NULL, 0 },
};

static int personality_number(const char *name)
{
	return name_number(personality_names, name);
}

int set_personality(struct command *command, char *value)
{
	return read_bits(&command->mistake, &command->options.personality,
			 value, personality_number, "personality");
}

/* LIBSPAWN_MEMORY_... */
static const struct name trait_names[] = {
	{ "no-exec-gain", LIBSPAWN_MEMORY_NO_EXEC_GAIN },
	{ "no-huge-pages", LIBSPAWN_MEMORY_NO_HUGE_PAGES },
	{ "merge", LIBSPAWN_MEMORY_MERGE },
	{ "coredump-filter", LIBSPAWN_MEMORY_COREDUMP_FILTER },
	{ NULL, 0 },
};

int set_memory(struct command *command, char *value)
{
	struct libspawn_options *options = &command->options;
	const char *cursor = value;
	char word[WORD_MAX];
	uint64_t filter;
	char *text;
	int more;

	while ((more = next_pair(command, word, &text, &cursor)) > 0) {
		int trait = name_number(trait_names, word);
		bool takes = trait == LIBSPAWN_MEMORY_COREDUMP_FILTER;

		if (trait < 0 || takes != (text != NULL))
			return complain(command,
					"expected a list of no-exec-gain, "
					"no-huge-pages, merge, "
					"coredump-filter=N");
		if (takes && read_unsigned(&command->mistake, &filter, text, 0,
					   UINT32_MAX))
			return -1;
		if (takes)
			options->coredump_filter = (uint32_t)filter;
		options->memory_traits |= (uint32_t)trait;
	}
	return more;
}

/* ---- The processor ----------------------------------------------------- */

/* PR_SPEC_...: of which kind, and how. prctl(2) */
static const struct name kind_names[] = {
	{ "store-bypass", 0 },
	{ "indirect-branch", 1 },
	{ "l1d-flush", 2 },
	{ NULL, 0 },
};
static const struct name control_names[] = {
	{ "on", 2 },
	{ "off", 4 },
	{ "force-off", 8 },
	{ NULL, 0 },
};

int set_speculation(struct command *command, char *value)
{
	const char *cursor = value;
	char word[WORD_MAX];
	char *text;
	int more;

	while ((more = next_pair(command, word, &text, &cursor)) > 0) {
		int kind = name_number(kind_names, word);
		int control =
			text == NULL ? -1 : name_number(control_names, text);

		if (kind < 0 || control < 0)
			return complain(command,
					"expected a list like "
					"store-bypass=off,indirect-branch="
					"force-off,l1d-flush=on");
		command->options.speculation[kind] = (uint32_t)control;
	}
	return more;
}

int set_tsc(struct command *command, char *value)
{
	if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
		return complain(command, "expected on or off");
	command->options.tsc = strcmp(value, "on") == 0 ? 1 : 2;
	return 0;
}
