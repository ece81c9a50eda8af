#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Ctrl-C amid starts: a program says with libspawn-posix preloaded what it says
without, whether its child was still about to execute or had done so.

usage: test_interrupts.py LIBRARY ROOT [--all]

--all interrupts 150 builds instead of a dozen.
"""
import os
import random
import re
import signal
import subprocess
import sys
import time
import unittest

import proof
import verdict

RECIPES = 400
RUNS = 150 if "--all" in sys.argv else 12
NAMES = " ".join(f"recipe{number}" for number in range(RECIPES))
MAKEFILE = f"all: {NAMES}\n{NAMES}:\n\t@/bin/true $@\n"
# What GNU make 4.3 says. The second is its own race: its handler of signals
# waits for a child that the code below it is just done with.
SAYS = [r"make: \*\*\* \[Makefile:\d+: recipe\d+\] Interrupt",
        r"make: \*\*\* wait: No child processes\.  Stop\.",
        r"make: \*\*\* Waiting for unfinished jobs\.\.\.\."]
# The shell gets the signal, and so does its group; gawk ignores it meanwhile.
GAWK = r"""
BEGIN {
	for (round = 1; round <= 3; round++)
		print round, system("kill -INT 0; exit 3")
	print "on", system("exit 4")
}
"""


class Interrupts(proof.Clients):
    def start(self, command, variables):
        """In a group of its own, which the signals are for."""
        return subprocess.Popen(
            command, cwd=self.folder, env=proof.environment(**variables),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True)

    def interrupt_after(self, seconds, command, variables):
        """The status, and what it said."""
        with self.start(command, variables) as process:
            time.sleep(seconds)
            os.killpg(process.pid, signal.SIGINT)
            said = process.communicate(timeout=self.timeout)[0]
        return process.returncode, said.splitlines()

    def test_make_says_what_it_says(self):
        self.needs("make")
        self.fresh_folder(lambda: (
            self.folder / "Makefile").write_text(MAKEFILE))
        chance = random.Random(13)
        preload = {"LD_PRELOAD": str(proof.LIBRARY)}
        for run in range(RUNS):
            moment = chance.uniform(0.02, 0.17)
            for variables in ({}, preload):
                status, said = self.interrupt_after(
                    moment, ["make", "-j4"], variables)
                strange = [line for line in said if not any(
                    re.fullmatch(pattern, line) for pattern in SAYS)]
                self.assertEqual(strange, [], f"run {run}, {variables}")
                self.assertIn(status, (-signal.SIGINT, 0, 2))

    def test_gawk_goes_on(self):
        self.needs("gawk")
        self.fresh_folder(self.prepare)
        said = []
        for variables in ({}, {"LD_PRELOAD": str(proof.LIBRARY)}):
            with self.start(["gawk", GAWK], variables) as process:
                said.append(process.communicate(timeout=self.timeout)[0])
            self.assertEqual(process.returncode, 0, said)
        self.assertEqual(said[0], said[1])
        self.assertIn("on 4\n", said[0])


if __name__ == "__main__":
    if "--all" in sys.argv:
        sys.argv.remove("--all")
    verdict.main(verbosity=2)
