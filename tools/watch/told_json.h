/* SPDX-License-Identifier: MIT */
/* The report for a program. */
#ifndef TOOLS_WATCH_TOLD_JSON_H
#define TOOLS_WATCH_TOLD_JSON_H

#include "watch.h"

/* One object on one line. */
void json_report(const struct watch *watch);

#endif
