# SPDX-License-Identifier: MIT
"""What the tracing tests share: compilers, processors, running, skipping."""
import concurrent.futures
import faulthandler
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

SKIP = 77

# meson ends so what takes too long: it is to be seen where that was.
faulthandler.register(signal.SIGTERM, all_threads=True, chain=True)

# Processor, what its cross tools begin with, and its emulator.
PROCESSORS = [
    ("x86-64", "", "qemu-x86_64-static"),
    ("i386", "i686-linux-gnu-", "qemu-i386-static"),
    ("aarch64", "aarch64-linux-gnu-", "qemu-aarch64-static"),
    ("arm", "arm-linux-gnueabihf-", "qemu-arm-static"),
    ("riscv64", "riscv64-linux-gnu-", "qemu-riscv64-static"),
    ("s390x", "s390x-linux-gnu-", "qemu-s390x-static"),
    ("ppc64le", "powerpc64le-linux-gnu-", "qemu-ppc64le-static"),
    ("mips64el", "mips64el-linux-gnuabi64-", "qemu-mips64el-static"),
    ("loongarch64", "loongarch64-linux-gnu-", "qemu-loongarch64-static"),
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


def run_in_time(command, **more):
    """The same; one that takes too long has ended with -1, and has said so
    after whatever else it said."""
    try:
        return run(command, **more)
    except subprocess.TimeoutExpired as error:
        said = [(text or b"").decode(errors="replace")
                for text in (error.stdout, error.stderr)]
        return subprocess.CompletedProcess(
            command, -1, said[0], f"{said[1]}\nhangs, or what it started "
            f"outlives it: {error.timeout} s were not enough\n")


def may_be_traced():
    """Whether any process here may have its parent trace it."""
    code = ("import ctypes, sys; "
            "sys.exit(ctypes.CDLL(None).ptrace(0, 0, None, None) != 0)")
    return run([sys.executable, "-c", code]).returncode == 0


def must(*command, **more):
    """What a command prints; one that fails ends the test, and is shown."""
    done = subprocess.run([str(word) for word in command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, check=False, **more)
    if done.returncode:
        print(*command)
        print(done.stdout)
        sys.exit(f"exit status {done.returncode}")
    return done.stdout


def succeeds(command, standard_input, **more):
    """Whether a command that reads a file does; what it says is no matter."""
    with open(standard_input, "rb") as stream:
        return subprocess.run(command, stdin=stream, check=False,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, **more).returncode == 0


def compile_c(command):
    """Run a compiler; True if it succeeded, else its complaint is printed. It
    may have a C library to build first."""
    done = run(command, timeout=600)
    if done.returncode:
        print(" ".join(str(word) for word in command))
        print(done.stderr)
    return done.returncode == 0


def plant(tree, place, pattern, text):
    """Change what a file says once, in a copy of the tree."""
    path = pathlib.Path(tree, place)
    old = path.read_text()
    new = re.sub(pattern, text, old, count=1, flags=re.S)
    if new == old:
        sys.exit(f"nothing to change in {place}: {pattern}")
    path.write_text(new)


def library_sources(root):
    """All of src/, as `cc src/*.c src/*/*.c` sees it."""
    source = pathlib.Path(root, "src")
    return sorted(source.glob("*.c")) + sorted(source.glob("*/*.c"))


CALL = re.compile(r"(\d+)\s+(\w+)\((.*)")
MARKER = re.compile(r"close\(-424[23]")
EXECUTED = re.compile(r"(execve|execveat)(\(| resumed>).* = 0$")


class Call:
    """One system call as strace prints it."""

    def __init__(self, pid, name, text):
        self.pid = pid
        self.name = name
        self.text = text


class Trace:
    """The calls of the caller between the markers of tests/trace/start.c, and
    those of the child until it executes the program."""

    def __init__(self, text, output, status):
        self.output = output
        self.skipped = status == SKIP or not text
        self.caller = []
        self.child = []
        self._read(text.splitlines())

    def _read(self, lines):
        first = child = None
        armed = executed = False
        for line in lines:
            found = CALL.match(line)
            call = Call(*found.groups()) if found else None
            if call and first in (None, call.pid):
                first = call.pid
                if MARKER.search(line):
                    armed = "-4242" in line
                elif armed:
                    self.caller.append(call)
            elif armed or child:
                child = child or line.split()[0]
                if line.split()[0] != child or executed:
                    continue
                if call:
                    self.child.append(call)
                executed = bool(EXECUTED.search(line))

    def child_names(self):
        return [call.name for call in self.child]


def cgroup_directory():
    """The cgroup v2 that this process is in, or None."""
    own = next((line[3:].strip() for line in open("/proc/self/cgroup")
                if line.startswith("0::")), None)
    for line in open("/proc/mounts"):
        words = line.split()
        if own and words[2] == "cgroup2":
            return words[1] + own
    return None


def strace_start(program, options, backend, extra=(), **variables):
    """Trace a start of tests/trace/start.c by strace, with extra options."""
    environment = dict(os.environ, LIBSPAWN_BACKEND=backend, **variables)
    environment["TRACE_CGROUP"] = cgroup_directory() or "/no-cgroup"
    with tempfile.NamedTemporaryFile("r", prefix="strace.") as made:
        done = run(["strace", "-f", "-s", "8", "-o", made.name, *extra,
                    program, *options], env=environment)
        return Trace(made.read(), done.stdout + done.stderr, done.returncode)


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
