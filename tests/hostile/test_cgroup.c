/* SPDX-License-Identifier: MIT */
/*
 * A cgroup for the child, when the kernel will not create it in there: then
 * the child enters it, and the result says so. And one that is frozen.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apart.h"
#include "gate.h"
#include "refuse.h"

static int refusal;
static char name[64];
static char folder[1024];

static int starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* Where the hierarchy of version 2 is mounted, and we are in it. */
static int find_own_cgroup(char *mounted, char *own)
{
	char line[1024], type[64];
	FILE *file = fopen("/proc/self/mounts", "re");
	int found = 0;

	while (file && !found && fgets(line, sizeof line, file))
		found = sscanf(line, "%*s %255s %63s", mounted, type) == 2 &&
			strcmp(type, "cgroup2") == 0;
	if (file)
		fclose(file);
	file = fopen("/proc/self/cgroup", "re");
	own[0] = '\0';
	while (file && fgets(line, sizeof line, file))
		if (starts_with(line, "0::"))
			sscanf(line, "0::%511s", own);
	if (file)
		fclose(file);
	return found && own[0] == '/';
}

/* In a body of try_in_cgroup(). */
static int make_cgroup(void)
{
	if (!folder[0])
		skip_apart("no cgroup of version 2 is mounted");
	if (mkdir(folder, 0755))
		skip_apart("no cgroup can be made");
	return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Also where an assertion fails, nothing is left. */
static void try_in_cgroup(void (*body)(void))
{
	char mounted[256], own[512];
	int status;

	folder[0] = '\0';
	if (find_own_cgroup(mounted, own)) {
		snprintf(name, sizeof name, "libspawn-hostile-%d",
			 (int)getpid());
		snprintf(folder, sizeof folder, "%s%s/%s", mounted, own, name);
	}
	status = try_apart(body);
	if (folder[0])
		remove_cgroup(folder);
	judge_own_process(status);
}

static void check_cgroup(int fd, uint32_t fallbacks)
{
	struct libspawn_options options = { OPTIONS,
					    .flags = LIBSPAWN_CGROUP_FD,
					    .cgroup_fd = fd };
	struct seen *seen = run_probe(&options, "cgroup");
	const char *end = strrchr(seen_text(seen, "cgroup"), '/');

	assert_non_null(end);
	assert_string_equal(end + 1, name);
	assert_int_equal(seen->process.fallbacks &
				 ~(uint32_t)LIBSPAWN_FALLBACK_PIPE,
			 fallbacks);
}

/* The vfork backend has the child do it in any case. */
static void enter_body(void)
{
	uint32_t fallbacks =
		LIBSPAWN_FALLBACK_CGROUP | LIBSPAWN_FALLBACK_CLONE3;
	int fd;

	if (support_backend == LIBSPAWN_BACKEND_VFORK)
		fallbacks = 0;
	fallbacks |= support_own_fallbacks();
	need_refusals();
	fd = make_cgroup();
	refuse_call("clone3", refusal);
	check_cgroup(fd, fallbacks);
	check_cgroup(fd, fallbacks);
	close(fd);
	assert_true(remove_empty_cgroup(folder));
}

static void a_cgroup_needs_no_clone3(void **state)
{
	static const int refusals[] = { ENOSYS, EPERM, E2BIG };
	struct libspawn_options options = { OPTIONS,
					    .flags = LIBSPAWN_CGROUP_FD };

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_CGROUP);
	for (size_t n = 0; n < 3; n++) {
		refusal = refusals[n];
		try_in_cgroup(enter_body);
	}
}

/* Neither way may leave a process behind where it is not wanted. */
static void wrong_body(void)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct libspawn_options options = plain_options();
	struct libspawn_error error = unset_error();
	struct libspawn_process process;

	need_refusals();
	options.flags = LIBSPAWN_CGROUP_FD;
	options.cgroup_fd = fd;
	for (int n = 0; n < 2; n++) {
		assert_int_not_equal(libspawn_start(&process, support_probe,
						    exit_argv, &options,
						    &error),
				     0);
		assert_int_equal(error.step, LIBSPAWN_STEP_CGROUP);
		refuse_call("clone3", ENOSYS);
	}
	close(fd);
}

static void what_is_no_cgroup_is_refused(void **state)
{
	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		skip_with_reason("declined, as the test above shows");
	run_apart(wrong_body);
}

/* ---- One that is frozen ------------------------------------------------- */

static void write_to(const char *file, const char *text)
{
	char path[1100];
	int fd;

	snprintf(path, sizeof path, "%s/%s", folder, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		skip_apart("cgroups can't be frozen here");
	assert_true(write(fd, text, strlen(text)) > 0);
	close(fd);
}

/* Nobody is in it any more, or the kernel would say EBUSY. */
static void expect_empty(int fd)
{
	close(fd);
	assert_true(remove_empty_cgroup(folder));
}

/* The step that is told by a start into a frozen one, with this deadline. */
static int late_step(int cgroup_fd, int64_t timeout_ms)
{
	struct libspawn_options options = plain_options();
	struct libspawn_error error = unset_error();
	struct libspawn_process process;

	options.flags = LIBSPAWN_CGROUP_FD;
	options.cgroup_fd = cgroup_fd;
	options.start_timeout_ms = timeout_ms;
	assert_int_equal(libspawn_start(&process, support_probe, exit_argv,
					&options, &error),
			 ETIMEDOUT);
	assert_int_equal(error.code, ETIMEDOUT);
	return error.step;
}

/* Not one instruction of the child is run: what is under way is the start. */
static void frozen_body(void)
{
	int fd, step;

	need_refusals();
	fd = make_cgroup();
	write_to("cgroup.freeze", "1");
	step = late_step(fd, 100);
	assert_true(step == LIBSPAWN_STEP_BEGIN ||
		    step == LIBSPAWN_STEP_CGROUP);
	/* The child that enters it by itself comes so far, sooner or later. */
	refuse_call("clone3", ENOSYS);
	step = LIBSPAWN_STEP_BEGIN;
	for (int64_t ms = 100; step != LIBSPAWN_STEP_CGROUP && ms < 60000;
	     ms *= 2)
		step = late_step(fd, ms);
	assert_int_equal(step, LIBSPAWN_STEP_CGROUP);
	sweep_starts();
	expect_empty(fd);
}

static void a_frozen_cgroup_holds_nobody_beyond_the_deadline(void **state)
{
	(void)state;
	if (support_backend != LIBSPAWN_BACKEND_CLONE)
		skip_with_reason("a deadline takes a backend that goes on");
	try_in_cgroup(frozen_body);
}

/* Without a deadline its caller is killed, and nothing of it stays. */
static void left_frozen_body(void)
{
	struct libspawn_options options = plain_options();
	struct libspawn_process process;
	int fd, status;
	pid_t caller;

	mark_surroundings();
	fd = make_cgroup();
	write_to("cgroup.freeze", "1");
	options.flags = LIBSPAWN_CGROUP_FD;
	options.cgroup_fd = fd;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	caller = fork();
	if (caller == 0) {
		libspawn_start(&process, support_probe, exit_argv, &options,
			       NULL);
		_exit(0);
	}
	find_child_of(caller);
	kill(caller, SIGKILL);
	assert_int_equal(waitpid(caller, &status, 0), caller);
	assert_true(WIFSIGNALED(status));
	write_to("cgroup.freeze", "0");
	/* Thawed, it finds its parent gone: the program is never run. */
	while (waitpid(-1, &status, __WALL) > 0)
		assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	expect_empty(fd);
}

static void a_child_in_a_frozen_cgroup_does_not_outlive_its_caller(void **state)
{
	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		skip_with_reason("declined, as the test above shows");
	try_in_cgroup(left_frozen_body);
}

static const struct CMUnitTest tests[] = {
	TEST(a_cgroup_needs_no_clone3),
	TEST(what_is_no_cgroup_is_refused),
	TEST(a_frozen_cgroup_holds_nobody_beyond_the_deadline),
	TEST(a_child_in_a_frozen_cgroup_does_not_outlive_its_caller),
};

TEST_MAIN(tests)
