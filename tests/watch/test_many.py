#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""spawn --watch-forks, twenty times on each kind of program, and on programs
that everybody has, in which nothing is to be found.

usage: test_many.py SPAWN SOURCE-ROOT RECIPES POOL WATCHED [WATCHED...]

RECIPES is docs/examples/why_not_fork.c, if that was built, and POOL is pool.cc,
or an empty word. WATCHED and LIBSPAWN_WATCH_NAMES are as for test_watch.py.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import trace_tools
import verdict

SPAWN = os.path.realpath(sys.argv[1])
ROOT = pathlib.Path(sys.argv[2]).resolve()
RECIPES, POOL = sys.argv[3:5]
BUILDS = sys.argv[5:]
HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
NAMES = os.environ.get("LIBSPAWN_WATCH_NAMES") == "1"
RUNS = 20
RECIPE_RUNS = 4  # in each, five children hang by each of four recipes
KILL = ["--hung-after=0.3", "--kill-hung"]

os.environ["LC_ALL"] = "C"
os.environ.pop("LIBSPAWN_BACKEND", None)


class Test(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()

    def watch(self, *words, options=(), status=0, **settings):
        """The report on a program that ends so."""
        file = self.folder / "report"
        done = subprocess.run(
            [SPAWN, f"--watch-forks=json:{file}", *options, "--",
             *map(str, words)], text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=250,
            check=False, **settings)
        self.assertEqual(status, done.returncode, done.stdout)
        return json.loads(file.read_text())

    def need(self, program):
        if shutil.which(program) is None:
            self.skipTest(f"no {program} here")


class Finds(Test):
    """Each time: the place, the hung child, who holds the lock."""

    def times(self, what, found, *words, **settings):
        hits = sum(bool(found(self.watch(*words, status=7, **settings)))
                   for _ in range(RUNS))
        print(f"{what}: found {hits} of {RUNS} times", file=sys.stderr)
        self.assertEqual(RUNS, hits, what)

    @staticmethod
    def hangs(report):
        return [hang for place in report["places"] for hang in place["hangs"]]

    def held_by(self, name, function):
        """Whether all is there, if this build can name functions."""
        def found(report):
            hangs = self.hangs(report)
            at = report["places"][0]["at"]
            unnamed = "" if NAMES else function
            return len(report["places"]) == 1 and len(hangs) == 1 \
                and hangs[0]["holder"]["is_certain"] \
                and hangs[0]["holder"]["name"] == name \
                and (at["function"] or unnamed).endswith(function)
        return found

    def test_a_mutex_in_each_build(self):
        for build in BUILDS:
            with self.subTest(build=build):
                self.times(pathlib.Path(build).name,
                           self.held_by("reloader", "start_job"),
                           build, "mutex", options=KILL)

    def test_a_pool_in_cpp(self):
        if not POOL:
            self.skipTest("no C++ compiler here")
        self.times("a pool in C++", self.held_by("pool-logger", "start_job"),
                   POOL, options=KILL)

    def test_python(self):
        """A lock of Python is a semaphore: it has no owner."""
        self.times("Python",
                   lambda report: len(self.hangs(report)) == 1,
                   "/usr/bin/python3", HERE / "pool.py", options=KILL)

    def test_ruby(self):
        """It makes its locks anew in a child, which does not hang."""
        self.need("ruby")
        self.times("Ruby",
                   lambda report: [place["forks"]
                                   for place in report["places"]] == [1, 1],
                   "ruby", HERE / "pool.rb")

    def test_the_recipes(self):
        if not os.path.exists(RECIPES):
            self.skipTest("the recipes are not built here")
        for run in range(RECIPE_RUNS):
            report = self.watch(RECIPES)
            hung = sum(place["hung"] for place in report["places"])
            owners = [hang["holder"]["name"] for hang in self.hangs(report)
                      if hang["holder"]]
            print(f"recipes, {run + 1} of {RECIPE_RUNS}: {hung} hung, "
                  f"{len(owners)} kinds with a holder", file=sys.stderr)
            # By chance, a lookup may hang less often than those that must.
            self.assertGreaterEqual(hung, 10)
            self.assertGreaterEqual(len(owners), 2)


class FindsNothing(Test):
    def nothing(self, *words, **settings):
        report = self.watch(*words, **settings)
        self.assertEqual([], report["places"])
        return report["processes"]

    def test_bash(self):
        self.need("bash")
        script = "for i in $(seq 50); do (exit 1); echo $i | cat; done"
        self.assertGreater(self.nothing("bash", "-c", script), 100)

    def test_git(self):
        self.need("git")
        where = {"cwd": self.folder}
        self.nothing("git", "init", "-q", "x", **where)
        self.nothing("git", "-C", "x", "-c", "user.name=x",
                     "-c", "user.email=x@y", "commit", "-q",
                     "--allow-empty", "-m", "x", **where)
        self.nothing("git", "clone", "-q", "x", "y", **where)
        self.nothing("git", "-C", "y", "gc", "-q", **where)

    def test_a_build_of_this_tree_by_make(self):
        self.need("make")
        paths = [path for pattern in ("src/*.c", "src/*/*.c", "tools/*.c")
                 for path in sorted(ROOT.glob(pattern))
                 if path.name != "watcher_none.c"]
        sources = {f"{n}.o": path for n, path in enumerate(paths)}
        rules = "".join(
            f"{made}:\n\tcc -std=gnu11 -I{ROOT}/include -I{ROOT}/src "
            f"-I{ROOT}/tools -c {path} -o $@\n"
            for made, path in sources.items())
        (self.folder / "Makefile").write_text(
            f"spawn: {' '.join(sources)}\n\tcc $^ -o $@ -pthread -lrt\n"
            f"{rules}")
        self.assertGreater(
            self.nothing("make", "-s", "-j4", cwd=self.folder),
            2 * len(sources))
        self.assertTrue((self.folder / "spawn").exists())

    def test_cmake_and_ninja(self):
        self.need("cmake")
        self.need("ninja")
        (self.folder / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.10)\nproject(x C)\n"
            "add_executable(x x.c)\n")
        (self.folder / "x.c").write_text("int main(void) { return 0; }\n")
        self.nothing("cmake", "-G", "Ninja", "-B", "b", ".", cwd=self.folder)
        self.nothing("ninja", "-C", "b", cwd=self.folder)

    def test_pytest(self):
        (self.folder / "test_x.py").write_text(
            "import subprocess\n"
            "def test_x():\n    subprocess.run(['true'], check=True)\n")
        if subprocess.run(["/usr/bin/python3", "-c", "import pytest"],
                          stderr=subprocess.DEVNULL, check=False).returncode:
            self.skipTest("no pytest here")
        self.nothing("/usr/bin/python3", "-m", "pytest", "-q",
                     cwd=self.folder)

    def test_a_daemon(self):
        self.nothing(BUILDS[0], "daemon", status=7)

    def test_sshd(self):
        """It wants a directory of the system's: in a /run of its own."""
        self.need("ssh-keygen")
        sshd = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
        if sshd is None or os.getuid() != 0:
            self.skipTest("no sshd here, or no root to try it")
        key = self.folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "",
                        "-f", key], check=True)
        run = ["--new-ns=mount", "--mount=/run=tmpfs", "--mount=/run/sshd=dir"]
        if subprocess.run([SPAWN, *run, "--", "true"], check=False,
                          stderr=subprocess.DEVNULL).returncode:
            self.skipTest("no mounts can be made here")
        self.nothing(sshd, "-t", "-h", key, options=run)

    def test_nodes_child_process_is_listed(self):
        """It forks beside its threads, and executes at once."""
        self.need("node")
        report = self.watch(
            "node", "-e", "require('child_process').execFileSync('true');"
            "require('child_process').spawn('true')")
        self.assertEqual(["node"], sorted({
            pathlib.Path(place["program"]).name.rstrip("js")
            for place in report["places"]}))
        for place in report["places"]:
            self.assertEqual(place["forks"], place["executed"]["count"])
            self.assertEqual(0, place["hung"])


if __name__ == "__main__":
    TRIAL = subprocess.run([SPAWN, "--watch-forks", "--", BUILDS[0]],
                           text=True, stderr=subprocess.PIPE, check=False)
    if TRIAL.returncode and "ptrace" in TRIAL.stderr and \
            not trace_tools.may_be_traced():
        print(f"skipped: {TRIAL.stderr.strip()}")
        sys.exit(SKIPPED)
    verdict.main(argv=sys.argv[:1], verbosity=2)
