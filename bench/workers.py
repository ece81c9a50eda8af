# SPDX-License-Identifier: MIT
"""What workers cost: starts, forks of a template, messages, tasks of a pool.

Each way of the library has its like by hand, and both take turns in one process
(workers.c). The pools of Python run by themselves: workers_python.py.
"""
import os
import random
import statistics
import subprocess
import sys

import cases
import drivers
import measure as measuring

ROUNDS, TEMPLATE_MIB, TASKS = 60, 256, 100_000
SECONDS = 90
# What is measured, and against which of the others.
PAIRS = {
    "start": ("libspawn-worker", "start"),
    "start-by-hand": ("libspawn_start", "start"),
    "template": ("libspawn-template", "fork"),
    "template-share": ("libspawn-template", "fork-share"),
    "template-by-hand": ("bare-fork", "fork"),
    "trip": ("libspawn-worker", "64-bytes"),
    "trip-by-hand": ("bare-socketpair", "64-bytes"),
    "load": ("libspawn-worker", "1-MiB"),
    "load-by-hand": ("bare-pipe", "1-MiB"),
    "tasks": ("libspawn-pool", "tasks"),
    "tasks-by-hand": ("bare-fork-pool", "tasks"),
}
HANDS = {"start": "start-by-hand", "template": "template-by-hand",
         "template-share": "template-by-hand", "trip": "trip-by-hand",
         "load": "load-by-hand", "tasks": "tasks-by-hand"}
STARTS = ("start", "start-by-hand", "template", "template-share",
          "template-by-hand")
MESSAGES = ("trip", "trip-by-hand", "load", "load-by-hand")
POOLS = ("tasks", "tasks-by-hand")
PYTHON_POOLS = ("multiprocessing fork", "multiprocessing forkserver",
                "multiprocessing spawn", "concurrent.futures")
# Of the caller, for what is started and forked.
MEMORIES = (0, 4096, 8192)


def take_times(settings, rss_mb, ways, rounds, tasks=1):
    """Microseconds by way. The first round warms up, and is thrown away."""
    times = {way: [] for way in ways}
    mib = max(1, int(TEMPLATE_MIB * min(settings.scale, 1)))
    surroundings = os.environ | {"BENCH_RSS_MB": str(rss_mb)}
    with drivers.Asked([settings.files / "bench-workers", str(mib), str(tasks)],
                       env=surroundings) as driver:
        for _ in range(rounds + 1):
            for way in random.sample(ways, len(ways)):
                times[way].append(driver.measure(way))
    return {way: values[1:] for way, values in times.items()}


def row_of(case, way, times):
    method, case_name = PAIRS[way]
    row = case.fields() | {
        "method": method, "case": case_name,
        "took_min_us": round(min(times[way]), 2),
        "took_p50_us": round(statistics.median(times[way]), 2)}
    if way in POOLS:
        row["tasks_per_second"] = round(1e6 / row["took_p50_us"])
    if way in HANDS:
        row["ratio_to_hand"] = round(statistics.median(
            a / b for a, b in zip(times[way], times[HANDS[way]])), 3)
    return row


def measure_python(settings, tasks):
    """Of each pool: microseconds for a task."""
    for name in PYTHON_POOLS:
        done = subprocess.run(
            [sys.executable, "-B", os.path.join(
                os.path.dirname(__file__), "workers_python.py"),
             name, str(tasks)], capture_output=True, text=True, check=False)
        if done.returncode:
            settings.say(f"{name}: not measured: {done.stderr.strip()[-200:]}")
        else:
            yield name, float(done.stdout)


def fits(rss_mb):
    return rss_mb < measuring.available_mb() * measuring.MEMORY_SHARE


def plan(settings):
    """(case, ways, rounds) of each process that measures."""
    rounds = max(2, int(ROUNDS * min(settings.scale, 1)))
    for rss_mb in MEMORIES:
        if rss_mb and (settings.scale < 1 or not fits(rss_mb)):
            settings.say(f"workers: no caller of {rss_mb} MiB")
            continue
        yield (cases.Case("workers", 0, [], rss_mb=rss_mb,
                          cpu=settings.cpu), STARTS, rounds)
    for cpu in settings.cpu, None:
        yield (cases.Case("workers", 0, [], cpu=cpu), MESSAGES, rounds)


def pool_rows(settings, tell):
    tasks = max(50, int(TASKS * min(settings.scale, 1)))
    case = cases.Case("workers", 0, [])
    times = take_times(settings, 0, POOLS, 3, tasks)
    rows = [row_of(case, way, times) for way in POOLS]
    tell(10)
    for name, took in measure_python(settings, tasks):
        method = "CPython-" + name.replace(" ", "-")
        rows.append(case.fields() | {
            "method": method, "case": "tasks", "took_p50_us": round(took, 2),
            "tasks_per_second": round(1e6 / took)})
        tell(10)
    return [row | {"tasks": tasks} for row in rows]


def measure(_, settings, tell):
    rows = []
    for case, ways, rounds in plan(settings):
        with drivers.pinned(case.cpu):
            times = take_times(settings, case.rss_mb, ways, rounds)
        rows += [row_of(case, way, times) for way in ways]
        tell(8)
    return rows + pool_rows(settings, tell)
