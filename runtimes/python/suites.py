#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""CPython's own suites, stock and with libspawn installed, case by case.

usage: suites.py [SUITE...]

Prints each case whose outcome differs, how many there were, and how many starts
went through libspawn; exits with 1 if any differs or none went through. 77: the
suites are not here (Debian: libpython3-testsuite).
"""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SUITES = ["test_subprocess", "test_asyncio.test_subprocess", "test_popen",
          "test_pty", "test_posix", "test_os", "test_shutil"]
#: Those that take minutes.
LONG = ["test_multiprocessing_spawn", "test_multiprocessing_forkserver",
        "test_concurrent_futures", "test_venv"]
TIMEOUT = 900


class Outcomes(unittest.TextTestResult):
    """Writes down how each case ended."""

    told: dict[str, str] = {}

    def addSuccess(self, test):
        super().addSuccess(test)
        self.told.setdefault(test.id(), "passed")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.told.setdefault(test.id(), "skipped")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.told[test.id()] = "failed"

    def addError(self, test, err):
        super().addError(test, err)
        self.told[test.id()] = "failed"

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.told[test.id()] = "failed"


def run_one(suite, output, installs):
    """In a process of its own: what is installed stays there."""
    import libspawn
    if installs:
        libspawn.install()
    tests = unittest.defaultTestLoader.loadTestsFromName(f"test.{suite}")
    unittest.TextTestRunner(resultclass=Outcomes).run(tests)
    pathlib.Path(output).write_text(json.dumps(
        {"started": libspawn.started(), "outcomes": Outcomes.told}))


def outcomes(suite, installs):
    """How each case ended, and the number of starts through libspawn."""
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder, "outcomes")
        log = pathlib.Path(folder, "log")
        # In a folder of its own, since suites leave files and look for them.
        with open(log, "wb") as file:
            subprocess.run(
                [sys.executable, "-B", __file__, "--one", suite, output,
                 "installed" if installs else "stock"],
                cwd=folder, stdin=subprocess.DEVNULL, stdout=file,
                stderr=subprocess.STDOUT, timeout=TIMEOUT, check=False,
                env={**os.environ, "TMPDIR": folder})
        if not output.is_file():
            print(log.read_text(errors="replace")[-3000:])
            sys.exit(f"{suite}: did not come to its end")
        told = json.loads(output.read_text())
        return told["outcomes"], told["started"]


def compare(suite):
    """Whether a suite is the same, and how many starts it had."""
    stock, _ = outcomes(suite, False)
    ours, started = outcomes(suite, True)
    differing = sorted(name for name in stock.keys() | ours.keys()
                       if stock.get(name) != ours.get(name))
    for name in differing:
        print(f"{suite}: {name}: stock {stock.get(name)}, "
              f"ours {ours.get(name)}")
    counts = {word: list(ours.values()).count(word)
              for word in ("passed", "failed", "skipped")}
    print(f"{suite}: {counts['passed']} passed, {counts['failed']} failed, "
          f"{counts['skipped']} skipped, {len(differing)} differ, "
          f"{started} starts", flush=True)
    return not differing, started


def main(suites):
    if suites[:1] == ["--one"]:
        run_one(suites[1], suites[2], suites[3] == "installed")
        return 0
    if importlib.util.find_spec("test.test_subprocess") is None:
        print("CPython's tests are not here: libpython3-testsuite")
        return 77
    if suites == ["--all"]:
        suites = SUITES + LONG
    same, starts = zip(*map(compare, suites or SUITES))
    return not (all(same) and any(starts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
