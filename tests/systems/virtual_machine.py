# SPDX-License-Identifier: MIT
"""A virtual machine of qemu-system with a memory disk, of which
tests/systems/kernel_init.c is the first process, and what that told."""
import os
import pathlib
import re
import shutil
import subprocess

import trace_tools

# What the tests start besides their own.
TOOLS = ["bash", "cat", "head", "setsid", "sh", "sleep", "stty", "true", "tty",
         "wc", "yes"]
RECORD, FIELD = "\x1e", "\x1f"


def accelerators():
    """Without such a processor /dev/kvm, if it is there, boots few kernels."""
    if os.access("/dev/kvm", os.R_OK | os.W_OK) and re.search(
            r"^flags.* (vmx|svm)\b", pathlib.Path("/proc/cpuinfo").read_text(),
            re.M):
        return ["kvm", "tcg"]
    return ["tcg"]


def emulator(kernels):
    """The words that start qemu: what ./dev has fetched, else this machine's."""
    fetched = kernels / "qemu/usr"
    if not fetched.is_dir():
        return ["qemu-system-x86_64"]
    return [fetched / "bin/qemu-system-x86_64", "-L", fetched / "share/qemu",
            "-L", "/usr/share/seabios"]


def emulator_version(words):
    """(7, 2)"""
    found = re.search(r"version (\d+)\.(\d+)",
                      trace_tools.run([*words, "--version"]).stdout)
    return tuple(map(int, found.groups())) if found else (0, 0)


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


def write_disk(path, init, programs, lines):
    """The programs are in its /bin; a line is a job for init."""
    with open(path, "wb") as disk:
        disk.write(cpio_file("/init", init.read_bytes()))
        disk.write(cpio_file("/jobs", "".join(lines).encode()))
        for program in programs:
            disk.write(cpio_file(f"/bin/{program.name}", program.read_bytes()))
        for place, file in tools().items():
            disk.write(cpio_file(place, pathlib.Path(file).read_bytes()))
        disk.write(cpio_entry("TRAILER!!!", 0))


class Machine:
    """One that was booted, in a folder with its disk, and what came of it."""

    def __init__(self, folder, qemu, kernel, ways, minutes):
        console, report = folder / "console", folder / "report"
        self.ending = "ended"
        try:
            done = trace_tools.run(
                [*qemu, "-cpu", "max", "-smp", "2",
                 *(word for way in ways for word in ("-accel", way)),
                 "-m", "2048", "-nodefaults", "-display", "none", "-no-reboot",
                 "-kernel", kernel, "-initrd", folder / "disk",
                 "-append", "console=ttyS0 quiet panic=-1",
                 "-serial", f"file:{console}", "-serial", f"file:{report}"],
                timeout=60 * minutes)
            if done.returncode:
                self.ending = f"was not emulated: {done.stderr}"
        except subprocess.TimeoutExpired:
            self.ending = f"was stopped after {minutes} minutes"
        self.console = self.read(console)
        self.records = [record.split(FIELD)
                        for record in self.read(report).split(RECORD)[1:]]

    @staticmethod
    def read(path):
        return path.read_text(errors="replace") if path.exists() else ""

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

    def problems(self, jobs):
        """What is wrong with all of it."""
        if len(self.records) != len(jobs) + 2 or self.records[-1] != ["done"]:
            last = jobs[max(0, min(len(self.records), len(jobs)) - 1)]
            yield (f"the machine {self.ending} before all was done, in or "
                   f"after {last}\n{self.console[-3000:]}")
