/* SPDX-License-Identifier: MIT */
/*
 * The channel between a caller and its worker: messages both ways, with
 * descriptors, and of any size; deadlines; what is told of one that has ended;
 * and what is refused of one that does not keep to it, in bounded memory.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "employ.h"

/* Beyond what is in a packet; a large one. */
enum { MANY = 100000, MOST = 8 << 20 };

/* ---- What runs in workers ---------------------------------------------- */

static int echo(struct libspawn_worker *self)
{
	struct libspawn_message message;
	int code;

	while ((code = libspawn_worker_receive(self, &message,
					       LIBSPAWN_FOREVER)) == 0) {
		code = libspawn_worker_send(self, &message, LIBSPAWN_FOREVER);
		for (uint32_t n = 0; n < message.fd_count; n++)
			close(message.fds[n]);
		if (code != 0)
			return code;
	}
	return code == EPIPE ? 0 : code;
}

static int wait_for_end(struct libspawn_worker *self)
{
	struct libspawn_message message;

	return libspawn_worker_receive(self, &message, LIBSPAWN_FOREVER);
}

static int send_and_die(struct libspawn_worker *self)
{
	report(self, "last words");
	raise(SIGKILL);
	return 1;
}

/* With a message that it has, and does not read. */
static int leave_unread(struct libspawn_worker *self)
{
	struct pollfd polled = { .fd = libspawn_worker_fd(self),
				 .events = POLLIN };

	poll(&polled, 1, PATIENCE_MS);
	return send_and_die(self);
}

/* Somebody else holds its end of the channel. */
static int fork_and_die(struct libspawn_worker *self)
{
	pid_t pid = fork();

	if (pid == 0) {
		alarm(60);
		pause();
	}
	report(self, "%d", (int)pid);
	raise(SIGKILL);
	return 1;
}

/* What is in its file number `fd` of the channel, by a call of its own. */
static int own_end(struct libspawn_worker *self)
{
	return libspawn_worker_fd(self);
}

static int send_rubbish(struct libspawn_worker *self)
{
	unsigned char bytes[200];

	memset(bytes, 0x5a, sizeof bytes);
	if (send(own_end(self), bytes, sizeof bytes, 0) < 0)
		return 1;
	return wait_for_end(self);
}

/* That descriptors come with the next one, of which none has any. */
static int announce_for_ever(struct libspawn_worker *self)
{
	const uint32_t head[12] = { 0x6c73777b, 10 };

	while (send(own_end(self), head, sizeof head, MSG_NOSIGNAL) > 0)
		continue;
	return 0;
}

static int send_too_much(struct libspawn_worker *self)
{
	static char many[MANY];
	struct libspawn_message message = { .size = MANY };

	message.bytes = many;
	return libspawn_worker_send(self, &message, PATIENCE_MS);
}

/* And a little after it. */
static int send_much_and_little(struct libspawn_worker *self)
{
	int code = send_too_much(self);

	return code ? code : report(self, "a little");
}

static int send_unasked_descriptors(struct libspawn_worker *self)
{
	const int32_t fds[2] = { 0, 1 };
	struct libspawn_message message = { .fds = fds, .fd_count = 2 };

	return libspawn_worker_send(self, &message, PATIENCE_MS);
}

/* It sends as fast as it can, and counts what went. */
static int flood(struct libspawn_worker *self)
{
	char bytes[1000] = "";
	struct libspawn_message message = { .bytes = bytes,
					    .size = sizeof bytes };
	int code;

	do
		code = libspawn_worker_send(self, &message, LIBSPAWN_FOREVER);
	while (code == 0);
	return code == EPIPE ? 0 : 1;
}

static int say_descriptor(struct libspawn_worker *self)
{
	struct libspawn_message message;
	char text[32] = "";

	if (libspawn_worker_receive(self, &message, PATIENCE_MS) != 0)
		return 1;
	for (uint32_t n = 0; n < message.fd_count; n++) {
		if (read(message.fds[n], text + strlen(text), 8) < 0)
			return 2;
		if (!(fcntl(message.fds[n], F_GETFD) & FD_CLOEXEC))
			return 3;
	}
	return report(self, "%u: %s", (unsigned)message.fd_count, text);
}

static const struct libspawn_function functions[] = {
	{ .name = "echo", .run = echo },
	{ .name = "wait", .run = wait_for_end },
	{ .name = "send and die", .run = send_and_die },
	{ .name = "leave unread", .run = leave_unread },
	{ .name = "fork and die", .run = fork_and_die },
	{ .name = "rubbish", .run = send_rubbish },
	{ .name = "announce", .run = announce_for_ever },
	{ .name = "too much", .run = send_too_much },
	{ .name = "much and little", .run = send_much_and_little },
	{ .name = "unasked", .run = send_unasked_descriptors },
	{ .name = "flood", .run = flood },
	{ .name = "say descriptor", .run = say_descriptor },
};

/* ---- Messages ---------------------------------------------------------- */

static void expect_echo(struct libspawn_worker *worker,
			const unsigned char *bytes, size_t size)
{
	struct libspawn_message message = { .bytes = bytes,
					    .size = size,
					    .tag = size * 3 };

	assert_int_equal(libspawn_worker_send(worker, &message, PATIENCE_MS),
			 0);
	assert_int_equal(libspawn_worker_receive(worker, &message, PATIENCE_MS),
			 0);
	assert_int_equal(message.size, size);
	assert_int_equal(message.tag, size * 3);
	assert_int_equal(message.fd_count, 0);
	assert_int_equal(memcmp(message.bytes, bytes, size), 0);
}

static void messages_of_any_size_come_back(void **state)
{
	static const size_t sizes[] = { 0,     1,     63,   32767, 32768,
					32769, 65536, MANY, MOST };
	struct libspawn_worker_how how = plain_how(NULL);
	unsigned char *bytes = malloc(MOST);
	struct libspawn_worker *worker;

	(void)state;
	assert_non_null(bytes);
	for (size_t n = 0; n < MOST; n++)
		bytes[n] = (unsigned char)(n * 31 + n / 256);
	how.message_max = MOST;
	worker = employ("echo", &how);
	for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++)
		expect_echo(worker, bytes, sizes[n]);
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
	free(bytes);
}

static void messages_keep_their_bounds(void **state)
{
	struct libspawn_worker *worker = employ("echo", NULL);

	(void)state;
	for (int n = 0; n < 20; n++) {
		assert_int_equal(send_text(worker, "one"), 0);
		assert_int_equal(send_text(worker, ""), 0);
		assert_int_equal(send_text(worker, "three"), 0);
	}
	for (int n = 0; n < 20; n++) {
		expect_text(worker, "one");
		expect_text(worker, "");
		expect_text(worker, "three");
	}
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

static void descriptors_go_along(void **state)
{
	struct libspawn_worker *worker = employ("say descriptor", NULL);
	struct libspawn_message message = { .bytes = "x", .size = 1 };
	int32_t fds[2];
	int ends[2][2];

	(void)state;
	for (int n = 0; n < 2; n++) {
		assert_int_equal(pipe(ends[n]), 0);
		assert_int_equal(write(ends[n][1], n ? "two" : "one", 3), 3);
		fds[n] = ends[n][0];
	}
	message.fds = fds;
	message.fd_count = 2;
	assert_int_equal(libspawn_worker_send(worker, &message, PATIENCE_MS),
			 0);
	for (int n = 0; n < 2; n++) {
		close(ends[n][0]);
		close(ends[n][1]);
	}
	expect_text(worker, "2: onetwo");
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

static void descriptors_come_back_with_many_bytes(void **state)
{
	struct libspawn_worker_how how = plain_how(NULL);
	int32_t fds[LIBSPAWN_MESSAGE_FDS_MAX];
	struct libspawn_message message = { .size = MANY, .fds = fds };
	struct libspawn_worker *worker;
	void *bytes = calloc(1, MANY);
	int fd = open("/dev/null", O_RDONLY);
	struct stat status;

	(void)state;
	how.message_fds = LIBSPAWN_MESSAGE_FDS_MAX;
	worker = employ("echo", &how);
	for (uint32_t n = 0; n < LIBSPAWN_MESSAGE_FDS_MAX; n++)
		fds[n] = fd;
	message.bytes = bytes;
	message.fd_count = LIBSPAWN_MESSAGE_FDS_MAX;
	assert_int_equal(libspawn_worker_send(worker, &message, PATIENCE_MS),
			 0);
	assert_int_equal(libspawn_worker_receive(worker, &message, PATIENCE_MS),
			 0);
	assert_int_equal(message.fd_count, LIBSPAWN_MESSAGE_FDS_MAX);
	assert_int_equal(message.size, MANY);
	for (uint32_t n = 0; n < message.fd_count; n++) {
		assert_int_equal(fstat(message.fds[n], &status), 0);
		assert_true(S_ISCHR(status.st_mode));
		close(message.fds[n]);
	}
	message.fds = fds;
	message.fd_count = LIBSPAWN_MESSAGE_FDS_MAX + 1;
	assert_int_equal(libspawn_worker_send(worker, &message, 0), EMSGSIZE);
	close(fd);
	free(bytes);
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

static void a_block_can_be_sent(void **state)
{
	struct libspawn_worker_how how = plain_how(NULL);
	struct libspawn_message message = { .fd_count = 1 };
	struct libspawn_worker *worker;
	const void *bytes;
	uint64_t size;
	int32_t block;

	(void)state;
	how.message_fds = 1;
	worker = employ("echo", &how);
	assert_int_equal(libspawn_block_create(&block, "shared", 6), 0);
	message.fds = &block;
	assert_int_equal(libspawn_worker_send(worker, &message, PATIENCE_MS),
			 0);
	close(block);
	assert_int_equal(libspawn_worker_receive(worker, &message, PATIENCE_MS),
			 0);
	assert_int_equal(message.fd_count, 1);
	assert_int_equal(libspawn_block_map(&bytes, &size, message.fds[0]), 0);
	close(message.fds[0]);
	assert_int_equal(size, 6);
	assert_int_equal(memcmp(bytes, "shared", 6), 0);
	libspawn_block_unmap(bytes, size);
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

/* None is free below the lowest number that nobody has. */
static void use_up_descriptors(void)
{
	int lowest = open("/dev/null", O_RDONLY);
	struct rlimit limit;

	close(lowest);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = (rlim_t)lowest;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void full_body(void)
{
	struct libspawn_worker *worker = employ("much and little", NULL);
	struct libspawn_message message;
	struct rlimit before;

	getrlimit(RLIMIT_NOFILE, &before);
	use_up_descriptors();
	assert_int_equal(libspawn_worker_receive(worker, &message, PATIENCE_MS),
			 EMFILE);
	expect_text(worker, "a little");
	setrlimit(RLIMIT_NOFILE, &before);
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

static void a_large_message_that_finds_no_room_is_lost_alone(void **state)
{
	(void)state;
	if (!support_is_linux())
		skip_with_reason("no descriptor is needed for it");
	if (runs_in_valgrind())
		skip_with_reason("the limit of descriptors is valgrind's own");
	run_apart(full_body);
}

/* ---- Deadlines --------------------------------------------------------- */

static void a_receive_gives_up_at_its_deadline(void **state)
{
	struct libspawn_worker *worker = employ("wait", NULL);
	struct libspawn_message message;

	(void)state;
	assert_int_equal(libspawn_worker_receive(worker, &message, 0),
			 ETIMEDOUT);
	assert_int_equal(libspawn_worker_receive(worker, &message, 20),
			 ETIMEDOUT);
	assert_int_equal(libspawn_worker_wait(worker, 0, NULL), ETIMEDOUT);
	dismiss(worker, LIBSPAWN_END_EXITED, EPIPE);
}

/* And nothing of the message that did not go is there. */
static void a_send_gives_up_while_nobody_receives(void **state)
{
	struct libspawn_worker *worker = employ("echo", NULL);
	char bytes[8000];
	struct libspawn_message message = { .bytes = bytes,
					    .size = sizeof bytes };
	int sent = 0;
	int code;

	(void)state;
	memset(bytes, 'x', sizeof bytes);
	kill(libspawn_worker_process(worker)->pid, SIGSTOP);
	while ((code = libspawn_worker_send(worker, &message, 10)) == 0)
		sent++;
	assert_int_equal(code, support_is_linux() ? ETIMEDOUT : code);
	assert_true(sent > 1 && sent < 1000);
	kill(libspawn_worker_process(worker)->pid, SIGCONT);
	if (code != ETIMEDOUT) {
		libspawn_worker_close(worker, 0, NULL);
		skip_with_reason("a stream was left in a frame");
	}
	for (int n = 0; n < sent; n++) {
		assert_int_equal(
			libspawn_worker_receive(worker, &message, PATIENCE_MS),
			0);
		assert_int_equal(message.size, sizeof bytes);
	}
	assert_int_equal(libspawn_worker_receive(worker, &message, 20),
			 ETIMEDOUT);
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

static void its_descriptor_can_be_polled(void **state)
{
	struct libspawn_worker *worker = employ("echo", NULL);
	struct pollfd polled = { .fd = libspawn_worker_fd(worker),
				 .events = POLLIN };

	(void)state;
	assert_int_equal(poll(&polled, 1, 0), 0);
	assert_int_equal(send_text(worker, "ready"), 0);
	assert_int_equal(poll(&polled, 1, PATIENCE_MS), 1);
	expect_text(worker, "ready");
	assert_int_equal(poll(&polled, 1, 0), 0);
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

/* ---- One that has ended ------------------------------------------------ */

static void expect_killed(struct libspawn_worker *worker)
{
	struct libspawn_status status;
	struct libspawn_message message;
	char text[128];

	assert_int_equal(libspawn_worker_receive(worker, &message, PATIENCE_MS),
			 EPIPE);
	assert_int_equal(libspawn_worker_wait(worker, PATIENCE_MS, &status), 0);
	assert_int_equal(status.end, LIBSPAWN_END_KILLED);
	assert_int_equal(status.code, SIGKILL);
	libspawn_worker_describe(text, sizeof text, worker);
	assert_non_null(strstr(text, "was ended by signal 9"));
	assert_int_equal(send_text(worker, "to nobody"), EPIPE);
	dismiss(worker, LIBSPAWN_END_KILLED, SIGKILL);
}

static void last_words_are_heard_and_then_the_end(void **state)
{
	struct libspawn_worker *worker = employ("send and die", NULL);

	(void)state;
	/* SIGPIPE has its default: one of them would end this program. */
	assert_int_equal(libspawn_worker_wait(worker, PATIENCE_MS, NULL), 0);
	expect_text(worker, "last words");
	expect_killed(worker);
}

static void what_it_has_not_read_does_not_hide_its_words(void **state)
{
	struct libspawn_worker *worker = employ("leave unread", NULL);

	(void)state;
	assert_int_equal(send_text(worker, "not read"), 0);
	assert_int_equal(libspawn_worker_wait(worker, PATIENCE_MS, NULL), 0);
	expect_text(worker, "last words");
	expect_killed(worker);
}

/* Without a descriptor for the process, the channel alone can't tell. */
static void its_end_is_seen_though_another_holds_the_channel(void **state)
{
	struct libspawn_worker *worker = employ("fork and die", NULL);
	int pid = atoi(receive_text(worker));

	(void)state;
	if (libspawn_worker_process(worker)->pidfd < 0) {
		kill(pid, SIGKILL);
		libspawn_worker_close(worker, PATIENCE_MS, NULL);
		skip_with_reason("no pidfd");
	}
	expect_killed(worker);
	kill(pid, SIGKILL);
}

static void one_that_goes_on_is_killed(void **state)
{
	struct libspawn_worker *worker = employ("wait", NULL);
	struct libspawn_status status;

	(void)state;
	kill(libspawn_worker_process(worker)->pid, SIGSTOP);
	assert_int_equal(libspawn_worker_close(worker, 20, &status), 0);
	assert_int_equal(status.end, LIBSPAWN_END_KILLED);
	assert_true(status.flags & LIBSPAWN_STATUS_FORCED);
}

/* ---- One that does not keep to it -------------------------------------- */

static void expect_refused(const char *function, int code)
{
	struct libspawn_worker_how how = plain_how(NULL);
	int before = count_open();
	struct libspawn_message message;
	struct libspawn_worker *worker;
	char text[128];

	how.message_max = 1000;
	worker = employ(function, &how);
	assert_int_equal(libspawn_worker_receive(worker, &message, PATIENCE_MS),
			 code);
	assert_int_equal(libspawn_worker_receive(worker, &message, 0), code);
	libspawn_worker_describe(text, sizeof text, worker);
	assert_non_null(strstr(text, "refused"));
	libspawn_worker_close(worker, 0, NULL);
	assert_int_equal(count_open(), before);
}

static void rubbish_is_refused(void **state)
{
	(void)state;
	expect_refused("rubbish", EPROTO);
}

static void announcements_without_end_are_refused(void **state)
{
	(void)state;
	expect_refused("announce", EPROTO);
}

/* Its own library does not send it: that says EMSGSIZE there. */
static void a_worker_is_held_to_its_limits(void **state)
{
	struct libspawn_worker_how how = plain_how(NULL);
	struct libspawn_worker *worker;

	(void)state;
	how.message_max = 1000;
	worker = employ("too much", &how);
	dismiss(worker, LIBSPAWN_END_EXITED, EMSGSIZE);
	worker = employ("unasked", &how);
	dismiss(worker, LIBSPAWN_END_EXITED, EMSGSIZE);
}

static uint64_t resident_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)usage.ru_maxrss;
}

static void a_flood_is_taken_in_bounded_memory(void **state)
{
	struct libspawn_worker *worker = employ("flood", NULL);
	struct libspawn_message message;
	uint64_t before = 0;

	(void)state;
	for (int n = 0; n < 20000; n++) {
		assert_int_equal(
			libspawn_worker_receive(worker, &message, PATIENCE_MS),
			0);
		if (n == 100)
			before = resident_kib();
	}
	assert_true(resident_kib() < before + 4096 ||
		    support_is_instrumented());
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

/* ---- All --------------------------------------------------------------- */

static const struct CMUnitTest tests[] = {
	TEST(messages_of_any_size_come_back),
	TEST(messages_keep_their_bounds),
	TEST(descriptors_go_along),
	TEST(descriptors_come_back_with_many_bytes),
	TEST(a_block_can_be_sent),
	TEST(a_large_message_that_finds_no_room_is_lost_alone),
	TEST(a_receive_gives_up_at_its_deadline),
	TEST(a_send_gives_up_while_nobody_receives),
	TEST(its_descriptor_can_be_polled),
	TEST(last_words_are_heard_and_then_the_end),
	TEST(what_it_has_not_read_does_not_hide_its_words),
	TEST(its_end_is_seen_though_another_holds_the_channel),
	TEST(one_that_goes_on_is_killed),
	TEST(rubbish_is_refused),
	TEST(announcements_without_end_are_refused),
	TEST(a_worker_is_held_to_its_limits),
	TEST(a_flood_is_taken_in_bounded_memory),
};

EMPLOY_MAIN(functions, tests)
