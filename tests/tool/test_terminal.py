#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The spawn program on a terminal, in the hands of real shells: ^C, ^Z, fg, bg,
kill and a terminal that goes away.

usage: test_terminal.py SPAWN [PROBE]
"""
import os
import re
import shutil
import signal
import subprocess
import sys

import screen
import tried
import verdict
from tried import PROBE, SPAWN

SHELLS = {
    "bash": ["--norc", "--noprofile", "--noediting", "-i"],
    "dash": ["-i"],
}
# The program in spawn's own process group; in one of its own, to which spawn
# lends the terminal; and on a terminal of its own.
LENT = ["--pgroup", "--foreground"]
# Says each signal that it gets; of several, the lowest first.
SAYING = """
import os, signal
said = {signal.SIGINT, signal.SIGUSR2}
signal.pthread_sigmask(signal.SIG_BLOCK, said)
os.write(1, b"ready\\n")
while True:
    os.write(1, b"got %d.\\n" % signal.sigwait(said))
"""
# Writes, and makes a file when it has been hung up.
HANGING = """
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
os.write(1, b"for nobody")
signal.sigwait({signal.SIGHUP})
os.close(os.open(sys.argv[1], os.O_CREAT))
signal.pause()
"""


class Test(tried.Case):
    def screen(self, *argv, **settings):
        shown = screen.Screen(list(map(str, argv)), **settings)
        self.addCleanup(shown.close)
        return shown

    def shells(self):
        """Each shell that is here, interactive, in its turn."""
        for name, options in SHELLS.items():
            path = shutil.which(name)
            if path is None:
                print(f"skipped: no {name} here", file=sys.stderr)
                continue
            with self.subTest(shell=name):
                shell = self.screen(path, *options,
                                    env={"PS1": "$ ", "ENV": ""})
                shell.expect(r"\$ ")
                shell.name = name
                yield shell

    def program(self):
        """The program of --pidfile, once it is there, and its spawn."""
        screen.wait_until("the pid", lambda: self.pidfile.exists() and
                          self.pidfile.read_text().endswith("\n"))
        program = screen.Process(int(self.pidfile.read_text()))
        return program, program.parent()

    def start(self, shell, *options, tail="", program=(PROBE, "pause")):
        """Type a command; its program and its spawn, when it runs."""
        self.pidfile.unlink(missing_ok=True)
        words = [SPAWN, f"--pidfile={self.pidfile}", *options, "--", *program]
        shell.send(" ".join(words) + tail + "\n")
        started, spawn = self.program()
        started.wait_for("ST")
        return started, spawn

    def child(self, parent, name):
        found = []
        screen.wait_until(name, lambda: found.extend(
            child for child in parent.children() if child.name() == name) or
            found)
        return found[0]

    def start_cat(self, shell, *options, tail=" &"):
        """It may be stopped, with spawn, before any pid is written."""
        shell.send(" ".join([SPAWN, *options, "--", "cat"]) + tail + "\n")
        spawn = self.child(shell.process, "spawn")
        return self.child(spawn, "cat"), spawn

    def trace(self, process, *words):
        tracer = subprocess.Popen(
            ["strace", "-qq", "-p", str(process.pid), "-o", *words])
        self.addCleanup(tracer.wait)
        self.addCleanup(tracer.kill)
        screen.wait_until("strace", lambda: process.status("TracerPid") != "0"
                          or tracer.poll() is not None)
        if tracer.returncode is not None:
            self.skipTest("strace may not trace it")
        return tracer

    def status(self, shell, wanted):
        shell.send("echo status=$?.\n")
        shell.expect(f"status={wanted}\\.")

    def interrupt(self, shell, program, spawn, wanted=130):
        """By its key, which ends both."""
        shell.send("\x03")
        program.wait_for_end()
        spawn.wait_for_end()
        self.status(shell, wanted)

    def prompt(self, shell):
        """The shell is there again."""
        shell.send("echo is$((1))here\n")
        shell.expect("is1here")


class Interrupt(Test):
    def test_ends_the_loop_around_it(self):
        for name in SHELLS:
            with self.subTest(shell=name):
                self.pidfile.unlink(missing_ok=True)
                shell = self.screen(
                    shutil.which(name), "-c",
                    f"while :; do '{SPAWN}' --pidfile='{self.pidfile}' "
                    f"'{PROBE}' pause; echo again; done")
                program, _ = self.program()
                program.wait_for("S")
                shell.send("\x03")
                self.assertEqual(shell.expect_end(), -signal.SIGINT)
                self.assertNotIn(b"again", shell.seen)

    def test_ends_the_program_wherever_it_is(self):
        for options in ([], LENT, ["--pgroup"], ["--setsid"], ["--pty"],
                        ["--pgroup", "--pdeathsig=KILL"]):
            for shell in self.shells():
                with self.subTest(options=options):
                    program, spawn = self.start(shell, *options)
                    self.interrupt(shell, program, spawn)

    def test_reaches_all_of_the_group_that_the_program_leads(self):
        """sh waits for its child before it ends by ^C."""
        script = self.folder / "script"
        script.write_text(f"'{PROBE}' pause; echo no\n")
        for options in LENT, ["--pgroup"], ["--setsid"]:
            for shell in self.shells():
                with self.subTest(options=options):
                    program, spawn = self.start(shell, *options, program=(
                        shutil.which("bash"), str(script)))
                    screen.wait_until("its child", program.children)
                    self.interrupt(shell, program, spawn)

    def test_reaches_the_group_of_a_first_that_has_ended(self):
        script = self.folder / "script"
        script.write_text(f"'{PROBE}' pause; echo no\n")
        for shell in self.shells():
            program, spawn = self.start(
                shell, "--pgroup", "--pipe=then", program=(
                    PROBE, "exit", "0", "then", shutil.which("bash"),
                    str(script)))
            screen.wait_until("its child", program.children)
            screen.wait_until("the end of the first", lambda s=spawn:
                              len(s.children()) == 1)
            self.interrupt(shell, program, spawn)

    def test_reaches_who_has_got_it_just_once(self):
        """Also when the start is over, but nothing is served yet."""
        held = screen.HeldSpawn(SPAWN, self.folder)
        shown = self.screen(held.path, "--watch-forks", sys.executable, "-c",
                            SAYING)
        shown.expect("ready")
        shown.send("\x03")
        shown.expect(f"got {int(signal.SIGINT)}\\.")
        held.let_go()
        os.kill(shown.pid, signal.SIGUSR2)
        self.assertEqual(int(shown.expect(r"got (\d+)\.").group(1)),
                         signal.SIGUSR2)
        os.kill(shown.pid, signal.SIGTERM)
        self.assertEqual(shown.expect_end(), -signal.SIGTERM)

    def test_ends_who_is_stopped(self):
        shown = self.screen(SPAWN, f"--pidfile={self.pidfile}", PROBE, "pause")
        program, _ = self.program()
        program.wait_for("S")
        os.kill(program.pid, signal.SIGSTOP)
        program.wait_for("T")
        shown.send("\x03")
        self.assertEqual(shown.expect_end(), -signal.SIGINT)

    def test_ends_what_waits_for_a_file_to_open(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        for options in (["--stdin", fifo], ["--fd", f"5=write:{fifo}"],
                        ["--pidfile", fifo]):
            with self.subTest(options=options):
                shown = self.screen(SPAWN, *options, PROBE, "exit", 0)
                shown.process.wait_for("SD")
                screen.wait_until("spawn", lambda: "spawn" in
                                  shown.process.name())
                shown.send("\x03")
                self.assertEqual(shown.expect_end(), -signal.SIGINT)


class Stop(Test):
    def test_stops_program_and_spawn_and_fg_goes_on(self):
        for options in [], LENT, ["--pgroup"], \
                ["--pgroup", "--pidfd", "--nice=10"]:
            for shell in self.shells():
                with self.subTest(options=options):
                    program, spawn = self.start(shell, *options)
                    for _ in range(3):
                        shell.send("\x1a")
                        program.wait_for("T")
                        spawn.wait_for("T")
                        self.prompt(shell)
                        shell.send("fg\n")
                        program.wait_for("S")
                        spawn.wait_for("S")
                    if options == LENT:
                        screen.wait_until("its turn", lambda p=program:
                                          p.foreground() == p.group())
                    self.interrupt(shell, program, spawn)

    def test_stops_a_pipeline(self):
        for options in ["--pipe=then"], ["--pipe=then", *LENT]:
            for shell in self.shells():
                with self.subTest(options=options):
                    program, spawn = self.start(
                        shell, *options, program=(PROBE, "pause", "then",
                                                  PROBE, "pause"))
                    shell.send("\x1a")
                    program.wait_for("T")
                    spawn.wait_for("T")
                    self.prompt(shell)
                    shell.send("fg\n")
                    for process in spawn.children():
                        process.wait_for("S")
                    self.interrupt(shell, program, spawn)

    def test_stops_the_group_of_spawn_too(self):
        """What the kernel does when a key is for one group."""
        for shell in self.shells():
            program, spawn = self.start(shell, *LENT, tail=f" | {PROBE} pause")
            # A key does not reach who is not in the group yet.
            self.child(shell.process, "probe")
            shell.send("\x1a")
            spawn.wait_for("T")
            self.prompt(shell)
            shell.send("fg\n")
            program.wait_for("S")
            shell.send("\x03")
            program.wait_for_end()
            # Before that the terminal is the program's.
            spawn.wait_for_end()
            shell.send("\x03")
            self.prompt(shell)

    def test_of_a_program_with_a_session_stops_spawn(self):
        for shell in self.shells():
            program, spawn = self.start(shell, "--setsid")
            shell.send("\x1a")
            spawn.wait_for("T")
            self.prompt(shell)
            program.wait_for("S")
            shell.send("fg\n")
            spawn.wait_for("S")
            self.interrupt(shell, program, spawn)

    def test_of_a_program_with_a_first_process_stops_spawn(self):
        """Which the key does not stop, nor can it tell that the other is."""
        options = ["--new-ns=user,pid", "--own-ids", "--init"]
        done = subprocess.run([SPAWN, *options, PROBE, "exit", "0"],
                              check=False, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            self.skipTest(f"no first process: {done.stderr}")
        for shell in self.shells():
            first, spawn = self.start(shell, *options)
            program = self.child(first, "probe")
            shell.send("\x1a")
            for stopped in program, spawn:
                stopped.wait_for("T")
            self.prompt(shell)
            shell.send("fg\n")
            for running in program, spawn:
                running.wait_for("S")
            shell.send("\x03")
            spawn.wait_for_end()
            self.status(shell, 130)

    def test_of_a_program_with_a_session_is_not_too_early(self):
        """The start is over, but nothing is served yet."""
        held = screen.HeldSpawn(SPAWN, self.folder)
        for shell in self.shells():
            shell.send(f"{held.path} --watch-forks --setsid -- {PROBE} pause\n")
            spawn = self.child(shell.process, "spawn")
            program = self.child(spawn, "probe")
            program.wait_for("S")
            shell.send("\x1a")
            shell.expect(r"\^Z")
            held.let_go()
            spawn.wait_for("T")
            self.prompt(shell)
            shell.send("fg\n")
            spawn.wait_for("S")
            self.interrupt(shell, program, spawn)

    def test_of_a_pipeline_may_come_with_the_end_of_the_others(self):
        for shell in self.shells():
            last, spawn = self.start(shell, "--pipe=then", program=(
                PROBE, "pause", "then", PROBE, "pause"))
            first = next(child for child in spawn.children()
                         if child.pid != last.pid)
            os.kill(first.pid, signal.SIGSTOP)
            first.wait_for("T")
            # It comes to both, but the one that is stopped does not obey yet.
            os.kill(spawn.pid, signal.SIGUSR1)
            spawn.wait_for("T")
            self.prompt(shell)
            self.assertEqual(first.state(), "T")
            shell.send("fg\n")
            first.wait_for_end()
            spawn.wait_for_end()
            self.status(shell, 128 + signal.SIGUSR1)

    def test_restores_the_terminal_of_a_program_with_a_pty(self):
        for shell in self.shells():
            program, spawn = self.start(shell, "--pty")
            for number in signal.SIGTSTP, signal.SIGSTOP:
                screen.wait_until("raw keys", shell.is_raw)
                os.kill(program.pid if number == signal.SIGSTOP
                        else spawn.pid, number)
                spawn.wait_for("T")
                self.prompt(shell)
                self.assertFalse(shell.is_raw())
                shell.send("fg\n")
                program.wait_for("S")
                screen.wait_until("raw keys again", shell.is_raw)
            self.interrupt(shell, program, spawn)
            self.assertFalse(shell.is_raw())

    def test_restores_the_terminal_although_a_signal_comes_meanwhile(self):
        """While tcsetattr() waits for output: strace says that one has come,
        by one ioctl() after the other until it was that one."""
        if shutil.which("strace") is None:
            self.skipTest("no strace")
        calls = self.folder / "calls"
        for shell in self.shells():
            _, spawn = self.start(shell, "--pty")
            screen.wait_until("raw keys", shell.is_raw)
            for when in range(1, 20):
                tracer = self.trace(
                    spawn, calls, "-e", "trace=ioctl",
                    "-e", f"inject=ioctl:error=EINTR:when={when}")
                os.kill(spawn.pid, signal.SIGTSTP)
                shell.expect("Stopped")
                tracer.kill()
                tracer.wait()
                self.prompt(shell)
                self.assertFalse(shell.is_raw())
                if re.search("TCSETSW.* EINTR", calls.read_text()):
                    break
                shell.send("fg\n")
                screen.wait_until("raw keys again", shell.is_raw)
            else:
                self.fail(calls.read_text())

    def test_by_sigstop_does_not_end_the_use_of_the_terminal(self):
        """bash makes the terminal its own then, dash has it as it is."""
        for shell in self.shells():
            program, spawn = self.start(shell, "--pty")
            screen.wait_until("raw keys", shell.is_raw)
            os.kill(spawn.pid, signal.SIGSTOP)
            spawn.wait_for("T")
            self.prompt(shell)
            shell.send("stty sane\n")
            screen.wait_until("lines again", lambda s=shell: not s.is_raw())
            shell.send("fg\n")
            screen.wait_until("raw keys again", shell.is_raw)
            self.interrupt(shell, program, spawn)
            self.assertFalse(shell.is_raw())

    def test_by_sigstop_gives_the_terminal_to_the_shell(self):
        for number in signal.SIGTERM, signal.SIGSTOP:
            for shell in self.shells():
                with self.subTest(number=number):
                    program, spawn = self.start(shell, *LENT)
                    screen.wait_until("its turn", lambda p=program:
                                      p.foreground() == p.group())
                    os.kill(spawn.pid, signal.SIGSTOP)
                    spawn.wait_for("T")
                    self.prompt(shell)
                    shell.send("bg\n")
                    spawn.wait_for("S")
                    os.kill(program.pid, number)
                    if number == signal.SIGSTOP:
                        spawn.wait_for("T")
                    else:
                        spawn.wait_for_end()
                    self.assertEqual(shell.process.foreground(),
                                     shell.process.group())
                    self.prompt(shell)

    def test_has_no_effect_where_nobody_could_undo_it(self):
        """spawn leads the session, as with ssh -t or a terminal's -e."""
        for options in [], LENT, ["--pgroup"], ["--pty"]:
            with self.subTest(options=options):
                shown = self.screen(SPAWN, f"--pidfile={self.pidfile}",
                                    *options, PROBE, "pause")
                program, _ = self.program()
                program.wait_for("S")
                shown.send("\x1a\x03")
                self.assertEqual(shown.expect_end(), -signal.SIGINT)
                self.pidfile.unlink()

    def test_by_a_process_is_of_the_program_alone_there(self):
        shown = self.screen(SPAWN, f"--pidfile={self.pidfile}", PROBE, "pause")
        program, spawn = self.program()
        program.wait_for("S")
        os.kill(program.pid, signal.SIGSTOP)
        program.wait_for("T")
        os.kill(spawn.pid, signal.SIGTERM)
        self.assertEqual(shown.expect_end(), -signal.SIGTERM)


class AfterAll(Test):
    """What spawn does with its terminal when the program has done with it."""

    def test_is_in_the_foreground_while_nobody_reads_the_rest(self):
        script = self.folder / "script"
        script.write_text(f"head -c 90000 /dev/zero; exec '{PROBE}' pause\n")
        for shell in self.shells():
            program, spawn = self.start(
                shell, *LENT, "--fd=1=pipe-write", tail=f" | {PROBE} pause",
                program=("/bin/sh", str(script)))
            screen.wait_until("its words", lambda p=program:
                              p.name() == "probe")
            os.kill(program.pid, signal.SIGTERM)
            program.wait_for_end()
            screen.wait_until("its turn", lambda s=spawn:
                              s.foreground() == s.group())
            shell.send("\x03")
            spawn.wait_for_end()
            self.prompt(shell)

    def test_leaves_it_when_a_pty_can_not_be_shown(self):
        script, told = self.folder / "script", self.folder / "told"
        script.write_text(HANGING)
        for shell in self.shells():
            told.unlink(missing_ok=True)
            program, spawn = self.start(
                shell, "--pty", tail=" >/dev/full",
                program=(sys.executable, str(script), str(told)))
            screen.wait_until("SIGHUP", told.exists)
            self.assertFalse(shell.is_raw())
            self.interrupt(shell, program, spawn, 125)


class Background(Test):
    def test_leaves_the_terminal_to_the_shell(self):
        for options in [], LENT, ["--pgroup"], ["--pty"], ["--setsid"]:
            for shell in self.shells():
                with self.subTest(options=options):
                    program, spawn = self.start(shell, *options, tail=" &")
                    self.prompt(shell)
                    self.assertEqual(shell.process.foreground(),
                                     shell.process.group())
                    program.wait_for("S")
                    spawn.wait_for("S")
                    shell.send("fg\n")
                    screen.wait_until("its turn", lambda s=spawn, p=program:
                                      s.foreground() in (s.group(),
                                                         p.group()))
                    if options == LENT:
                        screen.wait_until("its turn", lambda p=program:
                                          p.foreground() == p.group())
                    if options == ["--pty"]:
                        screen.wait_until("raw keys", shell.is_raw)
                    self.interrupt(shell, program, spawn)

    def test_is_where_bg_has_it_go_on(self):
        for options in [], LENT, ["--pgroup"]:
            for shell in self.shells():
                with self.subTest(options=options):
                    program, spawn = self.start(shell, *options)
                    shell.send("\x1a")
                    spawn.wait_for("T")
                    self.prompt(shell)
                    shell.send("bg\n")
                    spawn.wait_for("S")
                    program.wait_for("S")
                    self.prompt(shell)
                    self.assertEqual(shell.process.foreground(),
                                     shell.process.group())
                    shell.send("kill %1\n")
                    program.wait_for_end()
                    spawn.wait_for_end()
                    self.prompt(shell)

    def test_stops_who_reads_the_terminal_until_fg(self):
        for options in [], LENT:
            for shell in self.shells():
                with self.subTest(options=options):
                    program, spawn = self.start_cat(shell, *options)
                    program.wait_for("T")
                    spawn.wait_for("T")
                    self.prompt(shell)
                    shell.send("fg\n")
                    program.wait_for("S")
                    shell.send("a line\n\x04")
                    shell.expect("a line\r\na line")
                    program.wait_for_end()
                    spawn.wait_for_end()
                    self.status(shell, 0)

    def test_group_that_reads_the_terminal_can_be_ended(self):
        for shell in self.shells():
            program, spawn = self.start_cat(shell, "--pgroup", tail="")
            program.wait_for("T")
            spawn.wait_for("T")
            self.prompt(shell)
            # As bash does, dash does not.
            shell.send("kill %1; kill -CONT %1\n")
            program.wait_for_end()
            spawn.wait_for_end()
            self.prompt(shell)

    def test_group_that_reads_the_terminal_can_be_ended_without_a_shell(self):
        shown = self.screen(SPAWN, "--pgroup", shutil.which("cat"))
        program, spawn = self.child(shown.process, "cat"), shown.process
        program.wait_for("T")
        os.kill(spawn.pid, signal.SIGTERM)
        self.assertEqual(shown.expect_end(), -signal.SIGTERM)


class HangUp(Test):
    def test_ends_spawn_and_program_that_have_the_session(self):
        for options in ([], LENT, ["--pgroup"], ["--setsid"], ["--pty"],
                        ["--fd=0=pipe-read"], ["--fd=1=pipe-write"],
                        ["--pipe=then"]):
            with self.subTest(options=options):
                shown = self.screen(SPAWN, f"--pidfile={self.pidfile}",
                                    *options, PROBE, "pause")
                program, _ = self.program()
                program.wait_for("S")
                shown.hang_up()
                self.assertEqual(shown.expect_end(), -signal.SIGHUP)
                program.wait_for_end()
                self.pidfile.unlink()

    def test_ends_spawn_and_program_of_a_shell(self):
        for options in [], LENT, ["--pgroup"], ["--pty"]:
            for shell in self.shells():
                with self.subTest(options=options):
                    program, spawn = self.start(shell, *options)
                    shell.hang_up()
                    program.wait_for_end()
                    spawn.wait_for_end()

    def test_is_nothing_to_who_ignores_it(self):
        """As under nohup(1)."""
        shown = self.screen("/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh",
                            SPAWN, f"--pidfile={self.pidfile}", PROBE, "pause")
        program, spawn = self.program()
        program.wait_for("S")
        shown.hang_up()
        os.kill(spawn.pid, signal.SIGUSR1)
        self.assertEqual(shown.expect_end(), -signal.SIGUSR1)
        program.wait_for_end()


if __name__ == "__main__":
    verdict.main(verbosity=2)
