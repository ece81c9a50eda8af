#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What differs on Android, tried on Linux: its C library is nowhere to be had.

usage: android.py ROOT ZIG

Builds the library and some tests for musl, as if for Android 9, and runs them
with each backend that is left. A filter there kills a process that makes one of
CALLS: strace looks that none is made, by the library or its child.
"""
import os
import pathlib
import shutil
import sys
import tempfile

import emulated
import static_tests
import trace_tools

TESTS = ["start/cwd", "start/errors", "start/fds", "after/stopped"]
CALLS = "clone3,close_range,pidfd_open"
ANDROID = ["-D__ANDROID__", "-D__ANDROID_API__=28"]


def traced(program, backend, probe):
    """The result of a run, and the calls that would have been its end."""
    trace = program.with_name(f"{program.name}.{backend}")
    done = trace_tools.run_in_time(
        ["strace", "-f", "-qq", "-e", f"trace={CALLS}", "-e", "signal=none",
         "-o", trace, program, backend, probe], cwd=program.parent,
        timeout=300)
    return done, trace.read_text()


def main(root, zig):
    if trace_tools.missing("strace"):
        trace_tools.skip("strace is not installed")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="android."))
    os.chmod(folder, 0o755)
    builder = static_tests.Builder(root, "", folder)
    builder.compiler = [*emulated.zig_compiler(zig, "x86_64-linux-musl"),
                        *ANDROID]
    probe = static_tests.native_programs(root, folder)
    count = static_tests.Count({})
    sources = [static_tests.source_of(root, name) for name in TESTS]
    for source in [*sources, root / "tests/systems/android.c"]:
        name = f"{source.parent.name}/{source.stem}"
        program = builder.library and builder.link(source, builder.library)
        if not program:
            count.failed.append(f"{name}: does not build")
            continue
        for backend in ("clone", "vfork", "fork"):
            done, calls = traced(program, backend, probe)
            count.add(f"{name} {backend}", done)
            if calls:
                count.failed.append(f"{name} {backend}: {calls[:500]}")
    shutil.rmtree(folder)
    sys.exit(static_tests.tell("as Android", count))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]))
