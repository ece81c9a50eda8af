# SPDX-License-Identifier: MIT
# peer: command python3, package python3
"""Popen of subprocess and Popen of runtimes/python, in turns in one process.

Each case with the same arguments; that with a user of libspawn alone, since
subprocess forks for it, which would slow down whoever starts next here: see
python.py. The package's own module is built next to the target, by
bench/meson.build.
"""
import functools
import os
import pathlib
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import package

TARGET = pathlib.Path(sys.argv[-1]).resolve()
PIPES = ("stdin", "stdout", "stderr")
CASES = {
    "default": {},
    "pipes": dict.fromkeys(PIPES, subprocess.PIPE),
    "cwd": {"cwd": "/"},
    "leave-open": {"close_fds": False},
    "session": {"start_new_session": True},
}
USER = {"user": os.getuid(), "group": os.getgid()}
if os.geteuid() == 0:
    USER["extra_groups"] = [0]


def close_pipes(child):
    """What the target wrote goes where it would have gone by itself."""
    if child.stderr:
        os.write(2, child.stderr.read())
    for name in PIPES:
        pipe = getattr(child, name)
        if pipe:
            pipe.close()


def start_once(popen, arguments):
    before = time.monotonic_ns()
    child = popen([TARGET], **arguments)
    returned = time.monotonic_ns()
    status = child.wait()
    reaped = time.monotonic_ns()
    close_pipes(child)
    if status:
        raise OSError(f"target ended with {status}")
    return before, returned, reaped


def burst(index, count, samples, barrier):
    barrier.wait()
    for _ in range(count):
        samples.append((index, *start_once(*METHODS[index - 1]), 0))


def make_rounds(rounds, threads, count, *indices):
    samples, barrier = [], threading.Barrier(threads)
    for _ in range(rounds):
        for index in indices:
            act = functools.partial(burst, index, count, samples, barrier)
            workers = [threading.Thread(target=act)
                       for _ in range(threads - 1)]
            for worker in workers:
                worker.start()
            act()
            for worker in workers:
                worker.join()
    return samples


LACKING = ""
try:
    OURS = package.load(TARGET.parent).Popen
except ImportError as error:
    OURS, LACKING = None, error
METHODS = []


def offer(name, case, popen, arguments):
    METHODS.append((popen, arguments))
    print(*(("method", name, case) if popen else
            ("missing", name, case, LACKING)))


for case, arguments in CASES.items():
    offer("Popen-subprocess", case, subprocess.Popen, arguments)
    offer("Popen-libspawn", case, OURS, arguments)
offer("Popen-libspawn", "user", OURS, USER)
print("ready", flush=True)
for line in sys.stdin:
    try:
        for sample in make_rounds(*map(int, line.split()[1:])):
            print(*sample)
        print("done", flush=True)
    except OSError as error:
        print("failed", error, flush=True)
