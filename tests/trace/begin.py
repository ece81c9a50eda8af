#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every system call of a start that is begun and finished fails in turn.

usage: begin.py TRACE_INJECT TRACE_START

As faults.py, of which the rules for the child hold here too. The caller goes on
meanwhile, so its calls are not the same each time: a fault is for the call of
that name and place, if it is made. Whatever comes of it, it is a start or an
error with its step; nothing is left, nothing hangs, errno is as it was.
"""
import errno
import os
import sys

import faults
import trace_tools

STEPS = {
    "": None,
    "pidfd umask cwd fd_pipe": [
        ("umask", "umask"), ("close_range", "close fds"), ("dup3", "fd"),
        ("chdir", "cwd"), ("rt_sigtimedwait", None),
        ("rt_sigprocmask", "signal mask"), ("execve", "exec")],
    "poll_fd": None,
}
# What a call that is not listed here may say.
ANY = [errno.EINTR, errno.ENOMEM, errno.EPERM]
ERRORS = {
    "clone3": [*faults.REFUSALS, errno.EAGAIN, errno.ENOMEM],
    "clone": [*faults.REFUSALS, errno.EAGAIN, errno.ENOMEM],
    "pipe2": [errno.EMFILE, errno.ENFILE, errno.ENOMEM],
    "futex": [errno.EINTR, errno.EAGAIN, errno.ETIMEDOUT],
    "poll": [errno.EINTR], "ppoll": [errno.EINTR], "read": [errno.EINTR],
    "waitid": [errno.EINTR], "wait4": [errno.EINTR],
}
# These do what they say they did not.
DONE = ["close", "munmap"]


class Driver(faults.Driver):
    def __init__(self, tools, backend, words, cold):
        super().__init__(tools, backend, words.split(), cold)
        self.words = words
        self.what = f"{backend}, begun, {words or 'no options'}" + \
            (", first start" if cold else "")
        # Whether each fault was one of the start.
        self.told = []

    def child_steps(self):
        steps = STEPS[self.words]
        if steps is not None:
            return steps
        self.options, kept = [], self.options
        steps = super().child_steps()
        self.options = kept
        return steps

    def number_of(self, name):
        return next(str(number) for number, known in self.names.items()
                    if known == name)


def fail(driver, index, name, mode, code):
    """A start or an error; a mask that can't be put back is left so."""
    outcome = driver.run(f"caller:{index}:{mode}:{code}:"
                         f"{driver.number_of(name)}")
    driver.told.append(outcome.result != 0)
    left = ("none", "mask,none") if name == "rt_sigprocmask" else ("none",)
    good = outcome.result in (0, outcome.code) and outcome.left in left and \
        outcome.errno_kept and (outcome.result == 0) == (outcome.code == 0) \
        and (outcome.result == 0) == (outcome.step == "none")
    driver.checks.check(good, f"{driver.what}: {name}, place {index}, "
                        f"errno {code}: {outcome.output}")


def caller_jobs(driver):
    calls = driver.run().caller
    print(f"{driver.what}: {' '.join(calls)}")
    driver.checks.check("clone3" in calls or "clone" in calls,
                        f"{driver.what}: {calls}")
    for index, name in enumerate(calls, 1):
        mode = "after" if name in DONE else "before"
        for code in ERRORS.get(name, ANY):
            yield lambda i=index, n=name, m=mode, c=code: \
                fail(driver, i, n, m, c)


def jobs(tools, drivers):
    for backend in "clone", "fork":
        for words in STEPS:
            for cold in False, True:
                driver = Driver(tools, backend, words, cold)
                drivers.append(driver)
                base = driver.run()
                driver.checks.check(base.result == 0 and base.left == "none",
                                    f"{driver.what}: {base.output}")
                yield from caller_jobs(driver)
            yield from faults.child_jobs(Driver(tools, backend, words, False))


def main(inject, start):
    checks = trace_tools.Checks()
    if trace_tools.run([inject, "none", start]).returncode == trace_tools.SKIP:
        trace_tools.skip("may not trace here, or not this processor")
    os.environ["TRACE_DOOR"] = "begin"
    tools = (inject, start, faults.call_names(), checks)
    drivers = []
    trace_tools.on_all_processors(lambda job: job(), jobs(tools, drivers))
    for driver in drivers:
        print(f"{driver.what}: {sum(driver.told)} of {len(driver.told)} faults "
              "made it fail")
        checks.check(any(driver.told), f"{driver.what}: no fault came by")
    checks.finish()


if __name__ == "__main__":
    main(*(os.path.abspath(path) for path in sys.argv[1:3]))
