/* SPDX-License-Identifier: MIT */
/*
 * Programs that fork as test_watch.py wants it; the first argument says how.
 * Functions that a report is to name are not put into others.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define APART __attribute__((noinline))

extern char **environ;

/* musl notes who has a lock in those only that check for errors. */
#ifdef PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP
static pthread_mutex_t config_lock = PTHREAD_MUTEX_INITIALIZER;
#else
static pthread_mutex_t config_lock = { { { PTHREAD_MUTEX_ERRORCHECK } } };
#endif
static pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t is_held;
static pid_t begun; /* the thread that has posted it */
static char *self;

/* ---- Where others are -------------------------------------------------- */

/* The first line of a file of /proc; "": there is none. */
static void read_line(char *line, int size, const char *folder, pid_t id,
		      const char *name)
{
	char path[64];
	FILE *file;

	line[0] = '\0';
	snprintf(path, sizeof path, "/proc/%s%d/%s", folder, (int)id, name);
	file = fopen(path, "re");
	if (file == NULL)
		return;
	if (fgets(line, size, file) == NULL)
		line[0] = '\0';
	fclose(file);
}

/* 'S'; 't' for one that is held by who traces it; 0 for none. */
static char state_of(const char *folder, pid_t id)
{
	char line[512];
	const char *name_end;

	read_line(line, sizeof line, folder, id, "stat");
	name_end = strrchr(line, ')');
	return name_end != NULL && name_end[1] == ' ' ? name_end[2] : '\0';
}

/* ---- A lock that is held at the fork ----------------------------------- */

static void tell_begun(void)
{
	begun = (pid_t)syscall(SYS_gettid);
	sem_post(&is_held);
}

static APART void reload(void)
{
	pthread_mutex_lock(&config_lock);
	pthread_rwlock_wrlock(&table_lock);
	tell_begun();
	while (pause() < 0)
		continue;
}

static void *reload_for_ever(void *argument)
{
	prctl(PR_SET_NAME, "reloader");
	reload();
	return argument;
}

static void *wait_for_ever(void *argument)
{
	tell_begun();
	while (pause() < 0)
		continue;
	return argument;
}

/* It is where it will be when this returns: it sleeps, or has ended. */
static void begin_thread(void *(*routine)(void *))
{
	pthread_t thread;
	char state;

	sem_init(&is_held, 0, 0);
	if (pthread_create(&thread, NULL, routine, NULL) != 0)
		exit(99);
	sem_wait(&is_held);
	while ((state = state_of("self/task/", begun)) != 'S' && state != '\0')
		sched_yield();
}

static APART int read_config(void)
{
	pthread_mutex_lock(&config_lock);
	pthread_mutex_unlock(&config_lock);
	return 0;
}

static APART int read_table(void)
{
	pthread_rwlock_rdlock(&table_lock);
	pthread_rwlock_unlock(&table_lock);
	return 0;
}

static APART pid_t start_job(int (*work)(void))
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(work());
	return pid;
}

static int await(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return status;
}

/* Whoever watches ends them, or nobody does. */
static int hang(int (*work)(void), int count)
{
	pid_t pids[64];

	begin_thread(reload_for_ever);
	for (int i = 0; i < count; i++)
		pids[i] = start_job(work);
	for (int i = 0; i < count; i++)
		await(pids[i]);
	return 7;
}

/* ---- A wait that nobody has an end of ---------------------------------- */

static sem_t turns[2];

static APART int wait_turn(sem_t *turn)
{
	while (sem_wait(turn) < 0)
		continue;
	return 0;
}

static void *wait_in_thread(void *argument)
{
	tell_begun();
	wait_turn(&turns[0]);
	return argument;
}

static int wait_in_child(void)
{
	return wait_turn(&turns[1]);
}

static int hang_in_turn(void)
{
	sem_init(&turns[0], 0, 0);
	sem_init(&turns[1], 0, 0);
	begin_thread(wait_in_thread);
	await(start_job(wait_in_child));
	return 7;
}

/* ---- A fork below code that was made at run time ----------------------- */

#if defined(__x86_64__)

static int do_nothing(void)
{
	return 0;
}

static int fork_beside_thread(void)
{
	begin_thread(wait_for_ever);
	await(start_job(do_nothing));
	return 7;
}

static void write_map(const char *path, const void *code, size_t size)
{
	FILE *map = fopen(path, "we");

	if (map == NULL)
		exit(99);
	fprintf(map, "%lx %zx made code\n", (unsigned long)code, size);
	fclose(map);
}

/* A frame, and in it a call of what it is given. */
static int fork_below_made_code(void)
{
	static const unsigned char bytes[] = {
		0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3,
	};
	int (*made)(int (*)(void));
	char path[64];
	int status;
	void *code = mmap(NULL, sizeof bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (code == MAP_FAILED)
		return 99;
	memcpy(code, bytes, sizeof bytes);
	mprotect(code, sizeof bytes, PROT_READ | PROT_EXEC);
	memcpy(&made, &code, sizeof made);
	snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
	write_map(path, code, sizeof bytes);
	status = made(fork_beside_thread);
	unlink(path);
	return status;
}

#else

static int fork_below_made_code(void)
{
	return 99;
}

#endif

/* A grandchild has the same lock held, and its parent had one thread. */
static int grandchild(void)
{
	return await(start_job(read_config)) != 0;
}

/* Not only stopped, to be looked at; or whoever watches has ended it. */
static bool waits_for_lock(pid_t pid)
{
	char call[128];
	char state = state_of("", pid);

	if (state != 'S')
		return state == 'Z';
	read_line(call, sizeof call, "", pid, "syscall");
	return strtol(call, NULL, 10) == SYS_futex;
}

/* End it by this signal when it has come to its lock; 0: leave it there. */
static int hang_until(int number)
{
	pid_t pid;

	begin_thread(reload_for_ever);
	pid = start_job(read_config);
	while (!waits_for_lock(pid))
		sched_yield();
	if (number == 0)
		return 7;
	kill(pid, number);
	return WTERMSIG(await(pid)) == number ? 7 : 1;
}

/* ---- What is in no danger ---------------------------------------------- */

static int end_at_once(void)
{
	return 0;
}

static APART pid_t execute_by_fork(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl(self, self, "nothing", NULL);
		_exit(99);
	}
	return pid;
}

static int execute(int count)
{
	begin_thread(wait_for_ever);
	for (int i = 0; i < count; i++)
		if (await(execute_by_fork()) != 0)
			return 1;
	return 7;
}

static int start_by_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execl(self, self, "nothing", NULL);
		_exit(99);
	}
	return await(pid);
}

static int start_by_spawn(void)
{
	char *argv[] = { self, (char[]){ "nothing" }, NULL };
	pid_t pid;

	if (posix_spawn(&pid, self, NULL, NULL, argv, environ) != 0)
		return 1;
	return await(pid);
}

static int start_safely(void)
{
	begin_thread(wait_for_ever);
	return start_by_vfork() || start_by_spawn() ? 1 : 7;
}

/* One thread only, and a child that becomes nobody's. */
static int be_daemon(void)
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0)
			usleep(20000);
		_exit(0);
	}
	return await(-1) ? 1 : 7;
}

/* ---- What is hard to follow -------------------------------------------- */

static void *execute_here(void *argument)
{
	tell_begun();
	execl(self, self, "exit", "7", NULL);
	return argument;
}

static int execute_in_thread(void)
{
	for (int i = 0; i < 3; i++)
		begin_thread(wait_for_ever);
	begin_thread(execute_here);
	while (pause() < 0)
		continue;
	return 1;
}

/* A tree of processes, two branches at each. */
static void grow(int depth)
{
	pid_t branches[2];

	for (int i = 0; depth > 0 && i < 2; i++) {
		branches[i] = fork();
		if (branches[i] == 0) {
			grow(depth - 1);
			_exit(0);
		}
	}
	for (int i = 0; depth > 0 && i < 2; i++)
		await(branches[i]);
}

static atomic_int rounds;

/* Children that end, that are killed and that execute, at any moment. */
static void *storm(void *argument)
{
	while (atomic_fetch_sub(&rounds, 1) > 0) {
		pid_t pid = atomic_load(&rounds) % 3 == 0
				    ? execute_by_fork()
				    : start_job(end_at_once);

		if (atomic_load(&rounds) % 4 == 0)
			kill(pid, SIGKILL);
		await(pid);
	}
	return argument;
}

/* So many; with 0, until its input is closed. */
static int raise_storm(int count)
{
	pthread_t threads[4];

	atomic_store(&rounds, count > 0 ? count : INT_MAX);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, storm, NULL);
	while (count == 0 && getchar() != EOF)
		continue;
	if (count == 0)
		atomic_store(&rounds, 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	return 7;
}

static int stop_self(void)
{
	raise(SIGSTOP);
	return 7;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "nothing";
	int number = argc > 2 ? atoi(argv[2]) : 1;

	self = argv[0];
	if (strcmp(how, "mutex") == 0)
		return hang(read_config, number);
	if (strcmp(how, "rwlock") == 0)
		return hang(read_table, number);
	if (strcmp(how, "grandchild") == 0)
		return hang(grandchild, number);
	if (strcmp(how, "turn") == 0)
		return hang_in_turn();
	if (strcmp(how, "made") == 0)
		return fork_below_made_code();
	if (strcmp(how, "until") == 0)
		return hang_until(number);
	if (strcmp(how, "execute") == 0)
		return execute(number);
	if (strcmp(how, "safely") == 0)
		return start_safely();
	if (strcmp(how, "daemon") == 0)
		return be_daemon();
	if (strcmp(how, "thread") == 0)
		return execute_in_thread();
	if (strcmp(how, "storm") == 0)
		return raise_storm(number);
	if (strcmp(how, "stop") == 0)
		return stop_self();
	if (strcmp(how, "exit") == 0)
		return number;
	if (strcmp(how, "die") == 0)
		raise(number);
	if (strcmp(how, "tree") == 0)
		grow(number);
	return 0;
}
