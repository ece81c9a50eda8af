/* SPDX-License-Identifier: MIT */
/*
 * Threads that disturb; see unrest.h. Each repeats one thing until it is
 * stopped, with a pause so short that it only shares the processor.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "apart.h"
#include "unrest.h"

#define OTHER_USER 54321
#define VARIABLES 4
#define BLOCKS 64

static atomic_int stopping;
static atomic_int strayed;
static atomic_int signalled;
static pid_t caller_pid;
static struct target {
	void (*run)(int number);
	pthread_t thread;
} targets[UNREST_THREADS];
/* Posted by each thread that has run; by who lets it end. */
static sem_t done, leave;
/* A user that may execute the probe, or the one there is. */
static uid_t other_user;

static void *blocks[BLOCKS];

static void allocate(unsigned n)
{
	size_t size = n % 17 == 0 ? 1u << 20 : 16u + n % 5000;

	free(blocks[n % BLOCKS]);
	blocks[n % BLOCKS] = malloc(size);
	assert_non_null(blocks[n % BLOCKS]);
	memset(blocks[n % BLOCKS], (int)n, size < 64 ? size : 64);
}

/* Names that exist already: only their values change. */
static void set_variable(unsigned n)
{
	char name[] = "UNREST_0";

	name[7] = (char)('0' + n % VARIABLES);
	assert_int_equal(setenv(name, n / VARIABLES % 2 ? "odd" : "even", 1),
			 0);
}

/* Of this thread alone, as the kernel has it. */
static void change_own_ids(unsigned n)
{
	(void)n;
	syscall(SYS_setresuid, -1, other_user, -1);
	syscall(SYS_setresuid, -1, getuid(), -1);
}

/* Of all threads, for which the C library interrupts each of them. */
static void change_all_ids(unsigned n)
{
	(void)n;
	assert_int_equal(seteuid(other_user), 0);
	assert_int_equal(seteuid(getuid()), 0);
}

static void fork_and_reap(unsigned n)
{
	pid_t pid = fork();

	(void)n;
	if (pid == 0)
		_exit(0);
	assert_true(pid > 0);
	assert_int_equal(reap(pid), 0);
}

/* To be inherited by whoever does not close it. */
static void open_and_close(unsigned n)
{
	int fd = open("/dev/null", O_RDWR);
	int copy = dup(fd);

	(void)n;
	assert_true(fd >= 0);
	close(fd);
	if (copy >= 0)
		close(copy);
}

static void signal_one(unsigned n)
{
	pthread_kill(targets[n % UNREST_THREADS].thread, SIGUSR1);
}

static struct disturber {
	void (*disturb)(unsigned n);
	pthread_t thread;
	atomic_uint done;
} disturbers[] = {
	{ .disturb = allocate },       { .disturb = set_variable },
	{ .disturb = change_own_ids }, { .disturb = change_all_ids },
	{ .disturb = fork_and_reap },  { .disturb = open_and_close },
	{ .disturb = signal_one },
};

#define DISTURBERS (sizeof disturbers / sizeof disturbers[0])

static void *keep_disturbing(void *data)
{
	const struct timespec pause = { 0, 20000 };
	struct disturber *disturber = data;

	while (!atomic_load(&stopping)) {
		disturber->disturb(atomic_fetch_add(&disturber->done, 1));
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static void count_signal(int number)
{
	(void)number;
	if (syscall(SYS_getpid) == caller_pid)
		atomic_fetch_add(&signalled, 1);
	else
		atomic_fetch_add(&strayed, 1);
}

/* Another user must be able to run the probe, or the change would show. */
static void choose_user(void)
{
	other_user = getuid();
	if (other_user != 0)
		return;
	assert_int_equal(seteuid(OTHER_USER), 0);
	if (faccessat(AT_FDCWD, support_probe, X_OK, AT_EACCESS) == 0)
		other_user = OTHER_USER;
	assert_int_equal(seteuid(0), 0);
}

void unrest_prepare(void)
{
	struct sigaction action = { .sa_handler = count_signal,
				    .sa_flags = SA_RESTART };

	caller_pid = getpid();
	sigaction(SIGUSR1, &action, NULL);
	choose_user();
	for (unsigned n = 0; n < 2 * VARIABLES; n++)
		set_variable(n);
}

/* Each is at work when it returns. */
static void begin_disturbing(void)
{
	atomic_store(&stopping, 0);
	for (size_t n = 0; n < DISTURBERS; n++) {
		atomic_store(&disturbers[n].done, 0);
		disturbers[n].thread =
			start_thread(keep_disturbing, &disturbers[n]);
	}
	for (size_t n = 0; n < DISTURBERS; n++)
		while (atomic_load(&disturbers[n].done) < 2)
			sched_yield();
}

static void end_disturbing(void)
{
	atomic_store(&stopping, 1);
	for (size_t n = 0; n < DISTURBERS; n++)
		join_thread(disturbers[n].thread);
	for (size_t n = 0; n < BLOCKS; n++) {
		free(blocks[n]);
		blocks[n] = NULL;
	}
	assert_true(atomic_load(&signalled) > 0);
}

/* ---- Those that are disturbed -------------------------------------------- */

static void wait_for(sem_t *semaphore)
{
	while (sem_wait(semaphore))
		assert_int_equal(errno, EINTR);
}

static void *run_and_stay(void *data)
{
	const struct target *target = data;

	target->run((int)(target - targets));
	sem_post(&done);
	wait_for(&leave);
	return NULL;
}

/* No thread ends while others may still send it a signal. */
void unrest_run(void (*run)(int number))
{
	sem_init(&done, 0, 0);
	sem_init(&leave, 0, 0);
	for (int n = 0; n < UNREST_THREADS; n++) {
		targets[n].run = run;
		targets[n].thread = start_thread(run_and_stay, &targets[n]);
	}
	begin_disturbing();
	for (int n = 0; n < UNREST_THREADS; n++)
		wait_for(&done);
	end_disturbing();
	for (int n = 0; n < UNREST_THREADS; n++)
		sem_post(&leave);
	for (int n = 0; n < UNREST_THREADS; n++)
		join_thread(targets[n].thread);
}

int unrest_strayed(void)
{
	return atomic_load(&strayed);
}
