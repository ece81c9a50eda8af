/* SPDX-License-Identifier: MIT */
/*
 * What a start reports, case by case, for comparison between a processor that
 * is emulated and the one at hand. Prints a line for each case:
 *
 *	CASE BACKEND result code step index fallbacks status
 *
 *	qemu_start DIRECTORY PROGRAM
 *
 * DIRECTORY is empty and writable; PROGRAM ends with status 0 when it is called
 * without arguments.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libspawn.h>

static char *program;
static uint32_t backend;

static void print_start(const char *name, struct libspawn_options *options,
			const char *path, char *const argv[])
{
	struct libspawn_process process = { 0 };
	struct libspawn_error error = { 0 };
	int status = 0;
	int result;

	options->size = sizeof *options;
	options->backend = backend;
	result = libspawn_start(&process, path, argv, options, &error);
	if (result == 0 && waitpid(process.pid, &status, 0) != process.pid)
		status = -1;
	if (result && waitpid(-1, NULL, WNOHANG) != -1)
		printf("%s left a process\n", name);
	printf("%s %s result=%d code=%d step=%d index=%d signal=%d "
	       "backend=%s fallbacks=%u status=%d\n",
	       name, libspawn_backend_name(backend), result, error.code,
	       error.step, error.index, error.signal,
	       libspawn_backend_name(result ? error.backend : process.backend),
	       process.fallbacks, status);
}

/* ---- What can't be executed -------------------------------------------- */

static void write_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode))
		perror(name);
	close(fd);
}

static void make_files(void)
{
	write_file("plain", "text", 0600);
	write_file("headless", "\177text", 0700);
	write_file("orphan", "#!/nonexistent/interpreter\n", 0700);
	if (symlink("loop", "loop") || mkdir("directory", 0700))
		perror("loop");
}

static void start_badly(const char *name, const char *path)
{
	struct libspawn_options options = { 0 };
	char word[] = "x";
	char *argv[] = { word, NULL };

	print_start(name, &options, path, argv);
}

static void start_busy(void)
{
	struct libspawn_options options = { .flags = LIBSPAWN_BUSY_RETRY };
	char word[] = "x";
	char *argv[] = { word, NULL };
	int fd = open("orphan", O_WRONLY | O_CLOEXEC);

	print_start("ETXTBSY", &options, "./orphan", argv);
	options.busy_retry = 1000;
	print_start("ETXTBSY_bounded", &options, "./orphan", argv);
	close(fd);
}

/* More than a quarter of the stack's limit, which is set for the purpose. */
static void start_with_too_much(void)
{
	enum { COUNT = 64, LENGTH = 100000 };
	struct libspawn_options options = { 0 };
	static char word[LENGTH];
	static char *argv[COUNT + 1];

	memset(word, 'x', sizeof word - 1);
	for (int i = 0; i < COUNT; i++)
		argv[i] = word;
	print_start("E2BIG", &options, program, argv);
}

static void start_all_that_cannot_be_executed(void)
{
	static char longer[5000];

	start_badly("ENOENT", "./nonexistent");
	start_badly("ENOENT_interpreter", "./orphan");
	start_badly("EACCES", "./plain");
	start_badly("EACCES_directory", "./directory");
	start_badly("ENOTDIR", "./plain/x");
	start_badly("ELOOP", "./loop");
	start_badly("ENOEXEC", "./headless");
	memset(longer, 'x', sizeof longer - 1);
	start_badly("ENAMETOOLONG", longer);
	start_busy();
	start_with_too_much();
}

/* ---- Steps that fail --------------------------------------------------- */

static void start_with(const char *name, struct libspawn_options options)
{
	char *argv[] = { program, NULL };

	print_start(name, &options, program, argv);
}

static void start_with_bad_descriptors(void)
{
	struct libspawn_fd rows[] = {
		{ .child_fd = 5, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 6,
		  .kind = LIBSPAWN_FD_OPEN,
		  .path = "./plain/x" },
	};
	struct libspawn_options options = { .fds = rows, .fd_count = 2 };
	int plain = open("plain", O_RDONLY | O_CLOEXEC);

	start_with("open", options);
	rows[1] = (struct libspawn_fd){ .child_fd = 6,
					.kind = LIBSPAWN_FD_FROM,
					.parent_fd = 999 };
	start_with("from", options);
	start_with("cwd_fd",
		   (struct libspawn_options){ .flags = LIBSPAWN_CWD_FD,
					      .cwd_fd = plain });
	start_with("namespace",
		   (struct libspawn_options){ .namespaces = &plain,
					      .namespace_count = 1 });
	close(plain);
}

static void start_with_bad_limits(void)
{
	struct libspawn_rlimit limits[] = {
		{ .resource = RLIMIT_CORE, .soft = 0, .hard = 0 },
		{ .resource = RLIMIT_NOFILE, .soft = 9, .hard = 5 },
	};

	start_with("rlimit", (struct libspawn_options){ .rlimits = limits,
							.rlimit_count = 2 });
}

static void start_with_bad_ids(void)
{
	start_with("uid", (struct libspawn_options){
				  .flags = LIBSPAWN_UID | LIBSPAWN_KEEP_GROUPS,
				  .uid = 4711 });
	start_with("gid", (struct libspawn_options){ .flags = LIBSPAWN_GID,
						     .gid = 4711 });
	start_with("groups",
		   (struct libspawn_options){ .flags = LIBSPAWN_GROUPS });
	start_with("root", (struct libspawn_options){ .root = "/" });
	start_with("nice", (struct libspawn_options){ .flags = LIBSPAWN_NICE,
						      .nice = -20 });
}

static void start_with_bad_options(void)
{
	start_with("cwd", (struct libspawn_options){ .cwd = "/nonexistent" });
	start_with("process_group",
		   (struct libspawn_options){ .flags = LIBSPAWN_PROCESS_GROUP,
					      .process_group = 1 });
	start_with("scheduler",
		   (struct libspawn_options){ .flags = LIBSPAWN_SCHEDULER,
					      .sched_policy = SCHED_OTHER,
					      .sched_priority = 7 });
	start_with_bad_descriptors();
	start_with_bad_limits();
	start_with_bad_ids();
}

/* ---- What works -------------------------------------------------------- */

static void start_well(void)
{
	struct libspawn_fd rows[] = {
		{ .child_fd = 1, .kind = LIBSPAWN_FD_FROM, .parent_fd = 2 },
		{ .child_fd = 2, .kind = LIBSPAWN_FD_FROM, .parent_fd = 1 },
		{ .child_fd = 0, .kind = LIBSPAWN_FD_NULL },
	};
	struct libspawn_rlimit core = { .resource = RLIMIT_CORE };

	start_with("nothing", (struct libspawn_options){ 0 });
	start_with("again", (struct libspawn_options){ 0 });
	start_with("many",
		   (struct libspawn_options){
			   .flags = LIBSPAWN_NEW_SESSION | LIBSPAWN_UMASK |
				    LIBSPAWN_SIGNAL_MASK,
			   .umask = 077,
			   .signal_default = 1 << (SIGPIPE - 1),
			   .signal_ignore = 1 << (SIGUSR1 - 1),
			   .cwd = "/",
			   .fds = rows,
			   .fd_count = 3,
			   .rlimits = &core,
			   .rlimit_count = 1,
		   });
}

int main(int argc, char **argv)
{
	static const uint32_t backends[] = { LIBSPAWN_BACKEND_CLONE,
					     LIBSPAWN_BACKEND_VFORK,
					     LIBSPAWN_BACKEND_FORK };
	struct rlimit stack = { 8 << 20, 8 << 20 };

	if (argc != 3 || chdir(argv[1])) {
		fprintf(stderr, "usage: qemu_start DIRECTORY PROGRAM\n");
		return 2;
	}
	program = argv[2];
	setrlimit(RLIMIT_STACK, &stack);
	signal(SIGPIPE, SIG_IGN);
	make_files();
	for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
		backend = backends[i];
		start_well();
		start_all_that_cannot_be_executed();
		start_with_bad_options();
	}
	return 0;
}
