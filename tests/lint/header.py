#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The public headers compile alone, in every language it claims.

usage: header.py ROOT

As C99, C11, C++11 and C++20, with each compiler that is here, twice in a row
(the include guard) and after nothing else. libspawn.h also in a freestanding
environment; -Wpadded shows that no struct of it has hidden padding, with
pointers of 8 bytes and, where a compiler for such a processor is here, of 4.
libspawn_workers.h is tried as libspawn.h is. libspawn_posix.h needs a C library,
and is tried with its redirection too.
"""
import pathlib
import shutil
import subprocess
import sys

import source_tree

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow",
            "-Wundef", "-Werror"]
C = ["-std=c99", "-std=c11", "-std=c17", "-std=gnu11"]
ALONE = ["-std=c11 -ffreestanding", "-std=c11 -Wpadded"]
CXX = ["-std=c++11", "-std=c++20", "-std=c++11 -Wold-style-cast"]
COMPILERS = {
    "gcc": ("c", C + ALONE), "clang": ("c", C + ALONE),
    "i686-linux-gnu-gcc": ("c", C + ALONE),
    "arm-linux-gnueabihf-gcc": ("c", C + ALONE),
    "g++": ("c++", CXX), "clang++": ("c++", CXX),
}
POSIX = {
    "gcc": ("c", C), "clang": ("c", C), "musl-gcc": ("c", C),
    "g++": ("c++", CXX), "clang++": ("c++", CXX),
}
PROGRAM = "#include <libspawn.h>\n#include <libspawn.h>\n" \
    "extern int declared;\n" \
    "extern struct libspawn_options defined;\n" \
    "struct libspawn_options defined;\n"


WORKERS_PROGRAM = "#include <libspawn_workers.h>\n" \
    "#include <libspawn_workers.h>\n" \
    "extern struct libspawn_pool_how defined;\n" \
    "struct libspawn_pool_how defined;\n"
POSIX_PROGRAM = "#include <libspawn_posix.h>\n" \
    "#include <libspawn_posix.h>\n" \
    "int (*pclose_of)(FILE *) = libspawn_pclose;\n"
REDIRECTED = "#define LIBSPAWN_POSIX_REDIRECT\n" + POSIX_PROGRAM + \
    "int declared(posix_spawnattr_t *attributes);\n" \
    "int declared(posix_spawnattr_t *attributes)\n" \
    "{ return posix_spawnattr_init(attributes) + system(0); }\n"


def compiles(compiler, language, standard, root, program):
    return subprocess.run(
        [compiler, "-x", language, *standard.split(), *WARNINGS,
         "-I", root / "include", "-c", "-o", "/dev/null", "-"],
        input=program, text=True, stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE, check=False)


def check(root, compilers, program):
    """How many were tried, and what they said against it."""
    problems, checked = [], 0
    for compiler, (language, standards) in compilers.items():
        if not shutil.which(compiler):
            print(f"{compiler}: not here, not tried")
            continue
        for standard in standards:
            result = compiles(compiler, language, standard, root, program)
            checked += 1
            if result.returncode:
                problems.append(f"{compiler} {standard}:\n{result.stdout}")
    return problems, checked


def main(root):
    problems, checked = [], 0
    for compilers, program in [(COMPILERS, PROGRAM),
                               (COMPILERS, WORKERS_PROGRAM),
                               (POSIX, POSIX_PROGRAM),
                               (POSIX, REDIRECTED)]:
        found, tried = check(root, compilers, program)
        problems += found
        checked += tried
    source_tree.finish(problems, checked)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
