/* SPDX-License-Identifier: MIT */
/*
 * Starting a worker: what runs in it, what it inherits and what it does not,
 * with which options; and what is refused, with which words.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "employ.h"
#include "setting.h"

/* Where the program `lone` is, if it was built. */
#ifndef LONE
#define LONE NULL
#endif

extern char **environ;

/* ---- What runs in workers ---------------------------------------------- */

static int answer(struct libspawn_worker *self)
{
	return report(self, "42") == 0 ? 7 : 1;
}

static int say_self(struct libspawn_worker *self)
{
	struct rlimit limit;
	char cwd[256];

	getrlimit(RLIMIT_NOFILE, &limit);
	return report(self, "uid %d gid %d cwd %s files %d umask %o",
		      (int)geteuid(), (int)getegid(),
		      getcwd(cwd, sizeof cwd) ? cwd : "none",
		      (int)limit.rlim_cur, (unsigned)umask(0));
}

static int count_variables(void)
{
	int count = 0;

	for (char **next = environ; *next; next++)
		count += strncmp(*next, "LIBSPAWN_WORKER", 15) == 0;
	return count;
}

/* Numbers above 2 that a program executed from here would have. */
static int count_inheritable(void)
{
	int count = 0;

	for (int fd = 3; fd < 1024; fd++) {
		int flags = fcntl(fd, F_GETFD);

		count += flags >= 0 && !(flags & FD_CLOEXEC);
	}
	return count;
}

static int say_traces(struct libspawn_worker *self)
{
	const char *kept = getenv("KEPT");

	return report(self, "variables %d inheritable %d kept %s",
		      count_variables(), count_inheritable(),
		      kept ? kept : "nothing");
}

static int say_data(struct libspawn_worker *self)
{
	uint64_t size;
	const unsigned char *bytes = libspawn_worker_data(self, &size);
	unsigned long sum = 0;

	for (uint64_t n = 0; n < size; n++)
		sum += bytes[n];
	return report(self, "size %lu sum %lu aligned %d", (unsigned long)size,
		      sum, (int)((uintptr_t)bytes % 16 == 0));
}

static int eat_memory(struct libspawn_worker *self)
{
	void *volatile bytes = malloc((size_t)1 << 30);
	int code = report(self, "1 GiB: %s", bytes ? "had" : "refused");

	free(bytes);
	return code;
}

/* One that its own worker has, as it is a program like any other. */
static int employ_another(struct libspawn_worker *self)
{
	struct libspawn_worker *worker;
	struct libspawn_message message;

	if (libspawn_worker_start(&worker, "answer", NULL, NULL))
		return 1;
	if (libspawn_worker_receive(worker, &message, PATIENCE_MS) == 0)
		libspawn_worker_send(self, &message, PATIENCE_MS);
	return libspawn_worker_close(worker, PATIENCE_MS, NULL);
}

static int say_mask(struct libspawn_worker *self)
{
	sigset_t mask;
	struct sigaction action;
	int blocked = 0;
	int handled = 0;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int signal = 1; signal < 32; signal++) {
		blocked += sigismember(&mask, signal) == 1;
		sigaction(signal, NULL, &action);
		handled += action.sa_handler != SIG_DFL &&
			   action.sa_handler != SIG_IGN;
	}
	return report(self, "blocked %d handled %d", blocked, handled);
}

static const struct libspawn_function functions[] = {
	{ .name = "answer", .run = answer },
	{ .name = "say self", .run = say_self },
	{ .name = "say traces", .run = say_traces },
	{ .name = "say data", .run = say_data },
	{ .name = "eat memory", .run = eat_memory },
	{ .name = "employ another", .run = employ_another },
	{ .name = "say mask", .run = say_mask },
};

/* ---- Running ----------------------------------------------------------- */

static void its_function_runs_and_its_status_is_told(void **state)
{
	struct libspawn_worker *worker = employ("answer", NULL);

	(void)state;
	assert_int_equal(libspawn_worker_way(worker),
			 LIBSPAWN_WORKER_WAY_START);
	assert_int_equal(libspawn_worker_process(worker)->backend,
			 support_backend);
	expect_text(worker, "42");
	dismiss(worker, LIBSPAWN_END_EXITED, 7);
}

static void a_worker_may_have_workers(void **state)
{
	struct libspawn_worker *worker = employ("employ another", NULL);

	(void)state;
	expect_text(worker, "42");
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

static void many_are_there_at_once(void **state)
{
	struct libspawn_worker *workers[20];

	(void)state;
	for (int n = 0; n < 20; n++)
		workers[n] = employ("answer", NULL);
	for (int n = 19; n >= 0; n--) {
		expect_text(workers[n], "42");
		dismiss(workers[n], LIBSPAWN_END_EXITED, 7);
	}
}

static void hand_over(const unsigned char *bytes, size_t size,
		      unsigned long sum)
{
	struct libspawn_worker_how how = plain_how(NULL);
	struct libspawn_worker *worker;
	char wanted[80];

	how.data = bytes;
	how.data_size = size;
	worker = employ("say data", &how);
	snprintf(wanted, sizeof wanted, "size %lu sum %lu aligned 1",
		 (unsigned long)size, sum);
	expect_text(worker, wanted);
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

static void data_of_any_size_arrive(void **state)
{
	static const size_t sizes[] = { 0,     1,     16383,  16384,
					16385, 40000, 1 << 20 };
	unsigned char *bytes = malloc(1 << 20);
	unsigned long sum = 0;
	size_t done = 0;

	(void)state;
	assert_non_null(bytes);
	for (size_t n = 0; n < 1 << 20; n++)
		bytes[n] = (unsigned char)(n * 7);
	for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
		while (done < sizes[n])
			sum += bytes[done++];
		hand_over(bytes, sizes[n], sum);
	}
	free(bytes);
}

static void one_block_is_shared_by_workers(void **state)
{
	struct libspawn_worker_how how = plain_how(NULL);
	struct libspawn_worker *workers[3];
	unsigned char bytes[100000];

	(void)state;
	memset(bytes, 3, sizeof bytes);
	assert_int_equal(
		libspawn_block_create(&how.block_fd, bytes, sizeof bytes), 0);
	how.flags = LIBSPAWN_WORKER_BLOCK;
	for (int n = 0; n < 3; n++)
		workers[n] = employ("say data", &how);
	for (int n = 0; n < 3; n++) {
		expect_text(workers[n], "size 100000 sum 300000 aligned 1");
		dismiss(workers[n], LIBSPAWN_END_EXITED, 0);
	}
	close(how.block_fd);
}

/* ---- What is left of the hand-over ------------------------------------- */

static void nothing_is_left_for_its_own_children(void **state)
{
	char *set[] = { (char *)(uintptr_t) "KEPT=this", NULL };
	struct libspawn_options options = plain_options();
	struct libspawn_worker_how how = plain_how(&options);
	struct libspawn_worker *worker;

	(void)state;
	options.env_set = set;
	worker = employ("say traces", &how);
	expect_text(worker, "variables 0 inheritable 0 kept this");
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
	assert_int_equal(count_variables(), 0);
}

static void an_environment_of_its_own_is_kept(void **state)
{
	char *env[] = { (char *)(uintptr_t) "KEPT=only", NULL };
	struct libspawn_options options = plain_options();
	struct libspawn_worker_how how = plain_how(&options);
	struct libspawn_worker *worker;

	(void)state;
	options.env = env;
	worker = employ("say traces", &how);
	expect_text(worker, "variables 0 inheritable 0 kept only");
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

static void nothing_that_was_not_named_is_inherited(void **state)
{
	int fd = open("/dev/null", O_RDONLY);
	struct libspawn_worker *worker;

	(void)state;
	worker = employ("say traces", NULL);
	expect_text(worker, "variables 0 inheritable 0 kept nothing");
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
	close(fd);
}

static void handlers_and_mask_are_as_of_a_start(void **state)
{
	struct libspawn_options options = plain_options();
	struct libspawn_worker_how how = plain_how(&options);
	struct libspawn_worker *worker;

	(void)state;
	options.flags = LIBSPAWN_SIGNAL_MASK;
	worker = employ("say mask", &how);
	/* A sanitizer has handlers of its own. */
	if (support_is_instrumented())
		assert_non_null(strstr(receive_text(worker), "blocked 0 "));
	else
		expect_text(worker, "blocked 0 handled 0");
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

/* ---- Options ----------------------------------------------------------- */

static void options_apply(void **state)
{
	struct libspawn_rlimit limit = { .soft = 64,
					 .hard = 64,
					 .resource = RLIMIT_NOFILE };
	struct libspawn_options options = plain_options();
	struct libspawn_worker_how how = plain_how(&options);
	struct libspawn_worker *worker;
	char wanted[128];

	(void)state;
	options.cwd = "/";
	options.flags = LIBSPAWN_UMASK;
	options.umask = 027;
	options.rlimits = &limit;
	options.rlimit_count = 1;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_UMASK);
	worker = employ("say self", &how);
	snprintf(wanted, sizeof wanted, "uid %d gid %d cwd / files 64 umask 27",
		 (int)geteuid(), (int)getegid());
	expect_text(worker, wanted);
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

/* OpenBSD counts what is mapped as data, and has no other limit of it. */
#ifdef RLIMIT_AS
#define RLIMIT_MEMORY RLIMIT_AS
#else
#define RLIMIT_MEMORY RLIMIT_DATA
#endif

static void limited_memory_works(void **state)
{
	struct libspawn_rlimit limit = { .soft = 512u << 20,
					 .hard = 512u << 20,
					 .resource = RLIMIT_MEMORY };
	struct libspawn_options options = plain_options();
	struct libspawn_worker_how how = plain_how(&options);
	struct libspawn_worker *worker;

	(void)state;
	if (support_is_instrumented())
		skip_with_reason("a sanitizer needs more address space");
	options.rlimits = &limit;
	options.rlimit_count = 1;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_RLIMIT);
	worker = employ("eat memory", &how);
	expect_text(worker, "1 GiB: refused");
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

static int says_where(void)
{
	return support_backend != LIBSPAWN_BACKEND_POSIX_SPAWN;
}

/* ---- Its program ------------------------------------------------------- */

/* A copy of the program `lone`; -1: it is not here. What it printed: text. */
static int run_lone(char *text, size_t size, const char *what,
		    const char *operand)
{
	char path[64];
	char *argv[] = { (char *)(uintptr_t) "an odd name",
			 (char *)(uintptr_t)what, (char *)(uintptr_t)operand,
			 NULL };
	struct libspawn_capture capture = { .size = sizeof capture };
	struct libspawn_result result;
	int code = -1;

	snprintf(path, sizeof path, "/tmp/lone.%d", (int)getpid());
	if (!LONE || copy_program(LONE, path) < 0)
		return -1;
	capture.output.kind = LIBSPAWN_STREAM_MEMORY;
	capture.output.buffer = text;
	capture.output.limit = size - 1;
	memset(text, 0, size);
	if (libspawn_run(&result, path, argv, NULL, &capture, NULL) == 0)
		code = result.status.end == LIBSPAWN_END_EXITED
			       ? result.status.code
			       : 99;
	unlink(path);
	return code;
}

static void expect_lone(const char *what, const char *operand, int wanted)
{
	char text[256];
	int code = run_lone(text, sizeof text, what, operand);

	if (code < 0)
		skip_with_reason("the static program is not here");
	if (code != wanted)
		print_error("%s\n", text);
	assert_int_equal(code, wanted);
	if (wanted != 0)
		assert_non_null(strstr(text, "/proc"));
}

static void a_static_program_works(void **state)
{
	(void)state;
	expect_lone("plain", NULL, 0);
}

static void a_program_that_was_deleted_is_itself(void **state)
{
	(void)state;
	expect_lone("deleted", NULL, 0);
}

/* Its name is another file's. */
static void a_program_that_was_replaced_is_itself(void **state)
{
	(void)state;
	expect_lone("replaced", NULL, 0);
}

/* Elsewhere it is looked for in there, and says so. */
static void a_static_worker_works_in_a_new_root(void **state)
{
	char text[256];

	(void)state;
	need_root();
	/* Of some kernels; what fails otherwise fails again below. */
	if (has_tomoyo() && run_lone(text, sizeof text, "root", "/tmp") &&
	    strstr(text, strerror(ENOENT)))
		skip_with_reason("TOMOYO wants /proc in a new root");
	expect_lone("root", "/tmp", support_is_linux() ? 0 : 1);
}

/* With an empty directory for a root, in which there is no /proc. */
static void a_static_worker_works_where_all_is_mounted_anew(void **state)
{
	char text[256];

	(void)state;
	need_root();
	/* What is missing then is missed at the end. */
	if (run_lone(text, sizeof text, "mounted", "/tmp") == 1 &&
	    (has_tomoyo() || !strstr(text, "exec '")))
		skip_with_reason("nothing can be mounted: %s", text);
	expect_lone("mounted", "/tmp", 0);
}

static void a_worker_that_is_another_user_works(void **state)
{
	(void)state;
	need_root();
	expect_lone("user", NULL, 0);
}

static void without_proc_it_says_so(void **state)
{
	(void)state;
	need_root();
	expect_lone("hidden", "/tmp", 1);
}

static void another_program_can_be_named(void **state)
{
	struct libspawn_worker_how how = plain_how(NULL);
	struct libspawn_worker *worker;
	struct libspawn_error error;
	char own[256];
	ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);

	(void)state;
	if (length < 0)
		skip_with_reason("needs /proc");
	own[length] = '\0';
	how.program = own;
	worker = employ("answer", &how);
	expect_text(worker, "42");
	dismiss(worker, LIBSPAWN_END_EXITED, 7);
	how.program = "/nope/nothing";
	assert_int_equal(libspawn_worker_start(&worker, "answer", &how, &error),
			 ENOENT);
	assert_int_equal(error.step, says_where() ? LIBSPAWN_STEP_EXEC
						  : LIBSPAWN_STEP_POSIX_SPAWN);
}

/* Of a program that has no such function, only the worker can say so. */
static void a_function_it_does_not_know_is_told(void **state)
{
	struct libspawn_worker_how how = plain_how(NULL);
	struct libspawn_worker *worker;
	struct libspawn_message message;
	char text[256];
	ssize_t length = readlink("/proc/self/exe", text, sizeof text - 1);

	(void)state;
	if (length < 0)
		skip_with_reason("needs /proc");
	text[length] = '\0';
	how.program = text;
	worker = employ("unheard of", &how);
	assert_int_equal(libspawn_worker_receive(worker, &message, PATIENCE_MS),
			 ENOENT);
	libspawn_worker_describe(text, sizeof text, worker);
	assert_non_null(strstr(text, "no such function"));
	dismiss(worker, LIBSPAWN_END_EXITED, LIBSPAWN_WORKER_LOST);
}

/* ---- Refusals ---------------------------------------------------------- */

static void expect_refusal(const char *function,
			   const struct libspawn_worker_how *how, int code,
			   int step)
{
	struct libspawn_worker *const untouched = (void *)&code;
	struct libspawn_worker *worker = untouched;
	struct libspawn_error error = unset_error();
	char text[256];

	assert_int_equal(libspawn_worker_start(&worker, function, how, &error),
			 code);
	assert_int_equal(error.code, code);
	assert_int_equal(error.step, step);
	assert_ptr_equal(worker, untouched);
	assert_true(libspawn_worker_explain(text, sizeof text, &error, function,
					    how) > 10);
}

static void what_has_no_meaning_is_refused(void **state)
{
	struct libspawn_options options = plain_options();
	struct libspawn_worker_how how = plain_how(&options);
	char name[80];

	(void)state;
	expect_refusal("nobody", &how, ENOENT, LIBSPAWN_WORKER_STEP_FUNCTION);
	memset(name, 'x', sizeof name);
	name[sizeof name - 1] = '\0';
	how.program = "/bin/true";
	expect_refusal(name, &how, ENAMETOOLONG, LIBSPAWN_WORKER_STEP_FUNCTION);
	how = plain_how(&options);
	how.flags = 1u << 31;
	expect_refusal("answer", &how, EINVAL, LIBSPAWN_WORKER_STEP_HOW);
	how.flags = LIBSPAWN_WORKER_LATER;
	expect_refusal("answer", &how, EINVAL, LIBSPAWN_WORKER_STEP_HOW);
	how = plain_how(&options);
	how.data_size = 1;
	expect_refusal("answer", &how, EINVAL, LIBSPAWN_WORKER_STEP_HOW);
	how = plain_how(&options);
	how.message_fds = LIBSPAWN_MESSAGE_FDS_MAX + 1;
	expect_refusal("answer", &how, EINVAL, LIBSPAWN_WORKER_STEP_HOW);
	how = plain_how(&options);
	options.flags = LIBSPAWN_INHERIT_FDS;
	expect_refusal("answer", &how, EINVAL, LIBSPAWN_WORKER_STEP_HOW);
	options.flags = LIBSPAWN_DETACH;
	expect_refusal("answer", &how, EINVAL, LIBSPAWN_WORKER_STEP_HOW);
	expect_refusal(NULL, &how, EINVAL, LIBSPAWN_STEP_ARGUMENTS);
}

static void a_block_that_is_none_is_refused(void **state)
{
	struct libspawn_worker_how how = plain_how(NULL);

	(void)state;
	how.flags = LIBSPAWN_WORKER_BLOCK;
	how.block_fd = 999;
	expect_refusal("answer", &how, EBADF, LIBSPAWN_WORKER_STEP_DATA);
	if (!support_is_linux())
		return;
	how.block_fd = open("/proc/self/exe", O_RDONLY);
	expect_refusal("answer", &how, EPERM, LIBSPAWN_WORKER_STEP_DATA);
	close(how.block_fd);
}

/* A start that libspawn refuses says what libspawn says. */
static void a_start_that_fails_says_its_step(void **state)
{
	struct libspawn_options options = plain_options();
	struct libspawn_worker_how how = plain_how(&options);

	(void)state;
	options.cwd = "/nope";
	expect_refusal("answer", &how, ENOENT,
		       says_where() ? LIBSPAWN_STEP_CWD
				    : LIBSPAWN_STEP_POSIX_SPAWN);
}

/* As a start says it; of the most rows one is of the worker's own channel. */
static void a_table_that_is_none_says_so(void **state)
{
	const struct libspawn_fd row = { .kind = LIBSPAWN_FD_NULL };
	struct libspawn_options options = plain_options();
	struct libspawn_worker_how how = plain_how(&options);

	(void)state;
	options.fd_count = 1;
	expect_refusal("answer", &how, EFAULT, LIBSPAWN_STEP_FD);
	options.fds = &row;
	options.fd_count = LIBSPAWN_FDS_MAX;
	expect_refusal("answer", &how, E2BIG, LIBSPAWN_STEP_FD);
}

static void starve_descriptors(void)
{
	struct rlimit limit;
	struct libspawn_worker *worker;
	struct libspawn_error error;
	int code = EMFILE;
	int left = 0;

	getrlimit(RLIMIT_NOFILE, &limit);
	/* Fails for want of one more each time, and leaves none open. */
	for (; code != 0; left++) {
		limit.rlim_cur = (rlim_t)(count_open() + left);
		setrlimit(RLIMIT_NOFILE, &limit);
		code = libspawn_worker_start(&worker, "answer", NULL, &error);
		assert_true(code == 0 || code == EMFILE);
		assert_true(left < 40);
	}
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	libspawn_worker_close(worker, 0, NULL);
}

static void without_descriptors_nothing_is_left(void **state)
{
	(void)state;
	run_apart(starve_descriptors);
}

/* ---- Who is no worker -------------------------------------------------- */

/* The variable of a hand-over, of which nothing else is there. */
static int start_with_variable(const char *assignment, int *status)
{
	char own[256] = "";
	char *argv[] = { own, NULL };
	char *set[] = { (char *)(uintptr_t)assignment, NULL };
	struct libspawn_options options = plain_options();
	struct libspawn_process process;
	struct libspawn_status end;

	if (readlink("/proc/self/exe", own, sizeof own - 1) < 0)
		return ENOENT;
	options.env_set = set;
	if (libspawn_start(&process, own, argv, &options, NULL))
		return EINVAL;
	assert_int_equal(libspawn_wait(&process, -1, &end), 0);
	*status = end.code;
	return 0;
}

static void a_broken_hand_over_is_no_worker(void **state)
{
	static const char *const broken[] = {
		"LIBSPAWN_WORKER=",   "LIBSPAWN_WORKER=x",
		"LIBSPAWN_WORKER=77", "LIBSPAWN_WORKER=1",
		"LIBSPAWN_WORKER=-1", "LIBSPAWN_WORKER=99999999999",
	};
	int status = -1;

	(void)state;
	for (size_t n = 0; n < sizeof broken / sizeof *broken; n++) {
		if (start_with_variable(broken[n], &status) == ENOENT)
			skip_with_reason("needs /proc");
		assert_int_equal(status, LIBSPAWN_WORKER_LOST);
	}
}

/* ---- All --------------------------------------------------------------- */

static const struct CMUnitTest tests[] = {
	TEST(its_function_runs_and_its_status_is_told),
	TEST(a_worker_may_have_workers),
	TEST(many_are_there_at_once),
	TEST(data_of_any_size_arrive),
	TEST(one_block_is_shared_by_workers),
	TEST(nothing_is_left_for_its_own_children),
	TEST(an_environment_of_its_own_is_kept),
	TEST(nothing_that_was_not_named_is_inherited),
	TEST(handlers_and_mask_are_as_of_a_start),
	TEST(options_apply),
	TEST(limited_memory_works),
	TEST(a_static_program_works),
	TEST(a_program_that_was_deleted_is_itself),
	TEST(a_program_that_was_replaced_is_itself),
	TEST(a_static_worker_works_in_a_new_root),
	TEST(a_static_worker_works_where_all_is_mounted_anew),
	TEST(a_worker_that_is_another_user_works),
	TEST(without_proc_it_says_so),
	TEST(another_program_can_be_named),
	TEST(a_function_it_does_not_know_is_told),
	TEST(what_has_no_meaning_is_refused),
	TEST(a_block_that_is_none_is_refused),
	TEST(a_start_that_fails_says_its_step),
	TEST(a_table_that_is_none_says_so),
	TEST(without_descriptors_nothing_is_left),
	TEST(a_broken_hand_over_is_no_worker),
};

EMPLOY_MAIN(functions, tests)
