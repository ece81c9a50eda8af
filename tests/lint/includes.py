#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who may include what: the layers of the library, as a table.

usage: includes.py ROOT

The rooms and their laws are in src/README.md: what each owns, and whom it may
know. The public header needs nothing but two headers of the language.
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

# Rooms that know no plan, also not by what others include.
PLANLESS = re.compile(r"src/(request|ends|tell|process|workers)/")

# First match wins. Folder or file; <system> headers; "own" headers.
RULES = [
    # The POSIX names come with the C library's types.
    (r"include/libspawn_posix\.h", LIBC, r"(?!)"),
    # A companion knows the library by its header, as anybody does.
    (r"include/libspawn_workers\.h", r"std(def|int)\.h", r"libspawn\.h"),
    (r"include/.*", r"std(def|int)\.h", r"(?!)"),
    (r"src/child/sys_posix(_own)?\.h", LIBC, r"child/.*"),
    # A processor we don't know goes through the C library's syscall().
    (r"src/child/arch/generic\.h", r"errno\.h", r"(?!)"),
    # Numbers of errors, no variable.
    (r"src/child/sys\.h", r"errno\.h|stdint\.h", r"child/.*"),
    (r"src/child/.*", rf"std(def|int)\.h|{KERNEL}", r"child/.*"),
    (r"src/backend/.*", rf"{LANGUAGE}|{LIBC}",
     r"(backend|child)/.*|(deadline|small_file)\.h"),
    (r"src/request/.*", LIBC, r"libspawn\.h|request/.*|child/every_start\.h"),
    (r"src/plan/.*", LIBC, r"libspawn\.h|(request|plan|child)/.*"),
    # What it opens must stay clear of the same numbers as what a backend opens.
    (r"src/ends/.*", LIBC,
     r"libspawn\.h|(request|ends)/.*|plan/arena\.h|child/(sys|init|every_start)\.h|"
     r"backend/descriptor\.h"),
    (r"src/tell/.*", LIBC,
     r"libspawn\.h|(calm|small_file)\.h|(request|tell)/.*"),
    # The one room that hands a plan to a backend, and asks one.
    (r"src/start/.*", LIBC,
     r"libspawn\.h|(calm|deadline)\.h|"
     r"(start|request|plan|ends|child|backend)/.*"),
    # How every public call behaves, how time is reckoned and files are read.
    (r"src/(calm\.h|(deadline|small_file)\.[ch])", LIBC,
     r"(deadline|small_file)\.h"),
    # What it shares with the start is how calls behave and how structs are
    # read; raw calls and descriptors come from below.
    (r"src/process/(stage|pipeline)\.c", LIBC,
     r"libspawn\.h|process/.*|calm\.h|request/(options|request)\.h|"
     r"start/together\.h"),
    (r"src/process/.*", LIBC,
     r"libspawn\.h|process/.*|(calm|deadline)\.h|request/(sized|request)\.h|"
     r"child/sys\.h|backend/(descriptor|system)\.h"),
    (r"src/posix/call\.c", LIBC,
     r"libspawn(_posix)?\.h|calm\.h|(request|plan|child|posix)/.*|"
     r"backend/backend\.h"),
    (r"src/posix/.*", LIBC,
     r"libspawn(_posix)?\.h|calm\.h|(request|plan|child|posix)/.*"),
    # A companion, on the public header of the library and nothing else of it.
    (r"src/workers/.*", LIBC, r"libspawn(_workers)?\.h|workers/.*"),
    # The watcher is a program beside the tool: it shares no step of a start.
    (r"tools/watch/.*", LIBC, r"[\w-]+\.h|\.\./(clock|json|names)\.h"),
    (r"(tools|docs/examples)/.*", LIBC, r"[\w-]+\.h"),
]
# The public header is the library's own: quotes and brackets both find it.
OWN_IN_BRACKETS = {"libspawn.h", "libspawn_posix.h", "libspawn_workers.h"}


def includes(path):
    for number, line in enumerate(path.read_text().split("\n"), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found.group(1), found.group(2)


def fault(root, name, system, own):
    """Why the file may not have this include, or None."""
    rule = next((r for r in RULES if re.fullmatch(r[0], name)), None)
    if rule is None:
        return "no rule of tests/lint/includes.py covers this folder"
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


def sees_plan(root, path, seen):
    """By which of its includes it comes to the plan, if it does."""
    for _, _, own in includes(path):
        file = root / "src" / (own or "")
        if own == "child/plan.h":
            return own
        if own and file not in seen and file.is_file():
            seen.add(file)
            if sees_plan(root, file, seen):
                return own
    return None


def unlisted(root):
    """Rooms that src/README.md says nothing of, and the other way round."""
    listed = set(re.findall(r"^\| `src/(\w+)/` \|",
                            (root / "src/README.md").read_text(), re.M))
    there = {path.name for path in (root / "src").iterdir() if path.is_dir()}
    return [f"src/README.md: not the rooms that are there: {name}/"
            for name in sorted(listed ^ there)]


def main(root):
    problems, checked = unlisted(root), 0
    for path in source_tree.files(root, ".c", ".h", under=(
            "include", "src", "tools", "docs/examples")):
        name = str(path.relative_to(root))
        for number, system, own in includes(path):
            checked += 1
            why = fault(root, name, system, own)
            if why:
                problems.append(f"{name}:{number}: {why}")
        by = PLANLESS.match(name) and sees_plan(root, path, set())
        if by:
            problems.append(f'{name}: "{by}" shows it the plan')
    source_tree.finish(problems, checked)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
