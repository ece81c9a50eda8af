# SPDX-License-Identifier: MIT
"""The tree as the house rules see it: files, functions, comments.

The checks read the text of the sources, not the compiler's view of it: a rule
about how the code looks also holds for the code of another system, which no
compiler here will ever see. They rely on the kernel's brace style, which
check_format.py enforces.
"""
import functools
import os
import pathlib
import re
import sys

MARK = "\0"
SKIP = {".git", "build", "packagecache", "__pycache__"}
NOT_CODE = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|"
                      r"'(?:\\.|[^'\\\n])*'", re.S)
FUNCTION_NAME = re.compile(r"([A-Za-z_]\w*)\s*\(")


def files(root, *suffixes, under=("",)):
    """Every file of the tree with one of the suffixes, sorted."""
    found = set()
    for folder in under:
        for here, folders, names in os.walk(pathlib.Path(root, folder)):
            folders[:] = [f for f in folders
                          if f not in SKIP and not f.startswith("build")]
            found.update(pathlib.Path(here, name) for name in names
                         if name.endswith(suffixes))
    return sorted(found)


@functools.cache
def uncommented(text):
    """The text with comments and strings blanked, line for line."""
    def blank(match):
        found = match.group(0)
        if found.startswith(("'", '"')):
            return found[0] + " " * (len(found) - 2) + found[0]
        return re.sub(r"[^\n]", " ", found)
    return NOT_CODE.sub(blank, text)


def line_comments(text):
    """The numbers of the lines with a comment of the C++ kind."""
    for found in NOT_CODE.finditer(text):
        if found.group(0).startswith("//"):
            yield text.count("\n", 0, found.start()) + 1


@functools.cache
def functions(text):
    """(name, first line, last line) of each function defined in a C file."""
    return [*find_functions(text)]


def find_functions(text):
    lines = uncommented(text).split("\n")
    for opening, line in enumerate(lines):
        if line.rstrip() != "{":
            continue
        first = opening
        while first > 0 and lines[first - 1].strip() and not \
                lines[first - 1].startswith(("#", "}")):
            first -= 1
        signature = " ".join(lines[first:opening])
        name = FUNCTION_NAME.search(
            re.sub(r"__attribute__\s*\(\(.*?\)\)", "", signature))
        closing = next((n for n in range(opening, len(lines))
                        if lines[n].startswith("}")), opening)
        if name:
            yield name.group(1), first + 1, closing + 1


def comment_share(text):
    """Lines with a comment in them, and all lines, blank ones left out."""
    lines = [line for line in text.split("\n") if line.strip()]
    plain = [line for line in NOT_CODE.sub(mark, text).split("\n")
             if line.strip()]
    return sum(1 for line in plain if MARK in line), len(lines)


def mark(match):
    """A comment as marks, a string as it is."""
    found = match.group(0)
    if found.startswith(("'", '"')):
        return found
    return re.sub(r"[^\n]+", MARK, found)


def finish(problems, checked):
    """Print what was found; the exit status of the check."""
    for problem in problems:
        print(problem)
    print(f"{checked}: {len(problems)} problem(s)")
    if not checked:
        print("nothing was checked")
    sys.exit(1 if problems or not checked else 0)
