#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What other systems than Linux get, tried on Linux.

usage: portable.py ROOT

Builds the library and the tests with LIBSPAWN_PORTABLE: the child calls the C
library, processes are waited for by POSIX, and the tests ask nothing that only
Linux has. Runs those of START, AFTER, HOSTILE and WORKERS, which are those that
.github/workflows/systems.yml runs on macOS and FreeBSD and that cross_build.py
builds, with each backend that such a system may have; and tests/start/test_elsewhere.c:
what only Linux has is refused.
"""
import os
import pathlib
import shutil
import sys
import tempfile

import static_tests
import trace_tools

START = ["cwd", "env", "errors", "fds", "ids", "limits", "program", "result",
         "rows", "search", "session", "signals"]
AFTER = ["any", "pipeline", "run", "screen", "signal", "stop", "stopped",
         "wait"]
HOSTILE = ["forks", "limits", "signals", "standard"]
WORKERS = ["worker", "channel", "inherits", "children", "pool", "template"]
BACKENDS = ["vfork", "posix_spawn", "fork"]
# In these programs are tests of what only Linux has, too.
MOST_SKIPPED = 0.1


def sources(root):
    """The test programs that take a backend."""
    return [static_tests.source_of(root, f"{suite}/{topic}")
            for suite, topics in (("start", [*START, "elsewhere"]),
                                  ("after", AFTER), ("hostile", HOSTILE),
                          ("workers", WORKERS))
            for topic in topics]


def main(root):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="portable."))
    os.chmod(folder, 0o755)
    builder = static_tests.Builder(root, "", folder)
    lone = folder / "lone"
    builder.include[:0] = ["-DLIBSPAWN_PORTABLE", f'-DLONE="{lone}"']
    library = builder.archive(
        [path for path in trace_tools.library_sources(root)
         if path.parent.name != "posix"] +
        [root / static_tests.STAND_IN], "lib.a")
    builder.prepare(sources(root))
    programs = trace_tools.on_all_processors(
        lambda source: library and builder.link(source, library),
        sources(root))
    count = static_tests.Count({})
    if library and not builder.compile_program(
            [root / "tests/workers/lone.c", library], lone):
        count.failed.append("lone does not build")
    probe = static_tests.native_programs(root, folder, "-DLIBSPAWN_PORTABLE")
    if not all(programs):
        count.failed.append("a program does not build")
    jobs = [(program, backend) for program in filter(None, programs)
            for backend in BACKENDS]
    static_tests.run_jobs(jobs, lambda job: [*job, probe], count, cwd=folder,
                          timeout=600)
    shutil.rmtree(folder)
    sys.exit(static_tests.tell("as another system", count, MOST_SKIPPED))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
