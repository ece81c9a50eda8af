# SPDX-License-Identifier: MIT
"""A terminal with a session on it, as a user has it, and what /proc tells of
processes. Nothing here sleeps for luck: it waits until something is so."""
import ctypes
import fcntl
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import termios
import time

DEADLINE = 60


def wait_until(what, condition):
    """Until condition() is true, for which one look may be too early. What is
    a text, or a function that tells what is there instead by then."""
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            what = what() if callable(what) else what
            raise AssertionError(f"never came: {what}")
        time.sleep(0.005)


class Process:
    """What /proc/PID/stat says of a process; state "" when it has gone."""

    def __init__(self, pid):
        self.pid = pid

    def fields(self):
        try:
            with open(f"/proc/{self.pid}/stat", encoding="utf-8",
                      errors="replace") as file:
                return file.read().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return ["", "0", "0", "0", "0", "0"]

    def state(self):
        return self.fields()[0]

    def parent(self):
        return Process(int(self.fields()[1]))

    def group(self):
        return int(self.fields()[2])

    def foreground(self):
        return int(self.fields()[5])

    def name(self):
        try:
            with open(f"/proc/{self.pid}/comm", encoding="utf-8") as file:
                return file.read().strip()
        except (FileNotFoundError, ProcessLookupError):
            return ""

    def used_time(self):
        """The processor's, in ticks."""
        return sum(map(int, self.fields()[11:13]))

    def status(self, name):
        """What /proc/PID/status says under that name."""
        with open(f"/proc/{self.pid}/status", encoding="utf-8") as file:
            return re.search(rf"^{name}:\t(\w+)$", file.read(), re.M).group(1)

    def has_pending(self, number):
        """Sent to the process, and not delivered yet."""
        return bool(int(self.status("ShdPnd"), 16) >> number - 1 & 1)

    def children(self):
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            other = Process(int(name))
            if other.fields()[1] == str(self.pid):
                found.append(other)
        return found

    def wait_for(self, states):
        wait_until(lambda: f"process {self.pid} in {states!r}, not "
                   f"{self.state()!r}", lambda: self.state() in states)

    def wait_for_end(self):
        wait_until(lambda: f"the end of process {self.pid} "
                   f"({self.state()!r})",
                   lambda: self.state() in ("", "Z", "X"))


class HeldSpawn:
    """A copy of spawn whose --watch-forks holds it when the programs have just
    been started: its watcher, which watches nothing, does not answer then."""

    def __init__(self, spawn, folder):
        tools = folder / "tools"
        tools.mkdir()
        self.path = shutil.copy(spawn, tools)
        # A build's library is found from there.
        (folder / "src").symlink_to(pathlib.Path(spawn).parents[1] / "src")
        self.pidfile = folder / "watcher"
        watcher = tools / "spawn-watch"
        watcher.write_text(f"#!/bin/sh\necho $$ >'{self.pidfile}'\n"
                           "printf r >&3\nexec cat <&3 >/dev/null\n")
        watcher.chmod(0o755)

    def program(self, spawn):
        watcher = int(self.pidfile.read_text())
        return next(child for child in Process(spawn.pid).children()
                    if child.pid != watcher)

    def let_go(self):
        os.kill(int(self.pidfile.read_text()), signal.SIGKILL)


class Ending:
    """A stopped process that SIGTERM and SIGCONT end, but for the last of it:
    ptrace(2) has it wait there."""
    SEIZE, CONT, TRACEEXIT, EVENT_EXIT, WALL = 0x4206, 7, 0x40, 6, 0x40000000

    def __init__(self, pid, test):
        self.pid = pid
        libc = ctypes.CDLL(None, use_errno=True)
        libc.ptrace.argtypes = [ctypes.c_long] * 4
        libc.ptrace.restype = ctypes.c_long
        self.ptrace = libc.ptrace
        if self.ptrace(self.SEIZE, pid, 0, self.TRACEEXIT) != 0:
            test.skipTest(f"ptrace(): {os.strerror(ctypes.get_errno())}")
        os.kill(pid, signal.SIGTERM)
        os.kill(pid, signal.SIGCONT)
        while (status := os.waitpid(pid, self.WALL)[1]) >> 16 \
                != self.EVENT_EXIT:
            # One of ptrace's own stops has its number there, a signal's none.
            self.ptrace(self.CONT, pid, 0,
                        0 if status >> 16 else os.WSTOPSIG(status))

    def finish(self):
        """Its parent is told when its tracer knows."""
        self.ptrace(self.CONT, self.pid, 0, 0)
        os.waitpid(self.pid, self.WALL)


class Screen:
    """A program that leads a session on a terminal of its own."""

    def __init__(self, argv, env=None, size=(24, 80)):
        self.seen = b""
        self.status = None
        self.pid, self.controller = pty.fork()
        if self.pid == 0:
            for number in range(1, signal.NSIG):
                if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
                    signal.signal(number, signal.SIG_DFL)
            os.execve(argv[0], argv, os.environ | (env or {}))
        fcntl.ioctl(self.controller, termios.TIOCSWINSZ,
                    struct.pack("HHHH", *size, 0, 0))
        self.process = Process(self.pid)

    def send(self, text):
        os.write(self.controller, text.encode())

    def read_more(self, timeout):
        ready = select.select([self.controller], [], [], timeout)[0]
        if not ready:
            return False
        try:
            more = os.read(self.controller, 65536)
        except OSError:
            return False
        self.seen += more
        return more != b""

    def expect(self, pattern):
        """Take what is shown up to the pattern, which must come."""
        end = time.monotonic() + DEADLINE
        while True:
            found = re.search(pattern.encode(), self.seen)
            if found:
                self.seen = self.seen[found.end():]
                return found
            if not self.read_more(0.1) and time.monotonic() > end:
                raise AssertionError(f"not shown: {pattern}\n{self.seen!r}")

    def expect_end(self):
        """Read to the end, and answer with the wait status."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end and self.status is None:
            if self.controller >= 0:
                self.read_more(0.005)
            else:
                time.sleep(0.005)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        if self.status is None:
            raise AssertionError(f"it does not end\n{self.seen!r}")
        while self.controller >= 0 and self.read_more(0):
            pass
        return self.status

    def is_raw(self):
        return not termios.tcgetattr(self.controller)[3] & termios.ICANON

    def hang_up(self):
        """The terminal goes away, as when a window or a connection closes."""
        os.close(self.controller)
        self.controller = -1

    def close(self):
        if self.controller >= 0:
            self.hang_up()
        if self.status is None:
            try:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            except (ProcessLookupError, ChildProcessError):
                pass
