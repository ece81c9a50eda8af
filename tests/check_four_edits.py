#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An option is four edits, and this says which of them was forgotten.

usage: check_four_edits.py ROOT

    1. include/libspawn.h   the field or flag, and its step
    2. src/child/plan.h     the operation
    3. src/                 the planner reads the one and emits the other
    4. src/child/           the case that does it
and the words about it: the step's name, docs/options.md, docs/libspawn.3.
"""
import pathlib
import re
import sys

import source_tree

# Operations with no case in the child: a backend does them, or nobody.
AT_CREATION = {"OP_PIDFD"}


def read(root, *places):
    """The code of all files in these places, without comments."""
    text = []
    for place in places:
        for path in sorted(root.glob(place)):
            text.append(source_tree.uncommented(path.read_text()))
    return "\n".join(text)


def words(root, name):
    path = root / name
    return path.read_text() if path.is_file() else ""


def body(text, opening):
    """What is between the braces after the opening."""
    found = re.search(re.escape(opening) + r"\s*\{(.*?)\n\}", text, re.S)
    return found.group(1) if found else ""


def names(pattern, text):
    return list(dict.fromkeys(re.findall(pattern, text)))


def has(name, text):
    return re.search(rf"\b{name}\b", text) is not None


def check_operations(plan, child, creators, planner):
    for name in names(r"\b(OP_[A-Z0-9_]+)\b", body(plan, "enum op_kind")):
        if name == "OP_COUNT":
            continue
        yield name, "edit 3: the planner in src/ never emits it", \
            has(name, planner)
        if name in AT_CREATION:
            yield name, "edit 4: no backend does it", has(name, creators)
        else:
            yield name, "edit 4: src/child/ has no case for it", \
                re.search(rf"\bcase\s+{name}\s*:", child)


def check_steps(header, parent, manual):
    for name in names(r"\b(LIBSPAWN_STEP_[A-Z0-9_]+)\b",
                      body(header, "enum libspawn_step")):
        if name in ("LIBSPAWN_STEP_COUNT", "LIBSPAWN_STEP_NONE"):
            continue
        used = re.sub(rf"\[\s*{name}\s*\]", "", parent)
        yield name, "edit 3: nothing in src/ ever fails with it", \
            has(name, used)
        yield name, "its name is missing from the table of step names", \
            re.search(rf"\[\s*{name}\s*\]", parent)
        yield name, "docs/libspawn.3 does not list it", has(name, manual)


def check_fields(header, parent, table):
    options = body(header, "struct libspawn_options")
    for name in names(r"\b(\w+)\s*;", options):
        yield f"field {name}", "edit 3: nothing in src/ reads it", \
            re.search(rf"(->|\.|\b){name}\b", parent)
        yield f"field {name}", "docs/options.md does not have it", \
            name == "size" or has(name, table)


def check_flags(header, parent, table):
    for name in names(r"#define\s+(LIBSPAWN_[A-Z_]+)\s+\(UINT64_C\(1\)",
                      header):
        yield name, "edit 3: nothing in src/ reads it", has(name, parent)
        yield name, "docs/options.md does not have it", has(name, table)


def check_kinds(header, parent, table):
    for name in names(r"\b(LIBSPAWN_FD_[A-Z_]+)\s*=", header):
        yield name, "edit 3: nothing in src/ reads it", has(name, parent)
        yield name, "docs/options.md does not have it", has(name, table)


def main(root):
    header = read(root, "include/libspawn.h")
    plan = read(root, "src/child/plan.h")
    parent = read(root, "src/*.c", "src/*.h")
    child = read(root, "src/child/*.c")
    creators = read(root, "src/backend/*.c")
    table = words(root, "docs/options.md")
    manual = words(root, "docs/libspawn.3")
    found = [*check_operations(plan, child, creators, parent),
             *check_steps(header, parent, manual),
             *check_fields(header, parent, table),
             *check_flags(header, parent, table),
             *check_kinds(header, parent, table)]
    source_tree.finish([f"{name}: {missing}" for name, missing, there
                        in found if not there], len(found))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
