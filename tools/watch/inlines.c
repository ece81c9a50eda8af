/* SPDX-License-Identifier: MIT */
/*
 * The scopes of an address, innermost first: each inlined one has a name, and
 * the line of its call is where the next one was.
 */
#define _GNU_SOURCE
#include "inlines.h"
#include "words.h"

#include <dwarf.h>
#include <stdlib.h>

/*
 * By the table of what addresses each unit has, which gives the one before for
 * an address in none; and unit by unit, as clang and Go write no such table.
 */
Dwarf_Die *find_unit(Dwarf_Addr *bias, Dwfl_Module *module, Dwarf_Addr address)
{
	Dwarf_Die *unit = dwfl_module_addrdie(module, address, bias);

	if (unit != NULL && dwarf_haspc(unit, address - *bias) > 0)
		return unit;
	unit = dwfl_module_nextcu(module, NULL, bias);
	while (unit != NULL && dwarf_haspc(unit, address - *bias) <= 0)
		unit = dwfl_module_nextcu(module, unit, bias);
	return unit;
}

static const char *file_of_call(Dwarf_Die *unit, Dwarf_Die *scope)
{
	Dwarf_Attribute attribute;
	Dwarf_Word number;
	Dwarf_Files *sources;
	size_t count;

	if (dwarf_formudata(dwarf_attr(scope, DW_AT_call_file, &attribute),
			    &number) != 0 ||
	    dwarf_getsrcfiles(unit, &sources, &count) != 0)
		return NULL;
	return keep_word(dwarf_filesrc(sources, number, NULL, NULL));
}

static int line_of_call(Dwarf_Die *scope)
{
	Dwarf_Attribute attribute;
	Dwarf_Word number;

	if (dwarf_formudata(dwarf_attr(scope, DW_AT_call_line, &attribute),
			    &number) != 0)
		return 0;
	return (int)number;
}

/* What is not inlined, a block for one, has no place in a stack. */
static unsigned expand(struct frame frames[INLINES_MAX], Dwarf_Die *unit,
		       Dwarf_Die *scopes, int count)
{
	unsigned found = 0;

	for (int i = 0; i < count && found + 1 < INLINES_MAX; i++) {
		int tag = dwarf_tag(&scopes[i]);

		if (tag == DW_TAG_subprogram)
			break;
		if (tag != DW_TAG_inlined_subroutine)
			continue;
		frames[found + 1] = frames[found];
		frames[found].function = keep_word(dwarf_diename(&scopes[i]));
		found++;
		frames[found].file = file_of_call(unit, &scopes[i]);
		frames[found].line = line_of_call(&scopes[i]);
	}
	return found;
}

/* All that the address is in, as the code lies and not as it was written. */
static int find_scopes(Dwarf_Die **scopes, Dwarf_Die *unit, Dwarf_Addr address)
{
	Dwarf_Die *innermost = NULL;
	int count = dwarf_getscopes(unit, address, &innermost);

	*scopes = NULL;
	if (count > 0)
		count = dwarf_getscopes_die(&innermost[0], scopes);
	free(innermost);
	return count;
}

unsigned inlines_expand(struct frame frames[INLINES_MAX], Dwfl_Module *module,
			const struct frame *outermost)
{
	Dwarf_Addr bias;
	Dwarf_Die *unit, *scopes;
	unsigned found = 0;
	int count;

	frames[0] = *outermost;
	unit = find_unit(&bias, module, outermost->address);
	if (unit == NULL)
		return 1;
	count = find_scopes(&scopes, unit, outermost->address - bias);
	if (count > 0)
		found = expand(frames, unit, scopes, count);
	free(scopes);
	return found + 1;
}
