# SPDX-License-Identifier: MIT
"""What the scripts share that put libspawn into another project's source tree.

They change a tree that the user has, and keep none of its text here: a place is
found by the names around it, and a tree of another shape is refused.
"""
import difflib
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
RELEASE = ("libspawn.c", "libspawn.h")


class Refused(Exception):
    """The tree is not what the script knows."""


def check_version(version, tried, untried, what):
    """`tried`: the minor versions that our tests were run with."""
    if version.rpartition(".")[0] not in tried and not untried:
        known = " and ".join(f"{minor}.x" for minor in tried)
        raise Refused(f"{what} {version}; tried with {known} only. --untried "
                      "goes on if the launcher has the same shape")


def insert_once(text, anchor, addition, what):
    """After the only line that is like this."""
    if text.count(anchor) != 1:
        raise Refused(f"{what} has {anchor.strip()!r} {text.count(anchor)} "
                      "times")
    return text.replace(anchor, anchor + addition)


def patch(tree, texts):
    """What is changed, in the form of patch(1)."""
    lines = []
    for path, new in texts.items():
        name = path.relative_to(tree)
        lines += difflib.unified_diff(
            path.read_text().splitlines(True), new.splitlines(True),
            f"a/{name}", f"b/{name}")
    return "".join(lines)


def lay_sources(folder, *adapter):
    """The two files of libspawn and the adapter's."""
    with tempfile.TemporaryDirectory() as made:
        subprocess.run([sys.executable, "-B", ROOT / "release/amalgamate.py",
                        ROOT, made], check=True)
        for path in (*(pathlib.Path(made) / name for name in RELEASE),
                     *adapter):
            shutil.copy(path, folder)


def read(path):
    try:
        return path.read_text()
    except OSError as error:
        raise Refused(f"not the source tree: {error}") from error


def find(pattern, text, what):
    found = re.search(pattern, text)
    if not found:
        raise Refused(f"{what} is not as known")
    return found.group(1)


def main(arguments, usage, change):
    """change(tree, untried) tells the version, the new text of each file, the
    folder to lay the sources into, and the adapter's."""
    untried = arguments[:1] == ["--untried"]
    if len(arguments) != 1 + untried:
        sys.exit(usage)
    tree = pathlib.Path(arguments[-1]).resolve()
    try:
        version, texts, folder, adapter = change(tree, untried)
    except Refused as error:
        sys.exit(f"replace.py: {error}")
    # Until its own sources name them, these are files that nothing uses.
    lay_sources(folder, *adapter)
    tree.with_name(f"{tree.name}.libspawn.patch").write_text(
        patch(tree, texts))
    for path, text in texts.items():
        path.write_text(text)
    names = ", ".join(str(path.relative_to(tree)) for path in texts)
    print(f"{version} starts programs by libspawn now; changed: {names}")
