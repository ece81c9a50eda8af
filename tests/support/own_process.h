/* SPDX-License-Identifier: MIT */
/*
 * A process of its own for the body of a test: there a failed assertion, a
 * crash or a hang fails the test, and what the body spoils is gone with it.
 * What it must not leave behind is seen to by apart.c and by posix/case.c, each
 * for its own tests.
 */
#ifndef TESTS_OWN_PROCESS_H
#define TESTS_OWN_PROCESS_H

#include <pthread.h>
#include <stddef.h>
#include <sys/types.h>

#include "setting.h"

/*
 * Runs this in a child, which then exits with 0. Returns what waitpid() says of
 * it, or -1 for one that hangs and was ended. Whatever it started ends with it.
 */
int run_in_own_process(void (*run)(void *), void *data);
/* Fails or skips the test by what that returned. */
void judge_own_process(int status);
/* The exit status of a program that was skipped. */
#define SKIPPED 77
/* In there: end the test as skipped, and say why. */
_Noreturn void skip_apart(const char *reason);
/* Before a skip() in the program itself, which else nobody counts. */
void count_skip(void);
/* The exit status of a program with so many tests, of which so many failed. */
int status_of_tests(int failed, size_t count);

/* Wait for a child; returns its status, or -1 if it was taken away. */
int reap(pid_t pid);
void *join_thread(pthread_t thread);

/*
 * A signal of a timer all the time, whose handler counts; with these flags of
 * sigaction(2). Stopping it returns how many there were.
 */
void start_storm(long microseconds, int flags);
int stop_storm(void);

/* Is every instruction checked, so that less must be enough? */
int runs_slowly(void);
/* For what a sanitizer in the program does not bear. */
int is_sanitized(void);

#endif
