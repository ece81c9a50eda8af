/* SPDX-License-Identifier: MIT */
/*
 * What `spawn --report=json` prints of any bytes: JSON text in UTF-8, which
 * says what they say, with U+FFFD for each byte that is no part of UTF-8.
 */
#define _GNU_SOURCE
#include "input.h"

#include "json.h"

enum { REPLACEMENT = 0xfffd, NONE = -1 };

/* ---- UTF-8, decoded by a table of what may follow ---------------------- */

/* The character at text and its length; NONE if it is not well-formed. */
static long decode(const unsigned char *text, size_t left, size_t *length)
{
	unsigned char low, high;
	long point = text[0];
	size_t more = point < 0x80   ? 0
		      : point < 0xc2 ? 9
		      : point < 0xe0 ? 1
		      : point < 0xf0 ? 2
		      : point < 0xf5 ? 3
				     : 9;

	*length = 1;
	if (more == 0)
		return point;
	if (more == 9 || more >= left)
		return NONE;
	low = point == 0xe0 ? 0xa0 : point == 0xf0 ? 0x90 : 0x80;
	high = point == 0xed ? 0x9f : point == 0xf4 ? 0x8f : 0xbf;
	point &= 0x3f >> more;
	for (size_t n = 1; n <= more; n++) {
		if (text[n] < low || text[n] > high)
			return NONE;
		low = 0x80;
		high = 0xbf;
		point = point << 6 | (text[n] & 0x3f);
	}
	*length = more + 1;
	return point;
}

/* ---- A string of JSON: RFC 8259, 7 ------------------------------------- */

struct text {
	const unsigned char *at;
	size_t left;
};

static void expect(struct text *json, const char *what)
{
	size_t length = strlen(what);

	DEMAND(json->left >= length);
	DEMAND(memcmp(json->at, what, length) == 0);
	json->at += length;
	json->left -= length;
}

static long read_hex(struct text *json)
{
	char digits[5] = "";

	DEMAND(json->left >= 4);
	memcpy(digits, json->at, 4);
	DEMAND(strspn(digits, "0123456789abcdef") == 4);
	json->at += 4;
	json->left -= 4;
	return strtol(digits, NULL, 16);
}

static long read_escaped(struct text *json)
{
	expect(json, "\\");
	DEMAND(json->left > 0);
	if (*json->at == 'u') {
		expect(json, "u");
		return read_hex(json);
	}
	DEMAND(*json->at == '"' || *json->at == '\\');
	json->left--;
	return *json->at++;
}

static long read_character(struct text *json)
{
	size_t length;
	long point;

	DEMAND(json->left > 0);
	if (*json->at == '\\')
		return read_escaped(json);
	DEMAND(*json->at >= 0x20 && *json->at != '"');
	point = decode(json->at, json->left, &length);
	DEMAND(point != NONE);
	json->at += length;
	json->left -= length;
	return point;
}

static void compare(struct text *json, const unsigned char *value)
{
	size_t left = strlen((const char *)value);

	expect(json, "{\"n\": 7, \"key\": \"");
	while (left > 0) {
		size_t length;
		long point = decode(value, left, &length);

		DEMAND(read_character(json) ==
		       (point == NONE ? REPLACEMENT : point));
		value += length;
		left -= length;
	}
	expect(json, "\", \"d\": 1.5, \"none\": null}\n");
	DEMAND(json->left == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	char *value = input_string(&input);
	char *printed = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&printed, &length);
	struct json json;
	struct text text;

	DEMAND(stream);
	json_open(&json, stream);
	json_integer(&json, "n", 7);
	json_string(&json, "key", value);
	json_decimal(&json, "d", 1.5);
	json_string(&json, "none", NULL);
	json_close(&json);
	fclose(stream);
	text = (struct text){ (unsigned char *)printed, length };
	compare(&text, (unsigned char *)value);
	free(printed);
	free(value);
	return 0;
}
