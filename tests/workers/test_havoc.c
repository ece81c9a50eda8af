/* SPDX-License-Identifier: MIT */
/*
 * A pool amid havoc: a thread kills workers and templates at random, others
 * fork, allocate and change ids. Every task ends once, and nothing is left.
 *
 *	test_havoc BACKEND PROBE [TASKS [KILLS]]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "employ.h"
#include "linux_calls.h"

/* Of all processors. */
#define PIDFD_SEND_SIGNAL 424

enum { WORKERS = 4, CHILDREN_MOST = 64 };

/* Kills all that there are, one right after the other, or one of them. */
static int kills_all;

static int tasks = 400;
static int kills = 40;

/* ---- What runs in workers ---------------------------------------------- */

static int do_task(void *context, const struct libspawn_message *given,
		   struct libspawn_message *result)
{
	static uint64_t answer;
	volatile unsigned spent = 0;

	(void)context;
	for (int n = 0; n < 20000; n++)
		spent += (unsigned)n;
	answer = given->tag * 3 + spent % 1;
	result->bytes = &answer;
	result->size = sizeof answer;
	return 0;
}

static int serve(struct libspawn_worker *self)
{
	return libspawn_worker_serve(self, do_task, NULL);
}

static int be_template(struct libspawn_worker *self)
{
	return libspawn_template_serve(self);
}

static const struct libspawn_function functions[] = {
	{ .name = "serve", .run = serve },
	{ .name = "template", .run = be_template },
};

/* ---- Havoc ------------------------------------------------------------- */

static atomic_bool over;
static atomic_int killed;
static atomic_int collected;

static void pause_for(long nanoseconds)
{
	const struct timespec pause = { 0, nanoseconds };

	nanosleep(&pause, NULL);
}

/* Those of the thread that has the pool: workers and templates alike. */
static int list_children(long *children)
{
	char path[64];
	FILE *file;
	int count = 0;

	snprintf(path, sizeof path, "/proc/self/task/%d/children",
		 (int)getpid());
	file = fopen(path, "re");
	while (file && count < CHILDREN_MOST &&
	       fscanf(file, "%ld", &children[count]) == 1)
		count++;
	if (file)
		fclose(file);
	return count;
}

static int is_among(const long *children, int count, long pid)
{
	for (int n = 0; n < count; n++)
		if (children[n] == pid)
			return 1;
	return 0;
}

/*
 * Since it was listed it may have been reaped, and the number be another's: who
 * is a child now, or nobody, is who its descriptor is for.
 */
static void kill_child(long pid)
{
	int pidfd = open_pidfd((pid_t)pid);
	long now[CHILDREN_MOST];

	if (is_among(now, list_children(now), pid) &&
	    (pidfd < 0 ? kill((pid_t)pid, SIGKILL)
		       : syscall(PIDFD_SEND_SIGNAL, pidfd, SIGKILL, NULL, 0)) ==
		    0)
		killed++;
	if (pidfd >= 0)
		close(pidfd);
}

static void kill_of(const long *children, int count, unsigned *seed)
{
	int chosen = rand_r(seed) % count;

	for (int n = 0; n < count; n++)
		if (kills_all || n == chosen)
			kill_child(children[(n + chosen) % count]);
}

/*
 * As the tasks go on, so that some do: a machine that is busy may take longer
 * to start a template than the next kill takes to come.
 */
static void *kill_some(void *data)
{
	unsigned seed = 1;
	long children[CHILDREN_MOST];
	int count;

	while (!over && killed < kills) {
		count = list_children(children);
		if (count > 0 &&
		    (long)killed * tasks <= (long)collected * kills)
			kill_of(children, count, &seed);
		pause_for(50000 + rand_r(&seed) % 200000);
	}
	return data;
}

static void *fork_some(void *data)
{
	pid_t pid;

	while (!over) {
		pid = fork();
		if (pid == 0)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
		pause_for(1000000);
	}
	return data;
}

static void *allocate_some(void *data)
{
	while (!over) {
		void *volatile bytes = malloc(1 << 16);

		free(bytes);
		sched_yield();
	}
	return data;
}

/* Which takes away the dumpable flag; both, or an exec is secure. */
static void *change_ids(void *data)
{
	while (!over && geteuid() == 0) {
		if (setresgid(65534, 65534, 0) < 0 || setresgid(0, 0, 0) < 0)
			break;
		pause_for(2000000);
	}
	return data;
}

static void *(*const havoc[])(void *) = { kill_some, fork_some, allocate_some,
					  change_ids };

enum { HAVOCS = sizeof havoc / sizeof *havoc };

/* ---- Tasks ------------------------------------------------------------- */

static void note_outcome(const struct libspawn_outcome *outcome,
			 unsigned char *seen, int *kinds)
{
	uint64_t answer;

	assert_true(outcome->tag < (uint64_t)tasks);
	assert_int_equal(seen[outcome->tag], 0);
	seen[outcome->tag] = 1;
	collected++;
	kinds[outcome->kind]++;
	if (outcome->kind != LIBSPAWN_OUTCOME_RESULT)
		return;
	assert_int_equal(outcome->size, sizeof answer);
	memcpy(&answer, outcome->bytes, sizeof answer);
	assert_int_equal(answer, outcome->tag * 3);
}

/* Until all are done and all were killed that are to be. */
static void work_amid(struct libspawn_pool *pool, unsigned char *seen,
		      int *kinds)
{
	struct libspawn_message task = { .tag = 0 };
	struct libspawn_outcome outcome;
	int code;

	for (;;) {
		while (task.tag < (uint64_t)tasks &&
		       (code = libspawn_pool_submit(pool, &task, 0)) == 0)
			task.tag++;
		code = libspawn_pool_collect(pool, &outcome, PATIENCE_MS);
		if (code == ENOENT)
			return;
		assert_int_equal(code, 0);
		note_outcome(&outcome, seen, kinds);
	}
}

static void tell_kinds(const int *kinds,
		       const struct libspawn_pool_figures *figures)
{
	print_message("%d killed; of %d tasks %d results, %d ended with their "
		      "worker, %d had none; %d workers, %d templates\n",
		      killed, tasks, kinds[LIBSPAWN_OUTCOME_RESULT],
		      kinds[LIBSPAWN_OUTCOME_ENDED],
		      kinds[LIBSPAWN_OUTCOME_NO_WORKER],
		      (int)figures->workers_started,
		      (int)figures->templates_started);
	assert_int_equal(kinds[LIBSPAWN_OUTCOME_RESULT] +
				 kinds[LIBSPAWN_OUTCOME_ENDED] +
				 kinds[LIBSPAWN_OUTCOME_NO_WORKER],
			 tasks);
}

static void run_havoc(const char *template_function, uint32_t workers)
{
	const struct libspawn_pool_how how = {
		.size = sizeof how,
		.function = "serve",
		.workers = workers,
		.tasks_max = 64,
		.template_function = template_function,
	};
	unsigned char *seen = calloc((size_t)tasks, 1);
	struct libspawn_pool_figures figures;
	struct libspawn_pool *pool;
	pthread_t threads[HAVOCS];
	int kinds[8] = { 0 };

	over = false;
	killed = 0;
	collected = 0;
	assert_int_equal(libspawn_pool_open(&pool, &how, NULL), 0);
	for (int n = 0; n < HAVOCS; n++)
		threads[n] = start_thread(havoc[n], NULL);
	work_amid(pool, seen, kinds);
	over = true;
	for (int n = 0; n < HAVOCS; n++)
		join_thread(threads[n]);
	libspawn_pool_count(pool, &figures);
	libspawn_pool_close(pool, 1000);
	for (int n = 0; n < tasks; n++)
		assert_int_equal(seen[n], 1);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	tell_kinds(kinds, &figures);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	free(seen);
}

static void started_body(void)
{
	support_ignore_mappings();
	run_havoc(NULL, WORKERS);
}

static void forked_body(void)
{
	support_ignore_mappings();
	run_havoc("template", WORKERS);
}

/* Then nobody is there to be heard of. */
static void all_at_once_body(void)
{
	support_ignore_mappings();
	kills_all = 1;
	run_havoc("template", 1);
}

static void every_task_of_started_workers_ends_once(void **state)
{
	(void)state;
	run_apart(started_body);
}

static void every_task_of_a_templates_workers_ends_once(void **state)
{
	(void)state;
	run_apart(forked_body);
}

static void every_task_ends_once_though_all_die_together(void **state)
{
	(void)state;
	run_apart(all_at_once_body);
}

static const struct CMUnitTest tests[] = {
	TEST(every_task_of_started_workers_ends_once),
	TEST(every_task_of_a_templates_workers_ends_once),
	TEST(every_task_ends_once_though_all_die_together),
};

int main(int argc, char **argv)
{
	int status = libspawn_worker_main(functions,
					  sizeof functions / sizeof *functions);

	if (status >= 0)
		return status;
	if (argc > 3)
		tasks = atoi(argv[3]);
	if (argc > 4)
		kills = atoi(argv[4]);
	return support_main(argc > 3 ? 3 : argc, argv, tests,
			    sizeof tests / sizeof *tests);
}
