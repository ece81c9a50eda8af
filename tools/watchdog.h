/* SPDX-License-Identifier: MIT */
/* The time of --timeout while the program is being started. */
#ifndef TOOLS_WATCHDOG_H
#define TOOLS_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

/* From here on who is still being started at the deadline is killed. */
void begin_watch(int64_t deadline);
/* The start has returned: whether somebody has been killed. */
bool end_watch(void);

#endif
