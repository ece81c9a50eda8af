/* SPDX-License-Identifier: MIT */
/*
 * The program that the tracing tests trace: one libspawn_start(), or with
 * TRACE_DOOR one libspawn_begin() and libspawn_finish(), between two markers,
 * close(-4242) and close(-4243), after one that warms up. Then it looks for
 * anything left behind and prints what it saw:
 *
 *	result=0 code=0 step=none ... backend=clone fallbacks=0 ... left=none
 *
 *	trace_start OPTION...
 *
 * OPTION is a name of the table below, or "full" for the full house, which is
 * all that an unprivileged caller may have. The backend comes from
 * LIBSPAWN_BACKEND. Must not print or allocate between the markers.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libspawn.h>

#define SIGNAL_BIT(signal) (UINT64_C(1) << ((signal)-1))

static struct libspawn_fd fds[16];
static int32_t parent_ends[8];
static uint32_t ids[1];
static uint32_t cpus[1];
static int32_t namespaces[1];
static struct libspawn_rlimit rlimits[1];
static const char *program;
static const struct libspawn_bpf allow_all[] = { { 0x06, 0, 0, 0x7fff0000 } };
static char variable[] = "TRACE_START=1";
static char *env_set[] = { variable, NULL };

static void skip_because(const char *what)
{
	printf("skipped: %s: %s\n", what, strerror(errno));
	exit(77);
}

static int open_or_skip(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		skip_because(path);
	return fd;
}

static struct libspawn_fd *add_row(struct libspawn_options *options,
				   int child_fd, uint32_t kind)
{
	struct libspawn_fd *row = &fds[options->fd_count++];

	options->fds = fds;
	row->child_fd = child_fd;
	row->kind = kind;
	return row;
}

static void with_inherit_fds(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_INHERIT_FDS;
}

static void with_env(struct libspawn_options *options)
{
	options->env_set = env_set;
}

static void with_cwd(struct libspawn_options *options)
{
	options->cwd = "/";
}

static void with_cwd_fd(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_CWD_FD;
	options->cwd_fd = open_or_skip("/", O_RDONLY | O_DIRECTORY);
}

static void with_root(struct libspawn_options *options)
{
	options->root = "/";
}

static void with_root_cwd(struct libspawn_options *options)
{
	options->root = "/";
	options->cwd = "/";
}

static void with_umask(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_UMASK;
	options->umask = 027;
}

static void with_signal_mask(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_SIGNAL_MASK;
	options->signal_mask = SIGNAL_BIT(SIGUSR1);
}

static void with_signal_default(struct libspawn_options *options)
{
	options->signal_default = SIGNAL_BIT(SIGPIPE);
}

static void with_signal_ignore(struct libspawn_options *options)
{
	options->signal_ignore = SIGNAL_BIT(SIGUSR2);
}

static void with_default_signals(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_DEFAULT_SIGNALS;
}

static void with_session(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_NEW_SESSION;
}

/* Its children come to this process in the end, to be counted. */
static void with_detach(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_DETACH;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

static void with_process_group(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_PROCESS_GROUP;
}

static void with_terminal(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_NEW_SESSION | LIBSPAWN_CONTROLLING_TERMINAL |
			  LIBSPAWN_FOREGROUND;
	add_row(options, 31, LIBSPAWN_FD_PTY)->parent_end = &parent_ends[5];
}

static void with_fd_from(struct libspawn_options *options)
{
	add_row(options, 3, LIBSPAWN_FD_FROM)->parent_fd = 2;
}

static void with_fd_same(struct libspawn_options *options)
{
	uint32_t first = options->fd_count;

	add_row(options, 28, LIBSPAWN_FD_FROM)->parent_fd = 2;
	add_row(options, 29, LIBSPAWN_FD_SAME)->entry = first;
}

static void with_fd_swap(struct libspawn_options *options)
{
	add_row(options, 1, LIBSPAWN_FD_FROM)->parent_fd = 2;
	add_row(options, 2, LIBSPAWN_FD_FROM)->parent_fd = 1;
}

static void with_fd_open(struct libspawn_options *options)
{
	add_row(options, 0, LIBSPAWN_FD_OPEN)->path = "/dev/zero";
}

static void with_fd_null(struct libspawn_options *options)
{
	add_row(options, 0, LIBSPAWN_FD_NULL);
}

static void with_fd_pipe(struct libspawn_options *options)
{
	add_row(options, 30, LIBSPAWN_FD_PIPE_WRITE)->parent_end =
		&parent_ends[4];
}

static void with_fd_close(struct libspawn_options *options)
{
	add_row(options, 0, LIBSPAWN_FD_CLOSE);
}

static void with_uid(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_UID;
	options->uid = getuid();
}

static void with_gid(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_GID;
	options->gid = getgid();
}

static void with_groups(struct libspawn_options *options)
{
	ids[0] = getgid();
	options->flags |= LIBSPAWN_GROUPS;
	options->groups = ids;
	options->group_count = 1;
}

static void with_nice(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_NICE;
	options->nice = 19;
}

static void with_scheduler(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_SCHEDULER;
	options->sched_policy = SCHED_BATCH;
}

static void with_affinity(struct libspawn_options *options)
{
	cpu_set_t set;

	sched_getaffinity(0, sizeof set, &set);
	while (!CPU_ISSET(cpus[0], &set))
		cpus[0]++;
	options->cpus = cpus;
	options->cpu_count = 1;
}

static void with_io_priority(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_IO_PRIORITY;
	options->io_priority = 2 << 13 | 6;
}

static void with_timer_slack(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_TIMER_SLACK;
	options->timer_slack = 60000;
}

static void with_rlimit(struct libspawn_options *options)
{
	struct rlimit now;

	/* As it is: where it goes depends on whether it is lowered. */
	getrlimit(RLIMIT_CORE, &now);
	rlimits[0].resource = RLIMIT_CORE;
	rlimits[0].soft = now.rlim_cur;
	rlimits[0].hard = now.rlim_max;
	options->rlimits = rlimits;
	options->rlimit_count = 1;
}

static void with_oom_score_adj(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_OOM_SCORE_ADJ;
	options->oom_score_adj = 900;
}

static void with_unshare(struct libspawn_options *options)
{
	options->unshare = CLONE_NEWUTS;
}

static void with_namespace(struct libspawn_options *options)
{
	namespaces[0] = open_or_skip("/proc/self/ns/uts", O_RDONLY);
	options->namespaces = namespaces;
	options->namespace_count = 1;
}

static void with_bounding_caps(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_BOUNDING_CAPS;
	options->bounding_caps = ~UINT64_C(2);
}

static void with_ambient_caps(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_AMBIENT_CAPS;
	options->ambient_caps = 1;
}

static void with_securebits(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_SECUREBITS;
}

static void with_parent_death(struct libspawn_options *options)
{
	options->parent_death_signal = SIGTERM;
}

static void with_no_new_privs(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_NO_NEW_PRIVS;
}

static void with_seccomp(struct libspawn_options *options)
{
	with_no_new_privs(options);
	options->seccomp = allow_all;
	options->seccomp_count = 1;
}

static void with_program_fd(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_PROGRAM_FD;
	options->program_fd = open_or_skip("/proc/self/exe", O_PATH);
}

/* As if typed: the name alone, and where it is. */
static void with_search(struct libspawn_options *options)
{
	static char directory[4096];
	char *slash;

	snprintf(directory, sizeof directory, "/nonexistent:%s", program);
	slash = strrchr(directory, '/');
	*slash = 0;
	program = strrchr(program, '/') + 1;
	options->search = LIBSPAWN_SEARCH_LIST;
	options->search_list = directory;
}

static void with_shell_fallback(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_SHELL_FALLBACK;
}

static void with_allow_fork(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_ALLOW_FORK;
}

static void with_busy_retry(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_BUSY_RETRY;
	options->busy_retry = 1000;
}

static void with_landlock(struct libspawn_options *options)
{
	/* What the program does not do. */
	const uint64_t handled[1] = { UINT64_C(1) << 12 /* MAKE_SYM */ };
	long fd = syscall(444 /* landlock_create_ruleset */, handled,
			  sizeof handled, 0);

	if (fd < 0)
		skip_because("landlock");
	with_no_new_privs(options);
	options->flags |= LIBSPAWN_LANDLOCK_FD;
	options->landlock_fd = (int)fd;
}

static void with_pidfd(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_PIDFD;
}

/* With TRACE_DOOR only. */
static void with_poll_fd(struct libspawn_options *options)
{
	options->flags |= LIBSPAWN_POLL_FD;
}

static void with_cgroup(struct libspawn_options *options)
{
	const char *path = getenv("TRACE_CGROUP");

	options->flags |= LIBSPAWN_CGROUP_FD;
	options->cgroup_fd = open_or_skip(path ? path : "/no-cgroup",
					  O_RDONLY | O_DIRECTORY);
}

static void with_full(struct libspawn_options *options)
{
	with_env(options);
	with_cwd(options);
	with_umask(options);
	with_signal_mask(options);
	with_signal_default(options);
	with_signal_ignore(options);
	with_terminal(options);
	with_fd_swap(options);
	with_fd_open(options);
	with_fd_pipe(options);
	with_uid(options);
	with_gid(options);
	with_nice(options);
	with_scheduler(options);
	with_affinity(options);
	with_io_priority(options);
	with_timer_slack(options);
	with_rlimit(options);
	with_oom_score_adj(options);
	with_parent_death(options);
	with_seccomp(options);
}

static const struct {
	const char *name;
	void (*apply)(struct libspawn_options *options);
} option_table[] = {
	{ "inherit_fds", with_inherit_fds },
	{ "env", with_env },
	{ "cwd", with_cwd },
	{ "cwd_fd", with_cwd_fd },
	{ "root", with_root },
	{ "root_cwd", with_root_cwd },
	{ "umask", with_umask },
	{ "signal_mask", with_signal_mask },
	{ "signal_default", with_signal_default },
	{ "signal_ignore", with_signal_ignore },
	{ "default_signals", with_default_signals },
	{ "session", with_session },
	{ "detach", with_detach },
	{ "process_group", with_process_group },
	{ "terminal", with_terminal },
	{ "fd_from", with_fd_from },
	{ "fd_same", with_fd_same },
	{ "fd_swap", with_fd_swap },
	{ "fd_open", with_fd_open },
	{ "fd_null", with_fd_null },
	{ "fd_pipe", with_fd_pipe },
	{ "fd_close", with_fd_close },
	{ "uid", with_uid },
	{ "gid", with_gid },
	{ "groups", with_groups },
	{ "nice", with_nice },
	{ "scheduler", with_scheduler },
	{ "affinity", with_affinity },
	{ "io_priority", with_io_priority },
	{ "timer_slack", with_timer_slack },
	{ "rlimit", with_rlimit },
	{ "oom_score_adj", with_oom_score_adj },
	{ "unshare", with_unshare },
	{ "namespace", with_namespace },
	{ "bounding_caps", with_bounding_caps },
	{ "ambient_caps", with_ambient_caps },
	{ "securebits", with_securebits },
	{ "parent_death", with_parent_death },
	{ "no_new_privs", with_no_new_privs },
	{ "seccomp", with_seccomp },
	{ "landlock", with_landlock },
	{ "program_fd", with_program_fd },
	{ "search", with_search },
	{ "shell_fallback", with_shell_fallback },
	{ "busy_retry", with_busy_retry },
	{ "allow_fork", with_allow_fork },
	{ "pidfd", with_pidfd },
	{ "poll_fd", with_poll_fd },
	{ "cgroup", with_cgroup },
	{ "full", with_full },
};

static void apply_option(struct libspawn_options *options, const char *name)
{
	for (size_t i = 0; i < sizeof option_table / sizeof *option_table; i++)
		if (!strcmp(option_table[i].name, name)) {
			option_table[i].apply(options);
			return;
		}
	fprintf(stderr, "trace_start: no option %s\n", name);
	exit(2);
}

/* What a start may not change for its caller, or leave behind. */
struct state {
	int fds;
	int mappings;
	int cancel_state;
	mode_t umask;
	sigset_t mask;
	void (*actions[65])(int);
	char cwd[4096];
};

static int count_fds(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	while (directory && readdir(directory))
		count++;
	if (directory)
		closedir(directory);
	return count;
}

static int count_mappings(void)
{
	static char text[1 << 18];
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC), count = 0;
	ssize_t got;

	while ((got = read(fd, text, sizeof text)) > 0)
		for (ssize_t i = 0; i < got; i++)
			count += text[i] == '\n';
	close(fd);
	return count;
}

static void (*disposition_of(int number))(int)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	sigaction(number, NULL, &action);
	return action.sa_handler;
}

static void save_state(struct state *state)
{
	memset(state, 0, sizeof *state);
	state->fds = count_fds();
	state->mappings = count_mappings();
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state->cancel_state);
	state->umask = umask(0);
	umask(state->umask);
	pthread_sigmask(SIG_SETMASK, NULL, &state->mask);
	for (int i = 1; i < 65; i++)
		state->actions[i] = disposition_of(i);
	if (!getcwd(state->cwd, sizeof state->cwd))
		state->cwd[0] = 0;
}

static void print_left(const struct state *before, const struct state *after)
{
	const char *zombie =
		waitpid(-1, NULL, WNOHANG | __WALL) < 0 ? "" : "process,";
	int same_mask =
		!memcmp(&before->mask, &after->mask, sizeof after->mask);
	int same_actions =
		!memcmp(before->actions, after->actions, sizeof after->actions);

	printf("left=%s%s%s%s%s%s%s%snone\n", zombie,
	       before->fds == after->fds ? "" : "fd,",
	       before->mappings == after->mappings ? "" : "mapping,",
	       before->cancel_state == after->cancel_state ? "" : "cancel,",
	       before->umask == after->umask ? "" : "umask,",
	       same_mask ? "" : "mask,", same_actions ? "" : "actions,",
	       strcmp(before->cwd, after->cwd) ? "cwd," : "");
}

static void close_parent_ends(void)
{
	for (int i = 0; i < 8; i++)
		if (parent_ends[i] > 0)
			close(parent_ends[i]);
	memset(parent_ends, 0, sizeof parent_ends);
}

/* A start that succeeded is waited for, and what it returned closed. */
static void finish_start(const struct libspawn_process *process)
{
	int status = 0;

	if (waitpid(process->pid, &status, 0) != process->pid || status)
		printf("status=%#x ", (unsigned int)status);
	if (process->pidfd >= 0)
		close(process->pidfd);
	close_parent_ends();
}

static char *child_argv[] = { NULL, NULL, NULL };

static int start_by_door(struct libspawn_process *process,
			 const struct libspawn_options *options,
			 struct libspawn_error *error)
{
	struct libspawn_pending *pending;
	int code;

	if (!getenv("TRACE_DOOR"))
		return libspawn_start(process, program, child_argv, options,
				      error);
	code = libspawn_begin(&pending, program, child_argv, options, error);
	return code ? code
		    : libspawn_finish(pending, LIBSPAWN_FOREVER, process,
				      error);
}

static void warm_up(const struct libspawn_options *options)
{
	struct libspawn_process process;

	if (!start_by_door(&process, options, NULL))
		finish_start(&process);
}

static void start_between_markers(const struct libspawn_options *options)
{
	struct libspawn_process process = { 0 };
	struct libspawn_error error = { 0 };
	int result, errno_after;

	close(-4242);
	errno = 4711;
	result = start_by_door(&process, options, &error);
	errno_after = errno;
	close(-4243);
	if (!result)
		finish_start(&process);
	/* Of a start that was begun they are the caller's in any case. */
	close_parent_ends();
	printf("result=%d code=%d step=%s index=%d signal=%d backend=%s "
	       "fallbacks=%u retries=%u errno=%d ",
	       result, error.code, libspawn_step_name(error.step), error.index,
	       error.signal,
	       libspawn_backend_name(result ? error.backend : process.backend),
	       process.fallbacks, process.retries, errno_after);
}

/* Settings of the caller that a start could disturb, or a child inherit. */
static void prepare_caller(void)
{
	sigset_t set;

	signal(SIGHUP, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &set, NULL);
	setvbuf(stdout, NULL, _IOFBF, 4096);
}

int main(int argc, char **argv)
{
	static struct state before, after;
	struct libspawn_options options = { .size = sizeof options };
	char child_mode[] = "--child";

	if (argc == 2 && !strcmp(argv[1], child_mode))
		return 0;
	prepare_caller();
	program = argv[0];
	child_argv[0] = argv[0];
	child_argv[1] = child_mode;
	for (int i = 1; i < argc; i++)
		apply_option(&options, argv[i]);
	if (!getenv("TRACE_COLD"))
		warm_up(&options);
	save_state(&before);
	start_between_markers(&options);
	save_state(&after);
	print_left(&before, &after);
	return 0;
}
