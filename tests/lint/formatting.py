#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The C files are as .clang-format has them; the scripts please shellcheck.

usage: formatting.py ROOT

Versions of clang-format differ in taste; 14, of Debian 12, is the one that
counts. Another one, or none, is a skip (exit status 77).
"""
import pathlib
import re
import shutil
import subprocess
import sys

import source_tree

VERSION = "14"
SHOWN = 10


def output(*command):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def formatter():
    """The clang-format of the right version, or None."""
    for name in (f"clang-format-{VERSION}", "clang-format"):
        if shutil.which(name):
            found = re.search(r"version (\d+)", output(name, "--version")[1])
            if found and found.group(1) == VERSION:
                return name
    return None


def main(root):
    tool, problems, checked = formatter(), [], 0
    if tool is None or not shutil.which("shellcheck"):
        print(f"SKIP: needs clang-format {VERSION} and shellcheck")
        sys.exit(77)
    sources = source_tree.files(root, ".c", ".h")
    scripts = [root / "dev", root / ".ci/run",
               *source_tree.files(root, ".sh")]
    for command, paths in (((tool, "--dry-run", "-Werror"), sources),
                           (("shellcheck", f"--source-path={root}"), scripts)):
        status, said = output(*command, *map(str, paths))
        checked += len(paths)
        if status:
            problems += re.findall(r"^.*: error: .*", said, re.M)[:SHOWN] \
                or [said.strip()]
    source_tree.finish(problems, checked)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
