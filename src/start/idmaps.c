/* SPDX-License-Identifier: MIT */
/*
 * Maps of ids from outside: the kernel takes them from who has CAP_SETUID and
 * CAP_SETGID where the child was created. That is the caller, or newuidmap(1)
 * and newgidmap(1), which grant what the system's administrator has written
 * down. The child is held meanwhile.
 */
#define _GNU_SOURCE
#include "start/idmaps.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/judge.h"
#include "child/sys.h"
#include "deadline.h"
#include "plan/maps.h"
#include "start/waiting.h"

/* One of the two maps. */
static const struct map {
	uint32_t kind;
	int32_t step;
	const char *file;
	const char *helper;
} maps[] = {
	{ LIBSPAWN_ID_UID, LIBSPAWN_STEP_UID_MAP, "uid_map", "newuidmap" },
	{ LIBSPAWN_ID_GID, LIBSPAWN_STEP_GID_MAP, "gid_map", "newgidmap" },
};

/* A descriptor of a file of the child's, or -errno. */
static int open_of(long pid, const char *file, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/%ld/%s", pid, file);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * EACCES: the memory is not dumpable. It may be the start of another thread
 * that has made it so, for as long as it lasts. Hazard 21.
 */
static int open_to_write(long pid, const char *file)
{
	int fd = open_of(pid, file, O_WRONLY);
	int tries;

	for (tries = 1; tries < MAP_TRIES && fd == -EACCES; tries++) {
		sys_sleep(MAP_PAUSE);
		fd = open_of(pid, file, O_WRONLY);
	}
	return fd;
}

/* In one write, as the kernel demands. */
static int write_file(long pid, const char *file, const char *text, size_t size)
{
	int fd = open_to_write(pid, file);
	int code = 0;

	if (fd < 0)
		return fd;
	if (write(fd, text, size) < 0)
		code = -errno;
	close(fd);
	return code;
}

/* ---- By the caller ----------------------------------------------------- */

/* Whether one line of the caller's own map has all of these ids. */
static int is_mapped(FILE *own, const struct libspawn_id_map *line)
{
	unsigned first, outside, count;

	rewind(own);
	while (fscanf(own, "%u %u %u", &first, &outside, &count) == 3)
		if (line->outside >= first && line->outside - first < count &&
		    line->count <= count - (line->outside - first))
			return 1;
	return 0;
}

/* The kernel does not say which line it refused: one that nobody is here. */
static int32_t find_refused(const struct libspawn_options *options,
			    const struct map *map)
{
	int32_t refused = libspawn__maps_first(options, map->kind);
	char path[32];
	FILE *own;
	uint32_t n;

	snprintf(path, sizeof path, "/proc/self/%s", map->file);
	own = fopen(path, "re");
	if (!own)
		return refused;
	for (n = 0; n < options->id_map_count; n++)
		if (options->id_maps[n].kinds & map->kind &&
		    !is_mapped(own, &options->id_maps[n])) {
			refused = (int32_t)n;
			break;
		}
	fclose(own);
	return refused;
}

/* ---- By those that have the right -------------------------------------- */

static int has_map(long pid, const struct map *map)
{
	int fd = open_of(pid, map->file, O_RDONLY);
	char byte;
	int is_there;

	if (fd < 0)
		return 0;
	is_there = read(fd, &byte, 1) == 1;
	close(fd);
	return is_there;
}

/* Cuts the lines into words. */
static void split(char *text, char **words)
{
	char *rest;
	char *word = strtok_r(text, " \n", &rest);

	for (; word; word = strtok_r(NULL, " \n", &rest))
		*words++ = word;
}

/* In whole milliseconds, rounded up; below 0: for ever. */
static int64_t left_of(int64_t deadline)
{
	if (deadline == DEADLINE_NEVER)
		return LIBSPAWN_FOREVER;
	return (libspawn__deadline_left(deadline) + NS_PER_MS - 1) / NS_PER_MS;
}

/* One that is late is killed; set-user-ID as it is, its end is not awaited. */
static int await_helper(struct libspawn_process *helper, int64_t deadline)
{
	if (libspawn_wait(helper, left_of(deadline), NULL) != ETIMEDOUT)
		return 0;
	if (libspawn_signal(helper, SIGKILL, 0) == 0)
		libspawn__judge_reap(helper->pid);
	return -ETIMEDOUT;
}

/* What it says goes to the caller's standard error. */
static int run_helper(const char *name, char *const argv[], int64_t deadline)
{
	const struct libspawn_options options = {
		.size = sizeof options,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
	};
	struct start helper;
	int code = libspawn__story_read(&helper, name, argv, &options);

	if (code == 0)
		code = libspawn__waiting_start(&helper);
	if (code == 0)
		code = await_helper(&helper.process, deadline);
	return code;
}

/* How it ended may be lost to another who waits: what it has done is not. */
static int ask_helper(const struct map *map, long pid, char *text, size_t lines,
		      int64_t deadline)
{
	char **argv = calloc(3 * lines + 4, sizeof *argv);
	char name[16];
	char number[24];
	int code;

	if (!argv)
		return -ENOMEM;
	snprintf(name, sizeof name, "%s", map->helper);
	snprintf(number, sizeof number, "%ld", pid);
	argv[0] = name;
	argv[1] = number;
	split(text, argv + 2);
	code = run_helper(name, argv, deadline);
	if (code == 0 && !has_map(pid, map))
		code = -EPERM;
	free(argv);
	return code;
}

/* ---- Both -------------------------------------------------------------- */

static int write_map(struct start *start, const struct map *map, long pid,
		     int64_t deadline)
{
	const struct libspawn_options *options = &start->request.options;
	const size_t room = libspawn__maps_room(options);
	char *text = malloc(room);
	size_t length;
	int code;

	if (!text)
		return libspawn__refuse(&start->failure, map->step, -1, ENOMEM);
	length = libspawn__maps_text(options, map->kind, text, room);
	if (HAS(ID_HELPERS))
		code = ask_helper(map, pid, text, options->id_map_count,
				  deadline);
	else
		code = write_file(pid, map->file, text, length);
	free(text);
	if (code == 0)
		return 0;
	return libspawn__refuse(
		&start->failure, map->step,
		HAS(ID_HELPERS) ? -1 : find_refused(options, map), -code);
}

int libspawn__idmaps_write(struct start *start, long pid, int64_t deadline)
{
	const struct libspawn_options *options = &start->request.options;
	int code = 0;
	size_t n;

	if (HAS(DENY_SETGROUPS))
		code = write_file(pid, "setgroups", "deny", 4);
	if (code < 0)
		return libspawn__refuse(&start->failure,
					LIBSPAWN_STEP_SETGROUPS, -1, -code);
	for (n = 0; n < sizeof maps / sizeof maps[0] && code == 0; n++)
		if (libspawn__maps_first(options, maps[n].kind) >= 0)
			code = write_map(start, &maps[n], pid, deadline);
	return code;
}
