/* SPDX-License-Identifier: MIT */
/*
 * Why not fork(): four pieces of everyday work, each done in a child forked
 * from a program with threads, then in a program started by libspawn and in a
 * worker, from the same threads in the same state. Counts those that hang.
 *
 * "why_not_fork NAME" does the work called NAME and is what libspawn starts.
 * Without a name it prints the table, and fails if what it claims is not so.
 */
#define _POSIX_C_SOURCE 200809L

#include "why_not_fork.h"
#include <errno.h>
#include <libspawn.h>
#include <netdb.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	THREADS = 3,
	FORKS = 300,	  /* at most, and fewer once */
	ENOUGH = 5,	  /* children hang */
	STARTS = 500,	  /* by libspawn, and as many workers */
	FORK_SECONDS = 2, /* until a forked child counts as hanging */
	START_SECONDS = 60,
};

/* Only glibc's locks are known to be held at a fork. */
#ifdef __GLIBC__
static const bool hangs_expected = true;
#else
static const bool hangs_expected = false;
#endif

struct tally {
	unsigned children;
	unsigned hung;
	unsigned failed;
};

struct recipe {
	const char *name;
	const char *title;
	void (*work)(void);
	void (*disturb)(void); /* in the parent, from before to */
	void (*calm)(void);    /* after the children */
	bool (*must_hang)(void);
};

static pthread_t threads[THREADS];
static atomic_bool stopping;

/* The answer is shared by all threads, and nobody reads it. */
static void look_up_user(void)
{
	getpwnam("root");
}

static void look_up_host(void)
{
	struct addrinfo *found;

	if (getaddrinfo("localhost", NULL, NULL, &found) == 0)
		freeaddrinfo(found);
}

static void *repeat_work(void *argument)
{
	const struct recipe *recipe = argument;

	while (!atomic_load(&stopping))
		recipe->work();
	return NULL;
}

/* Threads that do the same work all the time, as a busy server's would. */
static void start_threads(struct recipe *recipe)
{
	atomic_store(&stopping, false);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, repeat_work, recipe);
}

static void stop_threads(void)
{
	atomic_store(&stopping, true);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static bool always(void)
{
	return true;
}

static bool openmp_always(void)
{
	return parallel_loop_must_hang() != 0;
}

/* A null "disturb" stands for the threads above. */
static struct recipe recipes[] = {
	{ "user", "getpwnam()", look_up_user, NULL, NULL, NULL },
	{ "host", "getaddrinfo()", look_up_host, NULL, NULL, NULL },
	{ "static", "C++ static being constructed", use_static_object,
	  hold_construction, release_construction, always },
	{ "openmp", "OpenMP parallel loop", run_parallel_loop,
	  run_parallel_loop, run_parallel_loop, openmp_always },
};

enum { RECIPES = sizeof recipes / sizeof *recipes };

/* A child that ends by SIGALRM has hung. */
static void await_child(pid_t pid, struct tally *tally)
{
	int status;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	tally->children++;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		tally->hung++;
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		tally->failed++;
}

static pid_t fork_child(const struct recipe *recipe)
{
	pid_t pid = fork();

	if (pid < 0) {
		perror("why_not_fork: fork");
		exit(1);
	}
	if (pid == 0) {
		alarm(FORK_SECONDS);
		recipe->work();
		_exit(0);
	}
	return pid;
}

/* A handful at a time, so that those that hang do so side by side. */
static void fork_children(const struct recipe *recipe, struct tally *tally)
{
	pid_t pids[ENOUGH];

	while (tally->hung < ENOUGH && tally->children < FORKS) {
		for (int i = 0; i < ENOUGH; i++)
			pids[i] = fork_child(recipe);
		for (int i = 0; i < ENOUGH; i++)
			await_child(pids[i], tally);
	}
}

static void spawn_children(char *self, const struct recipe *recipe,
			   struct tally *tally)
{
	char name[16];
	char *argv[] = { self, name, NULL };
	struct libspawn_options options = {
		.size = sizeof options,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
	};
	struct libspawn_process child;
	struct libspawn_error error;
	char text[256];

	snprintf(name, sizeof name, "%s", recipe->name);
	while (tally->children < STARTS) {
		if (libspawn_start(&child, self, argv, &options, &error)) {
			libspawn_explain(text, sizeof text, &error, self, argv,
					 &options);
			fprintf(stderr, "why_not_fork: %s\n", text);
			exit(1);
		}
		await_child(child.pid, tally);
	}
}

int do_work(const char *name)
{
	for (int i = 0; i < RECIPES; i++) {
		if (strcmp(recipes[i].name, name) || !recipes[i].work)
			continue;
		alarm(START_SECONDS);
		recipes[i].work();
		return 0;
	}
	return 2;
}

static void count_end(const struct libspawn_status *status, struct tally *tally)
{
	tally->children++;
	if (status->end == LIBSPAWN_END_KILLED && status->code == SIGALRM)
		tally->hung++;
	else if (status->end != LIBSPAWN_END_EXITED || status->code != 0)
		tally->failed++;
}

static void employ_workers(const struct recipe *recipe, struct tally *tally)
{
	struct libspawn_status status;

	while (tally->children < STARTS) {
		have_it_done(recipe->name, &status);
		count_end(&status, tally);
	}
}

static bool is_clean(const struct recipe *recipe, const struct tally *tally,
		     const char *with)
{
	if (tally->hung == 0 && tally->failed == 0)
		return true;
	fprintf(stderr, "%s: %u hung and %u failed with %s\n", recipe->name,
		tally->hung, tally->failed, with);
	return false;
}

/* Whether it came out as it had to: certain hangs did, starts never did. */
static bool print_row(const struct recipe *recipe, const struct tally *forked,
		      const struct tally *started, const struct tally *worked)
{
	printf("%-28s %5u of %-6u %6u of %-6u %5u of %u\n", recipe->title,
	       forked->hung, forked->children, started->hung, started->children,
	       worked->hung, worked->children);
	fflush(stdout);
	if (!is_clean(recipe, started, "libspawn") ||
	    !is_clean(recipe, worked, "workers"))
		return false;
	if (forked->hung == 0 && recipe->must_hang && recipe->must_hang()) {
		fprintf(stderr, "%s: no forked child hung\n", recipe->name);
		return false;
	}
	return true;
}

/* Adds the forked children that hung to "hung". */
static bool try_recipe(char *self, struct recipe *recipe, unsigned *hung)
{
	struct tally forked = { 0 };
	struct tally started = { 0 };
	struct tally worked = { 0 };

	if (!recipe->work) {
		printf("%-30s skipped: not built in\n", recipe->title);
		return true;
	}
	if (recipe->disturb)
		recipe->disturb();
	else
		start_threads(recipe);
	fork_children(recipe, &forked);
	spawn_children(self, recipe, &started);
	employ_workers(recipe, &worked);
	if (recipe->calm)
		recipe->calm();
	else
		stop_threads();
	*hung += recipe->must_hang ? 0 : forked.hung;
	return print_row(recipe, &forked, &started, &worked);
}

static int print_table(char *self)
{
	unsigned chance_hangs = 0;
	bool good = true;

	printf("%-28s %-15s %-16s %s\n", "work in the child", "hung: fork()",
	       "hung: libspawn", "hung: workers");
	for (int i = 0; i < RECIPES; i++)
		good &= try_recipe(self, &recipes[i], &chance_hangs);
	if (chance_hangs == 0 && hangs_expected) {
		fprintf(stderr, "neither a user nor a host lookup hung\n");
		good = false;
	}
	return good ? 0 : 1;
}

int main(int argc, char *argv[])
{
	int status = be_worker();

	if (status >= 0)
		return status;
	if (argc == 2)
		return do_work(argv[1]);
	return print_table(argv[0]);
}
