# SPDX-License-Identifier: MIT
"""One thread with an event loop that keeps 16 programs under way: how many it
starts, and how late a timer is heard beside them. All ways take turns.
"""
import math
import statistics
import subprocess

import cases
import drivers

ROUNDS, MS, RESIDENT_MB = 5, 600, 1024
SECONDS = 18
# Method and case, the program that does it, its arguments.
WAYS = [("libspawn-start", "loop", "bench-overlap", ["start"]),
        ("libspawn-begin", "loop", "bench-overlap", ["begin"]),
        ("libuv", "loop", "bench-overlap-libuv", []),
        ("GLib-g_spawn", "loop", "bench-overlap-glib", [])]


def run(files, program, words, rss_mb, milliseconds):
    """(starts per second, microseconds that the timer was late at most)."""
    done = subprocess.run(
        [files / program, *words, str(milliseconds), files / "bench-target"],
        text=True, timeout=drivers.PATIENCE, check=False,
        env={"BENCH_RSS_MB": str(rss_mb)} if rss_mb else {},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    if done.returncode:
        raise drivers.Failure(f"{program}: {done.stdout.strip()}")
    return tuple(map(float, done.stdout.split()))


def measure(_, settings, tell):
    """The rows of a small caller and of a large one, on any processor."""
    rounds = math.ceil(ROUNDS * min(settings.scale, 1))
    milliseconds = max(100, int(MS * min(settings.scale, 1)))
    ways = [way for way in WAYS if (settings.files / way[2]).exists()]
    for missing in {way[2] for way in WAYS} - {way[2] for way in ways}:
        settings.say(f"{missing}: not measured: its library is not here")
    for rss_mb in 0, RESIDENT_MB:
        taken = {way[:2]: [] for way in ways}
        for _ in range(rounds):
            for method, case_name, program, words in ways:
                taken[method, case_name].append(
                    run(settings.files, program, words, rss_mb, milliseconds))
            tell(SECONDS / 2 / rounds)
        case = cases.Case("overlap", 0, [], rss_mb=rss_mb)
        for (method, case_name), pairs in taken.items():
            rates, lateness = zip(*pairs)
            yield case.fields() | {
                "method": method, "case": case_name,
                "per_second": round(statistics.median(rates), 1),
                "late_p50_us": round(statistics.median(lateness), 1),
                "late_max_us": max(lateness)}
