/* SPDX-License-Identifier: MIT */
/* The files of numbered.h. */
#define _GNU_SOURCE
#include "numbered.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "linux_calls.h"

int files[FILES];

int make_files(void **state)
{
	int failed = support_setup(state);

	for (int i = 0; i < FILES; i++) {
		int fd = new_file();

		files[i] = fcntl(fd, F_DUPFD_CLOEXEC, 20 + i);
		close(fd);
		failed |= files[i] < 0;
	}
	return failed;
}

int close_files(void **state)
{
	for (int i = 0; i < FILES; i++)
		close(files[i]);
	return support_teardown(state);
}

int fd_is_seen(const struct seen *seen, int fd)
{
	char key[32];

	snprintf(key, sizeof key, "fd.%d.flags", fd);
	return seen_find(seen, key) != NULL;
}

struct seen *run_table(const struct libspawn_fd *rows, uint32_t count)
{
	struct libspawn_options options = {
		OPTIONS,
		.fds = rows,
		.fd_count = count,
	};

	return run_probe_at(60, &options, "fds");
}

void expect_child_failure(const struct libspawn_options *options, int code,
			  int step, int index)
{
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		expect_probe_failure(options, code, LIBSPAWN_STEP_POSIX_SPAWN,
				     -1);
	else
		expect_probe_failure(options, code, step, index);
}
