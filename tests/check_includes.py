#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who may include what: the layers of the library, as a table.

usage: check_includes.py ROOT

The laws: src/child/ is freestanding and sees nothing above it; src/backend/
creates processes and never sees the public options; src/process/ comes after
the start and never sees a plan; the public header needs nothing but two headers
of the language.
"""
import pathlib
import re
import sys

import source_tree

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")')

LANGUAGE = r"std(arg|bool|int|def|atomic|align|noreturn)\.h|limits\.h"
# System-call numbers and the records the kernel reads: no code, no library.
KERNEL = r"sys/syscall\.h|(linux|asm|asm-generic)/[\w/-]+\.h"
LIBC = r"[\w/-]+\.h"

# First match wins. Folder or file; <system> headers; "own" headers.
RULES = [
    # The POSIX names come with the C library's types.
    (r"include/libspawn_posix\.h", LIBC, r"(?!)"),
    (r"include/.*", r"std(def|int)\.h", r"(?!)"),
    (r"src/child/sys_posix(_own)?\.h", LIBC, r"child/.*"),
    # A processor we don't know goes through the C library's syscall().
    (r"src/child/arch/generic\.h", r"errno\.h", r"(?!)"),
    (r"src/child/.*", rf"std(def|int)\.h|{KERNEL}", r"child/.*"),
    (r"src/backend/.*", rf"{LANGUAGE}|{LIBC}", r"(backend|child)/.*"),
    # The two places that hand a plan to a backend, and ask one.
    (r"src/(start|query)\.[ch]", LIBC,
     r"libspawn\.h|[\w-]+\.h|(child|backend)/.*"),
    # What it opens must stay clear of the same numbers as what a backend opens.
    (r"src/(ends|collide|pty)\.c", LIBC,
     r"[\w-]+\.h|child/.*|backend/descriptor\.h"),
    # After the start: processes, never plans. What it shares with the start is
    # how calls behave; raw calls and descriptors come from below.
    (r"src/process/stage\.c", LIBC, r"libspawn\.h|process/.*|options\.h"),
    (r"src/process/.*", LIBC,
     r"libspawn\.h|process/.*|(calm|sized|request)\.h|child/sys\.h|"
     r"backend/descriptor\.h"),
    (r"src/posix/call\.c", LIBC,
     r"libspawn(_posix)?\.h|[\w-]+\.h|posix/.*|backend/backend\.h"),
    (r"src/posix/.*", LIBC,
     r"libspawn(_posix)?\.h|[\w-]+\.h|(child|posix)/.*"),
    (r"src/[^/]*", LIBC, r"libspawn\.h|[\w-]+\.h|child/.*"),
    (r"(tools|docs/examples)/.*", LIBC, r"[\w-]+\.h"),
]
# The public header is the library's own: quotes and brackets both find it.
OWN_IN_BRACKETS = {"libspawn.h", "libspawn_posix.h"}


def includes(path):
    for number, line in enumerate(path.read_text().split("\n"), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found.group(1), found.group(2)


def fault(root, name, system, own):
    """Why the file may not have this include, or None."""
    rule = next((r for r in RULES if re.fullmatch(r[0], name)), None)
    if rule is None:
        return "no rule of tests/check_includes.py covers this folder"
    if system in OWN_IN_BRACKETS and not name.startswith("src/"):
        return None
    if system in OWN_IN_BRACKETS:
        own, system = system, None
    if system is not None:
        if not re.fullmatch(rule[1], system):
            return f"<{system}> is not for {rule[0]}"
        return None
    if not re.fullmatch(rule[2], own):
        return f'"{own}" is above or beside {rule[0]}'
    bases = [root / "src", root / "include"]
    if not name.startswith("src/"):
        bases = [(root / name).parent, root / "include"]
    if not any((base / own).is_file() for base in bases):
        return f'"{own}" is not written from the root of src/'
    return None


def main(root):
    problems, checked = [], 0
    for path in source_tree.files(root, ".c", ".h", under=(
            "include", "src", "tools", "docs/examples")):
        name = str(path.relative_to(root))
        for number, system, own in includes(path):
            checked += 1
            why = fault(root, name, system, own)
            if why:
                problems.append(f"{name}:{number}: {why}")
    source_tree.finish(problems, checked)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
