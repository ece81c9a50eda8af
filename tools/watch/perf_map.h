/* SPDX-License-Identifier: MIT */
/* Names of code that a runtime has written into memory as it ran. */
#ifndef TOOLS_WATCH_PERF_MAP_H
#define TOOLS_WATCH_PERF_MAP_H

#include <stdint.h>
#include <sys/types.h>

/* What the runtime calls the code at that address, of words.h; or NULL. */
const char *perf_map_name(pid_t pid, uint64_t address);

#endif
