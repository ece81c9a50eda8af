#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The binary interface of a library against those kept here, by abidiff.

usage: interface.py ROOT LIBRARY [--write]

tests/abi/VERSION/NAME.abi is what libabigail's abidw says of the library NAME
of that release, and of the one to come, on x86-64. All that is in one must be
in LIBRARY as it was: symbols with their versions, functions, structs. (Numbers
are tests/lint/abi.c's: no function has an enum for a parameter, so abidw does
not see them.) What may grow is docs/abi.md's: functions, structs that tell their
size at the end, and members in the place of spares.

--write makes the file of the version at hand anew; that of a release stays.
"""
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

import trace_tools

TOOLS = ("abidw", "abidiff")
REMEMBER = ["--drop-private-types", "--no-corpus-path", "--no-comp-dir-path",
            "--no-show-locs", "--exported-interfaces-only"]
# That of libspawn_sched_attr is the kernel's, and says nothing of the caller's.
SIZED = re.compile(r"^struct (libspawn_\w+) \{\n\tuint32_t size;\s*"
                   r"/\* sizeof\(struct \1\) \*/$", re.M)
NUMBER = re.compile(r"#define LIBSPAWN_VERSION_M\w+ (\d+)")
# It has the interface of the C library that it is built for.
DROP_IN, LIKE = "libspawn-posix", ("glibc", "2.36")
# What is there to be used up.
SPARES = {"spare", "reserved"}


def name_of(library):
    return pathlib.Path(library).name.split(".so")[0]


def describe(library, headers):
    """What abidw says of a library that has debug information."""
    return trace_tools.must("abidw", "--headers-dir", headers, *REMEMBER,
                            library)


def members(struct):
    """(element, name) of each member of a struct."""
    for element in struct.findall("data-member"):
        yield element, element.find("var-decl").get("name")


def structs(description):
    """The structs of a description, by their names."""
    return {element.get("name"): element
            for element in description.iter("class-decl")
            if element.get("is-declaration-only") is None}


def forget_growth(before, now, sized):
    """Take out of both what may change, so that all that is left may not: what
    only the second has of a struct, spares, sizes that may grow."""
    then = structs(before)
    for name, struct in structs(now).items():
        if name not in then:
            continue
        known = {member for _, member in members(then[name])} - SPARES
        for one in struct, then[name]:
            for element, member in [*members(one)]:
                if member not in known:
                    one.remove(element)
        size = "size-in-bits"
        if name in sized and int(struct.get(size)) > int(then[name].get(size)):
            struct.set(size, then[name].get(size))


def compare(before, now, sized):
    """What of the first is no longer so in the second, as text; or ''."""
    trees = [ElementTree.fromstring(text) for text in (before, now)]
    forget_growth(*trees, sized)
    with tempfile.TemporaryDirectory(prefix="interface.") as folder:
        paths = [pathlib.Path(folder, name) for name in ("before", "now")]
        for path, tree in zip(paths, trees):
            path.write_bytes(ElementTree.tostring(tree))
        done = subprocess.run(
            ["abidiff", "--no-added-syms", *paths], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout if done.returncode else ""


def kept(root, name):
    """The descriptions in the tree of the library of this name, oldest first."""
    return sorted((root / "tests/abi").glob(f"*/{name}.abi"))


def structs_that_grow(headers):
    return [name for path in sorted(headers.glob("*.h"))
            for name in SIZED.findall(path.read_text())]


def judge(root, library, headers=None):
    """Complaints about a library, one for each description that it breaks."""
    headers = headers or root / "include"
    now = describe(library, headers)
    for path in kept(root, name_of(library)):
        said = compare(path.read_text(), now, structs_that_grow(headers))
        if said:
            yield f"not as in {path.relative_to(root)}:\n{said}"


def version(root):
    text = (root / "include/libspawn.h").read_text()
    return ".".join(NUMBER.findall(text)[:2])


def skip_unless_possible(name="libspawn"):
    if platform.machine() != "x86_64":
        trace_tools.skip("the descriptions are of x86-64")
    if name == DROP_IN and platform.libc_ver() != LIKE:
        trace_tools.skip(f"versions and types are those of {' '.join(LIKE)}")
    missing = trace_tools.missing(*TOOLS)
    if missing:
        trace_tools.skip(f"no {missing}: the package abigail-tools")


def write(root, library):
    path = root / f"tests/abi/{version(root)}/{name_of(library)}.abi"
    path.parent.mkdir(exist_ok=True)
    path.write_text(describe(library, root / "include"))


def main(root, library, *more):
    skip_unless_possible(name_of(library))
    if "--write" in more:
        write(root, library)
    checks = trace_tools.Checks()
    names = [str(path.relative_to(root)) for path in kept(root, name_of(library))]
    checks.check(names, f"nothing is kept of {name_of(library)}")
    for problem in judge(root, library):
        checks.check(False, problem)
    print(f"{name_of(library)}: as in {', '.join(names)}")
    checks.finish()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), *sys.argv[2:])
