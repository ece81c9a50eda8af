// SPDX-License-Identifier: MIT
// A pool of workers in C++ that log under a lock, and a fork beside them whose
// child logs too: it hangs. "pool COUNT" forks so often.
#include <cstdlib>
#include <mutex>
#include <semaphore.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

std::mutex log_lock;
sem_t is_held;

__attribute__((noinline)) void log_line()
{
	std::lock_guard<std::mutex> guard(log_lock);
}

// It writes a line for ever: its disk is slow.
void log_slowly()
{
	prctl(PR_SET_NAME, "pool-logger");
	std::lock_guard<std::mutex> guard(log_lock);
	sem_post(&is_held);
	for (;;)
		pause();
}

void work()
{
	for (;;)
		pause();
}

__attribute__((noinline)) pid_t start_job()
{
	pid_t pid = fork();

	if (pid == 0) {
		log_line();
		_exit(0);
	}
	return pid;
}

} // namespace

int main(int argc, char **argv)
{
	std::vector<std::thread> workers;

	sem_init(&is_held, 0, 0);
	workers.emplace_back(log_slowly);
	for (int i = 0; i < 7; i++)
		workers.emplace_back(work);
	sem_wait(&is_held);
	for (int i = argc > 1 ? std::atoi(argv[1]) : 1; i > 0; i--)
		waitpid(start_job(), nullptr, 0);
	_exit(7);
}
