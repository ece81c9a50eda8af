/* SPDX-License-Identifier: MIT */
/*
 * The program that the tests start. It prints all that it can observe about
 * itself as key=value lines and must never change what it observes, so it is
 * linked statically, starts no shell and asks the kernel by raw system calls
 * where a C library keeps answers of its own.
 *
 *	probe [@FD] COMMAND...
 *
 *	@FD               print to this descriptor from here on (default 1)
 *	print [GROUP...]  print these groups, or all; ends at "then" or "--"
 *	open PATH FLAGS   try to open; prints open.PATH=ok or error:ERRNO
 *	write FD TEXT     write the text; prints nothing
 *	close FD
 *	read FD           read to the end of file; prints read.FD=what came
 *	type FD           put a key into the terminal; prints type.FD=ok
 *	pause             wait for a signal
 *	exit N, kill SIG  end this way
 *	--                ignore the remaining arguments
 *
 * probe_linux.h and probe_posix.h have what each system is asked in its own
 * way; groups that only Linux has print nothing elsewhere.
 *
 * A value that can't be had is printed as error:ERRNO. Bytes that are not
 * printable, and backslashes, are printed as \xNN.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FD_CEILING 65536

extern char **environ;

static int out_fd = 1;
static char out_buffer[32768];
static size_t out_used;
static int arg_count;
static char **arg_values;

static void out_flush(void)
{
	size_t done = 0;

	while (done < out_used) {
		ssize_t n = write(out_fd, out_buffer + done, out_used - done);

		if (n < 0 && errno != EINTR)
			break;
		if (n > 0)
			done += (size_t)n;
	}
	out_used = 0;
}

static void out_byte(char byte)
{
	if (out_used == sizeof out_buffer)
		out_flush();
	out_buffer[out_used++] = byte;
}

static void out_format(const char *format, ...)
{
	char text[512];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	for (const char *at = text; *at; at++)
		out_byte(*at);
}

/* Print a value of any bytes on one line. */
static void out_escaped(const char *value)
{
	for (; *value; value++) {
		unsigned char byte = (unsigned char)*value;

		if (byte >= ' ' && byte < 127 && byte != '\\')
			out_byte(*value);
		else
			out_format("\\x%02x", byte);
	}
	out_byte('\n');
}

static void put_text(const char *key, const char *value)
{
	out_format("%s=", key);
	out_escaped(value);
}

/* Print a result: a failed call's -1 becomes its errno. */
static void put_number(const char *key, long value)
{
	if (value == -1)
		out_format("%s=error:%d\n", key, errno);
	else
		out_format("%s=%ld\n", key, value);
}

static void put_set(const char *key, uint64_t set)
{
	out_format("%s=%016llx\n", key, (unsigned long long)set);
}

static void put_identity(const char *key, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		put_number(key, -1);
	else
		out_format("%s=%llu:%llu\n", key, (unsigned long long)st.st_dev,
			   (unsigned long long)st.st_ino);
}

#if defined(__linux__) && !defined(LIBSPAWN_PORTABLE)
#include "probe_linux.h"
#else
#include "probe_posix.h"
#endif

static void print_args(void)
{
	char key[32];

	out_format("argc=%d\n", arg_count);
	for (int i = 0; i < arg_count; i++) {
		snprintf(key, sizeof key, "argv.%d", i);
		put_text(key, arg_values[i]);
	}
	put_program();
}

static void print_env(void)
{
	char key[32];
	int count = 0;

	for (; environ[count]; count++) {
		snprintf(key, sizeof key, "env.%d", count);
		put_text(key, environ[count]);
	}
	out_format("envc=%d\n", count);
}

static void print_dirs(void)
{
	char path[PATH_MAX];

	if (!current_directory(path, sizeof path))
		put_number("cwd", -1);
	else
		put_text("cwd", path);
	put_identity("cwd.id", ".");
	put_identity("root.id", "/");
}

static void print_umask(void)
{
	mode_t mask = umask(0);

	umask(mask);
	out_format("umask=%03o\n", (unsigned)mask);
}

static void print_fd(int fd)
{
	char key[32];
	struct stat st;

	snprintf(key, sizeof key, "fd.%d", fd);
	put_fd(key, fd);
	out_format("fd.%d.flags=%x\n", fd, (unsigned)fcntl(fd, F_GETFL));
	out_format("fd.%d.tty=%d\n", fd, isatty(fd));
	if (fstat(fd, &st) == 0)
		out_format("fd.%d.id=%llu:%llu\n", fd,
			   (unsigned long long)st.st_dev,
			   (unsigned long long)st.st_ino);
}

static int fd_is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* Find the open descriptors without /proc, which a chroot may lack. */
static int scan_fds(int *list, int room)
{
	int bound = fd_bound();
	int count = 0;

	for (int fd = 0; fd < bound && count < room; fd++)
		if (fd_is_open(fd))
			list[count++] = fd;
	return count;
}

static int list_fds(int *list, int room)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	int count = 0;

	if (!dir)
		return scan_fds(list, room);
	while ((entry = readdir(dir)) && count < room) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && fd != dirfd(dir))
			list[count++] = fd;
	}
	closedir(dir);
	return count;
}

static int compare_ints(const void *left, const void *right)
{
	return *(const int *)left - *(const int *)right;
}

static void print_fds(void)
{
	static int list[FD_CEILING];
	int count = list_fds(list, FD_CEILING);

	qsort(list, (size_t)count, sizeof *list, compare_ints);
	out_format("fds=");
	for (int i = 0; i < count; i++)
		out_format("%s%d", i ? "," : "", list[i]);
	out_format("\nfd_count=%d\n", count);
	for (int i = 0; i < count && i < 256; i++)
		print_fd(list[i]);
}

static void print_process(void)
{
	put_number("pid", own_pid());
	put_number("ppid", own_parent());
	put_number("pgid", getpgid(0));
	put_number("sid", getsid(0));
}

static void print_tty(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0) {
		put_number("tty", -1);
		return;
	}
	put_number("tty", terminal_device(fd));
	put_number("tty.pgid", tcgetpgrp(fd));
	close(fd);
}

static const struct group {
	const char *name;
	void (*print)(void);
} groups[] = {
	{ "args", print_args },
	{ "env", print_env },
	{ "dirs", print_dirs },
	{ "umask", print_umask },
	{ "fds", print_fds },
	{ "signals", print_signals },
	{ "process", print_process },
	{ "tty", print_tty },
	{ "ids", print_ids },
	{ "caps", print_caps },
	{ "containment", print_containment },
	{ "rlimits", print_rlimits },
	{ "scheduling", print_scheduling },
	{ "oom", print_oom },
	{ "cgroup", print_cgroup },
	{ "namespaces", print_namespaces },
	{ "traits", print_traits },
	{ "confinement", print_confinement },
	{ "mounts", print_mounts },
	{ "maps", print_maps },
};

static int ends_print(const char *word)
{
	return !word || strcmp(word, "then") == 0 || strcmp(word, "--") == 0;
}

static int group_is_chosen(char **words, const char *name)
{
	if (ends_print(*words))
		return 1;
	for (; !ends_print(*words); words++)
		if (strcmp(*words, name) == 0)
			return 1;
	return 0;
}

static char **command_print(char **words)
{
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		if (group_is_chosen(words, groups[i].name))
			groups[i].print();
	out_flush();
	while (!ends_print(*words))
		words++;
	return *words && strcmp(*words, "then") == 0 ? words + 1 : words;
}

static char **command_open(char **words)
{
	int flags = (int)strtol(words[1], NULL, 0);
	int fd = open(words[0], flags | O_CLOEXEC, 0600);

	out_format("open.%s=", words[0]);
	if (fd < 0)
		out_format("error:%d\n", errno);
	else
		out_format("ok\n");
	out_flush();
	if (fd >= 0)
		close(fd);
	return words + 2;
}

static void command_read(int fd)
{
	static char bytes[65537];
	size_t used = 0;
	ssize_t n;

	do {
		n = read(fd, bytes + used, sizeof bytes - 1 - used);
		if (n > 0)
			used += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	bytes[used] = '\0';
	out_format("read.%d=", fd);
	out_escaped(bytes);
	out_flush();
}

/* OpenBSD has none: this is no request of any terminal. */
#ifndef TIOCSTI
#define TIOCSTI 0
#endif

/* What TIOCSTI is for, and misused for. ioctl_tty(2) */
static void command_type(int fd)
{
	char key = 'x';

	if (ioctl(fd, TIOCSTI, &key))
		out_format("type.%d=error:%d\n", fd, errno);
	else
		out_format("type.%d=ok\n", fd);
	out_flush();
}

static void command_kill(int number)
{
	/* A blocked signal would not end us. */
	unblock_all();
	kill(getpid(), number);
	pause();
}

static int count_words(char **words)
{
	int count = 0;

	while (words[count])
		count++;
	return count;
}

/* Do one command with at least one operand; returns what follows it. */
static char **run_command(const char *name, char **words)
{
	int number = atoi(words[0]);

	if (strcmp(name, "exit") == 0)
		_exit(number);
	if (strcmp(name, "kill") == 0)
		command_kill(number);
	else if (strcmp(name, "read") == 0)
		command_read(number);
	else if (strcmp(name, "type") == 0)
		command_type(number);
	else if (strcmp(name, "close") == 0)
		close(number);
	else if (strcmp(name, "open") == 0 && words[1])
		return command_open(words);
	else if (strcmp(name, "write") == 0 && words[1])
		return write(number, words[1], strlen(words[1])) < 0
			       ? words + count_words(words)
			       : words + 2;
	else
		_exit(120);
	return words + 1;
}

int main(int argc, char **argv)
{
	char **words = argv + (argc > 0);

	arg_count = argc;
	arg_values = argv;
	while (*words && strcmp(*words, "--") != 0) {
		const char *name = *words++;

		if (name[0] == '@')
			out_fd = atoi(name + 1);
		else if (strcmp(name, "print") == 0)
			words = command_print(words);
		else if (strcmp(name, "pause") == 0)
			pause();
		else if (*words)
			words = run_command(name, words);
		else
			return 120;
	}
	return 0;
}
