/* SPDX-License-Identifier: MIT */
/*
 * A program that does nothing but start another, again and again, for the tests
 * of what stops it. It does not outlive its parent, who may ignore SIGHUP.
 *
 *	starter BACKEND PROGRAM
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "libspawn.h"

int main(int argc, char **argv)
{
	char name[] = "program", command[] = "exit", code[] = "0";
	char *const words[] = { name, command, code, NULL };
	struct libspawn_options options = { .size = sizeof options };
	struct libspawn_process process;

	if (argc != 3 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return 2;
	for (uint32_t n = LIBSPAWN_BACKEND_CLONE; n <= LIBSPAWN_BACKEND_FORK;
	     n++)
		if (strcmp(libspawn_backend_name(n), argv[1]) == 0)
			options.backend = n;
	for (;;)
		if (libspawn_start(&process, argv[2], words, &options, NULL) ||
		    libspawn_wait(&process, LIBSPAWN_FOREVER, NULL))
			return 1;
}
