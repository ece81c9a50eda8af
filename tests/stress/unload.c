/* SPDX-License-Identifier: MIT */
/*
 * The library is closed with dlclose() while starts are under way: its code is
 * at work in the children. Hazard 24.
 *
 *	unload LIBRARY PROBE
 *
 * Not linked with the library. Exits with 77 where nothing can be begun.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "libspawn.h"

enum { ROUNDS = 20, AT_ONCE = 16, SKIPPED = 77 };

typedef int begin_function(struct libspawn_pending **pending,
			   const char *program, char *const argv[],
			   const struct libspawn_options *options,
			   struct libspawn_error *error);
typedef int finish_function(struct libspawn_pending *pending,
			    int64_t timeout_ms,
			    struct libspawn_process *process,
			    struct libspawn_error *error);

static char name[] = "probe", command[] = "exit", number[] = "3";
static char *const argv_of_probe[] = { name, command, number, NULL };

_Noreturn static void give_up(const char *what)
{
	fprintf(stderr, "unload: %s\n", what);
	exit(1);
}

static void *open_library(const char *path)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		give_up(dlerror());
	return library;
}

static void begin_all(void *library, const char *program,
		      struct libspawn_pending *pending[AT_ONCE])
{
	begin_function *begin;
	int code;

	*(void **)&begin = dlsym(library, "libspawn_begin");
	for (int n = 0; n < AT_ONCE; n++) {
		code = begin(&pending[n], program, argv_of_probe, NULL, NULL);
		if (code == ENOTSUP && n == 0) {
			printf("skipped: memory is not shared here\n");
			exit(SKIPPED);
		}
		if (code)
			give_up("a start was not begun");
	}
}

static void finish_all(void *library, struct libspawn_pending *pending[AT_ONCE])
{
	struct libspawn_process process;
	finish_function *finish;
	int status;

	*(void **)&finish = dlsym(library, "libspawn_finish");
	for (int n = 0; n < AT_ONCE; n++) {
		if (finish(pending[n], LIBSPAWN_FOREVER, &process, NULL))
			give_up("a start has failed");
		if (waitpid(process.pid, &status, 0) != process.pid ||
		    !WIFEXITED(status) || WEXITSTATUS(status) != 3)
			give_up("a program has not run");
	}
}

int main(int argc, char **argv)
{
	struct libspawn_pending *pending[AT_ONCE];

	if (argc != 3)
		give_up("usage: unload LIBRARY PROBE");
	for (int n = 0; n < ROUNDS; n++) {
		void *library = open_library(argv[1]);

		begin_all(library, argv[2], pending);
		dlclose(library);
		library = dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD);
		if (!library)
			give_up("the library is gone");
		finish_all(library, pending);
		dlclose(library);
	}
	return 0;
}
