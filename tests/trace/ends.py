#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every system call of waiting, signalling and stopping fails in turn.

usage: ends.py TRACE_INJECT TRACE_END

tests/trace/inject.c makes one call fail, with each of a list of errors. The
library's call must return one of the answers below, keep errno, leave no
descriptor, not hang, and the process must be there to be waited for after.
"""
import errno
import os
import re
import subprocess
import sys

import faults
import trace_tools

ETIMEDOUT, ECHILD, ESRCH = errno.ETIMEDOUT, errno.ECHILD, errno.ESRCH
ERRORS = [errno.EINTR, errno.ENOSYS, errno.EPERM, errno.EMFILE, errno.ENOMEM,
          errno.EIO]
# What each call returns when nothing fails.
CALLS = {"wait": ETIMEDOUT, "wait-late": 0, "wait-ever": 0, "any": ETIMEDOUT,
         "signal": 0, "group": 0, "stop": 0}
SAID = re.compile(r"code=(\d+) end=(\d+) told=(-?\d+) flags=(\d+) kept=(\d+) "
                  r"left=(-?\d+) then=(\d+) end=(\d+)")
# Calls that do the library's work by another way, or not at all, when refused.
HARMLESS = {"ppoll", "pidfd_open", "close", "nanosleep", "clock_nanosleep",
            "sched_yield"}
NEVER_INTERRUPTED = {"kill", "pidfd_send_signal", "pidfd_open"}


class Result:
    def __init__(self, done, names):
        self.output = done.stdout.strip()
        found = SAID.search(done.stdout)
        numbers = [int(word) for word in found.groups()] if found else []
        self.ok = done.returncode == 0 and bool(found)
        (self.code, self.end, self.told, self.flags, self.kept, self.left,
         self.then, self.last) = numbers or [-1] * 8
        self.calls = [names[int(line.split()[2])]
                      for line in done.stderr.splitlines()
                      if line.startswith("caller ")]


def run(tools, name, pidfd, fault="none"):
    inject, program, names = tools
    try:
        done = trace_tools.run([inject, fault, program, name, *pidfd],
                               timeout=60)
    except subprocess.TimeoutExpired:
        done = subprocess.CompletedProcess([], -1, "hangs", "")
    return Result(done, names)


def problem(result, wanted, failed, code):
    """What is wrong with what came of a fault, or None."""
    if failed in NEVER_INTERRUPTED and code == errno.EINTR:
        return None
    if not result.ok:
        return "hangs or dies"
    if not result.kept:
        return "errno changed"
    # A close() that was skipped leaves its descriptor, by the fault itself.
    if result.left and failed != "close":
        return f"{result.left} descriptors left"
    # The fault may have made it lost, else it is still to be had.
    if result.then not in (0, ECHILD):
        return f"afterwards {result.then}"
    if result.code == wanted:
        return None
    if failed in HARMLESS or code == errno.EINTR:
        return f"returned {result.code}, not {wanted}"
    if result.code not in (code, ECHILD, ESRCH, ETIMEDOUT):
        return f"returned {result.code}, neither {wanted} nor {code}"
    return None


def jobs(tools, checks):
    for name, wanted in CALLS.items():
        for pidfd in ([], ["pidfd"]):
            base = run(tools, name, pidfd)
            what = f"{name} {' '.join(pidfd)}"
            checks.check(base.ok and base.code == wanted and not base.left,
                         f"{what}: {base.output}")
            checks.check(base.calls, f"{what}: no system call seen")
            for index in range(1, len(base.calls) + 1):
                for code in ERRORS:
                    yield lambda n=name, p=pidfd, w=wanted, i=index, \
                        c=code: fail(tools, checks, (n, p, w), i, c)


def fail(tools, checks, call, index, code):
    name, pidfd, wanted = call
    fault = f"caller:{index}:before:{code}"
    result = run(tools, name, pidfd, fault)
    # Not always the same call: when a process ends is its own affair.
    failed = (result.calls[index - 1:index] or ["none"])[0]
    wrong = problem(result, wanted, failed, code)
    checks.check(not wrong, f"{name} {' '.join(pidfd)}: {failed} {fault}: "
                 f"{wrong}\n  {result.output}")


def main(inject, program):
    checks = trace_tools.Checks()
    if trace_tools.run([inject, "none", program, "wait"]).returncode == \
            trace_tools.SKIP:
        trace_tools.skip("may not trace here, or not this processor")
    tools = (inject, program, faults.call_names())
    trace_tools.on_all_processors(lambda job: job(), jobs(tools, checks))
    checks.finish()


if __name__ == "__main__":
    main(*(os.path.abspath(path) for path in sys.argv[1:3]))
