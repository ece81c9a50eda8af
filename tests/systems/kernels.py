#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tests under other kernels, each in a virtual machine.

usage: kernels.py ROOT KERNELS RELEASE
       kernels.py ROOT KERNELS all [RELEASE...]

RELEASE is one of Debian's, of which KERNELS/RELEASE/boot has the kernel. It is
booted by qemu-system with a memory disk of static programs: the suites `unit`,
`child`, `start` and a part of `hostile`; tests/support/stand_in takes the place
of cmocka. With `all`, the rest of these and `begin`, `after`, `workers`,
`stress` and `posix` too, under each kernel in turn: in PIECES, each a machine
of its own, so that one which comes to no end costs its own piece.

Each runs with every backend and all of root's privileges; no more than one test
in fourteen may be skipped. Every start of the suite `start` asserts its
fallbacks: those of the table below, no others.

The processor is the machine's own where KVM can have it, else an emulated one.
A machine that does not end within the time below has failed.

With LIBSPAWN_MATRIX in the environment, a folder, the counts are left there.
"""
import fnmatch
import pathlib
import re
import shutil
import sys
import tempfile
import time

import static_tests
import trace_tools
import virtual_machine

# The kernel of each release (the last one's is the newest that Debian has), and
# what a start has to do without there.
KERNELS = {
    "bullseye": ("5.10", "close_range"),
    "bookworm": ("6.1", ""),
    "bookworm-backports": ("6.12", ""),
    "trixie-backports": (r"\d+\.\d+", ""),
}
# Later kernels don't boot on the processor that qemu 7.2 emulates.
NEWER_QEMU, FOR_KERNEL = (8, 0), (6, 10)
SUITES = ["start", "after", "hostile"]
# Those that don't take minutes where the processor is emulated.
QUICK = ["start/*", "hostile/cgroup", "hostile/limits", "hostile/many",
         "hostile/refused"]
PLAIN = [*static_tests.PLAIN, "unit/compile", "child/sealed"]
BACKENDS = ["clone", "vfork", "posix_spawn", "fork"]
# Once with every backend, or once.
WORKERS = ["workers/worker", "workers/channel", "workers/confined",
           "workers/inherits"]
ONCE = ["workers/interrupted", "workers/pool", "workers/template",
        "workers/leash", "workers/kin"]
# With how much of it, where 64 threads share an emulated processor.
STRESS = {"threads": "10", "exit": "20", "busy": "100", "flood": "16"}
# A static program has no binding to ask for.
NOT_STATIC = ["posix/binding"]
# What tests/hostile/test_many.c says where nothing holds it back.
SKY = "RLIMIT_NOFILE is 1073741824\n"
# No multiple of the backends: each piece has some of all.
PIECES = 15
# For a machine, in minutes.
PATIENCE = 30


class Job:
    """A program of tests, with its words and variables."""

    def __init__(self, program, *words, after=(), variables=()):
        self.program, self.words = program, words
        self.after, self.variables = after, variables

    def __str__(self):
        return " ".join([*self.variables, self.program.name, *self.words])

    def line(self, lacks):
        """For tests/systems/kernel_init.c."""
        words = list(self.variables)
        if self.program.name.startswith("test_start_"):
            words.append(f"LIBSPAWN_REFUSED={lacks}")
        return " ".join([*words, f"/bin/{self.program.name}", *self.words,
                         "/bin/probe", *self.after]) + "\n"


def find_kernel(kernels, release):
    found = sorted(kernels.glob(f"{release}/boot/vmlinuz-*"))
    return found[-1] if found else None


def lacking(kernels, release):
    """Why it can't be tried, or None."""
    tool = trace_tools.missing("gcc", "qemu-system-x86_64",
                               *virtual_machine.TOOLS)
    if tool:
        return f"{tool} is not installed"
    kernel = find_kernel(kernels, release)
    if not kernel:
        return (f"no kernel in {kernels}/{release}: ./dev fetches those of "
                "Debian that are to be had")
    version = re.search(r"vmlinuz-(\d+)\.(\d+)", kernel.name)
    qemu = virtual_machine.emulator_version(virtual_machine.emulator(kernels))
    if version and tuple(map(int, version.groups())) >= FOR_KERNEL and \
            qemu < NEWER_QEMU:
        return f"{kernel.name} does not boot in qemu {qemu[0]}.{qemu[1]}"
    return None


def of_quick(root, builder, count):
    topics = [topic for suite in SUITES
              for topic in static_tests.topics_of(root, suite)
              if any(fnmatch.fnmatch(topic, pattern) for pattern in QUICK)]
    return [Job(*job) for job in builder.build(topics, PLAIN, BACKENDS, count)]


def of_all(root, builder, count):
    topics = [topic for suite in SUITES
              for topic in static_tests.topics_of(root, suite)]
    jobs = [Job(*job) for job in builder.build(
        [*topics, *WORKERS], [*PLAIN, *static_tests.MORE_UNIT], BACKENDS,
        count)]
    jobs += [Job(job.program, *job.words, variables=["LIBSPAWN_DOOR=begin"])
             for job in jobs if job.program.name.startswith("test_start_")
             and job.program.name != "test_start_begin"]
    jobs += [Job(*job) for job in builder.build(ONCE, [], BACKENDS[:1], count)]
    jobs += [Job(*job, after=[STRESS[job[0].name.removeprefix("test_stress_")]])
             for job in builder.build([f"stress/{topic}" for topic in STRESS],
                                      [], BACKENDS, count)]
    drop_in = static_tests.DropIn(builder, builder.folder / "posix")
    posix = [topic for topic in static_tests.topics_of(root, "posix")
             if topic not in NOT_STATIC]
    return jobs + [Job(*job) for job in
                   drop_in.build(posix, [], ["static"], count)]


def build(root, folder, jobs_of, count):
    """(init, the programs of the disk, its jobs)."""
    init, lone = folder / "kernel_init", folder / "lone"
    static_tests.native_programs(root, folder)
    builder = static_tests.Builder(root, "", folder)
    builder.flags.append('-DLONE="/bin/lone"')
    jobs = jobs_of(root, builder, count)
    if not (builder.compile_program([root / "tests/systems/kernel_init.c"], init)
            and builder.compile_program([root / "tests/workers/lone.c",
                                         builder.library], lone)):
        sys.exit(1)
    programs = {job.program for job in jobs} | {folder / "probe", lone,
                                                folder / "worker"}
    return init, sorted(programs), jobs


def count_results(machine, jobs, version, count):
    for job, done in machine.results(jobs):
        count.add(str(job), done)
        if "hostile_many" in str(job) and SKY not in done.stdout:
            count.failed.append(f"{job}: the limit was not raised")
    if not re.match(rf"{version}\.", machine.release()):
        count.failed.append(
            f"the kernel is {machine.release()}, not {version}")
    count.failed += machine.problems(jobs)


class Tests:
    """The tests, built, to be booted with one kernel and the next."""

    def __init__(self, root, kernels, folder, jobs_of):
        self.kernels, self.folder = kernels, folder
        self.unbuilt = static_tests.Count({})
        self.init, self.programs, self.jobs = build(root, folder, jobs_of,
                                                    self.unbuilt)

    def boot(self, release, number, pieces):
        """(the jobs of a piece, the machine that ran them)."""
        jobs, begun = self.jobs[number::pieces], time.monotonic()
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        virtual_machine.write_disk(
            folder / "disk", self.init, self.programs,
            [job.line(KERNELS[release][1]) for job in jobs])
        machine = virtual_machine.Machine(
            folder, virtual_machine.emulator(self.kernels),
            find_kernel(self.kernels, release), virtual_machine.accelerators(),
            PATIENCE)
        shutil.rmtree(folder)
        print(f"{release}: {number + 1} of {pieces}, {len(jobs)} programs, "
              f"{time.monotonic() - begun:.0f} s", flush=True)
        return jobs, machine

    def under(self, release, pieces, how):
        """All of it under one kernel; True if that was bad."""
        count, begun = static_tests.Count({}), time.monotonic()
        count.failed += self.unbuilt.failed
        booted = trace_tools.on_all_processors(
            lambda number: self.boot(release, number, pieces), range(pieces))
        for jobs, machine in booted:
            count_results(machine, jobs, KERNELS[release][0], count)
        kernel = booted[0][1].release()
        print(f"booted: {kernel}, by "
              f"{' or '.join(virtual_machine.accelerators())}, "
              f"for {time.monotonic() - begun:.0f} s")
        name = f"Linux {'.'.join(kernel.split('.')[:2])}"
        return static_tests.conclude(
            name, count, f"kernel-{release}", system=name, libc="glibc",
            processor="x86_64", how=how, backends=BACKENDS)


def try_all(tests, releases):
    """Under each kernel that is here; the exit status."""
    bad = tried = 0
    for release in releases:
        reason = lacking(tests.kernels, release)
        if reason:
            print(f"skipped: {release}: {reason}")
            continue
        tried += 1
        bad += tests.under(release, PIECES, "all, run in qemu-system")
        sys.stdout.flush()
    return 1 if bad else 0 if tried else trace_tools.SKIP


def main(root, kernels, what, *releases):
    unknown = {what, *releases} - {"all", *KERNELS}
    if unknown:
        sys.exit(f"no kernel of {', '.join(sorted(unknown))} is known, only of "
                 f"{', '.join(KERNELS)}")
    reason = lacking(kernels, what) if what in KERNELS else None
    if reason:
        trace_tools.skip(reason)
    with tempfile.TemporaryDirectory(prefix="kernels.") as made:
        folder = pathlib.Path(made)
        if what == "all":
            tests = Tests(root, kernels, folder, of_all)
            sys.exit(try_all(tests, releases or KERNELS))
        tests = Tests(root, kernels, folder, of_quick)
        sys.exit(tests.under(what, 1, "run in qemu-system"))


if __name__ == "__main__":
    main(*(pathlib.Path(name).resolve() for name in sys.argv[1:3]),
         *sys.argv[3:])
