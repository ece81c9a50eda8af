#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every system call of a start fails in turn.

usage: faults.py TRACE_INJECT TRACE_START

tests/trace/inject.c makes one call fail, of the caller or of the child, for a
start without options and for the full house, through each backend that
executes plans, for the first start of a process and for a later one. Each
fault has to end as the tables below say: in an error with its step and errno,
or in success, with a fallback that the result tells of. In no case may
anything be left behind or the caller be changed, and nothing may hang.
"""
import collections
import errno
import os
import re
import subprocess
import sys

from calls import expected_child
import trace_tools

BACKENDS = ["clone", "vfork", "fork"]
OPTIONS = [[], ["full"]]
FALLBACK_CLONE3, FALLBACK_CLOSE_RANGE, FALLBACK_PIPE = 1, 2, 8

# Steps of the child's calls of the full house, as CHILD in calls.py has them;
# None: a failure makes no difference.
FULL_BEFORE = ["signals", "signals", None, "parent-death signal", "session", "terminal", "foreground",
               "foreground", "rlimit", "scheduler", "nice", "cpus",
               "I/O priority", "timer slack", "umask",
               "oom_score_adj", "oom_score_adj", None]
FULL_AFTER = ["fd", "fd", "fd", "fd", "fd", None, "fd", "fd", None, None,
              "gid", "uid", None, "parent-death signal", "cwd",
              "parent-death signal", "parent-death signal",
              "no_new_privs", "seccomp"]
TRIES = 100
REFUSALS = [errno.ENOSYS, errno.EPERM, errno.EINVAL, errno.E2BIG]
# Where the last of the faults is the caller's.
IN_CALLER = re.compile(r"caller:(\d+):\w+:\d+$")
# For the calls that are usual.
RUNS = 9
EVERYTHING = re.compile(
    r"result=(?P<result>\d+) code=(?P<code>\d+) step=(?P<step>.*?) "
    r"index=(?P<index>-?\d+) signal=(?P<signal>\d+) backend=(?P<backend>\w+) "
    r"fallbacks=(?P<fallbacks>\d+) retries=(?P<retries>\d+) "
    r"errno=(?P<errno>\d+) left=(?P<left>\S+)")


def call_names(compiler="cc"):
    """Names of the system calls by number, from the C library's header."""
    done = subprocess.run([compiler, "-E", "-dM", "-"], text=True, check=True,
                          input="#include <sys/syscall.h>\n",
                          stdout=subprocess.PIPE)
    return {int(number): name for name, number in re.findall(
        r"#define __NR_(\w+) (\d+)", done.stdout)}


class Outcome:
    """What the driver printed, and the calls that were made."""

    def __init__(self, done, names):
        self.output = done.stdout.strip()
        self.status = done.returncode
        found = EVERYTHING.search(done.stdout)
        fields = found.groupdict() if found else {}
        self.result = int(fields.get("result", -1))
        self.code = int(fields.get("code", -1))
        self.step = fields.get("step")
        self.signal = int(fields.get("signal", -1))
        self.fallbacks = int(fields.get("fallbacks", -1))
        self.retries = int(fields.get("retries", -1))
        self.errno_kept = fields.get("errno") == "4711"
        self.left = fields.get("left", "unknown")
        self.caller, self.child, self.middle = [], [], []
        for line in done.stderr.splitlines():
            words = line.split()
            if len(words) > 8 and words[0] in ("caller", "child", "middle"):
                getattr(self, words[0]).append(names[int(words[2])])


class Driver:
    """Starts the driver under the tracer, for one backend and option set."""

    # The faults, of all of them, that have not met their call.
    missed = []

    def __init__(self, tools, backend, options, cold):
        self.inject, self.start, self.names, self.checks = tools
        self.backend, self.cold = backend, cold
        self.options = options
        self.consent = ["allow_fork"] if backend == "fork" else []
        self.what = f"{backend}, {'full house' if options else 'no options'}" \
            f"{', first start' if cold else ''}"

    def child_steps(self):
        """(name, step) of each call of the child, as it should be."""
        names = expected_child(self.options[0]
                                           if self.options else None)
        before, after = (FULL_BEFORE, FULL_AFTER) if self.options else ([], [])
        stops = [] if self.options else [None]
        steps = [*before, "close_range", *after, *stops, "signal mask", "exec"]
        return list(zip(names, steps, strict=True))

    def run(self, faults="none", name=None, index=0):
        """With a name: once that is the call of the caller that is hit, or
        None.

        How many it makes before is a matter of moments, after a change of ids.
        """
        for _ in range(TRIES):
            outcome = self.run_once(faults)
            # One that hangs, or ends before, is a finding of its own.
            if name is None or outcome.result < 0 or \
                    outcome.caller[index - 1:index] == [name]:
                return outcome
        self.missed.append(f"{self.what}: {name}, {faults}")
        return None

    def run_once(self, faults):
        environment = dict(os.environ, LIBSPAWN_BACKEND=self.backend)
        if self.cold:
            environment["TRACE_COLD"] = "1"
        try:
            done = trace_tools.run([self.inject, faults, self.start,
                                    *self.options, *self.consent], env=environment,
                                   timeout=60)
        except subprocess.TimeoutExpired:
            done = subprocess.CompletedProcess([], -1, "hangs", "")
        return Outcome(done, self.names)

    def expect(self, fault, name, left="none", **wanted):
        """Run with a fault and compare; returns the outcome, or None."""
        found = IN_CALLER.search(fault)
        outcome = (self.run(fault, name, int(found[1])) if found else
                   self.run(fault))
        return self.judge(outcome, fault, name, left, **wanted)

    def judge(self, outcome, fault, name, left="none", **wanted):
        if outcome is None:
            return None
        wrong = [f"{key}={getattr(outcome, key)} not {value}"
                 for key, value in wanted.items()
                 if getattr(outcome, key) != value]
        if outcome.left != left:
            wrong.append(f"left={outcome.left} not {left}")
        if not outcome.errno_kept:
            wrong.append("errno changed")
        self.checks.check(not wrong, f"{self.what}: {name}, {fault}: "
                          f"{'; '.join(wrong)}\n  {outcome.output}")
        return outcome


# ---- The child ------------------------------------------------------------

def fail_in_child(driver, index, name, step):
    fault = f"child:{index}:before:"
    if name == "close_range":
        for code in (errno.ENOSYS, errno.EPERM, errno.EINVAL):
            driver.expect(fault + str(code), name, result=0,
                          fallbacks=fallbacks_of(driver) |
                          FALLBACK_CLOSE_RANGE)
    elif step is None:
        driver.expect(fault + str(errno.EIO), name, result=0)
    elif name == "getpgid":
        # The number is then no group, which is for the next call to say.
        driver.expect(fault + str(errno.EIO), name, step=step)
    elif name == "getppid":
        driver.expect(fault + str(errno.EIO), name, step=step,
                      code=errno.ESRCH)
    else:
        driver.expect(fault + str(errno.EIO), name, step=step,
                      code=errno.EIO, result=errno.EIO)


def kill_in_child(driver, index, name):
    """Killed on the way, or at its exec: an error of its own."""
    driver.expect(f"child:{index}:kill:0", name, step="died before exec",
                  code=errno.ECANCELED, signal=9)


def fallbacks_of(driver):
    return FALLBACK_PIPE if driver.backend == "fork" else 0


def child_jobs(driver):
    """The faults of one driver's child, as functions without arguments."""
    base = driver.run()
    steps = driver.child_steps()
    # What is not of the plan: registering, handlers, announcing the exec.
    own = len(base.child) - len(steps)
    announces = base.child[-2:] == ["write", base.child[-1]]
    first = own - announces
    names = base.child[first:]
    if announces:
        del names[-2]
    if not driver.checks.check(names == [name for name, _ in steps],
                               f"{driver.what}: not the plan: {base.child}"):
        return
    for number, (name, step) in enumerate(steps):
        index = first + number + 1
        last = number == len(steps) - 1
        index += announces and last
        yield lambda i=index, n=name, s=step: fail_in_child(driver, i, n, s)
        yield lambda i=index, n=name: kill_in_child(driver, i, n)
    for index in (1, 2, first) if first else ():
        name = base.child[index - 1]
        yield lambda i=index, n=name: driver.expect(
            f"child:{i}:before:{errno.ENOSYS}", n, result=0)


def exec_jobs(driver):
    """What an execve() may answer."""
    names = driver.run().child
    index = len(names)
    again = index + (3 if "write" in names else 2)
    for code in (errno.ENOENT, errno.EACCES, errno.ENOEXEC, errno.ENOMEM,
                 errno.EAGAIN, errno.E2BIG, errno.ENOTDIR):
        yield lambda c=code: driver.expect(f"child:{index}:before:{c}",
                                           "execve", step="exec", code=c)
    yield lambda: driver.expect(
        f"child:{index}:before:{errno.ETXTBSY},"
        f"child:{again}:before:{errno.ETXTBSY}", "execve busy",
        result=0, retries=2)


def report_jobs(driver):
    """The record can't be written: memory still tells, if it is shared."""
    base = driver.run()
    last = len(base.child)
    fault = f"child:{last}:before:{errno.EIO},child:{last + 1}:before:" \
        f"{errno.EIO}"
    shared = driver.backend != "fork"
    if shared:
        yield lambda: driver.expect(fault, "report", step="exec",
                                    code=errno.EIO)
    else:
        # It has announced its exec, and the kernel says that there was none.
        yield lambda: driver.expect(fault, "report", step="died before exec",
                                    code=errno.ECANCELED, signal=0)
    if "write" in base.child:
        index = base.child.index("write") + 1
        yield lambda: driver.expect(f"child:{index}:before:{errno.EIO}",
                                    "announcement", step="exec",
                                    code=errno.EIO)


def close_jobs(driver):
    """close_range() refused, and what takes its place refused too."""
    base = driver.run()
    index = base.child.index("close_range") + 1
    refused = f"child:{index}:before:{errno.ENOSYS}"
    names = driver.run(refused).child[index:]
    known = fallbacks_of(driver) | FALLBACK_CLOSE_RANGE
    for number in range(names.index("close") + 1):
        fault = f"{refused},child:{index + number + 1}:before:{errno.EIO}"
        name = names[number]
        if name == "getdents64":
            yield lambda f=fault, n=name: driver.expect(
                f, n, step="close fds", code=errno.EIO)
        else:
            # No /proc: one by one; and a descriptor that is not open.
            yield lambda f=fault, n=name: driver.expect(
                f, n, result=0, fallbacks=known)


# ---- The caller -----------------------------------------------------------

def refuse_both(driver, faults, code):
    """clone() says EINVAL also to a child without a signal: once more."""
    if code == errno.EINVAL:
        driver.expect(faults, "clone", result=0)
    else:
        driver.expect(faults, "clone", step="backend", code=errno.ENOTSUP)


def fail_creation(driver, index, name):
    fault = f"caller:{index}:before:"
    for code in (errno.EAGAIN, errno.ENOMEM):
        driver.expect(fault + str(code), name, step="create process",
                      code=code)
    for code in REFUSALS if name == "clone3" else ():
        driver.expect(fault + str(code), name, result=0,
                      fallbacks=fallbacks_of(driver) | FALLBACK_CLONE3)
        driver.expect(f"{fault}{code},caller:{index + 1}:before:"
                      f"{errno.EAGAIN}", "clone", step="create process",
                      code=errno.EAGAIN)
        refuse_both(driver, f"{fault}{code},caller:{index + 1}:before:{code}",
                    code)
    if name == "clone" and driver.backend == "vfork":
        # Then the C library's vfork() is asked.
        for code in errno.ENOSYS, errno.EPERM, errno.EINVAL:
            driver.expect(fault + str(code), name, result=0)
        driver.expect(f"{fault}{errno.ENOSYS},caller:{index + 1}:before:"
                      f"{errno.ENOSYS}", "vfork", step="backend",
                      code=errno.ENOTSUP)


def fail_mask(driver, index, name, is_first):
    fault = f"caller:{index}:before:{errno.EPERM}"
    if is_first:
        driver.expect(fault, name, step="signal mask", code=errno.EPERM)
    else:
        # Nothing can put the mask back but this call: the start stands.
        outcome = driver.run(fault, name, index)
        driver.judge(outcome, fault, name, result=0, left="mask,none")


def fail_close(driver, index, name):
    """It closes, whatever it says."""
    for code in (errno.EIO, errno.EINTR):
        driver.expect(f"caller:{index}:after:{code}", name, result=0)


def fail_report(driver, fault, name):
    """Who shares memory can prove it first, and do without the pipe."""
    driver.expect(fault + str(errno.ENOMEM), name, step="report pipe",
                  code=errno.ENOMEM)
    if driver.backend in ("clone", "vfork"):
        driver.expect(fault + str(errno.EMFILE), name, result=0)
        driver.expect(fault + str(errno.ENFILE), name, result=0)
    else:
        driver.expect(fault + str(errno.EMFILE), name, step="report pipe",
                      code=errno.EMFILE)


def fail_in_caller(driver, calls, number):
    name, index = calls[number], number + 1
    fault = f"caller:{index}:before:"
    if name in ("clone3", "clone", "vfork", "fork"):
        fail_creation(driver, index, name)
    elif name == "rt_sigprocmask":
        fail_mask(driver, index, name, name not in calls[:number])
    elif name in ("close", "munmap"):
        fail_close(driver, index, name)
    elif name == "pipe2" and (name in calls[number + 1:] or not (
            name in calls[:number] or "read" in calls or driver.cold)):
        driver.expect(fault + str(errno.EMFILE), name, step="fd",
                      code=errno.EMFILE)
    elif name == "pipe2":
        fail_report(driver, fault, name)
    elif name in ("read", "poll", "ppoll", "waitid"):
        driver.expect(fault + str(errno.EINTR), name, result=0)
    elif name == "pidfd_open":
        # Whether the child has a memory of its own: /proc tells it too.
        driver.expect(fault + str(errno.EMFILE), name, result=0)
    elif name in ("mmap", "mremap"):
        driver.expect(fault + str(errno.ENOMEM), name, step="memory",
                      code=errno.ENOMEM)
    elif name == "brk":
        # malloc() then asks mmap().
        driver.expect(fault + str(errno.ENOMEM), name, result=0)
    elif name in ("openat", "open", "ioctl", "fcntl"):
        fail_terminal(driver, index, name)
    elif name in ("prlimit64", "getrlimit"):
        # Whether a limit is lowered is not known then.
        driver.expect(fault + str(errno.EPERM), name, result=0)
    elif name == "capget":
        # root is asked by its number then.
        driver.expect(fault + str(errno.EPERM), name, result=0)
    elif name in ("getresuid", "getresuid32") and name in calls[:number]:
        # Another has its ambient capabilities cleared, which harms nobody.
        driver.expect(fault + str(errno.EFAULT), name, result=0)
    elif name in ("getresuid", "getresuid32"):
        # Who can't be seen to be the same user is another.
        driver.expect(fault + str(errno.EFAULT), name, step="groups",
                      code=errno.EINVAL)
    elif name in ("getpid", "gettid", "getuid", "geteuid", "prctl"):
        # Which don't fail.
        driver.expect("none", name, result=0)
    else:
        driver.checks.check(False, f"{driver.what}: no rule for {name}")


def fail_terminal(driver, index, name):
    """A terminal's own steps; what has another way takes it."""
    outcome = driver.run(f"caller:{index}:before:{errno.EIO}", name, index)
    if outcome is None:
        return
    good = (outcome.result == 0 or
            (outcome.step, outcome.code) == ("fd", errno.EIO))
    driver.checks.check(good and outcome.left == "none",
                        f"{driver.what}: {name}: {outcome.output}")


def caller_jobs(driver):
    runs = collections.Counter(tuple(driver.run().caller) for _ in range(RUNS))
    calls = runs.most_common(1)[0][0]
    driver.checks.check(calls, f"{driver.what}: no calls")
    for number in range(len(calls)):
        yield lambda n=number: fail_in_caller(driver, calls, n)


def failed_jobs(driver):
    """A start that failed clears up; each call of that fails too."""
    base = driver.run()
    broken = f"child:{len(base.child)}:before:{errno.EIO}"
    calls = driver.run(broken).caller
    made = next(n for n, name in enumerate(calls)
                if name in ("clone3", "clone", "vfork"))
    for number in range(made + 1, len(calls)):
        fault = f"{broken},caller:{number + 1}:"
        name = calls[number]
        if name in ("wait4", "waitid"):
            yield lambda f=fault, n=name: driver.expect(
                f"{f}before:{errno.EINTR}", n, step="exec", code=errno.EIO)
            # Somebody else has reaped it: no reason to say otherwise.
            yield lambda f=fault, n=name: driver.expect(
                f"{f}after:{errno.ECHILD}", n, step="exec", code=errno.EIO)
        elif name in ("close", "munmap"):
            yield lambda f=fault, n=name: driver.expect(
                f"{f}after:{errno.EIO}", n, step="exec", code=errno.EIO)
        elif name == "read":
            yield lambda f=fault, n=name: driver.expect(
                f"{f}before:{errno.EINTR}", n, step="exec", code=errno.EIO)
    driver.checks.check("wait4" in calls or "waitid" in calls,
                        f"{driver.what}: who waits? {calls}")


def jobs(tools):
    for backend in BACKENDS:
        for options in OPTIONS:
            warm = Driver(tools, backend, options, False)
            cold = Driver(tools, backend, options, True)
            yield from child_jobs(warm)
            yield from caller_jobs(warm)
            yield from caller_jobs(cold)
            yield from failed_jobs(warm)
            yield from failed_jobs(cold)
        yield from child_jobs(Driver(tools, backend, [], True))
        yield from report_jobs(Driver(tools, backend, [], False))
        yield from report_jobs(Driver(tools, backend, [], True))
        yield from exec_jobs(Driver(tools, backend, [], False))
        yield from close_jobs(Driver(tools, backend, [], False))


def finish(checks):
    """What was missed shows nothing, so that it may not be much."""
    for missed in Driver.missed:
        print(f"not met: {missed}")
    checks.check(len(Driver.missed) * 20 <= checks.checked,
                 f"{len(Driver.missed)} faults have not met their call")
    checks.finish()


def main(inject, start):
    checks = trace_tools.Checks()
    if trace_tools.run([inject, "none", start]).returncode == trace_tools.SKIP:
        trace_tools.skip("may not trace here, or not this processor")
    tools = (inject, start, call_names(), checks)
    trace_tools.on_all_processors(lambda job: job(), jobs(tools))
    finish(checks)


if __name__ == "__main__":
    main(*(os.path.abspath(path) for path in sys.argv[1:3]))
