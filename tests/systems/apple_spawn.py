#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The posix_spawn backend as macOS gets it, against an imitation of macOS.

usage: apple_spawn.py ROOT

Builds the library with LIBSPAWN_APPLE, so that it translates plans for the
posix_spawn() of macOS, with tests/systems/apple in that one's place, and runs all of
the suite `start` with that backend.
"""
import os
import pathlib
import shutil
import sys
import tempfile

import static_tests
import trace_tools

ABSOLUTE = "the program is told the absolute path that it was found by"
DIFFERS = {
    "a_name_is_a_path_unless_a_search_is_asked_for": ABSOLUTE,
    "a_relative_program_is_relative_to_the_new_directory": ABSOLUTE,
}


def main(root):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="apple."))
    os.chmod(folder, 0o755)
    builder = static_tests.Builder(root, "", folder)
    builder.include[:0] = ["-DLIBSPAWN_APPLE", f"-I{root}/tests/systems/apple"]
    library = builder.archive(
        [path for path in trace_tools.library_sources(root)
         if path.parent.name != "posix"] +
        [root / static_tests.STAND_IN, root / "tests/systems/apple/spawn.c"],
        "lib.a")
    count = static_tests.Count(DIFFERS)
    probe = static_tests.native_programs(root, folder)
    for topic in static_tests.topics_of(root, "start"):
        source = static_tests.source_of(root, topic)
        program = library and builder.link(source, library)
        if not program:
            count.failed.append(f"{topic}: does not build")
            continue
        count.add(topic, trace_tools.run_in_time(
            [program, "posix_spawn", probe], cwd=folder))
    shutil.rmtree(folder)
    sys.exit(static_tests.tell("imitated macOS", count))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
