/* SPDX-License-Identifier: MIT */
/*
 * The mount table of a sandbox: each kind of row alone, all of them together,
 * each of their system calls refused, and the caller's mounts as they were.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "refuse.h"
#include "sandbox.h"

#define COUNT(rows) ((uint32_t)(sizeof(rows) / sizeof *(rows)))

/* Whether mount_setattr(2), of Linux 5.12, is to be missing. */
static int is_older;

static void need_changes(void)
{
	if (is_older) {
		need_refusals();
		refuse_call("mount_setattr", ENOSYS);
	}
	sandbox_need_changes();
}

static void on_an_older_kernel(void (*body)(void))
{
	is_older = 1;
	sandbox_try(body);
	is_older = 0;
}

/* ---- Each kind ---------------------------------------------------------- */

static void a_directory_is_there_too_body(void)
{
	const struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_BIND,
		  .target = jail_path("root/inner"),
		  .source = jail.outside },
	};
	struct libspawn_options options = sandbox_options(rows, COUNT(rows));

	options.cwd = rows[0].target;
	assert_seen(run_probe(&options, "dirs then open table 1"), "open.table",
		    "ok");
	options.cwd = NULL;
	assert_seen(run_probe(&options, "dirs"), "cwd", "/");
}

static void a_directory_is_there_too(void **state)
{
	(void)state;
	sandbox_try(a_directory_is_there_too_body);
}

static void read_only_is_what_is_below_body(void)
{
	const struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_TMPFS,
		  .target = jail_path("root/inner") },
		{ .kind = LIBSPAWN_MOUNT_BIND,
		  .target = jail.root,
		  .source = jail.root,
		  .flags = LIBSPAWN_MOUNT_READ_ONLY | LIBSPAWN_MOUNT_RECURSIVE |
			   LIBSPAWN_MOUNT_NO_EXEC },
		{ .kind = LIBSPAWN_MOUNT_REMOUNT,
		  .target = jail_path("root/inner"),
		  .flags = LIBSPAWN_MOUNT_WRITABLE },
	};
	struct libspawn_options options = sandbox_options(rows, 2);
	const struct seen *seen;

	need_changes();
	options.cwd = jail.root;
	seen = run_probe(&options, "dirs then open table 1 open inner/new 65");
	assert_seen(seen, "open.table", "error:30");
	assert_seen(seen, "open.inner/new", "error:30");
	expect_failure(&options, "./jailed", jail_argv, EACCES,
		       LIBSPAWN_STEP_EXEC, -1);
	options.mount_count = 3;
	seen = run_probe(&options, "dirs then open table 1 open inner/new 65");
	assert_seen(seen, "open.table", "error:30");
	assert_seen(seen, "open.inner/new", "ok");
}

static void read_only_is_what_is_below(void **state)
{
	(void)state;
	sandbox_try(read_only_is_what_is_below_body);
}

static void a_file_is_bound_body(void)
{
	const struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_TMPFS,
		  .target = jail_path("root/inner"),
		  .data = "size=64k,mode=0711" },
		{ .kind = LIBSPAWN_MOUNT_BIND,
		  .target = jail_path("root/inner/file"),
		  .source = jail_path("outside/table"),
		  .flags = LIBSPAWN_MOUNT_CREATE_FILE },
		{ .kind = LIBSPAWN_MOUNT_DIRECTORY,
		  .target = jail_path("root/inner/made"),
		  .mode = 0700 },
		{ .kind = LIBSPAWN_MOUNT_BIND,
		  .target = jail_path("root/inner/created"),
		  .source = jail.outside,
		  .flags = LIBSPAWN_MOUNT_CREATE },
		{ .kind = LIBSPAWN_MOUNT_SYMLINK,
		  .target = jail_path("root/inner/link"),
		  .source = "created/table" },
	};
	struct libspawn_options options = sandbox_options(rows, COUNT(rows));
	const struct seen *seen;

	options.cwd = jail_path("root/inner");
	seen = run_probe(&options, "mounts then open file 0 open made 65536 "
				   "open link 0 open created/found 0");
	assert_seen(seen, "open.file", "ok");
	assert_seen(seen, "open.made", "ok");
	assert_seen(seen, "open.link", "ok");
	assert_seen(seen, "open.created/found", "ok");
	assert_int_equal(access(jail_path("root/inner/file"), F_OK), -1);
}

static void a_file_is_bound(void **state)
{
	(void)state;
	sandbox_try(a_file_is_bound_body);
}

static const char *mounted(const struct seen *seen, const char *where)
{
	char key[200];

	snprintf(key, sizeof key, "mount.%s", where);
	return seen_text(seen, key);
}

static void file_systems_are_mounted_body(void)
{
	const struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_PROC,
		  .target = "/proc",
		  .flags = LIBSPAWN_MOUNT_READ_ONLY },
		{ .kind = LIBSPAWN_MOUNT_MQUEUE,
		  .target = jail_path("root/old") },
		{ .kind = LIBSPAWN_MOUNT_FILESYSTEM,
		  .type = "tmpfs",
		  .data = "size=4k",
		  .target = jail_path("root/inner"),
		  .flags = LIBSPAWN_MOUNT_NO_EXEC },
	};
	struct libspawn_options options = sandbox_options(rows, COUNT(rows));
	const struct seen *seen;

	options.new_namespaces |= CLONE_NEWPID | CLONE_NEWIPC;
	options.pid_variable = "LISTEN_PID";
	seen = run_probe(&options, "mounts process env");
	assert_seen(seen, "pid", "1");
	assert_string_equal(seen_variable(seen, "LISTEN_PID"), "1");
	assert_non_null(strstr(mounted(seen, "/proc"), "ro,nosuid,nodev,"
						       "noexec"));
	assert_non_null(strstr(mounted(seen, rows[1].target), "mqueue"));
	assert_non_null(strstr(mounted(seen, rows[2].target), "noexec"));
}

static void file_systems_are_mounted(void **state)
{
	(void)state;
	sandbox_try(file_systems_are_mounted_body);
}

static void layers_are_mounted_body(void)
{
	char data[400];
	const struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_OVERLAY,
		  .target = jail_path("root/old"),
		  .data = data },
	};
	struct libspawn_options options = sandbox_options(rows, COUNT(rows));
	const struct seen *seen;

	snprintf(data, sizeof data, "lowerdir=%s:%s", jail.outside,
		 jail_path("root/inner"));
	options.cwd = rows[0].target;
	need_start(&options, LIBSPAWN_STEP_MOUNT,
		   "overlay file systems are not to be had here");
	seen = run_probe(&options, "dirs then open table 0 open table 1");
	assert_seen(seen, "open.table", "ok");
}

static void layers_are_mounted(void **state)
{
	(void)state;
	sandbox_try(layers_are_mounted_body);
}

static void a_small_dev_has_what_programs_need_body(void)
{
	const struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_DEV, .target = "/dev" },
		{ .kind = LIBSPAWN_MOUNT_DEV,
		  .target = jail_path("root/inner") },
	};
	struct libspawn_options options = sandbox_options(rows, 1);
	const char *commands = "mounts then open /dev/null 2 open /dev/zero 0 "
			       "open /dev/full 1 open /dev/urandom 0 open "
			       "/dev/ptmx 2 open /dev/fd/0 0 open /dev/kmsg 0 "
			       "open /dev/shm/new 65";
	const struct seen *seen = run_probe(&options, commands);

	assert_seen(seen, "open./dev/null", "ok");
	assert_seen(seen, "open./dev/zero", "ok");
	assert_seen(seen, "open./dev/full", "ok");
	assert_seen(seen, "open./dev/urandom", "ok");
	assert_seen(seen, "open./dev/ptmx", "ok");
	assert_seen(seen, "open./dev/kmsg", "error:2");
	assert_seen(seen, "open./dev/shm/new", "ok");
	assert_non_null(strstr(mounted(seen, "/dev/pts"), "devpts"));
	options.mounts = &rows[1];
	options.cwd = rows[1].target;
	seen = run_probe(&options, "mounts then open null 2 open kmsg 0");
	assert_seen(seen, "open.null", "ok");
	assert_seen(seen, "open.kmsg", "error:2");
}

static void a_small_dev_has_what_programs_need(void **state)
{
	(void)state;
	sandbox_try(a_small_dev_has_what_programs_need_body);
}

static void a_new_root_is_all_there_is_body(void)
{
	const struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_BIND,
		  .target = jail_path("root/old"),
		  .source = jail.outside },
		{ .kind = LIBSPAWN_MOUNT_PROC,
		  .target = jail_path("root/proc") },
		{ .kind = LIBSPAWN_MOUNT_ROOT, .target = jail.root },
	};
	struct libspawn_options options = sandbox_options(rows, COUNT(rows));
	static char *argv[] = {
		jail_word("probe"),	 jail_word("print"),
		jail_word("dirs"),	 jail_word("then"),
		jail_word("open"),	 jail_word("/proc/1/root/tmp"),
		jail_word("65536"),	 jail_word("open"),
		jail_word("/old/found"), jail_word("0"),
		jail_word("open"),	 jail_word("/../../tmp"),
		jail_word("65536"),	 NULL
	};
	const struct seen *seen;

	options.new_namespaces |= CLONE_NEWPID;
	seen = run_program(&options, "/jailed", argv, 1);
	assert_seen_id(seen, "root.id", jail.root);
	assert_seen(seen, "cwd", "/");
	assert_seen(seen, "open./proc/1/root/tmp", "error:2");
	assert_seen(seen, "open./../../tmp", "error:2");
	assert_seen(seen, "open./old/found", "ok");
	expect_failure(&options, jail.found, argv, ENOENT, LIBSPAWN_STEP_EXEC,
		       -1);
	options.cwd = jail.outside;
	expect_failure(&options, "/jailed", argv, ENOENT, LIBSPAWN_STEP_CWD,
		       -1);
}

static void a_new_root_is_all_there_is(void **state)
{
	(void)state;
	sandbox_try(a_new_root_is_all_there_is_body);
}

static void a_new_root_must_be_there_body(void)
{
	const struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_ROOT, .target = jail_path("none") },
	};
	struct libspawn_options options = sandbox_options(rows, COUNT(rows));

	expect_failure(&options, "/jailed", jail_argv, ENOENT,
		       LIBSPAWN_STEP_MOUNT, 0);
}

static void a_new_root_must_be_there(void **state)
{
	(void)state;
	sandbox_try(a_new_root_must_be_there_body);
}

/* A link of a /proc that was there before leads out, and is refused. */
static void no_link_of_proc_leads_out_body(void)
{
	const struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_BIND,
		  .target = jail_path("root/proc"),
		  .source = "/proc",
		  .flags = LIBSPAWN_MOUNT_RECURSIVE },
		{ .kind = LIBSPAWN_MOUNT_ROOT, .target = jail.root },
	};
	struct libspawn_options options = sandbox_options(rows, COUNT(rows));
	int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char link[64];

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	options.cwd = link;
	expect_failure(&options, "/jailed", jail_argv, EXDEV, LIBSPAWN_STEP_CWD,
		       -1);
	close(fd);
}

static void no_link_of_proc_leads_out(void **state)
{
	(void)state;
	sandbox_try(no_link_of_proc_leads_out_body);
}

/* ---- The caller's ------------------------------------------------------- */

static void the_callers_mounts_stay_body(void)
{
	const struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_TMPFS,
		  .target = jail_path("root/inner") },
	};
	struct libspawn_options options = plain_options();
	struct stat before, after;

	/* Those of root are shared with a namespace without users of its own */
	if (!jail_users && (unshare(CLONE_NEWNS) ||
			    mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL)))
		skip_apart("no mounts can be made");
	assert_int_equal(stat(rows[0].target, &before), 0);
	options.new_namespaces = CLONE_NEWNS | jail_users;
	options.mounts = rows;
	options.mount_count = 1;
	start_and_reap(&options);
	assert_int_equal(stat(rows[0].target, &after), 0);
	assert_int_equal(before.st_dev, after.st_dev);
}

static void the_callers_mounts_stay(void **state)
{
	(void)state;
	sandbox_try(the_callers_mounts_stay_body);
}

/* ---- Refusals ----------------------------------------------------------- */

static void a_row_that_fails_is_named_body(void)
{
	const struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_PROPAGATION,
		  .target = "/",
		  .flags = LIBSPAWN_MOUNT_SLAVE | LIBSPAWN_MOUNT_RECURSIVE },
		{ .kind = LIBSPAWN_MOUNT_TMPFS,
		  .target = jail_path("root/inner") },
		{ .kind = LIBSPAWN_MOUNT_BIND,
		  .target = jail_path("root/inner"),
		  .source = jail_path("root/none") },
	};
	struct libspawn_options options = sandbox_options(rows, COUNT(rows));
	struct libspawn_error error =
		expect_failure(&options, support_probe, exit_argv, ENOENT,
			       LIBSPAWN_STEP_MOUNT, 2);
	char text[400];

	libspawn_explain(text, sizeof text, &error, NULL, NULL, &options);
	assert_non_null(strstr(text, "mounts[2]: "));
	assert_non_null(strstr(text, rows[2].source));
	assert_string_equal(libspawn_error_path(&error, NULL, &options),
			    rows[2].target);
}

static void a_row_that_fails_is_named(void **state)
{
	(void)state;
	sandbox_try(a_row_that_fails_is_named_body);
}

static const char *refused_call;
static int refused_index;

static void a_refused_call_is_named_body(void)
{
	const struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_TMPFS,
		  .target = jail_path("root/inner") },
		{ .kind = LIBSPAWN_MOUNT_DIRECTORY,
		  .target = jail_path("root/inner/made") },
		{ .kind = LIBSPAWN_MOUNT_BIND,
		  .target = jail_path("root/inner/file"),
		  .source = jail_path("outside/table"),
		  .flags = LIBSPAWN_MOUNT_CREATE_FILE },
		{ .kind = LIBSPAWN_MOUNT_SYMLINK,
		  .target = jail_path("root/inner/link"),
		  .source = "file" },
		{ .kind = LIBSPAWN_MOUNT_REMOUNT,
		  .target = jail_path("root/inner"),
		  .flags = LIBSPAWN_MOUNT_READ_ONLY },
		{ .kind = LIBSPAWN_MOUNT_ROOT, .target = jail.root },
	};
	struct libspawn_options options = sandbox_options(rows, COUNT(rows));

	need_refusals();
	need_changes();
	assert_seen_id(run_program(&options, "/jailed", jail_argv, 1),
		       "root.id", jail.root);
	refuse_call(refused_call, EPERM);
	expect_failure(&options, "/jailed", jail_argv, EPERM,
		       LIBSPAWN_STEP_MOUNT, refused_index);
}

static void a_refused_call_is_named(void **state)
{
	static const struct {
		const char *call;
		int index;
	} calls[] = {
		{ "mount", -1 },    { "mkdirat", 1 },	    { "mknodat", 2 },
		{ "symlinkat", 3 }, { "mount_setattr", 4 }, { "pivot_root", 5 },
		{ "umount2", 5 },
	};

	(void)state;
	for (size_t n = 0; n < sizeof calls / sizeof *calls; n++) {
		refused_call = calls[n].call;
		refused_index = calls[n].index;
		sandbox_try(a_refused_call_is_named_body);
	}
}

/* What bwrap makes of --unshare-all --ro-bind / / --proc --dev --tmpfs. */
static void the_whole_of_it_is_one_start_body(void)
{
	static const struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_REMOUNT,
		  .target = "/",
		  .flags = LIBSPAWN_MOUNT_READ_ONLY | LIBSPAWN_MOUNT_NO_SUID |
			   LIBSPAWN_MOUNT_RECURSIVE },
		{ .kind = LIBSPAWN_MOUNT_PROC, .target = "/proc" },
		{ .kind = LIBSPAWN_MOUNT_DEV, .target = "/dev" },
		{ .kind = LIBSPAWN_MOUNT_TMPFS, .target = "/var" },
	};
	struct libspawn_options options = sandbox_options(rows, COUNT(rows));
	const struct seen *seen;

	need_changes();
	options.new_namespaces = ALL_NEW;
	options.flags |= LIBSPAWN_INIT | LIBSPAWN_NO_NEW_PRIVS |
			 LIBSPAWN_BOUNDING_CAPS | LIBSPAWN_NEW_SESSION;
	options.pid_variable = "LISTEN_PID";
	seen = run_probe(
		&options,
		"mounts process caps fds containment env then open /new "
		"65 open /var/new 65 open /proc/2/root/etc 65536");
	assert_seen(seen, "pid", "2");
	assert_string_equal(seen_variable(seen, "LISTEN_PID"), "2");
	assert_seen(seen, "open./new", "error:30");
	assert_seen(seen, "open./var/new", "ok");
	assert_seen(seen, "fds", "0,1,2");
	assert_seen(seen, "no_new_privs", "1");
	assert_true(seen_set(seen, "cap.effective") == 0);
	assert_true(seen_set(seen, "cap.permitted") == 0);
	assert_non_null(strstr(mounted(seen, "/"), "ro,nosuid"));
	assert_int_equal(seen->process.fallbacks & LIBSPAWN_FALLBACK_PIPE, 0);
}

static void the_whole_of_it_is_one_start(void **state)
{
	(void)state;
	sandbox_try(the_whole_of_it_is_one_start_body);
}

/* ---- Mount by mount ----------------------------------------------------- */

static void an_older_kernel_does_the_same(void **state)
{
	(void)state;
	on_an_older_kernel(read_only_is_what_is_below_body);
	on_an_older_kernel(the_whole_of_it_is_one_start_body);
}

/* A name with what mountinfo writes otherwise; one mount hides another. */
static void any_name_is_found_body(void)
{
	const char *odd = jail_path("root/inner/a b\\c\td");
	const struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_TMPFS,
		  .target = jail_path("root/inner") },
		{ .kind = LIBSPAWN_MOUNT_TMPFS,
		  .target = odd,
		  .flags = LIBSPAWN_MOUNT_CREATE | LIBSPAWN_MOUNT_NO_EXEC },
		{ .kind = LIBSPAWN_MOUNT_TMPFS, .target = odd },
		{ .kind = LIBSPAWN_MOUNT_REMOUNT,
		  .target = jail_path("root/inner/../inner"),
		  .flags =
			  LIBSPAWN_MOUNT_READ_ONLY | LIBSPAWN_MOUNT_RECURSIVE },
	};
	struct libspawn_options options = sandbox_options(rows, COUNT(rows));
	const struct seen *seen;

	need_changes();
	options.cwd = odd;
	seen = run_probe(&options, "dirs then open new 65 open ../new 65");
	assert_seen(seen, "open.new", "error:30");
	assert_seen(seen, "open.../new", "error:30");
}

static void any_name_is_found(void **state)
{
	(void)state;
	sandbox_try(any_name_is_found_body);
	on_an_older_kernel(any_name_is_found_body);
}

/* As mount_setattr(2) says it. */
static void what_is_no_mount_is_told_body(void)
{
	const struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_REMOUNT,
		  .target = jail_path("root/inner"),
		  .flags = LIBSPAWN_MOUNT_READ_ONLY },
	};
	struct libspawn_options options = sandbox_options(rows, COUNT(rows));

	need_changes();
	expect_probe_failure(&options, EINVAL, LIBSPAWN_STEP_MOUNT, 0);
}

static void what_is_no_mount_is_told(void **state)
{
	(void)state;
	sandbox_try(what_is_no_mount_is_told_body);
	on_an_older_kernel(what_is_no_mount_is_told_body);
}

/* Neither way: mounts can't be told apart. */
static void nothing_is_left_undone_body(void)
{
	const struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_REMOUNT,
		  .target = "/",
		  .flags = LIBSPAWN_MOUNT_READ_ONLY },
	};
	struct libspawn_options options = sandbox_options(rows, COUNT(rows));

	need_changes();
	refuse_call("statx", ENOSYS);
	expect_probe_failure(&options, ENOSYS, LIBSPAWN_STEP_MOUNT, 0);
}

static void nothing_is_left_undone(void **state)
{
	(void)state;
	on_an_older_kernel(nothing_is_left_undone_body);
}

/* ---- With a first process ------------------------------------------------ */

/* The program's, and not the first process's, which has to hear of its end. */
static void an_ignored_end_is_heard_body(void)
{
	struct libspawn_options options = sandbox_options(NULL, 0);

	/* What the probes have said takes memory. */
	support_ignore_mappings();
	options.new_namespaces |= CLONE_NEWPID;
	options.flags |= LIBSPAWN_INIT;
	options.signal_ignore = UINT64_C(1) << (SIGCHLD - 1);
	for (int n = 0; n < 30; n++)
		assert_true(
			seen_set(run_probe(&options, "signals"), "sigignore") &
			options.signal_ignore);
}

static void an_ignored_end_is_heard(void **state)
{
	(void)state;
	sandbox_try(an_ignored_end_is_heard_body);
}

/* Of what would not come to the program. */
static void what_would_be_lost_is_refused(void **state)
{
	const struct libspawn_mount row = { .kind = LIBSPAWN_MOUNT_TMPFS,
					    .target = "/tmp" };
	const struct libspawn_sched_attr attr = { .flags = 1 };
	struct libspawn_options options = sandbox_options(&row, 1);

	(void)state;
	options.flags |= LIBSPAWN_CWD_FD;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_CWD, -1);
	options = sandbox_options(NULL, 0);
	options.new_namespaces |= CLONE_NEWPID;
	options.flags |= LIBSPAWN_INIT | LIBSPAWN_SCHEDULER;
	options.sched_policy = SCHED_RESET_ON_FORK;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SCHEDULER, -1);
	options.flags &= ~LIBSPAWN_SCHEDULER;
	options.sched_policy = 0;
	options.sched_attr = &attr;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SCHED_ATTR, -1);
}

static const struct CMUnitTest tests[] = {
	TEST(a_directory_is_there_too),
	TEST(read_only_is_what_is_below),
	TEST(a_file_is_bound),
	TEST(file_systems_are_mounted),
	TEST(layers_are_mounted),
	TEST(a_small_dev_has_what_programs_need),
	TEST(a_new_root_is_all_there_is),
	TEST(a_new_root_must_be_there),
	TEST(no_link_of_proc_leads_out),
	TEST(the_callers_mounts_stay),
	TEST(a_row_that_fails_is_named),
	TEST(a_refused_call_is_named),
	TEST(the_whole_of_it_is_one_start),
	TEST(an_ignored_end_is_heard),
	TEST(what_would_be_lost_is_refused),
	TEST(an_older_kernel_does_the_same),
	TEST(any_name_is_found),
	TEST(what_is_no_mount_is_told),
	TEST(nothing_is_left_undone),
};

TEST_MAIN(tests)
