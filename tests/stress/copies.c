/* SPDX-License-Identifier: MIT */
/*
 * Two copies of the library in one process, as plugins bring them along: each
 * starts programs as another user, which costs the process its dumpable flag
 * for that time. In the end it must be there again.
 *
 *	copies LIBRARY PROBE
 *
 * Not linked with the library, so that each copy has its own names only. Exits
 * with 77 where it can't be tried.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libspawn.h"

enum { COPIES = 2, THREADS = 4, STARTS = 400, SKIPPED = 77 };

typedef int start_function(struct libspawn_process *process,
			   const char *program, char *const argv[],
			   const struct libspawn_options *options,
			   struct libspawn_error *error);

static const char *probe;

_Noreturn static void give_up(const char *what)
{
	fprintf(stderr, "copies: %s\n", what);
	exit(1);
}

/* Another file: the loader would take the same one for the same library. */
static void copy_file(const char *from, const char *to)
{
	static char block[1 << 16];
	int source = open(from, O_RDONLY | O_CLOEXEC);
	int target = open(to, O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
	ssize_t size;

	if (source < 0 || target < 0)
		give_up("no copy of the library");
	while ((size = read(source, block, sizeof block)) > 0)
		if (write(target, block, (size_t)size) != size)
			give_up("no copy of the library");
	close(source);
	close(target);
}

static start_function *load_copy(const char *library)
{
	char folder[] = "/tmp/libspawn-copies-XXXXXX";
	char path[64];
	start_function *start;
	void *copy;

	if (!mkdtemp(folder))
		give_up("no folder in /tmp");
	snprintf(path, sizeof path, "%s/copy.so", folder);
	copy_file(library, path);
	copy = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	unlink(path);
	rmdir(folder);
	if (!copy)
		give_up(dlerror());
	*(void **)&start = dlsym(copy, "libspawn_start");
	if (!start)
		give_up(dlerror());
	return start;
}

static void *start_often(void *data)
{
	char name[] = "probe", command[] = "exit", code[] = "0";
	char *const argv[] = { name, command, code, NULL };
	const struct libspawn_options options = {
		.size = sizeof options,
		.flags = LIBSPAWN_UID | LIBSPAWN_KEEP_GROUPS,
		.uid = 65533,
	};
	start_function *start = *(start_function **)data;
	struct libspawn_process process;
	int status;

	for (int n = 0; n < STARTS; n++)
		if (start(&process, probe, argv, &options, NULL) ||
		    waitpid(process.pid, &status, 0) != process.pid ||
		    status != 0)
			give_up("a start failed");
	return NULL;
}

int main(int argc, char **argv)
{
	start_function *starts[COPIES];
	pthread_t threads[THREADS];

	if (argc != 3)
		give_up("usage: copies LIBRARY PROBE");
	if (geteuid() != 0) {
		puts("skipped: needs root");
		return SKIPPED;
	}
	probe = argv[2];
	for (int n = 0; n < COPIES; n++)
		starts[n] = load_copy(argv[1]);
	if (starts[0] == starts[1])
		give_up("there is one copy only");
	for (int n = 0; n < THREADS; n++)
		if (pthread_create(&threads[n], NULL, start_often,
				   &starts[n % COPIES]))
			give_up("no thread");
	for (int n = 0; n < THREADS; n++)
		pthread_join(threads[n], NULL);
	if (prctl(PR_GET_DUMPABLE) != 1)
		give_up("the process is not dumpable any more");
	return 0;
}
