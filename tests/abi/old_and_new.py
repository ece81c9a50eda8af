#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Old programs meet the newest library, and new ones an old library.

usage: old_and_new.py ROOT LIBRARY PROBE

tests/abi/0.1 has that release in two files (the source is compressed). A
program compiled with its header runs with either library; one of today's runs
with the old library as long as it asks for nothing newer, and is refused if it
does. The same on a processor of 32 bits, linked statically, by emulation.
"""
import lzma
import os
import pathlib
import re
import shutil
import sys
import tempfile

import trace_tools

OLDEST = "0.1"
SHARED = ["-shared", "-fPIC", "-fvisibility=hidden",
          '-DLIBSPAWN_API=__attribute__((visibility("default")))']
WARNINGS = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
            "-Wno-missing-field-initializers"]
SMALL = "i686-linux-gnu-gcc"


def released(root):
    """The folder of the oldest release that is kept."""
    return root / "tests/abi" / OLDEST


def unpack(root, folder):
    """The two files of that release, in a folder of their own."""
    place = folder / "old"
    place.mkdir()
    shutil.copy(released(root) / "libspawn.h", place)
    packed = (released(root) / "libspawn.c.xz").read_bytes()
    (place / "libspawn.c").write_bytes(lzma.decompress(packed))
    return place


def build_library(place, symbols, *flags):
    """libspawn.so.0 of two files, beside them."""
    trace_tools.must("cc", "-g", *SHARED, "-pthread", f"-I{place}",
                     f"-Wl,--version-script={symbols}",
                     "-Wl,-soname,libspawn.so.0", "-o", place / "libspawn.so.0",
                     place / "libspawn.c", *flags)
    return place / "libspawn.so.0"


def build_program(root, header, library, result, *flags, name="old_program"):
    trace_tools.must("cc", *WARNINGS, f"-I{header}", "-o", result, *flags,
                     root / f"tests/abi/{name}.c", library)
    return result


def run(program, library, probe):
    """(whether it is content, what it says) of a program with this library."""
    variables = dict(os.environ, LD_LIBRARY_PATH=str(library.parent))
    done = trace_tools.run([program, probe], env=variables)
    return done.returncode == 0, done.stdout + done.stderr


def newest_version(root):
    text = (root / "include/libspawn.h").read_text()
    return ".".join(re.findall(r"#define LIBSPAWN_VERSION_\w+ (\d+)", text))


def check_old_program(checks, root, folder, libraries, probe):
    old, new = libraries
    program = build_program(root, released(root), old, folder / "old_program")
    for library, version in (old, "0.1.0"), (new, newest_version(root)):
        good, said = run(program, library, probe)
        checks.check(good and f"running with {version}" in said,
                     f"an old program with {version}:\n{said}")


def check_new_program(checks, root, folder, libraries, probe):
    old, new = libraries
    program = build_program(root, root / "include", new, folder / "new_program",
                            name="new_program")
    good, said = run(program, old, probe)
    checks.check(good and said.count("refused: ") == 4,
                 f"a new program with 0.1.0:\n{said}")
    print(said)
    program = build_program(root, root / "include", new, folder / "calls",
                            "-DCALLS_A_NEW_FUNCTION", name="new_program")
    good, said = run(program, old, probe)
    checks.check(not good and "`LIBSPAWN_0.2' not found" in said,
                 f"a new function with 0.1.0:\n{said}")


def compile_small(result, header, source, *flags):
    trace_tools.must(SMALL, "-c", *WARNINGS, *flags, f"-I{header}", "-o", result,
                     source)
    return result


def check_small(checks, root, folder):
    """Objects of two releases are linked into one program of 32 bits."""
    emulator = "qemu-i386-static"
    missing = trace_tools.missing(SMALL, emulator)
    if missing:
        print(f"no {missing}: nothing of 32 bits was tried")
        return
    release, probe = folder / "release", folder / "small_probe"
    trace_tools.must(sys.executable, "-B", root / "release/amalgamate.py", root,
                     release)
    trace_tools.must(SMALL, "-static", "-O1", "-pthread", "-o", probe,
                     root / "tests/support/probe.c")
    sides = {OLDEST: folder / "old", newest_version(root): release}
    for version, place in sides.items():
        program = folder / f"small-{version}"
        objects = [
            compile_small(folder / "small_program.o", released(root),
                          root / "tests/abi/old_program.c"),
            compile_small(folder / "small_library.o", place, place / "libspawn.c"),
        ]
        trace_tools.must(SMALL, "-static", "-pthread", "-o", program, *objects)
        done = trace_tools.run([emulator, program, probe])
        checks.check(done.returncode == 0, f"32 bits with {version}:\n"
                     f"{done.stdout}{done.stderr}")
        print(f"32 bits: {done.stdout.strip()}")


def main(root, library, probe):
    checks = trace_tools.Checks()
    with tempfile.TemporaryDirectory(prefix="abi.") as name:
        folder = pathlib.Path(name)
        place = unpack(root, folder)
        old = build_library(place, released(root) / "libspawn.map")
        libraries = old, library
        check_old_program(checks, root, folder, libraries, probe)
        check_new_program(checks, root, folder, libraries, probe)
        check_small(checks, root, folder)
    checks.finish()


if __name__ == "__main__":
    main(*(pathlib.Path(name).resolve() for name in sys.argv[1:]))
