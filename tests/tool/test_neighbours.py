#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The spawn program as env, nice, timeout, setsid, script and tini behave:
signals handed on, times, ends of terminals, files, and first processes.

usage: test_neighbours.py SPAWN [PROBE]
"""
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import sys
import time

import screen
import tried
import verdict
from tried import PROBE, SPAWN

PYTHON = sys.executable

# Says each signal that it gets, and ends by SIGTERM. Each is a byte in a pipe:
# one that came just before pause() would be said when the next one comes.
LISTENER = """
import os, signal
came, noted = os.pipe()
os.set_blocking(noted, False)
signal.set_wakeup_fd(noted)
for number in set(signal.valid_signals()) - {9, 19, 15, 17, 32, 33}:
    signal.signal(number, lambda *_: None)
os.write(1, b"ready\\n")
while True:
    for number in os.read(came, 64):
        os.write(1, b"%d\\n" % number)
"""


def run(*words, **settings):
    settings.setdefault("stdin", subprocess.DEVNULL)
    settings.setdefault("stdout", subprocess.PIPE)
    settings.setdefault("stderr", subprocess.PIPE)
    done = subprocess.run(list(map(str, words)), timeout=60, check=False,
                          **settings)
    # As text, but with the ends of lines that there are.
    done.stdout = (done.stdout or b"").decode(errors="replace")
    done.stderr = (done.stderr or b"").decode(errors="replace")
    return done


def spawn(*words, **settings):
    return run(SPAWN, *words, **settings)


class Test(tried.Case):
    def popen(self, *words, path=SPAWN, **settings):
        settings.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen(
            [path, *map(str, words)], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, **settings)
        for close in (process.stdout.close, process.stderr.close,
                      process.wait, process.kill):
            self.addCleanup(close)
        return process

    def next_line(self, process):
        """Of a program none of whose lines comes late."""
        line = b""
        while not line.endswith(b"\n"):
            ready = select.select([process.stdout], [], [], screen.DEADLINE)[0]
            self.assertTrue(ready, "no line came")
            # No further than that: what is in a buffer wakes no select().
            byte = os.read(process.stdout.fileno(), 1)
            self.assertTrue(byte, "the end came")
            line += byte
        return line.decode()

    def read_first(self, process):
        """How much the program has written until it has ended, 1 or nothing:
        until it has begun, there is no child of spawn's either."""
        first = os.read(process.stdout.fileno(), 1)
        screen.wait_until("the end of the program", lambda: not any(
            child.state() not in "ZX" for child in
            screen.Process(process.pid).children()))
        return len(first)

    def wait_for_text(self, path):
        screen.wait_until(path, lambda: path.exists() and path.read_text())
        return path.read_text()


class Signals(Test):
    def listener(self, *options, **settings):
        # Both end, also where an assertion has failed.
        process = self.popen("--pdeathsig=KILL", *options, "--", PYTHON, "-c",
                             LISTENER, **settings)
        self.assertEqual(self.next_line(process), "ready\n")
        return process

    def test_all_reach_the_program(self):
        process = self.listener()
        tried = sorted(signal.valid_signals() - {
            signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGCHLD,
            signal.SIGTTIN, signal.SIGTTOU, signal.SIGCONT})
        for number in tried:
            process.send_signal(number)
            self.assertEqual(self.next_line(process), f"{int(number)}\n")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), -signal.SIGTERM)

    def test_that_the_caller_ignores_reach_a_program_that_does_not(self):
        numbers = signal.SIGHUP, signal.SIGINT, signal.SIGUSR1, signal.SIGALRM

        def ignore():
            for number in numbers:
                signal.signal(number, signal.SIG_IGN)

        process = self.listener(preexec_fn=ignore)
        for number in numbers:
            process.send_signal(number)
            self.assertEqual(self.next_line(process), f"{int(number)}\n")
        done = spawn(PROBE, "print", "signals", preexec_fn=ignore)
        mask = sum(1 << number - 1 for number in numbers)
        self.assertIn(f"sigignore={mask:016x}", done.stdout)

    def test_that_the_caller_blocks_are_blocked_for_the_program_only(self):
        numbers = {signal.SIGTERM, signal.SIGALRM, signal.SIGCHLD,
                   signal.SIGUSR1}

        def block():
            signal.pthread_sigmask(signal.SIG_BLOCK, numbers)

        done = spawn(PROBE, "print", "signals", preexec_fn=block)
        mask = sum(1 << number - 1 for number in numbers)
        self.assertIn(f"sigmask={mask:016x}", done.stdout)
        process = self.listener("--signal-mask=none", preexec_fn=block)
        process.send_signal(signal.SIGUSR1)
        self.assertEqual(self.next_line(process), f"{int(signal.SIGUSR1)}\n")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), -signal.SIGTERM)

    def test_that_the_caller_blocks_do_not_stop_the_clock(self):
        def block():
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())

        # On a busy machine the time may be over before the start.
        for seconds in 0.1, 2, 20:
            done = spawn(f"--timeout={seconds}", "--kill-after=0.1", PROBE,
                         "pause", preexec_fn=block)
            if not done.stderr:
                break
        self.assertEqual(done.returncode, 137)

    def test_of_the_program_to_its_group_do_not_come_back(self):
        script = """
import os, signal, time
seen = []
signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
os.killpg(0, signal.SIGUSR1)
time.sleep(0.3)
print(len(seen))
"""
        done = spawn(PYTHON, "-c", script, process_group=0)
        self.assertEqual((done.stdout, done.returncode), ("1\n", 0))

    def held(self, *options, program=LISTENER, **settings):
        """The start is over, but nothing is served yet."""
        held = screen.HeldSpawn(SPAWN, self.folder)
        process = self.popen("--watch-forks", "--pdeathsig=KILL", *options,
                             "--", PYTHON, "-c", program, path=held.path,
                             **settings)
        self.assertEqual(self.next_line(process), "ready\n")
        return process, held

    def test_of_the_program_to_its_group_do_not_come_back_early(self):
        program = LISTENER.replace("while True", "os.killpg(0, signal.SIGUSR1)"
                                   "\nwhile True")
        process, held = self.held(program=program, process_group=0)
        self.assertEqual(self.next_line(process), f"{int(signal.SIGUSR1)}\n")
        held.let_go()
        process.send_signal(signal.SIGUSR2)
        self.assertEqual(self.next_line(process), f"{int(signal.SIGUSR2)}\n")

    def test_of_others_are_early_too_for_the_program_alone(self):
        """And not for a child of it, which says the same things."""
        program = LISTENER.replace("came, noted", "os.fork()\ncame, noted", 1)
        process, held = self.held("--pgroup", program=program)
        self.assertEqual(self.next_line(process), "ready\n")
        group = held.program(process).group()
        self.addCleanup(os.killpg, group, signal.SIGKILL)
        process.send_signal(signal.SIGUSR1)
        held.let_go()
        lines = [self.next_line(process)]
        os.killpg(group, signal.SIGUSR2)
        while lines.count(f"{int(signal.SIGUSR2)}\n") < 2:
            lines.append(self.next_line(process))
        self.assertEqual(lines.count(f"{int(signal.SIGUSR1)}\n"), 1)

    def test_to_stop_is_undone_by_one_to_go_on(self):
        process, held = self.held("--setsid", process_group=0)
        process.send_signal(signal.SIGTSTP)
        screen.wait_until("its coming", lambda: not screen.Process(
            process.pid).has_pending(signal.SIGTSTP))
        process.send_signal(signal.SIGCONT)
        held.let_go()
        self.assertEqual(self.next_line(process), f"{int(signal.SIGCONT)}\n")
        process.send_signal(signal.SIGUSR1)
        self.assertEqual(self.next_line(process), f"{int(signal.SIGUSR1)}\n")

    def test_while_it_starts_are_not_lost(self):
        """The FIFO has it wait; then spawn is the one to end."""
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        process = self.popen("--stdin", fifo, PROBE, "pause")
        screen.Process(process.pid).wait_for("S")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), -signal.SIGTERM)


class Time(Test):
    @staticmethod
    def remove_group(group):
        """Also with somebody in it, where an assertion has failed."""
        if (group / "cgroup.kill").exists():
            (group / "cgroup.kill").write_text("1")
        screen.wait_until("nobody in it", lambda: not (
            group / "cgroup.procs").read_text())
        group.rmdir()

    def test_runs_while_files_are_opened(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        for options in ["--stdin", fifo], ["--pidfile", fifo]:
            done = spawn("--timeout=0.1", *options, PROBE, "exit", 0)
            self.assertEqual(done.returncode, 124)
            self.assertIn("--timeout", done.stderr)
        done = spawn("--start-timeout=0.1", "--timeout=1h", "--stdin", fifo,
                     PROBE, "exit", 0)
        self.assertEqual(done.returncode, 125)
        self.assertIn("--start-timeout", done.stderr)

    def test_runs_while_nothing_is_executed_yet(self):
        """In a frozen cgroup, who is started gets no further."""
        mounts = pathlib.Path("/proc/self/mounts").read_text()
        found = re.search(r"^\S+ (\S+) cgroup2 ", mounts, re.M)
        group = pathlib.Path(found.group(1) if found else "/nope",
                             f"spawn-test-{os.getpid()}")
        try:
            group.mkdir()
        except OSError as reason:
            self.skipTest(f"no cgroup can be made: {reason}")
        self.addCleanup(self.remove_group, group)
        (group / "cgroup.freeze").write_text("1")
        begin = ["--timeout=0.2", "--cgroup", group]
        for words in [PROBE, "exit", 0], \
                ["--pipe=then", PROBE, "pause", "then", PROBE, "pause"]:
            done = spawn(*begin, *words)
            self.assertEqual(done.returncode, 124, done.stderr)
            self.assertIn("--timeout", done.stderr)
            screen.wait_until("nobody in it", lambda: not (
                group / "cgroup.procs").read_text())

    def test_does_not_run_out_by_the_signal_of_another(self):
        process = self.popen("--timeout=1h", "--pdeathsig=KILL", PYTHON, "-c",
                             LISTENER)
        self.assertEqual(self.next_line(process), "ready\n")
        process.send_signal(signal.SIGALRM)
        self.assertEqual(self.next_line(process), f"{int(signal.SIGALRM)}\n")

    def test_runs_while_standard_output_is_full(self):
        """Nobody reads what spawn writes, so it waits for room. On a busy
        machine the program may not come to write in so short a time."""
        for seconds in 0.2, 2, 20:
            process = self.popen(f"--timeout={seconds}", "--fd=1=pipe-write",
                                 "cat", "/dev/zero")
            has_begun = self.read_first(process)
            while process.stdout.read(65536):
                pass
            self.assertEqual(process.wait(60), 124)
            if has_begun:
                return
        self.fail("the program wrote nothing")


class Pty(Test):
    def test_is_there_until_the_program_has_ended(self):
        script = """
import os, time
for fd in range(3):
    os.close(fd)
time.sleep(0.3)
terminal = os.open("/dev/tty", os.O_RDWR)
os.write(terminal, b"still here\\n")
os._exit(7)
"""
        done = spawn("--pty", PYTHON, "-c", script)
        self.assertEqual((done.stdout, done.stderr, done.returncode),
                         ("still here\r\n", "", 7))

    def test_carries_all_bytes_each_time(self):
        text = self.folder / "text"
        lines = [f"line {number}\n" for number in range(5000)]
        text.write_text("".join(lines))
        shown = "".join(lines).replace("\n", "\r\n")
        for words, wanted in [
                (["head", "-1"], "line 0\r\n"), (["cat"], shown),
                (["sort", "-s", "-k1,1"], shown), (["wc", "-l"], "5000\r\n"),
                (["true"], "")]:
            for _ in range(10):
                done = spawn("--pty", "--stdin", text, *words)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(done.stdout, wanted)

    def test_may_be_closed_with_input_left(self):
        for _ in range(30):
            done = spawn("--pty", "--", "head", "-1", stdin=None,
                         input=b"a\nb\n")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertTrue(re.search(r"a\r\n.*a\r\n", done.stdout, re.S))

    def test_that_is_hung_up_and_opened_again_goes_on(self):
        """As login(1) does: all that are open are of no use any more."""
        script = """
import ctypes, os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
name = os.ttyname(0)
if ctypes.CDLL(None).vhangup() != 0:
    os.write(1, b"cannot\\n")
    os._exit(0)
for fd in range(3):
    os.close(fd)
os.open(name, os.O_RDWR)
os.write(0, b"new\\n")
os._exit(3)
"""
        done = spawn("--pty", PYTHON, "-c", script)
        if done.stdout == "cannot\r\n":
            self.skipTest("no vhangup() without privileges")
        self.assertEqual((done.stdout, done.returncode), ("new\r\n", 3))


class Relay(Test):
    def test_that_cannot_write_says_so(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            for options in ["--fd=1=pipe-write"], ["--pty"]:
                done = spawn(*options, PROBE, "write", 1, "text", "exit", 0,
                             stdout=full)
                self.assertEqual(done.returncode, 125)
                self.assertEqual(done.stderr, "spawn: standard output: "
                                 "No space left on device\n")

    def test_of_a_full_disk_under_each_stream(self):
        """spawn's own errors are its status; the program's are the program's."""
        with open("/dev/full", "r+b", buffering=0) as full:
            for settings, words, status in [
                    ({"stdin": full}, ["--fd=0=pipe-read", "head", "-c1"], 0),
                    ({"stdout": full}, ["--fd=1=pipe-write", "echo", "x"], 125),
                    ({"stdout": full}, ["/bin/echo", "x"], 1),
                    ({"stderr": full}, ["--report", "true"], 125),
                    ({"stderr": full}, ["--report=json", "false"], 125),
                    ({"stderr": full}, ["/nonexistent"], 127),
                    ({"stderr": full}, ["false"], 1)]:
                self.assertEqual(spawn(*words, **settings).returncode, status,
                                 words)

    def test_of_nobody_is_the_programs_as_under_nohup_and_setsid(self):
        """No terminal, SIGHUP ignored, a session of its own, no input."""
        for words in ["nohup"], ["setsid", "--wait"], ["nohup", "setsid",
                                                       "--wait"]:
            self.assertIsNotNone(shutil.which(words[0]))
            done = run(*words, SPAWN, "--fd=1=pipe-write", PYTHON, "-c",
                       "import os, signal; print(os.read(0, 1), "
                       "signal.getsignal(signal.SIGHUP).name)")
            ignored = "SIG_IGN" if words[0] == "nohup" else "SIG_DFL"
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stdout, f"b'' {ignored}\n")

    def test_into_a_closed_descriptor_says_so(self):
        done = run("/bin/sh", "-c", '"$@" >&-', "sh", SPAWN,
                   "--fd=1=pipe-write", PROBE, "write", 1, "text")
        self.assertEqual(done.returncode, 125)
        self.assertIn("standard output: Bad file", done.stderr)

    def test_ends_although_a_grandchild_goes_on_writing(self):
        script = """
import os, sys
if os.fork():
    os._exit(3)
print(os.getpid(), flush=True)
while True:
    os.write(1, bytes(65536))
"""
        process = self.popen("--fd=1=pipe-write", PYTHON, "-c", script)
        first = process.stdout.readline()
        while process.stdout.read(65536):
            pass
        self.assertEqual(process.wait(60), 3)
        # It has been told: nobody reads that pipe any more.
        screen.Process(int(first.strip("\0"))).wait_for_end()

    def test_ends_with_the_program_and_not_with_its_own_input(self):
        ours, theirs = os.pipe()
        self.addCleanup(os.close, theirs)
        self.addCleanup(os.close, ours)
        for options in ["--fd=0=pipe-read"], ["--pty"]:
            done = spawn(*options, PROBE, "exit", 5, stdin=ours)
            self.assertEqual((done.returncode, done.stderr), (5, ""))

    def test_delivers_all_to_a_slow_reader(self):
        """More than a pipe holds, less than two: spawn still waits for room
        when the program has ended."""
        size = 90000
        write = f"import os; os.write(1, b'x' * {size})"
        process = self.popen("--fd=1=pipe-write", PYTHON, "-c", write)
        count = self.read_first(process)
        self.assertEqual(count + len(process.stdout.read()), size)
        self.assertEqual(process.wait(60), 0)


    def test_rests_while_nobody_reads_although_time_is_over(self):
        """The program was in time, unless the machine is busy."""
        for seconds in 1, 10, 50:
            process = self.popen(f"--timeout={seconds}", "--fd=1=pipe-write",
                                 "head", "-c90000", "/dev/zero")
            self.read_first(process)
            end = time.monotonic() + seconds
            screen.wait_until("the time", lambda e=end: time.monotonic() > e)
            spawned = screen.Process(process.pid)
            before, own = spawned.used_time(), time.process_time()
            while time.process_time() < own + 0.5:
                pass
            used = spawned.used_time() - before
            process.stdout.read()
            if process.wait(60) == 0:
                self.assertLess(used, os.sysconf("SC_CLK_TCK") / 20)
                return
        self.fail("the program was not in time")


class Files(Test):
    def test_of_a_mistake_are_left_as_they_are(self):
        path = self.folder / "file"
        path.write_text("kept")
        for options in (["--stdout", path, "--fd=1=null"],
                        ["--stdout", path, "--setsid", "--pgroup"],
                        ["--stdout", path, "--ignore-signal=HUP",
                         "--default-signal=HUP"]):
            self.assertEqual(spawn(*options, PROBE).returncode, 125)
            self.assertEqual(path.read_text(), "kept")

    def test_are_made_with_the_mask_of_the_program(self):
        for mask, mode in ("077", 0o600), ("0", 0o666):
            path = self.folder / f"file{mask}"
            done = spawn("--umask", mask, "--stdout", path, PROBE, "exit", 0)
            self.assertEqual(done.returncode, 0)
            self.assertEqual(path.stat().st_mode & 0o777, mode)

    def test_are_found_where_spawn_is(self):
        (self.folder / "file").write_text("here")
        other = self.folder / "other"
        other.mkdir()
        done = spawn("--chdir", other, "--stdin", "file", PROBE, "read", 0,
                     cwd=self.folder)
        self.assertEqual(done.stdout, "read.0=here\n")

    def test_of_a_pipeline_are_opened_once(self):
        path = self.folder / "errors"
        done = spawn("--pipe=then", "--stderr", path, PROBE, "write", 2,
                     "first.", "then", PROBE, "read", 0, "write", 2, "last.")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(path.read_text(), "first.last.")


class Pidfile(Test):
    def test_of_a_running_program_survives_a_start_that_fails(self):
        path = self.folder / "pid"
        path.write_text("4711\n")
        for words in (["--frobnicate", PROBE], ["/nope/nothing"],
                      ["--chdir=/nope", PROBE], ["--timeout=x", PROBE],
                      ["--stdin=/nope", PROBE]):
            done = spawn("--pidfile", path, *words)
            self.assertIn(done.returncode, (125, 127))
            self.assertEqual(path.read_text(), "4711\n")
        spawn("--pidfile", path, PROBE, "exit", 0)
        self.assertRegex(path.read_text(), r"\A\d+\n\Z")
        self.assertNotEqual(path.read_text(), "4711\n")

    def test_that_was_not_there_is_not_there_after_a_failure(self):
        path = self.folder / "pid"
        self.assertEqual(spawn("--pidfile", path, "/nope/x").returncode, 127)
        self.assertFalse(path.exists())

    def test_that_cannot_be_written_is_told(self):
        for options in [], ["--detach"]:
            done = spawn("--pidfile=/dev/full", *options, PROBE, "exit", 0)
            self.assertEqual(done.returncode, 125)
            self.assertIn("--pidfile: No space left", done.stderr)

    def test_may_be_a_pipe(self):
        ours, theirs = os.pipe()
        done = spawn("--pidfile", f"/dev/fd/{theirs}", PROBE, "exit", 0,
                     pass_fds=[theirs])
        os.close(theirs)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(os.read(ours, 100), rb"\A\d+\n\Z")
        os.close(ours)


class Pipeline(Test):
    def test_fails_with_its_last_failure_if_asked(self):
        for statuses, wanted in [((3, 0), 3), ((3, 4), 4), ((0, 0), 0),
                                 ((5, 3, 0), 3)]:
            words = []
            for status in statuses:
                words += [PROBE, "exit", status, "then"]
            done = spawn("--pipe=then", "--pipefail", *words[:-1])
            self.assertEqual(done.returncode, wanted)
            done = spawn("--pipe=then", *words[:-1])
            self.assertEqual(done.returncode, statuses[-1])
        done = spawn("--pipe=then", "--pipefail", PROBE, "kill", 15, "then",
                     PROBE, "read", 0)
        self.assertEqual(done.returncode, -signal.SIGTERM)
        self.assertIn("--pipe", spawn("--pipefail", PROBE).stderr)

    def pair(self):
        """A pipeline of two as a job of a shell, and both programs."""
        process = self.popen("--pipe=then", PROBE, "pause", "then", PROBE,
                             "pause", preexec_fn=os.setpgrp)
        spawn_there = screen.Process(process.pid)

        def both():
            return sorted((child for child in spawn_there.children()
                           if (child.name(), child.state()) == ("probe", "S")),
                          key=lambda child: child.pid)

        screen.wait_until("both programs", lambda: len(both()) == 2)
        return process, *both()

    def test_that_is_stopped_in_part_can_be_ended(self):
        for stopped in 1, 2:
            process, *programs = self.pair()
            os.kill(programs[stopped - 1].pid, signal.SIGSTOP)
            programs[stopped - 1].wait_for("T")
            process.terminate()
            self.assertEqual(process.wait(screen.DEADLINE), -signal.SIGTERM)

    def test_that_is_stopped_and_ends_does_not_stop_spawn_again(self):
        """As by kill %1: one program ends sooner than the other, of which the
        kernel tells neither that it was continued nor, yet, that it ended."""
        process, first, second = self.pair()
        for program in first, second:
            os.kill(program.pid, signal.SIGSTOP)
        screen.Process(process.pid).wait_for("T")
        ending = screen.Ending(second.pid, self)
        os.kill(first.pid, signal.SIGKILL)
        first.wait_for_end()
        process.send_signal(signal.SIGCONT)
        screen.Process(process.pid).wait_for("S")
        ending.finish()
        self.assertEqual(process.wait(screen.DEADLINE), -signal.SIGTERM)


def namespaces():
    """Words that make spawn the first process of a pid namespace, or None."""
    words = ["unshare", "--fork", "--pid", "--mount-proc"]
    for more in [], ["--user", "--map-root-user"]:
        if shutil.which("unshare") and run(*words, *more,
                                           "true").returncode == 0:
            return words + more
    return None


class First(Test):
    """As the first process of a container."""

    def setUp(self):
        super().setUp()
        self.words = namespaces()
        if self.words is None:
            self.skipTest("no pid namespace to be had")

    def test_exits_with_128_and_the_signal(self):
        for number in signal.SIGKILL, signal.SIGTERM, signal.SIGUSR1:
            done = run(*self.words, SPAWN, PROBE, "kill", int(number))
            self.assertEqual((done.returncode, done.stderr), (128 + number, ""))

    def test_hands_on_signals_that_it_would_not_die_of(self):
        process = subprocess.Popen(
            [*self.words, "--kill-child", SPAWN, PYTHON, "-c", LISTENER],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(self.next_line(process), "ready\n")
        first = screen.Process(process.pid).children()[0]
        os.kill(first.pid, signal.SIGUSR1)
        self.assertEqual(self.next_line(process), "10\n")
        os.kill(first.pid, signal.SIGTERM)
        self.assertEqual(process.wait(60), 128 + signal.SIGTERM)

    def test_ends_by_a_signal_while_it_opens_a_file(self):
        """By which no first process ends by default."""
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        for number in signal.SIGTERM, signal.SIGINT:
            process = subprocess.Popen(
                [*self.words, "--kill-child", SPAWN, "--stdin", fifo, PROBE,
                 "exit", "0"], stdin=subprocess.DEVNULL)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            found = []
            screen.wait_until("spawn", lambda n=process.pid, f=found: f.extend(
                child for child in screen.Process(n).children()
                if child.name() == "spawn" and child.state() == "S") or f)
            os.kill(found[0].pid, number)
            self.assertEqual(process.wait(60), 128 + number)

    def test_reaps_what_others_have_left(self):
        script = """
import os, time
ours, theirs = os.pipe()
for _ in range(20):
    if os.fork() == 0:
        pid = os.fork()
        if pid:
            os.write(theirs, b"%d " % pid)
        os._exit(0)
    os.wait()
os.close(theirs)
pids = os.read(ours, 10000).split()
while any(os.path.exists("/proc/%d" % int(pid)) for pid in pids):
    time.sleep(0.001)
print(len(pids))
"""
        done = run(*self.words, SPAWN, PYTHON, "-c", script)
        self.assertEqual((done.stdout, done.returncode), ("20\n", 0))


class Bare(Test):
    """Without a terminal, and without some of the standard streams."""

    def bare(self, closed, *words):
        return run("/bin/sh", "-c", f'exec "$@" {closed}', "sh", SPAWN, *words,
                   start_new_session=True)

    def test_streams_stay_closed_for_the_program(self):
        target = self.folder / "target"
        done = self.bare("<&-", "--stdout", target, PROBE, "print", "fds")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("fds=1,2\n", target.read_text())
        done = self.bare("<&- 2>&-", "--enter-ns=/proc/self/ns/uts", "--query")
        self.assertEqual(done.returncode, 0)
        done = self.bare("<&- 2>&-", PROBE, "print", "fds")
        self.assertIn("fds=1\n", done.stdout)

    def test_complaints_go_into_no_file(self):
        path = self.folder / "pid"
        done = self.bare("<&- >&- 2>&-", "--pidfile", path, "--stdin",
                         "/dev/null", "/nope/nothing")
        self.assertEqual(done.returncode, 127)
        self.assertFalse(path.exists())

    def test_input_that_is_closed_is_at_its_end(self):
        for options in ["--fd=0=pipe-read"], ["--pty", "--fd=1=1"]:
            done = self.bare("<&-", *options, PROBE, "read", 0)
            self.assertEqual((done.stdout, done.returncode), ("read.0=\n", 0))

    def test_a_terminal_is_to_be_had(self):
        done = self.bare("<&-", "--pty", PROBE, "print", "tty")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"tty=\d+")

    def test_signals_and_times_work(self):
        done = self.bare("<&-", "--timeout=0.1", PROBE, "pause")
        self.assertEqual(done.returncode, 124)
        done = self.bare("<&-", "--pgroup", PROBE, "kill", 15)
        self.assertEqual(done.returncode, -signal.SIGTERM)


if __name__ == "__main__":
    verdict.main(verbosity=2)
