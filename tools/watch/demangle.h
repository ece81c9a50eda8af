/* SPDX-License-Identifier: MIT */
/* Names of C++ as people write them. */
#ifndef TOOLS_WATCH_DEMANGLE_H
#define TOOLS_WATCH_DEMANGLE_H

#include <stddef.h>

/*
 * "pool::worker::run" for "_ZN4pool6worker3runEv": without types, and without
 * what stands in templates. Any other name is copied as it is.
 */
void demangle(char *plain, size_t size, const char *name);

#endif
