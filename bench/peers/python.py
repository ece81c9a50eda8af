# SPDX-License-Identifier: MIT
# peer: command python3, package python3
"""CPython: subprocess.Popen and os.posix_spawn.

Popen closes all descriptors above 2 unless told otherwise; a user to change to
is an option for which older versions leave vfork().
"""
import os
import subprocess
import sys
import threading
import time

TARGET = sys.argv[-1]
RUNS_PROGRAM = os.environ.get("BENCH_BETWEEN") == "program"
METHODS = [("CPython-Popen", "plain"), ("CPython-Popen", "leave-open"),
           ("CPython-Popen", "user"), ("CPython-posix_spawn", "plain")]
OPTIONS = [{}, {"close_fds": False}, {"user": os.getuid()}]


def start(index):
    if index < len(OPTIONS):
        return subprocess.Popen([TARGET], **OPTIONS[index])
    return os.posix_spawn(TARGET, [TARGET], os.environ)


def reap(child):
    if isinstance(child, subprocess.Popen):
        return child.wait()
    return os.waitpid(child, 0)[1]


def burst(index, count, samples):
    for _ in range(count):
        if RUNS_PROGRAM:
            subprocess.run(["sh", "-c", ":"], check=True)
        before = time.monotonic_ns()
        child = start(index)
        returned = time.monotonic_ns()
        status = reap(child)
        reaped = time.monotonic_ns()
        if status:
            raise OSError(f"target ended with {status}")
        samples.append((index + 1, before, returned, reaped, 0))


def make_rounds(rounds, threads, count, *indices):
    samples = []
    for _ in range(rounds):
        for index in indices:
            workers = [threading.Thread(target=burst,
                                        args=(index - 1, count, samples))
                       for _ in range(threads if threads > 1 else 0)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            if not workers:
                burst(index - 1, count, samples)
    return samples


for name, case in METHODS:
    print("method", name, case)
print("ready", flush=True)
for line in sys.stdin:
    try:
        for sample in make_rounds(*map(int, line.split()[1:])):
            print(*sample)
        print("done", flush=True)
    except OSError as error:
        print("failed", error, flush=True)
