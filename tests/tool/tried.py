# SPDX-License-Identifier: MIT
"""The spawn program that a test script tries, the program that spawn starts
there, surroundings that are the same for everybody, and a folder for each test.
"""
import os
import pathlib
import signal
import sys
import tempfile
import unittest

# The first words of the script's command, which unittest's own follow.
SPAWN = str(pathlib.Path(sys.argv.pop(1)).resolve())
PROBE = str(pathlib.Path(
    sys.argv.pop(1) if len(sys.argv) > 1 and "/" in sys.argv[1]
    else f"{SPAWN}/../../tests/support/probe").resolve())

# Each test says which backend it means.
os.environ.pop("LIBSPAWN_BACKEND", None)
os.environ["LC_ALL"] = "C"
# Who runs this in the background may have them ignored.
for disposed in signal.SIGHUP, signal.SIGINT, signal.SIGQUIT:
    signal.signal(disposed, signal.SIG_DFL)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()
        self.pidfile = self.folder / "pid"
