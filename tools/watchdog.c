/* SPDX-License-Identifier: MIT */
/*
 * Until the program has been executed, who starts it sleeps in the kernel and
 * hears no signal: a file system that does not answer, or a frozen cgroup, would
 * keep him for ever. A thread kills what waits there. It knows it by what it
 * executes still: spawn itself. Without /proc nobody is found.
 */
#define _GNU_SOURCE
#include "watchdog.h"
#include "clock.h"
#include "descriptor.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long to wait before the next look, once time is over. */
#define AGAIN_US 50000

static pthread_t watcher;
static int64_t watch_until;
/* Closed when the start has returned. */
static int leash[2] = { -1, -1 };
static bool has_killed;

/* "PID (NAME) STATE PPID ...": what is in brackets may be anything. */
static pid_t parent_of(const char *pid)
{
	char path[300], text[512];
	int parent = -1;
	FILE *file;
	size_t length;

	snprintf(path, sizeof path, "/proc/%s/stat", pid);
	file = fopen(path, "re");
	if (file == NULL)
		return -1;
	length = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[length] = '\0';
	while (length > 0 && text[length] != ')')
		length--;
	sscanf(text + length, ") %*c %d", &parent);
	return parent;
}

static bool executes_spawn(const char *pid)
{
	struct stat theirs, ours;
	char path[300];

	snprintf(path, sizeof path, "/proc/%s/exe", pid);
	return stat(path, &theirs) == 0 && stat("/proc/self/exe", &ours) == 0 &&
	       theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev;
}

static void kill_who_is_started(void)
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry;

	while (processes != NULL && (entry = readdir(processes)) != NULL)
		if (atoi(entry->d_name) > 0 &&
		    parent_of(entry->d_name) == getpid() &&
		    executes_spawn(entry->d_name))
			has_killed = kill(atoi(entry->d_name), SIGKILL) == 0 ||
				     has_killed;
	if (processes != NULL)
		closedir(processes);
}

static void *watch(void *data)
{
	struct pollfd end = { .fd = leash[0], .events = POLLIN };

	while (poll(&end, 1, milliseconds_until(watch_until)) == 0) {
		kill_who_is_started();
		watch_until = deadline_after(AGAIN_US);
	}
	return data;
}

/* Signals are not for the thread. */
static bool start_thread(void)
{
	sigset_t all, before;
	bool failed;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&watcher, NULL, watch, NULL) != 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return !failed;
}

static void drop_leash(int from)
{
	for (int i = from; i < 2; i++) {
		if (leash[i] >= 0)
			close(leash[i]);
		leash[i] = -1;
	}
}

void begin_watch(int64_t deadline)
{
	watch_until = deadline;
	if (deadline == NEVER || make_pipe(leash) != 0)
		return;
	if (!start_thread())
		drop_leash(0);
}

bool end_watch(void)
{
	if (leash[1] < 0)
		return false;
	drop_leash(1);
	pthread_join(watcher, NULL);
	drop_leash(0);
	return has_killed;
}
