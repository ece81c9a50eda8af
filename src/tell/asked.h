/* SPDX-License-Identifier: MIT */
/* What a sentence is asked about: the arguments of a call that failed. */
#ifndef LIBSPAWN_TELL_ASKED_H
#define LIBSPAWN_TELL_ASKED_H

#include <libspawn.h>

struct asked {
	const struct libspawn_error *error;
	const char *program;
	char *const *argv;
	const struct libspawn_options *options;
};

#endif
