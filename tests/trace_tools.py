# SPDX-License-Identifier: MIT
"""What the tracing tests share: compilers, processors, running, skipping."""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys

SKIP = 77

# Processor, what its cross tools begin with, and its emulator.
PROCESSORS = [
    ("x86-64", "", "qemu-x86_64-static"),
    ("i386", "i686-linux-gnu-", "qemu-i386-static"),
    ("aarch64", "aarch64-linux-gnu-", "qemu-aarch64-static"),
    ("arm", "arm-linux-gnueabihf-", "qemu-arm-static"),
    ("riscv64", "riscv64-linux-gnu-", "qemu-riscv64-static"),
]


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIP)


def missing(*tools):
    """The first of the tools that is not installed, or None."""
    return next((tool for tool in tools if not shutil.which(tool)), None)


def run(command, **more):
    """Run a command to its end; its outputs are text."""
    more.setdefault("timeout", 120)
    return subprocess.run([str(word) for word in command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, check=False, **more)


def compile_c(command):
    """Run a compiler; True if it succeeded, else its complaint is printed."""
    done = run(command)
    if done.returncode:
        print(" ".join(str(word) for word in command))
        print(done.stderr)
    return done.returncode == 0


def library_sources(root):
    """All of src/, as `cc src/*.c src/*/*.c` sees it."""
    source = pathlib.Path(root, "src")
    return sorted(source.glob("*.c")) + sorted(source.glob("*/*.c"))


def on_all_processors(work, items):
    """work(item) for every item, two at a time; the results in order."""
    count = min(2, os.cpu_count() or 1)
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, items))


class Checks:
    """Counts what was checked; prints what failed; says so at the end."""

    def __init__(self):
        self.checked = 0
        self.failed = 0

    def check(self, good, text):
        self.checked += 1
        if not good:
            self.failed += 1
            print(f"FAILED: {text}")
        return good

    def finish(self):
        print(f"{self.checked} checks, {self.failed} failed")
        sys.exit(1 if self.failed or not self.checked else 0)
