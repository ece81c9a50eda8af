/* SPDX-License-Identifier: MIT */
/* The programs of --pipe, each with its own arguments and table. */
#ifndef TOOLS_STAGES_H
#define TOOLS_STAGES_H

#include "command.h"

/* Split the arguments: 0, or -1 with a complaint. */
int split_stages(struct command *command);
/* Once all options are as they will be: those of each stage. */
int finish_stages(struct command *command);

#endif
