/* SPDX-License-Identifier: MIT */
/* The figures behind an errno that a limit has caused. */
#ifndef LIBSPAWN_TELL_FIGURES_H
#define LIBSPAWN_TELL_FIGURES_H

#include <stddef.h>

#include "tell/asked.h"

void libspawn__figures_add(const struct asked *asked, char *text, size_t size);

#endif
