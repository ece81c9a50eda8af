/* SPDX-License-Identifier: MIT */
/* One JSON object, written as it comes. */
#ifndef TOOLS_JSON_H
#define TOOLS_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *stream;
	bool begun;
};

void json_open(struct json *json, FILE *stream);
void json_integer(struct json *json, const char *key, int64_t value);
void json_decimal(struct json *json, const char *key, double value);
/* Bytes that are not UTF-8 become U+FFFD; a null pointer becomes null. */
void json_string(struct json *json, const char *key, const char *value);
/* The key, for a value that the caller writes. */
void json_key(struct json *json, const char *key);
void json_null(struct json *json, const char *key);
void json_boolean(struct json *json, const char *key, bool value);
/* What is inside another; in a list the key is NULL. */
void json_begin_object(struct json *json, const char *key);
void json_end_object(struct json *json);
void json_begin_list(struct json *json, const char *key);
void json_end_list(struct json *json);
void json_close(struct json *json);

#endif
