/* SPDX-License-Identifier: MIT */
/* Options about watching forks. */
#define _GNU_SOURCE
#include "setters.h"
#include "values.h"

#include <string.h>

/* Nothing, live, json, or a file; one named so is ./live. */
int set_watch_forks(struct command *command, char *value)
{
	struct watching *watching = &command->watching;

	watching->is_wanted = true;
	watching->format = "text";
	watching->file = NULL;
	if (value == NULL)
		return 0;
	if (strcmp(value, "live") == 0 || strcmp(value, "json") == 0)
		watching->format = value;
	else if (strncmp(value, "json:", 5) == 0 && value[5] != '\0') {
		watching->format = "json";
		watching->file = value + 5;
	} else if (*value != '\0')
		watching->file = value;
	else
		return complain(command, "expected live, json or a file");
	return 0;
}

int set_hung_after(struct command *command, char *value)
{
	return read_time(&command->mistake, &command->watching.hung_after_us,
			 value);
}

int set_kill_hung(struct command *command, char *value)
{
	(void)value;
	command->watching.kills_hung = true;
	return 0;
}
