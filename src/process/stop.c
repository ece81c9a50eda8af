/* SPDX-License-Identifier: MIT */
/*
 * Stopping a process: ask, wait, kill, reap. What else is to be killed is
 * killed before the process is reaped: until then its group's number is its
 * own.
 */
#define _GNU_SOURCE
#include "process/stop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "calm.h"
#include "child/sys.h"
#include "deadline.h"
#include "process/cgroup.h"
#include "process/end.h"
#include "process/process.h"
#include "request/sized.h"

#define STOP_FLAGS (LIBSPAWN_STOP_GROUP | LIBSPAWN_STOP_CGROUP)

/* One call, on its way. */
struct stopping {
	struct libspawn_process *process;
	struct libspawn_stop_how how;
	uint32_t took; /* LIBSPAWN_STATUS_ASKED, _FORCED */
};

int libspawn__stop_read(struct libspawn_stop_how *how,
			const struct libspawn_stop_how *given)
{
	int code = libspawn__sized_copy(
		how, sizeof *how, given,
		offsetof(struct libspawn_stop_how, signal));

	if (code < 0)
		return code;
	if (how->signal == 0)
		how->signal = SIGTERM;
	if (how->flags & ~STOP_FLAGS || how->signal < 0 ||
	    how->signal > SYS_SIGNALS ||
	    (!(how->flags & LIBSPAWN_STOP_CGROUP) && how->cgroup_fd != 0))
		return -EINVAL;
	return 0;
}

static int send_once(const struct stopping *stopping, int signal, int to_group)
{
	int code = libspawn__end_enter(stopping->process);

	if (code == 0) {
		code = libspawn__process_send(stopping->process, signal,
					      to_group);
		libspawn__end_leave(stopping->process);
	}
	return code;
}

/*
 * 1 if it has reached the process, 0 if that has ended, or -errno. A group has
 * got a signal that only some of it may be sent: the process is asked for.
 */
static int send_to(const struct stopping *stopping, int signal)
{
	const int to_group = (stopping->how.flags & LIBSPAWN_STOP_GROUP) != 0;
	int code = 0;

	if (to_group)
		code = send_once(stopping, 0, 0);
	if (code == 0)
		code = send_once(stopping, signal, to_group);
	if (code == 0 && to_group)
		code = send_once(stopping, signal == SIGKILL ? SIGKILL : 0, 0);
	if (code == -ESRCH)
		return 0;
	return code < 0 ? code : 1;
}

/* 1 if it has obeyed in time, 0 if not; as libspawn__process_look(). */
static int ask_process(struct stopping *stopping,
		       struct libspawn_status *status)
{
	int code = send_to(stopping, stopping->how.signal);

	if (code < 0)
		return code;
	if (code > 0)
		stopping->took |= LIBSPAWN_STATUS_ASKED;
	send_to(stopping, SIGCONT);
	return libspawn__wait_until(
		stopping->process,
		libspawn__deadline_after(stopping->how.grace_ms), status);
}

/* The kernel kills even what is stopped or frozen. */
static int force_process(struct stopping *stopping,
			 struct libspawn_status *status)
{
	int code = send_to(stopping, SIGKILL);

	if (code < 0)
		return code;
	if (code > 0)
		stopping->took |= LIBSPAWN_STATUS_FORCED;
	return libspawn__wait_until(stopping->process, DEADLINE_NEVER, status);
}

/* Returns when it has ended: 1, or -ECHILD if it is lost; else -errno. */
static int end_process(struct stopping *stopping,
		       struct libspawn_status *status)
{
	int found = libspawn__process_look(stopping->process, 0, status);

	if (found == -ECHILD)
		found = libspawn__process_recall(stopping->process,
						 DEADLINE_NEVER, status);
	if (found == 0 && stopping->how.grace_ms != 0)
		found = ask_process(stopping, status);
	if (found == 0)
		found = force_process(stopping, status);
	return found;
}

static int end_rest(const struct stopping *stopping)
{
	int code = 0;
	int more = 0;

	if (stopping->how.flags & LIBSPAWN_STOP_GROUP)
		code = send_once(stopping, SIGKILL, 1);
	if (stopping->how.flags & LIBSPAWN_STOP_CGROUP)
		more = libspawn__cgroup_kill(stopping->how.cgroup_fd);
	return code < 0 && code != -ESRCH ? code : more;
}

void libspawn__stop_note(struct libspawn_status *status, uint32_t took)
{
	if (status->end == LIBSPAWN_END_EXITED ||
	    (status->end == LIBSPAWN_END_KILLED && status->code != SIGKILL))
		took &= ~(uint32_t)LIBSPAWN_STATUS_FORCED;
	status->flags |= took;
}

static int stop_calmly(struct stopping *stopping,
		       struct libspawn_status *status)
{
	int code = 0;
	int found = -ECHILD;

	memset(status, 0, sizeof *status);
	if (!libspawn__end_is_told(stopping->process))
		found = end_process(stopping, status);
	if (found < 0 && found != -ECHILD)
		return found;
	code = end_rest(stopping);
	libspawn__end_settle(stopping->process, found, status);
	libspawn__stop_note(status, stopping->took);
	if (code == 0 && status->end == LIBSPAWN_END_LOST)
		code = -ECHILD;
	return code;
}

int libspawn__stop(struct libspawn_process *process,
		   const struct libspawn_stop_how *how,
		   struct libspawn_status *status)
{
	struct stopping stopping = { .process = process };
	struct libspawn_status unwanted;
	struct calm calm;
	int code;

	if (!libspawn__end_is_sound(process))
		return EINVAL;
	code = libspawn__stop_read(&stopping.how, how);
	if (code < 0)
		return -code;
	calm_begin(&calm);
	code = stop_calmly(&stopping, status ? status : &unwanted);
	calm_end(&calm);
	return -code;
}

#if !defined(LIBSPAWN_NO_AFTER)

int libspawn_stop(struct libspawn_process *process,
		  const struct libspawn_stop_how *how,
		  struct libspawn_status *status)
{
	return libspawn__stop(process, how, status);
}

#endif
