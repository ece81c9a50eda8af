#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Part of dev: the tests of a leg that failed, each with its last words.

usage: failed.py LEG LOG

LOG is what meson writes beside its testlog: one JSON object a line.
"""
import json
import sys

GOOD = {"OK", "EXPECTEDFAIL", "SKIP"}
LAST_LINES = 8


def tell(leg, test):
    print(f"{leg}: {test['name']}: {test['result']}")
    words = (test.get("stdout") or "") + (test.get("stderr") or "")
    for line in words.splitlines()[-LAST_LINES:]:
        print(f"    {line[:160]}")


def main(leg, log):
    with open(log, encoding="utf-8", errors="replace") as lines:
        for test in map(json.loads, lines):
            if test["result"] not in GOOD:
                tell(leg, test)


if __name__ == "__main__":
    main(*sys.argv[1:])
