/* SPDX-License-Identifier: MIT */
/*
 * What every public call of the workers that may sleep does around itself: it
 * leaves errno as it was, and no cancellation ends it midway.
 */
#ifndef LIBSPAWN_WORKERS_STILL_H
#define LIBSPAWN_WORKERS_STILL_H

#include <errno.h>
#include <pthread.h>

struct still {
	int error;
	int cancel_state;
};

static inline void still_begin(struct still *still)
{
	still->error = errno;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &still->cancel_state);
}

static inline void still_end(struct still *still)
{
	pthread_setcancelstate(still->cancel_state, &still->cancel_state);
	errno = still->error;
}

#endif
