/* SPDX-License-Identifier: MIT */
/* What an errno means at one step, where the system's words don't say it. */
#ifndef LIBSPAWN_TELL_REMARKS_H
#define LIBSPAWN_TELL_REMARKS_H

#include <stdint.h>

/* remarks.c: in brackets, after a blank; "" where there is no such remark */
const char *libspawn__remark(int32_t step, int32_t code);

#endif
