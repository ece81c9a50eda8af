# SPDX-License-Identifier: MIT
"""A bar with the time left, on a terminal; elsewhere nothing."""
import sys
import time

WIDTH = 30


class Progress:
    """Told of seconds planned and passed; learns how slow the plan is."""

    def __init__(self, planned):
        self.planned = max(planned, 1)
        self.passed = 0.0
        self.begin = time.monotonic()
        self.title = ""
        self.is_shown = sys.stderr.isatty()

    def case(self, title):
        self.title = title
        self.show()

    def advance(self, seconds):
        self.passed = min(self.passed + seconds, self.planned)
        self.show()

    def left(self):
        lasted = time.monotonic() - self.begin
        pace = lasted / self.passed if self.passed else 1
        return int((self.planned - self.passed) * pace)

    def show(self):
        if not self.is_shown:
            return
        done = int(WIDTH * self.passed / self.planned)
        left = self.left()
        print(f"\r\033[K[{'#' * done}{'.' * (WIDTH - done)}] "
              f"{left // 60}:{left % 60:02} left, {self.title}"[:79],
              end="", file=sys.stderr, flush=True)

    def clear(self):
        if self.is_shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
