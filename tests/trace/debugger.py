#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A debugger with a breakpoint in the caller: hazard 23 of docs/child.md.

usage: debugger.py MARKED

tests/trace/marked.c comes by a breakpoint after each of its starts. gdb has to stop
there each time, and the program to run to its end, by libspawn_start(), by a
pipeline, and by libspawn_begin() through the backend that waits.
"""
import os
import sys
import tempfile

import trace_tools

TIMES = 20
COMMANDS = """set pagination off
set confirm off
break mark
commands
silent
printf "stopped\\n"
continue
end
run
"""


def debug(marked, words, backend):
    """What gdb and the program have printed."""
    with tempfile.NamedTemporaryFile("w", suffix=".gdb") as commands:
        commands.write(COMMANDS)
        commands.flush()
        done = trace_tools.run(
            ["gdb", "-nx", "-batch", "-x", commands.name, "--args", marked,
             *words], env=dict(os.environ, LIBSPAWN_BACKEND=backend,
                               DEBUGINFOD_URLS=""))
    return done.stdout + done.stderr


def check_stops(checks, marked, words, backend):
    said = debug(marked, words, backend)
    if "Could not trace the inferior" in said or \
            "ptrace: Operation not permitted" in said:
        trace_tools.skip("may not trace here")
    checks.check(said.count("stopped\n") == TIMES and f"good {TIMES}" in said,
                 f"{words} by {backend}: {said[-2000:]}")


def main(marked):
    if trace_tools.missing("gdb"):
        trace_tools.skip("gdb is not installed")
    checks = trace_tools.Checks()
    check_stops(checks, marked, ["start"], "clone")
    check_stops(checks, marked, ["start"], "vfork")
    check_stops(checks, marked, ["pipeline"], "clone")
    check_stops(checks, marked, ["begin"], "vfork")
    checks.finish()


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
