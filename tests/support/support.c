/* SPDX-License-Identifier: MIT */
/*
 * Starting the probe, reading its answers, and the check that a test leaves
 * nothing behind: descriptors, children, mappings, mask, umask, cwd, dumpable
 * flag. See support.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "door.h"
#include "linux_calls.h"
#include "setting.h"
#include "support.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MAPPINGS_VARY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MAPPINGS_VARY 1
#endif
#endif
#ifndef MAPPINGS_VARY
#define MAPPINGS_VARY 0
#endif

/* Other allocators than glibc's map and keep memory as they go. */
#if defined(__GLIBC__)
#define MAPPINGS_IGNORED 0
#else
#define MAPPINGS_IGNORED 1
#endif

/* The highest descriptor that a test leaves open would be below this. */
#define FD_WATCHED 1024
#define WORDS_MAX 64
#define OUTPUT_MAX (4u << 20)

/* What must be the same before and after a test. */
struct surroundings {
	int fd_count;
	ino_t fds[FD_WATCHED];
	int mappings;
	int dumpable;
	mode_t umask;
	uint64_t mask;
	char cwd[4096];
};

uint32_t support_backend;
const char *support_probe;

static struct surroundings before;
static struct surroundings after;
static int mappings_ignored;
static struct seen *all_seen;

/* ---- Surroundings ------------------------------------------------------ */

static int count_mappings(void)
{
	char bytes[4096];
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	int lines = 0;
	ssize_t n;

	if (fd < 0)
		return 0;
	while ((n = read(fd, bytes, sizeof bytes)) > 0)
		for (ssize_t i = 0; i < n; i++)
			lines += bytes[i] == '\n';
	close(fd);
	return lines;
}

static void note_fds(struct surroundings *now)
{
	struct stat st;

	now->fd_count = 0;
	for (int fd = 0; fd < FD_WATCHED; fd++) {
		int open = fstat(fd, &st) == 0;

		now->fds[fd] = open ? st.st_ino + 1 : 0;
		now->fd_count += open;
	}
}

static void note_surroundings(struct surroundings *now)
{
	note_fds(now);
	now->mappings = count_mappings();
	now->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	now->umask = umask(0);
	umask(now->umask);
	change_mask(NULL, &now->mask);
	if (!getcwd(now->cwd, sizeof now->cwd))
		now->cwd[0] = '\0';
}

static void free_all_seen(void)
{
	while (all_seen) {
		struct seen *next = all_seen->next;

		free(all_seen->text);
		free(all_seen);
		all_seen = next;
	}
}

static int complain(const char *what)
{
	print_error("left behind: %s\n", what);
	return -1;
}

static int compare_surroundings(void)
{
	int result = 0;

	for (int fd = 0; fd < FD_WATCHED; fd++) {
		if (before.fds[fd] == after.fds[fd])
			continue;
		print_error("descriptor %d changed\n", fd);
		result = complain("a descriptor");
	}
	if (!mappings_ignored && after.mappings > before.mappings)
		result = complain("a mapping");
	if (after.mask != before.mask)
		result = complain("a signal mask");
	if (after.umask != before.umask)
		result = complain("a umask");
	if (after.dumpable != before.dumpable)
		result = complain("a dumpable flag");
	if (strcmp(after.cwd, before.cwd) != 0)
		result = complain("a working directory");
	return result;
}

static int has_child(void)
{
	int status;

	errno = 0;
	return waitpid(-1, &status, WNOHANG | WAIT_FOR_ALL) != -1 ||
	       errno != ECHILD;
}

int support_setup(void **state)
{
	(void)state;
	mappings_ignored = MAPPINGS_IGNORED || support_is_instrumented();
	note_surroundings(&before);
	return 0;
}

/* cmocka reports what a teardown returns other than 0 as an error. */
int support_teardown(void **state)
{
	int result;

	(void)state;
	free_all_seen();
	sweep_starts();
	note_surroundings(&after);
	result = compare_surroundings();
	if (has_child())
		result = complain("a child");
	return result;
}

void assert_no_child(void)
{
	assert_false(has_child());
}

int count_open(void)
{
	int count = 0;

	for (int fd = 0; fd < FD_WATCHED; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

void support_ignore_mappings(void)
{
	mappings_ignored = 1;
}

int support_is_linux(void)
{
	return ON_LINUX;
}

int support_is_root(void)
{
	return geteuid() == 0;
}

int support_is_instrumented(void)
{
	return MAPPINGS_VARY || runs_in_valgrind();
}

/*
 * Other systems have 31 for certain. An emulator renumbers those of real time,
 * and has SIGBUS and SIGSEGV for itself.
 */
uint64_t support_signals(void)
{
	const uint64_t standard = UINT32_MAX >> 1;

	if (!ON_LINUX)
		return standard;
	if (!getenv("LIBSPAWN_EMULATED"))
		return UINT64_MAX;
	return standard & ~(UINT64_C(1) << (SIGBUS - 1)) &
	       ~(UINT64_C(1) << (SIGSEGV - 1));
}

uint32_t support_own_fallbacks(void)
{
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN || can_mark_range())
		return 0;
	return LIBSPAWN_FALLBACK_CLOSE_RANGE;
}

int support_has_kernel(int major, int minor)
{
	struct utsname name;
	int its_major = 0, its_minor = 0;

	uname(&name);
	sscanf(name.release, "%d.%d", &its_major, &its_minor);
	return its_major > major || (its_major == major && its_minor >= minor);
}

int support_death_is_catching(void)
{
	return support_backend != LIBSPAWN_BACKEND_FORK &&
	       !support_has_kernel(5, 16);
}

int support_has_cap(int number)
{
	uint32_t data[6] = { 0 };

	if (read_caps(data))
		return 0;
	return data[number < 32 ? 0 : 3] >> (number % 32) & 1;
}

/* ---- Running ----------------------------------------------------------- */

static uint32_t backend_named(const char *name)
{
	for (uint32_t i = 1; i <= LIBSPAWN_BACKEND_FORK; i++)
		if (strcmp(libspawn_backend_name(i), name) == 0)
			return i;
	return 0;
}

int support_main(int argc, char **argv, const struct CMUnitTest *tests,
		 size_t count)
{
	/* The variable would override the backend under test. */
	unsetenv("LIBSPAWN_BACKEND");
	setting_reset_signals();
	support_backend = argc > 1 ? backend_named(argv[1]) : 0;
	support_probe = argc > 2 ? setting_public_program(argv[2]) : NULL;
	if (!support_backend || !support_probe) {
		print_error("usage: %s BACKEND PROBE\n", argv[0]);
		return 2;
	}
	return status_of_tests(
		_cmocka_run_group_tests(argv[0], tests, count, NULL, NULL),
		count);
}

static struct libspawn_options with_backend(const struct libspawn_options *from)
{
	struct libspawn_options options = { OPTIONS };

	if (from)
		options = *from;
	options.backend = support_backend;
	return options;
}

/*
 * On an older kernel, or under tests/systems/old_kernel.c, the variable names
 * what is not to be had: the other way is taken for that, and for nothing else.
 */
static void assert_fallbacks(const struct libspawn_options *options,
			     uint32_t fallbacks)
{
	const uint32_t known =
		LIBSPAWN_FALLBACK_CLONE3 | LIBSPAWN_FALLBACK_CLOSE_RANGE;
	const char *refused = getenv("LIBSPAWN_REFUSED");
	uint32_t wanted = 0;

	if (!refused)
		return;
	if (strstr(refused, "clone3") &&
	    (support_backend == LIBSPAWN_BACKEND_CLONE ||
	     support_backend == LIBSPAWN_BACKEND_FORK))
		wanted |= LIBSPAWN_FALLBACK_CLONE3;
	if (strstr(refused, "close_range") &&
	    support_backend != LIBSPAWN_BACKEND_POSIX_SPAWN &&
	    !(options->flags & LIBSPAWN_INHERIT_FDS))
		wanted |= LIBSPAWN_FALLBACK_CLOSE_RANGE;
	assert_int_equal(fallbacks & known, wanted);
}

static void assert_started(const struct libspawn_options *options,
			   const struct seen *seen, int code,
			   const struct libspawn_error *error)
{
	if (code)
		print_error("%s: step %s, index %d, %s\n",
			    libspawn_backend_name(error->backend),
			    libspawn_step_name(error->step), error->index,
			    strerror(code));
	assert_int_equal(code, 0);
	assert_int_equal(seen->process.backend, support_backend);
	assert_true(seen->process.pid > 0);
	assert_fallbacks(options, seen->process.fallbacks);
	if (!(options->flags & LIBSPAWN_PIDFD))
		assert_int_equal(seen->process.pidfd, -1);
	assert_int_equal(seen->process.state, 0);
	assert_int_equal(seen->process.flags & ~LIBSPAWN_PROCESS_SHARED_TABLE,
			 0);
	assert_int_equal(seen->process.spare[0], 0);
}

struct seen *start_program(const struct libspawn_options *from,
			   const char *program, char *const argv[], int out_fd)
{
	struct libspawn_options options = with_backend(from);
	struct libspawn_error error = { 0 };
	struct seen *seen = calloc(1, sizeof *seen);
	struct libspawn_fd *rows;
	int code;

	assert_non_null(seen);
	seen->next = all_seen;
	all_seen = seen;
	rows = calloc(options.fd_count + 1, sizeof *rows);
	assert_non_null(rows);
	if (options.fd_count)
		memcpy(rows, options.fds, options.fd_count * sizeof *rows);
	rows[options.fd_count++] = (struct libspawn_fd){
		.child_fd = out_fd,
		.kind = LIBSPAWN_FD_PIPE_WRITE,
		.parent_end = &seen->read_fd,
	};
	options.fds = rows;
	code = start_through_door(&seen->process, program, argv, &options,
				  &error);
	free(rows);
	assert_started(&options, seen, code, &error);
	assert_true(seen->read_fd > 2);
	return seen;
}

static void read_all(struct seen *seen)
{
	size_t room = 4096;
	ssize_t n = 1;

	seen->text = malloc(room);
	while (n > 0) {
		assert_non_null(seen->text);
		n = read(seen->read_fd, seen->text + seen->length,
			 room - seen->length - 1);
		if (n > 0)
			seen->length += (size_t)n;
		if (room - seen->length < 2 && room < OUTPUT_MAX)
			seen->text = realloc(seen->text, room *= 2);
	}
	seen->text[seen->length] = '\0';
	close(seen->read_fd);
}

void collect(struct seen *seen)
{
	read_all(seen);
	for (size_t i = 0; i < seen->length; i++)
		if (seen->text[i] == '\n')
			seen->text[i] = '\0';
	while (waitpid(seen->process.pid, &seen->status, 0) < 0)
		assert_int_equal(errno, EINTR);
	if (seen->process.pidfd >= 0)
		close(seen->process.pidfd);
}

struct seen *run_program(const struct libspawn_options *options,
			 const char *program, char *const argv[], int out_fd)
{
	struct seen *seen = start_program(options, program, argv, out_fd);

	collect(seen);
	return seen;
}

static struct seen *start_probe_at(int out_fd,
				   const struct libspawn_options *options,
				   const char *commands)
{
	char *words[WORDS_MAX] = { (char *)(uintptr_t) "probe" };
	char at[16], copy[1024];
	char *rest = copy;
	size_t count = 3;

	snprintf(at, sizeof at, "@%d", out_fd);
	words[1] = at;
	words[2] = (char *)(uintptr_t) "print";
	assert_true(strlen(commands) < sizeof copy);
	strcpy(copy, commands);
	while (count < WORDS_MAX - 1 && (words[count] = strsep(&rest, " ")))
		count += words[count][0] != '\0';
	words[count] = NULL;
	return start_program(options, support_probe, words, out_fd);
}

struct seen *start_probe(const struct libspawn_options *options,
			 const char *commands)
{
	return start_probe_at(1, options, commands);
}

struct seen *run_probe_at(int out_fd, const struct libspawn_options *options,
			  const char *commands)
{
	struct seen *seen = start_probe_at(out_fd, options, commands);

	collect(seen);
	assert_int_equal(seen->status, 0);
	return seen;
}

struct seen *run_probe(const struct libspawn_options *options,
		       const char *commands)
{
	return run_probe_at(1, options, commands);
}

/* ---- Answers ----------------------------------------------------------- */

const char *seen_find(const struct seen *seen, const char *key)
{
	size_t length = strlen(key);
	const char *end = seen->text + seen->length;

	for (const char *line = seen->text; line < end;
	     line += strlen(line) + 1)
		if (strncmp(line, key, length) == 0 && line[length] == '=')
			return line + length + 1;
	return NULL;
}

const char *seen_text(const struct seen *seen, const char *key)
{
	const char *value = seen_find(seen, key);

	if (!value)
		print_error("the probe did not print %s\n", key);
	assert_non_null(value);
	return value;
}

static void assert_seen_file(const struct seen *seen, const char *key,
			     const struct stat *st)
{
	char id[64];

	snprintf(id, sizeof id, "%llu:%llu", (unsigned long long)st->st_dev,
		 (unsigned long long)st->st_ino);
	assert_seen(seen, key, id);
}

void assert_seen_id(const struct seen *seen, const char *key, const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_seen_file(seen, key, &st);
}

void assert_is(const struct seen *seen, int child_fd, const struct stat *st)
{
	char key[32];

	snprintf(key, sizeof key, "fd.%d.id", child_fd);
	assert_seen_file(seen, key, st);
}

void assert_is_file(const struct seen *seen, int child_fd, int parent_fd)
{
	struct stat st;

	assert_int_equal(fstat(parent_fd, &st), 0);
	assert_is(seen, child_fd, &st);
}

long seen_number(const struct seen *seen, const char *key)
{
	const char *text = seen_text(seen, key);
	char *end;
	long number = strtol(text, &end, 10);

	if (*end)
		print_error("%s=%s is not a number\n", key, text);
	assert_int_equal(*end, 0);
	return number;
}

uint64_t seen_set(const struct seen *seen, const char *key)
{
	return strtoull(seen_text(seen, key), NULL, 16);
}

const char *seen_variable(const struct seen *seen, const char *name)
{
	size_t length = strlen(name);
	long count = seen_number(seen, "envc");
	char key[32];

	for (long i = 0; i < count; i++) {
		const char *entry;

		snprintf(key, sizeof key, "env.%ld", i);
		entry = seen_text(seen, key);
		if (strncmp(entry, name, length) == 0 && entry[length] == '=')
			return entry + length + 1;
	}
	return NULL;
}

/* ---- Refusals ---------------------------------------------------------- */

static void assert_error(const struct libspawn_error *error, int code, int step,
			 int index)
{
	if (error->code != code || error->step != step || error->index != index)
		print_error("got step %s, index %d, %s\n",
			    libspawn_step_name(error->step), error->index,
			    strerror(error->code));
	assert_int_equal(error->step, step);
	assert_int_equal(error->code, code);
	assert_int_equal(error->index, index);
	assert_int_equal(error->stage, 0);
	assert_int_equal(error->spare[0] | error->spare[1], 0);
	if (step != LIBSPAWN_STEP_DIED)
		assert_int_equal(error->signal, 0);
}

/* A start that must fail, leaving *process as it is. */
static struct libspawn_error
start_in_vain(const struct libspawn_options *options, const char *program,
	      char *const argv[])
{
	struct libspawn_process process, untouched;
	struct libspawn_error error;
	int code;

	memset(&process, 0x5a, sizeof process);
	memset(&untouched, 0x5a, sizeof untouched);
	memset(&error, 0x5a, sizeof error);
	code = start_through_door(&process, program, argv, options, &error);
	if (code == 0)
		waitpid(process.pid, NULL, 0);
	assert_int_not_equal(code, 0);
	assert_int_equal(code, error.code);
	assert_memory_equal(&process, &untouched, sizeof process);
	return error;
}

struct libspawn_error expect_failure(const struct libspawn_options *from,
				     const char *program, char *const argv[],
				     int code, int step, int index)
{
	struct libspawn_options options = with_backend(from);
	struct libspawn_error error = start_in_vain(&options, program, argv);

	assert_error(&error, code, step, index);
	return error;
}

static char *const probe_argv[] = { (char *)(uintptr_t) "probe", NULL };

void expect_probe_failure(const struct libspawn_options *options, int code,
			  int step, int index)
{
	struct libspawn_error error = expect_failure(
		options, support_probe, probe_argv, code, step, index);

	assert_int_equal(error.backend, support_backend);
}

int support_refusal(const struct libspawn_options *from, int step)
{
	struct libspawn_options options = with_backend(from);
	struct libspawn_process process;
	struct libspawn_error error;
	int code = libspawn_start(&process, support_probe, probe_argv, &options,
				  &error);

	if (code)
		assert_int_equal(error.step, step);
	else
		waitpid(process.pid, NULL, 0);
	return code;
}

/* Take away all effective capabilities, or give back what is permitted. */
void support_set_power(int all)
{
	uint32_t data[6] = { 0 };

	assert_int_equal(read_caps(data), 0);
	data[0] = all ? data[1] : 0;
	data[3] = all ? data[4] : 0;
	assert_int_equal(write_caps(data), 0);
}

void expect_powerless_failure(const struct libspawn_options *from, int code,
			      int step, int index)
{
	struct libspawn_options options = with_backend(from);
	struct libspawn_error error;

	if (!ON_LINUX)
		skip_with_reason("there are no capabilities to take away");
	support_set_power(0);
	error = start_in_vain(&options, support_probe, probe_argv);
	support_set_power(1);
	assert_error(&error, code, step, index);
	assert_int_equal(error.backend, support_backend);
}

void expect_invalid(const struct libspawn_options *from, int code, int step,
		    int index)
{
	struct libspawn_options options = *from;
	struct libspawn_error error, answer;

	if (options.size >= 8 && !options.backend)
		options.backend = support_backend;
	error = start_in_vain(&options, support_probe, probe_argv);
	assert_error(&error, code, step, index);
	memset(&answer, 0x5a, sizeof answer);
	assert_int_equal(libspawn_query(options.backend, &options, &answer),
			 -code);
	assert_memory_equal(&answer, &error, sizeof answer);
}

void expect_decline(const struct libspawn_options *from, int step)
{
	struct libspawn_options options = with_backend(from);
	struct libspawn_error error, answer;

	error = start_in_vain(&options, support_probe, probe_argv);
	assert_error(&error, ENOTSUP, step, error.index);
	assert_int_equal(error.backend, support_backend);
	memset(&answer, 0x5a, sizeof answer);
	assert_int_equal(libspawn_query(support_backend, &options, &answer),
			 -ENOTSUP);
	assert_memory_equal(&answer, &error, sizeof answer);
}
