/* SPDX-License-Identifier: MIT */
/*
 * Eight threads start a hundred programs each by the adapter for PHP, as its
 * proc_open() does, and read what they write; every tenth does not exist. For
 * sanitizers.
 */
#include "proc_open_libspawn.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8
#define CHILDREN 100

static int make_pipe(int ends[2])
{
	int n;

	if (pipe(ends))
		return -1;
	for (n = 0; n < 2; n++)
		fcntl(ends[n], F_SETFD, FD_CLOEXEC);
	return 0;
}

static int has_ended_well(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && status == 0;
}

/* A line for the shell, or a list. */
static struct php_libspawn_request request_of(int number)
{
	static char *argv[] = { "sh", "-c", "echo works", NULL };
	static char *missing[] = { "/nowhere/program", NULL };
	struct php_libspawn_request request = {
		.command = "echo works",
		.cwd = number % 3 ? "/" : "/nowhere",
	};

	if (number % 10 == 9) {
		request.command = missing[0];
		request.argv = missing;
	} else if (number % 2) {
		request.command = argv[0];
		request.argv = argv;
	}
	return request;
}

static int works(int number)
{
	struct php_libspawn_request request = request_of(number);
	struct php_libspawn_fd fd = { .index = 1 };
	int ends[2], code, is_good;
	char text[16];
	pid_t pid = 0;

	if (make_pipe(ends))
		return 0;
	fd.child_end = ends[1];
	fd.parent_end = ends[0];
	request.fds = &fd;
	request.fd_count = 1;
	code = php_libspawn(&pid, &request);
	close(ends[1]);
	is_good = number % 10 == 9
			  ? code == ENOENT && pid == 0
			  : code == 0 &&
				    read(ends[0], text, sizeof text) == 6 &&
				    !memcmp(text, "works\n", 6) &&
				    has_ended_well(pid);
	close(ends[0]);
	return is_good;
}

static void *run(void *data)
{
	int *faults = data, n;

	for (n = 0; n < CHILDREN; n++)
		*faults += !works(n);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	int faults[THREADS] = { 0 }, n, sum = 0;

	for (n = 0; n < THREADS; n++)
		if (pthread_create(&threads[n], NULL, run, &faults[n]))
			return 1;
	for (n = 0; n < THREADS; n++) {
		pthread_join(threads[n], NULL);
		sum += faults[n];
	}
	printf("%d threads, %d starts each, %d faults\n", THREADS, CHILDREN,
	       sum);
	return sum != 0;
}
