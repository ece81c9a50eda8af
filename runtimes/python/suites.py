#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""CPython's own suites, stock and started by libspawn, case by case.

Each suite runs twice, in processes of their own: as it is, and after
libspawn.install(), or with FILE as the module _posixsubprocess. Prints each case
whose outcome differs, how many there were, and how many starts went through
libspawn; exits with 1 if any case differs or nothing went through. What
differs is run again in both ways: some cases have times that a busy machine
misses. 77: the suites are not here (Debian: libpython3.*-testsuite).
"""

from __future__ import annotations

import argparse
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import sys
import tempfile
import unittest
from collections.abc import Callable
from typing import Any

# Not subprocess, which imports the module that may have to be replaced first.

SUITES = [
    "test_subprocess",
    "test_asyncio.test_subprocess",
    "test_popen",
    "test_pty",
    "test_posix",
    "test_os",
    "test_shutil",
]
#: Those that take minutes.
LONG = [
    "test_multiprocessing_spawn",
    "test_multiprocessing_forkserver",
    "test_concurrent_futures",
    "test_venv",
]
TIMEOUT = 1800
#: How often what differs is tried again.
TRIES = 3


class Outcomes(unittest.TextTestResult):
    """Writes down how each case ended."""

    told: dict[str, str] = {}

    def addSuccess(self, test: Any) -> None:
        super().addSuccess(test)
        self.told.setdefault(test.id(), "passed")

    def addSkip(self, test: Any, reason: str) -> None:
        super().addSkip(test, reason)
        self.told.setdefault(test.id(), "skipped")

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)
        self.told[test.id()] = "failed"

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        self.told[test.id()] = "failed"

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.told[test.id()] = "failed"


def replace_module(path: str) -> Callable[[], int]:
    """Makes the file the module _posixsubprocess; how often it was called."""
    name = "_posixsubprocess"
    loader = importlib.machinery.ExtensionFileLoader(name, path)
    spec = importlib.util.spec_from_loader(name, loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    fork_exec, calls = module.fork_exec, []

    def counted(*args: Any) -> int:
        calls.append(1)
        return fork_exec(*args)

    module.fork_exec = counted
    sys.modules[name] = module
    return lambda: len(calls)


def leave() -> Callable[[], int]:
    """Replaces nothing; none of its starts is ours."""
    return lambda: 0


def install() -> Callable[[], int]:
    """Installs the package; how many programs it has started."""
    import libspawn

    libspawn.install()
    return libspawn.started


def run_one(output: str, way: str, suite: str, *cases: str) -> None:
    """Run a suite here, where what was replaced may stay so; or its cases."""
    assert "subprocess" not in sys.modules
    ways = {"stock": leave, "installed": install}
    count = ways[way]() if way in ways else replace_module(way)
    loader = unittest.TestLoader()
    loader.testNamePatterns = list(cases) or None
    tests = loader.loadTestsFromName(f"test.{suite}")
    unittest.TextTestRunner(resultclass=Outcomes).run(tests)
    told = {"started": count(), "outcomes": Outcomes.told}
    pathlib.Path(output).write_text(json.dumps(told), encoding="utf-8")


def outcomes(way: str, suite: str, *cases: str) -> tuple[dict[str, str], int]:
    """How each case ended, and the number of starts through libspawn."""
    import subprocess

    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder, "outcomes")
        log = pathlib.Path(folder, "log")
        # In a folder of its own, since suites leave files and look for them.
        with open(log, "wb") as file:
            subprocess.run(
                [sys.executable, "-B", os.path.abspath(__file__)]
                + ["--one", way, output, suite, *cases],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                timeout=TIMEOUT,
                check=False,
                env={**os.environ, "TMPDIR": folder},
            )
        if not output.is_file():
            print(log.read_text(errors="replace")[-3000:])
            sys.exit(f"{suite}: did not come to its end")
        told = json.loads(output.read_text(encoding="utf-8"))
        return told["outcomes"], told["started"]


def differing(stock: dict[str, str], ours: dict[str, str]) -> list[str]:
    return sorted(
        name
        for name in stock.keys() | ours.keys()
        if stock.get(name) != ours.get(name)
    )


def compare(suite: str, way: str) -> tuple[bool, int]:
    """Whether a suite is the same, and how many starts it had."""
    stock, _ = outcomes("stock", suite)
    ours, started = outcomes(way, suite)
    for _ in range(TRIES):
        names = differing(stock, ours)
        if names:
            print(f"{suite}: once more: {', '.join(names)}")
            stock.update(outcomes("stock", suite, *names)[0])
            ours.update(outcomes(way, suite, *names)[0])
    names = differing(stock, ours)
    for name in names:
        print(
            f"{suite}: {name}: stock {stock.get(name)}, "
            f"ours {ours.get(name)}"
        )
    counts = {
        word: list(ours.values()).count(word)
        for word in ("passed", "failed", "skipped")
    }
    print(
        f"{suite}: {counts['passed']} passed, {counts['failed']} failed, "
        f"{counts['skipped']} skipped, {len(names)} differ, "
        f"{started} starts",
        flush=True,
    )
    return not names, started


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--all", action="store_true", help="also those that take minutes"
    )
    parser.add_argument(
        "--posixsubprocess", metavar="FILE", type=os.path.abspath
    )
    parser.add_argument(
        "--one", nargs=2, metavar=("WAY", "OUTPUT"), help=argparse.SUPPRESS
    )
    parser.add_argument("suites", nargs="*", metavar="SUITE")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    if given.one:
        run_one(given.one[1], given.one[0], *given.suites)
        return 0
    if importlib.util.find_spec("test.test_subprocess") is None:
        print("CPython's tests are not here: libpython3.*-testsuite")
        return 77
    suites = given.suites or (SUITES + LONG if given.all else SUITES)
    way = given.posixsubprocess or "installed"
    same, starts = zip(*(compare(suite, way) for suite in suites))
    return not (all(same) and any(starts))


if __name__ == "__main__":
    sys.exit(main())
