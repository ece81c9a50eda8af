#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The documents say what the code says.

usage: docs.py ROOT

The man page and the public header name the same things, and mandoc finds
nothing to say about the page. The example of the README is docs/examples/
hello.c. Each of the 27 hazards of docs/child.md and of the 11 threats of
docs/threat-model.md names tests that exist. Every file and every public name
that a document mentions exists. Where a test finds
the drop-in unlike libc, docs/drop-in.md says so in the same words.
"""
import pathlib
import re
import shutil
import subprocess
import sys

import source_tree

HAZARDS, THREATS = 27, 11
PUBLIC_NAME = re.compile(r"\bLIBSPAWN_[A-Z0-9_]*[A-Z0-9]\b"
                         r"|\blibspawn_(?!_)[a-z0-9_]*[a-z0-9]\b")
INCLUDE_GUARD = {"LIBSPAWN_H"}
# Names of the build, which a document may mention too.
BUILD_NAMES = {"LIBSPAWN_RUNG", "LIBSPAWN_PORTABLE", "LIBSPAWN_PREFIX", "LIBSPAWN_STATIC",
               "libspawn_dumpable_1", "LIBSPAWN_WORKER", "libspawn_workers",
               "libspawn_dep", "libspawn_internal_dep", "libspawn_SOURCE_DIR"}
TREE_PATH = re.compile(r"`((?:src|tests|docs|include|tools|bench|release|\.ci)/"
                       r"[A-Za-z0-9_./-]+)`")
# What a document calls a file of which it doesn't matter which.
EXAMPLE = re.compile(r"\b(test_)?x\.c$")
# A file, and in brackets what to look for in it.
NAMES_IN_FILE = re.compile(r"`(src/[A-Za-z0-9_./-]+\.[ch])`\s+"
                           r"\((`\w+`(?:,\s+`\w+`)*)\)")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
TEST_LINE = re.compile(r"^Test: (.+)$", re.M)
DIFFERS = re.compile(r'\bdiffers\(\s*((?:"[^"]*"\s*)+)\)')
NAMED_TEST = re.compile(r"`([^`:]+):([A-Za-z_]\w*)`")


def header_names(header):
    """Functions, types, constants and flags that the header declares."""
    plain = source_tree.uncommented(header)
    return set(PUBLIC_NAME.findall(plain)) - INCLUDE_GUARD


def header_fields(header):
    """The names of all members of all structs, spares left out."""
    plain = source_tree.uncommented(header)
    fields = set()
    for body in re.findall(r"\bstruct \w+ \{(.*?)\n\};", plain, re.S):
        for member in body.split(";"):
            found = re.search(r"(\w+)\s*(?:\[\d+\])?\s*$", member)
            if found:
                fields.add(found.group(1))
    return fields - {"spare"}


def header_parameters(header):
    plain = source_tree.uncommented(header)
    found = set()
    for parameters in re.findall(r"LIBSPAWN_API[^;]*?\((.*?)\);", plain, re.S):
        found.update(re.findall(r"(\w+)\s*(?:\[\])?\s*(?:,|$)", parameters))
    return found


def man_fields(page):
    """The words marked as a field or parameter, outside the synopsis."""
    words = set()
    for line in re.findall(r"^\.(?:It Fa|Fa) (.+)$", page, re.M):
        if not line.startswith('"'):
            words.update(re.findall(r"\w+", line))
    return words


def check_man_page(root):
    header = (root / "include/libspawn.h").read_text(encoding="utf-8")
    page = (root / "docs/libspawn.3").read_text(encoding="utf-8")
    in_page = set(PUBLIC_NAME.findall(page))
    in_header = header_names(header)
    fields = header_fields(header)
    for name in sorted(in_header - in_page):
        yield f"docs/libspawn.3: {name} is missing"
    for name in sorted(in_page - set(PUBLIC_NAME.findall(header))):
        yield f"docs/libspawn.3: the header has no {name}"
    for name in sorted(fields - man_fields(page)):
        yield f"docs/libspawn.3: the field {name} is missing"
    allowed = fields | header_parameters(header) | {"spare"}
    for name in sorted(man_fields(page) - allowed):
        yield f"docs/libspawn.3: the header has no field {name}"


def check_mandoc(root):
    if not shutil.which("mandoc"):
        print("mandoc is not here: the man page was not linted")
        return
    result = subprocess.run(
        ["mandoc", "-Tlint", "-Wwarning", root / "docs/libspawn.3"],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        check=False)
    if result.returncode or result.stdout:
        yield result.stdout.strip()


def check_readme(root):
    readme = (root / "README.md").read_text(encoding="utf-8")
    example = (root / "docs/examples/hello.c").read_text(encoding="utf-8")
    code = example.split("\n", 1)[1]
    if f"```c\n{code}```\n" not in readme:
        yield "README.md: the example is not docs/examples/hello.c"
    for command in ("./dev run -- /bin/ls -l /", "./dev test"):
        if command not in readme:
            yield f"README.md: the command {command} is missing"


def defines(path, function):
    """Whether the file defines the function."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return re.search(rf"^\s*def {function}\(", text, re.M) is not None
    return any(name == function
               for name, _, _ in source_tree.functions(text))


def check_named_test(root, where, name, function):
    path = root / name
    if not name.startswith("tests/") or not path.is_file():
        return f"{where}: no file {name}"
    if not defines(path, function):
        return f"{where}: no {function} in {name}"
    return None


def check_hazards(root, document, kind, count):
    """They are numbered, and each names tests that are there."""
    text = (root / document).read_text(encoding="utf-8")
    parts = re.split(r"^## (\d+)\. ", text, flags=re.M)
    found = dict(zip(map(int, parts[1::2]), parts[2::2]))
    if sorted(found) != list(range(1, count + 1)):
        yield f"{document}: {kind}s {sorted(found)}, not 1..{count}"
    for number, hazard in found.items():
        where = f"{document}: {kind} {number}"
        tests = [test for line in TEST_LINE.findall(hazard)
                 for test in NAMED_TEST.findall(line)]
        if not tests:
            yield f"{where} names no test"
        for name, function in tests:
            problem = check_named_test(root, where, name, function)
            if problem:
                yield problem


def check_mentions(root, document):
    """Paths, links and public names in a document exist."""
    text = document.read_text(encoding="utf-8")
    name = document.relative_to(root)
    header = (root / "include/libspawn.h").read_text(encoding="utf-8")
    for path in TREE_PATH.findall(text):
        if not EXAMPLE.search(path) and not (root / path).exists():
            yield f"{name}: no file {path}"
    for path, words in NAMES_IN_FILE.findall(text):
        source = root / path
        for word in re.findall(r"\w+", words):
            if source.exists() and word not in source.read_text():
                yield f"{name}: no {word} in {path}"
    for link in LINK.findall(text):
        if not (document.parent / link).exists():
            yield f"{name}: a link to {link}, which is not there"
    for other in ("posix", "workers"):
        header += (root / f"include/libspawn_{other}.h").read_text(
            encoding="utf-8")
    known = set(PUBLIC_NAME.findall(header)) | BUILD_NAMES
    for word in sorted(set(PUBLIC_NAME.findall(text)) - known):
        yield f"{name}: the header has no {word}"


def check_differences(root):
    """What the tests found, the document tells."""
    listed = " ".join((root / "docs/drop-in.md").read_text().split())
    for path in sorted(root.glob("tests/posix/*.c")):
        for literals in DIFFERS.findall(path.read_text()):
            sentence = "".join(re.findall('"([^"]*)"', literals))
            if f"| {sentence} |" not in listed:
                yield f"docs/drop-in.md: not a word of '{sentence}'"


def main(root):
    documents = [root / "README.md", root / "SECURITY.md",
                 *sorted((root / "docs").glob("*.md"))]
    problems = [*check_man_page(root), *check_mandoc(root),
                *check_readme(root),
                *check_hazards(root, "docs/child.md", "hazard", HAZARDS),
                *check_hazards(root, "docs/threat-model.md", "threat",
                               THREATS),
                *check_differences(root)]
    for document in documents:
        problems += check_mentions(root, document)
    source_tree.finish(problems, f"{len(documents)} documents, 1 man page")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
