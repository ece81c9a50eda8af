/* SPDX-License-Identifier: MIT */
/*
 * The binary interface of the workers, as abi.c is for the library.
 */
#include <stddef.h>

#include <libspawn_workers.h>

#define OF_WIDTH(on_64, on_32) (sizeof(void *) == 8 ? (on_64) : (on_32))

#define SIZE(name, on_64, on_32)                                               \
	_Static_assert(sizeof(struct libspawn_##name) ==                       \
			       OF_WIDTH(on_64, on_32),                         \
		       "the size of struct libspawn_" #name)
#define AT(name, field, on_64, on_32)                                          \
	_Static_assert(offsetof(struct libspawn_##name, field) ==              \
			       OF_WIDTH(on_64, on_32),                         \
		       "the place of " #field " in struct libspawn_" #name)

SIZE(function, 32, 16);
AT(function, name, 0, 0);
AT(function, run, 8, 4);
AT(function, spare, 16, 8);

SIZE(message, 40, 32);
AT(message, size, 0, 0);
AT(message, tag, 8, 8);
AT(message, bytes, 16, 16);
AT(message, fds, 24, 20);
AT(message, fd_count, 32, 24);
AT(message, spare, 36, 28);

/* Its first version; a later one is longer. */
_Static_assert(sizeof(struct libspawn_worker_how) >= OF_WIDTH(64, 48),
	       "the how never shrinks");
AT(worker_how, size, 0, 0);
AT(worker_how, flags, 4, 4);
AT(worker_how, data_size, 8, 8);
AT(worker_how, message_max, 16, 16);
AT(worker_how, data, 24, 24);
AT(worker_how, options, 32, 28);
AT(worker_how, program, 40, 32);
AT(worker_how, argv, 48, 36);
AT(worker_how, block_fd, 56, 40);
AT(worker_how, message_fds, 60, 44);

/* Its first version; a later one is longer. */
_Static_assert(sizeof(struct libspawn_pool_how) >= OF_WIDTH(72, 56),
	       "the how never shrinks");
AT(pool_how, size, 0, 0);
AT(pool_how, flags, 4, 4);
AT(pool_how, task_timeout_ms, 8, 8);
AT(pool_how, max_rss_kib, 16, 16);
AT(pool_how, function, 24, 24);
AT(pool_how, worker, 32, 28);
AT(pool_how, template_function, 40, 32);
AT(pool_how, template_how, 48, 36);
AT(pool_how, workers, 56, 40);
AT(pool_how, tasks_max, 60, 44);
AT(pool_how, tasks_per_worker, 64, 48);
AT(pool_how, reserved, 68, 52);

SIZE(outcome, 160, 152);
AT(outcome, tag, 0, 0);
AT(outcome, size, 8, 8);
AT(outcome, bytes, 16, 16);
AT(outcome, fds, 24, 20);
AT(outcome, fd_count, 32, 24);
AT(outcome, kind, 36, 28);
AT(outcome, code, 40, 32);
AT(outcome, pid, 44, 36);
AT(outcome, status, 48, 40);

SIZE(pool_figures, 56, 56);
AT(pool_figures, submitted, 0, 0);
AT(pool_figures, collected, 8, 8);
AT(pool_figures, workers_started, 16, 16);
AT(pool_figures, templates_started, 24, 24);
AT(pool_figures, workers, 32, 32);
AT(pool_figures, waiting, 36, 36);
AT(pool_figures, spare, 40, 40);
