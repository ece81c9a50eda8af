/* SPDX-License-Identifier: MIT */
/*
 * What can be wrong with options, as tables: the order of the rows is the order
 * in which a caller hears of them.
 */
#ifndef LIBSPAWN_REQUEST_RULES_H
#define LIBSPAWN_REQUEST_RULES_H

#include <errno.h>
#include <stddef.h>

#include "request/request.h"

/* One value or combination, and the code that says what is wrong with it. */
struct rule {
	int32_t step;
	int code; /* 0: it holds */
};

#define EINVAL_IF(broken) ((broken) ? EINVAL : 0)

/* Names the first that is broken. */
static inline int libspawn__rules_check(const struct rule *rules, size_t count,
					struct failure *failure)
{
	size_t n;

	for (n = 0; n < count; n++)
		if (rules[n].code)
			return libspawn__refuse(failure, rules[n].step, -1,
						rules[n].code);
	return 0;
}

/* The same of an array. */
#define RULES_CHECK(rules, failure)                                            \
	libspawn__rules_check(rules, sizeof(rules) / sizeof((rules)[0]),       \
			      failure)

#endif
