#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Ctrl-Z, while a program starts others all the time.

usage: job_control.py STARTER BACKEND PROBE

The starter gets SIGTSTP with its process group, and must be seen to stop each
time; then the same as a job of bash on a terminal: Ctrl-Z and fg. A child that
were stopped between creation and exec would keep its caller from stopping.
"""
import os
import pty
import select
import shutil
import signal
import sys
import time

import trace_tools

GROUP_STOPS, SHELL_STOPS = 200, 30
# Hazard 14: between two calls of the child there is a moment left, in which a
# busy machine may take the processor from it. Without the cure it is 11 to 58.
MOST_STUCK = 2
# Seconds: for what hangs, not for what is slow.
PATIENCE = 120
STUCK_AFTER = 20


def stopped_in_time(pid):
    """Whether the child has stopped, in the end."""
    end = time.monotonic() + STUCK_AFTER
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WUNTRACED | os.WNOHANG)
        if done:
            return os.WIFSTOPPED(status)
        time.sleep(0.001)
    return False


def stop_group(checks, command):
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        os.execv(command[0], command)
    # The parent may have to wait for it to be a group: it is one at its exec.
    while os.getpgid(pid) != pid:
        time.sleep(0.001)
    stuck = 0
    for _ in range(GROUP_STOPS):
        os.killpg(pid, signal.SIGTSTP)
        if not stopped_in_time(pid):
            stuck += 1
            if stuck > MOST_STUCK:
                break
        os.killpg(pid, signal.SIGCONT)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    print(f"the group: stuck {stuck} times of {GROUP_STOPS}")
    checks.check(stuck <= MOST_STUCK, "the group: stuck")


class Shell:
    """bash on a terminal of its own; $JOB is the command."""

    def __init__(self, command):
        self.pid, self.terminal = pty.fork()
        self.text = b""
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
        """Whether this comes in time; types `again` now and then."""
        end = time.monotonic() + PATIENCE
        while text not in self.text and time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.2)[0]:
                self.text += os.read(self.terminal, 4096)
            elif again:
                os.write(self.terminal, again)
        before, found, self.text = self.text.partition(text)
        return bool(found)

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


def stop_job(checks, command):
    shell = Shell(command)
    good = shell.says(b"$JOB")
    stops = 0
    while good and stops < SHELL_STOPS:
        # One that comes too early is the shell's, which ignores it.
        good = shell.hears(b"Stopped", again=b"\x1a")
        stops += good
        good = good and shell.says(b"fg")
    checks.check(good, f"the shell: stuck after {stops} stops")
    shell.end()


def main(starter, backend, probe):
    checks = trace_tools.Checks()
    stop_group(checks, [starter, backend, probe])
    if shutil.which("bash"):
        stop_job(checks, [starter, backend, probe])
    else:
        print("bash is not here: not tried as its job")
    checks.finish()


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), sys.argv[2],
         os.path.abspath(sys.argv[3]))
