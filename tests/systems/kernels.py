#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tests under other kernels, each in a virtual machine.

usage: kernels.py ROOT KERNELS RELEASE [all] [tcg]

RELEASE is one of Debian's, of which KERNELS/RELEASE/boot has the kernel. It is
booted by qemu-system with a memory disk of static programs: tests/systems/kernel_init.c
and the suites `unit`, `child`, `start` and a part of `hostile`, or with `all`
the rest of that and `after`, too; tests/support/stand_in takes the place of cmocka.
Each runs with every backend and all of root's privileges; no more than one test
in twenty may be skipped. Every start of the suite `start` asserts its
fallbacks: those of the table below, no others.

The processor is the machine's own where KVM can have it, else, or with `tcg`,
an emulated one. A machine that does not end within the time below has failed.

With LIBSPAWN_MATRIX in the environment, a folder, the counts are left there.
"""
import fnmatch
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import static_tests
import trace_tools

# The kernel of each release, and what a start has to do without there.
KERNELS = {
    "bookworm": ("6.1", ""),
    "bullseye": ("5.10", "close_range"),
}
SUITES = ["start", "after", "hostile"]
# Those that don't take minutes where the processor is emulated.
QUICK = ["start/*", "hostile/cgroup", "hostile/limits", "hostile/many",
         "hostile/refused"]
PLAIN = [*static_tests.PLAIN, "unit/compile", "child/sealed"]
BACKENDS = ["clone", "vfork", "posix_spawn", "fork"]
# What the tests start besides their own.
TOOLS = ["sh", "setsid", "sleep", "stty", "tty"]
# What tests/hostile/test_many.c says where nothing holds it back.
SKY = "RLIMIT_NOFILE is 1073741824\n"
# In minutes: for the quick ones, for all.
PATIENCE = {False: 20, True: 50}
RECORD, FIELD = "\x1e", "\x1f"


def find_kernel(kernels, release):
    found = sorted(kernels.glob(f"{release}/boot/vmlinuz-*"))
    if not found:
        trace_tools.skip(f"no kernel in {kernels}/{release}: ./dev test "
                         "fetches those of Debian that are to be had")
    return found[-1]


def accelerators():
    """Without such a processor /dev/kvm, if it is there, boots few kernels."""
    if os.access("/dev/kvm", os.R_OK | os.W_OK) and re.search(
            r"^flags.* (vmx|svm)\b", pathlib.Path("/proc/cpuinfo").read_text(),
            re.M):
        return ["kvm", "tcg"]
    return ["tcg"]


def cpio_entry(name, mode, content=b""):
    """A file in the kernel's format of initial memory disks: newc."""
    fields = [0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
    head = "070701" + "".join(f"{field:08x}" for field in fields) + name + "\0"
    return b"".join(part + bytes(-len(part) % 4)
                    for part in (head.encode(), content))


def cpio_file(place, content):
    """The same, after the folders on the way to it."""
    ways = [str(way)[1:] for way in reversed(pathlib.Path(place).parents)]
    return b"".join(cpio_entry(way, 0o40755) for way in ways[1:]) + \
        cpio_entry(place[1:], 0o100755, content)


def tools():
    """{place: file} of this machine's TOOLS, and the libraries they need."""
    found = {f"/bin/{tool}": shutil.which(tool) for tool in TOOLS}
    told = trace_tools.run(["ldd", *found.values()]).stdout
    return {**found, **{path: path for path in
                        re.findall(r"(/\S+) \(", told)}}


def write_disk(path, programs, init, jobs):
    with open(path, "wb") as disk:
        disk.write(cpio_file("/init", init.read_bytes()))
        disk.write(cpio_file("/jobs", jobs.encode()))
        for program in programs:
            disk.write(cpio_file(f"/bin/{program.name}", program.read_bytes()))
        for place, file in tools().items():
            disk.write(cpio_file(place, pathlib.Path(file).read_bytes()))
        disk.write(cpio_entry("TRAILER!!!", 0))


def words_of(job, lacks):
    """A job as a line for tests/systems/kernel_init.c."""
    program, *backend = job
    if program.name.startswith("test_start_"):
        yield f"LIBSPAWN_REFUSED={lacks}"
    yield from (f"/bin/{program.name}", *backend, "/bin/probe")


class Machine:
    """A virtual machine that was booted, and what came of it."""

    def __init__(self, folder, kernel, disk, ways, minutes):
        console, report = folder / "console", folder / "report"
        self.ending = "ended"
        try:
            done = trace_tools.run(
                ["qemu-system-x86_64", "-cpu", "max", "-smp", "2",
                 *(word for way in ways for word in ("-accel", way)),
                 "-m", "1024", "-nodefaults", "-display", "none", "-no-reboot",
                 "-kernel", kernel, "-initrd", disk,
                 "-append", "console=ttyS0 quiet panic=-1",
                 "-serial", f"file:{console}", "-serial", f"file:{report}"],
                timeout=60 * minutes)
            if done.returncode:
                self.ending = f"was not emulated: {done.stderr}"
        except subprocess.TimeoutExpired:
            self.ending = f"was stopped after {minutes} minutes"
        self.console = console.read_text(errors="replace")
        self.records = [record.split(FIELD) for record in
                        report.read_text(errors="replace").split(RECORD)[1:]]

    def release(self):
        return self.records[0][0] if self.records else "none"

    def results(self, jobs):
        """Each job with what it printed, as long as they came."""
        for job, fields in zip(jobs, self.records[1:]):
            if len(fields) == 3:
                status, output, errors = fields
                yield job, subprocess.CompletedProcess(
                    job, os.waitstatus_to_exitcode(int(status)), output,
                    errors)

    def problems(self, wanted, jobs):
        """What is wrong with all of it."""
        if not self.release().startswith(wanted + "."):
            yield f"the kernel is {self.release()}, not {wanted}"
        if len(self.records) != len(jobs) + 2 or self.records[-1] != ["done"]:
            last = jobs[max(0, min(len(self.records), len(jobs)) - 1)]
            yield (f"the machine {self.ending} before all was done, in or "
                   f"after {' '.join(last)}\n{self.console[-3000:]}")


def build(root, folder, everything, count):
    """(the programs of the disk, its jobs)."""
    static_tests.native_programs(root, folder)
    topics = [topic for suite in SUITES
              for topic in static_tests.topics_of(root, suite)
              if everything or any(fnmatch.fnmatch(topic, pattern)
                                   for pattern in QUICK)]
    builder = static_tests.Builder(root, "", folder)
    jobs = builder.build(topics, PLAIN, BACKENDS, count)
    programs = {job[0] for job in jobs} | {folder / "probe", folder / "worker"}
    return sorted(programs), jobs


def write_machine(root, folder, lacks, everything, count):
    """The memory disk; returns its jobs, by name."""
    init = folder / "kernel_init"
    programs, jobs = build(root, folder, everything, count)
    if not trace_tools.compile_c(
            ["gcc", "-std=c11", "-O1", "-static", "-Wall", "-Wextra",
             root / "tests/systems/kernel_init.c", "-o", init]):
        sys.exit(1)
    lines = "".join(" ".join(words_of(job, lacks)) + "\n" for job in jobs)
    write_disk(folder / "disk", programs, init, lines)
    return [[job[0].name, *job[1:]] for job in jobs]


def count_results(machine, jobs, version, count):
    for job, done in machine.results(jobs):
        count.add(" ".join(job), done)
        if job[0] == "test_hostile_many" and SKY not in done.stdout:
            count.failed.append(f"{' '.join(job)}: the limit was not raised")
    count.failed += machine.problems(version, jobs)


def main(root, kernels, release, *words):
    lacking = trace_tools.missing("gcc", "qemu-system-x86_64", *TOOLS)
    if lacking:
        trace_tools.skip(f"{lacking} is not installed")
    kernel = find_kernel(kernels, release)
    version, lacks = KERNELS[release]
    ways = ["tcg"] if "tcg" in words else accelerators()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kernels."))
    count = static_tests.Count({})
    jobs = write_machine(root, folder, lacks, "all" in words, count)
    begun = time.monotonic()
    machine = Machine(folder, kernel, folder / "disk", ways,
                      PATIENCE["all" in words])
    count_results(machine, jobs, version, count)
    shutil.rmtree(folder)
    static_tests.leave(
        f"kernel-{release}", system=f"Linux {version}", libc="glibc",
        processor="x86_64", how="run in qemu-system", backends=BACKENDS,
        passed=count.passed, skipped=count.skips())
    print(f"booted: {machine.release()}, by {' or '.join(ways)}, "
          f"for {time.monotonic() - begun:.0f} s")
    sys.exit(static_tests.tell(f"Linux {version}", count))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]),
         *sys.argv[3:])
