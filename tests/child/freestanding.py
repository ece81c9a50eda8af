#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds tests/child/freestanding.c without a C library, for every processor with a
cross compiler here, and has it run a plan: natively, or by user-mode emulation.

usage: freestanding.py ROOT
"""
import pathlib
import shutil
import struct
import sys
import tempfile

import trace_tools

FLAGS = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
         "-nostdlib", "-static", "-ffreestanding", "-fno-stack-protector"]
LEVELS = ["-O0", "-O2", "-Os"]
BIG_ENDIAN = {"s390x"}
ENOENT = 2
OP_EXEC_NUMBER = 3  # in the plan of tests/child/freestanding.c
CHILD_EXECUTES = 2  # src/child/launch.h


def build(root, compiler, level, made):
    return trace_tools.compile_c(
        [compiler, *FLAGS, level, f"-I{root}/src",
         root / "tests/child/freestanding.c",
         *sorted((root / "src" / "child").glob("*.c")), "-o", made])


def check_run(checks, what, command, native):
    """The plan ends in a program with the mode mask that it was to set."""
    done = trace_tools.run([*command, native])
    checks.check(done.stdout == "ran\numask=0127\n" and done.returncode == 0,
                 f"{what}: {done.returncode} {done.stdout!r} {done.stderr!r}")


def check_report(checks, what, command):
    """A program that isn't there: announced, reported, and the child exits."""
    done = trace_tools.run([*command, "/nonexistent/program"])
    records = done.stderr.encode("latin-1")
    good = done.returncode == 127 and len(records) == 48
    if good:
        order = ">" if what.split(",")[0] in BIG_ENDIAN else "<"
        good = list(struct.iter_unpack(order + "iIIIII", records)) == [
            (0, 0, CHILD_EXECUTES, 0, 0, 0),
            (ENOENT, OP_EXEC_NUMBER, CHILD_EXECUTES, 0, 0, 0)]
    checks.check(good, f"{what}: {done.returncode} {records!r}")


def check_processor(checks, root, folder, processor, native):
    name, prefix, emulator = processor
    for compiler in [prefix + "gcc"] + ([] if prefix else ["clang"]):
        lacking = trace_tools.missing(compiler, *([emulator] if prefix else []))
        if lacking:
            print(f"skipped: {name} with {compiler}: no {lacking}")
            continue
        for level in LEVELS:
            what = f"{name}, {compiler} {level}"
            made = folder / f"{compiler}{level}"
            if not checks.check(build(root, compiler, level, made),
                                f"{what}: does not build"):
                continue
            command = [emulator, made] if prefix else [made]
            check_run(checks, what, command, native)
            check_report(checks, what, command)


def main(root):
    checks = trace_tools.Checks()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="freestanding."))
    native = folder / "native"
    # What an emulated program executes is the kernel's: a native one.
    if not build(root, "gcc", "-O2", native):
        sys.exit(1)
    for processor in trace_tools.PROCESSORS:
        check_processor(checks, root, folder, processor, native)
    shutil.rmtree(folder)
    checks.finish()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
