/* SPDX-License-Identifier: MIT */
/*
 * libspawn's clone backend with one option each, and with the full house: all
 * that a careful caller sets. An option is set to what the caller has already,
 * where it can be, so that only the asking is measured.
 */
#define _GNU_SOURCE
#include "full_house.h"
#include "libspawn_start.h"
#include "method.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct libspawn_fd opened[] = {
	{ .child_fd = 3, .kind = LIBSPAWN_FD_OPEN, .path = "/" },
};

static const struct libspawn_fd nulls[] = {
	{ .child_fd = 3, .kind = LIBSPAWN_FD_NULL },
};

static char *const one_variable[] = { (char[]){ "LIBSPAWN_BENCH=1" }, NULL };
static const uint32_t groups[] = { 0 };
static const uint32_t cpus[] = { 0 };

#define CASE(title, ...)                                                       \
	LIBSPAWN_METHOD("libspawn-clone", title, CLONE_OPTIONS(__VA_ARGS__))

static const struct method options_table[] = {
	CASE("full-house", FULL_HOUSE(0)),
	/*
	 * Whatever else is ignored is set to default too: nobody can tell what
	 * is ignored without asking for each signal by a call of its own.
	 */
	CASE("full-house-all-signals", FULL_HOUSE(LIBSPAWN_DEFAULT_SIGNALS)),
	CASE("inherit-fds", .flags = LIBSPAWN_INHERIT_FDS),
	CASE("3-fds", .fds = house_fds, .fd_count = 3),
	CASE("open", .fds = opened, .fd_count = 1),
	CASE("null", .fds = nulls, .fd_count = 1),
	CASE("cwd", .cwd = "/"),
	CASE("root", .root = "/"),
	CASE("env-set", .env_set = one_variable),
	CASE("signal-mask", .flags = LIBSPAWN_SIGNAL_MASK),
	CASE("signal-default", .signal_default = SIGNAL_BIT(SIGPIPE)),
	CASE("all-signals", .flags = LIBSPAWN_DEFAULT_SIGNALS),
	CASE("session", .flags = LIBSPAWN_NEW_SESSION),
	CASE("process-group", .flags = LIBSPAWN_PROCESS_GROUP),
	CASE("umask", .flags = LIBSPAWN_UMASK, .umask = 022),
	CASE("rlimit", .rlimits = house_rlimits, .rlimit_count = 1),
	CASE("nice", .nice = 1, .flags = LIBSPAWN_NICE),
	CASE("affinity", .cpus = cpus, .cpu_count = 1),
	CASE("scheduler", .flags = LIBSPAWN_SCHEDULER,
	     .sched_policy = SCHED_OTHER),
	CASE("io-priority", .flags = LIBSPAWN_IO_PRIORITY,
	     .io_priority = 2u << 13 | 4),
	CASE("timer-slack", .flags = LIBSPAWN_TIMER_SLACK,
	     .timer_slack = 50000),
	CASE("oom-score", .flags = LIBSPAWN_OOM_SCORE_ADJ),
	CASE("ids", .flags = LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_GROUPS,
	     .groups = groups, .group_count = 1),
	CASE("no-new-privs", .flags = LIBSPAWN_NO_NEW_PRIVS),
	CASE("parent-death", .parent_death_signal = SIGTERM),
	CASE("unshare-uts", .unshare = CLONE_NEWUTS),
	CASE("pidfd", .flags = LIBSPAWN_PIDFD),
};

METHOD_GROUP(libspawn_options_methods, options_table);
