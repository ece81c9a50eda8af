/* SPDX-License-Identifier: MIT */
/*
 * A child held between creation and exec by a FIFO; see gate.h.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apart.h"
#include "gate.h"

void make_gate(struct gate *gate, struct libspawn_fd *row)
{
	/* Whoever is to open it could not run. */
	if (runs_in_valgrind())
		skip_apart("Valgrind stops all threads while a child starts");
	strcpy(gate->directory, "/tmp/libspawn-gate-XXXXXX");
	assert_non_null(mkdtemp(gate->directory));
	snprintf(gate->path, sizeof gate->path, "%s/fifo", gate->directory);
	assert_int_equal(mkfifo(gate->path, 0600), 0);
	*row = (struct libspawn_fd){
		.child_fd = 0,
		.kind = LIBSPAWN_FD_OPEN,
		.open_flags = O_RDONLY,
		.path = gate->path,
	};
}

void make_gate_of(struct libspawn_options *options, struct gate *gate,
		  struct libspawn_fd *row)
{
	make_gate(gate, row);
	options->fds = row;
	options->fd_count = 1;
}

/* Waits for the child to come to it; then both go on. */
void open_gate(const struct gate *gate)
{
	int fd = open(gate->path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	close(fd);
}

void remove_gate(const struct gate *gate)
{
	assert_int_equal(unlink(gate->path), 0);
	assert_int_equal(rmdir(gate->directory), 0);
}

/* All zero for one that is gone. */
struct stat_line {
	char state;
	pid_t parent;
};

static struct stat_line look_at(const char *name)
{
	struct stat_line seen = { 0, 0 };
	char path[300], text[512];
	const char *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%s/stat", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return seen;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	/* pid (name) state parent: the name may hold anything. */
	end = strrchr(text, ')');
	if (!end || sscanf(end + 1, " %c %d", &seen.state, &seen.parent) != 2)
		memset(&seen, 0, sizeof seen);
	return seen;
}

char state_of(pid_t pid)
{
	char name[16];

	snprintf(name, sizeof name, "%d", (int)pid);
	return look_at(name).state;
}

static pid_t search_child(pid_t parent)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	assert_non_null(directory);
	while (!found && (entry = readdir(directory)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    look_at(entry->d_name).parent == parent)
			found = atoi(entry->d_name);
	closedir(directory);
	return found;
}

pid_t find_child_of(pid_t parent)
{
	pid_t pid;

	while (!(pid = search_child(parent)))
		sched_yield();
	return pid;
}

pid_t find_child(void)
{
	return find_child_of(getpid());
}

pid_t find_grandchild(void)
{
	pid_t pid = 0;

	while (!pid) {
		const pid_t child = search_child(getpid());

		pid = child ? search_child(child) : 0;
		if (!pid)
			sched_yield();
	}
	return pid;
}
