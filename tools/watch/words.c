/* SPDX-License-Identifier: MIT */
/*
 * A report says the same few names thousands of times. Kept once, they need no
 * owner, and two are the same if their addresses are.
 */
#define _GNU_SOURCE
#include "words.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096 };

struct word {
	struct word *next;
	char text[];
};

static struct word *buckets[BUCKETS];

static uint32_t hash_of(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

/* Of ASCII, and of the second 32 of Latin-1 in UTF-8: how many bytes, or 0. */
static size_t length_of_control(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;

	if (byte[0] < 0x20 || byte[0] == 0x7f)
		return byte[0] != 0;
	return byte[0] == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0 ? 2 : 0;
}

void make_plain(char *text)
{
	for (; *text != '\0'; text++)
		for (size_t left = length_of_control(text); left > 0; left--)
			text[left - 1] = '?';
}

static bool is_plain(const char *text)
{
	while (*text != '\0' && length_of_control(text) == 0)
		text++;
	return *text == '\0';
}

static const char *keep_plain(const char *text)
{
	struct word **bucket = &buckets[hash_of(text) % BUCKETS];
	struct word *word;
	size_t size;

	for (word = *bucket; word != NULL; word = word->next)
		if (strcmp(word->text, text) == 0)
			return word->text;
	size = strlen(text) + 1;
	word = malloc(sizeof *word + size);
	if (word == NULL)
		return NULL;
	memcpy(word->text, text, size);
	word->next = *bucket;
	*bucket = word;
	return word->text;
}

/* Without memory a name is missing from a report, and nothing else. */
const char *keep_word(const char *text)
{
	const char *kept = NULL;
	char *copy;

	if (text == NULL || is_plain(text))
		return text == NULL ? NULL : keep_plain(text);
	copy = strdup(text);
	if (copy != NULL) {
		make_plain(copy);
		kept = keep_plain(copy);
	}
	free(copy);
	return kept;
}

const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}
