#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The system calls of a start, seen by strace, are those of its plan.

usage: calls.py TRACE_START

Without options: at most eight in the caller, and four in the child. With an
option: what the table says, call by call, in the order of the header. Where
memory is shared nobody reads the pipe; where it is not, the caller does.
"""
import os
import re
import sys

import trace_tools

# What the child does for each option of tests/trace/start.c, before and after
# it closes the other descriptors (but for "inherit_fds", which doesn't).
# Around what may block: it dies with its parent.
BEGIN, END = ["prctl", "getppid"], ["prctl"]
CHILD = {
    "inherit_fds": ([], []),
    "env": ([], []),
    "cwd": (BEGIN, ["chdir", *END]),
    "cwd_fd": (BEGIN, ["fchdir", *END]),
    "root": (BEGIN, ["chroot", "chdir", *END]),
    "root_cwd": (BEGIN, ["chroot", "chdir", "chdir", "getcwd", *END]),
    "umask": (["umask"], []),
    "signal_mask": ([], []),
    "signal_default": (["rt_sigaction"], []),
    "signal_ignore": (["rt_sigaction"], []),
    # Of one thread, which knows what it ignores.
    "default_signals": ([], []),
    "session": (["setsid"], []),
    "process_group": (["setpgid"], []),
    "terminal": (["setsid", "ioctl", "getpgid", "ioctl"], ["dup3"]),
    "fd_from": ([], ["dup3"]),
    "fd_same": ([], ["dup3", "dup3"]),
    "fd_swap": ([], ["fcntl", "dup3", "dup3", "close"]),
    "fd_open": (BEGIN, ["openat", "dup3", "close", *END]),
    "fd_null": ([], ["openat", "dup3", "close"]),
    "fd_pipe": ([], ["dup3"]),
    "fd_close": ([], ["close"]),
    "uid": ([], ["fcntl", "setresuid"]),
    "gid": ([], ["fcntl", "setresgid"]),
    "groups": ([], ["setgroups"]),
    "nice": (["setpriority"], []),
    "scheduler": (["sched_setscheduler"], []),
    "affinity": (["sched_setaffinity"], []),
    "io_priority": (["ioprio_set"], []),
    "timer_slack": (["prctl"], []),
    "rlimit": (["prlimit64"], []),
    "oom_score_adj": (["openat", "write", "close"], []),
    "unshare": ([], ["unshare"]),
    "namespace": ([], ["prctl", "setns"]),
    "bounding_caps": ([], ["prctl"]),
    "ambient_caps": ([], ["prctl", "capget", "capset", "prctl"]),
    "securebits": ([], ["prctl"]),
    "parent_death": ([], ["prctl", "getppid"]),
    "no_new_privs": ([], ["prctl"]),
    "seccomp": ([], ["prctl", "seccomp"]),
    "landlock": ([], ["prctl", "landlock_restrict_self"]),
    "program_fd": ([], []),
    "search": ([], []),
    "shell_fallback": ([], []),
    "busy_retry": ([], []),
    "allow_fork": ([], []),
    "pidfd": ([], []),
    "cgroup": (BEGIN, END),
    "full": (
        ["rt_sigaction", "rt_sigaction", *BEGIN, "setsid", "ioctl", "getpgid", "ioctl",
         "prlimit64", "sched_setscheduler", "setpriority",
         "sched_setaffinity", "ioprio_set", "prctl", "umask",
         "openat", "write", "close"],
        ["dup3", "dup3", "fcntl", "dup3", "dup3", "close",
         "openat", "dup3", "close",
         "fcntl", "setresgid", "setresuid", *BEGIN, "chdir", "prctl", "getppid",
         "prctl", "seccomp"]),
}
NEEDS_ROOT = {"root", "root_cwd", "groups", "gid", "uid", "unshare", "namespace",
              "bounding_caps", "ambient_caps", "securebits", "cgroup"}
CALLER_BOUND = 8
# By nohup, by strace, in the background.
MAY_BE_IGNORED = 6


def expected_child(option):
    before, after = CHILD.get(option, ([], []))
    closing = [] if option == "inherit_fds" else ["close_range"]
    execute = {"program_fd": ["execveat"], "search": ["execve", "execve"]}
    # Who leads a session is not stopped; a filter may end who makes a call that
    # it does not know.
    stops = [] if "setsid" in before or "seccomp" in after \
        else ["rt_sigtimedwait"]
    return [*before, *closing, *after, *stops, "rt_sigprocmask",
            *execute.get(option, ["execve"])]


def reads_of_pipes(calls):
    """How many: of /proc, where a new kernel has to be looked at, none."""
    count, pipes = 0, set()
    for call in calls:
        numbers = re.findall(r"\d+", call.text)
        if call.name == "pipe2":
            pipes.update(numbers[:2])
        elif call.name == "close":
            pipes.discard(numbers[0])
        elif call.name == "read":
            count += numbers[0] in pipes
    return count


def check_plain(checks, program, backend, **variables):
    trace = trace_tools.strace_start(program, [], backend, **variables)
    what = f"{backend}{', first start' if variables else ''}"
    names = [call.name for call in trace.caller]
    # The flags of vfork() have no way to clear handlers.
    own = []
    if backend == "vfork":
        own = ["rt_sigaction"] * 64
    checks.check(len(names) <= CALLER_BOUND,
                 f"{what}: {len(names)} calls in the caller: {names}")
    calls = own + expected_child(None)
    if variables:
        # Nobody knows yet that memory is shared: it says so in the pipe too.
        calls.insert(-1, "write")
    checks.check(trace.child_names() == calls,
                 f"{what}: the child's calls: {trace.child_names()}")
    checks.check(not reads_of_pipes(trace.caller),
                 f"{what}: the caller reads the pipe")
    checks.check("fallbacks=0" in trace.output, f"{what}: {trace.output}")
    print(f"{what}: caller {' '.join(names)}")


def check_fork(checks, program):
    trace = trace_tools.strace_start(program, ["allow_fork"], "fork")
    names = [call.name for call in trace.caller]
    checks.check(reads_of_pipes(trace.caller),
                 f"fork: nobody reads the pipe: {names}")
    checks.check("fallbacks=8" in trace.output,
                 f"fork: the result doesn't say so: {trace.output}")
    print(f"fork: caller {' '.join(names)}")


def check_option(checks, program, option):
    trace = trace_tools.strace_start(program, [option], "clone")
    if trace.skipped:
        print(f"skipped: {option}: {trace.output}")
        return
    checks.check("result=0" in trace.output and "left=none" in trace.output,
                 f"{option}: {trace.output}")
    names = trace.child_names()
    by_name = option == "default_signals"
    if by_name:
        # strace itself ignores some: a call for each.
        checks.check(names.count("rt_sigaction") <= MAY_BE_IGNORED,
                     f"{option}: {names}")
        names = [name for name in names if name != "rt_sigaction"]
    checks.check(names == expected_child(option),
                 f"{option}: the child's calls are\n  {names}\n"
                 f"not\n  {expected_child(option)}")
    asked = [call.name for call in trace.caller]
    checks.check(not reads_of_pipes(trace.caller) and
                 (not by_name or "read" in asked),
                 f"{option}: the caller reads the pipe, or not its status")
    limits = option in ("rlimit", "full")
    checks.check(asked.count("prlimit64") == limits,
                 f"{option}: the caller asks of a limit "
                 f"{asked.count('prlimit64')} times")


def main(program):
    if trace_tools.missing("strace"):
        trace_tools.skip("strace is not installed")
    checks = trace_tools.Checks()
    if trace_tools.strace_start(program, [], "clone").skipped:
        trace_tools.skip("may not trace here")
    for backend in ("clone", "vfork"):
        check_plain(checks, program, backend)
        check_plain(checks, program, backend, TRACE_COLD="1")
    check_fork(checks, program)
    for option in CHILD:
        if option in NEEDS_ROOT and os.geteuid() != 0:
            print(f"skipped: {option} needs root")
        else:
            check_option(checks, program, option)
    checks.finish()


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
