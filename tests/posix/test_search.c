/* SPDX-License-Identifier: MIT */
/* Which program is started: the PATH of the caller, and every refusal. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "case.h"

#define BYTES_MAX (1 << 18)

extern char **environ;

static void set_path(const char *path)
{
	assert_int_equal(setenv("PATH", path, 1), 0);
}

/* Go to the case's folder; returns where it was. */
static char *go_to_folder(void)
{
	char *here = keep(getcwd(NULL, 0));

	assert_int_equal(chdir(in_folder(".")), 0);
	return here;
}

/* Which of its copies does posix_spawnp() start? */
static char *found(const char *name)
{
	char *argv[] = { text_of("probe"), text_of("@%d", REPORT_FD),
			 text_of("print"), text_of("args"), NULL };
	char bytes[4096] = "", *line, *end;
	pid_t pid = -1;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(dup2(ends[1], REPORT_FD), REPORT_FD);
	assert_int_equal(posix_spawnp(&pid, name, NULL, NULL, argv, environ),
			 0);
	close(REPORT_FD);
	close(ends[1]);
	assert_int_equal(reap(pid), 0);
	assert_true(read(ends[0], bytes, sizeof bytes - 1) > 0);
	close(ends[0]);
	line = strstr(bytes, "\nexe=");
	assert_non_null(line);
	end = strchr(line + 1, '\n');
	*end = '\0';
	return text_of("%s", line + 5);
}

/* ---- Where ------------------------------------------------------------- */

static void the_path_of_the_caller_is_searched(void)
{
	char *environment[] = { text_of("PATH=%s", in_folder("b")), NULL };
	pid_t pid = -1;

	make_folder("a");
	make_folder("b");
	copy_probe("a/only-a", 0755);
	copy_probe("b/only-b", 0755);
	set_path(in_folder("a"));
	assert_int_equal(posix_spawnp(&pid, "only-a", NULL, NULL,
				      probe_argv("exit 0"), environment),
			 0);
	assert_int_equal(reap(pid), 0);
	/* Not the child's. */
	assert_int_equal(posix_spawnp(&pid, "only-b", NULL, NULL,
				      probe_argv("exit 0"), environment),
			 ENOENT);
}

static void the_first_match_is_taken(void)
{
	char *first;

	make_folder("a");
	make_folder("b");
	make_folder("c");
	first = copy_probe("b/prog", 0755);
	copy_probe("c/prog", 0755);
	set_path(text_of("%s:%s:%s", in_folder("a"), in_folder("b"),
			 in_folder("c")));
	assert_string_equal(found("prog"), first);
}

static void an_empty_element_is_the_current_directory(void)
{
	static const char *const paths[] = {
		":/absent", "/absent:", "/absent::/absent",
		":",	    "::",	"/absent:.:"
	};
	char *here = go_to_folder();
	char *path = copy_probe("prog", 0755);

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		set_path(paths[i]);
		assert_string_equal(found("prog"), path);
	}
	assert_int_equal(chdir(here), 0);
}

static void an_empty_path_is_the_current_directory(void)
{
	char *here = go_to_folder();
	char *path = copy_probe("prog", 0755);

	set_path("");
	assert_string_equal(found("prog"), path);
	assert_int_equal(chdir(here), 0);
}

static void without_a_path_the_system_is_searched(void)
{
	char *here = go_to_folder();
	pid_t pid = -1;
	char *argv[] = { text_of("sh"), text_of("-c"), text_of("exit 5"),
			 NULL };

	copy_probe("prog", 0755);
	unsetenv("PATH");
	assert_int_equal(posix_spawnp(&pid, "sh", NULL, NULL, argv, environ),
			 0);
	assert_int_equal(reap(pid), 5 << 8);
	/* But not where we are. */
	expect_program_code(ENOENT, "prog", 1);
	assert_int_equal(chdir(here), 0);
}

static void a_name_with_a_slash_is_not_searched(void)
{
	char *here = go_to_folder();

	make_folder("a");
	make_folder("b");
	make_folder("b/a");
	copy_probe("b/a/prog", 0755);
	set_path(in_folder("b"));
	expect_program_code(ENOENT, "a/prog", 1);
	copy_probe("a/prog", 0755);
	start_program("a/prog", 1);
	start_program("./a/prog", 1);
	assert_int_equal(chdir(here), 0);
}

static void posix_spawn_does_not_search(void)
{
	copy_probe("prog", 0755);
	set_path(in_folder("."));
	expect_program_code(ENOENT, "prog", 0);
	start_program("prog", 1);
}

static void the_path_may_be_long(void)
{
	char *path = calloc(1, BYTES_MAX), *at = path;

	copy_probe("prog", 0755);
	for (int i = 0; i < 500; i++)
		at += sprintf(at, "/absent/number/%d:", i);
	strcpy(at, in_folder("."));
	set_path(path);
	start_program("prog", 1);
	free(path);
}

/* ---- Refusals ---------------------------------------------------------- */

static void what_is_nowhere_is_enoent(void)
{
	make_folder("a");
	set_path(text_of("%s:/absent", in_folder("a")));
	expect_program_code(ENOENT, "prog", 1);
	expect_program_code(ENOENT, in_folder("prog"), 0);
	expect_program_code(ENOENT, in_folder("prog"), 1);
}

static void an_empty_name_is_enoent(void)
{
	expect_program_code(ENOENT, "", 0);
	expect_program_code(ENOENT, "", 1);
}

static void what_may_not_be_executed_is_eacces(void)
{
	char *path = copy_probe("prog", 0644);

	expect_program_code(EACCES, path, 0);
	expect_program_code(EACCES, path, 1);
	expect_program_code(EACCES, in_folder("."), 0);
}

static void eacces_is_remembered_while_the_search_goes_on(void)
{
	char *second;

	make_folder("a");
	make_folder("b");
	make_file("a/prog", "", 0644);
	set_path(text_of("%s:%s", in_folder("a"), in_folder("b")));
	expect_program_code(EACCES, "prog", 1);
	set_path(text_of("/absent:%s:%s", in_folder("a"), in_folder("b")));
	expect_program_code(EACCES, "prog", 1);
	second = copy_probe("b/prog", 0755);
	assert_string_equal(found("prog"), second);
}

static void a_directory_that_may_not_be_entered_is_eacces(void)
{
	char *path;

	need_root();
	make_folder("a");
	make_folder("b");
	path = copy_probe("b/prog", 0755);
	copy_probe("a/prog", 0755);
	assert_int_equal(chmod(in_folder("a"), 0700), 0);
	become_nobody();
	set_path(in_folder("a"));
	expect_program_code(EACCES, "prog", 1);
	set_path(text_of("%s:%s", in_folder("a"), in_folder("b")));
	assert_string_equal(found("prog"), path);
}

static void an_element_that_is_a_file_is_passed_over(void)
{
	make_file("file", "", 0755);
	make_folder("b");
	set_path(in_folder("file"));
	expect_program_code(ENOTDIR, text_of("%s/x", in_folder("file")), 0);
	set_path(text_of("%s:%s", in_folder("file"), in_folder("b")));
	copy_probe("b/prog", 0755);
	start_program("prog", 1);
}

static void a_loop_of_links_is_eloop(void)
{
	char *loop = in_folder("loop");

	assert_int_equal(symlink(loop, loop), 0);
	expect_program_code(ELOOP, loop, 0);
	expect_program_code(ELOOP, loop, 1);
	expect_program_code(ELOOP, text_of("%s/prog", loop), 0);
}

static void an_over_long_name_is_enametoolong(void)
{
	static char name[5000];

	memset(name, 'a', sizeof name - 1);
	expect_program_code(ENAMETOOLONG, name, 1);
	expect_program_code(ENAMETOOLONG, name, 0);
	name[0] = '/';
	expect_program_code(ENAMETOOLONG, name, 0);
	name[0] = 'a';
	name[NAME_MAX + 1] = '\0';
	expect_program_code(ENAMETOOLONG, name, 1);
	expect_program_code(ENAMETOOLONG, name, 0);
}

/* The name is looked at before any directory is. */
static void nor_does_a_closed_directory_hide_that(void)
{
	static char name[NAME_MAX + 2];

	need_root();
	memset(name, 'a', sizeof name - 1);
	make_folder("closed");
	assert_int_equal(chmod(in_folder("closed"), 0700), 0);
	set_path(text_of("%s:%s", in_folder("closed"), in_folder(".")));
	become_nobody();
	expect_program_code(ENAMETOOLONG, name, 1);
	name[NAME_MAX] = '\0';
	expect_program_code(EACCES, name, 1);
}

/* Start "prog" and return the code; it exits with 0 if there is one. */
static int code_of_search(void)
{
	pid_t pid = -1;
	int code = posix_spawnp(&pid, "prog", NULL, NULL, probe_argv("exit 0"),
				environ);

	if (code == 0)
		assert_int_equal(reap(pid), 0);
	assert_false(has_child());
	return code;
}

static void an_over_long_element_is_no_echild(void)
{
	char *path = calloc(1, 10000);
	int alone, before;

	assert_non_null(path);
	copy_probe("prog", 0755);
	memset(path, 'a', 6000);
	path[0] = '/';
	set_path(path);
	alone = code_of_search();
	strcat(path, ":");
	strcat(path, in_folder("."));
	set_path(path);
	before = code_of_search();
	free(path);
	assert_true(before == 0 || before == ENAMETOOLONG);
	if (!differs("an over-long element of PATH is passed over or is "
		     "ENAMETOOLONG, not ECHILD"))
		assert_true(alone == ENOENT || alone == ENAMETOOLONG);
}

static void too_many_bytes_are_e2big(void)
{
	char *bytes = malloc(BYTES_MAX);
	char *argv[] = { text_of("probe"), text_of("exit"), text_of("0"), bytes,
			 NULL };
	char *environment[] = { bytes, NULL };
	pid_t pid = -1;

	skip_in_valgrind(LOSES_EXEC);
	assert_non_null(bytes);
	memset(bytes, 'x', BYTES_MAX);
	bytes[BYTES_MAX - 1] = '\0';
	assert_int_equal(
		posix_spawn(&pid, case_probe, NULL, NULL, argv, environ),
		E2BIG);
	assert_int_equal(
		posix_spawnp(&pid, case_probe, NULL, NULL, argv, environ),
		E2BIG);
	argv[3] = NULL;
	assert_int_equal(
		posix_spawn(&pid, case_probe, NULL, NULL, argv, environment),
		E2BIG);
	assert_int_equal(pid, -1);
	assert_false(has_child());
	free(bytes);
}

static void a_text_without_an_interpreter_is_enoexec(void)
{
	char *path = make_file("text", "exit 0\n", 0755);
	char *empty = make_file("empty", "", 0755);

	/* There is no shell for it, unlike execvp(). */
	expect_program_code(ENOEXEC, path, 0);
	expect_program_code(ENOEXEC, path, 1);
	expect_program_code(ENOEXEC, empty, 0);
	set_path(in_folder("."));
	expect_program_code(ENOEXEC, "text", 1);
}

static void a_script_runs_by_its_interpreter(void)
{
	char *probe = copy_probe("interpreter", 0755);
	char *path = make_file("script", text_of("#!%s exit\n", probe), 0755);
	char *argv[] = { text_of("script"), NULL };
	pid_t pid = -1;

	skip_in_valgrind(LOSES_EXEC);
	/* It gets "exit" and the path of the script, which is no number. */
	assert_int_equal(posix_spawn(&pid, path, NULL, NULL, argv, environ), 0);
	assert_int_equal(reap(pid), 0);
	make_file("orphan", "#!/absent/interpreter\n", 0755);
	expect_program_code(ENOENT, in_folder("orphan"), 0);
}

static void a_program_open_for_writing_is_etxtbsy(void)
{
	char *path = copy_probe("prog", 0755);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	skip_in_valgrind(LOSES_EXEC);
	expect_program_code(ETXTBSY, path, 0);
	close(fd);
	start_program(path, 0);
}

static const struct CMUnitTest tests[] = {
	CASE(the_path_of_the_caller_is_searched),
	CASE(the_first_match_is_taken),
	CASE(an_empty_element_is_the_current_directory),
	CASE(an_empty_path_is_the_current_directory),
	CASE(without_a_path_the_system_is_searched),
	CASE(a_name_with_a_slash_is_not_searched),
	CASE(posix_spawn_does_not_search),
	CASE(the_path_may_be_long),
	CASE(what_is_nowhere_is_enoent),
	CASE(an_empty_name_is_enoent),
	CASE(what_may_not_be_executed_is_eacces),
	CASE(eacces_is_remembered_while_the_search_goes_on),
	CASE(a_directory_that_may_not_be_entered_is_eacces),
	CASE(an_element_that_is_a_file_is_passed_over),
	CASE(a_loop_of_links_is_eloop),
	CASE(an_over_long_name_is_enametoolong),
	CASE(nor_does_a_closed_directory_hide_that),
	CASE(an_over_long_element_is_no_echild),
	CASE(too_many_bytes_are_e2big),
	CASE(a_text_without_an_interpreter_is_enoexec),
	CASE(a_script_runs_by_its_interpreter),
	CASE(a_program_open_for_writing_is_etxtbsy),
};

CASE_MAIN(tests)
