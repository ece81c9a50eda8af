/* SPDX-License-Identifier: MIT */
/*
 * A static program that is its own worker, and so can be anywhere: its file is
 * replaced or deleted, there is no /proc, the worker is in a new root. Exits
 * with 0 if its worker answered, 1 and a sentence if it was not started.
 *
 *	lone plain
 *	lone deleted | replaced     removes its own file, or writes another
 *	lone root DIR               the worker's root
 *	lone mounted DIR            the same by mounts, with nothing in it
 *	lone user                   the worker is nobody
 *	lone hidden DIR             with nothing mounted on /proc
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <libspawn_workers.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 60000 };

static int answer(struct libspawn_worker *self)
{
	const struct libspawn_message message = { .bytes = "42", .size = 2 };

	return libspawn_worker_send(self, &message, PATIENCE_MS);
}

static const struct libspawn_function functions[] = {
	{ .name = "answer", .run = answer },
};

static int remove_file(int replace)
{
	char path[1024];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
	int fd;

	if (length < 0)
		return -1;
	path[length] = '\0';
	if (unlink(path) < 0 || !replace)
		return access(path, F_OK) == 0 ? -1 : 0;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0755);
	if (fd < 0 || write(fd, "#!/bin/false\n", 13) != 13)
		return -1;
	return close(fd);
}

static int work(const struct libspawn_options *options)
{
	const struct libspawn_worker_how how = { .size = sizeof how,
						 .options = options };
	struct libspawn_worker *worker;
	struct libspawn_message message;
	struct libspawn_error error;
	char text[256];
	int code;

	if (libspawn_worker_start(&worker, "answer", &how, &error)) {
		libspawn_worker_explain(text, sizeof text, &error, "answer",
					&how);
		printf("%s\n", text);
		return 1;
	}
	code = libspawn_worker_receive(worker, &message, PATIENCE_MS);
	return libspawn_worker_close(worker, PATIENCE_MS, NULL) || code ? 2 : 0;
}

static int work_in_mounts(const char *directory)
{
	const struct libspawn_mount mounts[] = {
		{ .kind = LIBSPAWN_MOUNT_TMPFS, .target = directory },
		{ .kind = LIBSPAWN_MOUNT_ROOT, .target = directory },
	};
	const struct libspawn_options options = {
		.size = sizeof options,
		.new_namespaces = CLONE_NEWNS,
		.mounts = mounts,
		.mount_count = 2,
	};

	return work(&options);
}

int main(int argc, char **argv)
{
	struct libspawn_options options = { .size = sizeof options };
	int status = libspawn_worker_main(functions, 1);
	const char *what = argc > 1 ? argv[1] : "";

	if (status >= 0)
		return status;
	status = 0;
	if (!strcmp(what, "deleted") || !strcmp(what, "replaced"))
		status = remove_file(what[0] == 'r');
	else if (!strcmp(what, "root") && argc > 2)
		options.root = argv[2];
	else if (!strcmp(what, "hidden") && argc > 2)
		status = chroot(argv[2]);
	else if (!strcmp(what, "mounted") && argc > 2)
		return work_in_mounts(argv[2]);
	if (!strcmp(what, "user"))
		options.flags = LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_GROUPS;
	options.uid = options.flags ? 65534 : 0;
	options.gid = options.uid;
	return status == 0 ? work(&options) : 3;
}
