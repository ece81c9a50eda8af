/* SPDX-License-Identifier: MIT */
/*
 * Pools: each task ends once, whatever becomes of the worker that has it; its
 * bounds hold; and nothing is left of a pool that was closed. Each test with
 * workers that are started, and again with workers of a template.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "employ.h"
#include "linux_calls.h"
#include "patience.h"

#define HOW(...) ((struct libspawn_pool_how){ __VA_ARGS__ })

enum task_kind { SQUARE, ABORT, EXIT, SPIN, FAIL, GROW, TELL_PID, BIG, HANG };

struct order {
	int32_t kind;
	int32_t number;
};

/* ---- What runs in workers ---------------------------------------------- */

static int too_large(struct libspawn_message *result)
{
	static char bytes[5000];

	result->bytes = bytes;
	result->size = sizeof bytes;
	return 0;
}

static int grow(void)
{
	volatile char *bytes = malloc(64u << 20);

	for (size_t n = 0; bytes && n < 64u << 20; n += 4096)
		bytes[n] = 1;
	free((void *)(uintptr_t)bytes);
	return 0;
}

/* Variables with names of files: until the first is there, tracers go on. */
#define END_OF_TRACERS "END_OF_TRACERS"
#define HAS_TRACER "HAS_TRACER"

static int make_file(const char *variable)
{
	return close(creat(getenv(variable), 0600));
}

/* Not for ever, whatever becomes of the test. */
static void trace_parent(int ready)
{
	alarm(120);
	if (ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) < 0 ||
	    write(ready, "y", 1) != 1)
		_exit(1);
	while (access(getenv(END_OF_TRACERS), F_OK) < 0)
		usleep(10000);
	_exit(0);
}

/* Once killed, nobody can reap it as long as its tracer goes on. */
static int be_stuck(void)
{
	int ready[2];
	char byte;

	if (pipe(ready) < 0)
		return 1;
	prctl(0x59616d61, -1L, 0, 0, 0); /* PR_SET_PTRACER: anybody */
	if (fork() == 0)
		trace_parent(ready[1]);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1 || make_file(HAS_TRACER) < 0)
		return 2;
	for (;;)
		pause();
}

static int do_order(void *context, const struct libspawn_message *given,
		    struct libspawn_message *result)
{
	static int32_t answer;
	struct order order;

	(void)context;
	memcpy(&order, given->bytes, sizeof order);
	answer = order.number * order.number;
	result->bytes = &answer;
	result->size = sizeof answer;
	switch (order.kind) {
	case ABORT: raise(SIGKILL); break;
	case EXIT: _exit(33);
	case SPIN:
		for (;;)
			pause();
	case FAIL: return 77;
	case GROW: return grow();
	case BIG: return too_large(result);
	case HANG: return be_stuck();
	case TELL_PID: answer = getpid(); break;
	}
	return 0;
}

static int serve(struct libspawn_worker *self)
{
	return libspawn_worker_serve(self, do_order, NULL);
}

static int be_template(struct libspawn_worker *self)
{
	return libspawn_template_serve(self);
}

static int send_nonsense(struct libspawn_worker *self)
{
	struct libspawn_message message;

	while (libspawn_worker_receive(self, &message, -1) == 0)
		libspawn_worker_send(self, &message, -1);
	return 0;
}

static const struct libspawn_function functions[] = {
	{ .name = "serve", .run = serve },
	{ .name = "template", .run = be_template },
	{ .name = "nonsense", .run = send_nonsense },
};

/* ---- Pools ------------------------------------------------------------- */

/* Can this process fork a template's workers? An emulator has threads. */
static int templates_work(void)
{
	struct libspawn_worker *from = employ("template", NULL);
	struct libspawn_worker *worker = NULL;
	int code = try_fork(&worker, from, "serve", NULL);

	libspawn_worker_close(worker, PATIENCE_MS, NULL);
	libspawn_worker_close(from, PATIENCE_MS, NULL);
	return code != EDEADLK;
}

static struct libspawn_pool *open_pool(struct libspawn_pool_how how,
				       int from_template)
{
	struct libspawn_pool *pool;
	struct libspawn_error error;

	how.size = sizeof how;
	how.function = how.function ? how.function : "serve";
	how.workers = how.workers ? how.workers : 3;
	if (from_template)
		how.template_function = "template";
	assert_int_equal(libspawn_pool_open(&pool, &how, &error), 0);
	return pool;
}

static void submit(struct libspawn_pool *pool, int kind, int number)
{
	const struct order order = { kind, number };
	const struct libspawn_message task = { .bytes = &order,
					       .size = sizeof order,
					       .tag = (uint64_t)number };

	assert_int_equal(libspawn_pool_submit(pool, &task, PATIENCE_MS), 0);
}

static struct libspawn_outcome collect_next(struct libspawn_pool *pool)
{
	struct libspawn_outcome outcome;

	assert_int_equal(libspawn_pool_collect(pool, &outcome, PATIENCE_MS), 0);
	return outcome;
}

static int32_t number_in(const struct libspawn_outcome *outcome)
{
	int32_t number;

	assert_int_equal(outcome->kind, LIBSPAWN_OUTCOME_RESULT);
	assert_int_equal(outcome->size, sizeof number);
	memcpy(&number, outcome->bytes, sizeof number);
	return number;
}

static void expect_number(struct libspawn_pool *pool, int32_t number)
{
	struct libspawn_outcome outcome = collect_next(pool);

	assert_int_equal(number_in(&outcome), number);
}

static void close_empty(struct libspawn_pool *pool)
{
	struct libspawn_outcome outcome;

	assert_int_equal(libspawn_pool_collect(pool, &outcome, 0), ENOENT);
	libspawn_pool_close(pool, PATIENCE_MS);
}

/* Each test with workers from both. */
static void both(void (*body)(int from_template))
{
	body(0);
	if (templates_work())
		body(1);
	else
		print_message("not with templates: a thread is there\n");
}

/* ---- Results ----------------------------------------------------------- */

static void square_in_order(int from_template)
{
	struct libspawn_pool *pool =
		open_pool(HOW(.flags = LIBSPAWN_POOL_IN_ORDER, .tasks_max = 50),
			  from_template);
	struct libspawn_outcome outcome;

	for (int round = 0; round < 4; round++) {
		for (int n = 0; n < 50; n++)
			submit(pool, SQUARE, round * 50 + n);
		for (int n = round * 50; n < round * 50 + 50; n++) {
			outcome = collect_next(pool);
			assert_int_equal(outcome.tag, n);
			assert_int_equal(number_in(&outcome), n * n);
			assert_true(outcome.pid > 0);
		}
	}
	close_empty(pool);
}

static void results_come_in_order(void **state)
{
	(void)state;
	both(square_in_order);
}

static void square_as_they_come(int from_template)
{
	struct libspawn_pool *pool =
		open_pool(HOW(.tasks_max = 200), from_template);
	struct libspawn_outcome outcome;
	char seen[200] = "";

	for (int n = 0; n < 200; n++)
		submit(pool, SQUARE, n);
	for (int n = 0; n < 200; n++) {
		outcome = collect_next(pool);
		assert_int_equal(number_in(&outcome),
				 outcome.tag * outcome.tag);
		assert_int_equal(seen[outcome.tag], 0);
		seen[outcome.tag] = 1;
	}
	close_empty(pool);
}

static void each_result_comes_once(void **state)
{
	(void)state;
	both(square_as_they_come);
}

/* ---- Ends -------------------------------------------------------------- */

static void end_badly(int from_template)
{
	struct libspawn_pool *pool =
		open_pool(HOW(.flags = LIBSPAWN_POOL_IN_ORDER, .tasks_max = 10),
			  from_template);
	struct libspawn_outcome outcome;

	submit(pool, ABORT, 1);
	submit(pool, EXIT, 2);
	submit(pool, FAIL, 3);
	submit(pool, SQUARE, 4);
	outcome = collect_next(pool);
	assert_int_equal(outcome.kind, LIBSPAWN_OUTCOME_ENDED);
	assert_int_equal(outcome.status.end, LIBSPAWN_END_KILLED);
	assert_int_equal(outcome.status.code, SIGKILL);
	outcome = collect_next(pool);
	assert_int_equal(outcome.kind, LIBSPAWN_OUTCOME_ENDED);
	assert_int_equal(outcome.status.end, LIBSPAWN_END_EXITED);
	assert_int_equal(outcome.status.code, 33);
	outcome = collect_next(pool);
	assert_int_equal(outcome.kind, LIBSPAWN_OUTCOME_FAILED);
	assert_int_equal(outcome.code, 77);
	expect_number(pool, 16);
	close_empty(pool);
}

static void a_worker_that_ends_costs_its_own_task(void **state)
{
	(void)state;
	both(end_badly);
}

static void end_late(int from_template)
{
	struct libspawn_pool *pool = open_pool(
		HOW(.task_timeout_ms = 300, .workers = 2, .tasks_max = 10),
		from_template);
	struct libspawn_outcome outcome;
	int late = 0;

	submit(pool, SPIN, 1);
	submit(pool, SPIN, 2);
	for (int n = 0; n < 2; n++) {
		outcome = collect_next(pool);
		late += outcome.kind == LIBSPAWN_OUTCOME_DEADLINE;
	}
	assert_int_equal(late, 2);
	close_empty(pool);
}

static void a_task_has_a_deadline(void **state)
{
	(void)state;
	both(end_late);
}

/*
 * One that the kernel does not let go of costs a place for a second. Again, if
 * it was late before it was traced, or the next one with its own task.
 */
static void work_beside_stuck(int from_template)
{
	struct libspawn_pool *pool = open_pool(
		HOW(.task_timeout_ms = 1000, .workers = 1, .tasks_max = 10),
		from_template);
	struct patience patience = { 0 };
	struct libspawn_outcome outcome;
	int was_traced;

	do {
		submit(pool, HANG, 1);
		submit(pool, SQUARE, 2);
		outcome = collect_next(pool);
		if (outcome.kind == LIBSPAWN_OUTCOME_FAILED) {
			libspawn_pool_close(pool, PATIENCE_MS);
			skip_with_reason("nothing can be traced here");
		}
		assert_int_equal(outcome.kind, LIBSPAWN_OUTCOME_DEADLINE);
		was_traced = unlink(getenv(HAS_TRACER)) == 0;
		outcome = collect_next(pool);
	} while ((!was_traced || outcome.kind == LIBSPAWN_OUTCOME_DEADLINE) &&
		 patience_lasts(&patience));
	assert_true(was_traced);
	assert_int_equal(number_in(&outcome), 4);
	assert_int_equal(make_file(END_OF_TRACERS), 0);
	close_empty(pool);
	unlink(getenv(END_OF_TRACERS));
}

static void name_file(const char *variable)
{
	char file[64];

	snprintf(file, sizeof file, "/tmp/%s.%d", variable, (int)getpid());
	unlink(file);
	setenv(variable, file, 1);
}

static void one_that_can_not_be_reaped_bars_nobody(void **state)
{
	(void)state;
	name_file(END_OF_TRACERS);
	name_file(HAS_TRACER);
	both(work_beside_stuck);
}

static void cancel_all(int from_template)
{
	struct libspawn_pool *pool =
		open_pool(HOW(.workers = 2, .tasks_max = 10), from_template);
	struct libspawn_outcome outcome;

	for (int n = 0; n < 10; n++)
		submit(pool, SPIN, n);
	libspawn_pool_cancel(pool);
	for (int n = 0; n < 10; n++) {
		outcome = collect_next(pool);
		assert_int_equal(outcome.kind, LIBSPAWN_OUTCOME_CANCELLED);
	}
	submit(pool, SQUARE, 5);
	expect_number(pool, 25);
	close_empty(pool);
}

static void what_is_cancelled_ends_once(void **state)
{
	(void)state;
	both(cancel_all);
}

static void close_amid_work(int from_template)
{
	struct libspawn_pool *pool =
		open_pool(HOW(.tasks_max = 30), from_template);

	for (int n = 0; n < 30; n++)
		submit(pool, n % 2 ? SPIN : SQUARE, n);
	libspawn_pool_close(pool, from_template ? 50 : 0);
}

static void a_pool_that_is_closed_leaves_nothing(void **state)
{
	(void)state;
	both(close_amid_work);
}

static void a_worker_that_talks_nonsense_is_refused(void **state)
{
	struct libspawn_pool *pool = open_pool(HOW(.function = "nonsense"), 0);
	struct libspawn_outcome outcome;

	(void)state;
	submit(pool, SQUARE, 1);
	outcome = collect_next(pool);
	assert_int_equal(outcome.kind, LIBSPAWN_OUTCOME_REFUSED);
	assert_int_equal(outcome.code, EPROTO);
	close_empty(pool);
}

static void a_result_that_is_too_large_is_a_failure(void **state)
{
	struct libspawn_worker_how worker = plain_how(NULL);
	struct libspawn_pool *pool;
	struct libspawn_outcome outcome;

	(void)state;
	worker.message_max = 1000;
	pool = open_pool(HOW(.worker = &worker), 0);
	submit(pool, BIG, 1);
	outcome = collect_next(pool);
	assert_int_equal(outcome.kind, LIBSPAWN_OUTCOME_FAILED);
	assert_int_equal(outcome.code, EMSGSIZE);
	close_empty(pool);
}

static void workers_that_cannot_be_started_end_the_task(void **state)
{
	struct libspawn_options options = plain_options();
	struct libspawn_worker_how worker = plain_how(&options);
	struct libspawn_pool *pool;
	struct libspawn_outcome outcome;

	(void)state;
	options.cwd = "/nope";
	pool = open_pool(HOW(.worker = &worker), 0);
	submit(pool, SQUARE, 1);
	outcome = collect_next(pool);
	assert_int_equal(outcome.kind, LIBSPAWN_OUTCOME_NO_WORKER);
	assert_int_equal(outcome.code, ENOENT);
	close_empty(pool);
}

/* ---- Bounds ------------------------------------------------------------ */

static void replace_worn(int from_template)
{
	struct libspawn_pool *pool = open_pool(
		HOW(.workers = 1, .tasks_per_worker = 5), from_template);
	struct libspawn_pool_figures figures;

	for (int n = 0; n < 20; n++) {
		submit(pool, SQUARE, n);
		expect_number(pool, n * n);
	}
	libspawn_pool_count(pool, &figures);
	assert_int_equal(figures.workers_started, 4);
	assert_int_equal(figures.submitted, 20);
	assert_int_equal(figures.collected, 20);
	assert_int_equal(figures.templates_started, from_template);
	close_empty(pool);
}

/* A start that has its own deadline ends the task, and the pool goes on. */
static void a_worker_that_cannot_be_had_in_time_ends_the_task(void **state)
{
	char folder[] = "/tmp/libspawn-pool-XXXXXX";
	char fifo[sizeof folder + sizeof "/fifo"];
	const struct libspawn_fd row = { .child_fd = 9,
					 .kind = LIBSPAWN_FD_OPEN,
					 .path = fifo };
	const struct libspawn_options options = {
		OPTIONS,       .backend = support_backend, .fds = &row,
		.fd_count = 1, .start_timeout_ms = 50,
	};
	const struct libspawn_worker_how how = plain_how(&options);
	struct libspawn_outcome outcome;
	struct libspawn_pool *pool;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(fifo, sizeof fifo, "%s/fifo", folder);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	pool = open_pool(HOW(.worker = &how), 0);
	submit(pool, SQUARE, 7);
	outcome = collect_next(pool);
	assert_int_equal(outcome.kind, LIBSPAWN_OUTCOME_NO_WORKER);
	assert_true(outcome.code == ETIMEDOUT || outcome.code == ENOTSUP);
	close_empty(pool);
	assert_int_equal(unlink(fifo), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void a_worker_is_replaced_after_its_tasks(void **state)
{
	(void)state;
	both(replace_worn);
}

static void one_that_has_grown_is_replaced(void **state)
{
	struct libspawn_pool *pool =
		open_pool(HOW(.workers = 1, .max_rss_kib = 50 << 10), 0);
	struct libspawn_pool_figures figures;

	(void)state;
	if (support_is_instrumented()) {
		libspawn_pool_close(pool, 0);
		skip_with_reason("a sanitizer has memory of its own");
	}
	for (int n = 0; n < 3; n++) {
		submit(pool, SQUARE, n);
		collect_next(pool);
	}
	libspawn_pool_count(pool, &figures);
	assert_int_equal(figures.workers_started, 1);
	submit(pool, GROW, 1);
	collect_next(pool);
	submit(pool, SQUARE, 1);
	collect_next(pool);
	libspawn_pool_count(pool, &figures);
	assert_int_equal(figures.workers_started, 2);
	close_empty(pool);
}

static void no_more_are_taken_than_may_be(void **state)
{
	struct libspawn_pool *pool =
		open_pool(HOW(.workers = 1, .tasks_max = 2), 0);
	const struct order order = { SQUARE, 3 };
	const struct libspawn_message task = { .bytes = &order,
					       .size = sizeof order };

	(void)state;
	submit(pool, SPIN, 1);
	submit(pool, SQUARE, 2);
	assert_int_equal(libspawn_pool_submit(pool, &task, 0), ETIMEDOUT);
	assert_int_equal(libspawn_pool_submit(pool, &task, 10), ETIMEDOUT);
	libspawn_pool_cancel(pool);
	assert_int_equal(libspawn_pool_submit(pool, &task, 10), EAGAIN);
	collect_next(pool);
	submit(pool, SQUARE, 3);
	collect_next(pool);
	collect_next(pool);
	close_empty(pool);
}

/* ---- An event loop ----------------------------------------------------- */

static void loop_with_poll(int from_template)
{
	struct libspawn_pool *pool = open_pool(
		HOW(.tasks_max = 40, .task_timeout_ms = 500), from_template);
	struct pollfd polled = { .fd = libspawn_pool_fd(pool),
				 .events = POLLIN };
	struct libspawn_outcome outcome;
	int collected = 0;
	int code;

	assert_true(polled.fd >= 0);
	for (int n = 0; n < 40; n++)
		submit(pool, n % 10 ? SQUARE : n % 20 ? ABORT : SPIN, n);
	while (collected < 40) {
		assert_int_equal(poll(&polled, 1, PATIENCE_MS), 1);
		while ((code = libspawn_pool_collect(pool, &outcome, 0)) == 0)
			collected++;
		assert_int_equal(code, collected < 40 ? ETIMEDOUT : ENOENT);
	}
	close_empty(pool);
}

static void a_descriptor_wakes_an_event_loop(void **state)
{
	(void)state;
	both(loop_with_poll);
}

/* Of a pool that could have far more workers than descriptors may be open. */
static void work_with_few_descriptors(int from_template)
{
	struct rlimit before, limit;
	struct libspawn_pool *pool;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = 100;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	pool = open_pool(HOW(.workers = 200), from_template);
	submit(pool, SQUARE, 7);
	submit(pool, SQUARE, 7);
	expect_number(pool, 49);
	expect_number(pool, 49);
	close_empty(pool);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void a_pool_may_be_larger_than_the_limit_of_descriptors(void **state)
{
	(void)state;
	both(work_with_few_descriptors);
}

/* ---- Refusals ---------------------------------------------------------- */

static void a_how_of_a_later_header_works(void **state)
{
	struct {
		struct libspawn_worker_how how;
		uint64_t later[2];
	} longer = { .later = { 0 } };
	struct libspawn_pool *pool;

	(void)state;
	longer.how = plain_how(NULL);
	longer.how.size = sizeof longer;
	pool = open_pool(HOW(.worker = &longer.how), 0);
	submit(pool, SQUARE, 3);
	expect_number(pool, 9);
	close_empty(pool);
}

static void expect_no_pool(struct libspawn_pool_how how, int code, int step)
{
	struct libspawn_pool *pool;
	struct libspawn_error error = unset_error();

	how.size = how.size ? how.size : sizeof how;
	assert_int_equal(libspawn_pool_open(&pool, &how, &error), code);
	assert_int_equal(error.code, code);
	assert_int_equal(error.step, step);
}

static void what_has_no_meaning_is_refused(void **state)
{
	const int how = LIBSPAWN_WORKER_STEP_HOW;

	(void)state;
	expect_no_pool(HOW(.workers = 1), EINVAL, how);
	expect_no_pool(HOW(.function = "serve"), EINVAL, how);
	expect_no_pool(HOW(.function = "serve", .workers = 1, .flags = 128),
		       EINVAL, how);
	expect_no_pool(HOW(.function = "serve", .workers = 1, .size = 3),
		       EINVAL, how);
	expect_no_pool(HOW(.function = "unheard of", .workers = 1), ENOENT,
		       LIBSPAWN_WORKER_STEP_FUNCTION);
}

/* ---- All --------------------------------------------------------------- */

static const struct CMUnitTest tests[] = {
	TEST(results_come_in_order),
	TEST(each_result_comes_once),
	TEST(a_worker_that_ends_costs_its_own_task),
	TEST(a_task_has_a_deadline),
	TEST(one_that_can_not_be_reaped_bars_nobody),
	TEST(what_is_cancelled_ends_once),
	TEST(a_pool_that_is_closed_leaves_nothing),
	TEST(a_worker_that_talks_nonsense_is_refused),
	TEST(a_result_that_is_too_large_is_a_failure),
	TEST(workers_that_cannot_be_started_end_the_task),
	TEST(a_worker_that_cannot_be_had_in_time_ends_the_task),
	TEST(a_worker_is_replaced_after_its_tasks),
	TEST(one_that_has_grown_is_replaced),
	TEST(no_more_are_taken_than_may_be),
	TEST(a_descriptor_wakes_an_event_loop),
	TEST(a_pool_may_be_larger_than_the_limit_of_descriptors),
	TEST(a_how_of_a_later_header_works),
	TEST(what_has_no_meaning_is_refused),
};

EMPLOY_MAIN(functions, tests)
