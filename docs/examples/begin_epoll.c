/* SPDX-License-Identifier: MIT */
/*
 * begin_epoll COUNT PROGRAM ARGUMENTS...: a program so many times, sixteen of
 * them at once, each from its start to its end in one epoll(7) loop that never
 * sleeps for one of them.
 */
#include <errno.h>
#include <libspawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

enum { AT_ONCE = 16 };

/* One program: under way while pending is there, then until its end. */
struct job {
	struct libspawn_pending *pending;
	struct libspawn_process process;
};

static struct {
	int epoll;
	char **argv;
	int count, begun, failed, ended, good;
} work;

/*
 * Once: the child of another start has a copy of each descriptor until its
 * exec, so that epoll would go on telling of one that is closed here.
 */
static void watch(struct job *job, int how, int fd)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT,
				     .data.ptr = job };

	if (epoll_ctl(work.epoll, how, fd, &event) != 0) {
		perror("epoll_ctl");
		exit(1);
	}
}

/* The descriptor of a pending start is the library's, and gone when it ends. */
static int begin(struct job *job)
{
	const struct libspawn_options options = {
		.size = sizeof options,
		.flags = LIBSPAWN_POLL_FD | LIBSPAWN_PIDFD,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
	};

	work.begun++;
	if (libspawn_begin(&job->pending, work.argv[0], work.argv, &options,
			   NULL)) {
		work.failed++;
		return -1;
	}
	watch(job, EPOLL_CTL_ADD, libspawn_pending_fd(job->pending));
	return 0;
}

static int go_on_starting(struct job *job)
{
	int code = libspawn_finish(job->pending, 0, &job->process, NULL);

	if (code == ETIMEDOUT) {
		watch(job, EPOLL_CTL_MOD, libspawn_pending_fd(job->pending));
		return 0;
	}
	job->pending = NULL;
	if (code == 0) {
		watch(job, EPOLL_CTL_ADD, job->process.pidfd);
		return 0;
	}
	work.failed++;
	return 1;
}

/* 1: this job is over, and its place is free. */
static int go_on(struct job *job)
{
	struct libspawn_status status;
	int code;

	if (job->pending)
		return go_on_starting(job);
	code = libspawn_wait(&job->process, 0, &status);
	if (code == ETIMEDOUT) {
		watch(job, EPOLL_CTL_MOD, job->process.pidfd);
		return 0;
	}
	libspawn_close(&job->process);
	work.ended++;
	work.good += code == 0 && status.end == LIBSPAWN_END_EXITED &&
		     status.code == 0;
	return 1;
}

/* A start that fails at once leaves the place to the next one. */
static void fill(struct job *job)
{
	while (work.begun < work.count && begin(job) != 0)
		continue;
}

int main(int argc, char *argv[])
{
	struct job jobs[AT_ONCE] = { { 0 } };
	struct epoll_event events[AT_ONCE];

	if (argc < 3 || (work.count = atoi(argv[1])) < 1)
		return 2;
	work.argv = argv + 2;
	work.epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int n = 0; n < AT_ONCE; n++)
		fill(&jobs[n]);
	while (work.ended + work.failed < work.count) {
		int ready = epoll_wait(work.epoll, events, AT_ONCE, -1);

		for (int n = 0; n < ready; n++) {
			struct job *job = events[n].data.ptr;

			if (go_on(job))
				fill(job);
		}
	}
	printf("%d begun, %d failed, %d ended, %d with 0\n", work.begun,
	       work.failed, work.ended, work.good);
	return work.good != work.count;
}
