/* SPDX-License-Identifier: MIT */
/*
 * Just enough JSON for the report. A program's name is any bytes; JSON text is
 * UTF-8, so what is not is replaced.
 */
#define _GNU_SOURCE
#include "json.h"

#include <inttypes.h>

void json_open(struct json *json, FILE *stream)
{
	json->stream = stream;
	json->begun = false;
	fputc('{', stream);
}

void json_key(struct json *json, const char *key)
{
	if (json->begun)
		fputs(", ", json->stream);
	if (key != NULL)
		fprintf(json->stream, "\"%s\": ", key);
	json->begun = true;
}

void json_integer(struct json *json, const char *key, int64_t value)
{
	json_key(json, key);
	fprintf(json->stream, "%" PRId64, value);
}

void json_decimal(struct json *json, const char *key, double value)
{
	json_key(json, key);
	fprintf(json->stream, "%.1f", value);
}

/* Bytes of the character at text if it is well-formed UTF-8, else 0. */
static int utf8_length(const unsigned char *text)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int length = text[0] < 0x80   ? 1
		     : text[0] < 0xc2 ? 0
		     : text[0] < 0xe0 ? 2
		     : text[0] < 0xf0 ? 3
		     : text[0] < 0xf5 ? 4
				      : 0;
	uint32_t point;

	if (length < 2)
		return length;
	point = text[0] & (0x7fu >> length);
	for (int i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text[i] & 0x3fu);
	}
	if (point < least[length] || point > 0x10ffff ||
	    (point >= 0xd800 && point < 0xe000))
		return 0;
	return length;
}

/* Write the character at text; answers how many bytes that took. */
static int put_character(FILE *stream, const unsigned char *text)
{
	int length = utf8_length(text);

	if (length == 0) {
		fputs("\\ufffd", stream);
		return 1;
	}
	if (*text == '"' || *text == '\\')
		fprintf(stream, "\\%c", *text);
	else if (*text < 0x20)
		fprintf(stream, "\\u%04x", *text);
	else
		fwrite(text, 1, (size_t)length, stream);
	return length;
}

void json_string(struct json *json, const char *key, const char *value)
{
	const unsigned char *text = (const unsigned char *)value;

	if (value == NULL) {
		json_null(json, key);
		return;
	}
	json_key(json, key);
	fputc('"', json->stream);
	while (*text != '\0')
		text += put_character(json->stream, text);
	fputc('"', json->stream);
}

void json_null(struct json *json, const char *key)
{
	json_key(json, key);
	fputs("null", json->stream);
}

void json_boolean(struct json *json, const char *key, bool value)
{
	json_key(json, key);
	fputs(value ? "true" : "false", json->stream);
}

static void begin(struct json *json, const char *key, char bracket)
{
	json_key(json, key);
	fputc(bracket, json->stream);
	json->begun = false;
}

static void end(struct json *json, char bracket)
{
	fputc(bracket, json->stream);
	json->begun = true;
}

void json_begin_object(struct json *json, const char *key)
{
	begin(json, key, '{');
}

void json_end_object(struct json *json)
{
	end(json, '}');
}

void json_begin_list(struct json *json, const char *key)
{
	begin(json, key, '[');
}

void json_end_list(struct json *json)
{
	end(json, ']');
}

void json_close(struct json *json)
{
	fputs("}\n", json->stream);
}
