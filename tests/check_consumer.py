#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Others can use the library: as a meson subproject, and installed.

usage: check_consumer.py ROOT

In a temporary folder, tests/consumer/ is built twice: with a copy of this tree
as its subproject, and against what `meson install` and pkg-config give.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

LEFT_BEHIND = shutil.ignore_patterns(".git", "build", "build-*",
                                      "__pycache__")


def run(*command, **more):
    done = subprocess.run([str(word) for word in command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, check=False, **more)
    if done.returncode:
        print(*command)
        print(done.stdout)
        sys.exit(f"exit status {done.returncode}")
    return done.stdout


def as_subproject(root, folder):
    shutil.copytree(root / "tests/consumer", folder / "consumer")
    shutil.copytree(root, folder / "consumer/subprojects/libspawn",
                    ignore=LEFT_BEHIND)
    build = folder / "build-consumer"
    run("meson", "setup", build, folder / "consumer")
    run("ninja", "-C", build)
    run(build / "consumer")


def installed(root, folder):
    build, prefix = folder / "build-library", folder / "prefix"
    run("meson", "setup", build, root, f"--prefix={prefix}", "--libdir=lib",
        "--default-library=both", "-Dtests=false", "-Dbench=false")
    run("meson", "install", "-C", build)
    environment = dict(os.environ, LD_LIBRARY_PATH=str(prefix / "lib"),
                       PKG_CONFIG_PATH=str(prefix / "lib/pkgconfig"))
    flags = run("pkg-config", "--cflags", "--libs", "libspawn",
                env=environment).split()
    run("cc", "-o", folder / "consumer-installed",
        root / "tests/consumer/consumer.c", *flags)
    run(folder / "consumer-installed", env=environment)


def main(root):
    with tempfile.TemporaryDirectory() as name:
        as_subproject(root, pathlib.Path(name))
        print("a subproject: builds and starts a program")
        installed(root, pathlib.Path(name))
        print("installed: builds and starts a program")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
