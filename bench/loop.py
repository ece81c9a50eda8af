# SPDX-License-Identifier: MIT
"""Children of one event loop of Python: how long all take, and how long the
loop stands still at most. asyncio's own and those of runtimes/python, in turns.
"""
import json
import pathlib
import statistics
import subprocess
import sys

import cases
import drivers

CHILDREN, ROUNDS = 1000, 5
SECONDS = 25
METHODS = {"asyncio": "asyncio-subprocess", "libspawn": "asyncio-libspawn"}
PROGRAM = pathlib.Path(__file__).with_name("loop_children.py")


def run(files, which, count):
    """(milliseconds for all, of them the longest pause); None: not here."""
    done = subprocess.run(
        [sys.executable, "-B", PROGRAM, which, str(count),
         files / "bench-target"], text=True, timeout=drivers.PATIENCE,
        check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    if done.returncode:
        return None
    return json.loads(done.stdout)


def measure(_, settings, tell):
    count = max(10, int(CHILDREN * min(settings.scale, 1)))
    taken = {which: [] for which in METHODS}
    for _ in range(ROUNDS):
        for which, times in taken.items():
            if pair := run(settings.files, which, count):
                times.append(pair)
            tell(SECONDS / ROUNDS / len(METHODS))
    case = cases.Case("asyncio", 0, [])
    for which, times in taken.items():
        if not times:
            settings.say(f"{METHODS[which]}: not measured: no module; "
                         "install the package python3-dev")
            continue
        all_ms, pause_ms = map(statistics.median, zip(*times))
        yield case.fields() | {
            "method": METHODS[which], "case": "children", "children": count,
            "all_p50_ms": round(all_ms, 1),
            "pause_p50_ms": round(pause_ms, 2)}
