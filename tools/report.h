/* SPDX-License-Identifier: MIT */
/* What --report and --query print, and the sentence for a failed start. */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include "command.h"

#include <stdio.h>

/* What there is to tell about one start. */
struct outcome {
	struct libspawn_process process;
	struct libspawn_error error; /* code 0: it started */
	double start_us;	     /* from the call to its return */
	double run_us;		     /* from there to the program's end */
	struct libspawn_status status;
	bool timed_out;
	bool is_of_files; /* the error is of a file that spawn itself opens */
	size_t told;	  /* the program of a pipeline that is told of */
};

/* Longest sentence of libspawn_explain() that is printed. */
#define SENTENCE_MAX 1024

/* On standard error, in the format asked for; none but failures by default. */
void report_failure(const struct command *command,
		    const struct outcome *outcome);
/* The same: 0, or the errno of what can't be written. */
int report_success(const struct command *command,
		   const struct outcome *outcome);

/* Which backends would take the options: 0, or the errno of bad options. */
int report_query(FILE *stream, const struct command *command);

#endif
