#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two builds give the same bytes, and lay each file in its place.

usage: reproducible.py ROOT

Builds for release in two copies of the tree, at paths of different lengths, in
another locale and time zone, one in more jobs than the other, and compares all
that is installed. What is built starts a program.
"""
import os
import pathlib
import shutil
import sys
import tempfile

import consumer
import trace_tools

OPTIONS = ["--werror", "--buildtype=release", "--default-library=both",
           "--prefix=/usr", "--libdir=lib", "-Dtests=false", "-Dbench=false"]
SURROUNDINGS = [
    ("one", "1", {"LC_ALL": "C", "TZ": "UTC"}),
    ("another/place", "2", {"LC_ALL": "C.UTF-8", "TZ": "Asia/Kolkata"}),
]


def build(root, folder, surroundings):
    """The files that are installed: their bytes, by their paths."""
    name, jobs, variables = surroundings
    tree, made = folder / name / "tree", folder / name / "laid"
    shutil.copytree(root, tree, ignore=consumer.LEFT_BEHIND)
    environment = dict(os.environ, DESTDIR=str(made), **variables)
    for command in (["meson", "setup", *OPTIONS, tree / "build", tree],
                    ["ninja", "-C", tree / "build", "-j", jobs],
                    ["meson", "install", "-C", tree / "build", "--no-rebuild"]):
        trace_tools.must(*command, env=environment)
    trace_tools.must(tree / "build/tools/spawn", "--", "/bin/true")
    return {str(path.relative_to(made)): path.read_bytes()
            for path in sorted(made.rglob("*")) if path.is_file()}


def main(root):
    checks = trace_tools.Checks()
    with tempfile.TemporaryDirectory(prefix="reproducible.") as name:
        folder = pathlib.Path(name)
        first, second = trace_tools.on_all_processors(
            lambda one: build(root, folder, one), SURROUNDINGS)
    checks.check(first.keys() == second.keys(),
                 f"other files: {first.keys() ^ second.keys()}")
    for path in consumer.LAID:
        checks.check(f"usr/{path}" in first, f"not installed: {path}")
    for path in first.keys() & second.keys():
        checks.check(first[path] == second[path], f"{path}: other bytes")
    print(f"{len(first)} files, {sum(map(len, first.values()))} bytes")
    checks.finish()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
