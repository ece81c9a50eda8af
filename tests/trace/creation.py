#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No option makes the library fork.

usage: creation.py TRACE_START

Each option singly, and all that go together, with the backend left to the
library: strace has to see one creation of a process, in shared memory and
with the caller's thread waiting. The same where the kernel refuses clone3(),
and through the vfork backend.
"""
import os
import sys

from calls import CHILD, NEEDS_ROOT
import trace_tools

CREATES = {"clone", "clone3", "fork", "vfork"}
# What can't be asked for together with the others, and why.
APART = {
    "full",         # is several others
    "inherit_fds",  # or else nothing would be closed
    "process_group",  # a session has its own
    "cwd_fd",       # there is a cwd
    "fd_null", "fd_close",  # descriptor 0 is taken
    "search", "shell_fallback",  # the program is a descriptor
    "landlock",     # not everywhere; listed singly
    "cgroup",       # likewise
}
REFUSED = ["-e", "inject=clone3:error=ENOSYS"]


def shares_memory(call):
    if call.name == "vfork":
        return True
    return "CLONE_VM" in call.text and "CLONE_VFORK" in call.text


def check_creation(checks, program, options, backend, wanted, extra=()):
    what = f"{backend or 'any'}: {' '.join(options) or 'no options'}"
    trace = trace_tools.strace_start(program, options, backend, extra)
    if trace.skipped:
        print(f"{what}: {trace.output.strip()}")
        return
    if not checks.check("result=0" in trace.output,
                        f"{what}: {trace.output}"):
        return
    made = [call for call in trace.caller if call.name in CREATES]
    tried = [call for call in made if "INJECTED" not in call.text]
    checks.check(len(tried) == 1 and all(map(shares_memory, made)),
                 f"{what}: {[call.name + call.text for call in made]}")
    checks.check(f"backend={wanted}" in trace.output,
                 f"{what}: {trace.output}")


def option_sets():
    allowed = [option for option in CHILD
               if os.geteuid() == 0 or
               option not in NEEDS_ROOT]
    yield []
    for option in allowed:
        yield [option]
    yield [option for option in allowed if option not in APART]


def main(program):
    if trace_tools.missing("strace"):
        trace_tools.skip("strace is not installed")
    if trace_tools.strace_start(program, [], "").skipped:
        trace_tools.skip("may not trace here")
    checks = trace_tools.Checks()
    if os.geteuid() != 0:
        print(f"skipped: {' '.join(sorted(NEEDS_ROOT))}: "
              "need root")
    for options in option_sets():
        check_creation(checks, program, options, "", "clone")
        check_creation(checks, program, options, "", "clone", REFUSED)
        check_creation(checks, program, options, "vfork", "vfork")
    checks.finish()


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
