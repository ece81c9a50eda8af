#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a start does for a long list grows as the list does, or little more.

usage: work.py MANY

Counts the instructions of the caller, by callgrind: no clock. Eight times as
many elements may take some eleven times as many (n log n), not 64 times.
"""
import re
import resource
import sys

import trace_tools

LISTS = {"rows": 16000, "environment": 16000, "search": 16000,
         "processors": 8000}
SHARE = 8
BOUND = 13
# Descriptors besides those of the table, valgrind's own among them.
SPARE = 200


def raise_limit():
    """As many descriptors as are allowed."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def instructions(program, name, count):
    done = trace_tools.run(["valgrind", "--tool=callgrind",
                            "--callgrind-out-file=/dev/null", program, name,
                            str(count)], timeout=300)
    # The child is counted apart, and first.
    counted = re.findall(r"Collected : (\d+)", done.stderr)
    if done.returncode or not counted:
        return None, done.stderr
    return int(counted[-1]), ""


def check_list(checks, program, name, most):
    counts = []
    for count in 1, most // SHARE, most:
        counted, why = instructions(program, name, count)
        checks.check(counted, f"{name}, {count}: not counted: {why}")
        if not counted:
            return
        counts.append(counted)
    none, few, many = counts
    ratio = (many - none) / (few - none)
    print(f"{name}: {most // SHARE} take {few - none} instructions, "
          f"{most} take {many - none}: {ratio:.1f} times as many")
    checks.check(ratio < BOUND, f"{name}: {ratio:.1f} times the work for "
                 f"{SHARE} times the elements")


def main(program):
    if trace_tools.missing("valgrind"):
        trace_tools.skip("valgrind is not installed")
    checks = trace_tools.Checks()
    limit = raise_limit()
    for name, most in LISTS.items():
        check_list(checks, program, name,
                   min(most, limit - SPARE) if name == "rows" else most)
    checks.finish()


if __name__ == "__main__":
    main(sys.argv[1])
