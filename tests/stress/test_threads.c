/* SPDX-License-Identifier: MIT */
/*
 * Sixty-four threads that start programs amid threads that disturb: none
 * fails, each finds its own state as it left it, and nothing is left behind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apart.h"
#include "unrest.h"

/* Far less than one in five hundred of the starts. */
#define MAPPINGS_SLACK 32
#define BYTES_SLACK (64u << 10)

static int starts_each = 500;
static atomic_int started;

/* What a start must not change, as the kernel has it. */
struct caller {
	uint64_t mask;
	int umask;
	char cwd[512];
};

static void look(struct caller *caller)
{
	char text[4096];
	const char *line;
	int fd = open("/proc/thread-self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof text - 1);

	close(fd);
	memset(caller, 0, sizeof *caller);
	text[n > 0 ? n : 0] = '\0';
	line = strstr(text, "\nUmask:");
	caller->umask = line ? (int)strtol(line + 7, NULL, 8) : -1;
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &caller->mask, 8);
	assert_non_null(getcwd(caller->cwd, sizeof caller->cwd));
}

static void assert_code(int code, int expected, struct libspawn_error *error)
{
	if (code != expected)
		print_error("step %s, index %d: %s\n",
			    libspawn_step_name(error->step), error->index,
			    strerror(code));
	assert_int_equal(code, expected);
}

/* Start, and compare what must be as it was. Returns the pid or 0. */
static int start(const char *program, char *const argv[],
		 const struct libspawn_options *options, int expected)
{
	struct libspawn_process process = { 0 };
	struct libspawn_error error = unset_error();
	struct caller before, after;
	int code, errnum;

	look(&before);
	errno = EXDEV;
	code = libspawn_start(&process, program, argv, options, &error);
	errnum = errno;
	look(&after);
	assert_code(code, expected, &error);
	assert_int_equal(errnum, EXDEV);
	assert_memory_equal(&before, &after, sizeof before);
	return process.pid;
}

static void start_plainly(void)
{
	struct libspawn_options options = plain_options();
	int pid = start(support_probe, exit_argv, &options, 0);

	assert_int_equal(reap(pid), 0);
}

/* Most of what every backend can do, and an environment of its own. */
static void start_elaborately(void)
{
	struct libspawn_fd rows[] = {
		{ .child_fd = 0, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 1, .kind = LIBSPAWN_FD_SAME },
		{ .child_fd = 5,
		  .kind = LIBSPAWN_FD_OPEN,
		  .open_flags = O_RDONLY,
		  .path = "/" },
	};
	char *env[] = { NULL };
	struct libspawn_options options = plain_options();

	options.flags = LIBSPAWN_NEW_SESSION | LIBSPAWN_SIGNAL_MASK;
	options.signal_default = UINT64_C(1) << (SIGPIPE - 1);
	options.cwd = "/";
	options.env = env;
	options.fds = rows;
	options.fd_count = 3;
	assert_int_equal(reap(start(support_probe, exit_argv, &options, 0)), 0);
}

/* However many the others have open, the child has its own. */
static void start_to_print(void)
{
	static char name[] = "probe", print[] = "print", fds[] = "fds";
	char *argv[] = { name, print, fds, NULL };
	int32_t end = -1;
	struct libspawn_fd row = { .child_fd = 1,
				   .kind = LIBSPAWN_FD_PIPE_WRITE,
				   .parent_end = &end };
	struct libspawn_options options = plain_options();
	char text[4096] = "";
	size_t length = 0;
	ssize_t n;
	int pid;

	options.fds = &row;
	options.fd_count = 1;
	pid = start(support_probe, argv, &options, 0);
	while ((n = read(end, text + length, sizeof text - 1 - length)) > 0)
		length += (size_t)n;
	close(end);
	assert_int_equal(reap(pid), 0);
	assert_memory_equal(text, "fds=0,1,2\n", 10);
}

static void fail_to_start(void)
{
	struct libspawn_options options = plain_options();

	start("/nonexistent", exit_argv, &options, ENOENT);
	options.cwd = "/nonexistent";
	start(support_probe, exit_argv, &options, ENOENT);
}

static void start_number(int n)
{
	switch (n % 4) {
	case 0: start_elaborately(); break;
	case 1: start_to_print(); break;
	default: start_plainly(); break;
	}
	if (n % 10 == 0)
		fail_to_start();
	atomic_fetch_add(&started, 1);
}

static void start_many(int count)
{
	for (int n = 0; n < count; n++)
		start_number(n);
}

static void start_three(int number)
{
	(void)number;
	start_many(3);
}

static void start_all(int number)
{
	(void)number;
	start_many(starts_each);
}

static int count_mappings(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	int lines = 0, byte;

	assert_non_null(file);
	while ((byte = fgetc(file)) != EOF)
		lines += byte == '\n';
	fclose(file);
	return lines;
}

/* The first round leaves what stays: stacks, arenas, tables. */
static void stress_body(void)
{
	size_t bytes;
	int mappings;

	unrest_prepare();
	unrest_run(start_three);
	mark_surroundings();
	support_ignore_mappings();
	atomic_store(&started, 0);
	mappings = count_mappings();
	bytes = mallinfo2().uordblks;
	unrest_run(start_all);
	assert_int_equal(atomic_load(&started), UNREST_THREADS * starts_each);
	assert_int_equal(unrest_strayed(), 0);
	if (runs_slowly())
		return;
	assert_true(count_mappings() <= mappings + MAPPINGS_SLACK);
	print_message("%zu bytes, then %zu\n", bytes, mallinfo2().uordblks);
	assert_true(mallinfo2().uordblks <= bytes + BYTES_SLACK);
}

static void many_threads_start_programs_amid_unrest(void **state)
{
	(void)state;
	run_apart(stress_body);
}

static const struct CMUnitTest tests[] = {
	TEST(many_threads_start_programs_amid_unrest),
};

int main(int argc, char **argv)
{
	skip_false_vfork(argv[1]);
	if (argc > 3)
		starts_each = atoi(argv[3]);
	if (runs_in_valgrind() && starts_each > 3)
		starts_each = 3;
	print_message("%d threads, %d starts each\n", UNREST_THREADS,
		      starts_each);
	return support_main(argc, argv, tests, sizeof tests / sizeof *tests);
}
