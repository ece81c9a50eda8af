/* SPDX-License-Identifier: MIT */
/*
 * What every public call that may sleep does around itself: it leaves errno as
 * it was, and no cancellation may end it midway, with something open or half
 * told. Hazard 6.
 */
#ifndef LIBSPAWN_CALM_H
#define LIBSPAWN_CALM_H

#include <errno.h>
#include <pthread.h>

struct calm {
	int error;
	int cancel_state;
};

static inline void calm_begin(struct calm *calm)
{
	calm->error = errno;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &calm->cancel_state);
}

static inline void calm_end(struct calm *calm)
{
	pthread_setcancelstate(calm->cancel_state, &calm->cancel_state);
	errno = calm->error;
}

#endif
