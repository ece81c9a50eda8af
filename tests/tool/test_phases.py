#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The spawn program before its program runs and after that has ended: while it
opens and starts, when the start fails, and while it reports.

usage: test_phases.py SPAWN [PROBE]
"""
import fcntl
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import sys

import screen
import tried
import verdict
from tried import PROBE, SPAWN

# In the place of spawn-watch, for spawn it watches: it gives these answers and
# no others.
WATCHER = """#!{python}
import os
os.write(4, b"here")
while word := os.read(3, 1):
    os.write(3, {answers}.get(word, b""))
"""


def run(*words, **settings):
    settings.setdefault("stdin", subprocess.DEVNULL)
    settings.setdefault("stdout", subprocess.PIPE)
    settings.setdefault("stderr", subprocess.PIPE)
    return subprocess.run(list(map(str, words)), timeout=screen.DEADLINE,
                          check=False, text=True, errors="replace", **settings)


def spawn(*words, **settings):
    return run(SPAWN, *words, **settings)


class Test(tried.Case):
    def popen(self, *words, **settings):
        settings.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen(list(map(str, words)), **settings)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def pipe(self):
        """Two ends; the first answers at once."""
        ours, theirs = os.pipe()
        os.set_blocking(ours, False)
        self.addCleanup(os.close, ours)
        self.addCleanup(os.close, theirs)
        return ours, theirs

    def fill(self, fd):
        """A pipe, to its last byte; how many there are."""
        os.set_blocking(fd, False)
        size = fcntl.fcntl(fd, fcntl.F_GETPIPE_SZ)
        self.assertEqual(os.write(fd, bytes(size)), size)
        return size

    def read_all(self, fd, process):
        """What comes from the end that answers at once until process ends."""
        text = b""

        def has_ended():
            nonlocal text
            ended = process.poll() is not None
            try:
                while more := os.read(fd, 65536):
                    text += more
            except BlockingIOError:
                pass
            return ended

        screen.wait_until("the end of spawn", has_ended)
        return text

    def start_busy(self, *options, **settings):
        """A start that goes on until the program's file is not written to any
        more: spawn, the file and its writer."""
        busy = self.folder / "busy"
        shutil.copy(PROBE, busy)
        writer = open(busy, "r+b")
        self.addCleanup(writer.close)
        process = self.popen(SPAWN, "--busy-retry=600000000", *options,
                             "--pdeathsig=KILL", "--", busy, "pause",
                             **settings)
        screen.wait_until("its child", screen.Process(process.pid).children)
        return process, busy, writer


class Interrupt(Test):
    def test_of_a_start_that_fails_is_not_lost(self):
        """So that a loop around it can be ended."""
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            process, busy, writer = self.start_busy(stderr=subprocess.PIPE)
            self.addCleanup(process.stderr.close)
            process.send_signal(number)
            busy.unlink()
            writer.close()
            self.assertEqual(process.wait(screen.DEADLINE), -number)

    def test_of_a_start_that_fails_is_none_if_ignored(self):
        process, busy, writer = self.start_busy(
            stderr=subprocess.PIPE, preexec_fn=lambda: signal.signal(
                signal.SIGINT, signal.SIG_IGN))
        self.addCleanup(process.stderr.close)
        process.send_signal(signal.SIGINT)
        busy.unlink()
        writer.close()
        self.assertEqual(process.wait(screen.DEADLINE), 127)


class Report(Test):
    def has_ended(self, process):
        """The program, and spawn waits for room to report."""
        spawned = screen.Process(process.pid)
        return self.pidfile.exists() and self.pidfile.read_text() and \
            not spawned.children() and spawned.state() == "S"

    def start(self, *options, program=("exit", 0), **settings):
        """Up to the report, for which there is no room: spawn, where to read
        it, and how much is before it."""
        self.pidfile.unlink(missing_ok=True)
        ours, theirs = self.pipe()
        size = self.fill(theirs)
        os.set_blocking(theirs, True)
        process = self.popen(SPAWN, f"--pidfile={self.pidfile}",
                             "--report=json", *options, PROBE, *program,
                             stderr=theirs, process_group=0, **settings)
        screen.wait_until("the end of the program",
                          lambda: self.has_ended(process))
        return process, ours, size

    def check(self, process, ours, size):
        """It comes, and is whole."""
        text = self.read_all(ours, process)[size:].decode()
        self.assertEqual(process.returncode, 0, text)
        self.assertTrue(text.endswith("}\n"), text)
        self.assertEqual(json.loads(text)["exit_status"], 0)

    def test_is_whole_whatever_signals_come(self):
        process, ours, size = self.start()
        for _ in range(20):
            for number in signal.SIGWINCH, signal.SIGCHLD, signal.SIGCONT:
                process.send_signal(number)
            screen.Process(process.pid).wait_for("S")
        self.check(process, ours, size)

    def test_that_nobody_reads_can_be_interrupted(self):
        for number in signal.SIGINT, signal.SIGTERM:
            process, _, _ = self.start()
            process.send_signal(number)
            self.assertEqual(process.wait(screen.DEADLINE), -number)

    def test_is_not_tried_by_who_was_interrupted_before(self):
        """Nor does anybody read what the program wrote."""
        _, full = self.pipe()
        self.fill(full)
        process, _, _ = self.start("--fd=1=pipe-write", stdout=full,
                                   program=("write", 1, "text"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(screen.DEADLINE), -signal.SIGTERM)

    def test_that_nobody_reads_can_be_stopped(self):
        process, ours, size = self.start()
        process.send_signal(signal.SIGTSTP)
        screen.Process(process.pid).wait_for("T")
        process.send_signal(signal.SIGCONT)
        self.check(process, ours, size)

    def test_waits_for_room_where_others_do_not(self):
        ours, theirs = self.pipe()
        size = self.fill(theirs)
        process = self.popen(SPAWN, f"--pidfile={self.pidfile}",
                             "--report=json", PROBE, "exit", 0, stderr=theirs)
        screen.wait_until("the end of the program",
                          lambda: self.has_ended(process))
        self.check(process, ours, size)

    def test_is_one_piece(self):
        """As that of each message of a socket."""
        for words, status in [
                (["--report=json", PROBE, "exit", 0], 0),
                (["--report", PROBE, "exit", 3], 3),
                (["--report=json", "--fd=5=4000", PROBE], 125),
                (["--report", "/nope/nothing"], 127),
                (["/nope/nothing"], 127)]:
            ours, theirs = socket.socketpair(socket.AF_UNIX,
                                             socket.SOCK_SEQPACKET)
            with ours, theirs:
                done = spawn(*words, stderr=theirs)
                theirs.close()
                self.assertEqual(done.returncode, status, words)
                self.assertTrue(ours.recv(65536).endswith(b"\n"), words)
                self.assertEqual(ours.recv(65536), b"", words)

    def test_to_nobody_is_a_failure_of_spawn(self):
        """As to a full disk, and not a signal."""
        for words, status in (["--report", PROBE, "exit", 0], 125), \
                (["/nope/nothing"], 127):
            ours, theirs = os.pipe()
            os.close(ours)
            done = spawn(*words, stderr=theirs)
            os.close(theirs)
            self.assertEqual(done.returncode, status)

    def test_of_a_pipeline_without_failure_is_of_the_last(self):
        last = shutil.which("true")
        for options in [], ["--pipefail"]:
            done = spawn("--pipe=then", "--report=json", *options, PROBE,
                         "exit", 0, "then", PROBE, "exit", 0, "then", last)
            self.assertEqual(json.loads(done.stderr)["program"], last)
        done = spawn("--pipe=then", "--report=json", "--pipefail", last,
                     "then", PROBE, "exit", 3, "then", last)
        self.assertEqual(json.loads(done.stderr)["program"], PROBE)


class Watcher(Test):
    def setUp(self):
        super().setUp()
        self.spawn = pathlib.Path(screen.HeldSpawn(SPAWN, self.folder).path)

    def start(self, answers, *options):
        """spawn with such a watcher, and where that one says that it is there.
        """
        self.spawn.with_name("spawn-watch").write_text(
            WATCHER.format(python=sys.executable, answers=answers))
        ours, theirs = self.pipe()
        process = self.popen(self.spawn, f"--watch-forks=/dev/fd/{theirs}",
                             *options, PROBE, "exit", 0, pass_fds=[theirs],
                             stderr=subprocess.PIPE)
        self.addCleanup(process.stderr.close)
        return process, ours

    def test_that_hangs_does_not_stop_the_clock(self):
        for option, status in ("--timeout", 124), ("--start-timeout", 125):
            process, _ = self.start({}, f"{option}=0.1",
                                    f"--pidfile={self.pidfile}")
            self.assertEqual(process.wait(screen.DEADLINE), status)
            self.assertIn(f"spawn: {option}".encode(), process.stderr.read())
            self.assertFalse(self.pidfile.exists())

    def test_that_hangs_can_be_interrupted(self):
        process, told = self.start({})
        os.set_blocking(told, True)
        self.assertEqual(os.read(told, 100), b"here")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(screen.DEADLINE), -signal.SIGTERM)

    def test_whose_report_does_not_come_can_be_interrupted(self):
        process, _ = self.start({b"g": b"r", b"s": b"d"},
                                f"--pidfile={self.pidfile}")
        spawned = screen.Process(process.pid)
        # Only the watcher is left.
        screen.wait_until("the end of the program", lambda: self.pidfile.exists()
                          and self.pidfile.read_text() and
                          len(spawned.children()) == 1 and
                          spawned.state() == "S")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(screen.DEADLINE), -signal.SIGTERM)


class Terminal(Test):
    def test_comes_back_from_a_start_that_fails(self):
        shown = screen.Screen(["/bin/sh", "-c", f"'{SPAWN}' --pgroup "
                               "--foreground -- /nope/nothing; echo is $?.; "
                               "read line && echo got $line."])
        self.addCleanup(shown.close)
        shown.expect(r"is 127\.")
        shown.send("a line\n")
        shown.expect(r"got a line\.")
        self.assertEqual(shown.expect_end(), 0)


class Pidfile(Test):
    def test_without_room_keeps_nothing_from_being_served(self):
        os.mkfifo(self.pidfile)
        reader = os.open(self.pidfile, os.O_RDWR)
        self.addCleanup(os.close, reader)
        self.fill(reader)
        done = spawn("--pidfile", self.pidfile, PROBE, "exit", 0)
        self.assertEqual(done.returncode, 125)
        self.assertIn("spawn: --pidfile: ", done.stderr)

    def test_is_not_left_if_there_is_no_descriptor_for_more(self):
        # A leak detector needs descriptors of its own at the end.
        quiet = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
        done = spawn("--pidfile", self.pidfile, PROBE, "exit", 0, env=quiet,
                     preexec_fn=lambda: resource.setrlimit(
                         resource.RLIMIT_NOFILE, (4, 4)))
        self.assertEqual(done.returncode, 125)
        self.assertIn("a pipe for signals", done.stderr)
        self.assertFalse(self.pidfile.exists())


class Streams(Test):
    def test_that_cannot_be_read_are_told(self):
        """A directory, as any disk may fail in the middle of a file."""
        folder = os.open("/", os.O_RDONLY)
        self.addCleanup(os.close, folder)
        for options in ["--fd=0=pipe-read"], ["--pty", "--fd=1=1"]:
            done = spawn(*options, PROBE, "read", 0, stdin=folder)
            self.assertEqual(done.returncode, 125)
            self.assertEqual(done.stdout, "read.0=\n")
            self.assertEqual(done.stderr,
                             "spawn: standard input: Is a directory\n")

    def test_that_the_program_closes_are_closed(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        process = self.popen(SPAWN, "--stdout", fifo, "--pdeathsig=KILL", PROBE,
                             "write", 1, "text", "close", 1, "pause")
        seen = []

        def is_at_end():
            try:
                seen.append(os.read(reader, 100))
            except BlockingIOError:
                return False
            return b"text" in seen and seen[-1] == b""

        screen.wait_until("the end of the stream", is_at_end)
        self.assertIsNone(process.poll())
        process.terminate()
        self.assertEqual(process.wait(screen.DEADLINE), -signal.SIGTERM)


if __name__ == "__main__":
    verdict.main(verbosity=2)
