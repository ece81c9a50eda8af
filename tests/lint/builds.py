#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Other ways to build: each compiles without a warning and starts a program.

usage: builds.py ROOT {unity|lto|release|static|minimal|clang|musl}

A unity build also proves that no two static functions share a name.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

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


def run(*command, **more):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False,
                          stdin=subprocess.DEVNULL, **more)
    if done.returncode:
        print(*command)
        print(done.stdout)
        sys.exit(f"exit status {done.returncode}")
    return done.stdout


def main(root, way):
    compiler = COMPILER.get(way, "cc")
    if not shutil.which(compiler):
        print(f"SKIP: {compiler} is not here")
        sys.exit(77)
    environment = dict(os.environ, CC=compiler)
    for name in ("CFLAGS", "LDFLAGS", "MESON_SOURCE_ROOT", "MAKEFLAGS"):
        environment.pop(name, None)
    with tempfile.TemporaryDirectory() as folder:
        run("meson", "setup", "--werror", *WAYS[way], folder, root,
            env=environment)
        run("ninja", "-C", folder)
        said = run(pathlib.Path(folder, "tools/spawn"), "--", "/bin/sh",
                   "-c", "echo started")
    if said != "started\n":
        sys.exit(f"spawn printed {said!r}")
    print(f"{way}: builds and starts a program")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2])
