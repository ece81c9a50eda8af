#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""spawn --sandbox and the options it stands for, as their user has them.

usage: test_sandbox.py SPAWN PROBE

Where bubblewrap is here, the probe must see in a sandbox of one start what it
sees in bubblewrap's of the same plan: as root, and as a user without rights.
"""
import ctypes
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

import verdict

SPAWN, PROBE = map(os.path.realpath, sys.argv[1:3])
NOBODY = 65534
ALL = "user,mount,pid,ipc,uts,net,cgroup"
GROUPS = ["ids", "maps", "caps", "containment", "process", "fds", "namespaces",
          "mounts", "dirs"]
# O_CREAT | O_WRONLY, O_DIRECTORY
CREATE, DIRECTORY = "65", "65536"
TRIES = [("/new", CREATE), ("/etc/new", CREATE), ("/tmp/new", CREATE),
         ("/dev/null", "2"), ("/dev/zero", "0"), ("/dev/ptmx", "2"),
         ("/dev/kmsg", "0"), ("/dev/shm/new", CREATE), ("/dev/fd/0", "0"),
         ("/proc/1/root/etc", DIRECTORY), ("/proc/1/root/tmp/new", CREATE),
         ("/proc/self/root/new", CREATE), ("/../../new", CREATE),
         ("/proc/sys/kernel/hostname", "1"), ("/proc/sysrq-trigger", "1"),
         ("/proc/3", DIRECTORY), ("/proc/1/fd/0", "0"), ("/proc/1/mem", "2"),
         ("/sys/kernel/new", CREATE)]


class Case:
    """A folder outside of /tmp, with copies that every user may execute."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="libspawn-", dir="/var/tmp")
        os.chmod(self.folder, 0o755)
        self.probe = shutil.copy(PROBE, self.folder + "/probe")

    def close(self):
        shutil.rmtree(self.folder)


def run(command, uid=None, **settings):
    """As this user, without groups."""
    who = {} if uid is None else {"user": uid, "group": uid,
                                  "extra_groups": []}
    return subprocess.run([str(word) for word in command], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, check=False,
                          **who, **settings)


def words_of(tries=()):
    """What the probe is to do: print, then open."""
    opened = [word for path, flags in tries
              for word in ("open", path, flags)]
    return ["print", *GROUPS, "then", *opened]


def parse(text):
    """{key: value}, of several the first."""
    seen = {}
    for line in text.splitlines():
        key, _, value = line.partition("=")
        seen.setdefault(key, value)
    return seen


def users():
    """Root, if this is root, and a user."""
    return [None, NOBODY] if os.getuid() == 0 else [None]


def may_have_sandboxes(uid):
    done = run([SPAWN, "--new-ns", ALL, "--own-ids", "--query"], uid)
    answer = [line for line in done.stdout.splitlines()
              if line.startswith("this system")]
    return answer and answer[0].split(None, 2)[2] == "can", answer


class Sandbox(unittest.TestCase):
    def setUp(self):
        self.case = Case()
        self.addCleanup(self.case.close)

    def need(self, uid):
        can, answer = may_have_sandboxes(uid)
        if not can:
            self.skipTest(f"no sandbox for {uid or 'this user'}: {answer}")

    def see(self, command, uid=None, tries=TRIES, **settings):
        done = run([*command, self.case.probe, *words_of(tries)], uid,
                   **settings)
        self.assertEqual((done.returncode, done.stderr), (0, ""), command)
        return parse(done.stdout)


class Equals(Sandbox):
    """The same plan, by bubblewrap and by one start."""
    OURS = ["--new-ns", ALL, "--own-ids", "--init", "--no-new-privs",
            "--bounding-set", "none",
            "--mount", "/=remount,ro,nosuid,recursive",
            "--mount", "/proc=proc", "--mount", "/dev=dev",
            "--mount", "/tmp=tmpfs", "-C", "/"]
    THEIRS = ["--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc",
              "--dev", "/dev", "--tmpfs", "/tmp", "--chdir", "/"]
    # Namespaces and devices have numbers of their own each time.
    OWN = ("ns.", "root.id", "cwd.id", "fd.", "hostname", "first", "pgid",
           "sid", "mount.", "peers.", "uid_map", "gid_map", "dumpable")
    # Where ours has less: its first process has nothing open; and no
    # capability is left, of which root keeps all in the other's.
    LESS = {"open./proc/1/fd/0": "error:", "cap.bounding": "0" * 16,
            "cap.effective": "0" * 16, "cap.permitted": "0" * 16}

    def see_ours(self, uid):
        """Until its first process has become the one of the library's own,
        nothing of it is seen: looks again."""
        for _ in range(100):
            seen = self.see([SPAWN, *self.OURS], uid)
            if seen["first"] != "error:13":
                return seen
        return self.fail("the first process stays hidden")

    def compare(self, uid):
        bwrap = shutil.which("bwrap")
        if not bwrap:
            self.skipTest("bubblewrap is not here")
        if run([bwrap, *self.THEIRS, self.case.probe, "exit", 0],
               uid).returncode:
            self.skipTest("bubblewrap makes no sandbox here")
        self.need(uid)
        theirs = self.see([bwrap, *self.THEIRS], uid)
        ours = self.see_ours(uid)
        for key in sorted(theirs.keys() | ours.keys()):
            if key in self.LESS:
                self.assertTrue(ours[key].startswith(self.LESS[key]), key)
            elif not key.startswith(self.OWN):
                self.assertEqual(ours.get(key), theirs.get(key), key)
        self.compare_mounts(ours, theirs)
        self.compare_namespaces(ours)

    def compare_mounts(self, ours, theirs):
        """The same places, file systems, and which are read-only.

        But for devices, which can be written to on a read-only mount, too.
        """
        def mounts(seen):
            return {key: (value.split(",")[0] if "dev/" not in key else "",
                          value.split()[-1])
                    for key, value in seen.items()
                    if key.startswith("mount.")
                    # Of root it covers some; here --sandbox does.
                    and not key.startswith("mount./proc/")}
        own = mounts(ours)
        for key, value in mounts(theirs).items():
            # It mounts nothing on what it has hidden; in ours that is there
            # still, under the new /dev, /proc and /tmp.
            self.assertEqual(own.get(key), value, key)

    def compare_namespaces(self, ours):
        for key, value in ours.items():
            if key.startswith("ns."):
                own = os.readlink("/proc/self/ns/" + key[3:])
                self.assertNotEqual(value, own, key)

    def test_as_root(self):
        self.compare(None)

    def test_as_a_user(self):
        if os.getuid() != 0:
            self.skipTest("this is a user already")
        self.compare(NOBODY)


class ShortForm(Sandbox):
    def test_lets_write_where_it_is_and_in_tmp_alone(self):
        for uid in users():
            self.need(uid)
            for place in "/var/tmp", "/tmp":
                folder = tempfile.mkdtemp(prefix="libspawn-", dir=place)
                self.addCleanup(shutil.rmtree, folder)
                os.chmod(folder, 0o777)
                seen = self.see([SPAWN, "--sandbox"], uid,
                                [("here", CREATE), *TRIES], cwd=folder)
                self.assertEqual(seen["open.here"], "ok")
                self.assertTrue(pathlib.Path(folder, "here").exists())
                self.assertEqual(seen["cwd"], folder)
                self.assertEqual(seen["open./new"], "error:30")
                self.assertEqual(seen["open./tmp/new"], "ok")
                self.assertFalse(pathlib.Path("/tmp/new").exists())
                self.assertEqual(seen["cap.effective"], "0" * 16)
                self.assertEqual(seen["no_new_privs"], "1")
                self.assertEqual((seen["pid"], seen["ppid"]), ("2", "1"))

    def test_leaves_no_way_to_the_kernels_settings(self):
        self.need(None)
        seen = self.see([SPAWN, "--sandbox"], cwd="/", tries=[
            ("/proc/sys/kernel/core_pattern", "1"),
            ("/proc/sys/kernel/hostname", "1")])
        for key in seen:
            if key.startswith("open."):
                # Of a user, 13.
                self.assertIn(seen[key], ("error:30", "error:13"), key)

    def test_keeps_the_network_if_asked_to(self):
        self.need(None)
        own = os.readlink("/proc/self/ns/net")
        for option, keeps in ("--sandbox", False), ("--sandbox=net", True):
            seen = self.see([SPAWN, option], cwd="/", tries=())
            self.assertEqual(seen["ns.net"] == own, keeps, option)

    def test_ends_as_the_program_does(self):
        self.need(None)
        probe = self.case.probe
        self.assertEqual(
            run([SPAWN, "--sandbox", probe, "exit", 7], cwd="/").returncode, 7)
        self.assertEqual(
            run([SPAWN, "--sandbox", probe, "kill", 9],
                cwd="/").returncode, 137)

    def test_says_what_is_missing(self):
        done = run([SPAWN, "--sandbox", "/nonexistent"], cwd="/")
        self.assertEqual(done.returncode, 127)
        self.assertIn("No such file", done.stderr)


class WaysOut(Sandbox):
    """ways_out.py finds none; what leads to the caller outside of it does."""
    OUTSIDE = ["the caller in /proc", "a signal to the caller",
               "tracing the caller", "a port of the caller's",
               "an abstract socket"]
    KEYS = ["a key by its number", "a key by its name"]

    def setUp(self):
        super().setUp()
        name = f"libspawn-{os.getpid()}"
        self.ends = [socket.create_server(("127.0.0.1", 0)),
                     socket.socket(socket.AF_UNIX)]
        for end in self.ends:
            self.addCleanup(end.close)
        self.ends[1].bind("\0" + name)
        self.ends[1].listen()
        victim = subprocess.Popen(["sleep", "1000"])
        self.addCleanup(victim.wait)
        self.addCleanup(victim.kill)
        self.script = shutil.copy(
            pathlib.Path(__file__).parent / "ways_out.py", self.case.folder)
        os.chmod(self.script, 0o755)
        self.world = [victim.pid, self.ends[0].getsockname()[1], name,
                      self.make_key()]

    def make_key(self):
        """A key of this session, which its children have too; 0: none."""
        libc = ctypes.CDLL(None)
        if os.uname().machine != "x86_64" or libc.syscall(250, 1, 0) < 0:
            return 0
        return max(0, libc.syscall(248, b"user", b"libspawn:outside", b"x", 1,
                                   ctypes.c_long(-3)))

    def tried(self, before, ways=(), uid=None):
        done = run([*before, "/usr/bin/python3", self.script, *self.world,
                    *ways], uid, cwd="/")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def test_out_of_the_short_form(self):
        for uid in users():
            self.need(uid)
            seen = self.tried([SPAWN, "--sandbox"], uid=uid)
            self.assertGreater(len(seen), 40)
            for way, what in seen.items():
                self.assertNotEqual(what, "out", (way, uid))

    def test_they_lead_there_from_outside(self):
        seen = self.tried([], self.OUTSIDE)
        self.assertEqual(set(seen.values()), {"out"}, seen)
        if self.world[3] == 0:
            print("not compared: no keyrings here", file=sys.stderr)
        else:
            seen = self.tried([], self.KEYS)
            self.assertEqual(set(seen.values()), {"out"}, seen)

    def test_into_the_terminal(self):
        """The tool's own terminal is standard input of both."""
        self.need(None)
        done = run([SPAWN, "--pty", "--", SPAWN, "--sandbox",
                    "/usr/bin/python3", self.script, *self.world,
                    "typing into the terminal"], cwd="/")
        seen = json.loads(done.stdout)
        self.assertIn(seen["typing into the terminal"], ("EPERM", "EIO"))


class Loopback(Sandbox):
    SCRIPT = ("import socket; s = socket.create_server(('127.0.0.1', 0)); "
              "socket.create_connection(s.getsockname()).close()")

    def test_is_up(self):
        for uid in users():
            self.need(uid)
            done = run([SPAWN, "--sandbox", "/usr/bin/python3", "-c",
                        self.SCRIPT], uid, cwd="/")
            self.assertEqual((done.returncode, done.stderr), (0, ""))


class Helpers(Sandbox):
    """newuidmap(1) and newgidmap(1), which read files that are mounted over
    those of the system in a namespace of the test's own."""

    def test_give_what_the_administrator_wrote_down(self):
        if os.getuid() != 0 or shutil.which("newuidmap") is None:
            self.skipTest("no root, or no newuidmap(1) here")
        self.need(NOBODY)
        rows = []
        for name, first in ("subuid", 300000), ("subgid", 400000):
            path = pathlib.Path(self.case.folder, name)
            path.write_text(f"{NOBODY}:{first}:65536\n")
            if not os.path.exists(f"/etc/{name}"):
                self.skipTest(f"no /etc/{name} here")
            rows += ["--mount", f"/etc/{name}=bind:{path}"]
        maps = ["--map", f"uid:0:{NOBODY}", "--map", "uid:1:300000:1000",
                "--map", f"gid:0:{NOBODY}", "--map", "gid:1:400000:1000"]
        # Not --uid, which would drop the sets-user-ID of what comes after.
        asks = [SPAWN, "--new-ns", "mount", *rows, "--uid", NOBODY,
                "--gid", NOBODY, "--groups=", "--",
                SPAWN, "--new-ns", "user,pid", *maps, "--id-helpers", "--",
                self.case.probe, *words_of()]
        done = run(asks)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        seen = parse(done.stdout)
        self.assertEqual(seen["uid"], "0,0,0")
        self.assertEqual(seen["uid_map"], f"0 {NOBODY} 1,1 300000 1000")
        self.assertEqual(seen["gid_map"], f"0 {NOBODY} 1,1 400000 1000")
        self.assertEqual(seen["setgroups"], "allow")
        # What is not written down is refused.
        asks[asks.index("uid:1:300000:1000")] = "uid:1:500000:1000"
        done = run(asks)
        self.assertEqual(done.returncode, 125)
        self.assertIn("uid map", done.stderr)
        self.assertIn("/etc/subuid", done.stderr)


class Options(Sandbox):
    def test_mounts_are_read_word_by_word(self):
        self.need(None)
        folder = self.case.folder
        os.mkdir(folder + "/in")
        seen = self.see(
            [SPAWN, "--new-ns", "user,mount", "--own-ids",
             "--mount", f"{folder}/in=tmpfs,noexec:size=64k",
             "--mount", f"{folder}/in/a=dir",
             "--mount", f"{folder}/in/b=symlink:a",
             "--mount", f"{folder}/in/c=bind,create-file:{folder}/probe",
             "--mount", f"{folder}/in/d=bind,create,recursive:{folder}",
             "-C", folder + "/in"],
            tries=[("a", DIRECTORY), ("b", DIRECTORY), ("c", "0"),
                   ("d/probe", "0")])
        for name in "a", "b", "c", "d/probe":
            self.assertEqual(seen["open." + name], "ok", name)
        self.assertIn("noexec", seen[f"mount.{folder}/in"])

    def test_mounts_come_to_whom_it_says(self):
        self.need(None)
        inner, other = (f"{self.case.folder}/{name}" for name in ("in", "out"))
        os.mkdir(inner)
        os.mkdir(other)
        asks = [SPAWN, "--new-ns", "user,mount", "--own-ids",
                "--mount", f"{inner}=tmpfs",
                "--mount", f"{inner}/null=bind,create-file,nodev:/dev/null",
                "--mount", f"{inner}=shared",
                "--mount", f"{other}=bind:{inner}"]
        for words, peers in [([], "shared"),
                             (["--mount", f"{other}=slave"], "master"),
                             (["--mount", f"{other}=private"], "")]:
            seen = self.see([*asks, *words], tries=[(f"{inner}/null", "1")])
            self.assertEqual(seen[f"peers.{inner}"], "shared")
            self.assertEqual(seen[f"peers.{other}"], peers)
            self.assertEqual(seen[f"open.{inner}/null"], "error:13")
            self.assertIn("nodev", seen[f"mount.{inner}/null"])

    def test_a_map_may_make_it_root(self):
        self.need(None)
        seen = self.see([SPAWN, "--new-ns", "user", "--map",
                         f"uid:0:{os.getuid()}", "--map",
                         f"gid:0:{os.getgid()}:1"], tries=())
        self.assertEqual(seen["uid"], "0,0,0")
        self.assertEqual(seen["setgroups"], "deny")

    def test_mistakes_are_named(self):
        for option, text in [
                ("--mount=tmp=tmpfs", "expected /WHERE=WHAT"),
                ("--mount=/tmp=tempfs", "'tempfs' is not one of bind"),
                ("--mount=/tmp=tmpfs,rx", "'rx' is not one of ro"),
                ("--mount=/tmp=bind", "nothing after ':'"),
                ("--mount=/tmp=dev:x", "takes nothing after ':'"),
                ("--map=1", "expected INSIDE:OUTSIDE"),
                ("--map=1:2:3:4", "too many numbers"),
                ("--new-ns=tree", "'tree' is not a namespace"),
                ("--sandbox=home", "'home' is not one of net")]:
            done = run([SPAWN, option, "true"])
            self.assertEqual(done.returncode, 125, option)
            self.assertIn(text, done.stderr)

    def test_a_directory_that_would_be_hidden_is_named(self):
        for where in "/dev/shm", "/proc/self":
            if not os.path.isdir(where):
                continue
            done = run([SPAWN, "--sandbox", "--chdir", where, "true"])
            self.assertEqual(done.returncode, 125)
            self.assertIn("is hidden by a new", done.stderr)

    def test_what_needs_another_is_named(self):
        for options, step in [
                (["--own-ids"], "uid map"),
                (["--mount", "/tmp=tmpfs"], "mount"),
                (["--init"], "init"),
                (["--deny-setgroups"], "setgroups")]:
            done = run([SPAWN, *options, "true"])
            self.assertEqual(done.returncode, 125)
            self.assertIn(f"spawn: {step}: Invalid argument", done.stderr)

    def test_the_system_is_asked(self):
        done = run([SPAWN, "--new-ns", "user", "--query"])
        self.assertRegex(done.stdout, r"(?m)^this system  ")
        done = run([SPAWN, "--query"])
        self.assertNotIn("this system", done.stdout)

    def test_asking_leaves_no_file(self):
        with tempfile.TemporaryDirectory() as folder:
            rows = [word for row in (f"{folder}/d=dir", f"{folder}/l=symlink:/")
                    for word in ("--mount", row)]
            done = run([SPAWN, "--new-ns", "user,mount", "--own-ids", *rows,
                        "--query"])
            self.assertIn("these are not tried", done.stdout)
            self.assertEqual([], os.listdir(folder))


# Counts SIGUSR1, until a child asks the first process, which takes the lowest
# signal first, for SIGUSR2.
COUNTER = """
import os, signal
seen = []
signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
os.killpg(0, signal.SIGUSR1)
child = os.fork()
if child == 0:
    os.kill(1, signal.SIGUSR2)
    os._exit(0)
signal.sigwait({signal.SIGUSR2})
print(len(seen))
"""


class FirstProcess(Sandbox):
    """Of the library's own: --init."""

    def test_does_not_hand_back_what_the_program_sends(self):
        self.need(None)
        for option in "--pgroup", "--setsid":
            done = run([SPAWN, "--new-ns", "user,pid", "--own-ids", "--init",
                        option, sys.executable, "-c", COUNTER])
            self.assertEqual((done.stdout, done.stderr), ("1\n", ""))

    def test_hands_on_the_end_of_its_terminal(self):
        """Nobody reads what is shown there."""
        self.need(None)
        reading, writing = os.pipe()
        os.close(reading)
        with open(writing, "wb") as nowhere:
            done = subprocess.run(
                [SPAWN, "--sandbox", "--pty", "sh", "-c",
                 "echo; exec sleep 1000"], stdin=subprocess.DEVNULL,
                stdout=nowhere, stderr=subprocess.PIPE, timeout=60,
                check=False)
        self.assertIn(done.returncode, (128 + signal.SIGHUP, 125), done.stderr)


if __name__ == "__main__":
    verdict.main(argv=sys.argv[:1], verbosity=2)
