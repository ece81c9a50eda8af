/* SPDX-License-Identifier: MIT */
/* Why nobody may be watched here. */
#ifndef TOOLS_WATCH_REFUSAL_H
#define TOOLS_WATCH_REFUSAL_H

#include <stddef.h>
#include <sys/types.h>

/* One sentence about ptrace(2) failing so for that process. */
void describe_refusal(char *text, size_t size, pid_t pid, int code);

#endif
