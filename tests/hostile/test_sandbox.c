/* SPDX-License-Identifier: MIT */
/*
 * A sandbox in one start: namespaces made with the process, maps of ids, the
 * first process of a pid namespace, and all of it together; by root and by a
 * user without rights.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "held.h"
#include "patience.h"
#include "refuse.h"
#include "sandbox.h"
#include "setting.h"

static const struct libspawn_mount proc[] = {
	{ .kind = LIBSPAWN_MOUNT_PROC, .target = "/proc" },
};

static struct libspawn_options all_new(void)
{
	struct libspawn_options options = sandbox_options(proc, 1);

	options.new_namespaces = ALL_NEW;
	return options;
}

static void assert_new(const struct seen *seen, const char *name)
{
	char path[64], key[32], own[64] = "";

	snprintf(path, sizeof path, "/proc/self/ns/%s", name);
	snprintf(key, sizeof key, "ns.%s", name);
	assert_true(readlink(path, own, sizeof own - 1) > 0);
	assert_string_not_equal(seen_text(seen, key), own);
}

static const char *one_line(uint32_t inside, uint32_t outside)
{
	static char text[64];

	snprintf(text, sizeof text, "%u %u 1", inside, outside);
	return text;
}

/* ---- Namespaces -------------------------------------------------------- */

static void all_namespaces_are_new_body(void)
{
	static const char *const names[] = { "user", "mnt", "pid",   "ipc",
					     "uts",  "net", "cgroup" };
	struct libspawn_options options = all_new();
	const struct seen *seen = run_probe(&options, "namespaces process");

	for (size_t n = 0; n < sizeof names / sizeof *names; n++)
		assert_new(seen, names[n]);
	assert_seen(seen, "pid", "1");
	assert_seen(seen, "ppid", "0");
	assert_int_equal(seen->process.backend, LIBSPAWN_BACKEND_CLONE);
	assert_int_equal(seen->process.fallbacks & LIBSPAWN_FALLBACK_PIPE, 0);
}

static void all_namespaces_are_new(void **state)
{
	(void)state;
	sandbox_try(all_namespaces_are_new_body);
}

static void each_namespace_may_be_the_only_one_body(void)
{
	static const struct {
		uint64_t flag;
		const char *name;
	} kinds[] = {
		{ CLONE_NEWNS, "mnt" },	       { CLONE_NEWIPC, "ipc" },
		{ CLONE_NEWUTS, "uts" },       { CLONE_NEWNET, "net" },
		{ CLONE_NEWCGROUP, "cgroup" }, { CLONE_NEWPID, "pid" },
	};
	struct libspawn_options options = plain_options();

	for (size_t n = 0; n < sizeof kinds / sizeof *kinds; n++) {
		options.new_namespaces = kinds[n].flag | jail_users;
		assert_new(run_probe(&options, "namespaces"), kinds[n].name);
	}
	options.new_namespaces = CLONE_NEWUSER;
	assert_new(run_probe(&options, "namespaces"), "user");
}

static void each_namespace_may_be_the_only_one(void **state)
{
	(void)state;
	sandbox_try(each_namespace_may_be_the_only_one_body);
}

static void without_rights_they_are_refused_body(void)
{
	struct libspawn_options options = plain_options();

	options.new_namespaces = CLONE_NEWUTS;
	expect_powerless_failure(&options, EPERM, LIBSPAWN_STEP_NEW_NAMESPACES,
				 -1);
}

static void without_rights_they_are_refused(void **state)
{
	(void)state;
	sandbox_try(without_rights_they_are_refused_body);
}

/* A directory that is open belongs to the mounts it was opened in. */
static void a_directory_by_descriptor_comes_along_body(void)
{
	struct libspawn_options options = sandbox_options(NULL, 0);

	options.flags |= LIBSPAWN_CWD_FD;
	options.cwd_fd = open("../root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_seen(run_probe(&options, "dirs"), "cwd", jail.root);
	close(options.cwd_fd);
}

static void a_directory_by_descriptor_comes_along(void **state)
{
	(void)state;
	sandbox_try(a_directory_by_descriptor_comes_along_body);
}

/* ---- Ids --------------------------------------------------------------- */

static void own_ids_stay_body(void)
{
	struct libspawn_options options = sandbox_options(NULL, 0);
	const struct seen *seen = run_probe(&options, "maps ids caps");
	char ids[64];

	snprintf(ids, sizeof ids, "%u,%u,%u", getuid(), getuid(), getuid());
	assert_seen(seen, "uid", ids);
	assert_seen(seen, "uid_map", one_line(getuid(), getuid()));
	assert_seen(seen, "gid_map", one_line(getgid(), getgid()));
	assert_seen(seen, "setgroups", "deny");
	if (jail_users)
		assert_true(seen_set(seen, "cap.effective") == 0);
}

static void own_ids_stay(void **state)
{
	(void)state;
	sandbox_try(own_ids_stay_body);
}

static void a_user_may_be_root_in_there_body(void)
{
	const struct libspawn_id_map maps[] = {
		{ .kinds = LIBSPAWN_ID_UID, .outside = getuid(), .count = 1 },
		{ .kinds = LIBSPAWN_ID_GID, .outside = getgid(), .count = 1 },
	};
	struct libspawn_options options = sandbox_options(NULL, 0);
	const struct seen *seen;

	options.flags = LIBSPAWN_BOUNDING_CAPS;
	options.bounding_caps = 0;
	options.id_maps = maps;
	options.id_map_count = 2;
	seen = run_probe(&options, "maps ids caps");
	assert_seen(seen, "uid", "0,0,0");
	assert_seen(seen, "gid", "0,0,0");
	assert_seen(seen, "uid_map", one_line(0, getuid()));
	assert_true(seen_set(seen, "cap.effective") == 0);
	options.flags = 0;
	seen = run_probe(&options, "caps");
	assert_true(seen_set(seen, "cap.effective") != 0);
}

static void a_user_may_be_root_in_there(void **state)
{
	(void)state;
	sandbox_try(a_user_may_be_root_in_there_body);
}

static void more_lines_take_rights_body(void)
{
	static const struct libspawn_id_map maps[] = {
		{ .kinds = LIBSPAWN_ID_UID | LIBSPAWN_ID_GID,
		  .outside = 100000,
		  .count = 65536 },
		{ .kinds = LIBSPAWN_ID_UID, .inside = 70000, .count = 1 },
		{ .kinds = LIBSPAWN_ID_GID,
		  .inside = 80000,
		  .outside = 5,
		  .count = 2 },
	};
	static const uint32_t groups[] = { 80001 };
	struct libspawn_options options = sandbox_options(NULL, 0);
	const struct seen *seen;

	options.flags = LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_GROUPS;
	options.uid = 7;
	options.gid = 8;
	options.groups = groups;
	options.group_count = 1;
	options.id_maps = maps;
	options.id_map_count = 3;
	if (jail_users) {
		expect_probe_failure(&options, EPERM, LIBSPAWN_STEP_UID_MAP, 0);
		return;
	}
	seen = run_probe(&options, "maps ids");
	assert_seen(seen, "uid", "7,7,7");
	assert_seen(seen, "gid", "8,8,8");
	assert_seen(seen, "groups", "80001");
	assert_seen(seen, "uid_map", "0 100000 65536,70000 0 1");
	assert_seen(seen, "gid_map", "0 100000 65536,80000 5 2");
	assert_seen(seen, "setgroups", "allow");
	options.flags = LIBSPAWN_DENY_SETGROUPS;
	options.uid = options.gid = options.group_count = 0;
	assert_seen(run_probe(&options, "maps"), "setgroups", "deny");
}

static void more_lines_take_rights(void **state)
{
	(void)state;
	sandbox_try(more_lines_take_rights_body);
}

static void write_own(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Root of a namespace where nobody else is. */
static void be_alone(void)
{
	char uids[32], gids[32];

	snprintf(uids, sizeof uids, "0 %u 1", getuid());
	snprintf(gids, sizeof gids, "0 %u 1", getgid());
	assert_int_equal(unshare(CLONE_NEWUSER), 0);
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
	write_own("/proc/self/setgroups", "deny");
	write_own("/proc/self/uid_map", uids);
	write_own("/proc/self/gid_map", gids);
}

static void a_line_that_may_not_be_is_named_body(void)
{
	static const struct libspawn_id_map maps[] = {
		{ .kinds = LIBSPAWN_ID_UID, .count = 1 },
		{ .kinds = LIBSPAWN_ID_UID,
		  .inside = 1,
		  .outside = 5,
		  .count = 1 },
	};
	struct libspawn_options options = sandbox_options(NULL, 0);

	options.flags = 0;
	options.id_maps = maps;
	options.id_map_count = 2;
	be_alone();
	expect_probe_failure(&options, EPERM, LIBSPAWN_STEP_UID_MAP, 1);
}

static void a_line_that_may_not_be_is_named(void **state)
{
	(void)state;
	sandbox_try(a_line_that_may_not_be_is_named_body);
}

static void who_is_not_dumpable_is_told_body(void)
{
	struct libspawn_options options = sandbox_options(NULL, 0);

	if (!jail_users)
		return;
	assert_int_equal(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), 0);
	expect_probe_failure(&options, EACCES, LIBSPAWN_STEP_SETGROUPS, -1);
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
}

static void who_is_not_dumpable_is_told(void **state)
{
	(void)state;
	sandbox_try(who_is_not_dumpable_is_told_body);
}

/* A start that changes ids leaves the memory undumpable for a moment. */
static void *unshare_users(void *stop)
{
	struct libspawn_options options = plain_options();

	options.unshare = CLONE_NEWUSER;
	while (!__atomic_load_n((int *)stop, __ATOMIC_ACQUIRE))
		start_and_reap(&options);
	return NULL;
}

static void starts_that_change_ids_are_no_obstacle_body(void)
{
	struct libspawn_options options = sandbox_options(NULL, 0);
	int stop = 0;
	pthread_t thread = start_thread(unshare_users, &stop);

	for (int n = 0; n < 50; n++)
		start_among_undumpable(&options);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	join_thread(thread);
}

static void starts_that_change_ids_are_no_obstacle(void **state)
{
	(void)state;
	sandbox_try(starts_that_change_ids_are_no_obstacle_body);
}

/* ---- A process before the program --------------------------------------- */

static int close_range_is_missing; /* as before Linux 5.9 */

static void a_first_process_is_there_body(void)
{
	struct libspawn_options options = all_new();
	const struct seen *seen;

	if (close_range_is_missing) {
		need_refusals();
		refuse_call("close_range", ENOSYS);
	}
	options.flags |= LIBSPAWN_INIT;
	seen = run_probe(&options, "process fds then open /proc/1/fd/0 0");
	assert_seen(seen, "pid", "2");
	assert_seen(seen, "ppid", "1");
	/* It has nothing open, also in its first moment. */
	assert_string_not_equal(seen_text(seen, "open./proc/1/fd/0"), "ok");
	assert_seen(seen, "fds", "0,1,2");
}

static void a_first_process_is_there(void **state)
{
	(void)state;
	for (int missing = 0; missing < 2; missing++) {
		close_range_is_missing = missing;
		sandbox_try(a_first_process_is_there_body);
	}
}

/*
 * Before it becomes that, it is in the caller's memory: not even who has all
 * capabilities there may look into it then.
 */
static void its_first_moment_is_not_seen_body(void)
{
	const struct libspawn_id_map root = { .kinds = LIBSPAWN_ID_UID,
					      .outside = getuid(),
					      .count = 1 };
	struct libspawn_options options = all_new();
	struct patience patience = { 0 };
	int seen_later = 0;

	support_ignore_mappings();
	options.flags = LIBSPAWN_INIT;
	options.id_maps = &root;
	options.id_map_count = 1;
	for (int n = 0; n < 100 || !seen_later; n++) {
		const struct seen *seen = run_probe(&options, "maps");
		const char *first = seen_text(seen, "first");

		assert_true(n < 100 || patience_lasts(&patience));
		if (strcmp(first, "error:13") == 0)
			continue;
		assert_string_equal(first, "/memfd:init (deleted)");
		seen_later++;
	}
}

static void its_first_moment_is_not_seen(void **state)
{
	(void)state;
	sandbox_try(its_first_moment_is_not_seen_body);
}

/* The end of a program of which the first process tells. */
static int status_of(const char *words)
{
	struct libspawn_options options = all_new();
	struct seen *seen;

	options.flags |= LIBSPAWN_INIT;
	seen = start_probe(&options, words);
	collect(seen);
	return seen->status;
}

static void it_ends_as_the_program_does_body(void)
{
	assert_int_equal(status_of("umask then exit 7"), 7 << 8);
	assert_int_equal(status_of("umask then exit 0"), 0);
	assert_int_equal(status_of("umask then kill 9"), (128 + 9) << 8);
}

static void it_ends_as_the_program_does(void **state)
{
	(void)state;
	sandbox_try(it_ends_as_the_program_does_body);
}

static void it_hands_signals_on_body(void)
{
	struct libspawn_options options = all_new();
	int32_t writing = -1;
	const struct libspawn_fd row = { .kind = LIBSPAWN_FD_PIPE_READ,
					 .parent_end = &writing };
	struct seen *seen;

	options.flags |= LIBSPAWN_INIT;
	options.fds = &row;
	options.fd_count = 1;
	seen = start_probe(&options, "umask then read 0");
	assert_int_equal(libspawn_signal(&seen->process, SIGTERM, 0), 0);
	collect(seen);
	close(writing);
	assert_int_equal(seen->status, (128 + SIGTERM) << 8);
}

static void it_hands_signals_on(void **state)
{
	(void)state;
	sandbox_try(it_hands_signals_on_body);
}

static void a_program_that_is_missing_is_told_body(void)
{
	struct libspawn_options options = all_new();

	options.flags |= LIBSPAWN_INIT;
	expect_failure(&options, "/nonexistent", exit_argv, ENOENT,
		       LIBSPAWN_STEP_EXEC, -1);
}

static void a_program_that_is_missing_is_told(void **state)
{
	(void)state;
	sandbox_try(a_program_that_is_missing_is_told_body);
}

/* The library's own file lies beside the table, whatever numbers that has. */
static void the_table_does_not_hit_it_body(void)
{
	static struct libspawn_fd rows[32];
	struct libspawn_options options = all_new();

	for (int n = 0; n < 32; n++)
		rows[n] = (struct libspawn_fd){ .child_fd = 3 + n,
						.kind = LIBSPAWN_FD_NULL };
	options.flags |= LIBSPAWN_INIT;
	options.fds = rows;
	options.fd_count = 32;
	assert_seen(run_probe(&options, "process"), "pid", "2");
}

static void the_table_does_not_hit_it(void **state)
{
	(void)state;
	sandbox_try(the_table_does_not_hit_it_body);
}

/* ---- A caller that ends -------------------------------------------------- */

/* The pipe's end comes when nobody is left: neither caller nor child. */
static void a_held_one_does_not_outlive_its_caller_body(void)
{
	struct libspawn_options options = all_new();
	struct libspawn_pending *pending;
	int ends[2];
	char byte;

	if (!system_has_pidfds())
		skip_apart("no pidfds here");
	options.flags |= LIBSPAWN_HOLD;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	assert_int_equal(pipe(ends), 0);
	if (fork() == 0) {
		libspawn_begin(&pending, support_probe, exit_argv, &options,
			       NULL);
		raise(SIGKILL);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	assert_true(waitpid(-1, NULL, __WALL) > 0);
	assert_true(waitpid(-1, NULL, __WALL) > 0);
}

static void a_held_one_does_not_outlive_its_caller(void **state)
{
	(void)state;
	sandbox_try(a_held_one_does_not_outlive_its_caller_body);
}

/* ---- Nothing forks ------------------------------------------------------ */

static void all_of_it_without_a_fork_body(void)
{
	struct libspawn_options options = all_new();

	need_refusals();
	options.flags |= LIBSPAWN_INIT;
	refuse_call("clone3", ENOSYS);
	refuse_call_without("clone", CLONE_VM, EPERM);
	refuse_call_without("clone", CLONE_VFORK, EPERM);
	refuse_call("fork", EPERM);
	refuse_call("vfork", EPERM);
	start_and_reap(&options);
}

static void all_of_it_without_a_fork(void **state)
{
	(void)state;
	sandbox_try(all_of_it_without_a_fork_body);
}

/* ---- Refusals ----------------------------------------------------------- */

static struct refused {
	const char *call;
	uint64_t first; /* its first argument; or 0: any */
	int step;
} refused;

static void a_refused_call_is_named_body(void)
{
	struct libspawn_options options = all_new();

	need_refusals();
	options.flags |= LIBSPAWN_INIT;
	if (refused.first)
		refuse_argument(refused.call, 0, refused.first, EPERM);
	else
		refuse_call(refused.call, EPERM);
	expect_failure(&options, support_probe, exit_argv, EPERM, refused.step,
		       -1);
}

/* The fourth clones within the namespace, the sixth is what comes last. */
static void a_refused_call_is_named(void **state)
{
	static const struct refused all[] = {
		{ "mount", 0, LIBSPAWN_STEP_MOUNT },
		{ "memfd_create", 0, LIBSPAWN_STEP_INIT },
		{ "prctl", PR_SET_DUMPABLE, LIBSPAWN_STEP_INIT },
		{ "clone", CLONE_VM | CLONE_VFORK, LIBSPAWN_STEP_INIT },
		{ "execveat", 0, LIBSPAWN_STEP_INIT },
		{ "chdir", 0, LIBSPAWN_STEP_MOUNT },
	};

	(void)state;
	for (size_t n = 0; n < sizeof all / sizeof *all; n++) {
		refused = all[n];
		sandbox_try(a_refused_call_is_named_body);
	}
}

/* Denied first, unless there is no map of groups. */
static void a_refused_map_is_named_body(void)
{
	const struct libspawn_id_map own = { .kinds = LIBSPAWN_ID_UID,
					     .outside = getuid(),
					     .count = 1 };
	struct libspawn_options options = sandbox_options(NULL, 0);

	need_refusals();
	refuse_call("write", EPERM);
	expect_probe_failure(&options, EPERM, LIBSPAWN_STEP_SETGROUPS, -1);
	options.flags &= ~LIBSPAWN_OWN_IDS;
	options.id_maps = &own;
	options.id_map_count = 1;
	expect_probe_failure(&options, EPERM, LIBSPAWN_STEP_UID_MAP, 0);
}

static void a_refused_map_is_named(void **state)
{
	(void)state;
	sandbox_try(a_refused_map_is_named_body);
}

/* A filter sees not the file, but how much is written: the one map's length. */
static void a_refused_map_of_groups_is_named_body(void)
{
	struct libspawn_id_map maps[] = {
		{ .kinds = LIBSPAWN_ID_UID, .outside = getuid(), .count = 1 },
		{ .kinds = LIBSPAWN_ID_GID, .outside = 5, .count = 1 },
	};
	struct libspawn_options options = sandbox_options(NULL, 0);

	options.flags = 0;
	options.id_maps = maps;
	options.id_map_count = 2;
	if (jail_users)
		expect_probe_failure(&options, EPERM, LIBSPAWN_STEP_GID_MAP, 1);
	maps[1].inside = 1000000000;
	maps[1].outside = getgid();
	start_and_reap(&options);
	need_refusals();
	refuse_argument("write", 2,
			strlen(one_line(maps[1].inside, maps[1].outside)) + 1,
			EACCES);
	expect_probe_failure(&options, EACCES, LIBSPAWN_STEP_GID_MAP, 1);
}

static void a_refused_map_of_groups_is_named(void **state)
{
	(void)state;
	sandbox_try(a_refused_map_of_groups_is_named_body);
}

static int refusal;

/* As AppArmor and Docker refuse it, or a system that has too many. */
static void a_system_without_user_namespaces_is_named_body(void)
{
	struct libspawn_options options = all_new();

	need_refusals();
	refuse_call("clone3", ENOSYS);
	refuse_call_with("clone", CLONE_NEWUSER, refusal);
	expect_probe_failure(&options, refusal, LIBSPAWN_STEP_NEW_NAMESPACES,
			     -1);
}

static void a_system_without_user_namespaces_is_named(void **state)
{
	static const int codes[] = { EPERM, EINVAL, ENOSPC, EUSERS };

	(void)state;
	for (size_t n = 0; n < sizeof codes / sizeof *codes; n++) {
		refusal = codes[n];
		sandbox_try(a_system_without_user_namespaces_is_named_body);
	}
}

static void no_proc_is_told_body(void)
{
	struct libspawn_options options = sandbox_options(NULL, 0);

	if (jail_users)
		return;
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/proc", "tmpfs", 0, NULL))
		skip_apart("no mounts can be made");
	expect_probe_failure(&options, ENOENT, LIBSPAWN_STEP_UID_MAP, -1);
	options.flags |= LIBSPAWN_DENY_SETGROUPS;
	expect_probe_failure(&options, ENOENT, LIBSPAWN_STEP_SETGROUPS, -1);
	assert_int_equal(umount2("/proc", MNT_DETACH), 0);
}

static void no_proc_is_told(void **state)
{
	(void)state;
	sandbox_try(no_proc_is_told_body);
}

static const struct CMUnitTest tests[] = {
	TEST(all_namespaces_are_new),
	TEST(each_namespace_may_be_the_only_one),
	TEST(without_rights_they_are_refused),
	TEST(a_directory_by_descriptor_comes_along),
	TEST(own_ids_stay),
	TEST(a_user_may_be_root_in_there),
	TEST(more_lines_take_rights),
	TEST(a_line_that_may_not_be_is_named),
	TEST(who_is_not_dumpable_is_told),
	TEST(starts_that_change_ids_are_no_obstacle),
	TEST(a_first_process_is_there),
	TEST(its_first_moment_is_not_seen),
	TEST(it_ends_as_the_program_does),
	TEST(it_hands_signals_on),
	TEST(a_program_that_is_missing_is_told),
	TEST(the_table_does_not_hit_it),
	TEST(a_held_one_does_not_outlive_its_caller),
	TEST(all_of_it_without_a_fork),
	TEST(a_refused_call_is_named),
	TEST(a_refused_map_is_named),
	TEST(a_refused_map_of_groups_is_named),
	TEST(a_system_without_user_namespaces_is_named),
	TEST(no_proc_is_told),
};

TEST_MAIN(tests)
