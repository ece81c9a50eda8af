#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Other ways to build: each compiles without a warning and starts a program.

usage: builds.py ROOT {unity|lto|release|static|minimal|clang|musl}

A unity build also proves that no two static functions share a name.
"""
import os
import pathlib
import shutil
import sys
import tempfile

from trace_tools import must

BARE = ["-Dtests=false", "-Dbench=false"]
WAYS = {
    "unity": ["--unity=on", "--unity-size=1000", *BARE],
    "lto": ["-Db_lto=true", "--buildtype=release", *BARE],
    "release": ["--buildtype=release", *BARE],
    "static": ["--default-library=static", *BARE],
    "minimal": ["--buildtype=minsize", *BARE],
    "clang": ["--unity=on", "--unity-size=1000", *BARE],
    "musl": ["--default-library=static", "-Dc_link_args=-static", *BARE],
}
COMPILER = {"clang": "clang", "musl": "musl-gcc"}


def main(root, way):
    compiler = COMPILER.get(way, "cc")
    if not shutil.which(compiler):
        print(f"SKIP: {compiler} is not here")
        sys.exit(77)
    environment = dict(os.environ, CC=compiler)
    for name in ("CFLAGS", "LDFLAGS", "MESON_SOURCE_ROOT", "MAKEFLAGS"):
        environment.pop(name, None)
    with tempfile.TemporaryDirectory() as folder:
        must("meson", "setup", "--werror", *WAYS[way], folder, root,
             env=environment)
        must("ninja", "-C", folder)
        said = must(pathlib.Path(folder, "tools/spawn"), "--", "/bin/sh",
                    "-c", "echo started")
    if said != "started\n":
        sys.exit(f"spawn printed {said!r}")
    print(f"{way}: builds and starts a program")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2])
