/* SPDX-License-Identifier: MIT */
/*
 * The bytes that libFuzzer gives a target, taken piece by piece: what there is
 * none left of is 0 or empty. Strings and lists are in memory of their own, of
 * exactly their size, so that the address sanitizer sees who reads beyond.
 */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_LIST = 24 };

struct input {
	const uint8_t *at;
	size_t left;
};

/* What libFuzzer takes for a finding. */
#define DEMAND(what)                                                           \
	do {                                                                   \
		if (!(what)) {                                                 \
			fprintf(stderr, "not so: %s\n", #what);                \
			__builtin_trap();                                      \
		}                                                              \
	} while (0)

static inline void input_take(struct input *input, void *to, size_t size)
{
	size_t got = size < input->left ? size : input->left;

	memset(to, 0, size);
	if (got > 0)
		memcpy(to, input->at, got);
	input->at += got;
	input->left -= got;
}

static inline uint8_t input_byte(struct input *input)
{
	uint8_t byte;

	input_take(input, &byte, 1);
	return byte;
}

/* Up to the next NUL or the end. */
static inline char *input_string(struct input *input)
{
	size_t length = strnlen((const char *)input->at, input->left);
	char *text = malloc(length + 1);

	DEMAND(text);
	input_take(input, text, length);
	text[length] = '\0';
	input_byte(input);
	return text;
}

/* NULL, or a list with its NULL at the end; a byte says how long. */
static inline char **input_list(struct input *input)
{
	size_t count = input_byte(input) % (LONGEST_LIST + 2);
	char **list;

	if (count == LONGEST_LIST + 1)
		return NULL;
	list = calloc(count + 1, sizeof *list);
	DEMAND(list);
	for (size_t n = 0; n < count; n++)
		list[n] = input_string(input);
	return list;
}

static inline void free_list(char **list)
{
	for (size_t n = 0; list && list[n]; n++)
		free(list[n]);
	free(list);
}

#endif
