/* SPDX-License-Identifier: MIT */
/* Functions that the compiler has put into others, by libdw. */
#ifndef TOOLS_WATCH_INLINES_H
#define TOOLS_WATCH_INLINES_H

#include "stack.h"

#include <elfutils/libdwfl.h>

enum { INLINES_MAX = 8 };

/*
 * The unit of the source that an address is in, or NULL; less *bias the address
 * is that of the debug information.
 */
Dwarf_Die *find_unit(Dwarf_Addr *bias, Dwfl_Module *module, Dwarf_Addr address);

/*
 * The frame of an address, with its line, and the frames of the functions that
 * those are put into, up to the one that has the symbol. How many there are.
 */
unsigned inlines_expand(struct frame frames[INLINES_MAX], Dwfl_Module *module,
			const struct frame *outermost);

#endif
