/* SPDX-License-Identifier: MIT */
/* Where all options of a command line meet. */
#ifndef TOOLS_COMBINATIONS_H
#define TOOLS_COMBINATIONS_H

#include "command.h"

/* Check options against each other and point libspawn's at the lists. */
int command_finish(struct command *command);

#endif
