/* SPDX-License-Identifier: MIT */
/*
 * The full house: all that a careful caller sets, as libspawn has it. An option
 * is set to what the caller has already, where it can be.
 */
#ifndef BENCH_FULL_HOUSE_H
#define BENCH_FULL_HOUSE_H

#include <libspawn.h>
#include <signal.h>
#include <sys/resource.h>

#define SIGNAL_BIT(number) (UINT64_C(1) << ((number)-1))

/*
 * From descriptors that any caller has: one more that is close-on-exec, and
 * the kernel would release the floor's caller earlier (see README.md).
 */
static const struct libspawn_fd house_fds[] = {
	{ .child_fd = 3, .kind = LIBSPAWN_FD_FROM, .parent_fd = 0 },
	{ .child_fd = 4, .kind = LIBSPAWN_FD_FROM, .parent_fd = 1 },
	{ .child_fd = 5, .kind = LIBSPAWN_FD_FROM, .parent_fd = 2 },
};

static const struct libspawn_rlimit house_rlimits[] = {
	{ .resource = RLIMIT_CORE, .soft = 0, .hard = 0 },
};

/* Handlers are reset anyway; these two are what a runtime ignores. */
#define FULL_HOUSE(more)                                                       \
	.flags = LIBSPAWN_SIGNAL_MASK | LIBSPAWN_NEW_SESSION |                 \
		 LIBSPAWN_UMASK | LIBSPAWN_PIDFD | (more),                     \
	.signal_default = SIGNAL_BIT(SIGPIPE) | SIGNAL_BIT(SIGXFSZ),           \
	.umask = 022, .cwd = "/", .fds = house_fds,                            \
	.fd_count = sizeof house_fds / sizeof house_fds[0],                    \
	.rlimits = house_rlimits,                                              \
	.rlimit_count = sizeof house_rlimits / sizeof house_rlimits[0]

#endif
