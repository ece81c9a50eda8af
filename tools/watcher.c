/* SPDX-License-Identifier: MIT */
/*
 * The watcher is a program of its own: spawn stays small, and goes on if that
 * one is killed. It is spawn that it traces first, with spawn's consent, so
 * that every program is traced from birth. Then it lets spawn go. One letter is
 * said for each step: "g", "s" and "e" by spawn, "r", "d" and "f" by the other.
 */
#define _GNU_SOURCE
#include "watcher.h"
#include "descriptor.h"

#include <libspawn.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Nobody said how long a child may wait. */
#define HUNG_AFTER_US INT64_C(5000000)

enum { SOCKET_THERE = 3, STREAM_THERE = 4, WORDS = 7, PATH_MOST = 4096 };

static int complain_of_watcher(const char *what, int code)
{
	fprintf(stderr, "spawn: --watch-forks: %s: %s\n", what, strerror(code));
	return -1;
}

/* ---- The conversation -------------------------------------------------- */

static void say(const struct watcher *watcher, char word)
{
	/* That it has gone is seen when its answer is missing. */
	if (send(watcher->socket, &word, 1, MSG_NOSIGNAL) < 0)
		errno = 0;
}

static ssize_t hear(const struct watcher *watcher, char *text, size_t size)
{
	ssize_t count;

	do
		count = recv(watcher->socket, text, size, 0);
	while (count < 0 && errno == EINTR);
	return count;
}

static void close_link(struct watcher *watcher)
{
	if (watcher->socket >= 0)
		close(watcher->socket);
	if (watcher->stream >= 0)
		close(watcher->stream);
	watcher->socket = -1;
	watcher->stream = -1;
}

/* meson.build says where it is installed. */
#ifndef WATCH_PROGRAM
#define WATCH_PROGRAM "/usr/libexec/libspawn/spawn-watch"
#endif

/* ---- The beginning ----------------------------------------------------- */

/* Beside spawn, as in a build; or where it was installed. */
static const char *find_program(char path[PATH_MOST])
{
	static const char name[] = "spawn-watch";
	ssize_t length =
		readlink("/proc/self/exe", path, PATH_MOST - sizeof name);

	while (length > 0 && path[length - 1] != '/')
		length--;
	if (length <= 0)
		return WATCH_PROGRAM;
	memcpy(path + length, name, sizeof name);
	return access(path, X_OK) == 0 ? path : WATCH_PROGRAM;
}

static int open_stream(struct watcher *watcher, const struct watching *watching)
{
	if (watching->file == NULL)
		watcher->stream = move_above_standard(dup(STDERR_FILENO));
	else
		watcher->stream = open_above_standard(
			watching->file, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (watcher->stream >= 0)
		return 0;
	return complain_of_watcher(
		watching->file ? watching->file : "standard error", errno);
}

/* What tools/watch/main.c reads. */
static void write_words(char words[WORDS][24], const struct watching *watching)
{
	const size_t size = sizeof words[0];
	int64_t after = watching->hung_after_us;

	snprintf(words[0], size, "spawn-watch");
	snprintf(words[1], size, "%d", (int)getpid());
	snprintf(words[2], size, "%d", SOCKET_THERE);
	snprintf(words[3], size, "%d", STREAM_THERE);
	snprintf(words[4], size, "%s", watching->format);
	snprintf(words[5], size, "%" PRId64,
		 after != 0 ? after : HUNG_AFTER_US);
	snprintf(words[6], size, "%d", watching->kills_hung);
}

static int start_program(const struct watching *watching, int socket,
			 int stream, struct libspawn_process *process,
			 struct libspawn_error *error)
{
	char words[WORDS][24], path[PATH_MOST];
	char *argv[WORDS + 1] = { NULL };
	const struct libspawn_fd rows[] = {
		{ .child_fd = 0, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 1, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = SOCKET_THERE,
		  .kind = LIBSPAWN_FD_FROM,
		  .parent_fd = socket },
		{ .child_fd = STREAM_THERE,
		  .kind = LIBSPAWN_FD_FROM,
		  .parent_fd = stream },
	};
	const struct libspawn_options options = {
		.size = sizeof options,
		.flags = LIBSPAWN_NEW_SESSION | LIBSPAWN_SIGNAL_MASK |
			 LIBSPAWN_DEFAULT_SIGNALS,
		.fds = rows,
		.fd_count = sizeof rows / sizeof *rows,
	};

	write_words(words, watching);
	for (int i = 0; i < WORDS; i++)
		argv[i] = words[i];
	return libspawn_start(process, find_program(path), argv, &options,
			      error);
}

static int start_watching(struct watcher *watcher,
			  const struct watching *watching,
			  struct libspawn_process *process)
{
	struct libspawn_error error;
	int ends[2], failed;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0 ||
	    move_both_above_standard(ends)) {
		failed = errno;
		close_link(watcher);
		return complain_of_watcher("a socket", failed);
	}
	failed = start_program(watching, ends[1], watcher->stream, process,
			       &error);
	close(ends[1]);
	close(watcher->stream);
	watcher->stream = -1;
	watcher->socket = ends[0];
	if (!failed)
		return 0;
	close_link(watcher);
	return complain_of_watcher("spawn-watch", failed);
}

/* Its first answer is "r", or the reason why it can't. */
static int await_readiness(struct watcher *watcher)
{
	char text[512];
	ssize_t count;

	say(watcher, 'g');
	count = hear(watcher, text, sizeof text - 1);
	if (count == 1 && text[0] == 'r')
		return 0;
	text[count > 0 ? count : 0] = '\0';
	fprintf(stderr, "spawn: --watch-forks: %s\n",
		count > 0 ? text : "the watcher ended before it began");
	close_link(watcher);
	return -1;
}

int watcher_begin(struct watcher *watcher, const struct watching *watching)
{
	struct libspawn_process process;

	watcher->socket = -1;
	watcher->stream = -1;
	if (!watching->is_wanted)
		return 0;
	if (open_stream(watcher, watching) ||
	    start_watching(watcher, watching, &process))
		return -1;
	/* Yama lets a process name who may trace it; without Yama, EINVAL. */
	prctl(PR_SET_PTRACER, (unsigned long)process.pid, 0, 0, 0);
	return await_readiness(watcher);
}

/* ---- After that -------------------------------------------------------- */

void watcher_release(struct watcher *watcher)
{
	char word;

	if (watcher->socket < 0)
		return;
	say(watcher, 's');
	hear(watcher, &word, 1);
	prctl(PR_SET_PTRACER, 0, 0, 0, 0);
}

/* It says "f" when all is written, and "x" when that can't be. */
int watcher_end(struct watcher *watcher)
{
	char word = 0;
	ssize_t count;

	if (watcher->socket < 0)
		return 0;
	say(watcher, 'e');
	do
		count = hear(watcher, &word, 1);
	while (count > 0 && word == 'd');
	close_link(watcher);
	if (count > 0 && word == 'f')
		return 0;
	fprintf(stderr, "spawn: --watch-forks: %s\n",
		count > 0 ? "the report can't be written"
			  : "the watcher was ended, and with it what it knew");
	return count > 0 ? -1 : 0;
}

void watcher_cancel(struct watcher *watcher)
{
	close_link(watcher);
}
