#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of systems in README.md, made of what a test run has left.

usage: matrix.py ROOT FOLDER [--write]

FOLDER has one file for each system that was built for or run on, left there by
emulated.py, kernels.py, gvisor.py and cross_build.py where LIBSPAWN_MATRIX
names it. Without --write, says what in the table is not so any more; counts may
grow, but no row of the table may have passed fewer tests than it says, or be of
another kind.
"""
import json
import pathlib
import sys

BEGIN = "<!-- matrix: begin, by tests/systems/matrix.py -->\n"
END = "<!-- matrix: end -->\n"
HEAD = ("| system | C library | processor | how | backends | tests passed |\n"
        "|---|---|---|---|---|---|\n")
ORDER = ["run", "run in qemu-system", "run in gVisor", "run in qemu",
         "compiled"]


def line_of(row):
    """(what it is of, how it was tried, the number of tests, the line)."""
    if row["how"] == "compiled":
        tests = f"{row['programs']} programs linked"
    else:
        tests = f"{row['passed']}, {row['skipped']} skipped"
    kind = (row["system"], row["libc"], row["processor"], row["how"],
            ", ".join(row["backends"]))
    return kind, row.get("passed", 0), f"| {' | '.join(kind)} | {tests} |\n"


def rows_of(folder):
    rows = [json.loads(path.read_text()) for path in folder.glob("*.json")]
    rows.sort(key=lambda row: (ORDER.index(row["how"]),
                               not row["system"].startswith("Linux"),
                               row["system"], row["libc"], row["processor"]))
    return [line_of(row) for row in rows]


def rows_in(table):
    """The same, read back."""
    for line in table.splitlines()[2:]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        count = cells[5].split(",")[0]
        yield tuple(cells[:5]), int(count) if count.isdigit() else 0


def main(root, folder, write):
    readme = root / "README.md"
    text = readme.read_text()
    before, rest = text.split(BEGIN)
    table, after = rest.split(END)
    rows = rows_of(folder)
    if write:
        new = HEAD + "".join(line for _, _, line in rows)
        readme.write_text(before + BEGIN + new + END + after)
        return
    now = {kind: passed for kind, passed, _ in rows}
    wrong = [f"no longer so: {' | '.join(kind)}: {said} passed, now "
             f"{now[kind]}" for kind, said in rows_in(table)
             if kind in now and now[kind] < said]
    told = {kind for kind, _ in rows_in(table)}
    wrong += [f"not in README.md: {' | '.join(kind)}" for kind in now
              if kind not in told]
    print("\n".join(wrong) or f"README.md: {len(now)} of {len(told)} rows "
          f"were tried, and are true")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]),
         "--write" in sys.argv[3:])
