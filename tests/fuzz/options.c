/* SPDX-License-Identifier: MIT */
/*
 * Starts the probe with random options, with a meaning and without, by
 * libspawn_start() or by libspawn_begin() and libspawn_finish(), and compares
 * what comes of it with a model: whether it starts, what the child sees, and
 * that nothing is left behind.
 *
 *	fuzz [SECONDS [SEED [COUNT [PROBE]]]]
 *
 *	SECONDS  how long, 60 by default; 0: until COUNT
 *	SEED     a number: the same requests again; "-": a new one
 *	COUNT    of requests; 0: until SECONDS
 *	PROBE    the program to start; by default the one next to this program
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "model.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#else
#define __sanitizer_set_report_fd(fd) ((void)(fd))
#endif

/* Where our own output went: the probe may print to what is on 0 to 2. */
enum { OWN_OUTPUT = 50, OWN_NULL = 51, UNTOUCHED = -77, TEXT_MAX = 1 << 16 };

static FILE *output;
static struct fuzz_world world;
static struct fuzz_request request;
static struct libspawn_options *given;
static size_t given_size;
static struct fuzz_expectation expected;
static struct libspawn_process process;
static struct libspawn_error error;
static char seen[TEXT_MAX];
static unsigned long complaints;
static unsigned long counts[2][3]; /* started or not, by verdict */

static void complain(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	fprintf(output, "  ");
	vfprintf(output, format, list);
	fprintf(output, "\n");
	va_end(list);
	complaints++;
}

/* ---- What the probe saw -------------------------------------------------- */

/* The value behind a key at the beginning of a line, up to its end; or NULL. */
static const char *find_value(const char *key, char *value, size_t size)
{
	size_t length = strlen(key);
	const char *line = seen;

	while (line && *line) {
		if (strncmp(line, key, length) == 0 && line[length] == '=') {
			line += length + 1;
			snprintf(value, size, "%.*s", (int)strcspn(line, "\n"),
				 line);
			return value;
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return NULL;
}

static void expect_text(const char *key, const char *wanted)
{
	char value[9000];

	if (!find_value(key, value, sizeof value))
		complain("%s: not seen", key);
	else if (strcmp(value, wanted) != 0)
		complain("%s: %s instead of %s", key, value, wanted);
}

static void expect_number(const char *key, long long wanted)
{
	char text[32];

	snprintf(text, sizeof text, "%lld", wanted);
	expect_text(key, text);
}

static void expect_set(const char *key, uint64_t wanted)
{
	char text[32];

	snprintf(text, sizeof text, "%016llx", (unsigned long long)wanted);
	expect_text(key, text);
}

static void expect_identity(const char *key, struct fuzz_identity wanted)
{
	char text[64];

	snprintf(text, sizeof text, "%llu:%llu",
		 (unsigned long long)wanted.device,
		 (unsigned long long)wanted.inode);
	expect_text(key, text);
}

/* ---- Comparing ----------------------------------------------------------- */

static struct fuzz_identity identity_of_end(uint32_t row)
{
	struct stat st;
	struct fuzz_identity identity = { 0, 0 };

	if (fstat(request.ends[row], &st) == 0) {
		identity.device = st.st_dev;
		identity.inode = st.st_ino;
	}
	return identity;
}

static void compare_fd(int fd, const struct fuzz_expected_fd *wanted)
{
	char key[32];

	snprintf(key, sizeof key, "fd.%d.id", fd);
	if (wanted->kind == FUZZ_FILE)
		expect_identity(key, wanted->identity);
	else if (wanted->kind == FUZZ_PIPE)
		expect_identity(key, identity_of_end(wanted->row));
	snprintf(key, sizeof key, "fd.%d.tty", fd);
	if (wanted->kind == FUZZ_TERMINAL)
		expect_number(key, 1);
}

static void compare_fds(void)
{
	char list[1024] = "";
	int fd;

	for (fd = 0; fd < FUZZ_FDS; fd++) {
		size_t used = strlen(list);

		if (expected.fds[fd].kind == FUZZ_CLOSED)
			continue;
		snprintf(list + used, sizeof list - used, "%s%d",
			 used ? "," : "", fd);
		compare_fd(fd, &expected.fds[fd]);
	}
	expect_text("fds", list);
}

static int compare_words(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Their order is nobody's business. */
static void compare_environment(void)
{
	char *words[4 * FUZZ_LIST];
	char *found[4 * FUZZ_LIST];
	uint32_t n;

	snprintf(expected.pid_variable, sizeof expected.pid_variable, "%s=%d",
		 expected.options.pid_variable, (int)process.pid);
	expect_number("envc", expected.env_count);
	for (n = 0; n < expected.env_count; n++) {
		char key[32];
		char value[9000];

		snprintf(key, sizeof key, "env.%u", (unsigned)n);
		words[n] = expected.env[n];
		found[n] = strdup(
			find_value(key, value, sizeof value) ? value : "none");
	}
	qsort(words, n, sizeof *words, compare_words);
	qsort(found, n, sizeof *found, compare_words);
	while (n-- > 0) {
		if (strcmp(words[n], found[n]) != 0)
			complain("environment: %s instead of %s", found[n],
				 words[n]);
		free(found[n]);
	}
}

static void compare_arguments(void)
{
	char key[32];
	int n;

	for (n = 0; request.argv[n]; n++) {
		snprintf(key, sizeof key, "argv.%d", n);
		expect_text(key, request.argv[n]);
	}
	expect_number("argc", n);
}

static void compare_process(void)
{
	int pid = process.pid;
	int leads = expected.new_session || expected.new_group;

	expect_number("pid", pid);
	expect_number("ppid", getpid());
	expect_number("pgid", leads ? pid : getpgrp());
	expect_number("sid", expected.new_session ? pid : getsid(0));
}

static void compare_groups(void)
{
	const struct libspawn_options *o = &expected.options;
	char list[FUZZ_LIST * 12] = "";
	uint32_t n;

	if (!(o->flags & LIBSPAWN_GROUPS))
		return;
	for (n = 0; n < o->group_count; n++) {
		size_t used = strlen(list);

		snprintf(list + used, sizeof list - used, "%s%u", n ? "," : "",
			 (unsigned)o->groups[n]);
	}
	expect_text("groups", list);
}

static void compare_rlimits(void)
{
	char key[32];
	char text[64];
	int n;

	for (n = 0; n < FUZZ_RLIMITS; n++) {
		snprintf(key, sizeof key, "rlimit.%d", n);
		snprintf(text, sizeof text, "%llu:%llu",
			 (unsigned long long)expected.rlimits[n][0],
			 (unsigned long long)expected.rlimits[n][1]);
		expect_text(key, text);
	}
}

static void compare_scheduling(void)
{
	char list[1024] = "";
	uint64_t cpus = 0;
	char *at;

	expect_number("nice", expected.nice);
	expect_number("sched.policy", expected.policy);
	if (expected.io_priority >= 0)
		expect_number("io_priority", expected.io_priority);
	expect_number("timer_slack", (long long)expected.slack);
	expect_number("oom_score_adj", expected.oom_score_adj);
	if (!expected.options.cpu_count)
		return;
	find_value("cpus", list, sizeof list);
	for (at = strtok(list, ","); at; at = strtok(NULL, ","))
		cpus |= UINT64_C(1) << atoi(at) % 64;
	if (cpus == 0 || cpus & ~expected.cpus)
		complain("cpus: %llx instead of %llx", (unsigned long long)cpus,
			 (unsigned long long)expected.cpus);
}

static void compare_observation(void)
{
	char text[32];

	compare_arguments();
	compare_environment();
	compare_fds();
	compare_process();
	compare_groups();
	compare_rlimits();
	compare_scheduling();
	expect_identity("cwd.id", expected.cwd);
	snprintf(text, sizeof text, "%03o", (unsigned)expected.umask);
	expect_text("umask", text);
	expect_set("sigmask", expected.mask);
	expect_set("sigignore", expected.ignored);
	expect_set("sigcatch", 0);
	expect_number("no_new_privs", expected.no_new_privs);
	expect_number("seccomp", expected.seccomp);
	expect_number("death_signal", expected.death_signal);
}

/* ---- The options as they are given --------------------------------------- */

/*
 * A copy of exactly the size it says, so that a sanitizer sees who looks
 * behind its end; of a size that is none, only the size.
 */
static void give_options(void)
{
	uint32_t size = request.sized.options.size;

	free(given);
	given = NULL;
	if (!request.has_options)
		return;
	if (size > sizeof request.sized || size < sizeof size)
		size = sizeof size;
	given = malloc(size);
	given_size = size;
	if (given)
		memcpy(given, &request.sized, size);
}

/* ---- One start ----------------------------------------------------------- */

static void read_answers(void)
{
	ssize_t length = pread(FUZZ_OUT, seen, sizeof seen - 1, 0);

	seen[length > 0 ? length : 0] = '\0';
	if (ftruncate(FUZZ_OUT, 0))
		complain("the file of the answers can't be emptied");
}

/* Whether the row for the answers is still what it was made for. */
static int is_heard(void)
{
	const struct fuzz_expected_fd *out = &expected.fds[request.out_fd];
	const struct fuzz_identity file = world.fds[FUZZ_OUT].identity;

	return out->kind == FUZZ_FILE && out->identity.device == file.device &&
	       out->identity.inode == file.inode;
}

static void check_waiting(void)
{
	int has_waited = (process.fallbacks & LIBSPAWN_FALLBACK_WAITED) != 0;
	int goes_on = process.backend == LIBSPAWN_BACKEND_CLONE ||
		      process.backend == LIBSPAWN_BACKEND_FORK;

	if (has_waited != (request.begins && !goes_on))
		complain("waited: %d", has_waited);
}

static void check_result(void)
{
	const struct libspawn_options *o = &expected.options;
	int has_pidfd = (o->flags & LIBSPAWN_PIDFD) != 0;
	/* For what no other takes, and if it is allowed. */
	int forks = (o->flags & LIBSPAWN_ALLOW_FORK) && o->memory_traits;

	if (process.pid <= 0)
		complain("pid %d", (int)process.pid);
	if ((process.pidfd >= 0) != has_pidfd)
		complain("pidfd %d", (int)process.pidfd);
	if (o->backend ? process.backend != o->backend
		       : (process.backend == LIBSPAWN_BACKEND_FORK) != forks &&
				 !fuzz_backend_is_open(&expected, &request,
						       &world))
		complain("backend %s instead of %s",
			 libspawn_backend_name(process.backend),
			 libspawn_backend_name(o->backend));
	check_waiting();
	if (process.state || process.spare[0])
		complain("a spare of the result");
}

/* The parent's ends: there, close-on-exec, above 2; then closed. */
static void close_ends(void)
{
	const struct libspawn_options *o = &expected.options;
	uint32_t n;

	for (n = 0; n < o->fd_count; n++) {
		if (!o->fds[n].parent_end)
			continue;
		if (*o->fds[n].parent_end <= 2 ||
		    fcntl(*o->fds[n].parent_end, F_GETFD) != FD_CLOEXEC)
			complain("fds[%u]: end %d", (unsigned)n,
				 (int)*o->fds[n].parent_end);
		close(*o->fds[n].parent_end);
	}
}

static void check_started(void)
{
	int status = 0;

	check_result();
	if (waitpid(process.pid, &status, 0) != process.pid)
		complain("no child %d", (int)process.pid);
	read_answers();
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		complain("the probe ended with status %x", status);
	else if (is_heard())
		compare_observation();
	close_ends();
	if (process.pidfd >= 0)
		close(process.pidfd);
}

static void check_failed(int code)
{
	char text[512];
	uint32_t n;

	if (code <= 0 || code != error.code)
		complain("code %d, error %d", code, (int)error.code);
	if (error.step <= LIBSPAWN_STEP_NONE ||
	    error.step >= LIBSPAWN_STEP_COUNT || error.index < -1)
		complain("step %d, index %d", (int)error.step,
			 (int)error.index);
	if (process.pid != UNTOUCHED)
		complain("a result in spite of an error");
	for (n = 0; n < FUZZ_LIST; n++)
		if (request.ends[n] != UNTOUCHED)
			complain("an end in spite of an error");
	if (libspawn_explain(text, sizeof text, &error, request.program,
			     request.has_argv ? request.argv : NULL,
			     request.has_options ? &expected.options : NULL) <
	    3)
		complain("no explanation");
}

/* libspawn_query() says the same before; it is not asked who can go on. */
static void check_query(int code)
{
	struct libspawn_error why;
	int answer;

	if (request.begins)
		return;
	answer = libspawn_query(0, given, &why);
	if (code == 0 && answer != (int)process.backend)
		complain("the question was answered with %d", answer);
	if (code != 0 && error.code == ENOTSUP &&
	    (answer != -ENOTSUP || why.step != error.step))
		complain("declined in step %s, asked: %d",
			 libspawn_step_name(error.step), answer);
}

static void check_unchanged(void)
{
	struct fuzz_world now = world;

	fuzz_world_look(&now);
	if (memcmp(&now, &world, sizeof now) != 0)
		complain("something of the caller has changed");
	if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
		complain("a child is left");
}

/* Some other state to inherit: 0 to 2 open or not, files on exec or not. */
static void change_world(struct fuzz_random *random)
{
	uint64_t mask = fuzz_chance(random, 50) ? 0 : 0xa00;
	int fd;

	for (fd = 0; fd < 3; fd++)
		if (fuzz_chance(random, 10))
			close(fd);
		else
			dup2(OWN_NULL, fd);
	for (fd = FUZZ_FIRST_FILE; fd < FUZZ_FIRST_FILE + FUZZ_FILES; fd++)
		fcntl(fd, F_SETFD, fuzz_chance(random, 50) ? FD_CLOEXEC : 0);

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8);
	umask(fuzz_chance(random, 50) ? 022 : 077);
	fuzz_world_look(&world);
}

/* ---- The doors ----------------------------------------------------------- */

/* They are the caller's, whatever comes of the start. */
static void take_ends_back(void)
{
	uint32_t n;

	for (n = 0; n < FUZZ_LIST; n++) {
		if (request.ends[n] == UNTOUCHED)
			continue;
		if (close(request.ends[n]))
			complain("end %d is not open", (int)request.ends[n]);
		request.ends[n] = UNTOUCHED;
	}
}

static void check_pending(const struct libspawn_pending *pending)
{
	int fd = libspawn_pending_fd(pending);

	if (libspawn_pending_pid(pending) <= 0)
		complain("pid %d under way", libspawn_pending_pid(pending));
	if ((fd > 2) != ((expected.options.flags & LIBSPAWN_POLL_FD) != 0))
		complain("descriptor %d to poll", fd);
}

/* What was given is overwritten in between. */
static int begin_and_finish(char *const argv[])
{
	struct libspawn_pending *pending;
	int code =
		libspawn_begin(&pending, request.program, argv, given, &error);

	if (code)
		return code;
	if (given)
		memset(given, 0xaa, given_size);
	check_pending(pending);
	libspawn_release(pending);
	code = libspawn_finish(pending, LIBSPAWN_FOREVER, &process, &error);
	if (code)
		take_ends_back();
	return code;
}

static int start_request(void)
{
	char *const *argv = request.has_argv ? request.argv : NULL;

	return request.begins ? begin_and_finish(argv)
			      : libspawn_start(&process, request.program, argv,
					       given, &error);
}

static int run_once(struct fuzz_random *random)
{
	unsigned long before = complaints;
	int code;
	int n;

	change_world(random);
	fuzz_request_make(&request, &world, random);
	give_options();
	fuzz_model(&expected, &request, &world);
	for (n = 0; n < FUZZ_LIST; n++)
		request.ends[n] = UNTOUCHED;
	process.pid = UNTOUCHED;
	memset(&error, 0, sizeof error);
	errno = 4242;
	code = start_request();
	if (errno != 4242)
		complain("errno has changed to %d", errno);
	counts[code == 0][expected.verdict]++;
	if (code == 0 && expected.verdict == FUZZ_MUST_FAIL)
		complain("started in spite of: %s", expected.reason);
	if (code != 0 && expected.verdict == FUZZ_MUST_START)
		complain("did not start");
	check_query(code);
	if (code == 0)
		check_started();
	else
		check_failed(code);
	check_unchanged();
	return complaints == before;
}

/* ---- Telling ------------------------------------------------------------- */

static void tell_request(uint64_t seed)
{
	const struct libspawn_options *o = &request.sized.options;
	uint32_t n;

	fprintf(output,
		"  to see it again: fuzz 0 %llu 1\n"
		"  %s: program '%s', size %u, backend %u, flags %llx, error %d "
		"step %s index %d\n",
		(unsigned long long)seed, request.begins ? "begun" : "started",
		request.program, (unsigned)o->size, (unsigned)o->backend,
		(unsigned long long)o->flags, (int)error.code,
		libspawn_step_name(error.step), (int)error.index);
	for (n = 0; o->fds && n < o->fd_count && n < FUZZ_LIST; n++)
		fprintf(output,
			"  fds[%u]: %d kind %u parent_fd %d entry %u path %s\n",
			(unsigned)n, (int)o->fds[n].child_fd,
			(unsigned)o->fds[n].kind, (int)o->fds[n].parent_fd,
			(unsigned)o->fds[n].entry,
			o->fds[n].path ? o->fds[n].path : "-");
	fflush(output);
}

static int tell_sum(unsigned long rounds)
{
	fprintf(output,
		"%lu requests: %lu started, %lu refused, %lu either way (%lu "
		"started); %lu complaints\n",
		rounds, counts[1][FUZZ_MUST_START], counts[0][FUZZ_MUST_FAIL],
		counts[0][FUZZ_EITHER] + counts[1][FUZZ_EITHER],
		counts[1][FUZZ_EITHER], complaints);
	/* Left open: a sanitizer may have something to add. */
	fflush(output);
	return complaints != 0;
}

/* ---- The program --------------------------------------------------------- */

/* What this program inherited would be inherited by the probe. */
static void close_others(void)
{
	int fd;

	for (fd = 3; fd < 4096; fd++)
		close(fd);
}

static int move_output(void)
{
	int null;

	close_others();
	null = open("/dev/null", O_RDWR);
	if (null < 0 || dup3(1, OWN_OUTPUT, O_CLOEXEC) < 0 ||
	    dup3(null, OWN_NULL, O_CLOEXEC) < 0)
		return -1;
	close(null);
	output = fdopen(OWN_OUTPUT, "w");
	__sanitizer_set_report_fd((void *)(intptr_t)OWN_OUTPUT);
	return output ? 0 : -1;
}

static uint64_t choose_seed(const char *word)
{
	struct timespec now;

	if (word && strcmp(word, "-") != 0)
		return strtoull(word, NULL, 10);
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int make_world(const char *named)
{
	char probe[4096];
	ssize_t length = readlink("/proc/self/exe", probe, sizeof probe - 1);
	char *slash;

	if (length < 0)
		return -1;
	probe[length] = '\0';
	slash = strrchr(probe, '/');
	if (!named)
		snprintf(slash, sizeof probe - (size_t)(slash - probe),
			 "/probe");
	if (fuzz_world_make(&world, named ? named : probe))
		return -1;
	fuzz_world_look(&world);
	return 0;
}

int main(int argc, char **argv)
{
	time_t seconds = argc > 1 ? atol(argv[1]) : 60;
	uint64_t seed = choose_seed(argc > 2 ? argv[2] : NULL);
	unsigned long most = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	time_t end = time(NULL) + seconds;
	unsigned long n;

	unsetenv("LIBSPAWN_BACKEND");
	if (move_output() || make_world(argc > 4 ? argv[4] : NULL))
		return 2;
	fprintf(output, "seed %llu\n", (unsigned long long)seed);
	fflush(output);
	for (n = 0; (!most || n < most) && (!seconds || time(NULL) < end) &&
		    complaints < 100;
	     n++) {
		/* Each request has a seed of its own, to be had again. */
		struct fuzz_random random = { (seed + n) * 0x9e37 };

		if (!run_once(&random))
			tell_request(seed + n);
	}
	fuzz_world_remove(&world);
	free(given);
	return tell_sum(n);
}
