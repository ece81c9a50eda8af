/* SPDX-License-Identifier: MIT */
/*
 * OpenMP keeps its threads for the next parallel loop. A forked child inherits
 * the list of them, but not the threads.
 */
#include "why_not_fork.h"

void run_parallel_loop(void)
{
	int total = 0;

#pragma omp parallel for num_threads(2) reduction(+ : total)
	for (int number = 0; number < 100; number++)
		total += number;
	(void)total;
}

/*
 * GCC's library hangs (GCC bug 60035). Clang's starts anew in the child by a
 * handler of pthread_atfork().
 */
#ifdef __clang__
int parallel_loop_must_hang(void)
{
	return 0;
}
#else
int parallel_loop_must_hang(void)
{
	return 1;
}
#endif
