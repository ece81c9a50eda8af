/* SPDX-License-Identifier: MIT */
/*
 * A function-local static of C++ is guarded by a lock while its constructor
 * runs. A child forked in that time waits for a thread that it does not have.
 */
#include "why_not_fork.h"
#include <pthread.h>
#include <semaphore.h>

namespace
{
pthread_t builder;
sem_t entered;
sem_t released;
bool must_hold;

struct slow_object {
	int value;

	slow_object() : value(1)
	{
		if (!must_hold)
			return;
		sem_post(&entered);
		sem_wait(&released);
	}
};

int read_object()
{
	static slow_object object;

	return object.value;
}

void *build_object(void *)
{
	read_object();
	return nullptr;
}
} // namespace

void use_static_object(void)
{
	read_object();
}

void hold_construction(void)
{
	sem_init(&entered, 0, 0);
	sem_init(&released, 0, 0);
	must_hold = true;
	pthread_create(&builder, nullptr, build_object, nullptr);
	sem_wait(&entered);
}

void release_construction(void)
{
	sem_post(&released);
	pthread_join(builder, nullptr);
}
