/* SPDX-License-Identifier: MIT */
/* Programs joined by pipes: all start or none stays. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "apart.h"
#include "capture.h"
#include "gate.h"

enum { STAGES = 50 };

/* What a test asks for; the workers' commands, and room for their argv. */
struct pipe_test {
	struct libspawn_options options;
	struct libspawn_stage stages[STAGES];
	struct words words[STAGES];
	struct libspawn_process processes[STAGES];
	uint32_t count;
};

static struct pipe_test *make_test(void)
{
	struct pipe_test *test = calloc(1, sizeof *test);

	assert_non_null(test);
	test->options.size = sizeof test->options;
	test->options.backend = support_backend;
	return test;
}

static struct libspawn_stage *add_worker(struct pipe_test *test,
					 const char *commands)
{
	struct libspawn_stage *stage = &test->stages[test->count];

	stage->program = worker_path();
	stage->argv = worker_argv(&test->words[test->count++], commands);
	stage->options = &test->options;
	return stage;
}

static void start_stages(struct pipe_test *test, uint32_t flags)
{
	struct libspawn_error error = { 0 };
	int code = libspawn_start_pipeline(test->processes, test->stages,
					   test->count, flags, &error);

	if (code)
		print_error("stage %u: step %s, %s\n", error.stage,
			    libspawn_step_name(error.step), strerror(code));
	assert_int_equal(code, 0);
	assert_memory_equal(&error, &(struct libspawn_error){ 0 },
			    sizeof error);
	for (uint32_t n = 0; n < test->count; n++)
		assert_int_equal(test->processes[n].backend, support_backend);
}

static void run_stages(struct pipe_test *test, struct libspawn_result *result,
		       const struct libspawn_capture *capture)
{
	struct libspawn_error error = { 0 };
	int code = libspawn_run_pipeline(result, test->stages, test->count,
					 capture, &error);

	if (code)
		print_error("stage %u: step %s, %s\n", error.stage,
			    libspawn_step_name(error.step), strerror(code));
	assert_int_equal(code, 0);
}

/* Nothing of it may stay, which the teardown looks for too. */
static struct libspawn_error fail_stages(struct pipe_test *test, uint32_t flags,
					 int code, int step, uint32_t stage)
{
	struct libspawn_error error = { 0 };
	struct libspawn_process untouched[STAGES];

	memset(test->processes, 0x5a, sizeof test->processes);
	memset(untouched, 0x5a, sizeof untouched);
	errno = 4711;
	assert_int_equal(libspawn_start_pipeline(test->processes, test->stages,
						 test->count, flags, &error),
			 code);
	assert_int_equal(errno, 4711);
	assert_int_equal(error.code, code);
	assert_int_equal(error.step, step);
	assert_int_equal(error.stage, stage);
	assert_memory_equal(test->processes, untouched, sizeof untouched);
	return error;
}

static int end_of(struct libspawn_process *process)
{
	struct libspawn_status status;

	assert_int_equal(libspawn_wait(process, LIBSPAWN_FOREVER, &status), 0);
	libspawn_close(process);
	return status.end == LIBSPAWN_END_EXITED ? status.code : -status.code;
}

static void three_programs_are_joined(void **state)
{
	struct pipe_test *test = make_test();
	int32_t ends[2] = { -1, -1 };
	const struct libspawn_fd input = { .kind = LIBSPAWN_FD_PIPE_READ,
					   .parent_end = &ends[1] };
	const struct libspawn_fd output = { .child_fd = 1,
					    .kind = LIBSPAWN_FD_PIPE_WRITE,
					    .parent_end = &ends[0] };
	struct libspawn_options first = test->options, last = test->options;
	char text[8] = "";

	(void)state;
	first.fds = &input;
	last.fds = &output;
	first.fd_count = last.fd_count = 1;
	add_worker(test, "copy exit 1")->options = &first;
	add_worker(test, "copy exit 2");
	add_worker(test, "copy exit 3")->options = &last;
	start_stages(test, 0);
	assert_int_equal(write(ends[1], "text", 4), 4);
	close(ends[1]);
	assert_int_equal(read(ends[0], text, sizeof text), 4);
	assert_string_equal(text, "text");
	assert_int_equal(read(ends[0], text, sizeof text), 0);
	close(ends[0]);
	for (int n = 0; n < 3; n++)
		assert_int_equal(end_of(&test->processes[n]), n + 1);
	free(test);
}

static void all_statuses_come_back(void **state)
{
	struct pipe_test *test = make_test();
	struct libspawn_status statuses[3];
	const struct libspawn_capture capture = {
		CAPTURE,
		.output = TO_MEMORY,
		.error = TO_MEMORY,
		.statuses = statuses,
	};
	struct libspawn_result result;

	(void)state;
	add_worker(test, "fill 1 1000000 say 2 a");
	add_worker(test, "copy exit 5");
	add_worker(test, "count 0 exit 6");
	run_stages(test, &result, &capture);
	assert_captured(&result.output, "1000000");
	assert_captured(&result.error, "a");
	assert_exited(&statuses[0], 0);
	assert_exited(&statuses[1], 5);
	assert_exited(&statuses[2], 6);
	assert_exited(&result.status, 6);
	assert_int_equal(result.flags, 0);
	libspawn_free(&result);
	free(test);
}

/* As yes | head: who writes to nobody is ended by SIGPIPE. */
static void a_stage_whose_reader_ends_is_ended(void **state)
{
	struct pipe_test *test = make_test();
	struct libspawn_status statuses[2];
	const struct libspawn_capture capture = {
		CAPTURE,
		.output = TO_MEMORY,
		.statuses = statuses,
	};
	struct libspawn_result result;

	(void)state;
	test->options.signal_default = UINT64_C(1) << (SIGPIPE - 1);
	add_worker(test, "fill 1 1000000000000000000");
	add_worker(test, "say 1 enough");
	run_stages(test, &result, &capture);
	assert_killed(&statuses[0], SIGPIPE);
	assert_captured(&result.output, "enough");
	libspawn_free(&result);
	free(test);
}

/* Found in PATH, as a person would type it. */
static void add_program(struct pipe_test *test, const char *words)
{
	struct libspawn_stage *stage = add_worker(test, words);
	struct words *made = &test->words[test->count - 1];

	memmove(made->argv, made->argv + 1,
		sizeof made->argv - sizeof *made->argv);
	stage->program = made->argv[0];
}

/* What ends "yes" is in the first status: SIGPIPE, or EPIPE if it ignores. */
static void run_yes_head_wc(struct libspawn_status statuses[3],
			    const char *complaint)
{
	struct pipe_test *test = make_test();
	const struct libspawn_capture capture = {
		CAPTURE,
		.output = TO_MEMORY,
		.error = TO_MEMORY,
		.statuses = statuses,
	};
	struct libspawn_result result;

	test->options.search = LIBSPAWN_SEARCH_PARENT_PATH;
	add_program(test, "yes");
	add_program(test, "head -n 1000000");
	add_program(test, "wc -l");
	run_stages(test, &result, &capture);
	assert_int_equal(atol(result.output.bytes), 1000000);
	if (complaint)
		assert_non_null(strstr(result.error.bytes, complaint));
	else
		assert_int_equal(result.error.size, 0);
	assert_exited(&statuses[1], 0);
	assert_exited(&statuses[2], 0);
	assert_exited(&result.status, 0);
	assert_int_equal(result.flags, 0);
	libspawn_free(&result);
	free(test);
}

static void a_million_of_yes_are_counted(void **state)
{
	struct libspawn_status statuses[3];

	(void)state;
	run_yes_head_wc(statuses, NULL);
	assert_killed(&statuses[0], SIGPIPE);
	signal(SIGPIPE, SIG_IGN);
	run_yes_head_wc(statuses, "yes: ");
	signal(SIGPIPE, SIG_DFL);
	assert_exited(&statuses[0], 1);
}

static void fifty_stages_pass_it_on(void **state)
{
	struct pipe_test *test = make_test();
	const size_t size = 64 * MIB;
	char *bytes = make_pattern(size);
	const struct libspawn_capture capture = {
		CAPTURE,
		.input = FROM_MEMORY(bytes, size),
		.output = TO_MEMORY,
	};
	struct libspawn_result result;

	(void)state;
	for (int n = 0; n < STAGES; n++)
		add_worker(test, "copy");
	run_stages(test, &result, &capture);
	assert_int_equal(result.output.size, size);
	assert_memory_equal(result.output.bytes, bytes, size);
	assert_exited(&result.status, 0);
	libspawn_free(&result);
	free(bytes);
	free(test);
}

static void a_stage_that_fails_leaves_none(void **state)
{
	struct pipe_test *test = make_test();
	int32_t end = -1;
	const struct libspawn_fd input = { .kind = LIBSPAWN_FD_PIPE_READ,
					   .parent_end = &end };
	struct libspawn_options first = test->options;
	int step = LIBSPAWN_STEP_EXEC;

	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		step = LIBSPAWN_STEP_POSIX_SPAWN;
	first.fds = &input;
	first.fd_count = 1;
	add_worker(test, "copy")->options = &first;
	add_worker(test, "pause");
	add_worker(test, "copy")->program = "/nope/nothing";
	add_worker(test, "copy");
	fail_stages(test, 0, ENOENT, step, 2);
	assert_int_equal(end, -1);
	fail_stages(test, LIBSPAWN_PIPELINE_GROUP, ENOENT, step, 2);
	free(test);
}

/* ---- At once ------------------------------------------------------------- */

static int begins_at_once(void)
{
	struct libspawn_options options = plain_options();
	struct libspawn_pending *pending;

	if (support_backend == LIBSPAWN_BACKEND_FORK ||
	    libspawn_begin(&pending, support_probe, exit_argv, &options, NULL))
		return 0;
	cancel_start(pending);
	sweep_starts();
	/* One has to have executed, so that it is known how that is seen. */
	return memory_is_shared();
}

/* Each opens the FIFO in its table, and that waits for the other. */
static void no_stage_waits_for_the_one_before(void **state)
{
	struct libspawn_options first, last;
	struct libspawn_fd reader, writer;
	struct pipe_test *test;
	struct gate gate;

	(void)state;
	if (!begins_at_once())
		skip_with_reason("the backend waits for each");
	test = make_test();
	first = last = test->options;
	make_gate(&gate, &reader);
	reader.child_fd = 5;
	writer = reader;
	writer.open_flags = O_WRONLY;
	first.fds = &reader;
	last.fds = &writer;
	first.fd_count = last.fd_count = 1;
	add_worker(test, "exit 1")->options = &first;
	add_worker(test, "exit 2");
	add_worker(test, "exit 3")->options = &last;
	start_stages(test, 0);
	for (int n = 0; n < 3; n++)
		assert_int_equal(end_of(&test->processes[n]), n + 1);
	remove_gate(&gate);
	free(test);
}

/* Whichever ends first, and although the last can't even be begun. */
static void the_first_stage_that_fails_is_told(void **state)
{
	const struct libspawn_fd none = { .child_fd = 5,
					  .kind = LIBSPAWN_FD_OPEN,
					  .path = "/nonexistent" };
	struct pipe_test *test = make_test();
	struct libspawn_options second = test->options, last = test->options;
	struct libspawn_error error;

	(void)state;
	add_worker(test, "copy");
	add_worker(test, "copy")->options = &second;
	add_worker(test, "copy");
	add_worker(test, "copy")->options = &last;
	second.fds = &none;
	second.fd_count = 1;
	test->stages[2].program = "/nonexistent";
	last.search = LIBSPAWN_SEARCH_PARENT_PATH;
	test->stages[3].program = "libspawn-nonexistent";
	error = fail_stages(test, 0, ENOENT,
			    support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN
				    ? LIBSPAWN_STEP_POSIX_SPAWN
				    : LIBSPAWN_STEP_FD,
			    1);
	if (support_backend != LIBSPAWN_BACKEND_POSIX_SPAWN)
		assert_int_equal(error.index, 0);
	free(test);
}

/* One that can't be begun is started, and the others all the same. */
static void a_stage_may_be_one_that_has_to_wait(void **state)
{
	struct libspawn_options options;
	struct pipe_test *test;

	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN ||
	    !support_is_linux())
		skip_with_reason("posix_spawn() has no oom_score_adj, and "
				 "other systems have none");
	if (access("/proc/self/oom_score_adj", W_OK) != 0)
		skip_with_reason("needs /proc");
	test = make_test();
	options = test->options;
	options.flags |= LIBSPAWN_OOM_SCORE_ADJ;
	options.oom_score_adj = 1000;
	add_worker(test, "copy exit 1");
	add_worker(test, "copy exit 2")->options = &options;
	add_worker(test, "copy exit 3");
	test->options.start_timeout_ms = 0;
	start_stages(test, 0);
	for (int n = 0; n < 3; n++)
		end_of(&test->processes[n]);
	free(test);
}

static void a_pipeline_is_one_process_group(void **state)
{
	struct pipe_test *test = make_test();
	pid_t leader;

	(void)state;
	add_worker(test, "pause");
	add_worker(test, "pause");
	add_worker(test, "pause");
	start_stages(test, LIBSPAWN_PIPELINE_GROUP);
	leader = test->processes[0].pid;
	for (int n = 0; n < 3; n++)
		assert_int_equal(getpgid(test->processes[n].pid), leader);
	assert_int_equal(libspawn_signal(&test->processes[0], SIGTERM,
					 LIBSPAWN_SIGNAL_GROUP),
			 0);
	for (int n = 0; n < 3; n++)
		assert_int_equal(end_of(&test->processes[n]), -SIGTERM);
	free(test);
}

/* The kernel reaps the leader as soon as it ends, and its group is gone. */
static void a_group_whose_leader_is_gone_gets_another(void **state)
{
	struct pipe_test *test = make_test();
	const struct libspawn_capture capture = {
		CAPTURE,
		.flags = LIBSPAWN_CAPTURE_GROUP,
		.output = TO_MEMORY,
	};
	struct libspawn_result result;

	(void)state;
	add_worker(test, "exit 0");
	add_worker(test, "copy");
	add_worker(test, "copy say 1 end");
	signal(SIGCHLD, SIG_IGN);
	for (int n = 0; n < 20; n++) {
		run_stages(test, &result, &capture);
		assert_captured(&result.output, "end");
		libspawn_free(&result);
	}
	signal(SIGCHLD, SIG_DFL);
	free(test);
}

static void a_pipeline_is_stopped_as_one(void **state)
{
	struct pipe_test *test = make_test();
	struct libspawn_status statuses[3];
	const struct libspawn_stop_how how = {
		.size = sizeof how,
		.flags = LIBSPAWN_STOP_GROUP,
		.grace_ms = 3600000,
	};
	struct libspawn_capture capture = {
		CAPTURE,
		.timeout_ms = 50,
		.stop = &how,
		.statuses = statuses,
	};
	struct libspawn_result result;

	(void)state;
	add_worker(test, "pause");
	add_worker(test, "copy");
	add_worker(test, "pause");
	for (int n = 0; n < 2; n++) {
		capture.flags = n ? LIBSPAWN_CAPTURE_GROUP : 0;
		capture.stop = n ? &how : NULL;
		run_stages(test, &result, &capture);
		assert_killed(&statuses[0], n ? SIGTERM : SIGKILL);
		assert_killed(&statuses[2], n ? SIGTERM : SIGKILL);
		assert_int_equal(result.flags, LIBSPAWN_RUN_TIMED_OUT);
	}
	free(test);
}

static void an_error_may_go_where_the_output_goes(void **state)
{
	struct pipe_test *test = make_test();
	const struct libspawn_capture capture = {
		CAPTURE,
		.output = TO_MEMORY,
		.error = TO_MEMORY,
	};
	struct libspawn_result result;

	(void)state;
	add_worker(test, "say 1 a say 2 b")->flags = LIBSPAWN_STAGE_MERGE;
	add_worker(test, "copy say 2 c");
	add_worker(test, "copy say 2 d")->flags = LIBSPAWN_STAGE_MERGE;
	run_stages(test, &result, &capture);
	assert_captured(&result.output, "abd");
	assert_captured(&result.error, "c");
	libspawn_free(&result);
	free(test);
}

/* However many may be open: what can't be had is told, nothing stays. */
static void running_out_of_descriptors_leaves_none(void **state)
{
	struct pipe_test *test = make_test();
	const struct libspawn_capture capture = {
		CAPTURE,
		.input = { .kind = LIBSPAWN_STREAM_MEMORY },
		.output = TO_MEMORY,
		.error = TO_MEMORY,
	};
	struct libspawn_result result;
	struct rlimit limit, low;
	int next = dup(0);
	int code = EMFILE;
	int failures = 0;

	(void)state;
	close(next);
	add_worker(test, "copy");
	add_worker(test, "copy");
	add_worker(test, "copy say 1 end");
	getrlimit(RLIMIT_NOFILE, &limit);
	low = limit;
	for (low.rlim_cur = (rlim_t)next; code == EMFILE; low.rlim_cur++) {
		struct libspawn_error error;

		setrlimit(RLIMIT_NOFILE, &low);
		code = libspawn_run_pipeline(&result, test->stages, test->count,
					     &capture, &error);
		setrlimit(RLIMIT_NOFILE, &limit);
		assert_true(code == 0 || code == EMFILE);
		failures += code != 0;
	}
	assert_true(failures > 4);
	assert_captured(&result.output, "end");
	libspawn_free(&result);
	free(test);
}

/* The limit counts what is open, and not how many are waited for. */
static void a_pipeline_may_be_longer_than_the_limit(void **state)
{
	struct pipe_test *test = make_test();
	const struct libspawn_capture capture = {
		CAPTURE,
		.input = FROM_MEMORY("text", 4),
		.output = TO_MEMORY,
	};
	struct libspawn_result result;
	struct rlimit limit, low;
	int next = dup(0);

	(void)state;
	close(next);
	for (int n = 0; n < STAGES; n++)
		add_worker(test, "copy");
	getrlimit(RLIMIT_NOFILE, &limit);
	low = limit;
	low.rlim_cur = (rlim_t)next + 12;
	assert_true(low.rlim_cur < STAGES);
	setrlimit(RLIMIT_NOFILE, &low);
	run_stages(test, &result, &capture);
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_captured(&result.output, "text");
	libspawn_free(&result);
	free(test);
}

/* The end of the first pipe will be there, for the second stage. */
static void what_is_only_open_as_a_pipe_of_ours_is_refused(void **state)
{
	struct pipe_test *test = make_test();
	struct libspawn_fd row = { .child_fd = 5, .kind = LIBSPAWN_FD_FROM };
	struct libspawn_options other = test->options;
	int next = dup(0);

	(void)state;
	close(next);
	add_worker(test, "say 1 text");
	add_worker(test, "copy")->options = &other;
	other.fds = &row;
	other.fd_count = 1;
	for (row.parent_fd = next; row.parent_fd < next + 4; row.parent_fd++)
		fail_stages(test, 0, EBADF, LIBSPAWN_STEP_FD, 1);
	free(test);
}

static void pipelines_without_a_meaning_are_refused(void **state)
{
	struct pipe_test *test = make_test();
	struct libspawn_fd row = { .child_fd = 1, .kind = LIBSPAWN_FD_NULL };
	struct libspawn_options other = test->options;
	struct libspawn_result result;

	(void)state;
	fail_stages(test, 0, EINVAL, LIBSPAWN_STEP_ARGUMENTS, 0);
	add_worker(test, "exit 0");
	add_worker(test, "exit 0");
	fail_stages(test, 2, EINVAL, LIBSPAWN_STEP_ARGUMENTS, 0);
	test->stages[1].flags = 2;
	fail_stages(test, 0, EINVAL, LIBSPAWN_STEP_ARGUMENTS, 1);
	test->stages[1].flags = 0;
	other.flags = LIBSPAWN_NEW_SESSION;
	test->stages[1].options = &other;
	fail_stages(test, LIBSPAWN_PIPELINE_GROUP, EINVAL,
		    LIBSPAWN_STEP_PROCESS_GROUP, 1);
	other.flags = LIBSPAWN_DETACH;
	fail_stages(test, 0, EINVAL, LIBSPAWN_STEP_DETACH, 1);
	other.flags = 0;
	other.fds = &row;
	other.fd_count = 1;
	test->stages[0].options = &other;
	assert_int_equal(
		fail_stages(test, 0, EINVAL, LIBSPAWN_STEP_FD, 0).index, 0);
	assert_int_equal(
		libspawn_start_pipeline(NULL, test->stages, 1, 0, NULL),
		EINVAL);
	assert_int_equal(libspawn_start_pipeline(test->processes, test->stages,
						 LIBSPAWN_STAGES_MAX + 1, 0,
						 NULL),
			 E2BIG);
	assert_int_equal(libspawn_run_pipeline(&result, NULL, 1, NULL, NULL),
			 EINVAL);
	free(test);
}

/* The index counts the caller's own rows, and not those of the pipes. */
static void what_is_kept_has_its_index(void **state)
{
	static const int32_t kept[] = { 2, 2, 1 };
	struct pipe_test *test = make_test();
	struct libspawn_options other = test->options;

	(void)state;
	add_worker(test, "exit 0");
	add_worker(test, "exit 0");
	test->stages[0].options = &other;
	other.keep_fds = kept;
	other.keep_count = 2;
	assert_int_equal(
		fail_stages(test, 0, EINVAL, LIBSPAWN_STEP_FD, 0).index, 1);
	other.keep_fds = kept + 2;
	other.keep_count = 1;
	assert_int_equal(
		fail_stages(test, 0, EINVAL, LIBSPAWN_STEP_FD, 0).index, 0);
	free(test);
}

static const struct CMUnitTest tests[] = {
	/* The first start of the process is one of it. */
	TEST(a_pipeline_may_be_longer_than_the_limit),
	TEST(three_programs_are_joined),
	TEST(all_statuses_come_back),
	TEST(a_stage_whose_reader_ends_is_ended),
	TEST(a_million_of_yes_are_counted),
	TEST(fifty_stages_pass_it_on),
	TEST(a_stage_that_fails_leaves_none),
	TEST(no_stage_waits_for_the_one_before),
	TEST(the_first_stage_that_fails_is_told),
	TEST(a_stage_may_be_one_that_has_to_wait),
	TEST(a_pipeline_is_one_process_group),
	TEST(a_group_whose_leader_is_gone_gets_another),
	TEST(a_pipeline_is_stopped_as_one),
	TEST(an_error_may_go_where_the_output_goes),
	TEST(running_out_of_descriptors_leaves_none),
	TEST(what_is_only_open_as_a_pipe_of_ours_is_refused),
	TEST(pipelines_without_a_meaning_are_refused),
	TEST(what_is_kept_has_its_index),
};

TEST_MAIN(tests)
