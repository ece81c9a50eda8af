/* SPDX-License-Identifier: MIT */
/* What the kernel lacks of what is asked for, for --query. */
#ifndef TOOLS_KERNEL_H
#define TOOLS_KERNEL_H

#include "command.h"

#include <stdio.h>

/* A line for each; asks without changing anything. Nothing where all is. */
void report_kernel(FILE *stream, const struct command *command);
/* Whether this process may have a keyring, by the kernel and any filter. */
bool kernel_has_keyrings(void);

#endif
