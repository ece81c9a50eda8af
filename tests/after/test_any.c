/* SPDX-License-Identifier: MIT */
/*
 * Waiting for any of many processes: each end is told once, in turn, and no
 * other child is touched.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "held.h"

enum { MANY = 500 };

static struct held many[MANY];
static struct libspawn_process *list[MANY];
static int seen_codes[256];

/* More descriptors than the usual limit are no part of these tests. */
static size_t how_many(void)
{
	return runs_slowly() ? 50 : MANY;
}

static void hold_many(size_t count, uint64_t flags)
{
	for (size_t n = 0; n < count; n++) {
		hold(&many[n], flags, (int)(n % 251));
		list[n] = &many[n].process;
	}
}

/* Every one of them, each with its own code. */
static void reap_many(size_t count)
{
	struct libspawn_status status;
	size_t index = 0;

	for (size_t n = 0; n < count; n++) {
		assert_int_equal(
			libspawn_wait_any(list, count, 100000, &index, &status),
			0);
		assert_true(index < count);
		assert_int_equal(status.end, LIBSPAWN_END_EXITED);
		assert_int_equal(status.code, (int)(index % 251));
		assert_true(status.flags & LIBSPAWN_STATUS_USAGE);
		libspawn_close(list[index]);
		seen_codes[status.code]++;
		index++;
	}
	assert_int_equal(
		libspawn_wait_any(list, count, LIBSPAWN_FOREVER, &index, NULL),
		ECHILD);
}

static void reap_all(uint64_t flags)
{
	const size_t count = how_many();

	hold_many(count, flags);
	for (size_t n = 0; n < count; n++)
		let_go(&many[n]);
	memset(seen_codes, 0, sizeof seen_codes);
	reap_many(count);
	for (size_t n = 0; n < 251 && n < count; n++)
		assert_true(seen_codes[n] >= 1);
}

static void hundreds_are_waited_for_together(void **state)
{
	(void)state;
	reap_all(0);
	if (held_pidfd())
		reap_all(held_pidfd());
}

/* Each ends only when the one before has been told. */
static void one_after_the_other(void **state)
{
	struct libspawn_status status;
	size_t index = 0;

	(void)state;
	hold_many(20, 0);
	for (size_t n = 0; n < 20; n++) {
		size_t ends = n * 7 % 20;

		assert_int_equal(
			libspawn_wait_any(list, 20, 0, &index, &status),
			ETIMEDOUT);
		let_go(&many[ends]);
		assert_int_equal(
			libspawn_wait_any(list, 20, -1, &index, &status), 0);
		assert_int_equal(index, ends);
		assert_int_equal(status.code, (int)ends);
	}
}

static void the_one_to_look_at_first_is_the_callers_choice(void **state)
{
	static const size_t turns[] = { 3, 4, 0, 1, 2 };
	size_t index = 3 + 5;

	(void)state;
	hold_many(5, 0);
	for (int n = 0; n < 5; n++) {
		let_go(&many[n]);
		await_end(many[n].process.pid);
	}
	for (int n = 0; n < 5; n++) {
		assert_int_equal(libspawn_wait_any(list, 5, 0, &index, NULL),
				 0);
		assert_int_equal(index, turns[n]);
		index++;
	}
}

static void what_is_missing_or_told_is_passed_over(void **state)
{
	struct libspawn_status status, untouched;
	size_t index = 0;

	(void)state;
	hold_many(4, 0);
	finish_held(&many[0], 0);
	list[1] = NULL;
	memset(&status, 0x5a, sizeof status);
	untouched = status;
	assert_int_equal(libspawn_wait_any(list, 4, 20, &index, &status),
			 ETIMEDOUT);
	assert_memory_equal(&status, &untouched, sizeof status);
	assert_int_equal(index, 0);
	let_go(&many[3]);
	assert_int_equal(libspawn_wait_any(list, 4, -1, &index, NULL), 0);
	assert_int_equal(index, 3);
	list[2] = NULL;
	assert_int_equal(libspawn_wait_any(list, 4, -1, &index, NULL), ECHILD);
	finish_held(&many[1], 1);
	finish_held(&many[2], 2);
}

static void nothing_to_wait_for_is_told_at_once(void **state)
{
	struct libspawn_process none = { .pidfd = -1 };
	struct libspawn_process *one = &none;
	size_t index = 7;

	(void)state;
	list[0] = NULL;
	assert_int_equal(libspawn_wait_any(list, 0, -1, &index, NULL), ECHILD);
	assert_int_equal(libspawn_wait_any(list, 1, -1, &index, NULL), ECHILD);
	assert_int_equal(index, 7);
	assert_int_equal(libspawn_wait_any(NULL, 0, 0, &index, NULL), EINVAL);
	assert_int_equal(libspawn_wait_any(list, 1, 0, NULL, NULL), EINVAL);
	assert_int_equal(libspawn_wait_any(&one, 1, 0, &index, NULL), EINVAL);
}

static void a_lost_process_is_told_once(void **state)
{
	struct libspawn_status status;
	size_t index = 0;

	(void)state;
	hold_many(3, 0);
	let_go(&many[1]);
	assert_int_equal(reap(many[1].process.pid), 1 << 8);
	assert_int_equal(libspawn_wait_any(list, 3, -1, &index, &status), 0);
	assert_int_equal(index, 1);
	assert_int_equal(status.end, LIBSPAWN_END_LOST);
	assert_int_equal(libspawn_wait_any(list, 3, 0, &index, &status),
			 ETIMEDOUT);
	finish_held(&many[0], 0);
	finish_held(&many[2], 2);
}

static void other_children_are_left_alone(void **state)
{
	size_t index = 0;
	int status;
	pid_t other = fork();

	(void)state;
	if (other == 0)
		_exit(33);
	await_end(other);
	hold_many(3, 0);
	assert_int_equal(libspawn_wait_any(list, 3, 20, &index, NULL),
			 ETIMEDOUT);
	for (int n = 0; n < 3; n++)
		let_go(&many[n]);
	reap_many(3);
	assert_int_equal(waitpid(other, &status, WNOHANG), other);
	assert_int_equal(WEXITSTATUS(status), 33);
}

/* Two threads at the same list: each end is told to one of them. */
static void *reap_with_another(void *data)
{
	size_t *count = data;
	size_t index = 0;
	int code;

	while ((code = libspawn_wait_any(list, 40, 100000, &index, NULL)) == 0)
		__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
	assert_int_equal(code, ECHILD);
	return NULL;
}

static void two_threads_share_the_ends(void **state)
{
	size_t count = 0;
	pthread_t threads[2];

	(void)state;
	hold_many(40, 0);
	for (int n = 0; n < 2; n++)
		threads[n] = start_thread(reap_with_another, &count);
	for (int n = 0; n < 40; n++)
		let_go(&many[n]);
	for (int n = 0; n < 2; n++)
		join_thread(threads[n]);
	assert_int_equal(count, 40);
}

/* poll() takes no more than the limit; pidfd_open() none at all. */
static void without_descriptors_all_are_waited_for(void **state)
{
	struct rlimit limit, low;
	size_t index = 0;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &limit);
	low = limit;
	for (rlim_t fds = 0; fds <= 30; fds += 30) {
		hold_many(20, 0);
		low.rlim_cur = fds;
		setrlimit(RLIMIT_NOFILE, &low);
		assert_int_equal(libspawn_wait_any(list, 20, 20, &index, NULL),
				 ETIMEDOUT);
		for (int n = 0; n < 20; n++)
			let_go(&many[n]);
		reap_many(20);
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static const struct CMUnitTest tests[] = {
	TEST(hundreds_are_waited_for_together),
	TEST(one_after_the_other),
	TEST(the_one_to_look_at_first_is_the_callers_choice),
	TEST(what_is_missing_or_told_is_passed_over),
	TEST(nothing_to_wait_for_is_told_at_once),
	TEST(a_lost_process_is_told_once),
	TEST(other_children_are_left_alone),
	TEST(two_threads_share_the_ends),
	TEST(without_descriptors_all_are_waited_for),
};

TEST_MAIN(tests)
