# SPDX-License-Identifier: MIT
"""What it costs to feed a program and to read what it writes, both at once.

256 MiB go through cat: by libspawn_run(), by Python's subprocess.run(), and by
pipes between cats with nobody in the middle, which is what a shell would do.
All take turns, in an order shuffled anew each time.
"""
import os
import random
import statistics
import subprocess
import time

import cases
import drivers

MIB, ROUNDS = 256, 7
SECONDS = 50
# Those of capture.c by their names there, and Python.
METHODS = {
    "run": ("libspawn-run", "plain"),
    "buffer": ("libspawn-run", "own-buffer"),
    "cat-cat": ("cat-cat", "plain"),
    "cat-cat-cat": ("cat-cat-cat", "plain"),
    "python": ("CPython-run", "plain"),
}
# What the others are compared with, round by round.
REFERENCE = "cat-cat"


def measure_python(data):
    begin = time.monotonic()
    done = subprocess.run(["cat"], input=data, capture_output=True, check=True)
    end = time.monotonic()
    if done.stdout != data:
        raise drivers.Failure("capture: subprocess.run(): other bytes")
    return (end - begin) * 1e3


def take_times(files, mib, tell):
    """Milliseconds by method. The first round warms up, and is thrown away."""
    data = os.urandom(mib << 20)
    times = {name: [] for name in METHODS}
    with drivers.Asked([files / "bench-capture", str(mib)]) as driver:
        for _ in range(ROUNDS + 1):
            for name in random.sample(sorted(METHODS), len(METHODS)):
                times[name].append(
                    measure_python(data) if name == "python"
                    else driver.measure(name) / 1e6)
            tell(SECONDS / 2 / (ROUNDS + 1))
    return {name: values[1:] for name, values in times.items()}


def rows_of(times, case, mib):
    for name, (method, case_name) in METHODS.items():
        median = statistics.median(times[name])
        yield case.fields() | {
            "method": method, "case": case_name, "mib": mib,
            "moved_p50_ms": round(median, 2),
            "moved_min_ms": round(min(times[name]), 2),
            "mib_per_second": round(mib / median * 1e3),
            "ratio_to_cats": round(statistics.median(
                a / b for a, b in zip(times[name], times[REFERENCE])), 3)}


def measure(_, settings, tell):
    """The rows for one processor and for all of them."""
    mib = max(1, int(MIB * min(settings.scale, 1)))
    rows = []
    for cpu in settings.cpu, None:
        with drivers.pinned(cpu):
            times = take_times(settings.files, mib, tell)
        rows += rows_of(times, cases.Case("capture", 0, [], cpu=cpu), mib)
    return rows
