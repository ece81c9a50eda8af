#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmark measures what it says, and notices when it did not.

No time is compared with another, except one that was made longer on purpose: a
busy machine must not fail this test. Usage: test_bench.py FOLDER, where the
drivers were built.
"""
import html.parser
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import unittest.mock as mock
import xml.etree.ElementTree

FOLDER = pathlib.Path(sys.argv.pop(1)).resolve()
BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
sys.path[:0] = [str(BENCH), str(BENCH.parent / "tests/support")]
sys.dont_write_bytecode = True

import capture
import cases
import compare
import drivers
import document
import figures
import goals
import measure
import overlap
import peers
import plots
import runtime_builds
import runtime_page
import runtimes
import verdict
import workers

FAST = ["--quick", "--axis", "base", "--scale", "0.01"]
IN_MAIN = {"floor", "fork", "glibc-posix_spawn", "glibc-system",
           "glibc-popen", "pipe-wait", "libspawn-clone", "libspawn-vfork",
           "libspawn-posix_spawn", "libspawn-fork", "drop-in-posix_spawn",
           "drop-in-system", "drop-in-popen"}
# What each file in peers/ measures.
IN_PEERS = {"glib": {"GLib-g_spawn", "GLib-GSubprocess"},
            "go": {"Go-exec"}, "java": {"Java-ProcessBuilder"},
            "libuv": {"libuv"}, "node": {"Node-spawn"},
            "musl": {"musl-posix_spawn", "musl-system", "musl-popen"},
            "python": {"CPython-Popen", "CPython-posix_spawn"},
            "popen": {"Popen-subprocess", "Popen-libspawn"},
            "rust": {"Rust-Command"}}
FIELDS = {"method", "case", "rss_mb", "fds", "threads", "start_p50_us",
          "start_p99_us", "first_p50_us", "total_p50_us", "per_second",
          "ratio_to_floor"}


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-B", BENCH / "bench.py", "--build", FOLDER,
         *arguments],
        text=True, timeout=250, env=os.environ | environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)


def rows_of(text):
    return [json.loads(line) for line in text.splitlines()]


class Alone(cases.Case):
    """A case whose target is another program."""
    target = "/bin/true"


class Quick(unittest.TestCase):
    """One short run of every method there is here."""

    @classmethod
    def setUpClass(cls):
        cls.done = run(*FAST, "--json", LIBSPAWN_BACKEND="posix_spawn")
        cls.rows = rows_of(cls.done.stdout)

    def test_it_succeeds(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)

    def test_every_method_is_measured_or_named_with_its_package(self):
        measured = {row["method"] for row in self.rows}
        self.assertLessEqual(IN_MAIN, measured)
        for peer, methods in IN_PEERS.items():
            if not methods <= measured:
                self.assertRegex(self.done.stderr,
                                 f"{peer}: not measured: .*(package|compile)")

    def test_popen_is_measured_in_pairs(self):
        cases_of = {name: {row["case"] for row in self.rows
                           if row["method"] == name}
                    for name in IN_PEERS["popen"]}
        self.assertEqual(cases_of["Popen-subprocess"], {"default"})
        if cases_of["Popen-libspawn"]:
            self.assertEqual(*cases_of.values())

    def test_every_peer_is_known_to_this_test(self):
        found = {p.stem for p in (BENCH / "peers").iterdir()}
        self.assertEqual(found, set(IN_PEERS))

    def test_rows_have_all_fields(self):
        for row in self.rows:
            self.assertLessEqual(FIELDS, set(row))
            self.assertEqual((row["rss_mb"], row["fds"], row["threads"]),
                             (0, 0, 1))

    def test_every_start_ran_the_child(self):
        for row in self.rows:
            self.assertGreater(row["starts"], row["samples"], "no warm-up")
            self.assertEqual(row["starts"], row["exits"], row["method"])

    def test_figures_are_in_order(self):
        for row in self.rows:
            self.assertGreater(row["start_min_us"], 0)
            self.assertLessEqual(row["start_min_us"], row["start_p50_us"])
            self.assertLessEqual(row["start_p50_us"], row["start_p99_us"])
            self.assertLessEqual(row["start_p50_us"], row["total_p50_us"])
            self.assertLess(row["first_p50_us"], row["total_p50_us"])
        floor = [r for r in self.rows if r["method"] == "floor"][0]
        self.assertEqual(floor["ratio_to_floor"], 1)

    def test_no_row_is_there_twice(self):
        keys = [(r["method"], r["case"]) for r in self.rows]
        self.assertEqual(len(keys), len(set(keys)))


class Axes(unittest.TestCase):
    def measure(self, *arguments):
        done = run("--scale", "0.01", "--json", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return rows_of(done.stdout)

    def test_threads_make_their_starts_at_once(self):
        rows = self.measure("--axis", "threads", "--method", "libspawn-clone/"
                            "plain", "--method", "CPython-Popen/plain")
        self.assertEqual({row["threads"] for row in rows}, {1, 8, 64})
        for row in rows:
            self.assertGreater(row["per_second"], 0)
            self.assertEqual(row["starts"], row["exits"])

    def test_children_of_an_event_loop(self):
        rows = self.measure("--axis", "asyncio")
        self.assertIn("asyncio-subprocess", {row["method"] for row in rows})
        for row in rows:
            self.assertEqual(row["children"], 10)
            self.assertGreater(row["all_p50_ms"], row["pause_p50_ms"])

    def test_a_loop_hears_its_timer_beside_its_starts(self):
        rows = self.measure("--axis", "overlap")
        self.assertLessEqual({"libspawn-start", "libspawn-begin"},
                             {row["method"] for row in rows})
        self.assertEqual({row["rss_mb"] for row in rows},
                         {0, overlap.RESIDENT_MB})
        for row in rows:
            self.assertGreater(row["per_second"], 0)
            self.assertGreaterEqual(row["late_max_us"], row["late_p50_us"])
            self.assertGreater(row["late_p50_us"], 0)

    def test_something_else_is_done_in_between(self):
        rows = self.measure("--axis", "between")
        self.assertEqual({row["between"] for row in rows},
                         {"", "program", "memory"})
        for row in rows:
            self.assertEqual(row["starts"], row["exits"])

    def test_tables_have_their_rows(self):
        rows = self.measure("--axis", "rows")
        self.assertLessEqual({10, 100}, {row["rows"] for row in rows})
        self.assertLessEqual({("libspawn-clone", "rows"), ("floor", "rows"),
                              ("glibc-posix_spawn", "rows")},
                             {(row["method"], row["case"]) for row in rows})

    def test_sandboxes_are_made_to_the_end(self):
        rows = self.measure("--axis", "sandbox")
        found = {(row["method"], row["case"]) for row in rows}
        self.assertIn(("floor", "plain"), found)
        # Where the system lets none be made, they are named and left out.
        for row in rows:
            self.assertEqual(row["starts"], row["exits"])

    def test_programs_are_fed_and_read(self):
        rows = self.measure("--axis", "capture")
        self.assertEqual(len(rows), 2 * len(capture.METHODS))
        for row in rows:
            self.assertEqual(row["mib"], 2)
            self.assertLessEqual(row["moved_min_ms"], row["moved_p50_ms"])
            self.assertGreater(row["moved_min_ms"], 0)
        cats = [r for r in rows if r["method"] == capture.REFERENCE]
        self.assertEqual([r["ratio_to_cats"] for r in cats], [1, 1])

    def test_workers_are_measured_next_to_the_same_by_hand(self):
        rows = self.measure("--axis", "workers")
        found = {(row["method"], row["case"]) for row in rows}
        self.assertLessEqual(set(workers.PAIRS.values()), found)
        self.assertLessEqual(
            {("CPython-" + name.replace(" ", "-"), "tasks")
             for name in workers.PYTHON_POOLS}, found)
        for row in rows:
            self.assertGreater(row["took_p50_us"], 0)
        for way in workers.HANDS:
            for row in rows:
                if (row["method"], row["case"]) == workers.PAIRS[way]:
                    self.assertGreater(row["ratio_to_hand"], 0)

    def test_the_caller_has_the_descriptors(self):
        rows = self.measure("--axis", "fds", "--method", "*/close-others")
        self.assertIn(10, {row["fds"] for row in rows})
        for row in rows:
            if row["method"].startswith("libspawn"):
                self.assertGreater(row["ratio_to_few"], 0)
        case = cases.Case("fds", 0, [], fds=200, cpu=cases.last_cpu())
        for peer in peers.find_all(FOLDER):
            if not peer.command:
                continue
            with drivers.Driver(peer, case, FOLDER) as driver:
                count = len(os.listdir(f"/proc/{driver.process.pid}/fd"))
            self.assertGreaterEqual(count, 200, peer.name)

    def test_the_caller_has_the_memory(self):
        case = cases.Case("rss", 0, [], rss_mb=48, cpu=cases.last_cpu())
        for peer in peers.find_all(FOLDER):
            if not peer.command:
                continue
            with drivers.Driver(peer, case, FOLDER) as driver:
                text = pathlib.Path(
                    f"/proc/{driver.process.pid}/status").read_text()
            resident = int(text.split("VmRSS:")[1].split()[0])
            self.assertGreater(resident, 48 * 1024, peer.name)

    def test_who_forks_does_it_in_a_process_of_its_own(self):
        case = cases.Case("base", 0, [], cpu=cases.last_cpu())
        main, forking = peers.find_all(FOLDER)[:2]
        with drivers.Driver(main, case, FOLDER) as driver:
            here = {name for name, _ in driver.methods.values()}
        with drivers.Driver(forking, case, FOLDER) as driver:
            there = {name for name, _ in driver.methods.values()}
        self.assertEqual(there, {"floor", "fork", "libspawn-fork"})
        self.assertEqual(here & there, {"floor"})

    def test_system_calls_are_counted(self):
        if not shutil.which("strace"):
            self.skipTest("no strace")
        import counts
        main = peers.find_all(FOLDER)[0]
        case = cases.Case("counts", 0, [], cpu=cases.last_cpu())
        settings = type("Settings", (), {"files": FOLDER})
        found = counts.count_calls(main, case, settings)
        # vfork and wait4; less than one call each is the driver's own, which
        # is told its rounds and tells them.
        floor = found["floor", "plain"]
        self.assertEqual(int(floor["parent_calls"]), 2, floor)
        self.assertEqual(floor["child_calls"], 1, floor)

    def test_a_bystander_is_watched(self):
        if len(os.sched_getaffinity(0)) < 2:
            self.skipTest("one processor only")
        main = peers.find_all(FOLDER)[0]
        case = cases.Case("stall", 0, [], bystander=True)
        with drivers.Driver(main, case, FOLDER) as driver:
            for sample in driver.run(5, 1, 1, [1]):
                self.assertGreater(sample.stall_ns, 0)


class Mistakes(unittest.TestCase):
    """What must not pass for a result."""

    def driver(self, target):
        case = Alone("base", 0, [], cpu=cases.last_cpu())
        Alone.target = target
        return drivers.Driver(peers.find_all(FOLDER)[0], case, FOLDER)

    def test_a_child_that_did_not_run_is_noticed(self):
        with self.driver("/nonexistent/program") as driver:
            with self.assertRaisesRegex(drivers.FailedStart, "32512"):
                driver.run(1, 1, 1, [1])

    def test_a_child_that_fails_is_noticed(self):
        with self.driver("/bin/false") as driver:
            with self.assertRaisesRegex(drivers.FailedStart, "256"):
                driver.run(1, 1, 1, [1])

    def test_a_child_that_is_another_program_is_noticed(self):
        with self.driver("/bin/true") as driver:
            with self.assertRaisesRegex(drivers.Failure, "0.0 children ran"):
                driver.run(1, 1, 1, [1])

    def test_a_method_that_fails_takes_no_other_with_it(self):
        class Fails:
            name = "fails"
            methods = {1: ("floor", "plain"), 2: ("bad", "plain"),
                       3: ("good", "plain")}

            @staticmethod
            def run(_, threads, burst, group):
                if 2 in group:
                    raise drivers.FailedStart("fails", ["bad/plain:", "why"])
                return [drivers.Sample(i, 0, 1, 2, 0) for i in group]

        part = measure.Part(Fails(), cases.Case("base", 0, ["*"]), 1)
        part.commands = [(1, [1, 2, 3]), (1, [2])]
        said = []
        taken = part.take_turn(said.append)
        self.assertEqual((set(taken), set(part.series)), ({1, 3}, {1, 3}))
        self.assertRegex(said[0], "bad/plain: why")

    def test_a_peer_that_is_missing_is_named_with_its_package(self):
        done = run(*FAST, "--method", "libspawn-clone/plain",
                   PATH="/nonexistent")
        self.assertEqual(done.returncode, 0, done.stderr)
        for package in ("golang-go", "nodejs", "libuv1-dev", "musl-tools"):
            self.assertIn(f"install the package {package}", done.stderr)

    def test_wrong_arguments_are_refused(self):
        for arguments in (["--nonsense"], ["surplus"], ["--axis", "x"]):
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn("usage:", done.stderr)


class Compared(unittest.TestCase):
    def compare(self, old, *arguments):
        return run(*FAST, "--method", "libspawn-clone/plain", "--method",
                   "pipe-wait/plain", "--compare", old, *arguments)

    def test_a_backend_that_got_slower_is_flagged(self):
        with tempfile.TemporaryDirectory() as folder:
            old = pathlib.Path(folder, "old.json")
            old.write_text(run(*FAST, "--method", "libspawn-clone/plain",
                               "--json").stdout)
            done = self.compare(old, "--slow", "libspawn-clone:50000")
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertRegex(done.stdout, "libspawn-clone/plain.*SLOWER")
            same = self.compare(old, "--results", old)
            self.assertEqual(same.returncode, 0, same.stdout)
            self.assertIn("0 changed", same.stdout)

    def test_what_is_within_the_noise_is_not(self):
        row = {"axis": "base", "method": "libspawn-clone", "case": "plain",
               "ratio_to_floor": 1.0, "ratio_noise": 0.2}
        self.assertEqual(compare.compare(
            [row], [row | {"ratio_to_floor": 1.4}])[1], False)
        self.assertEqual(compare.compare(
            [row], [row | {"ratio_to_floor": 1.7}])[1], True)

    def test_a_peer_that_got_slower_is_told_but_no_failure(self):
        row = {"axis": "base", "method": "libuv", "case": "plain",
               "ratio_to_floor": 1.0}
        lines, slower = compare.compare([row],
                                        [row | {"ratio_to_floor": 9.0}])
        self.assertFalse(slower)
        self.assertIn("libuv", lines[0])


class Figures(unittest.TestCase):
    def test_percentiles_are_samples(self):
        self.assertEqual(figures.percentile(list(range(1, 101)), 99), 99)
        self.assertEqual(figures.percentile([5], 99), 5)

    def test_ratios_are_paired(self):
        self.assertEqual(figures.paired_ratio([2, 20, 200], [1, 10, 100]), 2)
        self.assertEqual(figures.paired_ratio([6], [1, 2, 3]), 3)

    def test_noise_is_the_spread_of_the_turns(self):
        self.assertEqual(figures.noise([2, 2, 2]), 0)
        self.assertGreater(figures.noise([1, 2, 3]), 0.5)


class Goals(unittest.TestCase):
    def rows(self, **changes):
        row = {"axis": "base", "rss_mb": 0, "threads": 1, "case": "plain"}
        ours = row | {"method": "libspawn-clone", "ratio_to_floor": 1.05}
        peer = row | {"method": "libuv", "ratio_to_floor": 2.0}
        return [ours | changes, peer]

    def test_what_is_reached_and_missed_is_told(self):
        self.assertEqual([reached for *_, reached in
                          goals.check(self.rows())], [True, True])
        self.assertEqual([reached for *_, reached in goals.check(
            self.rows(ratio_to_floor=1.9))], [False, False])

    def test_what_was_not_measured_is_not_told(self):
        self.assertEqual(list(goals.check([])), [])

    def test_threads_are_judged_by_the_rate(self):
        rows = [{"axis": "threads", "case": "plain", "threads": threads,
                 "rss_mb": 0, "method": method, "per_second": rate}
                for threads in (8, 64) for method, rate
                in (("floor", 110), ("libspawn-clone", 100))]
        self.assertEqual([(measured, reached) for _, measured, reached in
                          goals.near_in_threads(rows)],
                         [("1.10", False), ("1.10", True)])

    def test_what_is_done_in_between_has_a_goal_of_its_own(self):
        rows = [{"axis": "between", "method": "libspawn-clone",
                 "case": "plain", "between": what, "ratio_to_floor": 1.05}
                for what in ("", "program", "memory")]
        self.assertEqual([reached for *_, reached in goals.in_life(rows)],
                         [False, True])

    def test_ours_is_held_against_the_same_by_hand(self):
        rows = [{"axis": "base", "rss_mb": 0, "method": method, "case": case,
                 "ratio_to_floor": ratio}
                for method, case, ratio in (
                    ("libspawn-clone", "plain", 1.14),
                    ("by-hand", "promises", 1.08),
                    ("libspawn-begin", "plain", 1.30),
                    ("by-hand", "begun", 1.11))]
        self.assertEqual([reached for *_, reached
                          in goals.near_by_hand(rows)], [True, False])

    def test_a_price_that_grows_with_descriptors_is_told(self):
        rows = [{"axis": "fds", "method": "libspawn-clone", "case": case,
                 "fds": fds, "ratio_to_few": time}
                for case, times in (("plain", (1.1, 1.2)), ("pipes", (2, 3)))
                for fds, time in zip((10, 10000), times)]
        self.assertEqual([reached for *_, reached
                          in goals.flat_in_descriptors(rows)], [True, False])

    def test_what_another_run_has_otherwise_is_noise(self):
        row = {"axis": "base", "method": "libuv", "case": "plain",
               "ratio_to_floor": 2.0, "ratio_noise": 0.01}
        near, far = (list(compare.mark_noise(
            [row], [row | {"ratio_to_floor": ratio}]))[0]
            for ratio in (1.9, 1.5))
        self.assertFalse(compare.is_noise(near))
        self.assertTrue(compare.is_noise(far))

    def test_popens_are_judged_in_pairs(self):
        row = {"axis": "popen", "fds": 0}
        rows = [row | {"method": method, "case": case, "threads": threads,
                       "rss_mb": rss, "start_p50_us": time,
                       "total_p50_us": time, "per_second": 1000 / time}
                for case, threads, rss, theirs, time in (
                    ("default", 1, 10, 100, 70), ("user", 1, 1024, 900, 9),
                    ("default", 8, 0, 40, 20))
                for method, time in (
                    ("Popen-libspawn", time),
                    ("CPython-Popen" if case == "user" else
                     "Popen-subprocess", theirs))]
        self.assertEqual(
            [(measured, reached) for _, measured, reached in
             goals.check(rows)],
            [("0.7", True), ("0.7", True), ("0.01", False),
             ("0.70 (default, 10 MiB, 0 descriptors)", True), ("2.0", True)])

    def test_what_is_moved_is_judged_by_processors(self):
        rows = [{"axis": "capture", "case": "plain", "mib": 2, "cpus": cpus,
                 "method": method, "moved_p50_ms": time}
                for cpus, times in (("one", (1, 1, 3)), ("all", (3, 2, 5)))
                for method, time in zip(
                    ("libspawn-run", "cat-cat", "CPython-run"), times)]
        self.assertEqual([(measured, reached) for _, measured, reached in
                          goals.check(rows)],
                         [("1.50", False), ("0.60", False), ("0.33", True)])

    def test_workers_are_judged_by_what_is_done_by_hand(self):
        rows = [{"axis": "workers", "case": case, "method": method,
                 "rss_mb": rss_mb, "cpus": "one", "took_p50_us": took,
                 "ratio_to_hand": ratio}
                for case, method, rss_mb, took, ratio in (
                    ("start", "libspawn-worker", 0, 10, 1.5),
                    ("start", "libspawn-worker", 4096, 11, 1.05),
                    ("start", "libspawn-worker", 8192, 15, 1.5),
                    ("64-bytes", "libspawn-worker", 0, 9, 1.2))]
        self.assertEqual([(measured, reached) for _, measured, reached in
                          goals.check(rows)],
                         [("1.05", True), ("1.20", False), ("50%", False)])


class Runtimes(unittest.TestCase):
    def rows(self, ours):
        row = {"axis": "runtimes", "case": "plain", "rss_mb": 1024}
        return [row | {"method": "libuv-9", "start_p50_us": 1000.0},
                row | {"method": "libuv-9-posix_spawn", "start_p50_us": 4.0},
                row | {"method": "libspawn-libuv-9", "start_p50_us": ours}]

    def test_ours_is_held_against_each_of_the_same_runtime(self):
        self.assertEqual(runtime_page.shares(self.rows(2.0)),
                         {("libuv-9", "plain", 1024): 0.002,
                          ("libuv-9-posix_spawn", "plain", 1024): 0.5})

    def test_what_is_reached_and_missed_is_told(self):
        self.assertEqual([(measured, reached) for _, measured, reached in
                          runtime_page.goals(self.rows(2.0))],
                         [("0.0020 (libuv-9)", True),
                          ("0.5000 (libuv-9-posix_spawn)", True),
                          ("at most 0.50 x (libuv-9-posix_spawn plain, "
                           "1024 MiB)", True)])
        self.assertEqual([reached for *_, reached in
                          runtime_page.goals(self.rows(5.0))],
                         [False, False, False])

    def test_in_the_largest_caller_the_release_decides(self):
        seen = []
        families = [runtime_builds.Family(release, [release])
                    for release in ("trixie", "bookworm", "trixie")]
        with mock.patch.multiple(
                runtimes, prepare=lambda _: families,
                measure_calls=lambda main, sides, rss_mb, *_:
                seen.append((sides[0], rss_mb)) or [],
                measure_pauses=lambda *_: []):
            list(runtimes.measure_all([None], None, lambda _: None))
        self.assertEqual([sides for sides, rss_mb in seen if rss_mb == 4096],
                         ["bookworm"])
        self.assertEqual(len(seen), 2 * len(families) + 1)

    def test_only_their_part_of_the_page_is_written(self):
        page = BENCH.parent / "docs" / "performance.md"
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder, "performance.md")
            copy.write_text(page.read_text())
            runtime_page.write(copy.with_suffix(""), self.rows(2.0), {}, print)
            text = copy.read_text()
        for part, mark in ((0, runtime_page.BEGIN), (1, runtime_page.END)):
            self.assertEqual(text.split(mark)[part],
                             page.read_text().split(mark)[part])
        self.assertIn("| libuv-9 | plain | 1,000 | 0.002 |", text)

    def test_libuv_of_another_shape_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "src/unix/process.c")
            path.parent.mkdir(parents=True)
            path.write_text("#include <poll.h>\n")
            with self.assertRaises(runtime_builds.Lacking):
                runtime_builds.let_posix_spawn(pathlib.Path(folder))


class Report(unittest.TestCase):
    def test_a_scale_begins_below_what_is_above_nothing(self):
        self.assertEqual([plots.nice_low(values) for values in (
            [30.0, 400.0], [0.5, 2.0], [0.0, 30.0], [0.0])],
            [10.0, 0.1, 10.0, 1.0])

    def test_tables_have_a_line_for_each_row(self):
        done = run(*FAST, "--method", "libspawn-clone/plain")
        self.assertRegex(done.stdout, r"floor +plain .* 1\.00\n")
        self.assertRegex(done.stdout, r"libspawn-clone +plain ")

    def test_report_and_plots_are_whole(self):
        if not shutil.which("gnuplot"):
            self.skipTest("no gnuplot")
        with tempfile.TemporaryDirectory() as folder:
            done = run(*FAST, "--output", folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            page = pathlib.Path(folder, "report.html").read_text()
            plot = pathlib.Path(folder, "plots", "base.svg")
            xml.etree.ElementTree.parse(plot)
            self.assertTrue(plot.with_suffix(".png").exists())
        html.parser.HTMLParser().feed(page)
        self.assertIn("<svg", page)
        self.assertIn("libspawn-clone", page)
        for other in ("src=", "<link", "<script"):
            self.assertNotIn(other, page, "needs another file")


class Document(unittest.TestCase):
    def test_figures_go_between_the_marks(self):
        page = BENCH.parent / "docs" / "performance.md"
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder, "performance.md")
            copy.write_text(page.read_text())
            done = run(*FAST, "--write", copy.with_suffix(""))
            self.assertEqual(done.returncode, 0, done.stderr)
            text = copy.read_text()
        before = page.read_text().split(document.BEGIN)[0]
        self.assertTrue(text.startswith(before))
        self.assertTrue(text.rstrip().endswith(document.END))
        self.assertIn("| **libspawn-clone** |", text)
        # What was not measured stays as it was.
        self.assertEqual(text.count("### A small caller"), 1)
        self.assertIn("### Much memory", text)
        self.assertIn("Measured by itself", text)

    def test_another_run_is_compared(self):
        row = {"axis": "base", "method": "libuv", "case": "plain",
               "ratio_to_floor": 2.0}
        self.assertEqual(list(document.repeat_lines([row], [])), [])
        lines = list(document.repeat_lines(
            [row], [row | {"ratio_to_floor": 1.0}]))
        self.assertIn("1 rows in both runs, 1 changed", lines[0])
        self.assertIn("libuv/plain", lines[2])


if __name__ == "__main__":
    verdict.main(verbosity=2)
