/* SPDX-License-Identifier: MIT */
/*
 * What the children of a worker's own see of the hand-over: nothing. Each is
 * told to inherit all that there is, and lists its descriptors and variables.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "employ.h"

enum { LIST_ROOM = 64 * 1024 };

/* ---- What runs in them ------------------------------------------------- */

/* What the probe prints that is its data, started with all that there is. */
static int list_by_start(struct libspawn_worker *self)
{
	static char text[LIST_ROOM];
	const char *path = libspawn_worker_data(self, NULL);
	char *argv[] = { (char *)(uintptr_t) "probe",
			 (char *)(uintptr_t) "print", (char *)(uintptr_t) "env",
			 (char *)(uintptr_t) "fds", NULL };
	struct libspawn_options options = { .size = sizeof options,
					    .flags = LIBSPAWN_INHERIT_FDS };
	struct libspawn_capture capture = { .size = sizeof capture };
	struct libspawn_message message;
	struct libspawn_result result;

	capture.output.kind = LIBSPAWN_STREAM_MEMORY;
	capture.output.buffer = text;
	capture.output.limit = sizeof text - 1;
	if (libspawn_run(&result, path, argv, &options, &capture, NULL))
		return 1;
	message = text_message(text);
	return libspawn_worker_send(self, &message, LIBSPAWN_FOREVER);
}

/* The same by what every program does. */
static int list_by_fork(struct libspawn_worker *self)
{
	static char text[LIST_ROOM];
	const char *path = libspawn_worker_data(self, NULL);
	struct libspawn_message message;
	size_t length = 0;
	ssize_t got;
	int ends[2];
	pid_t pid;

	if (pipe(ends) < 0)
		return 1;
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], 1);
		close(ends[0]);
		close(ends[1]);
		execl(path, "probe", "print", "env", "fds", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	while ((got = read(ends[0], text + length, sizeof text - 1 - length)) >
	       0)
		length += (size_t)got;
	close(ends[0]);
	waitpid(pid, NULL, 0);
	message = text_message(text);
	return libspawn_worker_send(self, &message, LIBSPAWN_FOREVER);
}

static int be_template(struct libspawn_worker *self)
{
	return libspawn_template_serve(self);
}

/* What no request has: it has one thread as it begins, and sets itself up. */
static int set_up(struct libspawn_worker *self)
{
	const struct rlimit few = { 32, 32 };
	struct libspawn_message message;
	struct rlimit limit;
	char cwd[64];

	if (libspawn_worker_receive(self, &message, PATIENCE_MS) ||
	    message.fd_count != 1 || dup2(message.fds[0], 9) != 9 ||
	    chdir("/") < 0 || setrlimit(RLIMIT_NOFILE, &few) < 0 ||
	    setenv("ITS_OWN", "yes", 1) < 0)
		return 1;
	close(message.fds[0]);
	getrlimit(RLIMIT_NOFILE, &limit);
	return report(self, "cwd %s, %d files, 9 %s, ITS_OWN %s",
		      getcwd(cwd, sizeof cwd) ? cwd : "none",
		      (int)limit.rlim_cur,
		      fcntl(9, F_GETFD) == 0 ? "inheritable" : "not there",
		      getenv("ITS_OWN"));
}

static const struct libspawn_function functions[] = {
	{ .name = "by start", .run = list_by_start },
	{ .name = "by fork", .run = list_by_fork },
	{ .name = "template", .run = be_template },
	{ .name = "set up", .run = set_up },
};

/* ---- Tests ------------------------------------------------------------- */

static void expect_nothing(struct libspawn_worker *worker)
{
	struct libspawn_message message;
	char *text;

	assert_int_equal(libspawn_worker_receive(worker, &message, PATIENCE_MS),
			 0);
	text = strndup(message.bytes, message.size);
	assert_non_null(text);
	if (!strstr(text, "\nfds=0,1,2\n") || strstr(text, "LIBSPAWN_WORKER"))
		print_error("%s\n", text);
	assert_non_null(strstr(text, "\nfds=0,1,2\n"));
	assert_null(strstr(text, "LIBSPAWN_WORKER"));
	/* It was listed at all. */
	assert_non_null(strstr(text, "=OF_THE_CALLER=1\n"));
	free(text);
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

static struct libspawn_worker_how probe_how(void)
{
	struct libspawn_worker_how how = plain_how(NULL);

	how.data = support_probe;
	how.data_size = strlen(support_probe) + 1;
	return how;
}

static void list_from(const char *function)
{
	struct libspawn_worker_how how = probe_how();

	setenv("OF_THE_CALLER", "1", 1);
	expect_nothing(employ(function, &how));
	unsetenv("OF_THE_CALLER");
}

static void what_it_starts_sees_nothing_of_the_hand_over(void **state)
{
	(void)state;
	list_from("by start");
}

static void what_it_forks_and_executes_sees_nothing_of_it(void **state)
{
	(void)state;
	list_from("by fork");
}

static void those_of_a_templates_worker_see_nothing(void **state)
{
	struct libspawn_worker_how how = probe_how();
	struct libspawn_worker *from;

	(void)state;
	setenv("OF_THE_CALLER", "1", 1);
	from = employ("template", NULL);
	unsetenv("OF_THE_CALLER");
	/* What only a start takes. */
	how.options = NULL;
	how.program = NULL;
	how.argv = NULL;
	expect_nothing(fork_one(from, "by start", &how));
	expect_nothing(fork_one(from, "by fork", &how));
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

static void a_templates_worker_sets_itself_up(void **state)
{
	struct libspawn_worker *from = employ("template", NULL);
	struct libspawn_worker *worker = fork_one(from, "set up", NULL);
	int32_t fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const struct libspawn_message message = { .fds = &fd, .fd_count = 1 };

	(void)state;
	assert_int_equal(libspawn_worker_send(worker, &message, PATIENCE_MS),
			 0);
	close(fd);
	expect_text(worker, "cwd /, 32 files, 9 inheritable, ITS_OWN yes");
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
	dismiss(from, LIBSPAWN_END_EXITED, 0);
}

static const struct CMUnitTest tests[] = {
	TEST(what_it_starts_sees_nothing_of_the_hand_over),
	TEST(what_it_forks_and_executes_sees_nothing_of_it),
	TEST(those_of_a_templates_worker_see_nothing),
	TEST(a_templates_worker_sets_itself_up),
};

EMPLOY_MAIN(functions, tests)
