# SPDX-License-Identifier: MIT
"""The tests as static programs, for places that have no cmocka: built with
tests/support/stand_in in its place, run by somebody else, and counted."""
import fnmatch
import functools
import json
import os
import pathlib
import re
import sys

import trace_tools

UNIT = [f"unit/{topic}" for topic in (
        "ends", "environment", "explain", "fdmap", "names", "options", "path",
        "plan_memory", "planner", "table", "watch")]
LINUX_UNIT = ["unit/kernel", "unit/ladder"]
# What no processor does otherwise, but a kernel or a C library may.
MORE_UNIT = [f"unit/{topic}" for topic in (
             "bare", "block", "confinement", "dumpable", "format", "ignored",
             "proof", "sandbox", "sandbox_sentences", "sorted")]
# These are the same with every backend.
PLAIN = [*UNIT, *LINUX_UNIT, "child/child", "child/exec"]
# An emulator has no memory that is shared: nothing of test_begin there.
MOST_SKIPPED = 0.07
VERSION = '-DPROJECT_VERSION="0.2.0"'
FLAGS = ["-std=c11", "-pthread", "-D_FILE_OFFSET_BITS=64", VERSION]
# A header of two files.
SECOND = {"case.c": "observe.c"}
# In the place of cmocka.
STAND_IN = "tests/support/stand_in/stand_in.c"
# What else a file of tests/ needs to be linked with.
LIBRARIES = {"refuse.c": "-lseccomp"}
INCLUDE = re.compile(r'^#include "(\w+)\.h"', re.M)
TALLY = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped$", re.M)
ENDED = re.compile(r"^\[ (FAILED|SKIPPED) \] (\w+)$", re.M)
REASON = re.compile(r"skipped: (.*)\n(?:.*\n)*?\[ SKIPPED \] (\w+)")


def shared_sources(path, found=()):
    """The files behind the headers, beside it or shared, that a file includes."""
    for name in INCLUDE.findall(path.read_text()):
        for suffix in (".h", ".c"):
            other = path.with_name(name + suffix)
            if not other.exists():
                other = path.parents[1] / "support" / (name + suffix)
            if other.exists() and other not in found:
                found = shared_sources(other, (*found, other))
    return found


def parts_of(source):
    """The files that a program of a test is compiled of, but for its own."""
    shared = [path for path in shared_sources(source) if path.suffix == ".c"]
    return shared + [path.with_name(SECOND[path.name]) for path in shared
                     if path.name in SECOND]


def source_of(root, name):
    """The test program SUITE/TOPIC."""
    suite, topic = name.split("/")
    return root / f"tests/{suite}/test_{topic}.c"


class Builder:
    """Compiles for one processor, in a folder of its own."""

    def __init__(self, root, prefix, folder):
        self.root, self.folder, self.objects = root, folder, {}
        self.compiler = [prefix + "gcc"]
        self.archiver = [prefix + "ar"]
        self.flags = ["-static", *FLAGS]
        self.include = [f"-I{root}/{name}" for name in
                        ("tests/support/stand_in", "include", "src",
                         "tests/support")]

    def compile(self, source):
        made = self.folder / (source.parent.name + "_" + source.stem + ".o")
        # What is tried is the library; the tests are compiled in less.
        level = "-O1" if source.is_relative_to(self.root / "src") else "-O0"
        good = trace_tools.compile_c([*self.compiler, level, *self.flags,
                                      *self.include, "-c", source, "-o", made])
        return made if good else None

    def archive(self, sources, name):
        objects = trace_tools.on_all_processors(self.compile, sources)
        made = self.folder / name
        trace_tools.run([*self.archiver, "rcs", made, *filter(None, objects)])
        return made if all(objects) else None

    def prepare(self, sources):
        """Compile once what the programs of these share."""
        shared = sorted({path for source in sources
                         for path in parts_of(source)} - self.objects.keys())
        made = trace_tools.on_all_processors(self.compile, shared)
        self.objects.update(zip(shared, made))

    def link(self, source, library):
        """One program of a test, named test_SUITE_TOPIC."""
        topic = source.stem.removeprefix("test_")
        made = self.folder / f"test_{source.parent.name}_{topic}"
        shared = parts_of(source)
        libraries = [LIBRARIES[path.name] for path in shared
                     if path.name in LIBRARIES]
        objects = [self.objects.get(path, path) for path in shared]
        if not all(objects):
            return None
        words = [source, *objects, library, *libraries]
        return made if self.compile_program(words, made) else None

    def compile_program(self, words, made):
        return trace_tools.compile_c([*self.compiler, *self.flags,
                                      *self.include, *words, "-o", made])

    @functools.cached_property
    def library(self):
        """All of src/, and what is in the place of cmocka."""
        return self.archive(trace_tools.library_sources(self.root) +
                            [self.root / STAND_IN], "lib.a")

    def build(self, topics, plain, backends, count):
        """The words of each job: the program of a SUITE/TOPIC, and for
        the topics each of the backends."""
        names = [*topics, *plain]
        self.prepare(source_of(self.root, name) for name in names)
        made = self.library and trace_tools.on_all_processors(
            lambda name: self.link(source_of(self.root, name), self.library),
            names)
        jobs = []
        for name, program in zip(names, made or [None] * len(names)):
            if not program:
                count.failed.append(f"{name}: does not build")
            elif name in topics:
                jobs += [[program, backend] for backend in backends]
            else:
                jobs.append([program])
        return jobs


class DropIn(Builder):
    """The same with libc's names on the library of another builder."""

    def __init__(self, plain, folder):
        super().__init__(plain.root, "", folder)
        folder.mkdir()
        self.plain = plain
        self.flags.append("-DLIBSPAWN_POSIX_DROP_IN")

    @functools.cached_property
    def library(self):
        return self.archive(sorted((self.root / "src/posix").glob("*.c")),
                            "posix.a")

    def compile_program(self, words, made):
        return super().compile_program([*words, self.plain.library], made)


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
                               f"{(done.stdout + done.stderr)[-2000:]}")
            return
        passed, failed, _ = map(int, tally.groups())
        self.passed += passed
        # Of which nothing was tried: status_of_tests() of own_process.c.
        good = {failed} if passed or failed else {0, trace_tools.SKIP}
        if done.returncode not in good:
            self.failed.append(f"{program}: ended with {done.returncode}\n"
                               f"{done.stderr[-2000:]}")
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


def run_jobs(jobs, words_of, count, **more):
    """Run the words of each (program, backend), and count what it says. One
    whose output is still open at the timeout has failed."""
    done = trace_tools.on_all_processors(
        lambda job: trace_tools.run_in_time(words_of(job), **more), jobs)
    for (program, backend), ended in zip(jobs, done):
        count.add(f"{program.name} {backend}", ended)


def topics_of(root, suite):
    """All SUITE/TOPIC of the suite but what other systems alone have."""
    return sorted(f"{suite}/{path.stem.removeprefix('test_')}"
                  for path in (root / "tests" / suite).glob("test_*.c")
                  if path.stem != "test_elsewhere")


def native_programs(root, folder, *flags):
    """What the tests start: native, for it is the kernel that executes it."""
    for name in ("probe", "worker"):
        if not trace_tools.compile_c(
                ["gcc", "-std=c11", "-O1", "-static", *flags,
                 root / "tests/support" / (name + ".c"), "-o",
                 folder / name]):
            sys.exit(1)
    return folder / "probe"


def leave(name, **row):
    """What was found out of a system, for tests/systems/matrix.py."""
    place = os.environ.get("LIBSPAWN_MATRIX")
    if not place:
        return
    pathlib.Path(place).mkdir(parents=True, exist_ok=True)
    pathlib.Path(place, f"{name}.json").write_text(json.dumps(row))


def tell(name, count, most_skipped=MOST_SKIPPED):
    """Print the counts; True if they are bad."""
    share = count.skips() / max(count.total(), 1)
    for failure in count.failed:
        print("FAILED:", failure)
    print(f"{name}: {count.total()} tests, {count.passed} passed, "
          f"{len(count.failed)} failed, {count.skips()} skipped "
          f"({100 * share:.1f} %)")
    for reason, tests in sorted(count.skipped.items()):
        print(f"  {len(tests)} skipped: {reason}: "
              f"{', '.join(sorted(set(tests)))}")
    return bool(count.failed) or share > most_skipped


def conclude(name, count, file, most_skipped=MOST_SKIPPED, **row):
    """Tell the counts, and leave them if they are good; True if they are bad."""
    bad = tell(name, count, most_skipped)
    if not bad:
        leave(file, passed=count.passed, skipped=count.skips(), **row)
    return bad
