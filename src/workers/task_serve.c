/* SPDX-License-Identifier: MIT */
/* Being a worker of a pool: a task comes, its result goes, until the end. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "workers/moment.h"
#include "workers/still.h"
#include "workers/worker.h"

/* macOS counts bytes where others count KiB. */
#ifdef __APPLE__
#define UNITS_OF_KIB 1024
#else
#define UNITS_OF_KIB 1
#endif

static uint64_t peak_kib(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) < 0)
		return 0;
	return (uint64_t)usage.ru_maxrss / UNITS_OF_KIB;
}

static int send_result(struct libspawn_worker *self, uint64_t tag, int code,
		       const struct libspawn_message *result)
{
	struct outbound frame = {
		.head = { .kind = FRAME_RESULT, .code = code, .tag = tag },
		.bytes = result->bytes,
		.size = code == 0 ? (size_t)result->size : 0,
		.fds = result->fds,
		.fd_count = code == 0 ? result->fd_count : 0,
	};

	frame.head.figure = peak_kib();
	code = libspawn__talk_send(self, &frame, MOMENT_NEVER);
	if (code != -EMSGSIZE)
		return code;
	/* What is too large is the task's failure, not the worker's. */
	frame.head.code = EMSGSIZE;
	frame.size = 0;
	frame.fd_count = 0;
	return libspawn__talk_send(self, &frame, MOMENT_NEVER);
}

static void close_results(const struct libspawn_message *result)
{
	int32_t fd;

	for (uint32_t n = 0; n < result->fd_count; n++) {
		fd = result->fds[n];
		libspawn__descriptors_close(&fd);
	}
}

int libspawn_worker_serve(struct libspawn_worker *self,
			  int (*task)(void *context,
				      const struct libspawn_message *given,
				      struct libspawn_message *result),
			  void *context)
{
	struct libspawn_message given;
	struct libspawn_message result;
	struct still still;
	int code;

	if (!self || !self->is_self || !task)
		return 1;
	while ((code = libspawn_worker_receive(self, &given,
					       LIBSPAWN_FOREVER)) == 0) {
		memset(&result, 0, sizeof result);
		code = task(context, &given, &result);
		still_begin(&still);
		code = send_result(self, given.tag, code, &result);
		close_results(&result);
		still_end(&still);
		if (code < 0)
			return code == -EPIPE ? 0 : 1;
	}
	return code == EPIPE ? 0 : 1;
}
