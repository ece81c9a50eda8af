#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tests in gVisor, which zeroes the word at the end of a process only.

usage: gvisor.py ROOT

Builds static programs of the TOPICS, with tests/support/stand_in in the place of
cmocka, and runs each with each backend but posix_spawn, whose child is the C
library's; those of ONCE with one, of STRESS with a few rounds, of POSIX with the
drop-in linked statically. What gVisor can't do is listed below with its reason,
and counted as skipped when it fails.

With LIBSPAWN_MATRIX in the environment, a folder, the counts are left there.

Left out are the topics of which gVisor can't do the most: start/caps, cgroup,
containment, namespaces, scheduling; of hostile those with a user's namespaces,
cgroups, filters that refuse calls; hostile/stranger, as everybody may look into
/proc there, and hostile/signals, as SIGTSTP stops there who leads a session;
stress/busy, as no program is ever busy; after/screen, as a terminal's end is not
told there.
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
    "start/limits", "start/program", "start/terminal",
    "after/any", "after/detach", "after/pipeline", "after/refused",
    "after/stop", "after/wait",
    "hostile/caller", "hostile/crowded", "hostile/jail", "hostile/killed",
    "hostile/limits", "hostile/standard", "hostile/unheard",
]
# With how much of it.
STRESS = {"threads": "2", "exit": "5"}
POSIX = ["posix/popen", "posix/search", "posix/start", "posix/system"]
BACKENDS = ["clone", "vfork", "fork"]
PIDFD = "its clone() makes no pidfd"
PROCESSES = "it does not count the processes of a user"
REAPER = "nobody can be a subreaper there"
NO_TTY = "no program can open its controlling terminal there"
LACKS = {
    "a_descriptor_for_the_process_is_returned": PIDFD,
    "the_descriptor_is_closed_when_the_start_fails": PIDFD,
    "a_pidfd_is_no_standard_descriptor": PIDFD,
    "without_descriptors_there_is_no_pidfd": PIDFD,
    "the_pidfd_is_the_callers_alone": PIDFD,
    "a_descriptor_for_it_signals_and_tells_its_end": PIDFD,
    "a_failed_one_is_told_and_gone": PIDFD,
    "without_clone3_it_is_the_same": PIDFD,
    "threads_detach_at_the_same_time": PIDFD,
    "one_of_another_user_is_not_waited_for": PIDFD,
    "one_that_leads_no_group_is_no_group": PIDFD,
    "with_a_descriptor_it_is_not_lost": REAPER,
    "its_exit_status_is_told": REAPER,
    "a_parent_that_does_not_reap_holds_up_nobody": REAPER,
    "a_thousand_are_the_subreapers": REAPER,
    "a_user_with_too_many_processes_can_not_exec": PROCESSES,
    "a_raised_limit_of_processes_comes_before_the_user": PROCESSES,
    "a_terminal_of_*_becomes_controlling": NO_TTY,
    "an_oom_score_that_may_not_be_lowered_is_refused": "everybody may there",
    "arguments_too_long_together_are_an_error_of_exec":
        "its exec says ENOMEM",
    "a_script_needs_its_descriptor_inherited":
        "its execveat() hands the path of a script on, not /dev/fd",
    "user_group_and_groups_are_set": "it does not sort groups",
    "a_leader_that_can_not_be_killed_is_not_waited_for":
        "its kill() of a group answers for any one of it",
    "too_many_bytes_are_e2big": "its exec has no such limit",
    "a_program_open_for_writing_is_etxtbsy": "no program is ever busy there",
    "dispositions_are_as_specified_meanwhile":
        "its /proc does not tell which signals are ignored",
}
# An imitated kernel lacks more than an old one.
MOST_SKIPPED = 0.1


def run_all(root, folder, count):
    probe = static_tests.native_programs(root, folder)
    builder = static_tests.Builder(root, "", folder)
    jobs = builder.build(TOPICS, [], BACKENDS, count) + \
        builder.build(ONCE, [], BACKENDS[:1], count)
    drop_in = static_tests.DropIn(builder, folder / "posix")
    jobs += drop_in.build(POSIX, [], ["static"], count)
    jobs += builder.build([f"stress/{topic}" for topic in STRESS], [],
                          BACKENDS[:1], count)

    def words_of(job):
        topic = job[0].name.removeprefix("test_stress_")
        rounds = [STRESS[topic]] if topic in STRESS else []
        return [*SANDBOX, *AS_CHILD, *job, probe, *rounds]

    static_tests.run_jobs(jobs, words_of, count, timeout=600)


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
    sys.exit(static_tests.conclude(
        "gVisor", count, "gvisor", MOST_SKIPPED, system="gVisor", libc="glibc",
        processor=platform.machine(), how="run in gVisor", backends=BACKENDS))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
