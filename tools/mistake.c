/* SPDX-License-Identifier: MIT */
/* Puts a mistake into words. */
#include "mistake.h"

#include <stdarg.h>
#include <stdio.h>

void describe_mistake(struct mistake *mistake, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(mistake->text, sizeof mistake->text, format, arguments);
	va_end(arguments);
}
