#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The protocol of a start, looked at in every order of its steps.

usage: check.py start.pml COMPILER

The model checker makes a program of the model that visits all of its states:
without an error, and with every state of the child among them. Then each of
the seeded faults in turn, which it has to find.
"""
import os
import re
import sys
import tempfile

import trace_tools

BEGUN, WAITED, EMULATED, FORKED = 1, 2, 3, 4
HANGS, WRONG = "invalid end state", "assertion violated"
# By number: in which way, and what must be said of it.
FAULTS = [
    ("a held child does not look at its parent", BEGUN, HANGS),
    ("a child asks to die with a parent that is gone", WAITED, HANGS),
    ("only the end of the pipe is awaited", BEGUN, HANGS),
    ("the pipe is not read again after a death", FORKED, WRONG + ".*verdict"),
    ("only the word is awaited", BEGUN, HANGS),
    ("the record is read before the word", BEGUN, WRONG + ".*verdict"),
    ("the word is read before the pipe", BEGUN, WRONG + ".*verdict"),
    ("no time from exec to the word", WAITED, WRONG + ".*is_owned"),
    ("a failed start proves the word", WAITED, WRONG + ".*zeroes_at_exec"),
    ("a block is freed at finish", BEGUN, WRONG + ".*is_owned"),
    ("a block is freed at cancel", BEGUN, WRONG + ".*is_owned"),
]


def build(model, compiler, directory):
    """The program that looks at all states."""
    trace_tools.must("spin", "-a", model, cwd=directory)
    trace_tools.must(*compiler.split(), "-O1", "-DSAFETY", "-o", "pan",
                     "pan.c", cwd=directory)


def search(directory, fault, way):
    """What it says of the model with that fault (0: none)."""
    done = trace_tools.run(
        ["./pan", "-m100000", "-w22"], cwd=directory, timeout=280,
        env=dict(os.environ, FAULT=str(fault), WAY=str(way)))
    return done.stdout + done.stderr


def check_whole(said):
    """Every state was visited, and none is bad."""
    print(re.search(r"\d+ states, stored", said).group())
    return "errors: 0" in said and "not completed" not in said and \
        bool(re.search(r"unreached in proctype child\n\t\(0 of", said))


def main(model, compiler):
    if trace_tools.missing("spin"):
        trace_tools.skip("spin is not installed")
    checks = trace_tools.Checks()
    with tempfile.TemporaryDirectory() as directory:
        build(model, compiler, directory)
        said = search(directory, 0, 0)
        checks.check(check_whole(said), said)
        for number, (what, way, wanted) in enumerate(FAULTS, 1):
            said = search(directory, number, way)
            found = re.search(f"pan:1: .*{wanted}", said)
            checks.check(found, f"not found: {what}\n{said}")
            print(f"{what}: {found.group() if found else 'not found'}")
    checks.finish()


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), sys.argv[2])
