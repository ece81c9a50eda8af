/* SPDX-License-Identifier: MIT */
/*
 * spawn-watch: the other half of `spawn --watch-forks`, which starts it before
 * the programs. It seizes spawn, so that the programs are traced from birth on
 * whatever Yama forbids, lets go of spawn when they are there, and reports when
 * spawn says so. Nobody else has a use for it.
 *
 * usage: spawn-watch SPAWN-PID SOCKET STREAM FORMAT HUNG-AFTER-US KILL-HUNG
 */
#define _GNU_SOURCE
#include "hung.h"
#include "refusal.h"
#include "told_text.h"
#include "told_json.h"
#include "tracer.h"
#include "../clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ARGUMENTS = 7 };

struct link {
	int socket;
	bool is_closed;
	bool has_begun;	  /* the programs are there */
	bool is_over;	  /* spawn wants the report */
	bool must_answer; /* that spawn is alone again */
};

/* ---- What spawn says --------------------------------------------------- */

static void obey(struct watch *watch, struct link *link, char word)
{
	if (word == 's' && watch->starter != 0) {
		link->has_begun = true;
		link->must_answer = true;
		tracer_leave_starter(watch);
	}
	if (word == 'e')
		link->is_over = true;
}

static void listen_to(struct watch *watch, struct link *link)
{
	char words[16];
	ssize_t count = read(link->socket, words, sizeof words);

	if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))
		link->is_closed = true;
	for (ssize_t i = 0; i < count; i++)
		obey(watch, link, words[i]);
}

static void answer(const struct link *link, const char *text)
{
	/* If spawn has gone, nobody waits for it. */
	if (send(link->socket, text, strlen(text), MSG_NOSIGNAL) < 0)
		errno = 0;
}

/* spawn is seized when it has been told so: 0, or -1 with the reason sent. */
static int begin_watching(struct watch *watch, const struct link *link,
			  pid_t spawn)
{
	char text[256];
	char word = 0;
	int failed;

	if (read(link->socket, &word, 1) != 1)
		return -1;
	failed = tracer_begin(watch, spawn);
	if (failed) {
		describe_refusal(text, sizeof text, spawn, failed);
		answer(link, text);
		return -1;
	}
	answer(link, "r");
	fcntl(link->socket, F_SETFL, O_NONBLOCK | O_ASYNC);
	return 0;
}

/* ---- The loop ---------------------------------------------------------- */

static void sleep_until(int64_t when, const sigset_t *signals)
{
	int milliseconds = milliseconds_until(when);
	struct timespec time = {
		.tv_sec = milliseconds / 1000,
		.tv_nsec = (long)(milliseconds % 1000) * 1000000,
	};

	sigtimedwait(signals, NULL, when == NEVER ? NULL : &time);
}

static bool goes_on(const struct watch *watch, const struct link *link)
{
	return !link->is_over && !(link->is_closed && watch->programs == 0);
}

/*
 * A task whose parent's event does not come must not wait for it for ever; nor
 * is that late before all that has come is read. When to look again.
 */
static int64_t look_around(struct watch *watch)
{
	int64_t held = tracer_release_held(watch);
	int64_t hung = look_for_hung(watch);

	return held < hung ? held : hung;
}

static void look_at_starter(struct watch *watch, struct link *link)
{
	if (!link->must_answer || watch->starter != 0)
		return;
	answer(link, "d");
	link->must_answer = false;
}

static void serve(struct watch *watch, struct link *link,
		  const sigset_t *signals)
{
	while (goes_on(watch, link)) {
		bool has_more = tracer_turn(watch);
		int64_t next = has_more ? 0 : look_around(watch);

		if (!link->is_closed)
			listen_to(watch, link);
		look_at_starter(watch, link);
		if (goes_on(watch, link))
			sleep_until(next, signals);
	}
}

static void report(struct watch *watch)
{
	look_at_last(watch);
	if (watch->settings.format == WATCH_JSON)
		json_report(watch);
	else
		text_report(watch);
}

/* A full disk is told; nothing was lost of what spawn itself had to do. */
static void finish(struct watch *watch, const struct link *link)
{
	FILE *stream = watch->settings.stream;

	report(watch);
	answer(link, fflush(stream) == 0 && !ferror(stream) ? "f" : "x");
}

/* ---- The beginning ----------------------------------------------------- */

static enum watch_format format_named(const char *name)
{
	if (strcmp(name, "json") == 0)
		return WATCH_JSON;
	return strcmp(name, "live") == 0 ? WATCH_LIVE : WATCH_TEXT;
}

/* None but SIGKILL ends us while programs are watched. */
static void hold_signals(sigset_t *signals, int socket)
{
	sigemptyset(signals);
	sigaddset(signals, SIGCHLD);
	sigaddset(signals, SIGIO);
	sigprocmask(SIG_BLOCK, signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	fcntl(socket, F_SETOWN, getpid());
}

int main(int argc, char **argv)
{
	struct watch watch = { 0 };
	struct link link = { 0 };
	sigset_t signals;

	if (argc != ARGUMENTS) {
		fputs("spawn-watch: a part of spawn --watch-forks\n", stderr);
		return EXIT_FAILURE;
	}
	link.socket = atoi(argv[2]);
	watch.settings.stream = fdopen(atoi(argv[3]), "w");
	watch.settings.format = format_named(argv[4]);
	watch.settings.hung_after_us = strtoll(argv[5], NULL, 10);
	watch.settings.kills_hung = atoi(argv[6]) != 0;
	/* What it finds is here, and is not asked for on a network. */
	unsetenv("DEBUGINFOD_URLS");
	hold_signals(&signals, link.socket);
	if (watch.settings.stream == NULL ||
	    begin_watching(&watch, &link, (pid_t)atoi(argv[1])))
		return EXIT_FAILURE;
	serve(&watch, &link, &signals);
	if (link.has_begun)
		finish(&watch, &link);
	return EXIT_SUCCESS;
}
