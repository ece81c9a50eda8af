#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Other ways to build: each compiles without a warning and starts a program.

usage: builds.py ROOT {small|lto|clang|musl|chosen}

A unity build also proves that no two static functions share a name. "chosen" is
a library for a runtime: starts by one backend, and nothing that comes after. The
release build is tried by reproducible.py.
"""
import os
import pathlib
import shutil
import sys
import tempfile

import exports
from trace_tools import must

BARE = ["-Dtests=false", "-Dbench=false"]
UNITY = ["--unity=on", "--unity-size=1000"]
WAYS = {
    "small": [*UNITY, "--default-library=static", "--buildtype=minsize", *BARE],
    "lto": ["-Db_lto=true", "--buildtype=release", *BARE],
    "clang": [*UNITY, *BARE],
    "musl": ["--default-library=static", "-Dc_link_args=-static", *BARE],
}
CHOSEN = ["-Dafter=false", "-Dbackends=clone", "-Doverride=false",
          "-Dtools=false", *BARE]
# It compiles although the header has no libspawn_run() for it.
STARTS = """
#include <libspawn.h>
void *libspawn_run;
int main(void)
{
	char *argv[] = { (char *)"true", 0 };
	struct libspawn_process process;
	struct libspawn_status status;

	if (libspawn_start(&process, "/bin/true", argv, 0, 0) ||
	    libspawn_wait(&process, LIBSPAWN_FOREVER, &status))
		return 1;
	return process.backend != LIBSPAWN_BACKEND_CLONE || status.code;
}
"""
COMPILER = {"clang": "clang", "musl": "musl-gcc"}


def build(root, folder, options, environment):
    must("meson", "setup", "--werror", *options, folder, root,
         env=environment)
    must("ninja", "-C", folder)


def chosen(root, folder, environment):
    """What it exports, needs and does."""
    build(root, folder, CHOSEN, environment)
    library = folder / "src/libspawn.so"
    left_out = exports.declared(root / "include/libspawn.h") - \
        exports.symbols("-D", library)
    if left_out != exports.AFTER:
        sys.exit(f"left out: {' '.join(sorted(left_out))}")
    if "posix_spawn" in must("nm", "-D", "-u", library):
        sys.exit("posix_spawn() is called by a backend that was not chosen")
    source = folder / "starts.c"
    source.write_text(STARTS)
    must("cc", "-DLIBSPAWN_NO_AFTER", f"-I{root}/include", source, library,
         f"-Wl,-rpath,{library.parent}", "-o", folder / "starts")
    must(folder / "starts", env={"LIBSPAWN_BACKEND": "nonsense"})
    size = must("size", library).split()[6]
    print(f"chosen: {size} bytes of code, and starts a program")


def started(root, folder, way, environment):
    build(root, folder, WAYS[way], environment)
    said = must(folder / "tools/spawn", "--", "/bin/sh", "-c", "echo started")
    if said != "started\n":
        sys.exit(f"spawn printed {said!r}")
    print(f"{way}: builds and starts a program")


def main(root, way):
    compiler = COMPILER.get(way, "cc")
    if not shutil.which(compiler):
        print(f"SKIP: {compiler} is not here")
        sys.exit(77)
    environment = dict(os.environ, CC=compiler)
    for name in ("CFLAGS", "LDFLAGS", "MESON_SOURCE_ROOT", "MAKEFLAGS"):
        environment.pop(name, None)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if way == "chosen":
            chosen(root, folder, environment)
        else:
            started(root, folder, way, environment)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2])
