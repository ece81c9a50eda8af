/* SPDX-License-Identifier: MIT */
/* popen() and pclose(): the stream, its descriptor, and the status. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

#include "case.h"

#define THREADS 16
#define STREAMS 200
#define INTERNAL (BIT(32) | BIT(33) | BIT(34))

static FILE *open_command(const char *command, const char *mode)
{
	FILE *file = popen(command, mode);

	assert_non_null(file);
	return file;
}

/* The compiler, which knows whose stream is whose, is not to see these. */
static __attribute__((noinline)) int pclose_any(FILE *volatile file)
{
	return pclose(file);
}

static __attribute__((noinline)) int fclose_any(FILE *volatile file)
{
	return fclose(file);
}

/* One line of its output. */
static char *line_of(FILE *file)
{
	char line[256] = "";

	assert_non_null(fgets(line, sizeof line, file));
	line[strcspn(line, "\n")] = '\0';
	return text_of("%s", line);
}

static void assert_line(const char *name, const char *text)
{
	FILE *file = fopen(in_folder(name), "re");

	assert_non_null(file);
	assert_string_equal(line_of(file), text);
	fclose(file);
}

/* ---- Reading and writing ----------------------------------------------- */

static void the_output_of_a_command_is_read(void)
{
	FILE *file = open_command("echo one; echo two", "r");

	assert_string_equal(line_of(file), "one");
	assert_string_equal(line_of(file), "two");
	assert_int_equal(fgetc(file), EOF);
	assert_true(feof(file));
	assert_int_equal(pclose(file), 0);
}

static void the_input_of_a_command_is_written(void)
{
	FILE *file = open_command(text_of("read -r a; read -r b; "
					  "echo \"$b-$a\" >%s; exit 6",
					  in_folder("out")),
				  "w");

	assert_true(fputs("one\ntwo\n", file) >= 0);
	assert_int_equal(pclose(file), 6 << 8);
	assert_line("out", "two-one");
}

static void the_other_standard_streams_are_the_callers(void)
{
	FILE *file = open_command(text_of("%s print fds", case_probe), "r");
	char *line = NULL;
	size_t room = 0;
	struct stat st;

	assert_int_equal(fstat(2, &st), 0);
	assert_true(getdelim(&line, &room, '\0', file) > 0);
	assert_int_equal(pclose(file), 0);
	assert_non_null(strstr(line, "fds=0,1,2\n"));
	assert_non_null(strstr(line, text_of("fd.2.id=%llu:%llu\n",
					     (unsigned long long)st.st_dev,
					     (unsigned long long)st.st_ino)));
	free(line);
}

static void much_is_read_and_written(void)
{
	char *out = in_folder("out");
	FILE *file = open_command(text_of("exec cat >%s", out), "w");
	FILE *back;
	long count = 0;

	for (int i = 0; i < 50000; i++)
		fprintf(file, "%d\n", i);
	assert_int_equal(pclose(file), 0);
	back = open_command(text_of("exec cat <%s", out), "r");
	while (fgetc(back) != EOF)
		count++;
	assert_int_equal(pclose(back), 0);
	assert_int_equal(count, 288890);
}

/* "Pipe streams are byte-oriented." POSIX */
static void a_stream_is_one_of_bytes(void)
{
	static const char *const modes[] = { "r", "we" };

	for (int i = 0; i < 2; i++) {
		FILE *file = open_command("exit 0", modes[i]);

		assert_true(fwide(file, 1) < 0);
		assert_int_equal(pclose(file), 0);
	}
}

static void a_stream_is_buffered_and_unbuffered_as_any(void)
{
	FILE *file = open_command("read -r x; echo \"$x\" >&2; exit 3", "w");

	assert_int_equal(setvbuf(file, NULL, _IONBF, 0), 0);
	assert_true(fputs("unbuffered\n", file) >= 0);
	assert_int_equal(pclose(file), 3 << 8);
}

/* ---- The status -------------------------------------------------------- */

static void the_status_is_the_shells(void)
{
	assert_int_equal(pclose(open_command("exit 7", "r")), 7 << 8);
	assert_int_equal(pclose(open_command("exit 127", "w")), 127 << 8);
	assert_int_equal(pclose(open_command("kill -9 $$", "r")), 9);
	assert_int_equal(pclose(open_command("", "r")), 0);
}

static void a_reader_that_is_closed_early_gets_sigpipe(void)
{
	FILE *file = open_command("while :; do echo y; done", "r");

	assert_string_equal(line_of(file), "y");
	assert_int_equal(pclose(file), SIGPIPE);
}

static void a_command_may_begin_with_a_dash(void)
{
	copy_probe("-prog", 0755);
	setenv("PATH", in_folder("."), 1);
	if (differs("system() and popen() take a command that begins with "
		    "'-' or '+', as in newer glibc"))
		return;
	copy_probe("+prog", 0755);
	assert_int_equal(pclose(open_command("-prog exit 5", "r")), 5 << 8);
	assert_int_equal(pclose(open_command("+prog exit 6", "w")), 6 << 8);
}

static void what_was_waited_for_elsewhere_is_echild(void)
{
	FILE *file = open_command("exit 3", "r");
	int status;

	assert_true(wait(&status) > 0);
	assert_int_equal(status, 3 << 8);
	errno = 0;
	assert_int_equal(pclose(file), -1);
	assert_int_equal(errno, ECHILD);
}

static void ignored_sigchld_loses_the_status(void)
{
	FILE *file;

	signal(SIGCHLD, SIG_IGN);
	file = open_command("echo here; exit 3", "r");
	assert_string_equal(line_of(file), "here");
	errno = 0;
	assert_int_equal(pclose(file), -1);
	assert_int_equal(errno, ECHILD);
	signal(SIGCHLD, SIG_DFL);
}

static void signals_do_not_end_the_waiting(void)
{
	start_storm(300, 0);
	for (int i = 0; i < 30; i++) {
		FILE *file = open_command("read -r x; exit 6", "w");

		assert_int_equal(pclose(file), 6 << 8);
	}
	assert_true(stop_storm() > 0);
}

static void errno_is_kept(void)
{
	FILE *file;
	int status;

	errno = 12345;
	file = open_command("exit 3", "r");
	assert_int_equal(errno, 12345);
	status = pclose(file);
	assert_int_equal(errno, 12345);
	assert_int_equal(status, 3 << 8);
}

static void other_children_are_left_alone(void)
{
	pid_t pid = -1;

	assert_int_equal(posix_spawn(&pid, case_probe, NULL, NULL,
				     probe_argv("exit 9"), NULL),
			 0);
	assert_int_equal(pclose(open_command("exit 3", "r")), 3 << 8);
	assert_int_equal(reap(pid), 9 << 8);
}

static void the_command_has_the_callers_signals(void)
{
	sigset_t set, old;
	struct seen *seen;
	FILE *file;

	signal(SIGUSR1, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, &old), 0);
	file = open_command(text_of("exec %s print signals >%s", case_probe,
				    in_folder("out")),
			    "w");
	assert_int_equal(pclose(file), 0);
	seen = read_seen("out");
	assert_int_equal(seen_set(seen, "sigignore") & ~INTERNAL, BIT(SIGUSR1));
	assert_int_equal(seen_set(seen, "sigmask"), BIT(SIGUSR2));
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
}

/* ---- The mode ---------------------------------------------------------- */

static void only_e_makes_it_close_on_exec(void)
{
	static const char *const modes[] = { "r", "w", "re", "we" };

	for (int i = 0; i < 4; i++) {
		FILE *file = open_command("exit 0", modes[i]);

		assert_int_equal(fcntl(fileno(file), F_GETFD),
				 i < 2 ? 0 : FD_CLOEXEC);
		assert_int_equal(pclose(file), 0);
	}
}

static void a_mode_without_a_meaning_is_einval(void)
{
	static const char *const modes[] = { "",   "x",	 "rw", "wr", "e",
					     "r+", "rx", "rb", "b",  "R" };
	int fds = count_fds();

	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		errno = 0;
		assert_null(popen("exit 0", modes[i]));
		assert_int_equal(errno, EINVAL);
	}
	assert_false(has_child());
	assert_int_equal(count_fds(), fds);
}

/* ---- Many streams ------------------------------------------------------ */

static void earlier_streams_are_not_inherited(void)
{
	FILE *first = open_command("read -r x; exit 4", "w");
	FILE *second = open_command("read -r x; exit 5", "we");
	FILE *third = open_command("echo y; read -r x", "r");
	FILE *file = open_command(
		text_of("exec %s print fds >%s", case_probe, in_folder("out")),
		"w");

	assert_int_equal(pclose(file), 0);
	assert_seen(read_seen("out"), "fds", "0,1,2");
	/* So the end of one is seen though the others still run. */
	assert_int_equal(pclose(first), 4 << 8);
	assert_int_equal(pclose(second), 5 << 8);
	assert_string_equal(line_of(third), "y");
	pclose(third);
}

static void other_descriptors_are_inherited(void)
{
	FILE *file;

	assert_int_equal(dup2(2, 20), 20);
	file = open_command(
		text_of("exec %s print fds >%s", case_probe, in_folder("out")),
		"w");
	assert_int_equal(pclose(file), 0);
	assert_seen(read_seen("out"), "fds", "0,1,2,20");
	close(20);
}

static void two_hundred_streams_are_closed_in_another_order(void)
{
	static FILE *files[STREAMS];
	int count = runs_slowly() ? 30 : STREAMS;

	for (int i = 0; i < count; i++)
		files[i] = open_command(text_of("read -r x; exit %d", i % 100),
					i % 2 ? "w" : "we");
	for (int i = 0; i < count; i++)
		assert_true(fputs("go\n", files[i]) >= 0);
	/* Every seventh, round and round: 7 and the count share no factor. */
	for (int i = 0; i < count; i++) {
		int at = i * 7 % count;

		assert_int_equal(pclose(files[at]), (at % 100) << 8);
	}
	assert_false(has_child());
}

static void *open_and_close_many(void *data)
{
	int number = *(int *)data, count = runs_slowly() ? 3 : 12;

	for (int i = 0; i < count; i++) {
		FILE *file =
			open_command(text_of("echo %d; exit %d", number, i),
				     i % 2 ? "r" : "re");

		assert_int_equal(atoi(line_of(file)), number);
		assert_int_equal(pclose(file), i << 8);
	}
	return NULL;
}

static void many_threads_open_and_close_at_once(void)
{
	pthread_t threads[THREADS];
	int numbers[THREADS];

	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		threads[i] = start_thread(open_and_close_many, &numbers[i]);
	}
	for (int i = 0; i < THREADS; i++)
		join_thread(threads[i]);
	assert_false(has_child());
}

static void *write_to_many(void *data)
{
	int count = runs_slowly() ? 3 : 12;

	(void)data;
	for (int i = 0; i < count; i++) {
		FILE *file = open_command("read -r x; read -r y; exit 5", "w");

		assert_true(fputs("x\n", file) >= 0);
		/* Hangs if another thread's child has this pipe. */
		assert_int_equal(pclose(file), 5 << 8);
	}
	return NULL;
}

static void no_thread_inherits_the_pipe_of_another(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		threads[i] = start_thread(write_to_many, NULL);
	for (int i = 0; i < THREADS; i++)
		join_thread(threads[i]);
	assert_false(has_child());
}

/* ---- Streams that are none --------------------------------------------- */

static void a_stream_of_no_command_is_left_alone(void)
{
	FILE *file = fopen("/dev/null", "re");

	assert_non_null(file);
	if (differs("pclose() of a stream that popen() did not open is ECHILD "
		    "and leaves it open")) {
		fclose(file);
		return;
	}
	errno = 0;
	assert_int_equal(pclose_any(file), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(fgetc(file), EOF);
	assert_int_equal(ferror(file), 0);
	assert_int_equal(fclose(file), 0);
}

/* The command is content, and has gone; what was written is not with it. */
static void a_last_write_that_fails_is_told(void)
{
	FILE *file = open_command("exit 0", "w");
	siginfo_t info;

	signal(SIGPIPE, SIG_IGN);
	assert_true(fputs("nobody reads this", file) >= 0);
	assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
	errno = 0;
	assert_int_equal(pclose(file), -1);
	assert_int_equal(errno, EPIPE);
	signal(SIGPIPE, SIG_DFL);
	assert_false(has_child());
}

static void fclose_of_a_stream_confuses_no_later_one(void)
{
	for (int i = 0; i < 20; i++) {
		FILE *file = open_command("exit 3", "r");

		fclose_any(file);
		/* Likely at the same address. */
		file = open_command("exit 4", "r");
		assert_int_equal(pclose(file), 4 << 8);
	}
	/* POSIX gives the child of a stream closed otherwise to nobody. */
	while (wait(NULL) > 0)
		;
}

static void fclose_of_a_stream_waits_for_the_command(void)
{
	FILE *file = open_command("exit 3", "r");
	int status = fclose_any(file);

	if (is_libc())
		assert_int_equal(status, 3 << 8);
	else
		while (wait(NULL) > 0)
			;
	differs("fclose() of a stream of popen() closes it and does not wait "
		"for the command");
}

/* ---- The descriptor ---------------------------------------------------- */

static void the_descriptor_is_the_lowest_and_is_closed(void)
{
	FILE *file = open_command("exit 0", "r");
	int fd = fileno(file);

	assert_int_equal(fd, 3);
	assert_int_equal(pclose(file), 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void check_without_standard_streams(unsigned closed)
{
	int saved[2];
	FILE *file;
	char line[16] = "";

	for (int fd = 0; fd < 2; fd++) {
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
		if (closed >> fd & 1)
			close(fd);
	}
	file = popen("echo here", "r");
	if (file && fgets(line, sizeof line, file) && pclose(file) == 0)
		file = popen(text_of("read -r x; test \"$x\" = there"), "w");
	if (file && fputs("there\n", file) >= 0 && pclose(file) == 0)
		file = NULL;
	for (int fd = 0; fd < 2; fd++) {
		assert_int_equal(fcntl(fd, F_GETFD) >= 0, !(closed >> fd & 1));
		dup2(saved[fd], fd);
		close(saved[fd]);
	}
	assert_string_equal(line, "here\n");
	assert_null(file);
}

static void without_standard_streams_it_works(void)
{
	for (unsigned closed = 0; closed < 4; closed++)
		check_without_standard_streams(closed);
}

/* ---- Shortage ---------------------------------------------------------- */

static void without_descriptors_it_is_emfile(void)
{
	for (int left = 0; left < 2; left++) {
		leave_descriptors(left);
		errno = 0;
		assert_null(popen("exit 0", "r"));
		assert_int_equal(errno, EMFILE);
		assert_false(has_child());
		assert_int_equal(count_fds(), 64 - left);
		close_descriptors();
	}
}

static void without_a_process_it_is_eagain(void)
{
	int fds = count_fds();

	need_root();
	allow_no_process();
	errno = 0;
	assert_null(popen("exit 0", "r"));
	if (!differs("popen() that fails to start the shell gives the reason, "
		     "not ENOMEM"))
		assert_int_equal(errno, EAGAIN);
	assert_int_equal(count_fds(), fds);
}

static void without_a_shell_it_is_an_error(void)
{
	int fds = count_fds();

	need_root();
	assert_int_equal(chroot(in_folder(".")), 0);
	errno = 0;
	assert_null(popen("exit 0", "r"));
	if (!differs("popen() that fails to start the shell gives the reason, "
		     "not ENOMEM"))
		assert_int_equal(errno, ENOENT);
	assert_int_equal(count_fds(), fds);
	assert_false(has_child());
	/* Its working directory has no name from here. */
	_exit(0);
}

/* ---- Cancellation and fork --------------------------------------------- */

static void *close_while_cancelled(void *file)
{
	assert_int_equal(pthread_cancel(pthread_self()), 0);
	pclose(file);
	pthread_testcancel();
	return NULL;
}

static void a_cancelled_pclose_leaves_the_others_usable(void)
{
	FILE *first, *second;
	pthread_t thread;

	skip_sanitized("the sanitizer misses that a thread was cancelled");
	first = open_command("exit 3", "r");
	second = open_command("exit 4", "r");
	thread = start_thread(close_while_cancelled, first);
	assert_true(join_thread(thread) == PTHREAD_CANCELED);
	assert_int_equal(pclose(second), 4 << 8);
	assert_int_equal(pclose(open_command("exit 5", "r")), 5 << 8);
	while (wait(NULL) > 0)
		;
}

static int open_and_close(void)
{
	FILE *file = popen("exit 3", "r");

	return file && pclose(file) == 3 << 8 ? 0 : 1;
}

static void a_forked_child_has_streams_of_its_own(void)
{
	FILE *file = open_command("read -r x; exit 4", "w");

	assert_int_equal(run_forked(open_and_close), 0);
	assert_int_equal(pclose(file), 4 << 8);
}

static volatile int busy;

static void *open_until_told(void *data)
{
	(void)data;
	while (busy)
		assert_int_equal(pclose(open_command("exit 5", "r")), 5 << 8);
	return NULL;
}

/* popen() needs memory, and the C library's malloc() is no longer there. */
static void skip_with_a_locked_malloc(void)
{
	skip_sanitized("the sanitizer's malloc() may be locked after fork()");
}

static void fork_amid_popen(int (*forked)(int (*)(void)))
{
	pthread_t thread;

	busy = 1;
	thread = start_thread(open_until_told, NULL);
	for (int i = 0; i < (runs_slowly() ? 5 : 40); i++)
		assert_int_equal(forked(open_and_close), 0);
	busy = 0;
	join_thread(thread);
}

static void fork_amid_popen_leaves_no_lock_behind(void)
{
	if (differs("a child of fork() can use popen() whatever other threads "
		    "did meanwhile; in glibc 2.36 it may hang"))
		return;
	skip_in_valgrind("in a copy, what other threads were at is a leak");
	skip_with_a_locked_malloc();
	fork_amid_popen(run_forked);
}

static void fork_first_amid_popen(void)
{
	fork_amid_popen(run_forked_alike);
}

static void nor_does_it_in_a_child_of_the_same_pid(void)
{
	if (is_libc())
		return;
	skip_with_a_locked_malloc();
	run_as_first(fork_first_amid_popen);
}

static const struct CMUnitTest tests[] = {
	CASE(the_output_of_a_command_is_read),
	CASE(the_input_of_a_command_is_written),
	CASE(the_other_standard_streams_are_the_callers),
	CASE(much_is_read_and_written),
	CASE(a_stream_is_one_of_bytes),
	CASE(a_stream_is_buffered_and_unbuffered_as_any),
	CASE(the_status_is_the_shells),
	CASE(a_reader_that_is_closed_early_gets_sigpipe),
	CASE(a_command_may_begin_with_a_dash),
	CASE(what_was_waited_for_elsewhere_is_echild),
	CASE(ignored_sigchld_loses_the_status),
	CASE(signals_do_not_end_the_waiting),
	CASE(errno_is_kept),
	CASE(a_last_write_that_fails_is_told),
	CASE(other_children_are_left_alone),
	CASE(the_command_has_the_callers_signals),
	CASE(only_e_makes_it_close_on_exec),
	CASE(a_mode_without_a_meaning_is_einval),
	CASE(earlier_streams_are_not_inherited),
	CASE(other_descriptors_are_inherited),
	CASE(two_hundred_streams_are_closed_in_another_order),
	CASE(many_threads_open_and_close_at_once),
	CASE(no_thread_inherits_the_pipe_of_another),
	CASE(a_stream_of_no_command_is_left_alone),
	CASE(fclose_of_a_stream_confuses_no_later_one),
	CASE(fclose_of_a_stream_waits_for_the_command),
	CASE(the_descriptor_is_the_lowest_and_is_closed),
	CASE(without_standard_streams_it_works),
	CASE(without_descriptors_it_is_emfile),
	CASE(without_a_process_it_is_eagain),
	CASE(without_a_shell_it_is_an_error),
	CASE(a_cancelled_pclose_leaves_the_others_usable),
	CASE(a_forked_child_has_streams_of_its_own),
	CASE(fork_amid_popen_leaves_no_lock_behind),
	CASE(nor_does_it_in_a_child_of_the_same_pid),
};

CASE_MAIN(tests)
