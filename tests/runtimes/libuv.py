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

import trace_tools
from debian_packages import Debian

TOOLS = ["apt-get", "dpkg-source", "cmake", "ninja", "gcc", "unshare",
         "setpriv", "ip"]
#: Debian's Node, and what it misses when it is not installed.
NODE = ["nodejs", "libnode108", "libc-ares2", "node-acorn",
        "node-cjs-module-lexer", "node-undici", "node-busboy", "node-xtend"]
NODE_RELEASE = "bookworm"
#: Stock libuv makes a pipe for errors; there the table has no room for it.
ROOM = re.compile(r"life: a table with room for (\d+), streams: (\w+)")
TRIES = 3
USER = 65534
ALONE = """
mount --bind "$1" /mnt && mount -t tmpfs none /tmp && chmod 1777 /tmp &&
ip link set lo up && cd /mnt && shift || exit 99
if [ -d /mnt/node/usr/share/nodejs ]; then
	mount -t tmpfs none /usr/share && mkdir /usr/share/nodejs &&
	mount --bind /mnt/node/usr/share/nodejs /usr/share/nodejs || exit 99
fi
exec "$@"
"""

COUNTER = """
#include <fcntl.h>
#include <unistd.h>

static int counted_start(struct libspawn_process *process, const char *program,
                         char *const argv[],
                         const struct libspawn_options *options,
                         struct libspawn_error *error) {
  int code = libspawn_start(process, program, argv, options, error);
  int fd = open("/mnt/starts", O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd >= 0) {
    (void) !write(fd, code ? "-" : "+", 1);
    close(fd);
  }
  return code;
}
#define libspawn_start counted_start
"""


def alone(work, command, user=False, timeout=900, **variables):
    """Run it with a network, /tmp and working folder of its own."""
    become = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
    return trace_tools.run(
        ["unshare", "-nm", "sh", "-c", ALONE, "sh", work,
         *(become if user else []), *command],
        timeout=timeout, env=dict(os.environ, HOME="/tmp", **variables))


class Build:
    """A tree of libuv, compiled. Its folder is all that a run sees."""

    def __init__(self, kind, folder, tree):
        self.kind, self.folder = kind, folder
        self.tree = folder / "tree"
        shutil.copytree(tree, self.tree, symlinks=True)
        shutil.copytree(tree / "test", folder / "test")
        (folder / "starts").touch()
        (folder / "starts").chmod(0o666)
        # The runner makes files here, and compares their owner.
        for path in (folder, *(folder / "test").rglob("*")):
            os.chown(path, USER, USER)

    def compile(self, checks, *targets):
        build = self.folder / "build"
        for command in (
                ["cmake", "-G", "Ninja", "-S", self.tree, "-B", build,
                 "-DCMAKE_BUILD_TYPE=Debug"],
                ["ninja", "-j2", "-C", build, *targets]):
            done = trace_tools.run(command, timeout=900)
            if not checks.check(done.returncode == 0,
                                f"{self.kind}: {done.stdout}{done.stderr}"):
                checks.finish()

    def replace(self, checks, root):
        """By our script, and with a counter that is the test's alone."""
        script = root / "runtimes/libuv/replace.py"
        done = trace_tools.run([sys.executable, "-B", script, self.tree])
        checks.check(done.returncode == 0, done.stderr)
        print(done.stdout.strip())
        adapter = self.tree / "src/unix/uv_libspawn.c"
        text = adapter.read_text()
        line = '#include "libspawn.c"\n'
        adapter.write_text(text.replace(line, line + COUNTER))

    def run_tests(self, user, *names):
        """How each case of libuv's runner ended: {name: outcome}."""
        done = alone(self.folder, ["/mnt/build/uv_run_tests", *names], user,
                     UV_RUN_AS_ROOT="1", UV_TEST_TIMEOUT_MULTIPLIER="4",
                     LD_LIBRARY_PATH="/mnt/build")
        found = re.findall(r"^(ok|not ok) \d+ - (\S+)( # SKIP)?", done.stdout,
                           re.M)
        return {name: "skipped" if skip else word
                for word, name, skip in found}

    def run_node(self, node, script, *words):
        libraries = "/mnt/build:/mnt/node/usr/lib/x86_64-linux-gnu"
        return alone(self.folder, [node, f"/mnt/cases/{script}", *words],
                     LD_LIBRARY_PATH=libraries)

    def run_cases(self, node, *names):
        """What came of each case of node/: {name: outcome}."""
        output = self.folder / "outcomes"
        (self.folder / "outcomes").unlink(missing_ok=True)
        done = self.run_node(node, "run.js", "/mnt/probe", "/tmp",
                             "/mnt/outcomes", *names)
        if not output.is_file():
            sys.exit(f"{self.kind}: {done.stdout}{done.stderr}")
        return json.loads(output.read_text())

    def starts(self):
        text = (self.folder / "starts").read_text()
        return text.count("+"), text.count("-")


def both(builds, work):
    """work(build) for the two at once."""
    return trace_tools.on_all_processors(work, builds)


def differing(stock, ours):
    return [name for name in {**stock, **ours}
            if stock.get(name) != ours.get(name)]


def compare(checks, what, builds, run):
    """run(build, *names) of both; what differs is run again, one by one."""
    stock, ours = both(builds, run)
    for name in differing(stock, ours):
        for _ in range(TRIES):
            for build, seen in zip(builds, (stock, ours)):
                seen.update(run(build, name))
            if stock.get(name) == ours.get(name) or has_more_room(
                    name, stock, ours):
                break
        checks.check(stock.get(name) == ours.get(name)
                     or has_more_room(name, stock, ours),
                     f"{what}: {name}: stock {stock.get(name)}, "
                     f"ours {ours.get(name)}")
    checks.check(ours, f"{what}: no case was run")
    outcomes = list(ours.values())
    for name in [name for name in ours if ours[name] == "not ok"]:
        print(f"{what}: {name} fails with both")
    for name in differing(stock, ours):
        print(f"{what}: {name}: stock {stock[name]!r}, ours {ours[name]!r}")
    print(f"{what}: {len(ours)} cases, {outcomes.count('skipped')} skipped, "
          f"{len(differing(stock, ours))} differ")


def has_more_room(name, stock, ours):
    """The one thing that may differ: a start that stock has no room for."""
    if not ROOM.fullmatch(name):
        return False
    return (stock.get(name), ours.get(name)) == ("EMFILE\n", "0\n")


def compare_runner(checks, builds):
    for user in (True, False):
        compare(checks, "libuv's runner, " + ("a user" if user else "root"),
                builds, lambda build, *names, user=user:
                build.run_tests(user, *names))


def find_node(builds, work):
    """Debian's Node, unpacked for both; or None."""
    debian = Debian(work / "node", NODE_RELEASE)
    if not debian.update("deb") or not debian.unpack(NODE, work / "node/tree"):
        return None
    for build in builds:
        shutil.copytree(work / "node/tree", build.folder / "node",
                        symlinks=True)
    return "/mnt/node/usr/bin/node"


def compare_node(checks, builds, work, root, probe):
    node = find_node(builds, work)
    if not node:
        print("left out: Debian's Node could not be fetched")
        return
    for build in builds:
        shutil.copytree(root / "tests/runtimes/node", build.folder / "cases")
        shutil.copy(probe, build.folder / "probe")
    compare(checks, "Node's child_process", builds,
            lambda build, *names: build.run_cases(node, *names))
    for build in builds:
        done = build.run_node(node, "busy.js", "/tmp")
        told = done.stdout.strip()
        print(f"1,200 programs, written and started, {build.kind}: {told}")
        checks.check(build.kind == "stock" or told == '{"status 0":1200}',
                     f"busy.js: {told}{done.stderr}")


def prepare(checks, root, work, release):
    """The two builds; one runner serves both, with a library each."""
    debian = Debian(work, release)
    tree = debian.update() and debian.source("libuv1", work / "source")
    if not tree:
        trace_tools.skip(f"the source of libuv of {release} can't be fetched")
    stock = Build("stock", work / "stock", tree)
    stock.compile(checks, "uv", "uv_run_tests")
    ours = Build("ours", work / "ours", tree)
    ours.replace(checks, root)
    ours.compile(checks, "uv")
    shutil.copy(work / "stock/build/uv_run_tests", work / "ours/build")
    return [stock, ours]


def main(root, probe, release):
    lacking = trace_tools.missing(*TOOLS)
    if lacking:
        trace_tools.skip(f"{lacking} is not installed")
    if os.getuid() != 0 or trace_tools.run(["unshare", "-nm", "true"]).returncode:
        trace_tools.skip("not root, who alone can give each run its own /tmp")
    checks = trace_tools.Checks()
    with tempfile.TemporaryDirectory(prefix="libuv.") as folder:
        work = pathlib.Path(folder)
        work.chmod(0o755)
        builds = prepare(checks, root, work, release)
        compare_runner(checks, builds)
        if release == NODE_RELEASE:
            compare_node(checks, builds, work, root, probe)
        good, failed = builds[1].starts()
    print(f"through libspawn: {good} starts, and {failed} that failed")
    checks.check(good > 0 and failed > 0, "no start went through libspawn")
    checks.finish()


if __name__ == "__main__":
    main(*(pathlib.Path(word).resolve() for word in sys.argv[1:3]), sys.argv[3])
