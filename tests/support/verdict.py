# SPDX-License-Identifier: MIT
"""How a script of unittest ends: a test of which nothing was tried has not
passed."""
import sys
import unittest

import trace_tools


class Result(unittest.TextTestResult):
    """Counts what has passed, too: what was skipped may be a whole class."""
    passed = 0

    def addSuccess(self, test):
        self.passed += 1
        super().addSuccess(test)


class Runner(unittest.TextTestRunner):
    resultclass = Result


def main(**settings):
    """unittest.main() that exits with 77 where all was skipped, and with 1
    where there was nothing to try."""
    result = unittest.main(exit=False, testRunner=Runner, **settings).result
    if result.passed or not result.wasSuccessful():
        sys.exit(not result.wasSuccessful())
    sys.exit(trace_tools.SKIP if result.skipped else 1)
