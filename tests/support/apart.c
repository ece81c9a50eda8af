/* SPDX-License-Identifier: MIT */
/* What a body apart checks, and what it starts; see apart.h. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apart.h"
#include "linux_calls.h"
#include "patience.h"

#if defined(__has_feature)
#define HAS_FEATURE(feature) __has_feature(feature)
#else
#define HAS_FEATURE(feature) 0
#endif
#if defined(__SANITIZE_THREAD__) || HAS_FEATURE(thread_sanitizer)
#define SANITIZES_THREADS 1
#else
#define SANITIZES_THREADS 0
#endif
#if (defined(SYS_vfork) || !ON_LINUX) && !SANITIZES_THREADS
#define VFORK_IS_VFORK 1
#else
#define VFORK_IS_VFORK 0
#endif

/* ---- A process of its own ---------------------------------------------- */

struct body {
	void (*run)(void);
};

static void run_checked(void *body)
{
	mark_surroundings();
	((struct body *)body)->run();
	check_surroundings();
}

int try_apart(void (*body)(void))
{
	struct body checked = { body };

	return run_in_own_process(run_checked, &checked);
}

void run_apart(void (*body)(void))
{
	judge_own_process(try_apart(body));
}

/* Whoever has ended is in it for a moment more. */
int remove_empty_cgroup(const char *folder)
{
	struct patience patience = { 0 };

	while (rmdir(folder) < 0 && errno == EBUSY && patience_naps(&patience))
		continue;
	return access(folder, F_OK) != 0;
}

int remove_cgroup(const char *folder)
{
	char path[1100];
	int fd;

	snprintf(path, sizeof path, "%s/cgroup.kill", folder);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		(void)!write(fd, "1", 1);
		close(fd);
	}
	return remove_empty_cgroup(folder);
}

void mark_surroundings(void)
{
	assert_int_equal(support_setup(NULL), 0);
	/* Valgrind maps memory of its own as it goes. */
	if (runs_in_valgrind())
		support_ignore_mappings();
}

void check_surroundings(void)
{
	assert_int_equal(support_teardown(NULL), 0);
}

/* ---- Starting ---------------------------------------------------------- */

static char probe_name[] = "probe";
static char exit_command[] = "exit";
static char exit_operand[] = "0";
char *const exit_argv[] = { probe_name, exit_command, exit_operand, NULL };

struct libspawn_options plain_options(void)
{
	return (struct libspawn_options){ OPTIONS, .backend = support_backend };
}

struct libspawn_error unset_error(void)
{
	struct libspawn_error error;

	memset(&error, 0x5a, sizeof error);
	return error;
}

static void assert_success(int code, const struct libspawn_error *error)
{
	if (code)
		print_error("step %s, index %d: %s\n",
			    libspawn_step_name(error->step), error->index,
			    strerror(code));
	assert_int_equal(code, 0);
}

struct libspawn_process start_and_reap(const struct libspawn_options *options)
{
	struct libspawn_process process = { 0 };
	struct libspawn_error error = unset_error();

	assert_success(libspawn_start(&process, support_probe, exit_argv,
				      options, &error),
		       &error);
	assert_int_equal(reap(process.pid), 0);
	return process;
}

/* ENOSPC: the system's limit of namespaces, which may be 0. */
static int is_lack(int code)
{
	return code == EPERM || code == EACCES || code == ENODEV ||
	       code == ENOSYS || code == ENOSPC;
}

void need_start(const struct libspawn_options *options, int step,
		const char *lack)
{
	struct libspawn_process process = { 0 };
	struct libspawn_error error = unset_error();
	int code = libspawn_start(&process, support_probe, exit_argv, options,
				  &error);

	if (is_lack(code) && error.step == step)
		skip_apart(lack);
	assert_success(code, &error);
	assert_int_equal(reap(process.pid), 0);
}

/* An emulator or valgrind has no memory that is shared. */
struct libspawn_pending *begin_apart(const char *program, char *const argv[],
				     const struct libspawn_options *options)
{
	struct libspawn_pending *pending = NULL;
	struct libspawn_error error = unset_error();
	int code = libspawn_begin(&pending, program, argv, options, &error);

	if (code == ENOTSUP && error.step == LIBSPAWN_STEP_BEGIN &&
	    !(options->flags & LIBSPAWN_MAY_WAIT))
		skip_apart("the backend waits here");
	assert_success(code, &error);
	return pending;
}

static int is_refused_map(int code, const struct libspawn_error *error)
{
	return code == EACCES && (error->step == LIBSPAWN_STEP_UID_MAP ||
				  error->step == LIBSPAWN_STEP_GID_MAP ||
				  error->step == LIBSPAWN_STEP_SETGROUPS);
}

void start_among_undumpable(const struct libspawn_options *options)
{
	struct libspawn_process process = { 0 };
	struct libspawn_error error = unset_error();
	struct patience patience = { 0 };
	int code;

	do
		code = libspawn_start(&process, support_probe, exit_argv,
				      options, &error);
	while (is_refused_map(code, &error) && patience_lasts(&patience));
	assert_success(code, &error);
	assert_int_equal(reap(process.pid), 0);
}

int memory_is_shared(void)
{
	struct libspawn_options options = plain_options();
	struct libspawn_process process;

	if (support_backend == LIBSPAWN_BACKEND_FORK ||
	    support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		return 0;
	process = start_and_reap(&options);
	return !(process.fallbacks & LIBSPAWN_FALLBACK_PIPE);
}

/* ThreadSanitizer makes it a fork() with all its handlers. */
int vfork_is_vfork(void)
{
	return VFORK_IS_VFORK && !runs_in_valgrind();
}

void skip_false_vfork(const char *backend)
{
	if (!SANITIZES_THREADS || !backend || strcmp(backend, "vfork") != 0)
		return;
	print_message("skipped: ThreadSanitizer makes vfork() a fork()\n");
	exit(SKIPPED);
}

/* ---- Threads ----------------------------------------------------------- */

pthread_t start_thread(void *(*run)(void *), void *data)
{
	pthread_t thread;

	/* Their stacks stay cached when they have ended. */
	support_ignore_mappings();
	assert_int_equal(pthread_create(&thread, NULL, run, data), 0);
	return thread;
}
