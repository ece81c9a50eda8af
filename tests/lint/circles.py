#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No circle of files: what knows another is not known by that one.

usage: circles.py ROOT [FOLDER...]

A file is NAME.c with the NAME.h beside it. It knows what it includes, and the
file that defines a function it calls, whichever header declares that. In src,
tools and bench nobody knows himself by way of others.
"""
import pathlib
import re
import sys

import source_tree

FOLDERS = ("src", "tools", "bench")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)
STATIC = re.compile(r"\b(static|CHILD_CODE)\b")
CALL = re.compile(r"\b([a-z_]\w+)\b(?=\s*[(,;)])")


def node_of(root, path):
    return str(path.relative_to(root).with_suffix(""))


def defined(text):
    """The functions that others may call."""
    lines = source_tree.uncommented(text).split("\n")
    for name, first, _ in source_tree.functions(text):
        if not STATIC.search(" ".join(lines[first - 1:first + 2])):
            yield name


def included(root, path, text):
    for name in INCLUDE.findall(text):
        for base in (path.parent, root / "src"):
            if (base / name).is_file():
                yield base / name
                break


def knowledge(root, folders):
    """For each file whom it knows, and by what."""
    texts = {path: path.read_text() for path in
             source_tree.files(root, ".c", ".h", under=folders)}
    definers = {}
    for path, text in texts.items():
        if path.suffix == ".c":
            for name in defined(text):
                definers.setdefault(name, set()).add(node_of(root, path))
    known = {node_of(root, path): {} for path in texts}
    for path, text in texts.items():
        here = node_of(root, path)
        for other in included(root, path, text):
            known[here].setdefault(node_of(root, other), other.name)
        if path.suffix != ".c":
            continue
        for name in CALL.findall(source_tree.uncommented(text)):
            # Of several definers each system has one: it is not known which.
            if len(definers.get(name, ())) == 1:
                known[here].setdefault(*definers[name], name + "()")
    for here, others in known.items():
        others.pop(here, None)
    return known


def circles(known):
    """Each group of files that know each other: Tarjan's components."""
    number, low, stack, found = {}, {}, [], []

    def visit(node):
        number[node] = low[node] = len(number)
        stack.append(node)
        for other in known.get(node, ()):
            if other not in number:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == number[node]:
            group = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(known):
        if node not in number:
            visit(node)
    return found


def main(root, folders):
    known = knowledge(root, folders or FOLDERS)
    problems = []
    for group in circles(known):
        problems.append(f"a circle of {len(group)} files:")
        problems += [f"  {here} knows {other} ({why})" for here in group
                     for other, why in sorted(known[here].items())
                     if other in group]
    source_tree.finish(problems, len(known))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:])
