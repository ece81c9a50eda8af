#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tests in gVisor, which zeroes the word at the end of a process only.

usage: gvisor.py ROOT

Builds static programs of the TOPICS, with tests/support/stand_in in the place of
cmocka, and runs each with each backend but posix_spawn, whose child is the C
library's; those of ONCE with one. What gVisor can't do is listed below with its
reason, and counted as skipped when it fails.

With LIBSPAWN_MATRIX in the environment, a folder, the counts are left there.

Left out are the topics that ask for what gVisor has not (capabilities of a
child, namespaces, cgroups, scheduling, terminals that are controlling, a pidfd:
after/detach), stress, which takes minutes, after/screen, as a terminal's end is
not told there, hostile/stranger, as everybody may look into /proc there, and
hostile/signals, as SIGTSTP stops there who leads a session.
"""
import pathlib
import platform
import os
import shutil
import sys
import tempfile

import static_tests
import trace_tools

SANDBOX = ["runsc", "--network=none", "--platform=ptrace", "do"]
# Init is a shell: who is init itself gets children that it never had.
AS_CHILD = ["sh", "-c", '"$@"; exit $?', "sh"]
TOPICS = [
    "start/cwd", "start/env", "start/errors", "start/fds", "start/result",
    "start/rows", "start/search", "start/session", "start/signals",
    "after/interrupted", "after/run", "after/signal",
    "hostile/blocked", "hostile/forks", "hostile/thirds",
]
# They take long, or ask the kernel the same whatever the backend is.
ONCE = [
    "start/begin", "start/confine", "start/filters", "start/ids",
    "start/program",
    "after/any", "after/pipeline", "after/refused", "after/stop", "after/wait",
    "hostile/caller", "hostile/crowded", "hostile/jail", "hostile/killed",
    "hostile/limits", "hostile/standard", "hostile/unheard",
]
BACKENDS = ["clone", "vfork", "fork"]
# What it lacks, below, and what the tests themselves see that it has not.
MOST_SKIPPED = 0.09
PIDFD = "its clone() makes no pidfd"
PROCESSES = "it does not count the processes of a user"
LACKS = {
    "a_descriptor_for_the_process_is_returned": PIDFD,
    "the_descriptor_is_closed_when_the_start_fails": PIDFD,
    "a_pidfd_is_no_standard_descriptor": PIDFD,
    "without_descriptors_there_is_no_pidfd": PIDFD,
    "the_pidfd_is_the_callers_alone": PIDFD,
    "a_user_with_too_many_processes_can_not_exec": PROCESSES,
    "a_raised_limit_of_processes_comes_before_the_user": PROCESSES,
    "arguments_too_long_together_are_an_error_of_exec":
        "its exec says ENOMEM",
    "a_script_needs_its_descriptor_inherited":
        "its execveat() hands the path of a script on, not /dev/fd",
    "user_group_and_groups_are_set": "it does not sort groups",
    "a_file_system_that_does_not_answer_is_named":
        "its FUSE lets a cwd in without an answer",
}


def run_all(root, folder, count):
    probe = static_tests.native_programs(root, folder)
    builder = static_tests.Builder(root, "", folder)
    jobs = builder.build(TOPICS, [], BACKENDS, count) + \
        builder.build(ONCE, [], BACKENDS[:1], count)
    static_tests.run_jobs(
        jobs, lambda job: [*SANDBOX, *AS_CHILD, *job, probe], count,
        timeout=120)


def main(root):
    if trace_tools.missing("runsc"):
        trace_tools.skip("runsc is not installed")
    tried = trace_tools.run([*SANDBOX, "/bin/true"])
    if tried.returncode != 0:
        trace_tools.skip(f"runsc can't run here: {tried.stderr.strip()}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gvisor."))
    os.chmod(folder, 0o755)
    count = static_tests.Count(LACKS)
    run_all(root, folder, count)
    shutil.rmtree(folder)
    static_tests.leave(
        "gvisor", system="gVisor", libc="glibc", processor=platform.machine(),
        how="run in gVisor", backends=BACKENDS, passed=count.passed,
        skipped=count.skips())
    sys.exit(static_tests.tell("gVisor", count, MOST_SKIPPED))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
