/* SPDX-License-Identifier: MIT */
/* Names of system calls. */
#ifndef TOOLS_WATCH_CALLS_H
#define TOOLS_WATCH_CALLS_H

/* "read", or NULL for one that is rare. */
const char *call_name(long number);

#endif
