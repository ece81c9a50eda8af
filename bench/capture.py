#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What it costs to feed a program and to read what it writes, both at once.

usage: capture.py [--rounds N] [--mib N] [--json] DRIVER

256 MiB go through cat: by libspawn_run(), by Python's subprocess.run(), and by
pipes between cats with nobody in the middle, which is what a shell would do.
All take turns, in another order each time, on one processor and on two; what is
printed is the median, and the ratios that are promised. Figures, no test: a
busy machine is not a defect.
"""
import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time

METHODS = {
    "run": "libspawn_run()",
    "buffer": "libspawn_run(), own memory",
    "cat-cat": "cat FILE | cat",
    "cat-cat-cat": "cat FILE | cat | cat",
    "python": "subprocess.run()",
}
# Of the medians: what, against what, and what was promised.
GOALS = [("run", "cat-cat", 1.3), ("run", "cat-cat-cat", None),
         ("run", "python", 0.5)]


class Driver:
    """bench/capture.c: told a method, it says how long that took."""

    def __init__(self, path, mib):
        self.process = subprocess.Popen(
            [path, str(mib)], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)

    def measure(self, method):
        self.process.stdin.write(method + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"capture: the driver failed at {method}")
        return int(answer) / 1e6

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def measure_python(data):
    begin = time.monotonic()
    done = subprocess.run(["cat"], input=data, capture_output=True, check=True)
    end = time.monotonic()
    if done.stdout != data:
        sys.exit("capture: subprocess.run() gave back something else")
    return (end - begin) * 1e3


def measure_all(arguments, cpus):
    """Milliseconds by method. The first round warms up, and is thrown away."""
    os.sched_setaffinity(0, cpus)
    driver = Driver(arguments.driver, arguments.mib)
    data = os.urandom(arguments.mib << 20)
    times = {name: [] for name in METHODS}
    for _ in range(arguments.rounds + 1):
        for name in random.sample(sorted(METHODS), len(METHODS)):
            times[name].append(measure_python(data) if name == "python"
                               else driver.measure(name))
    driver.end()
    return {name: values[1:] for name, values in times.items()}


def rows_of(times, cpus, mib):
    for name, values in times.items():
        median = statistics.median(values)
        yield {"axis": "capture", "cpus": len(cpus), "mib": mib,
               "method": name, "median_ms": round(median, 1),
               "min_ms": round(min(values), 1), "rounds": len(values),
               "mib_per_second": round(mib / median * 1e3)}


def ratio(rows, one, other, field):
    times = {row["method"]: row[field] for row in rows}
    return times[one] / times[other]


def print_table(rows):
    cpus = rows[0]["cpus"]
    print(f"{rows[0]['mib']} MiB through cat, on {cpus} processor"
          f"{'s' * (cpus > 1)}; milliseconds, {rows[0]['rounds']} rounds")
    print(f"{'':<28} {'median':>9} {'min':>9} {'MiB/s':>9}")
    for row in rows:
        print(f"{METHODS[row['method']]:<28} {row['median_ms']:>9} "
              f"{row['min_ms']:>9} {row['mib_per_second']:>9}")
    for one, other, goal in GOALS:
        promise = f"; promised {goal}" if goal else ""
        print(f"  {METHODS[one]} takes "
              f"{ratio(rows, one, other, 'median_ms'):.2f} x "
              f"{METHODS[other]}, of the shortest "
              f"{ratio(rows, one, other, 'min_ms'):.2f} x{promise}")
    print()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("driver")
    arguments = parser.parse_args()
    allowed = sorted(os.sched_getaffinity(0))
    for cpus in [allowed[-1:]] + [allowed[-2:]] * (len(allowed) > 1):
        times = measure_all(arguments, cpus)
        rows = list(rows_of(times, cpus, arguments.mib))
        if arguments.json:
            print("\n".join(map(json.dumps, rows)))
        else:
            print_table(rows)


if __name__ == "__main__":
    main()
