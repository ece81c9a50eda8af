#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The public header compiles alone, in every language it claims.

usage: check_header.py ROOT

As C99, C11, C++11 and C++20, with each compiler that is here, twice in a row
(the include guard), after nothing else, and in a freestanding environment.
-Wpadded shows that no struct has hidden padding, with pointers of 8 bytes and,
where a compiler for such a processor is here, of 4.
"""
import pathlib
import shutil
import subprocess
import sys

import source_tree

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow",
            "-Wundef", "-Werror"]
C = ["-std=c99", "-std=c11", "-std=c17", "-std=gnu11",
     "-std=c11 -ffreestanding", "-std=c11 -Wpadded"]
CXX = ["-std=c++11", "-std=c++20", "-std=c++11 -Wold-style-cast"]
COMPILERS = {
    "gcc": ("c", C), "clang": ("c", C),
    "i686-linux-gnu-gcc": ("c", C), "arm-linux-gnueabihf-gcc": ("c", C),
    "g++": ("c++", CXX), "clang++": ("c++", CXX),
}
PROGRAM = "#include <libspawn.h>\n#include <libspawn.h>\n" \
    "extern int declared;\n" \
    "extern struct libspawn_options defined;\n" \
    "struct libspawn_options defined;\n"


def compiles(compiler, language, standard, root):
    return subprocess.run(
        [compiler, "-x", language, *standard.split(), *WARNINGS,
         "-I", root / "include", "-c", "-o", "/dev/null", "-"],
        input=PROGRAM, text=True, stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE, check=False)


def main(root):
    problems, checked = [], 0
    for compiler, (language, standards) in COMPILERS.items():
        if not shutil.which(compiler):
            print(f"{compiler}: not here, not tried")
            continue
        for standard in standards:
            result = compiles(compiler, language, standard, root)
            checked += 1
            if result.returncode:
                problems.append(f"{compiler} {standard}:\n{result.stdout}")
    source_tree.finish(problems, checked)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
