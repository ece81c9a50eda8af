#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A library gives away the names of its header, and no other.

usage: exports.py HEADER SHARED-LIBRARY [STATIC-LIBRARY]

The shared library exports exactly the functions of the header; the drop-in
also those it takes the place of, by their own names; and both the one word that
all copies in a process share. The static one can't hide the names its files
share; all of them begin with libspawn_.
"""
import pathlib
import re
import subprocess
import sys

import source_tree

DECLARED = re.compile(r"^LIBSPAWN_API\b[^;]*?\b(libspawn_\w+)\s*\(", re.M)
# src/backend/dumpable.c; "u" to nm: unique in a process
SHARED_BY_ALL = {"libspawn_dumpable_1"}


# What a build with -Dafter=false leaves out. Who begins a start must be able to
# take it back: so that waits and signals stay.
AFTER = {"libspawn_free", "libspawn_run", "libspawn_run_pipeline",
         "libspawn_start_pipeline", "libspawn_stop"}


def declared(header):
    return set(DECLARED.findall(source_tree.uncommented(header.read_text())))


def symbols(*command):
    """Names that nm lists as defined; "A" is the name of a version."""
    text = subprocess.run(["nm", "--defined-only", *command], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    return {line.split()[2].split("@")[0]
            for line in text.split("\n")
            if len(line.split()) == 3 and line.split()[1] != "A"}


def main(header, shared, static):
    public = declared(header)
    if header.name == "libspawn_posix.h":
        public |= {name.removeprefix("libspawn_") for name in public}
    exported = symbols("-D", shared)
    # The workers have no copy: they start programs through the library.
    shared_by_all = SHARED_BY_ALL if header.name != "libspawn_workers.h" \
        else set()
    problems = [f"{shared}: lacks {name}, which all copies share"
                for name in sorted(shared_by_all - exported)]
    exported -= SHARED_BY_ALL
    problems += [f"{shared}: exports {name}, which the header lacks"
                 for name in sorted(exported - public)]
    problems += [f"{shared}: does not export {name} of the header"
                 for name in sorted(public - exported)]
    checked = len(exported)
    for archive in static:
        names = symbols("-g", archive)
        checked += len(names)
        problems += [f"{archive}: {name} does not begin with libspawn_"
                     for name in sorted(names)
                     if not name.startswith("libspawn_")]
    source_tree.finish(problems, checked)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
