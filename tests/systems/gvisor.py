#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Starts in gVisor, which zeroes the word at the end of a process only.

usage: gvisor.py TEST PROBE

The test of a thousand starts, every third of which fails, of children that wait
for their caller, through each backend.
"""
import os
import sys

import trace_tools

SANDBOX = ["runsc", "--network=none", "--platform=ptrace", "do"]


def main(test, probe):
    if trace_tools.missing("runsc"):
        trace_tools.skip("runsc is not installed")
    tried = trace_tools.run([*SANDBOX, "/bin/true"])
    if tried.returncode != 0:
        trace_tools.skip(f"runsc can't run here: {tried.stderr.strip()}")
    checks = trace_tools.Checks()
    for backend in ("clone", "vfork", "posix_spawn", "fork"):
        done = trace_tools.run([*SANDBOX, test, backend, probe])
        checks.check(done.returncode == 0 and "[       OK ]" in
                     done.stdout + done.stderr,
                     f"{backend}: {done.returncode}\n{done.stdout}"
                     f"{done.stderr}")
    checks.finish()


if __name__ == "__main__":
    main(*(os.path.abspath(path) for path in sys.argv[1:3]))
