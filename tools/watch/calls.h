/* SPDX-License-Identifier: MIT */
/* Names of the calls that threads sleep in. */
#ifndef TOOLS_WATCH_CALLS_H
#define TOOLS_WATCH_CALLS_H

/* "read", or NULL for one that is rarely slept in. */
const char *call_name(long number);

#endif
