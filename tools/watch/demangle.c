/* SPDX-License-Identifier: MIT */
/*
 * The part of the Itanium C++ ABI's names (section 5.1) that says where a
 * function or variable is. What is beyond it stays as the linker has it.
 */
#define _GNU_SOURCE
#include "demangle.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	const char *at;
	char *text;
	size_t size;
	size_t length;
};

static void add(struct reader *reader, const char *text, size_t length)
{
	if (reader->length + length >= reader->size)
		length = reader->size - reader->length - 1;
	memcpy(reader->text + reader->length, text, length);
	reader->length += length;
	reader->text[reader->length] = '\0';
}

static void add_text(struct reader *reader, const char *text)
{
	add(reader, text, strlen(text));
}

static bool skip(struct reader *reader, const char *text)
{
	size_t length = strlen(text);

	if (strncmp(reader->at, text, length) != 0)
		return false;
	reader->at += length;
	return true;
}

/* "6worker" */
static bool read_word(struct reader *reader)
{
	char *end;
	size_t length = strtoul(reader->at, &end, 10);

	if (end == reader->at || length > strlen(end))
		return false;
	if (strncmp(end, "_GLOBAL__N_1", 12) == 0)
		add_text(reader, "(anonymous namespace)");
	else
		add(reader, end, length);
	reader->at = end + length;
	return true;
}

/* What is between I and E, which may hold more of them. */
static bool skip_template(struct reader *reader)
{
	int depth = 0;

	if (*reader->at != 'I')
		return true;
	for (; *reader->at != '\0'; reader->at++) {
		if (strchr("ILNX", *reader->at) != NULL)
			depth++;
		else if (*reader->at == 'E' && --depth == 0)
			break;
		else if (*reader->at >= '1' && *reader->at <= '9') {
			char *end;
			size_t length = strtoul(reader->at, &end, 10);

			if (length > strlen(end))
				return false;
			reader->at = end + length - 1;
		}
	}
	if (*reader->at != 'E')
		return false;
	reader->at++;
	add_text(reader, "<>");
	return true;
}

/* A constructor or destructor has the name of its class, which is last. */
static bool read_special(struct reader *reader)
{
	char class[256];
	size_t start = reader->length;
	bool ends = *reader->at == 'D';

	if ((reader->at[0] != 'C' && !ends) || reader->at[1] < '0' ||
	    reader->at[1] > '5' || start < 2)
		return false;
	reader->at += 2;
	while (start > 2 && reader->text[start - 3] != ':')
		start--;
	snprintf(class, sizeof class, "%.*s", (int)(reader->length - start),
		 reader->text + start - 2);
	add_text(reader, ends ? "~" : "");
	add_text(reader, class);
	return true;
}

/* "N4pool6worker3runE" */
static bool read_nested(struct reader *reader)
{
	bool is_first = true;

	while (skip(reader, "K") || skip(reader, "V"))
		continue;
	while (!skip(reader, "E")) {
		if (skip(reader, "St"))
			add_text(reader, "std");
		else {
			if (!is_first)
				add_text(reader, "::");
			skip(reader, "L");
			if (!read_word(reader) && !read_special(reader))
				return false;
			if (!skip_template(reader))
				return false;
		}
		is_first = false;
	}
	return true;
}

static bool read_name(struct reader *reader)
{
	if (skip(reader, "N"))
		return read_nested(reader);
	if (skip(reader, "St"))
		add_text(reader, "std::");
	skip(reader, "L");
	return read_word(reader) && skip_template(reader);
}

/* A static of a function: "Z", the function, "E", the variable. */
static bool read_local(struct reader *reader)
{
	const char *end;

	if (!read_name(reader))
		return false;
	end = strchr(reader->at, 'E');
	if (end == NULL)
		return false;
	reader->at = end + 1;
	add_text(reader, "()::");
	return read_word(reader);
}

static bool read_all(struct reader *reader)
{
	if (!skip(reader, "_Z"))
		return false;
	if (skip(reader, "GV"))
		add_text(reader, "guard variable of ");
	if (skip(reader, "Z"))
		return read_local(reader);
	return read_name(reader);
}

void demangle(char *plain, size_t size, const char *name)
{
	struct reader reader = { .at = name, .text = plain, .size = size };

	plain[0] = '\0';
	if (!read_all(&reader))
		snprintf(plain, size, "%s", name);
}
