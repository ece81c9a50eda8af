# SPDX-License-Identifier: MIT
"""libuv, Node and GLib as they are and with libspawn in them: what a start
costs the caller, and how long a loop that starts children stands still.

They are measured family by family, all builds of one in turns, in callers of
three sizes. To build them takes minutes at first, root, and Debian's sources.
"""
import copy
import json
import os
import re
import statistics
import subprocess

import cases
import drivers
import measure
import runtime_builds

#: MiB, and how many children a loop starts: forks of a large caller take long.
SIZES = {10: 200, 1024: 16, 4096: 6}
#: In the largest only these, of this release, or it would take all of the time.
LARGE, LARGE_CASES = 4096, ["plain", "default"]
LARGE_RELEASE = "bookworm"
SECONDS = 60
TURNS = 6
OWN_SECONDS, OWN_TURNS = 30, 5
OWN_BENCHMARK = re.compile(r"([\d.]+) spawns/s")


def run_pinned(command, environment, cpu, errors):
    return subprocess.run(
        command, text=True, check=False, timeout=drivers.PATIENCE,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
        env=environment,
        preexec_fn=lambda: os.sched_setaffinity(0, {cpu})).stdout


def measure_calls(main, sides, rss_mb, seconds, settings):
    """A row of each way of each side; not of the floors."""
    ways = LARGE_CASES if rss_mb >= LARGE else ["*"]
    names = [f"{side.name}/{way}" for side in sides for way in ways]
    case = cases.Case("runtimes", seconds, ["floor/plain", *names],
                      rss_mb=rss_mb, cpu=settings.cpu)
    settings = copy.copy(settings)
    settings.turns = TURNS
    rows = measure.measure([main, *(side.peer() for side in sides)], case,
                           settings, lambda _: None)
    return [row for row in rows if row["method"] != "floor"]


def pause_of(side, rss_mb, settings):
    """(milliseconds until all have ended, of them the longest pause)."""
    return json.loads(run_pinned(
        [*side.loop, str(SIZES[rss_mb]),
         str(settings.files / "bench-target")],
        os.environ | {"BENCH_RSS_MB": str(rss_mb)}, settings.cpu,
        subprocess.DEVNULL))


def measure_pauses(sides, rss_mb, settings):
    case = cases.Case("pauses", 0, [], rss_mb=rss_mb, cpu=settings.cpu)
    for side in sides:
        all_ms, pause_ms = pause_of(side, rss_mb, settings)
        yield case.fields() | {
            "method": side.name, "case": "loop", "children": SIZES[rss_mb],
            "all_p50_ms": round(all_ms, 2), "pause_p50_ms": round(pause_ms, 3)}


def own_speed(side, settings):
    """libuv's own benchmark: starts of itself, one by one, in a second."""
    text = run_pinned(side.own, os.environ, settings.cpu, subprocess.STDOUT)
    return float(OWN_BENCHMARK.search(text).group(1))


def run_own(sides, settings):
    """All in turns; the median of each."""
    case = cases.Case("benchmark-spawn", 0, [], cpu=settings.cpu)
    turns = [[own_speed(side, settings) for side in sides]
             for _ in range(OWN_TURNS)]
    for side, speeds in zip(sides, zip(*turns)):
        yield case.fields() | {
            "method": side.name, "case": "benchmark-spawn",
            "per_second": statistics.median(speeds)}


def prepare(settings):
    """All families of builds. The target is to be a bare name in the last
    directory of PATH."""
    os.environ["PATH"] += f":{settings.files}"
    return list(runtime_builds.families(settings.files, settings.say))


def measure_all(found, settings, tell):
    """The rows of all calls and loops. `tell` hears of time passed."""
    families = prepare(settings)
    seconds = SECONDS / len(SIZES) / max(1, len(families))
    for rss_mb in SIZES:
        for family in families:
            if rss_mb < LARGE or family.release == LARGE_RELEASE:
                yield from measure_calls(found[0], family.sides, rss_mb,
                                         seconds, settings)
                yield from measure_pauses(family.sides, rss_mb, settings)
            tell(seconds)


def measure_own(_, settings, tell):
    families = prepare(settings)
    for family in families:
        if all(side.own for side in family.sides):
            yield from run_own(family.sides, settings)
        tell(OWN_SECONDS / len(families))
