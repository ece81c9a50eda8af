/* SPDX-License-Identifier: MIT */
/* Starting workers and talking to them, for tests; see employ.h. */
#define _GNU_SOURCE
#include "employ.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "patience.h"

/*
 * Where /proc/self/exe is that of an emulator or of valgrind, the file is
 * named, behind the emulator if the variable has one.
 */
static void name_own_file(struct libspawn_worker_how *how)
{
	static char own[1024];
	static char *argv[3];
	char *by = getenv("EMPLOY_BY");
	ssize_t length;

	if (!by)
		return;
	length = readlink("/proc/self/exe", own, sizeof own - 1);
	assert_true(length > 0);
	own[length] = '\0';
	argv[0] = *by ? by : own;
	argv[1] = *by ? own : NULL;
	how->program = argv[0];
	how->argv = argv;
}

struct libspawn_worker_how plain_how(const struct libspawn_options *options)
{
	static struct libspawn_options plain;
	struct libspawn_worker_how how = { .size = sizeof how };

	plain = plain_options();
	how.options = options ? options : &plain;
	name_own_file(&how);
	return how;
}

struct libspawn_worker *employ(const char *function,
			       const struct libspawn_worker_how *how)
{
	struct libspawn_worker_how plain = plain_how(NULL);
	struct libspawn_worker *worker;
	struct libspawn_error error;
	char text[256];

	if (!how)
		how = &plain;
	if (libspawn_worker_start(&worker, function, how, &error)) {
		libspawn_worker_explain(text, sizeof text, &error, function,
					how);
		print_error("%s\n", text);
		fail();
	}
	return worker;
}

int processes_have_threads(void)
{
	return is_sanitized() || getenv("LIBSPAWN_EMULATED");
}

int try_fork(struct libspawn_worker **worker, struct libspawn_worker *from,
	     const char *function, const struct libspawn_worker_how *how)
{
	struct patience patience = { 0 };
	char text[256];
	int code;

	do
		code = libspawn_template_fork(worker, from, function, how,
					      PATIENCE_MS, NULL);
	while (code == EDEADLK && !processes_have_threads() &&
	       patience_naps(&patience));
	if (code == EDEADLK && !processes_have_threads()) {
		libspawn_worker_describe(text, sizeof text, from);
		print_error("%s\n", text);
		fail();
	}
	return code;
}

struct libspawn_worker *fork_one(struct libspawn_worker *from,
				 const char *function,
				 const struct libspawn_worker_how *how)
{
	struct libspawn_worker *worker;
	int code = try_fork(&worker, from, function, how);

	if (code == EDEADLK) {
		libspawn_worker_close(from, PATIENCE_MS, NULL);
		skip_with_reason("every process here has a second thread");
	}
	assert_int_equal(code, 0);
	return worker;
}

struct libspawn_message text_message(const char *text)
{
	return (struct libspawn_message){ .bytes = text, .size = strlen(text) };
}

int send_text(struct libspawn_worker *worker, const char *text)
{
	const struct libspawn_message message = text_message(text);

	return libspawn_worker_send(worker, &message, PATIENCE_MS);
}

int report(struct libspawn_worker *self, const char *format, ...)
{
	char text[512];
	va_list words;

	va_start(words, format);
	vsnprintf(text, sizeof text, format, words);
	va_end(words);
	return send_text(self, text);
}

const char *receive_text(struct libspawn_worker *worker)
{
	static char text[512];
	struct libspawn_message message;
	int code = libspawn_worker_receive(worker, &message, PATIENCE_MS);

	if (code != 0) {
		libspawn_worker_describe(text, sizeof text, worker);
		print_error("%s: %s\n", strerror(code), text);
		fail();
	}
	assert_true(message.size < sizeof text);
	memcpy(text, message.bytes, message.size);
	text[message.size] = '\0';
	return text;
}

void expect_text(struct libspawn_worker *worker, const char *text)
{
	assert_string_equal(receive_text(worker), text);
}

void dismiss(struct libspawn_worker *worker, uint32_t end, int32_t code)
{
	struct libspawn_status status;

	assert_int_equal(libspawn_worker_close(worker, PATIENCE_MS, &status),
			 0);
	assert_int_equal(status.end, end);
	assert_int_equal(status.code, code);
}
