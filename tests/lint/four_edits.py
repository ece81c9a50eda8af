#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An option is four edits, and this says which of them was forgotten.

usage: four_edits.py ROOT

    1. include/libspawn.h   the field or flag, and its step
    2. src/child/plan.h     the operation, or the setting of OP_SET
    3. src/                 the planner reads the one and emits the other;
                            a field with a flag has a row in options.c
    4. src/child/           the case that does it
    An operation or field with a descriptor or with data, as the comments of
    enum op_kind tell, is in op_reads(), data_bytes() and fd_fields too.
and the words about it: the step's name, docs/options.md, docs/libspawn.3; and
a row of tests/hostile/test_untouched.c, which shows that it is the child's alone.
"""
import functools
import pathlib
import re
import sys

import source_tree

# Operations with no case in the child: a backend does them, or nobody.
AT_CREATION = {"OP_PIDFD", "OP_DETACH", "OP_NO_WAIT", "OP_NEW_NAMESPACES"}
# Operations whose fd is not one of the caller's that must stay open.
OF_CHILD = {"OP_ID_MAP", "OP_CLOSE_OTHERS", "OP_FD_OPEN", "OP_FD_CLOSE",
            "OP_CLOSE_FROM"}
# Operations that no option asks for, but the drop-in.
OF_DROP_IN = {"OP_CLOSE_FROM"}
# How src/ writes "the flag is set".
SHORT = re.compile(r"\bHAS\((\w+)\)")
# The rooms of the parent; options.c of the first only validates.
PARENT = ("start", "request", "plan", "ends", "tell", "process")


def read(root, *places, but=""):
    """The code of all files in these places, without comments."""
    return "\n".join(source_tree.uncommented(path.read_text())
                     for place in places
                     for path in sorted(root.glob(place))
                     if path.name != but)


def words(root, name):
    path = root / name
    return path.read_text() if path.is_file() else ""


def body(text, opening):
    """What is between the braces after the opening."""
    found = re.search(re.escape(opening) + r"\s*\{(.*?)\n\}", text, re.S)
    return found.group(1) if found else ""


def names(pattern, text):
    return list(dict.fromkeys(re.findall(pattern, text)))


@functools.cache
def vocabulary(text):
    return frozenset(re.findall(r"\w+", text))


def has(name, text):
    return name in vocabulary(text)


def fields(header, struct):
    return names(r"\b(\w+)(?:\[\d+\])?\s*;", body(header, struct))


def check_operations(plan, child, creators, planner, drop_in):
    for name in names(r"\b(OP_[A-Z0-9_]+)\b", body(plan, "enum op_kind")):
        if name == "OP_COUNT":
            continue
        yield name, "edit 3: the planner in src/ never emits it", \
            has(name, drop_in if name in OF_DROP_IN else planner)
        if name in AT_CREATION:
            yield name, "edit 4: no backend does it", has(name, creators)
        else:
            yield name, "edit 4: src/child/ has no case for it", \
                re.search(rf"\bcase\s+{name}\s*:", child)


def check_operands(root, header):
    """What else has to know of an operand; the comments are a table."""
    plan = words(root, "src/child/plan.h")
    readers = vocabulary(body(plan, "op_reads(const struct op *op)"))
    own = vocabulary(body(words(root, "src/plan/own.c"),
                          "data_bytes(const struct op *op)"))
    moved = words(root, "src/ends/collide.c")
    for before, name, beside in re.findall(
            r"(?:/\* ([^*]*) \*/\n)?[ \t]*\b(OP_[A-Z_]+),(?:[ \t]*/\* ([^*]*) \*/)?",
            body(plan, "enum op_kind")):
        operands = beside or before
        if re.search(r"\bfd\b", operands) and name not in OF_CHILD:
            yield name, "op_reads() of src/child/plan.h: its descriptor may " \
                "be cut off with the table", name in readers
        if "data:" in operands:
            yield name, "data_bytes() of src/plan/own.c: a start that is " \
                "begun loses its data", name in own
    for name in fields(header, "struct libspawn_options"):
        if name.endswith("_fd"):
            yield f"field {name}", "fd_fields of src/ends/collide.c: the " \
                "table may overwrite it", f" {name}," in moved


def check_settings(plan, child, planner):
    for name in names(r"\b(SET_[A-Z0-9_]+)\b", body(plan, "enum setting")):
        if name == "SET_COUNT":
            continue
        yield name, "edit 3: the planner in src/ never emits it", \
            has(name, planner)
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
    read_of = vocabulary(" ".join(re.findall(
        r"\b(?:options|given|copy)(?:->|\.)(\w+)", parent)))
    for name in fields(header, "struct libspawn_options"):
        yield f"field {name}", "edit 3: nothing in src/ reads it", \
            name in read_of or name in ("size", "reserved")
        yield f"field {name}", "docs/options.md does not have it", \
            name == "size" or has(name, table)


def check_flags(header, parent, options, table):
    # These are of a field; what comes after them is a thing to do.
    of_fields = header.partition("#define LIBSPAWN_INHERIT_FDS")[0]
    for name in re.findall(
            r"#define\s+(LIBSPAWN_[A-Z_]+)\s+\(UINT64_C\(1\) << \d+\)",
            header):
        row = rf"FIELD\({name.removeprefix('LIBSPAWN_')},"
        yield name, "edit 3: nothing in src/ reads it", has(name, parent)
        yield name, "edit 3: no row in flagged_fields of " \
            "src/request/options.c", \
            not has(name, of_fields) or re.search(row, options)
        yield name, "docs/options.md does not have it", has(name, table)


def check_untouched(header, test):
    """That no option changes its caller is tried with each."""
    flags = re.findall(r"#define\s+(LIBSPAWN_[A-Z_]+)\s+\(UINT64_C\(1\) <<",
                       header)
    for name in [*fields(header, "struct libspawn_options"), *flags]:
        yield name, "tests/hostile/test_untouched.c does not try it", \
            name in ("spare", "reserved") or has(name, test)


def check_kinds(header, parent, table):
    for name in names(r"\b(LIBSPAWN_FD_[A-Z_]+)\s*=", header):
        yield name, "edit 3: nothing in src/ reads it", has(name, parent)
        yield name, "docs/options.md does not have it", has(name, table)


def main(root):
    header = read(root, "include/libspawn.h")
    plan = read(root, "src/child/plan.h")
    options = read(root, "src/request/options.c")
    # Validation is not use: options.c knows all fields, used or not.
    parent = SHORT.sub(r"LIBSPAWN_\1", read(
        root, "src/*.c", *(f"src/{room}/*.[ch]" for room in PARENT),
        but="options.c"))
    child = read(root, "src/child/*.c")
    creators = read(root, "src/backend/*.c")
    table = words(root, "docs/options.md")
    manual = words(root, "docs/libspawn.3")
    drop_in = read(root, "src/posix/*.c")
    found = [*check_operations(plan, child, creators, parent, drop_in),
             *check_operands(root, header),
             *check_settings(plan, child, parent),
             *check_steps(header, parent + options, manual),
             *check_fields(header, parent, table),
             *check_flags(header, parent, options, table),
             *check_untouched(header, words(
                 root, "tests/hostile/test_untouched.c")),
             *check_kinds(header, parent, table)]
    source_tree.finish([f"{name}: {missing}" for name, missing, there
                        in found if not there], len(found))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
