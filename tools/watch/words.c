/* SPDX-License-Identifier: MIT */
/*
 * A report says the same few names thousands of times. Kept once, they need no
 * owner, and two are the same if their addresses are.
 */
#include "words.h"

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

/* Without memory a name is missing from a report, and nothing else. */
const char *keep_word(const char *text)
{
	struct word **bucket, *word;
	size_t size;

	if (text == NULL)
		return NULL;
	bucket = &buckets[hash_of(text) % BUCKETS];
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

const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}
