#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The spawn program: each of its options seen from inside the program it
starts, its exit statuses, reports, complaints and signals.

usage: test_tool.py SPAWN [PROBE]
"""
import ctypes
import errno
import fcntl
import grp
import json
import os
import pathlib
import platform
import pty
import pwd
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

import tried
import verdict
from tried import SPAWN

# A copy where another user may reach it, whatever folder this tree is in.
PUBLIC = tempfile.TemporaryDirectory(prefix="spawn-test.")
os.chmod(PUBLIC.name, 0o755)
PROBE = shutil.copy(tried.PROBE, PUBLIC.name)
ROOT = pathlib.Path(__file__).resolve().parents[2]

CAP_SETGID, CAP_SETUID, CAP_SETPCAP = 6, 7, 8
CAP_SYS_CHROOT, CAP_SYS_ADMIN, CAP_SYS_RESOURCE = 18, 21, 24
# What a kernel says of what it lacks, or grants to others; never of a mistake.
LACKING = (errno.EPERM, errno.EACCES, errno.ENOSYS, errno.ENODEV, errno.ENXIO,
           errno.EOPNOTSUPP, errno.ENOSPC)


def spawn(*arguments, **settings):
    """Run spawn; nothing here takes a minute unless it hangs."""
    settings.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([SPAWN, *map(str, arguments)], timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", errors="surrogateescape",
                          **settings)


def parse(output):
    return dict(line.split("=", 1) for line in output.splitlines())


def set_of(*numbers):
    return f"{sum(1 << n for n in numbers):016x}"


def needs_capability(number):
    status = pathlib.Path("/proc/self/status").read_text()
    effective = int(re.search(r"CapEff:\s*(\w+)", status).group(1), 16)
    return unittest.skipUnless(effective >> number & 1,
                               f"needs capability {number}")


class Test(tried.Case):
    def see(self, *options, group, **settings):
        """What the probe sees of itself when started with the options."""
        done = spawn(*options, "--", PROBE, "print", group, **settings)
        self.assertEqual((done.stderr, done.returncode), ("", 0))
        return parse(done.stdout)

    def refuse(self, *options, says, status=125, **settings):
        """One sentence, and nothing started."""
        done = spawn(*options, **settings)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertRegex(done.stderr, r"\Aspawn: [^\n]+\n\Z")
        self.assertIn(says, done.stderr)
        self.assertEqual(done.stdout, "")

    def report(self, *arguments, **settings):
        done = spawn("--report=json", *arguments, **settings)
        return json.loads(done.stderr), done.returncode


class ExitStatus(Test):
    def test_is_the_programs(self):
        for status in 0, 3, 255:
            done = spawn(PROBE, "exit", status)
            self.assertEqual((done.returncode, done.stderr), (status, ""))

    def test_is_the_signal_that_killed_it(self):
        for number in signal.SIGKILL, signal.SIGTERM, signal.SIGUSR1, \
                signal.SIGPIPE, signal.SIGRTMIN + 2:
            done = spawn(PROBE, "kill", int(number))
            self.assertEqual((done.returncode, done.stderr), (-number, ""))

    def test_is_the_same_where_the_caller_blocks_or_ignores_the_signal(self):
        def block():
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

        def ignore():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)

        for prepare in block, ignore:
            done = spawn("--default-signal", "--signal-mask=none", PROBE,
                         "kill", int(signal.SIGTERM), preexec_fn=prepare)
            self.assertEqual(done.returncode, -signal.SIGTERM)

    def test_of_a_signal_leaves_no_core_of_spawn(self):
        """Neither in the directory nor where the kernel hands it to."""
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        done = spawn("--rlimit=core=0", PROBE, "kill", int(signal.SIGABRT),
                     cwd=self.folder, preexec_fn=lambda: resource.setrlimit(
                         resource.RLIMIT_CORE, (hard, hard)))
        self.assertEqual(done.returncode, -signal.SIGABRT)
        self.assertEqual(os.listdir(self.folder), [])

    def test_is_127_when_the_program_is_not_found(self):
        self.refuse("/nonexistent/program", status=127,
                    says="/nonexistent/program")
        self.refuse("no-such-program", status=127, says="no-such-program",
                    env={"PATH": "/nonexistent:/"})

    def test_is_126_when_it_cannot_be_executed(self):
        self.refuse(self.folder, status=126, says="it is a directory")
        plain = self.folder / "plain"
        plain.write_text("exit 7\n")
        self.refuse(plain, status=126, says="it is not executable")
        plain.chmod(0o755)
        self.refuse(plain, status=126, says=str(plain))

    def test_is_125_when_a_step_before_fails(self):
        self.refuse("--chdir", "/nonexistent", PROBE, says="/nonexistent")


class Mistakes(Test):
    def test_in_options_are_named(self):
        self.refuse("--frobnicate", PROBE, says="--frobnicate")
        self.refuse("-Z", PROBE, says="-Z")
        self.refuse("--setsid=yes", PROBE, says="--setsid: takes no value")
        self.refuse("--chdir", says="--chdir: needs a value")
        self.refuse("-C", says="-C: needs a value")
        self.refuse(says="PROGRAM")

    def test_in_values_name_option_and_value(self):
        for option, value in [
                ("umask", "8"), ("umask", "1000"), ("umask", ""),
                ("nice", "20"), ("nice", "-21"), ("nice", "5x"),
                ("nice", " 5"), ("nice", "99999999999999999999"),
                ("program-fd", "-1"), ("program-fd", "4294967296"),
                ("chdir-fd", "x"), ("landlock-fd", ""),
                ("search", "somewhere"), ("backend", "spoon"),
                ("env", "NAME"), ("env", "=VALUE"), ("unset", "A=B"),
                ("unset", ""), ("busy-retry", "-1"),
                ("busy-retry", "4294967296"),
                ("signal-mask", "NOSUCH"), ("signal-mask", "65"),
                ("signal-mask", "0"), ("signal-mask", "TERM,,HUP"),
                ("signal-mask", "RTMAX+1"), ("default-signal", "RTMIN-1"),
                ("ignore-signal", "TERM HUP"), ("pdeathsig", "nine"),
                ("pgroup", "-1"), ("ctty", "tty"), ("foreground", "-"),
                ("uid", "no-such-user"), ("uid", "4294967295"),
                ("gid", "no-such-group"), ("groups", "0,no-such-group"),
                ("ambient-caps", "chown,fly"), ("bounding-set", "64"),
                ("securebits", "some"), ("rlimit", "nofile"),
                ("rlimit", "nofile=:"), ("rlimit", "wishes=3"),
                ("rlimit", "nofile=1:x"), ("rlimit", "nofile=-1"),
                ("sched", "fair"), ("sched", "fifo:100"),
                ("cpus", ""), ("cpus", "3-1"), ("cpus", "a"),
                ("cpus", "8192"), ("ionice", "sometimes"),
                ("ionice", "best-effort:8"), ("timer-slack", "soon"),
                ("oom-score-adj", "1001"), ("unshare", "mount,space"),
                ("cgroup", "/nonexistent"), ("enter-ns", "/nonexistent"),
                ("seccomp", "/nonexistent"), ("seccomp", "/dev/null"),
                ("seccomp-flags", "log,tsync"), ("inheritable-caps", "fly"),
                ("time-offset", "realtime=1"), ("time-offset", "monotonic"),
                ("time-offset", "monotonic=1.0000000001"),
                ("time-offset", "boottime=1.x"), ("time-offset", "boottime=--1"),
                ("personality", "windows"), ("memory-policy", "some:0"),
                ("memory-policy", "bind:1024"), ("memory-policy", "bind:"),
                ("sched-attr", "policy=deadline,speed=3"),
                ("sched-attr", "fast"), ("sched-attr", "runtime=-1"),
                ("sched-attr", "util-min=4294967296"),
                ("speculation", "store-bypass"),
                ("speculation", "store-bypass=maybe"),
                ("speculation", "thought=off"), ("tsc", "maybe"),
                ("memory", "less"), ("memory", "merge=1"),
                ("memory", "coredump-filter"),
                ("memory", "coredump-filter=x"),
                ("report", "xml")]:
            with self.subTest(option=option, value=value):
                self.refuse(f"--{option}={value}", PROBE,
                            says=f"--{option} '{value}': ")

    def test_in_descriptors_name_them(self):
        for value in ("1", "x=1", "-1=1", "1=", "1=what", "1=null:x",
                      "1=read", "1=read:", "1=open:rdonly", "1=same:x",
                      "1=open:sideways:/dev/null", "1=open:99:/dev/null"):
            with self.subTest(value=value):
                self.refuse("--fd", value, PROBE, says=f"--fd '{value}': ")
        self.refuse("--fd", "1=same:2", "--fd", "2=same:1", PROBE,
                    says="a copy of itself")
        self.refuse("--fd", "1=close", "--fd", "2=same:1", PROBE,
                    says="closed")
        self.refuse("--fd", "0=pty", "--fd", "3=pipe-read", PROBE,
                    says="only one")

    def test_in_a_group_alone_asks_for_a_decision_on_groups(self):
        self.refuse("--gid", "0", PROBE, says="--keep-groups")
        self.refuse("--uid=123456789", PROBE,
                    says="nobody has the uid 123456789: add --gid")
        self.refuse("--init-groups", PROBE, says="--init-groups needs --uid")
        self.refuse("--init-groups", "--uid=123456789", "--gid=5", PROBE,
                    says="nobody has the uid 123456789")
        self.refuse("--clear-groups", "--keep-groups", PROBE,
                    says="only one of")

    def test_in_combinations_are_told(self):
        for options, says in [
                (["--setsid", "--pgroup"], "--pgroup"),
                (["--ctty"], "--setsid"),
                (["--chdir=/", "--chdir-fd=0"], "--chdir-fd"),
                (["--program-fd=0", "--search=parent"], "--search"),
                (["--program-fd=0", "--shell-fallback"], "--program-fd")]:
            with self.subTest(options=options):
                self.refuse(*options, PROBE, says=says)

    def test_that_libspawn_finds_are_explained(self):
        self.refuse("--fd", "1=null", "--fd", "1=null", PROBE, says="fd")
        self.refuse("--ignore-signal=HUP", "--default-signal=HUP", PROBE,
                    says="signal")

    def test_in_descriptors_that_are_not_open_are_found(self):
        """Nor does one that spawn itself has opened count."""
        for option in ("--fd=1=3", "--fd=1=same:3", "--program-fd=3",
                       "--chdir-fd=3", "--landlock-fd=3", "--ctty=3"):
            with self.subTest(option=option):
                self.refuse("--enter-ns=/proc/self/ns/uts", option, PROBE,
                            says="descriptor 3 is not open")


class Program(Test):
    def test_gets_its_arguments_after_two_dashes(self):
        seen = self.see(group="args")
        self.assertEqual(seen["argv.0"], PROBE)
        done = spawn("--", PROBE, "print", "args", "--", "--report")
        self.assertEqual(parse(done.stdout)["argv.4"], "--report")

    def test_options_end_at_the_program(self):
        done = spawn(PROBE, "print", "args", "--", "--help", "-i")
        self.assertEqual(parse(done.stdout)["argv.4"], "--help")
        self.assertEqual(parse(done.stdout)["argv.5"], "-i")

    def test_argument_zero_is_chosen(self):
        for option in ["-a", "other"], ["--argv0", "other"]:
            seen = self.see(*option, group="args")
            self.assertEqual(seen["argv.0"], "other")
            self.assertEqual(seen["exe"], PROBE)
        done = spawn("-a", "other", "--pipe=then", PROBE, "print", "args",
                     "then", "cat")
        self.assertEqual(parse(done.stdout)["argv.0"], "other")

    def test_is_searched_for_where_told(self):
        here, name = os.path.split(PROBE)
        nowhere = os.environ | {"PATH": "/nonexistent"}
        there = os.environ | {"PATH": here}
        for options, environment, status in [
                ([], there, 0), (["--search=parent"], there, 0),
                (["-i", "--search=parent"], there, 0),
                ([], nowhere, 127), (["--search=none"], there, 127),
                (["--search=child", "--env=PATH=" + here], nowhere, 0),
                (["--search=child", "--env=PATH=/nonexistent"], there, 127),
                (["--search=/nonexistent:" + here], nowhere, 0),
                (["--search=/nonexistent"], there, 127)]:
            with self.subTest(options=options):
                done = spawn(*options, name, "exit", 0, env=environment)
                self.assertEqual(done.returncode, status, done.stderr)

    def test_is_executed_by_descriptor(self):
        with open(PROBE, "rb") as file:
            done = spawn("--program-fd", file.fileno(), "a name", "print",
                         "args", pass_fds=[file.fileno()])
        seen = parse(done.stdout)
        self.assertEqual((seen["argv.0"], seen["exe"]), ("a name", PROBE))

    def test_is_run_by_the_shell_if_asked(self):
        script = self.folder / "script"
        script.write_text("exit 7\n")
        script.chmod(0o755)
        self.assertEqual(spawn(script).returncode, 126)
        self.assertEqual(spawn("--shell-fallback", script).returncode, 7)

    def test_busy_for_writing_is_retried_so_long(self):
        busy = self.folder / "busy"
        shutil.copy(PROBE, busy)
        with open(busy, "r+b"):
            told, status = self.report("--busy-retry=0", busy, "exit", 0)
        if status == 0:
            self.skipTest("this kernel executes files open for writing")
        self.assertEqual((status, told["errno"]), (126, errno.ETXTBSY))
        told, status = self.report("--busy-retry=2000", busy, "exit", 0)
        self.assertEqual((status, told["retries"]), (0, 0))


class Environment(Test):
    def environment(self, *options):
        seen = self.see(*options, group="env",
                        env={"KEPT": "1", "GONE": "2"})
        # Counters of a build (-Dcounted) have a variable of their own.
        return {value for key, value in seen.items()
                if key != "envc" and not value.startswith("__LLVM")}

    def test_is_inherited(self):
        self.assertEqual(self.environment(), {"KEPT=1", "GONE=2"})

    def test_is_overlaid(self):
        for env, unset in [("-e", "-u"), ("--env", "--unset")]:
            seen = self.environment(unset, "GONE", env, "NEW=a=b", env, "N=")
            self.assertEqual(seen, {"KEPT=1", "NEW=a=b", "N="})

    def test_tells_the_program_its_pid(self):
        done = spawn("--pid-variable=LISTEN_PID", "--", "/bin/sh", "-c",
                     "echo $LISTEN_PID $$")
        told, own = done.stdout.split()
        self.assertEqual(told, own)
        for name in "", "A=1":
            done = spawn("--pid-variable", name, "--", "/bin/true")
            self.assertEqual(done.returncode, 125)
            self.assertIn("the name of a variable", done.stderr)
        done = spawn("--backend=posix_spawn", "--pid-variable=A", "/bin/true")
        self.assertEqual(done.returncode, 125)
        self.assertIn("pid variable", done.stderr)

    def test_is_emptied(self):
        for option in "-i", "--ignore-environment":
            self.assertEqual(self.environment(option), set())
            self.assertEqual(self.environment(option, "-e", "A=1"), {"A=1"})


class Directory(Test):
    def test_is_changed(self):
        for option in "-C", "--chdir":
            seen = self.see(option, self.folder, group="dirs")
            self.assertEqual(seen["cwd"], str(self.folder))

    def test_is_changed_by_descriptor(self):
        fd = os.open(self.folder, os.O_RDONLY)
        self.addCleanup(os.close, fd)
        seen = self.see("--chdir-fd", fd, group="dirs", pass_fds=[fd])
        self.assertEqual(seen["cwd"], str(self.folder))

    @needs_capability(CAP_SYS_CHROOT)
    def test_root_is_changed(self):
        shutil.copy(PROBE, self.folder / "inside")
        done = spawn("--root", self.folder, "/inside", "print", "dirs")
        self.assertEqual(done.returncode, 0, done.stderr)
        state = self.folder.stat()
        self.assertEqual(parse(done.stdout)["root.id"],
                         f"{state.st_dev}:{state.st_ino}")

    def test_umask_is_set(self):
        self.assertEqual(self.see("--umask=027", group="umask"),
                         {"umask": "027"})


class Descriptors(Test):
    def test_above_two_are_closed_or_inherited(self):
        with open("/dev/null", "rb") as file:
            keep = {"group": "fds", "pass_fds": [file.fileno()]}
            self.assertEqual(self.see(**keep)["fds"], "0,1,2")
            self.assertIn(str(file.fileno()),
                          self.see("--inherit-fds", **keep)["fds"].split(","))

    def test_are_copied_and_swapped(self):
        done = spawn("--fd", "1=2", "--fd", "2=1", "--fd", "7=1", PROBE,
                     "write", 1, "to 2", "write", 2, "to 1,", "write", 7, "7")
        self.assertEqual((done.stdout, done.stderr), ("to 1,7", "to 2"))

    def test_are_closed_or_null(self):
        seen = self.see("--fd", "0=close", "--fd", "5=null", group="fds")
        self.assertEqual((seen["fds"], seen["fd.5"]), ("1,2,5", "/dev/null"))

    def test_are_files_as_the_shell_opens_them(self):
        file = self.folder / "a:file"
        for kind, content in [("write", "new"), ("append", "newnew"),
                              ("write", "new"),
                              ("open:rdwr", "new"),
                              ("open:wronly,append", "newnew")]:
            done = spawn("--fd", f"9={kind}:{file}", PROBE, "write", 9, "new")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(file.read_text(), content, kind)
        seen = self.see("--fd", f"0=read:{file}", group="fds")
        self.assertEqual(seen["fd.0"], str(file))

    def test_are_opened_with_flags_and_mode(self):
        file = self.folder / "lock"
        options = ["--umask=0", "--fd",
                   f"3=open:wronly,creat,excl,0640:{file}"]
        self.assertEqual(spawn(*options, PROBE, "exit", 0).returncode, 0)
        self.assertEqual(file.stat().st_mode & 0o7777, 0o640)
        self.refuse(*options, PROBE, says=str(file))

    def test_are_the_same_as_others(self):
        seen = self.see("--fd", "6=same:5", "--fd", "5=same:4", "--fd",
                        "4=null", "--fd", "7=same:2", group="fds")
        self.assertEqual(seen["fds"], "0,1,2,4,5,6,7")
        self.assertEqual(seen["fd.6"], "/dev/null")
        self.assertEqual(seen["fd.7"], seen["fd.2"])

    def test_pipes_carry_input_and_output_at_once(self):
        copy = "import shutil, os; shutil.copyfileobj(open(8, 'rb'), " \
               "open(9, 'wb'), 1 << 16)"
        text = "0123456789abcdef" * 65536
        done = subprocess.run(
            [SPAWN, "--fd", "8=pipe-read", "--fd", "9=pipe-write", "--",
             sys.executable, "-c", copy],
            input=text, capture_output=True, encoding="ascii", timeout=60)
        self.assertEqual((done.stderr, done.returncode), ("", 0))
        self.assertEqual(len(done.stdout), len(text))
        self.assertEqual(done.stdout, text)

    def test_a_pipe_that_a_grandchild_keeps_does_not_hang_spawn(self):
        leave = "import subprocess, sys; " \
                "print(subprocess.Popen([sys.argv[1], 'pause']).pid)"
        done = spawn("--fd", "1=pipe-write", "--fd", "2=null", "--",
                     sys.executable, "-c", leave, PROBE)
        os.kill(int(done.stdout), signal.SIGKILL)
        self.assertEqual((done.stderr, done.returncode), ("", 0))

    def test_that_nobody_reads_any_more_reaches_the_program(self):
        endless = "import os, signal; " \
                  "signal.signal(signal.SIGPIPE, signal.SIG_DFL); " \
                  "[os.write(1, bytes(4096)) for _ in iter(int, 1)]"
        for options, number in [
                (["--fd=1=pipe-write"], signal.SIGPIPE),
                (["--fd=1=pty", "--setsid", "--ctty"], signal.SIGHUP)]:
            process = subprocess.Popen(
                [SPAWN, *options, "--", sys.executable, "-c", endless],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
            self.addCleanup(process.kill)
            process.stdout.read(1)
            process.stdout.close()
            self.assertEqual(process.wait(60), -number)

    def test_a_pty_is_a_terminal_and_ends_with_the_input(self):
        done = spawn("--setsid", "--ctty", "--foreground", "--fd", "0=pty",
                     "--fd", "1=same:0", "--", PROBE, "read", 0, "print",
                     "fds", "tty", "process")
        self.assertEqual((done.stderr, done.returncode), ("", 0))
        seen = parse(done.stdout.replace("\r\n", "\n"))
        self.assertEqual((seen["fd.0.tty"], seen["fd.1.tty"]), ("1", "1"))
        self.assertEqual(seen["tty.pgid"], seen["pid"])


class Signals(Test):
    def test_mask_is_set(self):
        for value, mask in [("none", set_of()), ("TERM,sigusr1,1",
                                                 set_of(14, 9, 0)),
                            ("RTMAX,40", set_of(63, 39))]:
            seen = self.see("--signal-mask", value, group="signals")
            self.assertEqual(seen["sigmask"], mask)

    def test_are_ignored_and_defaulted(self):
        seen = self.see("--ignore-signal=HUP,INT", group="signals")
        self.assertEqual(seen["sigignore"], set_of(0, 1))
        for option, left in [("--default-signal", set_of()),
                             ("--default-signal=INT", set_of(0))]:
            done = spawn("--ignore-signal=HUP,INT", SPAWN, option, PROBE,
                         "print", "signals")
            self.assertEqual(parse(done.stdout)["sigignore"], left)

    def test_dispositions_of_the_caller_pass_through(self):
        """spawn's handlers and its need for SIGCHLD don't show."""
        self.assertEqual(self.see(group="signals")["sigignore"], set_of())
        names = "HUP,INT,QUIT,TERM,CHLD,PIPE"
        done = spawn("--ignore-signal", names, SPAWN, PROBE, "print",
                     "signals")
        self.assertEqual(done.returncode, 0, done.stderr)
        seen = parse(done.stdout)
        self.assertEqual(seen["sigignore"], set_of(0, 1, 2, 14, 16, 12))
        self.assertEqual(seen["sigcatch"], set_of())
        done = spawn("--ignore-signal=CHLD", SPAWN, PROBE, "exit", 3)
        self.assertEqual((done.stderr, done.returncode), ("", 3))

    def test_death_of_spawn_is_signalled(self):
        seen = self.see("--pdeathsig=TERM", group="containment")
        self.assertEqual(seen["death_signal"], "15")

    def started(self, *options, **settings):
        """A spawn whose probe is known to run."""
        process = subprocess.Popen(
            [SPAWN, "--report=json", *options, PROBE, "print", "process",
             "then", "pause"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", **settings)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait, 60)
        self.addCleanup(process.kill)
        for _ in range(4):
            self.assertIn("=", process.stdout.readline())
        return process

    def test_sent_to_spawn_reach_the_program(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT,
                       signal.SIGHUP):
            process = self.started()
            process.send_signal(number)
            told = json.loads(process.communicate(timeout=60)[1])
            self.assertEqual(told["signal"], number)
            self.assertEqual(process.returncode, -number)

    def test_from_the_terminal_end_the_program_and_spawn_reports(self):
        for options in [], ["--pgroup"]:
            controller, terminal = pty.openpty()
            self.addCleanup(os.close, controller)
            self.addCleanup(os.close, terminal)

            def become_session():
                os.setsid()
                fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)

            process = self.started(*options, stdin=terminal,
                                   preexec_fn=become_session)
            os.write(controller, b"\x03")
            told = json.loads(process.communicate(timeout=60)[1])
            self.assertEqual(told["signal"], signal.SIGINT)
            self.assertEqual(process.returncode, -signal.SIGINT)


class Run(Test):
    def test_files_are_its_streams(self):
        source, target = self.folder / "source", self.folder / "target"
        errors = self.folder / "errors"
        source.write_text("from a file")
        target.write_text("what was there before")
        done = spawn("--stdin", source, "--stdout", target, "--stderr",
                     errors, PROBE, "read", 0, "@2", "open", "/nope", 0)
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (0, "", ""))
        self.assertIn("from a file", target.read_text())
        self.assertIn("open./nope=error", errors.read_text())
        self.refuse("--stdin", self.folder / "nothing", PROBE, says="nothing")

    def test_a_pipeline_runs_on_one_line(self):
        done = spawn("--pipe", "--", "seq", "100000", "|", "head", "-n", "99",
                     "|", "wc", "-l")
        self.assertEqual((done.returncode, done.stdout.strip(), done.stderr),
                         (0, "99", ""))
        done = spawn("--pipe=then", PROBE, "write", 1, "text", "then", PROBE,
                     "read", 0, "exit", 5)
        self.assertEqual((done.returncode, done.stdout),
                         (5, "read.0=text\n"))

    def test_a_pipeline_ends_with_its_reader(self):
        for restore in True, False:
            done = spawn("--pipe", "--", "yes", "|", "head", "-n", "1000000",
                         "|", "wc", "-l", restore_signals=restore)
            self.assertEqual((done.returncode, done.stdout.strip()),
                             (0, "1000000"))
            # Who ignores SIGPIPE, as its caller did, is told by write().
            self.assertEqual(done.stderr.startswith("yes: "), not restore)

    def test_a_pipeline_has_its_ends_and_a_group(self):
        source, target = self.folder / "source", self.folder / "target"
        source.write_text("from a file")
        done = spawn("--pipe", "--pgroup", "--stdin", source, "--stdout",
                     target, "cat", "|", "cat", "|", PROBE, "read", 0,
                     "print", "process")
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (0, "", ""))
        seen = parse(target.read_text())
        self.assertEqual(seen["read.0"], "from a file")
        self.assertNotIn(seen["pgid"], (seen["pid"], str(os.getpgrp())))

    def test_a_pipeline_with_a_fault_starts_nothing(self):
        self.refuse("--pipe", "cat", "|", "/nope/nothing", "|", "cat",
                    status=127, says="/nope/nothing")
        self.refuse("--pipe", "cat", "|", says="missing")
        self.refuse("--pipe", "|", "cat", says="missing")
        self.refuse("--pipe=", "cat", says="word")
        self.refuse("--pipe", "--pty", "cat", "|", "cat", says="--pipe")

    def test_a_time_can_run_out(self):
        begin = time.monotonic()
        told, status = self.report("--timeout", "0.1", PROBE, "pause")
        self.assertGreaterEqual(time.monotonic() - begin, 0.1)
        self.assertEqual((status, told["timed_out"], told["signal"]),
                         (124, True, signal.SIGTERM))
        told, status = self.report("--timeout=0.05s", "--kill-after=50e-3",
                                   "--ignore-signal=TERM", PROBE, "pause")
        self.assertEqual((status, told["signal"]), (137, signal.SIGKILL))
        told, status = self.report("--timeout", "1h", PROBE, "exit", 3)
        self.assertEqual((status, told["timed_out"]), (3, False))

    def test_a_time_that_is_none_is_refused(self):
        for text in "0", "-1", "x", "1x", "1ms", "nan", "1e300", "":
            self.refuse(f"--timeout={text}", PROBE, says="--timeout")
        self.refuse("--kill-after=1", PROBE, says="--timeout")

    def test_a_detached_program_goes_on(self):
        path = self.folder / "pid"
        done = spawn("--detach", "--pidfile", path, "--stdout=/dev/null",
                     "--stderr=/dev/null", PROBE, "pause")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        pid = int(path.read_text())
        self.assertEqual(os.getsid(pid), pid)
        os.kill(pid, signal.SIGKILL)

    def test_a_detached_program_that_fails_is_told(self):
        path = self.folder / "pid"
        self.refuse("--detach", "--pidfile", path, "/nope/nothing",
                    status=127, says="/nope/nothing")
        self.assertFalse(path.exists())
        self.refuse("--detach", "--chdir=/nope", PROBE, says="/nope")
        self.refuse("--detach", "--backend=vfork", PROBE, says="detach")
        self.refuse("--detach", "--pidfile=/nope/pid", PROBE, says="/nope")

    def test_what_needs_somebody_who_stays_excludes_detaching(self):
        for option in "--timeout=1", "--report", "--pgroup", \
                "--pdeathsig=TERM":
            self.refuse("--detach", option, PROBE, says=option.split("=")[0])
        for option in "--pty", "--fd=0=pipe-read", "--fd=1=pipe-write":
            self.refuse("--detach", option, PROBE, says="pipe or pty")
        self.refuse("--detach", "--pipe", "cat", "|", "cat", says="--pipe")

    def test_the_pid_is_written(self):
        path = self.folder / "pid"
        told, _ = self.report("--pidfile", path, PROBE, "exit", 0)
        self.assertEqual(path.read_text(), f"{told['pid']}\n")
        self.refuse("--pidfile", self.folder, PROBE,
                    says=os.strerror(errno.EISDIR))

    def test_a_terminal_is_its_own(self):
        seen = self.see("--pty", group="tty")
        self.assertGreater(int(seen["tty"]), 0)
        self.assertGreater(int(seen["tty.pgid"]), 0)
        for options, ttys in ([], "111"), (["--fd=0=null"], "011"):
            seen = self.see("--pty", *options, group="fds")
            self.assertEqual("".join(seen[f"fd.{n}.tty"] for n in range(3)),
                             ttys)
        self.refuse("--pty", "--fd=0=null", "--fd=1=1", "--fd=2=2", PROBE,
                    says="--pty")

    def test_a_terminal_is_as_the_one_around_it(self):
        controller, terminal = pty.openpty()
        self.addCleanup(os.close, controller)
        self.addCleanup(os.close, terminal)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 12, 34, 0, 0))
        done = spawn("--pty", "stty", "size", stdin=terminal)
        self.assertEqual(done.stdout.split(), ["12", "34"])


class Groups(Test):
    def test_a_session_or_a_process_group_is_made(self):
        seen = self.see("--setsid", group="process")
        self.assertEqual({seen["pgid"], seen["sid"]}, {seen["pid"]})
        seen = self.see("--pgroup", group="process")
        self.assertEqual(seen["pgid"], seen["pid"])
        self.assertNotEqual(seen["sid"], seen["pid"])

    def test_a_process_group_is_joined(self):
        group = os.getpgrp()
        done = spawn("--pgroup", SPAWN, f"--pgroup={group}", PROBE, "print",
                     "process")
        self.assertEqual(parse(done.stdout)["pgid"], str(group))

    def test_a_terminal_becomes_the_programs(self):
        controller, terminal = pty.openpty()
        self.addCleanup(os.close, controller)
        self.addCleanup(os.close, terminal)
        for options, settings in [
                ([f"--ctty={terminal}"], {"pass_fds": [terminal]}),
                (["--ctty"], {"stdin": terminal})]:
            seen = self.see("--setsid", *options, group="tty", **settings)
            self.assertNotIn("error", seen["tty"])

    def test_foreground_is_given_and_taken_back(self):
        controller, terminal = pty.openpty()
        self.addCleanup(os.close, controller)
        self.addCleanup(os.close, terminal)
        show = "import os, subprocess, sys; " \
               "p = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE); " \
               "sys.stdout.buffer.write(p.stdout); " \
               "print('mine=%d' % (os.tcgetpgrp(0) == os.getpgrp()))"
        done = spawn("--setsid", "--ctty", "--foreground", "--",
                     sys.executable, "-c", show,
                     SPAWN, "--pgroup", "--foreground", PROBE, "print", "tty",
                     "process", stdin=terminal)
        seen = parse(done.stdout)
        self.assertEqual(seen["tty.pgid"], seen["pid"])
        self.assertEqual(seen["mine"], "1")


class Identity(Test):
    @needs_capability(CAP_SETUID)
    @needs_capability(CAP_SETGID)
    def test_ids_are_set_by_number(self):
        seen = self.see("--uid=12345", "--gid=23456", "--groups=1,345",
                        group="ids")
        self.assertEqual(seen, {"uid": "12345,12345,12345",
                                "gid": "23456,23456,23456",
                                "groups": "1,345"})

    @needs_capability(CAP_SETUID)
    @needs_capability(CAP_SETGID)
    def test_ids_are_set_by_name(self):
        seen = self.see("--uid=root", "--gid=root", "--groups=root",
                        group="ids")
        self.assertEqual(seen, {"uid": "0,0,0", "gid": "0,0,0",
                                "groups": "0"})

    @needs_capability(CAP_SETUID)
    @needs_capability(CAP_SETGID)
    def test_groups_are_those_of_the_user(self):
        name = next((group.gr_mem[0] for group in grp.getgrall()
                     if group.gr_mem), "root")
        own = pwd.getpwnam(name).pw_gid
        for gid, options in ((own, ["--init-groups"]),
                             (23456, ["--init-groups", "--gid=23456"])):
            self.expect_user(name, gid, *options)

    def expect_user(self, name, gid, *options):
        seen = self.see(f"--uid={name}", *options, group="ids")
        self.assertEqual(seen["gid"], f"{gid},{gid},{gid}")
        self.assertEqual(set(map(int, seen["groups"].split(","))),
                         set(os.getgrouplist(name, gid)))

    @needs_capability(CAP_SETUID)
    @needs_capability(CAP_SETGID)
    def test_another_user_brings_its_groups_along(self):
        for user in pwd.getpwall():
            if user.pw_uid != os.getuid():
                self.expect_user(user.pw_name, user.pw_gid)
                self.expect_user(user.pw_name, 23456, "--gid=23456")
        seen = self.see("--uid=123456789", "--gid=7", group="ids")
        self.assertEqual((seen["gid"], seen["groups"]), ("7,7,7", ""))
        done = spawn("--groups=3,4", SPAWN, "--uid=12345", "--gid=7",
                     "--clear-groups", PROBE, "print", "ids")
        self.assertEqual(parse(done.stdout)["groups"], "")

    def test_who_stays_keeps_its_groups(self):
        seen = self.see(f"--uid={os.getuid()}", group="ids")
        self.assertEqual(set(filter(None, seen["groups"].split(","))),
                         set(map(str, os.getgroups())))

    @needs_capability(CAP_SETGID)
    def test_groups_are_cleared_or_kept(self):
        seen = self.see("--gid=7", "--clear-groups", group="ids")
        self.assertEqual((seen["gid"], seen["groups"]), ("7,7,7", ""))
        done = spawn("--groups=3,4", SPAWN, "--gid=7", "--keep-groups", PROBE,
                     "print", "ids")
        self.assertEqual(parse(done.stdout)["groups"], "3,4")

    def test_no_new_privileges_are_gained(self):
        seen = self.see("--no-new-privs", group="containment")
        self.assertEqual(seen["no_new_privs"], "1")

    @needs_capability(CAP_SETUID)
    @needs_capability(CAP_SETPCAP)
    def test_capabilities_are_kept_across_ids(self):
        seen = self.see("--uid=12345", "--keep-groups",
                        "--ambient-caps=cap_setuid,+7,SETPCAP", group="caps")
        self.assertEqual(seen["cap.ambient"], set_of(7, 8))
        self.assertEqual(seen["cap.effective"], set_of(7, 8))
        seen = self.see("--ambient-caps=none", group="caps")
        self.assertEqual(seen["cap.ambient"], set_of())

    @needs_capability(CAP_SETPCAP)
    def test_the_bounding_set_is_cut(self):
        before = int(self.see(group="caps")["cap.bounding"], 16)
        for value, kept in [("chown,kill", 1 << 0 | 1 << 5), ("none", 0),
                            ("+all,-chown", ~1), ("-chown", ~1),
                            ("-all,+kill", 1 << 5)]:
            seen = self.see("--bounding-set", value, group="caps")
            self.assertEqual(int(seen["cap.bounding"], 16), before & kept)
        seen = self.see("--bounding-set", "-chown", "--bounding-set", "-kill",
                        group="caps")
        self.assertEqual(int(seen["cap.bounding"], 16),
                         before & ~(1 << 0 | 1 << 5))

    @needs_capability(CAP_SETPCAP)
    def test_secure_bits_are_set(self):
        seen = self.see("--securebits=noroot", "--securebits=none",
                        group="caps")
        self.assertEqual(seen["securebits"], "0")
        for value, bits in [("noroot,SECBIT_NOROOT_LOCKED", "3"),
                            ("0x4", "4"), ("none", "0")]:
            seen = self.see("--securebits", value, group="caps")
            self.assertEqual(seen["securebits"], bits)


class Limits(Test):
    def limits(self, *options):
        seen = self.see(*options, group="rlimits")
        return seen["rlimit.4"], seen["rlimit.7"]

    def test_are_set_as_by_prlimit(self):
        _, before = self.limits()
        hard = before.split(":")[1]
        core, files = self.limits("--rlimit=core=0", "--rlimit",
                                  "RLIMIT_NOFILE=50:60")
        self.assertEqual((core, files), ("0:0", "50:60"))
        self.assertEqual(self.limits("--rlimit=nofile=50:")[1], "50:" + hard)
        self.assertEqual(self.limits("--rlimit=7=60")[1], "60:60")
        done = spawn("--rlimit=nofile=40:90", SPAWN, "--rlimit=nofile=:80",
                     PROBE, "print", "rlimits")
        self.assertEqual(parse(done.stdout)["rlimit.7"], "40:80")

    def test_have_units(self):
        for text, size in [("2K", 2 << 10), ("3M", 3 << 20), ("4G", 4 << 30),
                           ("0x10K", 16 << 10)]:
            self.assertEqual(self.limits(f"--rlimit=core={text}:")[0]
                             .split(":")[0], str(size))
        for text in "K", "1KB", "1k", "99999999999999T", "1.5G", "-1K":
            self.refuse(f"--rlimit=core={text}", PROBE, says="not a limit")

    @needs_capability(CAP_SYS_RESOURCE)
    def test_can_be_unlimited(self):
        self.assertEqual(self.limits("--rlimit=core=unlimited")[0],
                         f"{2 ** 64 - 1}:{2 ** 64 - 1}")

    def test_scheduling_is_set(self):
        nice = max(os.getpriority(os.PRIO_PROCESS, 0), 7)
        cpu = min(os.sched_getaffinity(0))
        seen = self.see(f"--nice={nice}", f"--cpus={cpu}-{cpu},{cpu}",
                        "--ionice=best-effort:5", "--timer-slack=123456",
                        "--sched=batch", group="scheduling")
        self.assertEqual(seen, {"nice": str(nice), "cpus": str(cpu),
                                "io_priority": str(2 << 13 | 5),
                                "timer_slack": "123456",
                                "sched.policy": "3", "sched.priority": "0"})

    def test_io_classes_have_names(self):
        for value, number in [("idle", 3 << 13), ("2:0", 2 << 13)]:
            seen = self.see("--ionice", value, group="scheduling")
            self.assertEqual(seen["io_priority"], str(number))

    def test_out_of_memory_score_is_set(self):
        self.assertEqual(self.see("--oom-score-adj=900", group="oom"),
                         {"oom_score_adj": "900"})


class Containment(Test):
    @needs_capability(CAP_SYS_ADMIN)
    def test_namespaces_are_unshared_and_entered(self):
        before = self.see(group="namespaces")
        seen = self.see("--unshare=uts,ipc", group="namespaces")
        changed = {key for key in before if seen[key] != before[key]}
        self.assertEqual(changed, {"ns.uts", "ns.ipc"})
        done = spawn("--unshare=uts,ipc", SPAWN, "--enter-ns",
                     f"/proc/{os.getpid()}/ns/uts", "--enter-ns",
                     f"/proc/{os.getpid()}/ns/ipc", PROBE, "print",
                     "namespaces")
        self.assertEqual(parse(done.stdout), before)

    def test_a_cgroup_is_joined(self):
        mounts = pathlib.Path("/proc/self/mounts").read_text()
        found = re.search(r"^\S+ (\S+) cgroup2 ", mounts, re.M)
        if not found:
            self.skipTest("no cgroup v2 is mounted")
        group = pathlib.Path(found.group(1)) / f"spawn-test-{os.getpid()}"
        try:
            group.mkdir()
        except OSError as reason:
            self.skipTest(f"no cgroup can be made: {reason}")
        self.addCleanup(group.rmdir)
        seen = self.see("--cgroup", group, group="cgroup")
        self.assertTrue(seen["cgroup"].endswith("/" + group.name), seen)

    def test_a_seccomp_filter_is_loaded(self):
        allow = self.folder / "allow.bpf"
        allow.write_bytes(struct.pack("=HBBI", 0x06, 0, 0, 0x7fff0000))
        seen = self.see("--no-new-privs", "--seccomp", allow,
                        group="containment")
        self.assertEqual(seen["seccomp"], "2")
        allow.write_bytes(b"123456789")
        self.refuse("--seccomp", allow, PROBE, says="not a filter")
        self.refuse("--seccomp", "/dev/zero", PROBE, says="instructions")

    def test_each_seccomp_file_is_a_filter(self):
        paths = []
        for number, answer in [(39, 77), (39, 78)]:
            paths.append(self.folder / f"filter{answer}.bpf")
            paths[-1].write_bytes(
                struct.pack("=HBBI", 0x20, 0, 0, 0) +
                struct.pack("=HBBI", 0x15, 0, 1, number) +
                struct.pack("=HBBI", 0x06, 0, 0, 0x00050000 | answer) +
                struct.pack("=HBBI", 0x06, 0, 0, 0x7fff0000))
        before = self.see(group="confinement")["seccomp.filters"]
        seen = self.see("--no-new-privs", "--seccomp", paths[0], "--seccomp",
                        paths[1], "--seccomp-flags=spec-allow",
                        group="confinement")
        if before.isdigit():
            self.assertEqual(int(seen["seccomp.filters"]), int(before) + 2)
        if platform.machine() == "x86_64":
            seen = self.see("--no-new-privs", "--seccomp", paths[0],
                            "--seccomp", paths[1], group="process")
            self.assertEqual(seen["pid"], "error:78")
        self.refuse("--seccomp-flags=log", PROBE, says="needs --seccomp")

    def test_a_landlock_ruleset_is_enforced(self):
        libc = ctypes.CDLL(None, use_errno=True)
        rights = ctypes.c_uint64(1 << 1)  # write to files
        fd = libc.syscall(444, ctypes.byref(rights), ctypes.c_size_t(8), 0)
        if fd < 0:
            reason = os.strerror(ctypes.get_errno())
            self.skipTest(f"no Landlock here: {reason}")
        self.addCleanup(os.close, fd)
        os.set_inheritable(fd, True)
        done = spawn("--no-new-privs", "--landlock-fd", fd, PROBE, "open",
                     "/dev/null", os.O_WRONLY, pass_fds=[fd])
        self.assertEqual((done.stderr, done.returncode), ("", 0))
        self.assertEqual(parse(done.stdout),
                         {"open./dev/null": f"error:{errno.EACCES}"})

    def printed(self, *arguments):
        """What the program prints, or a skip with what this kernel says."""
        done = spawn(*arguments)
        if done.returncode == 125:
            told = spawn("--report=json", *arguments).stderr
            # Of a mistake in the words there is no report.
            if told[:1] == "{" and json.loads(told)["errno"] in LACKING:
                self.skipTest(done.stderr.strip())
        self.assertEqual((done.stderr, done.returncode), ("", 0))
        return done.stdout

    def confined(self, *options, group="confinement"):
        return parse(self.printed(*options, PROBE, "print", group))

    @needs_capability(CAP_SYS_ADMIN)
    def test_new_namespaces_have_names_a_loopback_and_clocks(self):
        kinds = "uts,net,time"
        if not os.path.exists("/proc/self/ns/time"):
            kinds = "uts,net"
        seen = self.confined(f"--unshare={kinds}", "--hostname=inside",
                             "--domainname=nowhere", "--loopback")
        self.assertEqual(seen["domainname"], "nowhere")
        self.assertEqual(seen["loopback.up"], "1")
        if "time" not in kinds:
            return
        before = self.see(group="confinement")
        seen = self.confined(
            "--unshare=time",
            "--time-offset=monotonic=90000.5,boottime=80000")
        if seen["ns.time"] != before["ns.time"]:
            ahead = int(seen["monotonic"]) - int(before["monotonic"])
            self.assertTrue(90000 <= ahead < 90600, ahead)
            ahead = int(seen["boottime"]) - int(before["boottime"])
            self.assertTrue(80000 <= ahead < 80600, ahead)

    def test_a_decimal_below_zero_counts_downwards(self):
        before = time.clock_gettime(time.CLOCK_BOOTTIME)
        if before < 20 or not os.path.exists("/proc/self/ns/time"):
            self.skipTest("no time namespaces, or this machine is too young")
        told = self.printed(
            "--unshare=user,time", "--time-offset=boottime=-1.25", "cat",
            "/proc/self/timens_offsets")
        self.assertIn(["boottime", "-2", "750000000"],
                      [line.split() for line in told.splitlines()])

    def test_a_personality_is_a_sum(self):
        seen = self.confined("--personality=addr-no-randomize,linux32",
                             group="traits")
        self.assertEqual(seen["personality"], str(0x40008))
        seen = self.confined("--personality=linux", group="traits")
        self.assertEqual(seen["personality"], "0")

    def test_memory_comes_from_nodes(self):
        seen = self.confined("--memory-policy=bind:0")
        self.assertEqual((seen["memory_policy"], seen["memory_nodes"]),
                         ("2", "1"))
        # Before Linux 5.14 it is told as "preferred, but nowhere".
        self.assertIn(self.confined("--memory-policy=local")["memory_policy"],
                      ("1", "4"))

    def test_scheduling_attributes_are_set(self):
        nice = max(os.getpriority(os.PRIO_PROCESS, 0), 7)
        seen = self.confined(
            f"--sched-attr=policy=batch,nice={nice},reset-on-fork")
        self.assertEqual((seen["attr.policy"], seen["attr.flags"]), ("3", "1"))
        self.refuse("--sched=batch", "--sched-attr=policy=batch", PROBE,
                    says="only one of")

    def test_speculation_and_the_counter_are_turned_off(self):
        seen = self.confined("--speculation=store-bypass=off", group="traits")
        self.assertEqual(seen["spec.0"], "5")
        seen = self.confined("--tsc=off", group="traits")
        self.assertEqual(seen["tsc"], "2")

    def test_a_keyring_is_its_own(self):
        own = self.see(group="confinement")["keyring"]
        self.assertNotEqual(self.confined("--keyring")["keyring"], own)
        seen = self.confined("--keyring=spawn-test")
        self.assertTrue(seen["keyring.description"].endswith(";spawn-test"),
                        seen)

    @needs_capability(CAP_SYS_ADMIN)
    def test_inheritable_capabilities_and_ready_made_bits(self):
        seen = self.see("--inheritable-caps=kill,net_raw", group="caps")
        self.assertEqual(int(seen["cap.inheritable"], 16), 1 << 5 | 1 << 13)
        seen = self.see("--securebits=no_root_for_good", group="caps")
        self.assertEqual(seen["securebits"], str(0x2f))
        seen = self.see("--securebits=no_ambient_for_good", group="caps")
        self.assertEqual(seen["securebits"], str(0xef))

    def test_what_is_the_memorys_needs_a_fork(self):
        self.refuse("--memory=coredump-filter=0x11", PROBE,
                    says="shares with its caller")
        seen = self.confined("--allow-fork", "--memory=coredump-filter=0x11",
                             group="traits")
        self.assertEqual(seen["coredump_filter"], "00000011")

    def test_what_the_kernel_lacks_is_told_by_query(self):
        done = spawn("--new-core", "--query")
        there = spawn("--new-core", "true").returncode == 0
        self.assertEqual("this kernel  core scheduling: " in done.stdout,
                         not there, done.stdout)
        done = spawn("--personality=linux", "--query")
        self.assertNotIn("this kernel", done.stdout)

    def test_a_landlock_descriptor_that_is_none_is_refused(self):
        with open("/dev/null", "rb") as file:
            done = spawn("--report=json", "--landlock-fd", file.fileno(),
                         PROBE, "exit", 0, pass_fds=[file.fileno()])
        self.assertEqual(done.returncode, 125)
        self.assertEqual(json.loads(done.stderr)["step"], "landlock")


class Start(Test):
    def test_by_a_named_backend(self):
        for backend in "clone", "vfork", "posix_spawn", "fork":
            told, status = self.report("--backend", backend, "--inherit-fds",
                                       PROBE, "exit", 0)
            self.assertEqual((told["backend"], status), (backend, 0))

    def test_never_forks_unless_it_may(self):
        forks = "fork" + " " * 9 + "can"
        self.assertIn("would use: clone\n", spawn("--query").stdout)
        self.assertIn(forks, spawn("--query", "--backend=fork").stdout)
        told, _ = self.report("--allow-fork", PROBE, "exit", 0)
        self.assertEqual(told["backend"], "clone")

    def test_query_says_who_declines_and_why(self):
        done = spawn("--query", "--umask=022", "--no-new-privs")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = dict(line.split(None, 1) for line in
                     done.stdout.splitlines()[1:])
        self.assertEqual(set(lines), {"clone", "vfork", "posix_spawn",
                                      "fork"})
        self.assertEqual((lines["clone"], lines["vfork"]), ("can", "can"))
        self.assertNotEqual(lines["posix_spawn"], "can")
        self.assertIn("umask", lines["posix_spawn"])

    def test_query_of_options_without_a_meaning_is_refused(self):
        self.refuse("--query", "--ignore-signal=HUP", "--default-signal=HUP",
                    says="signal")

    def test_a_pidfd_is_held(self):
        told, _ = self.report("--pidfd", PROBE, "exit", 0)
        self.assertIs(told["pidfd"], True)
        told, _ = self.report(PROBE, "exit", 0)
        self.assertIs(told["pidfd"], False)


class Report(Test):
    def test_of_a_start_is_one_json_object(self):
        told, status = self.report(PROBE, "exit", 3)
        self.assertEqual(status, 3)
        self.assertEqual(told["program"], PROBE)
        self.assertEqual((told["exit_status"], told["signal"]), (3, None))
        self.assertEqual((told["retries"], told["backend"]), (0, "clone"))
        self.assertIsInstance(told["fallbacks"], list)
        for key in ("pid", "start_us", "run_us", "max_rss_kib",
                    "minor_faults"):
            self.assertGreater(told[key], 0, key)
        for key in ("user_us", "system_us", "major_faults",
                    "voluntary_switches", "involuntary_switches"):
            self.assertGreaterEqual(told[key], 0, key)

    def test_of_a_killed_program_tells_the_signal(self):
        told, status = self.report(PROBE, "kill", 9)
        self.assertEqual((told["exit_status"], told["signal"]), (None, 9))
        self.assertEqual(status, -signal.SIGKILL)

    def test_of_a_failure_tells_step_index_and_errno(self):
        told, status = self.report("-C", "/nonexistent", PROBE)
        self.assertEqual(status, 125)
        self.assertEqual((told["step"], told["index"], told["errno"]),
                         ("cwd", -1, errno.ENOENT))
        self.assertEqual((told["backend"], told["signal"]), ("clone", 0))
        self.assertIn("/nonexistent", told["error"])
        told, status = self.report("--fd", "5=null", "--fd",
                                   "4=read:/nonexistent", PROBE)
        self.assertEqual((told["step"], told["index"]), ("fd", 1))

    def test_is_json_whatever_the_program_is_called(self):
        for name in 'a"b\\c\n', b"\xff\xc3(\xed\xa0\x80", "\u00e9\U0001f600":
            done = subprocess.run(
                [SPAWN.encode(), b"--report=json", b"--", os.fsencode(name)],
                capture_output=True, timeout=60, stdin=subprocess.DEVNULL,
                env=os.environ | {"PATH": "/"})
            told = json.loads(done.stderr.decode("utf-8"))
            self.assertEqual(done.returncode, 127)
            if isinstance(name, str):
                self.assertEqual(told["program"], name)
            else:
                self.assertIn("\ufffd(", told["program"])

    def test_is_text_on_request(self):
        for option in "--report", "--report=text":
            done = spawn(option, PROBE, "kill", 9)
            lines = [line.split(None, 1) for line in
                     done.stderr.splitlines()]
            self.assertEqual([words[0] for words in lines],
                             ["spawn:", "pid", "backend", "started", "ran",
                              "exit", "processor", "memory", "faults",
                              "switches"])
            self.assertIn("SIGKILL", lines[5][1])
        done = spawn("--report", "-C", "/nonexistent", PROBE)
        self.assertRegex(done.stderr, r"(?m)\Aspawn: cwd.*\n  step +cwd")
        self.assertEqual(done.returncode, 125)


class Help(Test):
    def test_is_a_page_as_wide_as_a_terminal(self):
        done = spawn("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)
        self.assertLessEqual(len(done.stdout.splitlines()), 66)
        self.assertEqual(spawn("-h").stdout, done.stdout)
        every = spawn("--help=all").stdout
        self.assertLessEqual(max(map(len, every.splitlines())), 80)
        named = set(re.findall(r"--([a-z0-9-]+)", done.stdout))
        self.assertEqual(set(re.findall(r"(?m)^ {2,6}(?:-\w, )?--([a-z0-9-]+)",
                                        every)) - named, set())
        done = spawn("--help=some")
        self.assertEqual(done.returncode, 125)
        self.assertIn("expected nothing, or all", done.stderr)

    def test_and_the_man_page_tell_of_the_same_options(self):
        page = (ROOT / "docs/spawn.1").read_text()
        described = re.findall(r"^\.It (?:Fl \w , )?Fl -([a-z0-9-]+)", page,
                               re.M)
        printed = re.findall(r"^ {2,6}(?:-\w, )?--([a-z0-9-]+)",
                             spawn("--help=all").stdout, re.M)
        self.assertEqual(described, printed)
        self.assertGreaterEqual(len(printed), 50)

    # A command line names one program, counts no rows, and has nobody to keep
    # the caller's end of a pair of sockets.
    FOR_RUNTIMES = {"LIBSPAWN_FD_SOCKET", "LIBSPAWN_FD_SKIP", "keep_fds",
                    "keep_count", "search_paths", "search_default",
                    "reserved"}

    def test_leaves_out_no_option_of_the_library(self):
        header = (ROOT / "include/libspawn.h").read_text()
        tool = "".join(path.read_text()
                       for path in sorted((ROOT / "tools").glob("*.c")))
        body = header[header.index("\nstruct libspawn_options {"):]
        body = re.sub(r"/\*.*?\*/", "", body[:body.index("\n};")], flags=re.S)
        fields = re.findall(r"(\w+);", body)
        flags = re.findall(r"#define (LIBSPAWN_\w+) \(UINT64_C", header)
        kinds = re.findall(r"^\t(LIBSPAWN_FD_\w+) = \d", header, re.M)
        self.assertGreater(min(len(fields) // 2, len(flags), len(kinds)), 7)
        # For who calls libspawn_begin(), and who waits by libspawn_wait().
        others = {"LIBSPAWN_HOLD", "LIBSPAWN_POLL_FD",
                  "LIBSPAWN_INTERRUPTIBLE"}
        for word in {*flags, *kinds} - self.FOR_RUNTIMES - others:
            self.assertIn(word, tool)
        # All filters are in the list.
        in_lists = {"seccomp", "seccomp_count"}
        for field in set(fields) - self.FOR_RUNTIMES - in_lists:
            self.assertRegex(tool, rf"options(->|\.){field}\b|= {field},")

    def test_version_is_the_librarys(self):
        for option in "-V", "--version":
            self.assertRegex(spawn(option).stdout,
                             r"\Aspawn \(libspawn\) \d+\.\d+\.\d+\n\Z")

    def test_that_cannot_be_printed_is_an_error(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([SPAWN, "--help"], stdout=full, timeout=60,
                                  stderr=subprocess.PIPE, encoding="utf-8")
        self.assertEqual(done.returncode, 125)
        self.assertIn(os.strerror(errno.ENOSPC), done.stderr)


if __name__ == "__main__":
    verdict.main(verbosity=2)
