#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Ctrl-Z, while a program starts others all the time.

usage: job_control.py STARTER BACKEND PROBE

The starter gets SIGTSTP with its process group, and must be seen to stop, but
for the few times that a child is seen to be stopped before exec, which keeps
its caller from it; then the same as a job of bash on a terminal: Ctrl-Z and fg.
"""
import os
import pathlib
import pty
import select
import shutil
import signal
import sys
import time

import trace_tools

GROUP_STOPS, SHELL_STOPS = 500, 30
# Hazard 14: between two calls of the child there is a moment left, which hardly
# ever is seen; of glibc's posix_spawn(), which has no cure, often in 42 or more.
MOST_STUCK, MOST_SHELL_STUCK = 5, 2
# A busy machine shows that moment more often: one good series is enough.
SERIES = 5
# Seconds: for what hangs, not for what is slow.
PATIENCE = 120


def moments(pid, what):
    """One after the other, as long as there is patience."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        yield
        time.sleep(0.001)
    sys.exit(f"{what} in {PATIENCE} s:\n" + told_of(pid, "status"))


def start(command):
    """The program in a group of its own, once it executes it."""
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        os.execv(command[0], command)
    for _ in moments(pid, "not executed"):
        if is_program(pid, command[0]):
            break
    return pid


def told_of(pid, what):
    """A file of /proc; nothing of a process that has gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/{what}").read_text(encoding="utf-8")
    except OSError:
        return ""


def is_program(pid, program):
    try:
        return os.path.samefile(f"/proc/{pid}/exe", program)
    except OSError:
        return False


def find_holder(pid, program):
    """A child of it that is stopped and has not executed yet, or None."""
    return next((child for child in
                 told_of(pid, f"task/{pid}/children").split()
                 if ") T " in told_of(child, "stat")
                 and is_program(child, program)), None)


def await_exec(child, program):
    """Of one that held: else the next signal could find it where it is."""
    for _ in moments(child, "held and not executed"):
        if not is_program(child, program):
            break


def await_stop(pid, program):
    """None when it has stopped, or the child that keeps it from that."""
    for _ in moments(pid, "neither stopped nor held"):
        done, status = os.waitpid(pid, os.WUNTRACED | os.WNOHANG)
        if done:
            return None if os.WIFSTOPPED(status) else sys.exit("it has ended")
        holder = find_holder(pid, program)
        if holder:
            return holder


def try_series(checks, what, most, series):
    """A series tells how often it was stuck."""
    for _ in range(SERIES):
        stuck = series()
        if stuck <= most:
            break
    checks.check(stuck <= most, f"{what}: stuck {stuck} times")


def stop_group(command):
    pid = start(command)
    stuck = 0
    try:
        for _ in range(GROUP_STOPS):
            os.killpg(pid, signal.SIGTSTP)
            holder = await_stop(pid, command[0])
            os.killpg(pid, signal.SIGCONT)
            stuck += holder is not None
            if holder:
                await_exec(holder, command[0])
    finally:
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    print(f"the group: stuck {stuck} times of {GROUP_STOPS}")
    return stuck


class Shell:
    """bash on a terminal of its own; $JOB is the command."""

    def __init__(self, command):
        self.pid, self.terminal = pty.fork()
        self.text = b""
        self.stuck = 0
        if self.pid == 0:
            os.environ.update(PS1="ready> ", JOB=" ".join(command))
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])

    def says(self, line):
        """Whether the shell has asked for this line and read it whole.

        A key that makes a signal throws away what was typed and not yet read.
        """
        if not self.hears(b"ready> "):
            return False
        os.write(self.terminal, line + b"\n")
        return self.hears(line) and self.hears(b"\n")

    def hears(self, text, again=None):
        """Whether this comes in time; does `again` now and then."""
        end = time.monotonic() + PATIENCE
        while text not in self.text and time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.2)[0]:
                self.text += os.read(self.terminal, 4096)
            elif again:
                again()
        before, found, self.text = self.text.partition(text)
        return bool(found)

    def stop(self, program):
        """Ctrl-Z; who holds its caller goes on, and may hear the next one.

        Not while the shell has the terminal: what it writes would be lost.
        """
        if os.tcgetpgrp(self.terminal) == self.pid:
            return
        for job in told_of(self.pid, f"task/{self.pid}/children").split():
            holder = find_holder(job, program)
            if holder:
                self.stuck += 1
                os.killpg(int(job), signal.SIGCONT)
                await_exec(holder, program)
        os.write(self.terminal, b"\x1a")

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


def stop_job(checks, command):
    shell = Shell(command)
    good = shell.says(b"$JOB")
    stops = 0
    while good and stops < SHELL_STOPS:
        good = shell.hears(b"Stopped", lambda: shell.stop(command[0]))
        stops += good
        good = good and shell.says(b"fg")
    checks.check(good, f"the shell: no more after {stops} stops")
    print(f"the shell: stuck {shell.stuck} times of {stops}")
    shell.end()
    return shell.stuck


def main(starter, backend, probe):
    checks = trace_tools.Checks()
    command = [starter, backend, probe]
    try_series(checks, "the group", MOST_STUCK, lambda: stop_group(command))
    if shutil.which("bash"):
        try_series(checks, "the shell", MOST_SHELL_STUCK,
                   lambda: stop_job(checks, command))
    else:
        print("bash is not here: not tried as its job")
    checks.finish()


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), sys.argv[2],
         os.path.abspath(sys.argv[3]))
