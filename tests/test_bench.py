#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmark measures what it says, and notices when it did not.

No time is compared with another: a busy machine must not fail this test.
Usage: test_bench.py BENCH
"""
import json
import os
import subprocess
import sys
import unittest

BENCH = sys.argv.pop(1)

PLAIN = ["floor", "fork", "glibc-posix_spawn", "pipe-wait", "libspawn-clone",
         "libspawn-vfork", "libspawn-posix_spawn", "libspawn-fork"]
ROWS = [(PLAIN[0], "plain"), (PLAIN[0], "full-house")] + [
    (name, "plain") for name in PLAIN[1:]] + [
    ("libspawn-clone", "full-house"),
    ("libspawn-clone", "full-house-all-signals")]
KEYS = {"method", "case", "rss_mb", "samples", "starts", "exits",
        "start_p50_us", "start_p99_us", "total_p50_us", "ratio_to_floor"}
ITERATIONS = 60


def run(*arguments, **environment):
    return subprocess.run([BENCH, *arguments], text=True, timeout=100,
                          env=os.environ | environment,
                          stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def libc_is_glibc():
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") is not None
    except (ValueError, OSError):
        return False


def expected_rows():
    other = "glibc-posix_spawn" if libc_is_glibc() else "libc-posix_spawn"
    return [(name.replace("glibc-posix_spawn", other), case)
            for name, case in ROWS]


class Bench(unittest.TestCase):
    def succeed(self, *arguments, **environment):
        done = run("--iterations", str(ITERATIONS), *arguments, **environment)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.returncode, 0)
        return done.stdout

    def rows(self, *arguments, **environment):
        lines = self.succeed("--json", *arguments, **environment).splitlines()
        return [json.loads(line) for line in lines]

    def test_json_has_a_row_for_every_method(self):
        rows = self.rows()
        self.assertEqual([(r["method"], r["case"]) for r in rows],
                         expected_rows())
        for row in rows:
            self.assertEqual(set(row), KEYS)
            self.assertEqual(row["rss_mb"], 0)
            self.assertEqual(row["samples"], ITERATIONS)

    def test_every_start_ran_the_child(self):
        for row in self.rows():
            self.assertGreater(row["starts"], ITERATIONS, "no warm-up")
            self.assertEqual(row["starts"], row["exits"], row["method"])

    def test_figures_are_in_order(self):
        rows = self.rows()
        floor = rows[0]["start_p50_us"]
        for row in rows:
            self.assertGreater(row["start_p50_us"], 0)
            self.assertGreaterEqual(row["start_p99_us"], row["start_p50_us"])
            self.assertGreater(row["total_p50_us"], row["start_p50_us"])
            self.assertAlmostEqual(row["ratio_to_floor"],
                                   row["start_p50_us"] / floor, places=2)
        self.assertEqual(rows[0]["ratio_to_floor"], 1)

    def test_methods_that_copy_memory_start_less_often_in_a_large_caller(self):
        for row in self.rows("--rss", "80"):
            copies = row["method"] in ("fork", "libspawn-fork")
            self.assertEqual(row["rss_mb"], 80)
            self.assertEqual(row["samples"] < ITERATIONS, copies, row)
            self.assertEqual(row["starts"], row["exits"])

    def test_table_has_the_same_rows(self):
        lines = self.succeed().splitlines()
        self.assertIn("microseconds", lines[0])
        rows = [tuple(line.split()[:2]) for line in lines[2:]]
        self.assertEqual(rows, expected_rows())
        for line in lines[2:]:
            self.assertEqual(int(line.split()[2]), ITERATIONS)

    def test_the_backend_override_does_not_reach_the_benchmark(self):
        self.assertEqual(len(self.rows(LIBSPAWN_BACKEND="posix_spawn")),
                         len(ROWS))

    def test_a_child_that_did_not_run_fails_the_benchmark(self):
        done = run("--iterations", "1", "--target", "/nonexistent/program")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "wait status 32512|failed with errno 2")
        self.assertEqual(done.stdout, "")

    def test_a_child_that_fails_fails_the_benchmark(self):
        done = run("--iterations", "1", "--target", "/bin/false")
        self.assertEqual(done.returncode, 1)
        self.assertIn("wait status 256", done.stderr)

    def test_wrong_arguments_are_refused(self):
        for arguments in (["--iterations", "0"], ["--iterations", "1x"],
                          ["--rss", "-1"], ["--nonsense"], ["surplus"]):
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn("usage:", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
