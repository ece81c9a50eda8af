/* SPDX-License-Identifier: MIT */
/*
 * A program of 0.1: written and compiled with that release's header, whatever
 * the library is that it meets when it runs. It uses each field that it can
 * see come to its place, each function, and looks behind each struct that the
 * library writes to.
 *
 *	old_program PROBE	the status is 0 if all is as it was
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <libspawn.h>

enum { MARK = 0x5a, GIVEN_FD = 7, NULL_FD = 9, PIPE_FD = 1, TEXT = 65536 };

/* Structs that have one size for ever, and what must stay as it is. */
struct guarded {
	struct libspawn_process process;
	unsigned char behind_process[64];
	struct libspawn_error error;
	unsigned char behind_error[64];
	struct libspawn_status status;
	unsigned char behind_status[64];
};

static struct guarded told;
static char text[TEXT];
static int failures;

#define CHECK(what) check((what) != 0, #what, __LINE__)

static void check(int holds, const char *what, int line)
{
	if (holds)
		return;
	printf("old_program.c:%d: not so: %s\n", line, what);
	failures++;
}

/* Without this there is nothing to look at. */
static void need(int holds, const char *what, int line)
{
	check(holds, what, line);
	if (!holds)
		exit(1);
}

#define NEED(what) need((what) != 0, #what, __LINE__)

/* ---- What is written, and no more -------------------------------------- */

static int is_untouched(const unsigned char *bytes, size_t size)
{
	while (size > 0 && bytes[size - 1] == MARK)
		size--;
	return size == 0;
}

static void look_behind(void)
{
	CHECK(is_untouched(told.behind_process, sizeof told.behind_process));
	CHECK(is_untouched(told.behind_error, sizeof told.behind_error));
	CHECK(is_untouched(told.behind_status, sizeof told.behind_status));
	memset(&told, MARK, sizeof told);
}

/* ---- A start with all that a child can see of it ----------------------- */

static void read_text(int fd)
{
	size_t used = 0;
	ssize_t got;

	while (used < TEXT - 1 &&
	       (got = read(fd, text + used, TEXT - 1 - used)) > 0)
		used += (size_t)got;
	text[used] = '\0';
}

/* Whether the probe has said so, on a line of its own. */
static int said(const char *line)
{
	const char *at = strstr(text, line);

	return at && (at == text || at[-1] == '\n') &&
	       (at[strlen(line)] == '\n' || at[strlen(line)] == '\0');
}

static void expect(const char *line)
{
	if (said(line))
		return;
	printf("old_program.c: the child does not say %s\n", line);
	failures++;
}

static void expect_numbers(const struct libspawn_options *options)
{
	char line[80];

	expect("umask=017");
	expect("nice=19");
	expect("timer_slack=70000");
	expect("no_new_privs=1");
	expect("cwd=/");
	expect("env.0=OLD=program");
	expect("envc=1");
	expect("rlimit.4=0:0");
	expect("fds=1,7,9");
	snprintf(line, sizeof line, "sigmask=%016llx",
		 (unsigned long long)options->signal_mask);
	expect(line);
	snprintf(line, sizeof line, "sigignore=%016llx",
		 (unsigned long long)options->signal_ignore);
	expect(line);
	snprintf(line, sizeof line, "pid=%d", (int)told.process.pid);
	expect(line);
	snprintf(line, sizeof line, "sid=%d", (int)told.process.pid);
	expect(line);
}

static void expect_end(int32_t code)
{
	CHECK(libspawn_wait(&told.process, LIBSPAWN_FOREVER, &told.status) ==
	      0);
	CHECK(told.status.end == LIBSPAWN_END_EXITED);
	CHECK(told.status.code == code);
	CHECK(told.status.flags & LIBSPAWN_STATUS_USAGE);
	CHECK(told.status.max_rss_kib > 0);
}

/* Reads what the child of a start says to its end of the first row. */
static void start_and_read(const char *probe,
			   const struct libspawn_options *options)
{
	char *argv[] = { "probe", "print", "then", "exit", "3", NULL };
	int32_t end;

	NEED(libspawn_start(&told.process, probe, argv, options, &told.error) ==
	     0);
	end = *options->fds[0].parent_end;
	CHECK(end > 2);
	CHECK(told.process.pid > 0);
	CHECK(told.process.pidfd == -1);
	CHECK(told.process.backend >= LIBSPAWN_BACKEND_CLONE);
	CHECK(told.process.backend < LIBSPAWN_BACKEND_FORK);
	read_text(end);
	close(end);
}

static void start_with_everything(const char *probe)
{
	char *env[] = { "OLD=program", NULL };
	int32_t end = -1;
	struct libspawn_fd fds[] = {
		{ .child_fd = PIPE_FD,
		  .kind = LIBSPAWN_FD_PIPE_WRITE,
		  .parent_end = &end },
		{ .child_fd = GIVEN_FD, .kind = LIBSPAWN_FD_SAME, .entry = 0 },
		{ .child_fd = NULL_FD, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 0, .kind = LIBSPAWN_FD_CLOSE },
		{ .child_fd = 2, .kind = LIBSPAWN_FD_CLOSE },
	};
	struct libspawn_rlimit limits[] = { { .resource = RLIMIT_CORE } };
	struct libspawn_options options = {
		.size = sizeof options,
		.backend = LIBSPAWN_BACKEND_ANY,
		.flags = LIBSPAWN_UMASK | LIBSPAWN_SIGNAL_MASK | LIBSPAWN_NICE |
			 LIBSPAWN_TIMER_SLACK | LIBSPAWN_NO_NEW_PRIVS |
			 LIBSPAWN_NEW_SESSION | LIBSPAWN_DEFAULT_SIGNALS |
			 LIBSPAWN_BUSY_RETRY,
		.signal_ignore = 1u << (SIGUSR2 - 1),
		.signal_mask = 1u << (SIGUSR1 - 1),
		.timer_slack = 70000,
		.env = env,
		.cwd = "/",
		.umask = 017,
		.fds = fds,
		.fd_count = sizeof fds / sizeof *fds,
		.nice = 19,
		.rlimits = limits,
		.rlimit_count = 1,
	};

	start_and_read(probe, &options);
	expect_numbers(&options);
	expect_end(3);
	look_behind();
}

/* ---- Failures ---------------------------------------------------------- */

static void expect_failure(int code, int32_t step, int32_t index)
{
	CHECK(told.error.code == code);
	CHECK(told.error.step == step);
	CHECK(told.error.index == index);
	CHECK(libspawn_explain(text, sizeof text, &told.error, "none", NULL,
			       NULL) > strlen(libspawn_step_name(step)));
	look_behind();
}

static void fail_in_each_way(const char *probe)
{
	char *argv[] = { "probe", "exit", "0", NULL };
	struct libspawn_fd rows[] = {
		{ .child_fd = 5, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 6, .kind = LIBSPAWN_FD_FROM, .parent_fd = 999 },
	};
	struct libspawn_options options = { .size = sizeof options };

	CHECK(libspawn_start(&told.process, "/nowhere/at/all", argv, &options,
			     &told.error) == ENOENT);
	expect_failure(ENOENT, LIBSPAWN_STEP_EXEC, -1);

	options.cwd = "/nowhere";
	CHECK(libspawn_start(&told.process, probe, argv, &options,
			     &told.error) == ENOENT);
	expect_failure(ENOENT, LIBSPAWN_STEP_CWD, -1);

	options.cwd = NULL;
	options.fds = rows;
	options.fd_count = 2;
	CHECK(libspawn_start(&told.process, probe, argv, &options,
			     &told.error) == EBADF);
	expect_failure(EBADF, LIBSPAWN_STEP_FD, 1);

	options.fd_count = 0;
	options.umask = 1;
	CHECK(libspawn_query(LIBSPAWN_BACKEND_ANY, &options, &told.error) ==
	      -EINVAL);
	expect_failure(EINVAL, LIBSPAWN_STEP_UMASK, -1);
}

/* ---- After the start --------------------------------------------------- */

static void start_a_sleeper(const char *probe)
{
	char *argv[] = { "probe", "pause", NULL };
	struct libspawn_options options = { .size = sizeof options,
					    .flags = LIBSPAWN_NEW_SESSION };

	NEED(libspawn_start(&told.process, probe, argv, &options,
			    &told.error) == 0);
}

static void signal_and_wait_for_any(const char *probe)
{
	struct libspawn_process *one = &told.process;
	size_t index = 0;

	start_a_sleeper(probe);
	CHECK(libspawn_wait(one, 0, &told.status) == ETIMEDOUT);
	CHECK(told.status.end == LIBSPAWN_END_RUNNING);
	CHECK(libspawn_signal(one, SIGTERM, LIBSPAWN_SIGNAL_GROUP) == 0);
	CHECK(libspawn_wait_any(&one, 1, LIBSPAWN_FOREVER, &index,
				&told.status) == 0);
	CHECK(index == 0 && told.status.end == LIBSPAWN_END_KILLED);
	CHECK(told.status.code == SIGTERM);
	CHECK(libspawn_signal(one, SIGTERM, 0) == ESRCH);
	libspawn_close(one);
	look_behind();
}

static void stop(const char *probe)
{
	struct libspawn_stop_how how = { .size = sizeof how,
					 .flags = LIBSPAWN_STOP_GROUP,
					 .signal = SIGUSR1,
					 .grace_ms = -1 };

	start_a_sleeper(probe);
	CHECK(libspawn_stop(&told.process, &how, &told.status) == 0);
	CHECK(told.status.code == SIGUSR1);
	CHECK(told.status.flags & LIBSPAWN_STATUS_ASKED);
	CHECK(!(told.status.flags & LIBSPAWN_STATUS_FORCED));
	look_behind();
}

static void ask_for_names(void)
{
	CHECK(strcmp(libspawn_step_name(LIBSPAWN_STEP_CWD), "cwd") == 0);
	CHECK(strcmp(libspawn_backend_name(LIBSPAWN_BACKEND_VFORK), "vfork") ==
	      0);
	CHECK(strcmp(libspawn_step_name(-1), "unknown") == 0);
}

int main(int argc, char *argv[])
{
	if (argc != 2)
		return 2;
	setvbuf(stdout, NULL, _IONBF, 0);
	memset(&told, MARK, sizeof told);
	start_with_everything(argv[1]);
	fail_in_each_way(argv[1]);
	signal_and_wait_for_any(argv[1]);
	stop(argv[1]);
	ask_for_names();
	printf("compiled for %d.%d, running with %s\n", LIBSPAWN_VERSION_MAJOR,
	       LIBSPAWN_VERSION_MINOR, libspawn_version());
	return failures != 0;
}
