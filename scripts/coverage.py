#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which lines and branches of src/ the tests have run.

usage: coverage.py ROOT BUILD [--left [FILE...]]

BUILD is one with -Dcounted=true whose tests have run: each process has counted
in BUILD/counts, whatever became of it. A line counts that has code; a branch is
one outcome of a condition. What several libraries are made of is run if it was
in one of them. --left prints what was not run, of all files or of these.

The status is 1 below what docs/tests.md promises.
"""
import json
import pathlib
import re
import subprocess
import sys

LINES, BRANCHES = 95.0, 85.0
LIBRARIES = ["src/libspawn.so", "src/posix/libspawn-posix.so",
             "src/workers/libspawn-workers.so", "tests/unit/test_fdmap"]
CODE, EXPANSION = 0, 1
NO_CODE = re.compile(r"\s*(/?\*|[{}]?;?\s*$|#)")


def functions(build):
    """What llvm-cov knows of each function of each library."""
    counts = sorted(str(path) for path in (build / "counts").glob("*.profraw"))
    if not counts:
        sys.exit("coverage: no test has run")
    merged = build / "counts/merged.profdata"
    subprocess.run(["llvm-profdata", "merge", "-sparse", "-o", merged, *counts],
                   check=True)
    for library in LIBRARIES:
        text = subprocess.run(
            ["llvm-cov", "export", build / library, "-instr-profile", merged],
            check=True, stdout=subprocess.PIPE).stdout
        yield from json.loads(text)["data"][0]["functions"]


def line_counts(regions):
    """How often each line of a function was run: the innermost region around
    its beginning, or one that begins on it."""
    counts = {}
    for first, _, last, _, count, *_ in sorted(
            regions, key=lambda region: (region[0], region[1], -region[2])):
        for line in range(first + 1, last + 1):
            counts[line] = count
        counts[first] = max(counts.get(first, 0), count)
    return counts


class Coverage:
    """Lines and branches by file, of all libraries together."""

    def __init__(self, root):
        self.root = root
        self.lines = {}
        self.branches = {}

    def add(self, function):
        for number, name in enumerate(function["filenames"]):
            path = pathlib.Path(name).resolve()
            if self.root / "src" not in path.parents:
                continue
            regions = [region for region in function["regions"]
                       if region[5] == number and region[7] in (CODE, EXPANSION)]
            lines = self.lines.setdefault(path, {})
            for line, count in line_counts(regions).items():
                lines[line] = lines.get(line, 0) + count
            branches = self.branches.setdefault(path, {})
            for *place, yes, no, file, _, _ in function["branches"]:
                if file == number:
                    had = branches.get(tuple(place), (0, 0))
                    branches[tuple(place)] = had[0] + yes, had[1] + no

    def forget_what_is_no_code(self):
        for path, lines in self.lines.items():
            text = path.read_text().split("\n")
            for line in [line for line in lines if NO_CODE.match(text[line - 1])]:
                del lines[line]

    def left(self, path):
        """What was not run of a file, as sentences."""
        text = path.read_text().split("\n")
        for line, count in sorted(self.lines[path].items()):
            if not count:
                yield line, f"not run: {text[line - 1].strip()}"
        for (line, column, *_), counts in sorted(self.branches[path].items()):
            for count, outcome in zip(counts, ("true", "false")):
                if not count and self.lines[path].get(line):
                    yield line, (f"never {outcome}: "
                                 f"{text[line - 1][column - 1:].strip()}")


def share(run, all_of_it):
    return 100 * run / all_of_it if all_of_it else 100


def tell(coverage):
    """Both shares, in percent; worst files first."""
    rows = []
    for path, lines in coverage.lines.items():
        outcomes = [count for counts in coverage.branches[path].values()
                    for count in counts]
        rows.append((len(lines), sum(map(bool, lines.values())), len(outcomes),
                     sum(map(bool, outcomes)), path.relative_to(coverage.root)))
    rows.sort(key=lambda row: share(row[1], row[0]))
    for lines, run, outcomes, taken, path in rows:
        print(f"{share(run, lines):5.1f} % of {lines:4} lines, "
              f"{share(taken, outcomes):5.1f} % of {outcomes:4} branches: {path}")
    lines, run, outcomes, taken = (sum(row[n] for row in rows) for n in range(4))
    shares = share(run, lines), share(taken, outcomes)
    print(f"coverage: {shares[0]:.1f} % of {lines} lines, "
          f"{shares[1]:.1f} % of {outcomes} branches")
    return shares


def main(root, build, *words):
    coverage = Coverage(root)
    for function in functions(build):
        coverage.add(function)
    coverage.forget_what_is_no_code()
    if "--left" in words:
        for path in sorted(coverage.lines):
            name = str(path.relative_to(root))
            if not words[1:] or name in words:
                for line, text in coverage.left(path):
                    print(f"{name}:{line}: {text}")
        return
    lines, branches = tell(coverage)
    sys.exit(lines < LINES or branches < BRANCHES)


if __name__ == "__main__":
    main(*(pathlib.Path(name).resolve() for name in sys.argv[1:3]), *sys.argv[3:])
