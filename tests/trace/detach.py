#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every system call of a detached start fails in turn.

usage: detach.py TRACE_INJECT TRACE_START

As faults.py, whose rules hold here too, for LIBSPAWN_DETACH: each call of
the caller, of the process in the middle and of the child fails, or its process
is killed instead. What is left behind comes to the caller, which is a subreaper
here, and counts it: no child, no zombie, no descriptor, no memory.
"""
import errno
import os
import sys

import faults
import trace_tools

OPTIONS = [["detach"], ["detach", "pidfd", "umask", "cwd", "fd_pipe"]]
# What the child does for these, and the step of each.
STEPS = [
    [("setsid", "session"), ("close_range", "close fds"),
     ("rt_sigprocmask", "signal mask"), ("execve", "exec")],
    [("prctl", None), ("getppid", "parent-death signal"),
     ("setsid", "session"), ("umask", "umask"), ("close_range", "close fds"),
     ("dup3", "fd"), ("chdir", "cwd"), ("prctl", None),
     ("rt_sigprocmask", "signal mask"), ("execve", "exec")],
]


class Driver(faults.Driver):
    def __init__(self, tools, number, cold):
        super().__init__(tools, "clone", OPTIONS[number], cold)
        self.number = number
        self.what = " ".join(self.options) + (", first start" if cold else "")

    def child_steps(self):
        return STEPS[self.number]

    def number_of(self, name):
        return next(str(number) for number, known in self.names.items()
                    if known == name)


def fault(who, index, code):
    return f"{who}:{index}:before:{code}"


# ---- The process in the middle ----------------------------------------------

def create(driver, index, **wanted):
    """What clone3() may say; then clone() is asked, which may refuse too."""
    expect, first = driver.expect, f"middle:{index}:before:"
    for code in errno.EAGAIN, errno.ENOMEM:
        expect(f"{first}{code}", "clone3", step="create process", code=code)
    for code in faults.REFUSALS:
        refused = f"{first}{code}"
        expect(refused, "clone3", result=0,
               fallbacks=faults.FALLBACK_CLONE3)
        calls = driver.run(refused).middle
        again = calls.index("clone", index) + 1
        expect(f"{refused},{fault('middle', again, errno.EAGAIN)}", "clone",
               step="create process", code=errno.EAGAIN)
        faults.refuse_both(
            driver, f"{refused},{fault('middle', again, code)}", code)
        expect(f"{refused},middle:{again}:kill:0", "clone", **wanted)


def place_of_clone(driver):
    """It may first ask for the death of its parent (hazard 17)."""
    return driver.run().middle.index("clone3") + 1


def killed_early(driver):
    """Killed before there is a child: an error, and nothing more."""
    wanted = {"step": "create process", "code": errno.ECANCELED}
    index = place_of_clone(driver)
    driver.expect(f"middle:{index}:kill:0:" + driver.number_of("clone3"),
                  "clone3", **wanted)
    create(driver, index, **wanted)


def killed_late(driver, refusal=""):
    """Killed when it has told: that is the end of it anyway."""
    index = len(driver.run(refusal or "none").middle) + 1
    number = driver.number_of("exit_group")
    outcome = driver.expect(f"{refusal}middle:{index}:kill:0:{number}",
                            "exit_group", result=0)
    driver.checks.check(outcome.middle[-1:] == ["exit_group"],
                        f"{driver.what}: not killed: {outcome.middle}")


def reap(driver, refusal=""):
    """A failed child is reaped in the middle, whatever happens to the wait. If
    that is killed, the child is left to the subreaper; but it is told."""
    last = len(driver.run(refusal or "none").child)
    broken = refusal + fault("child", last, errno.EIO)
    calls = driver.run(broken).middle
    if not driver.checks.check("wait4" in calls, f"{driver.what}: {calls}"):
        return
    wait = calls.index("wait4") + 1
    for more in fault("middle", wait, errno.EINTR), \
            f"middle:{wait}:after:{errno.ECHILD}":
        driver.expect(f"{broken},{more}", "wait4", step="exec", code=errno.EIO)
    driver.expect(f"{broken},middle:{wait}:kill:0", "wait4",
                  left="process,none", step="exec", code=errno.EIO)


def middle_jobs(driver):
    calls = driver.run().middle
    print(f"{driver.what}: middle {' '.join(calls)}")
    # A first start tries one that does nothing, before: its numbers are less.
    if driver.cold:
        return
    clone = place_of_clone(driver)
    for refusal in "", fault("middle", clone, errno.ENOSYS) + ",":
        yield lambda r=refusal: killed_late(driver, r)
        yield lambda r=refusal: reap(driver, r)
    yield lambda: killed_early(driver)


# ---- The caller ---------------------------------------------------------------

def fail_in_caller(driver, calls, number):
    name, index = calls[number], number + 1
    if name == "wait4":
        driver.expect(fault("caller", index, errno.EINTR), name, result=0)
        driver.expect(f"caller:{index}:after:{errno.ECHILD}", name, result=0)
        return
    faults.fail_in_caller(driver, calls, number)
    if name == "clone":
        for code in faults.REFUSALS:
            driver.expect(fault("caller", index, code), name, step="backend",
                          code=errno.ENOTSUP)


def caller_jobs(driver):
    calls = driver.run().caller
    print(f"{driver.what}: caller {' '.join(calls)}")
    driver.checks.check("clone" in calls and "wait4" in calls,
                        f"{driver.what}: {calls}")
    for number in range(len(calls)):
        yield lambda n=number: fail_in_caller(driver, calls, n)


def jobs(tools):
    for number in range(len(OPTIONS)):
        for cold in False, True:
            driver = Driver(tools, number, cold)
            base = driver.run()
            driver.checks.check(base.result == 0 and base.left == "none",
                                f"{driver.what}: {base.output}")
            yield from caller_jobs(driver)
            yield from middle_jobs(driver)
            yield from faults.child_jobs(driver)
            yield from faults.exec_jobs(driver)
            yield from faults.report_jobs(driver)
            yield from faults.failed_jobs(driver)
        yield from faults.close_jobs(Driver(tools, number, False))


def main(inject, start):
    checks = trace_tools.Checks()
    if trace_tools.run([inject, "none", start]).returncode == trace_tools.SKIP:
        trace_tools.skip("may not trace here, or not this processor")
    tools = (inject, start, faults.call_names(), checks)
    trace_tools.on_all_processors(lambda job: job(), jobs(tools))
    faults.finish(checks)


if __name__ == "__main__":
    main(*(os.path.abspath(path) for path in sys.argv[1:3]))
