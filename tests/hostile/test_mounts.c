/* SPDX-License-Identifier: MIT */
/*
 * Ways out of a mount namespace that the child enters or unshares, by root and
 * by a user in a user namespace: what is resolved in it, what outside, and that
 * no working directory leads back. And whom the mounts of a sandbox come to.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apart.h"
#include "jail.h"
#include "refuse.h"
#include "sandbox.h"

/* ---- A namespace with another root -------------------------------------- */

/* The namespace, entered with its owner's rights; and a directory in it. */
static struct guest {
	int32_t namespaces[2];
	uint32_t count;
	int32_t inner;
} guest;

/* 0 when jail.root is the root of a namespace, whose cwd is "/inner". */
static int move_in(void)
{
	return unshare(CLONE_NEWNS | (int)jail_users) ||
	       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	       mount(jail.root, jail.root, NULL, MS_BIND | MS_REC, NULL) ||
	       chdir(jail.root) || syscall(SYS_pivot_root, ".", "old") ||
	       umount2("/old", MNT_DETACH) || chdir("/inner");
}

/* Lives until the descriptors have been opened. */
_Noreturn static void be_host(const int to_guest[2], const int from_guest[2])
{
	char byte = (char)(move_in() == 0);

	if (write(to_guest[1], &byte, 1) == 1)
		close(from_guest[1]);
	_exit(read(from_guest[0], &byte, 1) != 0);
}

static int32_t open_of(pid_t pid, const char *name, int flags)
{
	char path[64];
	int32_t fd;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	fd = open(path, flags | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void open_guest(void)
{
	int to_guest[2], from_guest[2];
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe2(to_guest, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from_guest, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		be_host(to_guest, from_guest);
	assert_int_equal(read(to_guest[0], &byte, 1), 1);
	if (!byte)
		skip_apart("mounts may not be made here");
	guest.count = 0;
	if (jail_users)
		guest.namespaces[guest.count++] =
			open_of(pid, "ns/user", O_RDONLY);
	guest.namespaces[guest.count++] = open_of(pid, "ns/mnt", O_RDONLY);
	guest.inner = open_of(pid, "cwd", O_RDONLY | O_DIRECTORY);
	for (int n = 0; n < 2; n++) {
		close(to_guest[n]);
		close(from_guest[n]);
	}
	assert_int_equal(reap(pid), 0);
}

static void close_guest(void)
{
	while (guest.count > 0)
		close(guest.namespaces[--guest.count]);
	close(guest.inner);
}

static struct libspawn_options guest_options(void)
{
	struct libspawn_options options = plain_options();

	options.namespaces = guest.namespaces;
	options.namespace_count = guest.count;
	return options;
}

/* ---- Who tries --------------------------------------------------------- */

static int is_declined(void)
{
	struct libspawn_options options = { OPTIONS, .unshare = CLONE_NEWNS };

	if (support_backend != LIBSPAWN_BACKEND_POSIX_SPAWN)
		return 0;
	expect_decline(&options, LIBSPAWN_STEP_UNSHARE);
	return 1;
}

static void try_both(void (*body)(void))
{
	if (is_declined())
		return;
	jail_try(&(struct jail_trial){ open_guest, body, close_guest });
}

/* ---- Entered ----------------------------------------------------------- */

static void a_mount_namespace_is_where_paths_are_resolved_body(void)
{
	struct libspawn_options options = guest_options();
	const struct seen *seen = run_program(&options, "jailed", jail_argv, 1);

	assert_seen_id(seen, "root.id", jail.root);
	assert_seen(seen, "cwd", "/");
	options.cwd = "inner";
	seen = run_program(&options, "../jailed", jail_argv, 1);
	assert_seen(seen, "cwd", "/inner");
	options.cwd = NULL;
	expect_failure(&options, "found", jail_argv, ENOENT, LIBSPAWN_STEP_EXEC,
		       -1);
	expect_failure(&options, jail.found, jail_argv, ENOENT,
		       LIBSPAWN_STEP_EXEC, -1);
	options.cwd = jail.outside;
	expect_failure(&options, "/jailed", jail_argv, ENOENT,
		       LIBSPAWN_STEP_CWD, -1);
}

static void a_mount_namespace_is_where_paths_are_resolved(void **state)
{
	(void)state;
	try_both(a_mount_namespace_is_where_paths_are_resolved_body);
}

static void a_root_is_one_in_the_mount_namespace_body(void)
{
	struct libspawn_options options = guest_options();
	const struct seen *seen;

	options.root = "/inner/..";
	options.cwd = "inner";
	seen = run_program(&options, "/jailed", jail_argv, 1);
	assert_seen_id(seen, "root.id", jail.root);
	assert_seen(seen, "cwd", "/inner");
	options.root = jail.root;
	expect_failure(&options, "/jailed", jail_argv, ENOENT,
		       LIBSPAWN_STEP_CHROOT, -1);
}

static void a_root_is_one_in_the_mount_namespace(void **state)
{
	(void)state;
	try_both(a_root_is_one_in_the_mount_namespace_body);
}

static void expect_outside(struct libspawn_options *options, int32_t fd)
{
	options->flags = LIBSPAWN_CWD_FD;
	options->cwd_fd = fd;
	expect_failure(options, "/jailed", jail_argv, EXDEV, LIBSPAWN_STEP_CWD,
		       -1);
}

/* One that is inside is taken; the same directory by its name outside not. */
static void only_a_directory_in_the_namespace_is_taken_body(void)
{
	struct libspawn_options options = guest_options();
	int32_t outside = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int32_t alias =
		open("../root/inner", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const uint64_t unshared[] = { 0, CLONE_NEWUTS, CLONE_NEWNS };

	for (size_t n = 0; n < sizeof unshared / sizeof *unshared; n++) {
		options.unshare = unshared[n];
		expect_outside(&options, outside);
		expect_outside(&options, alias);
		options.cwd_fd = guest.inner;
		assert_seen(run_program(&options, "../jailed", jail_argv, 1),
			    "cwd", "/inner");
	}
	close(outside);
	close(alias);
}

static void only_a_directory_in_the_namespace_is_taken(void **state)
{
	(void)state;
	try_both(only_a_directory_in_the_namespace_is_taken_body);
}

static void the_table_is_the_callers_body(void)
{
	struct libspawn_fd rows[] = {
		{ .child_fd = 5, .kind = LIBSPAWN_FD_OPEN, .path = "table" },
		{ .child_fd = 6, .kind = LIBSPAWN_FD_NULL },
	};
	static char *argv[] = { jail_word("probe"), jail_word("print"),
				jail_word("dirs"),  jail_word("then"),
				jail_word("read"),  jail_word("5"),
				jail_word("write"), jail_word("6"),
				jail_word("text"),  NULL };
	struct libspawn_options options = guest_options();
	const struct seen *seen;
	struct stat st;

	options.fds = rows;
	options.fd_count = 2;
	seen = run_program(&options, "/jailed", argv, 1);
	assert_seen_id(seen, "root.id", jail.root);
	assert_seen(seen, "read.5", "outside");
	/* What stands for /dev/null in there has not been written to. */
	assert_int_equal(stat("../root/dev/null", &st), 0);
	assert_int_equal(st.st_size, 0);
}

static void the_table_is_the_callers(void **state)
{
	(void)state;
	try_both(the_table_is_the_callers_body);
}

/* They are used after the table, which may write on their numbers. */
static void a_namespace_may_be_overwritten_by_the_table_body(void)
{
	struct libspawn_options options = guest_options();
	struct libspawn_fd rows[3] = { { 0 } };

	for (uint32_t n = 0; n < guest.count; n++)
		rows[n] = (struct libspawn_fd){
			.child_fd = guest.namespaces[n],
			.kind = LIBSPAWN_FD_NULL,
		};
	options.fds = rows;
	options.fd_count = guest.count;
	assert_seen_id(run_program(&options, "/jailed", jail_argv, 1),
		       "root.id", jail.root);
}

static void a_namespace_may_be_overwritten_by_the_table(void **state)
{
	(void)state;
	try_both(a_namespace_may_be_overwritten_by_the_table_body);
}

/* Where the others are found by /proc/self/fd, the guest's own lists none. */
static void no_proc_of_the_namespace_hides_descriptors_body(void)
{
	static char *argv[] = { jail_word("probe"), jail_word("read"),
				jail_word("77"), NULL };
	struct libspawn_options options = guest_options();
	int fd = open("table", O_RDONLY | O_CLOEXEC);

	need_refusals();
	refuse_call("close_range", ENOSYS);
	assert_int_equal(dup2(fd, 77), 77);
	assert_seen(run_program(&options, "/jailed", argv, 1), "read.77", "");
	close(77);
	close(fd);
}

static void no_proc_of_the_namespace_hides_descriptors(void **state)
{
	(void)state;
	try_both(no_proc_of_the_namespace_hides_descriptors_body);
}

/* ---- Unshared ---------------------------------------------------------- */

/* An open directory stays in the original, unless it is taken along. */
static void a_directory_by_descriptor_is_the_one_in_the_copy_body(void)
{
	struct libspawn_options options = plain_options();

	options.unshare = jail_users | CLONE_NEWNS;
	options.flags = LIBSPAWN_CWD_FD;
	options.cwd_fd = open("../root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_seen(run_program(&options, "./jailed", jail_argv, 1), "cwd",
		    jail.root);
	close(options.cwd_fd);
}

static void a_directory_by_descriptor_is_the_one_in_the_copy(void **state)
{
	(void)state;
	try_both(a_directory_by_descriptor_is_the_one_in_the_copy_body);
}

static void no_link_of_proc_leads_out_of_the_copy_body(void)
{
	struct libspawn_options options = plain_options();
	int fd = open("../root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char link[64];

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	options.unshare = jail_users | CLONE_NEWNS;
	options.cwd = link;
	expect_failure(&options, "./jailed", jail_argv, EXDEV,
		       LIBSPAWN_STEP_CWD, -1);
	options.unshare = jail_users;
	run_program(&options, "./jailed", jail_argv, 1);
	close(fd);
}

static void no_link_of_proc_leads_out_of_the_copy(void **state)
{
	(void)state;
	try_both(no_link_of_proc_leads_out_of_the_copy_body);
}

/* ---- A sandbox's own ---------------------------------------------------- */

/* Whether the mounts below this one go to others, and come from a master. */
static const char *peers(const struct libspawn_options *options,
			 const char *where)
{
	char key[200];

	snprintf(key, sizeof key, "peers.%s", where);
	return seen_text(run_probe(options, "mounts"), key);
}

/* A mount, and the same at another place: row by row. */
static void mounts_are_shared_as_it_is_said_body(void)
{
	const char *inner = jail_path("root/inner");
	const char *old = jail_path("root/old");
	const struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_TMPFS, .target = inner },
		{ .kind = LIBSPAWN_MOUNT_PROPAGATION,
		  .target = inner,
		  .flags = LIBSPAWN_MOUNT_SHARED },
		{ .kind = LIBSPAWN_MOUNT_BIND, .target = old, .source = inner },
		{ .kind = LIBSPAWN_MOUNT_PROPAGATION,
		  .target = old,
		  .flags = LIBSPAWN_MOUNT_SLAVE },
		{ .kind = LIBSPAWN_MOUNT_PROPAGATION,
		  .target = old,
		  .flags = LIBSPAWN_MOUNT_PRIVATE },
	};
	struct libspawn_options options = sandbox_options(rows, 1);

	assert_string_equal(peers(&options, inner), "");
	options.mount_count = 2;
	assert_string_equal(peers(&options, inner), "shared");
	options.mount_count = 3;
	assert_string_equal(peers(&options, old), "shared");
	options.mount_count = 4;
	assert_string_equal(peers(&options, old), "master");
	assert_string_equal(peers(&options, inner), "shared");
	options.mount_count = 5;
	assert_string_equal(peers(&options, old), "");
}

static void mounts_are_shared_as_it_is_said(void **state)
{
	(void)state;
	sandbox_try(mounts_are_shared_as_it_is_said_body);
}

/* Of the caller's, which are shared: for that it has to be root. */
static void those_below_are_meant_too_body(void)
{
	struct libspawn_mount row = { .kind = LIBSPAWN_MOUNT_PROPAGATION,
				      .target = "/",
				      .flags = LIBSPAWN_MOUNT_SLAVE };
	struct libspawn_options options = plain_options();

	if (jail_users)
		return;
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL))
		skip_apart("no mounts can be made");
	options.new_namespaces = CLONE_NEWNS;
	assert_string_equal(peers(&options, "/proc"), "shared");
	options.mounts = &row;
	options.mount_count = 1;
	assert_string_equal(peers(&options, "/"), "master");
	assert_string_equal(peers(&options, "/proc"), "shared");
	row.flags |= LIBSPAWN_MOUNT_RECURSIVE;
	assert_string_equal(peers(&options, "/proc"), "master");
	row.flags = LIBSPAWN_MOUNT_PRIVATE | LIBSPAWN_MOUNT_RECURSIVE;
	assert_string_equal(peers(&options, "/proc"), "");
	/* Nobody who has not asked for it shares what he mounts. */
	row = (struct libspawn_mount){ .kind = LIBSPAWN_MOUNT_TMPFS,
				       .target = jail_path("root/inner") };
	assert_string_equal(peers(&options, "/proc"), "");
}

static void those_below_are_meant_too(void **state)
{
	(void)state;
	sandbox_try(those_below_are_meant_too_body);
}

/* By a bind, and by a change of it. */
static void no_device_is_opened_body(void)
{
	struct libspawn_mount rows[] = {
		{ .kind = LIBSPAWN_MOUNT_BIND,
		  .target = jail_path("root/dev/null"),
		  .source = "/dev/null" },
		{ .kind = LIBSPAWN_MOUNT_REMOUNT,
		  .target = jail_path("root/dev/null"),
		  .flags = LIBSPAWN_MOUNT_NO_DEV },
	};
	struct libspawn_options options = sandbox_options(rows, 1);
	const char *commands = "dirs then open dev/null 1";

	sandbox_need_changes();
	options.cwd = jail.root;
	assert_seen(run_probe(&options, commands), "open.dev/null", "ok");
	options.mount_count = 2;
	assert_seen(run_probe(&options, commands), "open.dev/null", "error:13");
	options.mount_count = 1;
	rows[0].flags = LIBSPAWN_MOUNT_NO_DEV;
	assert_seen(run_probe(&options, commands), "open.dev/null", "error:13");
}

static void no_device_is_opened(void **state)
{
	(void)state;
	sandbox_try(no_device_is_opened_body);
}

static const struct CMUnitTest tests[] = {
	TEST(a_mount_namespace_is_where_paths_are_resolved),
	TEST(a_root_is_one_in_the_mount_namespace),
	TEST(only_a_directory_in_the_namespace_is_taken),
	TEST(the_table_is_the_callers),
	TEST(a_namespace_may_be_overwritten_by_the_table),
	TEST(no_proc_of_the_namespace_hides_descriptors),
	TEST(a_directory_by_descriptor_is_the_one_in_the_copy),
	TEST(no_link_of_proc_leads_out_of_the_copy),
	TEST(mounts_are_shared_as_it_is_said),
	TEST(those_below_are_meant_too),
	TEST(no_device_is_opened),
};

TEST_MAIN(tests)
