# SPDX-License-Identifier: MIT
"""So many small tasks through two workers of Python's: prints the microseconds
for each. The pool is there before they are counted, as it is for all that is
measured.

usage: workers_python.py NAME TASKS
"""
import concurrent.futures
import multiprocessing
import sys
import time

WORKERS = 2


def do_task(given):
    return given


def time_tasks(run, tasks):
    """run(): the results of that many, in any order."""
    run(100)
    begun = time.monotonic()
    done = run(tasks)
    took = time.monotonic() - begun
    if done != tasks:
        sys.exit(f"{done} of {tasks} tasks came back")
    return took / tasks * 1e6


def with_pool(method, tasks):
    context = multiprocessing.get_context(method)
    with context.Pool(WORKERS) as pool:
        return time_tasks(
            lambda count: sum(1 for _ in pool.imap_unordered(
                do_task, (b"task" for _ in range(count)))), tasks)


def with_executor(tasks):
    with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
        return time_tasks(
            lambda count: sum(1 for _ in pool.map(
                do_task, (b"task" for _ in range(count)))), tasks)


def main():
    name, tasks = sys.argv[1], int(sys.argv[2])
    family, _, method = name.partition(" ")
    print(with_executor(tasks) if family == "concurrent.futures"
          else with_pool(method, tasks))


if __name__ == "__main__":
    main()
