/* SPDX-License-Identifier: MIT */
/*
 * What the tests of workers share: starting one with the backend under test,
 * messages that are short texts, and how one is expected to end. A test program
 * is its own worker: EMPLOY_MAIN() hands over to its functions first.
 */
#ifndef TESTS_EMPLOY_H
#define TESTS_EMPLOY_H

#include "apart.h"

#include "libspawn_workers.h"

/* For what must come: far longer than it takes. */
#define PATIENCE_MS 60000

#define EMPLOY_MAIN(functions, tests)                                          \
	int main(int argc, char **argv)                                        \
	{                                                                      \
		int status = libspawn_worker_main(                             \
			functions, sizeof(functions) / sizeof *(functions));   \
                                                                               \
		if (status >= 0)                                               \
			return status;                                         \
		return support_main(argc, argv, (tests),                       \
				    sizeof(tests) / sizeof(tests)[0]);         \
	}

/* A how with nothing but its size, and options with the backend under test. */
struct libspawn_worker_how plain_how(const struct libspawn_options *options);
/* Starts it, or fails the test. NULL: as plain_how(). */
struct libspawn_worker *employ(const char *function,
			       const struct libspawn_worker_how *how);
/* Does an emulator or a sanitizer give every process a second thread? */
int processes_have_threads(void);
/*
 * Forks a template. It may take the kernel a while to let go of a thread that
 * has ended: EDEADLK is what comes of it there, and elsewhere a failure.
 */
int try_fork(struct libspawn_worker **worker, struct libspawn_worker *from,
	     const char *function, const struct libspawn_worker_how *how);
/* The same; skips the test there. */
struct libspawn_worker *fork_one(struct libspawn_worker *from,
				 const char *function,
				 const struct libspawn_worker_how *how);
/* A text, its NUL not among the bytes. */
struct libspawn_message text_message(const char *text);
int send_text(struct libspawn_worker *worker, const char *text);
/* In a worker: formats and sends, waiting for ever. Its status to return. */
int report(struct libspawn_worker *self, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The next message is this text. */
void expect_text(struct libspawn_worker *worker, const char *text);
/* Receives a message, or fails the test; ended by a NUL, until the next. */
const char *receive_text(struct libspawn_worker *worker);
/* Closes it and expects this end. */
void dismiss(struct libspawn_worker *worker, uint32_t end, int32_t code);

#endif
