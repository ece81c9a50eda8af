/* SPDX-License-Identifier: MIT */
/* One start, timed from the call to the child being reaped. */
#define _POSIX_C_SOURCE 200809L
#include "sample.h"
#include "bystander.h"
#include "clock.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Spend the time that this run is to lose on purpose. */
static void dawdle(const struct slowness *slowness, const char *name)
{
	uint64_t until;

	if (!slowness->method || strcmp(slowness->method, name))
		return;
	until = now_ns() + slowness->microseconds * 1000u;
	while (now_ns() < until)
		;
}

static int reap_pid(const struct started *started)
{
	int status = -1;

	while (waitpid(started->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

static int note(struct failure *failure, const struct method *method,
		const char *what, int value)
{
	*failure = (struct failure){ method, what, value };
	return -1;
}

/*
 * Take the sample of sample->method. Returns 0 only if the child has been
 * reaped and had exited with 0; else -1, and the failure is filled.
 */
int take_sample(const struct run *run, struct sample *sample,
		struct failure *failure)
{
	const struct method *method = run->table[sample->method];
	struct started started = { .pid = -1, .pidfd = -1 };
	int code;
	int status;

	bystander_watch();
	sample->before_ns = now_ns();
	code = method->start(&started, run->target, method->data);
	dawdle(run->slowness, method->name);
	sample->returned_ns = now_ns();
	sample->begun_ns = started.begun_ns;
	if (code)
		return note(failure, method, "start failed with errno", code);
	status = method->reap ? method->reap(&started) : reap_pid(&started);
	sample->reaped_ns = now_ns();
	sample->stall_ns = bystander_longest();
	if (started.pidfd >= 0)
		close(started.pidfd);
	if (status)
		return note(failure, method, "target ended with wait status",
			    status);
	return 0;
}
