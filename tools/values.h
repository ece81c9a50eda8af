/* SPDX-License-Identifier: MIT */
/* Reading values: numbers, comma-separated words, names that are numbers. */
#ifndef TOOLS_VALUES_H
#define TOOLS_VALUES_H

#include "mistake.h"

#include <stdbool.h>
#include <stdint.h>

/* Longest word in a list of words, with its NUL. */
#define WORD_MAX 128

/* A whole decimal (or 0x hexadecimal) number and nothing after it. */
bool number_is(uint64_t *number, const char *text);

/* The same as an option's value: 0, or -1 with a complaint. */
int read_unsigned(struct mistake *mistake, uint64_t *number, const char *text,
		  uint64_t low, uint64_t high);
int read_signed(struct mistake *mistake, int32_t *number, const char *text,
		int32_t low, int32_t high);
int read_fd(struct mistake *mistake, int32_t *fd, const char *text);
/* A descriptor that spawn was started with. */
int read_open_fd(struct mistake *mistake, int32_t *fd, const char *text);
bool was_given(int fd);

/* Seconds, with decimals, and a unit as timeout(1) has them. */
int read_time(struct mistake *mistake, int64_t *microseconds, const char *text);

/* The next word up to a comma: 1 with the word, 0 at the end, -1 on error. */
int next_word(struct mistake *mistake, char word[WORD_MAX],
	      const char **cursor);

/* A name's number, or -1. */
typedef int word_number(const char *word);

/* A name by lookup, or a number up to high. */
int read_name(struct mistake *mistake, int *number, const char *word,
	      word_number *lookup, int high, const char *noun);
/* A list of such names or numbers: their bits, added to those. */
int read_bits(struct mistake *mistake, uint32_t *bits, const char *list,
	      word_number *lookup, const char *noun);

#endif
