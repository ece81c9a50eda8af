#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The suite `start` in places that refuse or lack something.

usage: places.py PLACE OLD_KERNEL PROBE TEST...

PLACE is one of

ENOSYS     an older kernel: clone3, close_range, pidfd_open, pidfd_send_signal,
           execveat, openat2, faccessat2 and waitid() on a pidfd refused so
EPERM      a container's filter, which refuses the same with that
namespace  a user namespace, without privileges outside it
bubblewrap a sandbox: namespaces of every kind, a system that can't be written
no-proc    an older kernel without /proc: descriptors are tried one by one

Each TEST runs with every backend. What can't work there is listed below; it
must fail with what is listed. Every start asserts that its fallbacks were taken
(tests/support/support.c). Where the machine has no such place, it is skipped.
"""
import fnmatch
import os
import pathlib
import re
import sys

import trace_tools

BACKENDS = ["clone", "vfork", "posix_spawn", "fork"]
BY_FD = "ENOTSUP, or the filter's EPERM, at exec: no execveat()"
PIDFD = "ENOTSUP at pidfd: the kernel may be one without"
THREAD = "the C library starts no thread where clone3() is EPERM"
UNMAPPED = "EINVAL, not EPERM: such an id does not exist there"
NEVER = "no_new_privs is set before"
LOST = "what is tested, or the test itself, is in /proc"
REFUSED = {
    "a_program_is_executed_by_descriptor": BY_FD,
    "a_script_needs_its_descriptor_inherited": BY_FD,
    "descriptors_that_are_no_programs_are_refused": BY_FD,
}
READS_PROC = """
a_pseudo_terminal_connects_both_sides the_null_device_can_be_read_and_written
an_oom_score_that_may_not_be_lowered_is_refused the_callers_oom_score_stays
the_oom_score_is_adjusted landlock_keeps_the_program_from_other_files
""".split()
OTHER_IDS = {
    "ids_that_may_not_be_taken_are_refused": UNMAPPED,
    "the_death_signal_survives_a_change_of_user": UNMAPPED,
    "a_user_who_stays_keeps_its_groups": UNMAPPED,
}
# What fails, by its place; all else must work.
FAILS = {
    "ENOSYS": {**REFUSED,
               "a_descriptor_for_the_process_is_returned": PIDFD,
               "the_descriptor_is_closed_when_the_start_fails": PIDFD},
    "EPERM": {**REFUSED, "the_signal_comes_when_the_thread_ends": THREAD},
    "namespace": OTHER_IDS,
    "bubblewrap": {**OTHER_IDS,
                   "a_filter_needs_no_new_privs_or_power": NEVER,
                   "no_new_privs_is_set_in_the_child_alone": NEVER},
    "no-proc": {**REFUSED, **dict.fromkeys(READS_PROC, LOST),
                "a_descriptor_for_the_process_is_returned": PIDFD,
                "the_descriptor_is_closed_when_the_start_fails": PIDFD},
}
# glibc's own way on is from ENOSYS only.
LEFT_OUT = {
    ("EPERM", "posix_spawn"): "glibc's posix_spawn() ends at EPERM",
    ("no-proc", "posix_spawn"): "glibc's closefrom() needs one or the other",
}
NO_PROC = "umount -l /proc && ulimit -n 4096 && exec \"$0\" ENOSYS \"$@\""
TALLY = re.compile(r"\[=+\] (?:\w+: )?(\d+) test\(s\) run")
ENDED = re.compile(r"^\[ +(FAILED|ERROR|SKIPPED) +\] (\w+)$", re.M)
REASON = re.compile(r"skipped: (.*)\n(?:.*\n)*?\[ +SKIPPED +\] (\w+)")


def way_into(place, old_kernel):
    """The words before a command that runs it there."""
    return {
        "ENOSYS": [old_kernel, "ENOSYS"],
        "EPERM": [old_kernel, "EPERM"],
        "namespace": ["unshare", "--user"],
        "bubblewrap": ["bwrap", "--unshare-all", "--ro-bind", "/", "/",
                       "--bind", "/tmp", "/tmp", "--dev", "/dev",
                       "--proc", "/proc", "--uid", "1000"],
        "no-proc": ["unshare", "--mount", "sh", "-c", NO_PROC,
                    old_kernel],
    }[place]


class Count:
    def __init__(self, place):
        self.place = place
        self.ran = 0
        self.skipped = {}
        self.expected = {}
        self.unexpected = []

    def add(self, name, done):
        found = TALLY.search(done.stdout + done.stderr)
        text = done.stdout + done.stderr
        if not found:
            self.unexpected.append(f"{name}: status {done.returncode}: "
                                   f"{text[-1500:]}")
            return
        self.ran += int(found[1])
        why = {test: reason for reason, test in REASON.findall(text)}
        for ending, test in sorted(set(ENDED.findall(text))):
            reason = next((reason for pattern, reason
                           in FAILS[self.place].items()
                           if fnmatch.fnmatch(test, pattern)), None)
            if ending == "SKIPPED":
                self.skipped.setdefault(why.get(test, "?"), set()).add(test)
            elif reason:
                self.expected.setdefault(reason, set()).add(test)
            else:
                self.unexpected.append(f"{name}: {test}\n{text[-1500:]}")

    def finish(self):
        for text in self.unexpected:
            print("FAILED:", text)
        for kind, table in [("fails as it must", self.expected),
                            ("skipped", self.skipped)]:
            for reason, tests in sorted(table.items()):
                print(f"{kind}: {reason}: {', '.join(sorted(tests))}")
        missing = set(FAILS[self.place]) - set().union(
            *self.expected.values(), set())
        for test in missing:
            print(f"FAILED: {test} works: take it off the list")
        print(f"{self.place}: {self.ran} tests, "
              f"{len(self.unexpected) + len(missing)} failed")
        sys.exit(1 if self.unexpected or missing or not self.ran else 0)


def main(place, old_kernel, probe, *tests):
    way = way_into(place, old_kernel)
    lacking = trace_tools.missing(way[0]) if "/" not in way[0] else None
    if lacking:
        trace_tools.skip(f"{lacking} is not installed")
    there = trace_tools.run([*way, "true"])
    if there.returncode:
        trace_tools.skip(f"no such place here: "
                         f"{(there.stderr or there.stdout).strip()}")
    # How a program finds its own folder is by /proc, too.
    libraries = pathlib.Path(probe).parents[2] / "src"
    environment = dict(os.environ, LD_LIBRARY_PATH=str(libraries))
    if place in ("ENOSYS", "EPERM", "no-proc"):
        environment["LIBSPAWN_REFUSED"] = "clone3,close_range"
    jobs = [(test, backend) for test in tests for backend in BACKENDS
            if (place, backend) not in LEFT_OUT]
    count = Count(place)

    def work(job):
        return trace_tools.run_in_time([*way, job[0], job[1], probe],
                                       env=environment, cwd="/tmp")

    for job, done in zip(jobs, trace_tools.on_all_processors(work, jobs)):
        count.add(f"{pathlib.Path(job[0]).name} {job[1]}", done)
    for (where, backend), reason in LEFT_OUT.items():
        if where == place:
            print(f"left out: {backend}: {reason}")
    count.finish()


if __name__ == "__main__":
    main(sys.argv[1], *(os.path.abspath(path) for path in sys.argv[2:]))
