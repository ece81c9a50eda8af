#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The spawn program under a caller that means it ill: closed and missing
descriptors, no words, limits, an environment of nonsense, terminals and files
that are none. It ends with 125 and a sentence, and does nothing else.

usage: test_caller.py SPAWN PROBE
"""
import ctypes
import os
import resource
import subprocess

import tried
import verdict
from tried import PROBE, SPAWN

MISSING = "/nonexistent/program"


def run(*words, **more):
    more.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([SPAWN, *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60,
                          errors="replace", check=False, **more)


class Caller(tried.Case):
    def refused(self, done, *says):
        self.assertEqual(done.returncode, 125, done.stderr)
        self.assertRegex(done.stderr, r"\Aspawn: [^\n]+\n\Z")
        for words in says:
            self.assertIn(words, done.stderr)

    def test_who_has_closed_0_to_2_gets_no_complaint_into_a_file(self):
        """What spawn opens itself is not on 0 to 2, where it would write."""
        nowhere = os.open("/dev/null", os.O_WRONLY)
        self.addCleanup(os.close, nowhere)
        for closed in ((0,), (1,), (2,), (0, 1, 2)):
            victim = self.folder / "victim"
            victim.write_text("precious\n")
            pid = os.fork()
            if pid == 0:
                os.dup2(nowhere, 2)
                for fd in closed:
                    os.close(fd)
                os.execv(SPAWN, [SPAWN, f"--fd=5=append:{victim}",
                                 f"--pidfile={self.folder}/pid", MISSING])
            _, status = os.waitpid(pid, 0)
            self.assertEqual(os.waitstatus_to_exitcode(status), 127)
            self.assertEqual(victim.read_text(), "precious\n")
            self.assertFalse((self.folder / "pid").exists())

    def test_who_gives_no_words_at_all_is_told(self):
        libc = ctypes.CDLL(None)
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.dup2(writing, 2)
            none = (ctypes.c_char_p * 1)(None)
            libc.execve(SPAWN.encode(), none, none)
            os._exit(1)
        os.close(writing)
        with open(reading) as complaint:
            text = complaint.read()
        _, status = os.waitpid(pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 125, text)
        self.assertIn("no PROGRAM", text)

    def test_whose_environment_names_no_backend_is_told(self):
        done = run(PROBE, "exit", "0", env={"LIBSPAWN_BACKEND": "nonsense"})
        self.refused(done, "backend")

    def test_whose_environment_is_no_environment_hands_it_on(self):
        strange = {"A\x01B": "\udcff", "PATH": ":" * 5000}
        done = run(PROBE, "print", "env", env=strange)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_who_allows_no_descriptor_is_told(self):
        # A leak detector needs descriptors of its own at the end.
        quiet = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
        for most in range(3, 6):
            done = run("--pidfd", "--stdin=/dev/null", PROBE, "exit", "0",
                       env=quiet, preexec_fn=lambda n=most: resource.setrlimit(
                           resource.RLIMIT_NOFILE, (n, n)))
            self.assertIn(done.returncode, (0, 125, 127), done.stderr)
            if done.returncode:
                self.assertRegex(done.stderr, r"\S")

    def test_who_allows_no_file_to_grow_loses_no_pid_file(self):
        old = self.folder / "pid"
        old.write_text("12345\n")
        done = run(f"--pidfile={old}", MISSING,
                   preexec_fn=lambda: resource.setrlimit(
                       resource.RLIMIT_FSIZE, (0, 0)))
        self.assertEqual(done.returncode, 127, done.stderr)
        self.assertEqual(old.read_text(), "12345\n")

    def test_whose_words_are_no_text_is_quoted_and_refused(self):
        for words in (["--fd=\udcff=null"], ["--\udcfe"], ["--umask=9" * 400],
                      ["--rlimit=" + "," * 3000], ["--nice=" + "1" * 2000],
                      ["--groups=" + "1," * 60000 + "x"]):
            done = run(*words, "--", PROBE, "exit", "0")
            self.assertEqual(done.returncode, 125, words[0][:20])
            self.assertEqual(done.stdout, "")

    def test_whose_program_has_a_strange_name_gets_json_all_the_same(self):
        done = run("--report=json", "--", "/\udcff\"\\\n\x01")
        self.assertEqual(done.returncode, 127)
        self.assertRegex(done.stderr, r"\A\{[^\n]*\}\n\Z")
        self.assertIn("\\ufffd", done.stderr)


if __name__ == "__main__":
    verdict.main()
