#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the header says of versions, the rest of the tree says too.

usage: versions.py ROOT

Every public function tells since when it is there. That is no later than the
version of the header, its symbol has that version, and CHANGELOG.md names it in
that section; so it does with all else whose comment says "Since". The version
is the same wherever it is written.
"""
import pathlib
import re
import sys

import source_tree

HEADERS = ("include/libspawn.h", "include/libspawn_posix.h",
           "include/libspawn_workers.h")
# Which symbols of a shared library have versions of ours.
MAPS = {"include/libspawn.h": "src/libspawn.map",
        "include/libspawn_workers.h": "src/workers/libspawn-workers.map"}
FUNCTION = re.compile(r"/\*((?:(?!\*/).)*)\*/\s*"
                      r"((?:LIBSPAWN_API\b[^;]*?\blibspawn_\w+\s*\([^;]*;\s*)+)",
                      re.S)
NAME = re.compile(r"\b(libspawn_(?!_)\w+)\s*\(")
# A comment above, or behind, what is declared on one line.
ABOVE = re.compile(r"/\*((?:(?!\*/).)*\bSince (\d+\.\d+)(?:(?!\*/).)*)\*/\s*"
                   r"([^;,\n]*)", re.S)
BEHIND = re.compile(r"^\s*([^*/\n]+?)\s*/\*[^\n]*\bSince (\d+\.\d+)", re.M)
SINCE = re.compile(r"\bSince\s+(\d+\.\d+)")
DECLARED = re.compile(r"#define (\w+)|(\w+) = |(\w+)(?:\[\w*\])?[;,]?\s*$")
SECTION = re.compile(r"^## \[(\d+\.\d+)\.\d+\].*?$(.*?)(?=^## |\Z)",
                     re.S | re.M)
NODE = re.compile(r"LIBSPAWN_(?:WORKERS_)?(\d+\.\d+) \{(.*?)\}", re.S)
# Where else the version is written, and how.
COPIES = [
    ("meson.build", r"version: '(\d+\.\d+\.\d+)'"),
    ("debian/changelog", r"\Alibspawn \((\d+\.\d+\.\d+)"),
    ("CHANGELOG.md", r"^## \[(\d+\.\d+\.\d+)\]"),
]
FLAG = re.compile(r'PROJECT_VERSION="(\d+\.\d+\.\d+)"')


def number(version):
    return tuple(map(int, version.split(".")))


def functions(text):
    """(name, since or None) of each function a header declares."""
    for comment, declared in FUNCTION.findall(text):
        found = SINCE.search(comment)
        for name in NAME.findall(declared):
            yield name, found and found.group(1)


def others(text):
    """(name, since) of what is not a function and says since when."""
    places = [(declared, since) for _, since, declared in ABOVE.findall(text)]
    places += BEHIND.findall(text)
    for declared, since in places:
        found = DECLARED.match(declared) or DECLARED.search(declared)
        if found and "(" not in declared.partition("#define")[0]:
            yield next(filter(None, found.groups())), since


def version_of(text):
    return ".".join(re.findall(r"#define LIBSPAWN_VERSION_\w+ (\d+)", text))


def check_names(name, since, version, sections):
    if not since:
        yield f"{name} does not say since when it is there"
    elif number(since) > number(version)[:2]:
        yield f"{name}: since {since}, but this is {version}"
    elif not re.search(rf"\b{name}\b", sections.get(since, "")):
        yield f"CHANGELOG.md: nothing of {name} in {since}"


def check_symbol(name, since, nodes, where):
    if not re.search(rf"\b{name};", nodes.get(since, "")):
        yield f"{where}: {name} is not in LIBSPAWN_{since}"


def check_copies(root, version):
    for place, pattern in COPIES:
        found = re.search(pattern, (root / place).read_text(), re.M)
        if not found or found.group(1) != version:
            yield f"{place}: not version {version}"
    for path in source_tree.files(root, ".py", under=("tests",)):
        for found in FLAG.findall(path.read_text()):
            if found != version:
                yield f"{path.name}: version {found}, not {version}"


def main(root):
    text = (root / HEADERS[0]).read_text()
    version = version_of(text)
    sections = dict(SECTION.findall((root / "CHANGELOG.md").read_text()))
    problems, checked = [*check_copies(root, version)], 0
    for header in HEADERS:
        text = (root / header).read_text()
        named = [*functions(text)]
        for name, since in [*named, *others(text)]:
            problems += check_names(name, since, version, sections)
            checked += 1
        if header in MAPS:
            nodes = dict(NODE.findall((root / MAPS[header]).read_text()))
            for name, since in named:
                problems += check_symbol(name, since, nodes, MAPS[header])
    source_tree.finish(problems, checked)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
