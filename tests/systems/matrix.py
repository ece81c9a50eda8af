#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of systems in README.md, made of what a test run has left.

usage: matrix.py ROOT FOLDER [--write]

FOLDER has one file for each system that was built for or run on, left there by
emulated.py, kernels.py, gvisor.py and cross_build.py where LIBSPAWN_MATRIX
names it, if all went well. --write puts it in the place of what the table said of
these systems; the rows of others, that this run has not tried, stay. Without
it, says what in the table is not so any more; counts may grow, but no row may
have passed fewer tests than it says, or be of another kind.
"""
import json
import pathlib
import re
import sys

BEGIN = "<!-- matrix: begin, by tests/systems/matrix.py -->\n"
END = "<!-- matrix: end -->\n"
HEAD = ("| system | C library | processor | how | backends | tests passed |\n"
        "|---|---|---|---|---|---|\n")
ORDER = ["run", "all, run in qemu-system", "run in qemu-system",
         "run in gVisor", "run in qemu", "compiled"]


def told_of(row):
    """(what it is of and how it was tried, what came of it)."""
    if row["how"] == "compiled":
        tests = f"{row['programs']} programs linked"
    else:
        tests = f"{row['passed']}, {row['skipped']} skipped"
    return (row["system"], row["libc"], row["processor"], row["how"],
            ", ".join(row["backends"])), tests


def rows_of(folder):
    return dict(told_of(json.loads(path.read_text()))
                for path in folder.glob("*.json"))


def rows_in(table):
    """The same, read back."""
    rows = {}
    for line in table.splitlines()[2:]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        rows[tuple(cells[:5])] = cells[5]
    return rows


def place_of(kind):
    system, libc, processor, how, _ = kind
    version = [int(number) for number in re.findall(r"\d+", system)]
    return (ORDER.index(how), not system.startswith("Linux"),
            re.sub(r"\d+", "", system), version, libc, processor)


def table_of(rows):
    return HEAD + "".join(f"| {' | '.join(kind)} | {rows[kind]} |\n"
                          for kind in sorted(rows, key=place_of))


def passed(tests):
    """The number at the beginning."""
    return int(re.match(r"\d+", tests).group())


def main(root, folder, write):
    readme = root / "README.md"
    text = readme.read_text()
    before, rest = text.split(BEGIN)
    table, after = rest.split(END)
    now, told = rows_of(folder), rows_in(table)
    if write:
        readme.write_text(before + BEGIN + table_of({**told, **now}) + END + after)
        return
    wrong = [f"no longer so: {' | '.join(kind)}: {told[kind]}, now {now[kind]}"
             for kind in now if kind in told
             and passed(now[kind]) < passed(told[kind])]
    wrong += [f"not in README.md: {' | '.join(kind)}" for kind in now
              if kind not in told]
    print("\n".join(wrong) or f"README.md: {len(now)} of {len(told)} rows "
          f"were tried, and are true")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]),
         "--write" in sys.argv[3:])
