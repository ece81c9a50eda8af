/* SPDX-License-Identifier: MIT */
/*
 * What every public call of the workers that may sleep does around itself: it
 * leaves errno as it was, and no cancellation ends it midway.
 */
#ifndef LIBSPAWN_WORKERS_QUIET_H
#define LIBSPAWN_WORKERS_QUIET_H

#include <errno.h>
#include <pthread.h>

struct quiet {
	int error;
	int cancel_state;
};

static inline void quiet_begin(struct quiet *quiet)
{
	quiet->error = errno;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &quiet->cancel_state);
}

static inline void quiet_end(struct quiet *quiet)
{
	pthread_setcancelstate(quiet->cancel_state, &quiet->cancel_state);
	errno = quiet->error;
}

#endif
