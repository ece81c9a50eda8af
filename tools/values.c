/* SPDX-License-Identifier: MIT */
/*
 * Reading values. Stricter than strtol(): no blanks, no sign where none
 * belongs, nothing left over, never silently clipped.
 */
#define _GNU_SOURCE
#include "values.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

bool number_is(uint64_t *number, const char *text)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	unsigned long long value;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	value = strtoull(text, &end, hex ? 16 : 10);
	if (errno != 0 || *end != '\0')
		return false;
	*number = value;
	return true;
}

int read_unsigned(struct mistake *mistake, uint64_t *number, const char *text,
		  uint64_t low, uint64_t high)
{
	uint64_t value;

	if (number_is(&value, text) && value >= low && value <= high) {
		*number = value;
		return 0;
	}
	return mistaken(mistake,
			"expected a number from %" PRIu64 " to %" PRIu64, low,
			high);
}

int read_signed(struct mistake *mistake, int32_t *number, const char *text,
		int32_t low, int32_t high)
{
	bool minus = text[0] == '-';
	uint64_t size;
	int64_t value;

	if (number_is(&size, text + minus) && size <= INT32_MAX) {
		value = minus ? -(int64_t)size : (int64_t)size;
		if (value >= low && value <= high) {
			*number = (int32_t)value;
			return 0;
		}
	}
	return mistaken(mistake,
			"expected a number from %" PRId32 " to %" PRId32, low,
			high);
}

int read_fd(struct mistake *mistake, int32_t *fd, const char *text)
{
	uint64_t value;

	if (!number_is(&value, text) || value > INT_MAX)
		return mistaken(mistake, "'%s' is not a descriptor number",
				text);
	*fd = (int32_t)value;
	return 0;
}

/* What survived execve() is not close-on-exec; what options opened is. */
bool was_given(int fd)
{
	return fcntl(fd, F_GETFD) == 0;
}

int read_open_fd(struct mistake *mistake, int32_t *fd, const char *text)
{
	int32_t value;

	if (read_fd(mistake, &value, text))
		return -1;
	if (!was_given(value))
		return mistaken(mistake, "descriptor %s is not open", text);
	*fd = value;
	return 0;
}

int next_word(struct mistake *mistake, char word[WORD_MAX], const char **cursor)
{
	size_t length = strcspn(*cursor, ",");

	if (**cursor == '\0')
		return 0;
	if (length == 0 || length >= WORD_MAX)
		return mistaken(mistake, "a word of the list is %s",
				length == 0 ? "empty" : "too long");
	memcpy(word, *cursor, length);
	word[length] = '\0';
	*cursor += length;
	if (**cursor == ',')
		*cursor += 1;
	return 1;
}

int read_name(struct mistake *mistake, int *number, const char *word,
	      word_number *lookup, int high, const char *noun)
{
	uint64_t value;
	int named = lookup(word);

	if (named < 0 && number_is(&value, word) && value <= (uint64_t)high)
		named = (int)value;
	if (named < 0)
		return mistaken(mistake, "'%s' is not a %s", word, noun);
	*number = named;
	return 0;
}

int read_bits(struct mistake *mistake, uint32_t *bits, const char *list,
	      word_number *lookup, const char *noun)
{
	char word[WORD_MAX];
	int number, more;

	while ((more = next_word(mistake, word, &list)) > 0) {
		if (read_name(mistake, &number, word, lookup, INT32_MAX, noun))
			return -1;
		*bits |= (uint32_t)number;
	}
	return more;
}

int read_time(struct mistake *mistake, int64_t *microseconds, const char *text)
{
	static const char units[] = "smhd";
	static const double seconds[] = { 1, 60, 3600, 86400 };
	const char *unit;
	char *end;
	double time = strtod(text, &end);

	if (end != text && *end != '\0') {
		unit = strchr(units, *end);
		if (unit != NULL && end[1] == '\0') {
			time *= seconds[unit - units];
			end++;
		}
	}
	if (end == text || *end != '\0' || !(time > 0) || time > 1e9)
		return mistaken(mistake, "expected a time above 0: seconds, "
					 "or with a unit, as 2.5, 10m, 1h");
	/* 0 would be none at all. */
	*microseconds = time < 1e-6 ? 1 : (int64_t)(time * 1e6 + 0.5);
	return 0;
}
