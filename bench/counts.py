# SPDX-License-Identifier: MIT
"""What is counted rather than timed: system calls, page faults, memory."""
import collections
import pathlib
import shutil
import tempfile
import time

import cases
import cgroup
import drivers

STARTS = 10
RESIDENT_MB = 1024


def calls_of(path):
    """(time, text) of each system call of one process or thread."""
    lines = path.read_text(errors="replace").split("\n")
    times = [line.split(" ", 1) for line in lines if " " in line]
    return [(float(t), text) for t, text in times
            if text[0].isalpha() and "(" in text]


def system_calls(trace, begin, end):
    """(by the driver, by all its children before the target) per start."""
    parent = child = 0
    for number, calls in enumerate(sorted(map(calls_of, trace.iterdir()))):
        execs = [i for i, (_, text) in enumerate(calls)
                 if text.startswith("execve(")]
        # The first of all is the driver; its threads execute nothing.
        is_driver = number == 0 or not execs
        if not is_driver:
            calls = calls[:execs[-1] + 1]
        inside = sum(begin <= t <= end for t, _ in calls)
        if is_driver:
            parent += inside
        else:
            child += inside
    return parent / STARTS, child / STARTS


def count_calls(peer, case, settings):
    """System calls per start of every method of one driver."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        wrapper = ["strace", "-f", "-ff", "-ttt", "-o", f"{folder}/t"]
        with drivers.Driver(peer, case, settings.files,
                            wrapper=wrapper) as driver:
            windows = {}
            for index, name in driver.methods.items():
                driver.run(2, 1, 1, [index])
                begin = time.time()
                driver.run(STARTS, 1, 1, [index])
                windows[name] = begin, time.time()
        for name, (begin, end) in windows.items():
            found[name] = dict(zip(
                ("parent_calls", "child_calls"),
                system_calls(pathlib.Path(folder), begin, end)))
    return found


def count_memory(peer, case, settings, group):
    """Faults and peak memory per start of every method of one driver."""
    found = {}
    with drivers.Driver(peer, case, settings.files, cgroup=group) as driver:
        for index, name in driver.methods.items():
            driver.run(2, 1, 1, [index])
            before = driver.faults()
            driver.run(STARTS, 1, 1, [index])
            after = driver.faults()
            found[name] = {
                "parent_faults": (after[0] - before[0]) / STARTS,
                "child_faults": (after[1] - before[1]) / STARTS}
            if group:
                peak = group.peak_of(
                    lambda i=index: driver.run(STARTS, 1, 1, [i]))
                found[name]["peak_kb"] = peak // 1024
    return found


def count_peer(peer, settings):
    """The counts of one driver, by method."""
    plain = cases.Case("counts", 0, ["*"], cpu=settings.cpu)
    large = cases.Case("counts", 0, ["*"], rss_mb=RESIDENT_MB,
                       cpu=settings.cpu)
    found = collections.defaultdict(dict)
    if shutil.which("strace"):
        for name, figures in count_calls(peer, plain, settings).items():
            found[name] |= figures
    else:
        settings.say("system calls: not counted: no strace; "
                     "install the package strace")
    try:
        with cgroup.Cgroup() as group:
            memory = count_memory(peer, large, settings, group)
    except (cgroup.Unavailable, OSError) as error:
        settings.say(f"peak memory: not measured: {error}")
        memory = count_memory(peer, large, settings, None)
    for name, figures in memory.items():
        found[name] |= figures
    return large, found


def count(peers, settings, tell):
    rows = []
    for peer in peers:
        if not peer.command:
            continue
        try:
            large, found = count_peer(peer, settings)
        except drivers.Failure as failure:
            settings.say(f"counts: {failure}")
            continue
        rows += [large.fields() | {"method": method, "case": case} | figures
                 for (method, case), figures in found.items()
                 if peer.name == "main" or method != "floor"]
        tell(4)
    return rows
