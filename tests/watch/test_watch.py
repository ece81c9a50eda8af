#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""spawn --watch-forks: what it finds, what it does not, and that nobody but the
reader notices it.

usage: test_watch.py SPAWN WATCHED [WATCHED...]

WATCHED is watched.c, as many times as there are ways to build it; the first
one is the usual. With LIBSPAWN_WATCH_NAMES=1 in the environment spawn was built
with libdw, and each function must have its name.
"""
import errno
import json
import os
import pathlib
import platform
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import trace_tools
import verdict

SPAWN = str(pathlib.Path(sys.argv[1]).resolve())
WATCHER = str(pathlib.Path(SPAWN).parent / "spawn-watch")
BUILDS = [str(pathlib.Path(path).resolve()) for path in sys.argv[2:]]
USUAL = BUILDS[0]
SKIPPED = 77
TIMEOUT = 100
NAMES = os.environ.get("LIBSPAWN_WATCH_NAMES") == "1"
# Long enough that a child which only looks as if it hung is not told of.
SOON = "--hung-after=0.3"

os.environ["LC_ALL"] = "C"
os.environ.pop("LIBSPAWN_BACKEND", None)


def run(*words, **settings):
    return subprocess.run(
        list(map(str, words)), text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT,
        check=False, **settings)


def spawn(*words, **settings):
    return run(SPAWN, *words, **settings)


def processes_named(name):
    """The process ids of those that run this program."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(folder / "exe") == name:
                yield int(folder.name)
        except OSError:
            continue


def state(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "gone"
    return text.rsplit(")", 1)[1].split()[0]


def wait_until(what, condition):
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not in time")
        time.sleep(0.01)


class Test(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()
        self.file = self.folder / "report"

    def watch(self, *words, status=7, options=(), **settings):
        """The report on this program, which must end so."""
        result = spawn(f"--watch-forks=json:{self.file}", *options, "--",
                       *words, **settings)
        self.assertEqual((status, ""), (result.returncode, result.stderr))
        return json.loads(self.file.read_text())

    def place(self, *words, **settings):
        """The only place of it."""
        report = self.watch(*words, **settings)
        self.assertEqual(1, len(report["places"]), report)
        return report["places"][0]

    def has_names(self, report_or_place):
        """Whether this build can name functions; said if not."""
        stack = report_or_place["stack"]
        named = any(frame["function"] for frame in stack)
        self.assertTrue(named or not NAMES, stack)
        if not named:
            print("not compared: this build has no names", file=sys.stderr)
        return named


class Finds(Test):
    def test_the_line_that_forks_and_the_other_thread(self):
        place = self.place(USUAL, "execute", 3)
        self.assertEqual((3, 3, 0, 0),
                         (place["forks"], place["executed"]["count"],
                          place["ended"]["count"], place["hung"]))
        self.assertEqual(USUAL, place["first_executed"])
        self.assertEqual(1, place["other_threads"])
        self.assertGreater(place["executed"]["total_us"], 0)
        calls = {call["name"]: call["count"] for call in place["calls"]}
        self.assertEqual((3, 3), (place["followed"], calls.get("execve")))
        if self.has_names(place):
            self.assertEqual("execute_by_fork", place["at"]["function"])
            self.assertTrue(place["at"]["file"].endswith("watched.c"))
            names = [frame["function"]
                     for frame in place["threads"][0]["stack"]]
            self.assertIn("wait_for_ever", names)

    def check_hang(self, place, count, function, lock):
        self.assertEqual((count, 0), (place["hung"], place["recovered"]))
        hang = place["hangs"][0]
        self.assertIsNotNone(hang["holder"], hang)
        self.assertTrue(hang["holder"]["is_certain"])
        self.assertEqual("reloader", hang["holder"]["name"])
        if self.has_names(place):
            self.assertEqual("start_job", place["at"]["function"])
            self.assertGreater(place["at"]["line"], 0)
            self.assertEqual(lock, hang["lock"])
            functions = [frame["function"] for frame in hang["stack"]]
            self.assertIn(function, functions)
            functions = [frame["function"]
                         for frame in hang["holder"]["stack"]]
            self.assertIn("reload", functions)

    def test_the_holder_of_a_mutex_in_every_build(self):
        for build in BUILDS:
            with self.subTest(build=pathlib.Path(build).name):
                place = self.place(build, "mutex", 2,
                                   options=[SOON, "--kill-hung"])
                self.check_hang(place, 2, "read_config", "config_lock")
                self.assertTrue(place["hangs"][0]["killed"])

    def test_the_holder_of_a_rwlock(self):
        place = self.place(USUAL, "rwlock", options=[SOON, "--kill-hung"])
        self.check_hang(place, 1, "read_table", "table_lock")

    def test_no_holder_where_a_wait_has_none(self):
        """Though another thread waits in the same function."""
        place = self.place(USUAL, "turn", options=[SOON, "--kill-hung"])
        self.assertEqual(1, place["hung"])
        if self.has_names(place):
            self.assertIsNone(place["hangs"][0]["holder"])

    @unittest.skipUnless(platform.machine() == "x86_64", "it is of x86-64")
    def test_the_name_of_code_made_at_run_time(self):
        place = self.place(USUAL, "made")
        if self.has_names(place):
            functions = [frame["function"] for frame in place["stack"]]
            made = functions.index("made code")
            self.assertEqual(["fork_beside_thread", "made code",
                              "fork_below_made_code", "main"],
                             functions[made - 1:made + 3])

    def test_a_grandchild_that_hangs(self):
        place = self.place(USUAL, "grandchild", options=[SOON, "--kill-hung"])
        self.assertEqual((1, 1), (place["forks"], place["descendants"]))
        self.check_hang(place, 1, "read_config", "config_lock")

    def test_one_that_its_parent_ends_before_anybody_has_looked(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number=number):
                place = self.place(USUAL, "until", int(number))
                self.check_hang(place, 1, "read_config", "config_lock")
                self.assertEqual(number, place["hangs"][0]["ended_by"])

    def test_one_that_its_parent_has_left(self):
        place = self.place(USUAL, "until", 0, options=["--kill-hung"])
        self.check_hang(place, 1, "read_config", "config_lock")
        hung = place["hangs"][0]["pid"]
        wait_until("the child is gone",
                   lambda: hung not in processes_named(USUAL))

    def test_nothing_where_memory_is_shared_or_there_is_one_thread(self):
        for how in ("safely", "daemon"):
            with self.subTest(how=how):
                report = self.watch(USUAL, how)
                self.assertEqual([], report["places"])
                self.assertEqual(3, report["processes"])


class Says(Test):
    def test_at_the_end_that_there_was_nothing(self):
        result = spawn("--watch-forks", "--", USUAL, "daemon")
        self.assertEqual(
            "spawn: 3 processes watched: none forked while it had other "
            "threads.\n", result.stderr)

    def test_a_hang_in_sentences(self):
        result = spawn("--watch-forks", SOON, "--kill-hung", "--",
                       USUAL, "mutex", 3)
        self.assertEqual(7, result.returncode)
        for words in ("hangs", 'thread "reloader"', "held that lock",
                      "fork() copied the lock, but not that thread",
                      "waits for ever: it was killed (--kill-hung).",
                      "What to do:", "libspawn_worker_start()",
                      "and 2 more for the same reason"):
            self.assertIn(words, result.stderr)

    def test_nothing_that_a_terminal_would_obey(self):
        program = self.folder / "red\x1b[31m\x9b1m\n"
        shutil.copy(USUAL, program)
        result = spawn("--watch-forks", "--", program, "execute", 1, "\x1b]0;")
        self.assertEqual(7, result.returncode)
        self.assertIn("red?[31m??1m? (process ", result.stderr)
        self.assertIn(" execute 1 ?]0;\n", result.stderr)
        self.assertTrue(result.stderr.replace("\n", "").isprintable())

    def test_nothing_on_a_standard_stream_that_is_closed(self):
        result = run("/bin/sh", "-c",
                     '"$@" --fd 0=pipe-read -- cat <&-', "sh", SPAWN,
                     "--watch-forks")
        self.assertEqual((0, ""), (result.returncode, result.stdout))

    def test_places_as_they_are_seen(self):
        result = spawn("--watch-forks=live", "--", USUAL, "execute", 2)
        first = result.stderr.split("\n", 1)[0]
        self.assertRegex(first, r"^spawn: watched.* \(process \d+\) forked in "
                                r".*, beside 1 other thread\.$")

    def test_it_into_a_file(self):
        result = spawn(f"--watch-forks={self.file}", "--", USUAL, "execute")
        self.assertEqual("", result.stderr)
        self.assertIn("called in 1 place", self.file.read_text())

    def test_that_a_file_cannot_be_opened(self):
        result = spawn(f"--watch-forks={self.folder}/none/x", "--", USUAL)
        self.assertEqual(125, result.returncode)
        self.assertIn("No such file", result.stderr)

    def test_that_the_disk_is_full(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full here")
        result = spawn("--watch-forks=/dev/full", "--", USUAL)
        self.assertEqual(125, result.returncode)
        self.assertIn("can't be written", result.stderr)

    def test_that_another_traces_already(self):
        if shutil.which("strace") is None:
            self.skipTest("no strace here")
        result = run("strace", "-f", "-o", "/dev/null", SPAWN,
                     "--watch-forks", "--", USUAL)
        self.assertEqual(125, result.returncode)
        self.assertRegex(result.stderr, r"another program \(process \d+\) "
                                        "traces spawn already")

    def test_that_the_system_refuses(self):
        number = {"x86_64": 101, "aarch64": 117}.get(os.uname().machine)
        if number is None:
            self.skipTest("the number of ptrace(2) here is not known to it")
        load, jump_if_equal, answer = 0x20, 0x15, 0x06
        refuse, allow = 0x00050000 | errno.EPERM, 0x7fff0000
        code = b"".join(struct.pack("=HBBI", *words) for words in (
            (load, 0, 0, 0), (jump_if_equal, 0, 1, number),
            (answer, 0, 0, refuse), (answer, 0, 0, allow)))
        (self.folder / "filter").write_bytes(code)
        result = spawn("--no-new-privs", f"--seccomp={self.folder}/filter",
                       "--", SPAWN, "--watch-forks", "--", USUAL, "exit", 3)
        self.assertEqual(125, result.returncode)
        self.assertRegex(result.stderr,
                         r"^spawn: --watch-forks: the system refuses "
                         r"ptrace\(2\): .*\n$")

    def test_what_needs_another_option(self):
        for words in (["--hung-after=1"], ["--kill-hung"],
                      ["--watch-forks", "--detach"], ["--watch-forks="],
                      ["--watch-forks", "--hung-after=0"]):
            with self.subTest(words=words):
                result = spawn(*words, "--", USUAL)
                self.assertEqual(125, result.returncode)


class ChangesNothing(Test):
    def test_of_the_exit_status_and_signal(self):
        self.watch(USUAL, "exit", 3, status=3)
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV):
            self.watch(USUAL, "die", int(number), status=-number)

    def test_of_a_start_that_fails(self):
        result = spawn("--watch-forks", "--", f"{self.folder}/none")
        self.assertEqual(127, result.returncode)
        self.assertNotIn("watched", result.stderr)

    def test_when_a_thread_executes(self):
        report = self.watch(USUAL, "thread")
        self.assertEqual((1, []), (report["processes"], report["places"]))

    def test_in_a_tree_of_a_thousand_processes(self):
        report = self.watch(USUAL, "tree", 9, status=0)
        self.assertEqual((1023, []), (report["processes"], report["places"]))

    def test_when_processes_end_at_any_moment(self):
        report = self.watch(USUAL, "storm", 300)
        forks = sum(place["forks"] for place in report["places"])
        self.assertEqual(0, sum(p["hung"] for p in report["places"]))
        # The last thread that is left forks alone.
        self.assertGreater(forks, 200)
        self.assertEqual(301, report["processes"] - sum(
            place["descendants"] for place in report["places"]))

    def test_in_a_pipeline(self):
        report = self.watch(USUAL, "exit", 0, "|", USUAL, "exit", 7,
                            options=["--pipe"])
        self.assertEqual(2, report["processes"])

    def test_of_a_set_id_program_but_without_its_rights(self):
        """As the system has it for all who are traced; it is named."""
        if os.getuid() != 0:
            self.skipTest("only root makes such a program")
        nobody = {"user": 65534, "group": 65534, "extra_groups": []}
        program = self.folder / "set-id"
        self.folder.chmod(0o755)
        shutil.copy(shutil.which("id"), program)
        program.chmod(0o4755)
        try:
            alone = run(program, "-u", **nobody)
            watched = spawn("--watch-forks", "--", program, "-u", **nobody)
        except PermissionError as error:
            self.skipTest(f"nobody can't run it here: {error}")
        if alone.stdout != "0\n":
            self.skipTest("no set-id program works here")
        self.assertEqual((0, "65534\n"), (watched.returncode, watched.stdout))
        self.assertIn(str(program), watched.stderr)

    def test_in_a_pid_namespace(self):
        wanted = ["--unshare=user,pid", "--", "sh", "-c"]
        if spawn(*wanted, "/bin/true & wait").returncode != 0:
            self.skipTest("no pid namespace may be made here")
        place = self.place("sh", "-c", f"{USUAL} mutex 1 & wait $!",
                           options=["--unshare=user,pid", SOON,
                                    "--kill-hung"])
        self.assertEqual("reloader", place["hangs"][0]["holder"]["name"])
        self.assertTrue(place["hangs"][0]["holder"]["is_certain"])


class Lives(Test):
    """Someone stops, continues or kills one of the three. They have a process
    group of their own: one that nobody could continue would not stop."""

    def begin(self, *words, **settings):
        process = subprocess.Popen(
            [SPAWN, f"--watch-forks={self.file}", "--", *map(str, words)],
            stderr=subprocess.PIPE, text=True, process_group=0, **settings)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def child(self, process, name):
        found = []

        def look():
            for pid in processes_named(name):
                try:
                    status = pathlib.Path(f"/proc/{pid}/status").read_text()
                except OSError:
                    continue  # it has gone meanwhile
                if f"PPid:\t{process.pid}\n" in status:
                    found.append(pid)
            return found
        wait_until(f"the child {name}", look)
        return found[0]

    def test_a_program_that_stops_stops_spawn_too(self):
        process = self.begin(USUAL, "stop")
        program = self.child(process, USUAL)
        wait_until("stop", lambda: state(program) in "tT" and
                   state(process.pid) == "T")
        process.send_signal(signal.SIGCONT)
        self.assertEqual(7, process.wait(TIMEOUT))

    def test_a_signal_to_spawn_reaches_the_program(self):
        process = self.begin("sleep", "100")
        self.child(process, os.path.realpath(shutil.which("sleep")))
        process.terminate()
        self.assertEqual(-signal.SIGTERM, process.wait(TIMEOUT))

    def test_the_program_outlives_the_watcher(self):
        process = self.begin(USUAL, "stop")
        program = self.child(process, USUAL)
        watcher = self.child(process, WATCHER)
        wait_until("stop", lambda: state(process.pid) == "T")
        os.kill(watcher, signal.SIGKILL)
        wait_until("its end", lambda: state(watcher) in "Zgone")
        wait_until("the program is stopped, but not traced",
                   lambda: state(program) == "T")
        process.send_signal(signal.SIGCONT)
        self.assertEqual(7, process.wait(TIMEOUT))
        self.assertIn("the watcher was ended", process.stderr.read())

    def test_nobody_is_left_stopped_when_it_is_killed(self):
        process = self.begin(USUAL, "storm", 0, stdin=subprocess.PIPE)
        self.addCleanup(process.stdin.close)
        self.child(process, USUAL)
        watcher = self.child(process, WATCHER)
        os.kill(watcher, signal.SIGKILL)
        wait_until("its end", lambda: state(watcher) in "Zgone")
        process.stdin.close()
        self.assertEqual(7, process.wait(TIMEOUT))

    def test_the_watcher_ends_with_the_programs_when_spawn_is_killed(self):
        process = self.begin(USUAL, "stop")
        program = self.child(process, USUAL)
        watcher = self.child(process, WATCHER)
        wait_until("stop", lambda: state(process.pid) == "T")
        process.kill()
        os.kill(program, signal.SIGCONT)
        wait_until("the end", lambda: state(watcher) == "gone" and
                   state(program) == "gone")


def refusal():
    """Why nobody may be watched here, or None."""
    result = spawn("--watch-forks", "--", USUAL)
    if result.returncode == 0:
        return None
    return result.stderr.strip() or "spawn --watch-forks does not work"


if __name__ == "__main__":
    REASON = refusal()
    if REASON is not None and "ptrace" in REASON and \
            not trace_tools.may_be_traced():
        print(f"skipped: {REASON}")
        sys.exit(SKIPPED)
    verdict.main(argv=sys.argv[:1])
