#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests in gVisor, which zeroes the word at the end of a process only.

usage: gvisor.py PROBE TEST...

Each through each backend, but posix_spawn, whose child is the C library's. Not
among them, since they do not all pass there: after/any (its hundreds need
descriptors of processes), after/screen (a terminal's end is not told) and
after/stop (a group with another user's process in it, with vfork and fork).
"""
import os
import sys

import trace_tools

SANDBOX = ["runsc", "--network=none", "--platform=ptrace", "do"]


# Init is a shell: who is init itself gets children that it never had.
AS_CHILD = ["sh", "-c", '"$@"; exit $?', "sh"]


def main(probe, *tests):
    if trace_tools.missing("runsc"):
        trace_tools.skip("runsc is not installed")
    tried = trace_tools.run([*SANDBOX, "/bin/true"])
    if tried.returncode != 0:
        trace_tools.skip(f"runsc can't run here: {tried.stderr.strip()}")
    checks = trace_tools.Checks()
    for test in tests:
        for backend in ("clone", "vfork", "fork"):
            done = trace_tools.run([*SANDBOX, *AS_CHILD, test, backend, probe])
            checks.check(done.returncode == 0 and "[       OK ]" in
                         done.stdout + done.stderr,
                         f"{test} {backend}: {done.returncode}\n"
                         f"{done.stdout}{done.stderr}")
    checks.finish()


if __name__ == "__main__":
    main(*(os.path.abspath(path) for path in sys.argv[1:]))
