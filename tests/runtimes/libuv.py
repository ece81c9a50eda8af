#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""libuv with its launcher replaced, as a user gets it, beside the stock one.

usage: libuv.py ROOT PROBE RELEASE

Fetches the source of libuv of that Debian release, lets runtimes/libuv/replace.py
work on a copy, and compares the two: every case of libuv's own test runner, as
root and as another user; of the release that has it, the cases of node/ on
Debian's Node, whose libuv is exchanged. What differs is tried again alone: only
what differs each time counts. Prints how many starts went through libspawn.
"""
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile

import beside
import trace_tools
from debian_packages import Debian

#: Debian's Node, and what it misses when it is not installed.
NODE = ["nodejs", "libnode108", "libc-ares2", "node-acorn",
        "node-cjs-module-lexer", "node-undici", "node-busboy", "node-xtend"]
NODE_RELEASE = "bookworm"
#: Of more than 400 and of 200 cases, so many must pass.
LEAST_OF_RUNNER, LEAST_OF_NODE = 300, 150


class Build:
    """A tree of libuv, compiled. Its folder is all that a run sees."""

    def __init__(self, kind, folder, tree):
        self.kind, self.folder = kind, folder
        self.tree = folder / "tree"
        shutil.copytree(tree, self.tree, symlinks=True)
        shutil.copytree(tree / "test", folder / "test")
        beside.make_counter(folder)
        # The runner makes files here, and compares their owner.
        for path in (folder, *(folder / "test").rglob("*")):
            os.chown(path, beside.USER, beside.USER)

    def compile(self, checks, *targets):
        build = self.folder / "build"
        beside.must_run(checks, self.kind, [
            ["cmake", "-G", "Ninja", "-S", self.tree, "-B", build,
             "-DCMAKE_BUILD_TYPE=Debug"],
            ["ninja", "-j2", "-C", build, *targets]])

    def run_tests(self, user, *names):
        """How each case of libuv's runner ended: {name: outcome}."""
        done = beside.alone(
            self.folder, ["/mnt/build/uv_run_tests", *names], user,
            UV_RUN_AS_ROOT="1", UV_TEST_TIMEOUT_MULTIPLIER="4",
            LD_LIBRARY_PATH="/mnt/build")
        found = re.findall(r"^(ok|not ok) \d+ - (\S+)( # SKIP)?", done.stdout,
                           re.M)
        return {name: "skipped" if skip else word
                for word, name, skip in found}

    def run_node(self, script, *words):
        libraries = "/mnt/build:/mnt/node/usr/lib/x86_64-linux-gnu"
        return beside.alone(
            self.folder, ["/mnt/node/usr/bin/node", f"/mnt/cases/{script}",
                          *words], LD_LIBRARY_PATH=libraries)

    def run_cases(self, *names):
        """What came of each case of node/: {name: outcome}."""
        output = self.folder / "outcomes"
        output.unlink(missing_ok=True)
        done = self.run_node("run.js", "/mnt/probe", "/tmp", "/mnt/outcomes",
                             *names)
        if not output.is_file():
            sys.exit(f"{self.kind}: {done.stdout}{done.stderr}")
        return json.loads(output.read_text())


def runs_of(builds, method, *words):
    return [lambda *names, build=build: getattr(build, method)(*words, *names)
            for build in builds]


def has_more_room(stock, ours):
    """Stock libuv makes a pipe for errors, for which a table may have no room;
    nothing else in the cases can have these two outcomes."""
    return (stock, ours) == ("EMFILE\n", "0\n")


def has_an_outcome(outcome):
    """A case of node/ that has come to its end."""
    return outcome != "it hangs" and not (
        isinstance(outcome, dict) and "thrown" in outcome)


def fetch_node(builds, work):
    """Debian's Node, unpacked for both; whether it came."""
    debian = Debian(work / "node", NODE_RELEASE)
    if not debian.update("deb") or not debian.unpack(NODE, work / "node/tree"):
        return False
    for build in builds:
        shutil.copytree(work / "node/tree", build.folder / "node",
                        symlinks=True)
        shutil.copytree(work / "node/tree/usr/share/nodejs",
                        build.folder / "share/nodejs", symlinks=True)
    return True


def compare_node(checks, builds, work, root, probe):
    """Whether it could be tried."""
    if not fetch_node(builds, work):
        return False
    for build in builds:
        shutil.copytree(root / "tests/runtimes/node", build.folder / "cases")
        shutil.copy(probe, build.folder / "probe")
    beside.compare(checks, "Node's child_process",
                   runs_of(builds, "run_cases"), LEAST_OF_NODE,
                   has_an_outcome, has_more_room)
    for build in builds:
        done = build.run_node("busy.js", "/tmp")
        told = done.stdout.strip()
        print(f"1,200 programs, written and started, {build.kind}: {told}")
        checks.check(build.kind == "stock" or told == '{"status 0":1200}',
                     f"busy.js: {told}{done.stderr}")
    return True


def prepare(checks, root, work, release):
    """The two builds; one runner serves both, with a library each."""
    debian = Debian(work, release)
    tree = debian.update() and debian.source("libuv1", work / "source")
    if not tree:
        trace_tools.skip(f"the source of libuv of {release} can't be fetched")
    stock = Build("stock", work / "stock", tree)
    stock.compile(checks, "uv", "uv_run_tests")
    ours = Build("ours", work / "ours", tree)
    beside.replace(checks, root / "runtimes/libuv/replace.py", ours.tree,
                   ours.tree / "src/unix/uv_libspawn.c")
    ours.compile(checks, "uv")
    shutil.copy(work / "stock/build/uv_run_tests", work / "ours/build")
    return [stock, ours]


def sanitize(checks, root, work, kind):
    """The adapter, compiled with a sanitizer, in eight threads."""
    tree, build = work / "ours/tree", work / f"sanitized-{kind[:4]}"
    flags = f"-fsanitize={kind} -fno-sanitize-recover=all"
    beside.must_run(checks, kind, [
        ["cmake", "-G", "Ninja", "-S", tree, "-B", build,
         "-DCMAKE_BUILD_TYPE=Debug", "-DBUILD_TESTING=OFF",
         f"-DCMAKE_C_FLAGS={flags}"],
        ["ninja", "-j2", "-C", build, "uv_a"],
        ["gcc", "-g", *flags.split(), f"-I{tree / 'include'}",
         root / "tests/runtimes/uv_threads.c", "-o", build / "threads",
         f"-L{build}", "-l:libuv.a", "-lpthread"]])
    beside.run_sanitized(checks, f"libuv, {kind}", build, [build / "threads"])


def main(root, probe, release):
    beside.need_what_it_takes("cmake")
    checks = trace_tools.Checks()
    with tempfile.TemporaryDirectory(prefix="libuv.") as folder:
        work = pathlib.Path(folder)
        work.chmod(0o755)
        builds = prepare(checks, root, work, release)
        for user in (True, False):
            beside.compare(checks,
                           f"libuv's runner, {'a user' if user else 'root'}",
                           runs_of(builds, "run_tests", user),
                           LEAST_OF_RUNNER)
        is_whole = True
        if release == NODE_RELEASE:
            is_whole = compare_node(checks, builds, work, root, probe)
        else:
            for kind in ("address,undefined", "thread"):
                sanitize(checks, root, work, kind)
        beside.check_count(checks, builds[1].folder)
    if not is_whole and not checks.failed:
        trace_tools.skip("the rest is good, but Debian's Node can't be fetched")
    checks.finish()


if __name__ == "__main__":
    main(*(pathlib.Path(word).resolve() for word in sys.argv[1:3]), sys.argv[3])
