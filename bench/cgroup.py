# SPDX-License-Identifier: MIT
"""A memory cgroup of our own, of version 1 or 2, where there may be one."""
import os
import pathlib

ROOTS = [(pathlib.Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes",
          "memory.usage_in_bytes", "memory.max_usage_in_bytes"),
         (pathlib.Path("/sys/fs/cgroup"), "memory.max", "memory.current",
          "memory.peak")]


class Unavailable(Exception):
    """No memory cgroup can be made here."""


class Cgroup:
    """Exists inside its `with`; a driver joins it before it begins."""

    def __init__(self):
        for root, limit, usage, peak in ROOTS:
            self.path = root / f"libspawn-bench-{os.getpid()}"
            if not (root / "cgroup.procs").exists():
                continue
            try:
                self.path.mkdir()
            except OSError as error:
                raise Unavailable(error.strerror) from None
            self.limit, self.usage, self.peak = (
                self.path / name for name in (limit, usage, peak))
            if self.usage.exists():
                return
            self.path.rmdir()
        raise Unavailable("no memory controller")

    def join(self):
        (self.path / "cgroup.procs").write_text(str(os.getpid()))

    def used(self):
        return int(self.usage.read_text())

    def restrict(self, size):
        self.limit.write_text(str(size))

    def peak_of(self, action):
        """Bytes used at most while the action ran, over those before it."""
        before = self.used()
        with open(self.peak, "r+") as peak:
            # Writing anything resets it (version 2: since Linux 6.12).
            peak.write("0")
            peak.flush()
            action()
            peak.seek(0)
            return max(0, int(peak.read()) - before)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.path.rmdir()
