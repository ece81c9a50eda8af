#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A promise that is broken is noticed: a test of the tests.

usage: seeded.py ROOT PROBE

In a copy of the tree one promise of docs/abi.md is broken at a time, and the
library built. abidiff must find it (interface.py), and the old program must
fail with it (old_and_new.py), but for what only one of them can see. What the
promise allows, neither may mind.
"""
import pathlib
import shutil
import sys
import tempfile

import interface
import old_and_new
import trace_tools

HEADER, MAP = "include/libspawn.h", "src/libspawn.map"
BOTH, ABIDIFF, PROGRAM, NEITHER = "both", "abidiff", "the program", "neither"

# (what, who minds, [(file, pattern, by what)...])
CHANGES = [
    ("nothing", NEITHER, []),
    ("a field more at the end of the options", NEITHER,
     [(HEADER, r"(\nstruct libspawn_options \{.*?\n)(\};)",
       r"\1\tuint64_t more;\n\2")]),
    ("a step more", NEITHER,
     [(HEADER, r"(\tLIBSPAWN_STEP_COUNT)", r"\tLIBSPAWN_STEP_MORE,\n\1"),
      ("src/tell/names.c", r"(\[LIBSPAWN_STEP_CWD\])",
       r'[LIBSPAWN_STEP_MORE] = "more",\n\1')]),
    ("a field moved in the options", BOTH,
     [(HEADER, r"(\tint32_t nice;\n)(.*?)(\tuint32_t rlimit_count;\n)",
       r"\3\2\1")]),
    ("a field moved in the result", BOTH,
     [(HEADER, r"(\tint32_t pid;\n)(\tint32_t pidfd;[^\n]*\n)", r"\2\1")]),
    ("a struct of one size that grows", BOTH,
     [(HEADER, r"(\tuint32_t spare\[1\];  /\* 0 \*/\n)",
       r"\1\tuint64_t more[2];\n")]),
    ("a symbol lost", BOTH, [(MAP, r"\tlibspawn_query;\n", "")]),
    ("a symbol of another version", BOTH,
     [(MAP, r"\tlibspawn_wait;\n", ""),
      (MAP, r"(LIBSPAWN_0\.2 \{\nglobal:\n)", r"\1\tlibspawn_wait;\n")]),
    ("a number used for something else", PROGRAM,
     [(HEADER, r"LIBSPAWN_FD_NULL = 4", "LIBSPAWN_FD_NULL = 5"),
      (HEADER, r"LIBSPAWN_FD_PIPE_READ = 5", "LIBSPAWN_FD_PIPE_READ = 4")]),
    ("another type of a parameter", ABIDIFF,
     [(HEADER, r"(libspawn_step_name\()int32_t", r"\1int64_t"),
      ("src/tell/names.c", r"(libspawn_step_name\()int32_t", r"\1int64_t")]),
    ("a bit of the flags used for something else", PROGRAM,
     [(HEADER, r"(LIBSPAWN_UMASK \(UINT64_C\(1\) << )2", r"\g<1>20")]),
]


def build(root, folder, edits):
    """The shared library of a copy of the tree that is changed so."""
    tree, place = folder / "tree", folder / "made"
    for name in ("include", "src", "release"):
        shutil.copytree(root / name, tree / name)
    for name in ("meson.build", "LICENSE"):
        shutil.copy(root / name, tree)
    for edit in edits:
        trace_tools.plant(tree, *edit)
    trace_tools.must(sys.executable, "-B", tree / "release/amalgamate.py", tree,
                     place)
    return old_and_new.build_library(place, tree / MAP, "-w")


def who_minds(root, library, probe, program):
    found = bool([*interface.judge(root, library, library.parent)])
    good, said = old_and_new.run(program, library, probe)
    print(said.strip().split("\n")[0])
    return {(True, True): BOTH, (True, False): ABIDIFF, (False, True): PROGRAM,
            (False, False): NEITHER}[found, not good]


def old_program(root, folder):
    place = old_and_new.unpack(root, folder)
    kept = old_and_new.released(root)
    library = old_and_new.build_library(place, kept / "libspawn.map")
    return old_and_new.build_program(root, kept, library, folder / "program")


def main(root, probe):
    interface.skip_unless_possible()
    checks = trace_tools.Checks()

    def judge(numbered):
        number, (what, wanted, edits) = numbered
        place = folder / str(number)
        minds = who_minds(root, build(root, place, edits), probe, program)
        checks.check(minds == wanted, f"{what}: {minds} instead of {wanted}")
        print(f"{what}: {minds}")

    with tempfile.TemporaryDirectory(prefix="seeded.") as name:
        folder = pathlib.Path(name)
        program = old_program(root, folder)
        trace_tools.on_all_processors(judge, enumerate(CHANGES))
    checks.finish()


if __name__ == "__main__":
    main(*(pathlib.Path(name).resolve() for name in sys.argv[1:]))
