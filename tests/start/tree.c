/* SPDX-License-Identifier: MIT */
/* The directories of tree.h. */
#define _GNU_SOURCE
#include "tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux_calls.h"

enum { DIRECTORIES = 6 };

char base[64];
static char paths[DIRECTORIES][TREE_LENGTH];
const char *const good = paths[0], *const other = paths[1],
		  *const empty = paths[2], *const locked = paths[3],
		  *const headless = paths[4], *const looping = paths[5];
char plain[TREE_LENGTH];

char *argv_print[] = { tree_word("tool"), tree_word("print"), tree_word("args"),
		       NULL };

void write_file(const char *path, mode_t mode, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

const char *tool_in(const char *directory)
{
	static char path[2 * TREE_LENGTH];

	snprintf(path, sizeof path, "%.300s/tool", directory);
	return path;
}

int make_tree(void **state)
{
	static const char *const names[DIRECTORIES] = {
		"good", "other", "empty", "locked", "headless", "looping",
	};

	strcpy(base, "/tmp/libspawn-program-XXXXXX");
	assert_non_null(mkdtemp(base));
	for (int i = 0; i < DIRECTORIES; i++) {
		snprintf(paths[i], TREE_LENGTH, "%s/%s", base, names[i]);
		assert_int_equal(mkdir(paths[i], 0755), 0);
	}
	snprintf(plain, sizeof plain, "%s/plain", base);
	write_file(plain, 0644, "not a directory");
	assert_int_equal(symlink(support_probe, tool_in(good)), 0);
	assert_int_equal(symlink(support_probe, tool_in(other)), 0);
	assert_int_equal(symlink("tool", tool_in(looping)), 0);
	write_file(tool_in(locked), 0644, "not a program");
	write_file(tool_in(headless), 0755, "no header");
	return support_setup(state);
}

int remove_tree(void **state)
{
	char path[2 * TREE_LENGTH];

	for (int i = 0; i < DIRECTORIES; i++) {
		unlink(tool_in(paths[i]));
		rmdir(paths[i]);
	}
	snprintf(path, sizeof path, "%.300s/script", base);
	unlink(path);
	unlink(plain);
	rmdir(base);
	return support_teardown(state);
}

/* A list of up to four directories with ':' between. */
const char *joined(const char *a, const char *b, const char *c, const char *d)
{
	static char text[5 * TREE_LENGTH];
	const char *parts[] = { a, b, c, d };

	text[0] = '\0';
	for (int i = 0; i < 4 && parts[i]; i++) {
		strcat(text, i ? ":" : "");
		strcat(text, parts[i]);
	}
	return text;
}

/* By which name it was started, where the system tells. */
void assert_executed(const struct seen *seen, const char *path)
{
	if (ON_LINUX)
		assert_seen(seen, "execfn", path);
}

void assert_ran(const struct seen *seen, const char *dir)
{
	char path[2 * TREE_LENGTH];

	snprintf(path, sizeof path, "%s%stool", dir, *dir ? "/" : "");
	assert_int_equal(seen->status, 0);
	assert_executed(seen, path);
	assert_seen(seen, "argv.0", "tool");
}

struct libspawn_options searching(const char *list)
{
	return (struct libspawn_options){
		OPTIONS,
		.search = LIBSPAWN_SEARCH_LIST,
		.search_list = list,
	};
}

void expect_exec_failure(const struct libspawn_options *options,
			 const char *program, int code, int index)
{
	struct libspawn_error error;

	error = expect_failure(options, program, argv_print, code,
			       LIBSPAWN_STEP_EXEC, index);
	assert_int_equal(error.backend, support_backend);
}
