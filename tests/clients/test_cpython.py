#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""CPython's own tests of starting programs pass and fail alike with
libspawn-posix preloaded and without; posix_spawn() is forced on in both.

usage: test_cpython.py LIBRARY ROOT
"""
import collections
import concurrent.futures
import pathlib
import unittest
import xml.etree.ElementTree

import proof
import verdict

PYTHON = "/usr/bin/python3"
FORCED = pathlib.Path(__file__).resolve().parent / "forced"
TESTS = ["test_subprocess", "test_posix", "test_os", "test_popen"]
PRELOADED = {"LD_PRELOAD": str(proof.LIBRARY)}
# How often what differs is tried again: some cases have times that a busy
# machine misses.
TRIES = 3


def outcome(case):
    """How a test ended, as a word."""
    for child in case:
        if child.tag in ("skipped", "failure", "error"):
            return child.tag
    return "passed"


def outcomes(path):
    tree = xml.etree.ElementTree.parse(path)
    return {case.get("name"): outcome(case) for case in tree.iter("testcase")}


def differing(plain, ours):
    return {name: (plain.get(name), ours.get(name))
            for name in {**plain, **ours} if plain.get(name) != ours.get(name)}


class CPython(proof.Clients):
    timeout = 560

    def setUp(self):
        super().setUp()
        self.needs_tests()

    def needs_tests(self):
        self.folder.mkdir()
        done = self.execute([PYTHON, "-c", "import test.test_subprocess"], {})
        if done.returncode:
            self.skipTest("not installed: the testsuite of Python")

    def run_tests(self, name, variables, cases=()):
        """All, or these; in a folder of its own: they mostly wait, so several
        run at once."""
        folder = self.folder / name
        folder.mkdir()
        self.execute(
            [PYTHON, "-m", "test", "--junit-xml", folder / "made.xml",
             "--tempdir", folder,
             *(word for case in cases for word in ("--match", case)), *TESTS],
            dict(variables, PYTHONPATH=str(FORCED),
                 PYTHONDONTWRITEBYTECODE="1"))
        return outcomes(folder / "made.xml")

    def test_its_own_tests_pass_alike(self):
        # A trace takes the lowest free descriptor, which some tests look at:
        # it proves that they come by, and counts for nothing else.
        folder, settings = self.traces()
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            runs = [pool.submit(self.run_tests, "plain", {}),
                    pool.submit(self.run_tests, "ours", PRELOADED),
                    pool.submit(self.run_tests, "traced", settings)]
            plain, ours, _ = [run.result() for run in runs]
        for number in range(TRIES):
            cases = differing(plain, ours)
            if cases:
                print(f"again: {cases}", flush=True)
                plain.update(self.run_tests(f"plain-{number}", {}, cases))
                ours.update(self.run_tests(f"ours-{number}", PRELOADED, cases))
        self.report(ours)
        self.assertEqual(differing(plain, ours), {}, "(without, with)")
        self.assert_reaches(proof.Trace(folder), "python3", "posix_spawn",
                            "posix_spawnp")

    def report(self, ours):
        counts = collections.Counter(ours.values())
        print(", ".join(f"{count} {word}"
                        for word, count in sorted(counts.items())))
        print("not passed:", *(name for name, word in ours.items()
                               if word in ("failure", "error")), flush=True)
        self.assertGreater(counts["passed"], 600)


if __name__ == "__main__":
    verdict.main(verbosity=2)
