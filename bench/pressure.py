# SPDX-License-Identifier: MIT
"""Who can still start a program when memory is short.

A caller with much memory resident, in a cgroup with little left, and, if asked
for, on a system that does not overcommit.
"""
import contextlib
import errno
import pathlib
import time

import cases
import cgroup
import drivers

RESIDENT_MB = 1024
LEFT = 1 << 19
VM = pathlib.Path("/proc/sys/vm")


def attempt(driver, index):
    """One start: what came of it, in a word."""
    try:
        driver.run(1, 1, 1, [index])
    except drivers.Failure as failure:
        text = str(failure)
        if "ended with -9" in text or "is gone" in text:
            return "caller killed"
        if any(sign in text for sign in (
                f"errno {errno.ENOMEM}", "Cannot allocate memory", "ENOMEM",
                "error=12")):
            return "ENOMEM"
        if "wait status 9" in text or "-9" in text or "signal: 9" in text \
                or "killed" in text or "null" in text:
            return "child killed"
        return "fails"
    return "starts"


def settled(group):
    """Its usage, once what the kernel frees late has been freed."""
    used, before = group.used(), None
    while before is None or used < before:
        time.sleep(0.1)
        used, before = group.used(), used
    return used


def near_limit(peer, case, index, settings):
    """In a cgroup with little left; a driver for each, as it may be killed."""
    with cgroup.Cgroup() as group:
        with drivers.Driver(peer, case, settings.files,
                            cgroup=group) as driver:
            group.restrict(settled(group) + LEFT)
            outcome = attempt(driver, index)
    return outcome


@contextlib.contextmanager
def strict_overcommit(left_kb):
    """The system promises no more memory than it has, and has little."""
    # Of the last two the one that counts is not 0; writing it clears the other.
    names = ["overcommit_memory", "overcommit_kbytes", "overcommit_ratio"]
    before = [(VM / name, (VM / name).read_text()) for name in names]
    with open("/proc/meminfo") as text:
        committed = next(int(line.split()[1]) for line in text
                         if line.startswith("Committed_AS:"))
    try:
        (VM / names[1]).write_text(str(committed + left_kb))
        (VM / names[0]).write_text("2")
        yield
    finally:
        for path, value in before:
            if path.name == names[0] or int(value):
                path.write_text(value)


def without_overcommit(peer, case, settings):
    outcomes = {}
    with drivers.Driver(peer, case, settings.files) as driver:
        for index in driver.methods:
            driver.run(1, 1, 1, [index])
        with strict_overcommit(RESIDENT_MB * 512):
            for index, name in driver.methods.items():
                outcomes[name] = attempt(driver, index)
    return outcomes


def names_of(peer, case, settings):
    with drivers.Driver(peer, case, settings.files, rss_mb=0) as driver:
        return driver.methods


def try_peer(peer, settings):
    case = cases.Case("pressure", 0, cases.CHIEF, rss_mb=RESIDENT_MB,
                      cpu=settings.cpu)
    methods = {index: name for index, name
               in names_of(peer, case, settings).items()
               if case.wants(*name)
               and (peer.name == "main" or name[0] != "floor")}
    outcomes = {name: {} for name in methods.values()}
    for index, name in methods.items():
        outcomes[name]["memory_cgroup"] = near_limit(peer, case, index,
                                                     settings)
    if settings.strict:
        for name, outcome in without_overcommit(peer, case, settings).items():
            if name in outcomes:
                outcomes[name]["no_overcommit"] = outcome
    return case, outcomes


def press(peers, settings, tell):
    rows = []
    for peer in peers:
        if not peer.command:
            continue
        try:
            case, outcomes = try_peer(peer, settings)
        except (cgroup.Unavailable, OSError) as error:
            settings.say(f"pressure: not measured: {error}")
            return rows
        except drivers.Failure as failure:
            settings.say(f"pressure: {failure}")
            continue
        rows += [case.fields() | {"method": method, "case": case_name} | found
                 for (method, case_name), found in outcomes.items()]
        tell(3)
    return rows
