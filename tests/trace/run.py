#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every system call of a run fails in turn.

usage: run.py TRACE_INJECT TRACE_RUN

As faults.py, for libspawn_run() and libspawn_run_pipeline(): each call of
the caller is made to fail, in a run that feeds and reads, in a pipeline, and in
a run that has to stop its child. How many turns the pump takes differs from run
to run, so what comes of a fault is judged by rules alone: it is an error with
a step, or all that was written came back; and in no case is anything left
behind, is the caller changed, or does it hang.
"""
import errno
import os
import re
import subprocess
import sys

import faults
import trace_tools

BACKENDS = ["clone", "vfork"]
SCENARIOS = ["both", "pipeline", "late"]
EVERYTHING = re.compile(
    r"result=(?P<result>\d+) code=(?P<code>\d+) step=(?P<step>.*?) "
    r"same=(?P<same>\d) errno=(?P<errno>\d+) left=(?P<left>\S+)")
# They have been done, whatever they say.
AFTER = {"close": [errno.EIO, errno.EINTR], "munmap": [errno.EINVAL]}
# The errors that there are for a reason; others get one that there isn't.
BEFORE = {
    "pipe2": [errno.EMFILE, errno.ENFILE],
    "pidfd_open": [errno.EMFILE, errno.ENOSYS, errno.EPERM],
    "mmap": [errno.ENOMEM],
    "mremap": [errno.ENOMEM],
    "brk": [errno.ENOMEM],
    "read": [errno.EINTR, errno.EAGAIN, errno.EIO],
    "write": [errno.EINTR, errno.EAGAIN, errno.EIO],
    "poll": [errno.EINTR, errno.EAGAIN, errno.ENOMEM],
    "fcntl": [errno.EPERM],
    "ioctl": [errno.EIO],
    "waitid": [errno.EINTR],
    "clone3": [errno.EAGAIN, errno.ENOSYS],
    "vfork": [errno.EAGAIN],
    "kill": [errno.ESRCH],
    "pidfd_send_signal": [errno.ENOSYS],
}
# A run may take other turns than the one before: then it is tried again.
TRIES = 8
# Nothing else could put it back; or a test of the start has them.
LEFT_OUT = {"rt_sigprocmask", "rt_sigpending", "madvise"}


class Outcome:
    def __init__(self, done, names):
        self.output = done.stdout.strip()
        found = EVERYTHING.search(done.stdout)
        fields = found.groupdict() if found else {}
        self.known = bool(found)
        self.result = int(fields.get("result", -1))
        self.step = fields.get("step")
        self.same = fields.get("same") == "1"
        self.kept = fields.get("errno") == "4711"
        self.left = fields.get("left", "unknown")
        calls = [line.split() for line in done.stderr.splitlines()
                 if line.startswith("caller ")]
        self.caller = [names[int(words[2])] for words in calls
                       if len(words) > 8]


class Driver:
    def __init__(self, tools, backend, scenario):
        self.inject, self.program, self.names, self.checks = tools
        self.backend, self.scenario = backend, scenario
        self.numbers = {name: number for number, name in self.names.items()}
        self.failures = self.missed = 0

    def run(self, fault="none"):
        environment = dict(os.environ, LIBSPAWN_BACKEND=self.backend)
        try:
            done = trace_tools.run([self.inject, fault, self.program,
                                    self.scenario], env=environment,
                                   timeout=60)
        except subprocess.TimeoutExpired:
            done = subprocess.CompletedProcess([], -1, "hangs", "")
        return Outcome(done, self.names)

    def run_until_hit(self, fault, name):
        """A run in which the fault has met a call of this name, or None."""
        index = int(fault.split(":")[1]) - 1
        for _ in range(TRIES):
            outcome = self.run(fault)
            # One that hangs, or ends before, is a finding of its own.
            if not outcome.known or outcome.caller[index:index + 1] == [name]:
                return outcome
        return None

    def judge(self, fault, name):
        outcome = self.run_until_hit(fault, name)
        if outcome is None:
            self.missed += 1
            return
        late = self.scenario == "late"
        good = (outcome.known and outcome.kept and outcome.left == "none" and
                (outcome.same or late if outcome.result == 0
                 else outcome.step != "none"))
        self.failures += outcome.result > 0
        self.checks.check(good, f"{self.backend}, {self.scenario}: {name}, "
                          f"{fault}: {outcome.output}")

    def jobs(self):
        base = self.run()
        whole = base.same or self.scenario == "late"
        self.checks.check(base.result == 0 and whole and base.left == "none",
                          f"{self.backend}, {self.scenario}: {base.output}")
        seen = {}
        for index, name in enumerate(base.caller, 1):
            seen[name] = seen.get(name, 0) + 1
            # The turns of the pump are alike.
            if name in LEFT_OUT or seen[name] > 12:
                continue
            mode = "after" if name in AFTER else "before"
            number = self.numbers[name]
            for code in AFTER.get(name) or BEFORE.get(name, []):
                fault = f"caller:{index}:{mode}:{code}:{number}"
                yield lambda f=fault, n=name: self.judge(f, n)


def main(inject, program):
    checks = trace_tools.Checks()
    if trace_tools.run([inject, "none", program, "both"]).returncode == \
            trace_tools.SKIP:
        trace_tools.skip("may not trace here, or not this processor")
    tools = (inject, program, faults.call_names(), checks)
    for backend in BACKENDS:
        for scenario in SCENARIOS:
            driver = Driver(tools, backend, scenario)
            trace_tools.on_all_processors(lambda job: job(), driver.jobs())
            print(f"{backend}, {scenario}: {driver.missed} not met again")
            checks.check(driver.failures > 0,
                         f"{backend}, {scenario}: nothing was made to fail")
    checks.finish()


if __name__ == "__main__":
    main(*(os.path.abspath(path) for path in sys.argv[1:3]))
