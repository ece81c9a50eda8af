#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The checks catch what they are for: a test of the tests.

usage: lint.py ROOT

In a copy of the tree one rule is broken at a time, and the check that owns the
rule must say so, by name. A check that is content with all of it is itself
the defect.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import consumer
import source_tree

LONG = "static int drawn_out(void)\n{\n" + "\treturn 0;\n" * 41 + "}\n"
INSIDE = "static int unsure(void)\n{\n#ifdef __linux__\n#endif\n}\n"

# (check, file, what to replace: None for the end, by what, what it must say)
MUTANTS = [
    ("includes", "src/child/child.c", None,
     '#include "plan/planner.h"\n', '"plan/planner.h" is above or beside'),
    ("includes", "src/child/child.c", None,
     "#include <unistd.h>\n", "<unistd.h> is not for"),
    ("includes", "src/backend/clone.c", None,
     "#include <libspawn.h>\n", '"libspawn.h" is above or beside'),
    ("includes", "src/plan/planner.c", None,
     '#include "backend/backend.h"\n', '"backend/backend.h" is above'),
    ("includes", "src/plan/planner.c", None,
     '#include "../src/plan/planner.h"\n', "is above or beside"),
    ("includes", "src/request/options.c", None,
     '#include "plan/arena.h"\n', '"plan/arena.h" is above'),
    ("includes", "src/ends/pty.c", None,
     '#include "plan/planner.h"\n', '"plan/planner.h" is above'),
    ("includes", "src/tell/names.c", None,
     '#include "plan/path.h"\n', '"plan/path.h" is above'),
    ("includes", "src/process/wait.c", None,
     '#include "plan/planner.h"\n', '"plan/planner.h" is above'),
    ("includes", "src/backend/descriptor.h", r"(#include <stdint.h>)",
     r'\1\n#include "child/plan.h"', '"backend/descriptor.h" shows it the plan'),
    ("includes", "src/calm.h", None,
     '#include "request/request.h"\n', '"request/request.h" is above'),
    ("includes", "src/workers/talk.c", None,
     '#include "calm.h"\n', '"calm.h" is above or beside'),
    ("includes", "src/plan/planner.c", None,
     "#include <libspawn_workers.h>\n", '"libspawn_workers.h" is above'),
    ("includes", "src/start/start.c", None,
     '#include "posix/call.h"\n', '"posix/call.h" is above'),
    ("includes", "src/README.md", r"\| `src/tell/` [^\n]*\n", "",
     "not the rooms that are there: tell/"),
    ("includes", "include/libspawn.h", None,
     "#include <sys/types.h>\n", "<sys/types.h> is not for"),
    ("includes", "tools/planted.c", None,
     '#include "child/plan.h"\n', '"child/plan.h" is above or beside'),
    ("circles", "src/plan/arena.h", r"(#include <stddef.h>)",
     r'\1\n#include "plan/block.h"', "src/plan/arena knows src/plan/block"),
    ("circles", "src/plan/builder.c", None,
     "void circle(void)\n{\n\t(void)libspawn__steps_plan(0, 0);\n}\n",
     "src/plan/builder knows src/plan/steps (libspawn__steps_plan())"),
    ("circles", "tools/values.c", None, '#include "command.h"\n'
     "#include \"setters.h\"\nint circle(void)\n{\n\treturn set_nice(0, 0);"
     "\n}\n", "tools/values knows tools/set_limits (set_nice())"),
    ("circles", "bench/clock.h", r"(#include <time.h>)",
     r'\1\n#include "sample.h"', "bench/clock knows bench/sample"),
    ("style", "src/plan/planner.c", None, LONG, "drawn_out() has 44 lines"),
    ("style", "src/plan/planner.c", None, INSIDE,
     "a condition inside unsure()"),
    ("style", "src/plan/planner.c", None, "/* " + "x" * 78 + " */\n",
     "84 columns wide"),
    ("style", "src/plan/planner.c", None, "// short\n", "a // comment"),
    ("style", "src/plan/planner.c", None, "typedef struct plan plan;\n",
     "hidden by typedef"),
    ("style", "src/plan/planner.c", None, "#define STOP abort()\n",
     "not in the library"),
    ("style", "src/plan/planner.c", None, '#define H getenv("HOME")\n',
     "not its to read"),
    ("style", "src/plan/planner.c", None, "/* FIX" "ME */\n", "unfinished"),
    ("style", "src/plan/planner.c", None, "\n", "does not end in one newline"),
    ("style", "src/plan/planner.c", None, "int x; \n", "blanks at the end"),
    ("style", "src/plan/planner.c", None, "int x;\n" * 300, "over 300"),
    ("style", "src/plan/planner.c", r"/\* SPDX[^\n]*\n", "", "no SPDX"),
    ("style", "src/string_utils.c", None,
     "/* SPDX-License-Identifier: MIT */\n", "does not say what is in it"),
    ("formatting", "src/plan/planner.c", None, "int  x;\n", "clang-formatted"),
    ("formatting", "dev", None, "echo $unquoted\n", "SC2086"),
    ("header", "include/libspawn.h", r"#ifndef LIBSPAWN_H\n",
     '_Static_assert(1, "");\n#ifndef LIBSPAWN_H\n', "gcc -std=c99"),
    ("header", "include/libspawn.h", r"(\tuint32_t size;)",
     r"\tuint8_t odd;\n\1", "Wpadded"),
    ("header", "include/libspawn.h", r"#ifndef LIBSPAWN_H\n",
     "int new;\n#ifndef LIBSPAWN_H\n", "g++ -std=c++11"),
    ("oneline", "src/plan/planner.c", None,
     "static int nobody(void)\n{\n\treturn 0;\n}\n", "nobody"),
    ("four_edits", "src/child/*.c", r"\n[^\n]*case OP_SESSION:[^\n]*",
     "", "OP_SESSION: edit 4"),
    ("four_edits", "src/*/*.c", r"\bOP_NICE\b", "OP_UMASK",
     "OP_NICE: edit 3"),
    ("four_edits", "src/*/*.c", r"\bLIBSPAWN_STEP_SESSION\b",
     "LIBSPAWN_STEP_UMASK", "LIBSPAWN_STEP_SESSION: its name"),
    ("four_edits", "src/*/*.c", r"\btimer_slack\b", "umask",
     "field timer_slack: edit 3"),
    ("four_edits", "src/*/*.c", r"\bHAS\(TIMER_SLACK\)", "HAS(UMASK)",
     "LIBSPAWN_TIMER_SLACK: edit 3: nothing"),
    ("four_edits", "src/request/options.c",
     r"\n\tFIELD\(TIMER_SLACK,[^\n]*", "",
     "LIBSPAWN_TIMER_SLACK: edit 3: no row"),
    ("four_edits", "src/child/plan.h", r"\n\tcase OP_LANDLOCK:", "",
     "OP_LANDLOCK: op_reads()"),
    ("four_edits", "src/plan/own.c", r"\n\tcase OP_CHROOT:", "",
     "OP_CHROOT: data_bytes()"),
    ("four_edits", "src/ends/collide.c", r"\n\tFD_FIELD\(LANDLOCK_FD,[^\n]*",
     "", "field landlock_fd: fd_fields"),
    ("four_edits", "docs/options.md", r"\btimer_slack\b", "",
     "field timer_slack: docs/options.md"),
    ("four_edits", "src/child/settings.c", r"\n[^\n]*case SET_TSC:[^\n]*", "",
     "SET_TSC: edit 4"),
    ("four_edits", "src/*/*.c", r"\bSET_TSC\b", "SET_MERGE",
     "SET_TSC: edit 3"),
    ("four_edits", "src/request/options.c",
     r"\n\tFIELD\(PERSONALITY,[^\n]*", "",
     "LIBSPAWN_PERSONALITY: edit 3: no row"),
    ("four_edits", "tests/hostile/test_untouched.c", r"\.timer_slack\b",
     ".umask", "timer_slack: tests/hostile/test_untouched.c"),
    ("layout", "include/libspawn.h", r"(\tuint32_t busy_retry;)",
     r"\1\n\tuint32_t newer;", "no AT(options, newer"),
    ("layout", "tests/lint/abi.c", r"260, 212", "256, 212", "not the tables"),
    ("layout", "docs/examples/ffi/spawn_ctypes.py", r'\("kind", u32\), ', "",
     "Fd.parent_fd is at 4"),
    ("versions", "include/libspawn.h", r"Since     0\.2", "Since     0.3",
     "since 0.3, but this is 0.2"),
    ("versions", "CHANGELOG.md", r"`libspawn_free\(\)`, ", "",
     "nothing of libspawn_free in 0.2"),
    ("versions", "src/libspawn.map", r"\n\tlibspawn_run;", "",
     "libspawn_run is not in LIBSPAWN_0.2"),
    ("versions", "src/workers/libspawn-workers.map",
     r"\n\tlibspawn_worker_send;", "",
     "libspawn_worker_send is not in LIBSPAWN_0.2"),
    ("layout", "include/libspawn_workers.h", r"(\tuint32_t tasks_per_worker;)",
     r"\1\n\tuint32_t newer;", "no AT(pool_how, newer"),
    ("style", "src/workers/talk.c", None,
     'static int left(void)\n{\n\treturn unsetenv("LIBSPAWN_WORKER");\n}\n',
     "not in the library"),
    ("versions", "meson.build", r"version: '0\.2\.0'", "version: '0.1.9'",
     "meson.build: not version 0.2.0"),
    ("docs", "docs/drop-in.md", r"\| signals 32[^\n]*\n", "",
     "not a word of 'signals 32 and 33"),
    ("four_edits", "docs/libspawn.3", r"LIBSPAWN_STEP_SESSION", "",
     "LIBSPAWN_STEP_SESSION: docs/libspawn.3"),
]


def plant(tree, place, pattern, text):
    """Break the rule; returns what undoes it."""
    before = {}
    paths = sorted(tree.glob(place)) or [tree / place]
    for path in paths:
        before[path] = path.read_text() if path.exists() else None
        old = before[path] or ""
        new = old + text if pattern is None else re.sub(pattern, text, old)
        path.write_text(new)
    if all(path.read_text() == old for path, old in before.items()):
        sys.exit(f"nothing to break in {place}: {pattern}")
    return before


def restore(before):
    for path, old in before.items():
        if old is None:
            path.unlink()
        else:
            path.write_text(old)


def judge(check, tree):
    """The exit status of a check and what it says."""
    script = pathlib.Path(__file__).parent / f"{check}.py"
    done = subprocess.run([sys.executable, "-B", script, tree], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    return done.returncode, done.stdout


def main(root):
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder, "tree")
        shutil.copytree(root, tree, ignore=consumer.LEFT_BEHIND)
        for check, place, pattern, text, expected in MUTANTS:
            before = plant(tree, place, pattern, text)
            status, said = judge(check, tree)
            restore(before)
            if status == 77:
                print(f"{check}: skipped: {said.strip()}")
            elif status == 0 or expected not in said:
                problems.append(f"{check} lets {place} pass without "
                                f"'{expected}':\n{said}")
    source_tree.finish(problems, len(MUTANTS))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
