/* SPDX-License-Identifier: MIT */
/*
 * The program that the tests of run and capture start: it reads, writes, ends
 * or stays as it is told, and may leave a process behind.
 *
 *	worker COMMAND...
 *
 *	say FD TEXT       write the text
 *	fill FD N         write N bytes, byte number n being pattern(n)
 *	count FD          read to the end of file; print how many bytes came
 *	copy              copy 0 to 1
 *	echo N            the same, but N bytes only
 *	window FD         print the size of this terminal, ROWSxCOLUMNS
 *	enlarge FD N      have this pipe hold N bytes; exit with 119 if it can't
 *	close FD
 *	ignore N          ignore a signal
 *	last N TEXT       at signal N, write the text to 1 and exit with 7
 *	leave             fork a process that holds all descriptors for an hour;
 *	                  print its pid to 2
 *	late TEXT         fork one that writes TEXT to 1 when its parent is gone
 *	become UID        as a set-user-ID program: all its user ids; else exit
 *	                  with 118
 *	pause             wait for a signal
 *	exit N
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "linux_calls.h"

static const char *last_words;
static char bytes[128 * 1024];

static void write_all(int fd, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, text, size);

		if (written < 0)
			_exit(121);
		text += written;
		size -= (size_t)written;
	}
}

/* The same as in tests/support/capture.h. */
static char pattern(uint64_t n)
{
	return (char)((n * 2654435761u) >> 13);
}

static void fill(int fd, uint64_t count)
{
	uint64_t done = 0;
	size_t size = sizeof bytes;

	for (size_t n = 0; n < sizeof bytes; n++)
		bytes[n] = pattern(n);
	while (done < count) {
		if (count - done < size)
			size = (size_t)(count - done);
		write_all(fd, bytes, size);
		done += size;
	}
}

static void count_bytes(int fd)
{
	unsigned long long total = 0;
	char text[32];
	ssize_t size;

	while ((size = read(fd, bytes, sizeof bytes)) > 0)
		total += (unsigned long long)size;
	write_all(1, text, (size_t)snprintf(text, sizeof text, "%llu", total));
}

static void copy(uint64_t most)
{
	ssize_t size = 1;

	while (most > 0 && size > 0) {
		size = read(0, bytes,
			    most < sizeof bytes ? (size_t)most : sizeof bytes);
		if (size > 0)
			write_all(1, bytes, (size_t)size);
		most -= size > 0 ? (uint64_t)size : 0;
	}
}

static void print_window(int fd)
{
	struct winsize size = { 0 };
	char text[32];

	ioctl(fd, TIOCGWINSZ, &size);
	write_all(1, text,
		  (size_t)snprintf(text, sizeof text, "%dx%d", size.ws_row,
				   size.ws_col));
}

static void say_last_words(int number)
{
	(void)number;
	write_all(1, last_words, strlen(last_words));
	_exit(7);
}

static void leave(void)
{
	char text[16];
	pid_t pid = fork();

	if (pid == 0) {
		alarm(3600);
		pause();
		_exit(0);
	}
	write_all(2, text, (size_t)snprintf(text, sizeof text, "%d", pid));
}

/* Woken by the parent's end, which alone holds the writing end of a pipe. */
static void write_late(const char *text)
{
	int ends[2];
	char byte;

	if (pipe(ends) < 0)
		_exit(121);
	if (fork() != 0) {
		close(ends[0]);
		return;
	}
	close(ends[1]);
	while (read(ends[0], &byte, 1) < 0)
		;
	write_all(1, text, strlen(text));
	_exit(0);
}

static void become(uid_t user)
{
	if (set_user_ids(user, user, user) < 0)
		_exit(118);
}

/* Commands with one operand; returns what follows it. */
static char **do_one(const char *name, char **words)
{
	int number = atoi(words[0]);

	if (strcmp(name, "exit") == 0)
		_exit(number);
	if (strcmp(name, "count") == 0)
		count_bytes(number);
	else if (strcmp(name, "echo") == 0)
		copy((uint64_t)number);
	else if (strcmp(name, "window") == 0)
		print_window(number);
	else if (strcmp(name, "close") == 0)
		close(number);
	else if (strcmp(name, "ignore") == 0)
		signal(number, SIG_IGN);
	else if (strcmp(name, "late") == 0)
		write_late(words[0]);
	else if (strcmp(name, "become") == 0)
		become((uid_t)number);
	else
		_exit(120);
	return words + 1;
}

static char **do_two(const char *name, char **words)
{
	int number = atoi(words[0]);

	if (!words[1])
		_exit(120);
	if (strcmp(name, "say") == 0) {
		write_all(number, words[1], strlen(words[1]));
	} else if (strcmp(name, "fill") == 0) {
		fill(number, strtoull(words[1], NULL, 10));
	} else if (strcmp(name, "enlarge") == 0) {
		if (set_pipe_size(number, atoi(words[1])) < 0)
			_exit(119);
	} else {
		last_words = words[1];
		signal(number, say_last_words);
	}
	return words + 2;
}

static int has_two(const char *name)
{
	return strcmp(name, "say") == 0 || strcmp(name, "fill") == 0 ||
	       strcmp(name, "enlarge") == 0 || strcmp(name, "last") == 0;
}

int main(int argc, char **argv)
{
	char **words = argv + (argc > 0);

	while (*words) {
		const char *name = *words++;

		if (strcmp(name, "copy") == 0)
			copy(UINT64_MAX);
		else if (strcmp(name, "leave") == 0)
			leave();
		else if (strcmp(name, "pause") == 0)
			pause();
		else if (*words)
			words = has_two(name) ? do_two(name, words)
					      : do_one(name, words);
		else
			return 120;
	}
	return 0;
}
