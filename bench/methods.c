/* SPDX-License-Identifier: MIT */
/* The list of all groups. The floor comes first: ratios are against it. */
#include "method.h"

const struct method_group *const method_groups[] = {
	&bare_methods,
	&libc_methods,
	&pipe_methods,
	&libspawn_methods,
};
const size_t method_group_count =
	sizeof method_groups / sizeof method_groups[0];

/* The number of methods in all groups. */
size_t method_total(void)
{
	size_t total = 0;

	for (size_t i = 0; i < method_group_count; i++)
		total += method_groups[i]->count;
	return total;
}
