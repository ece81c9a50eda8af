#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of docs/options.md is what the library answers.

usage: options.py ROOT PROGRAM [--write]

PROGRAM is the compiled print_options.c. It is asked for this system; compiled
once more with LIBSPAWN_PORTABLE, for what all other systems have at least.
--write puts the answers into the document.
"""
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

import source_tree

BACKENDS = ["clone", "vfork", "posix_spawn", "fork"]
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"


def answers(program):
    """{option: [a word for each backend]}, in the order of the program."""
    environment = dict(os.environ)
    environment.pop("LIBSPAWN_BACKEND", None)
    printed = subprocess.run([program], text=True, stdout=subprocess.PIPE,
                             check=True, env=environment).stdout
    rows = [line.split("\t") for line in printed.splitlines()]
    return {option: words for option, *words in rows}


def portable_answers(root):
    sources = [*root.glob("src/*.c"), *root.glob("src/*/*.c")]
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder, "print_options")
        subprocess.run(
            ["cc", "-std=c11", "-DLIBSPAWN_PORTABLE",
             "-I", root / "include", "-I", root / "src", *sources,
             root / "tests/lint/print_options.c", "-pthread", "-o", program],
            check=True)
        return answers(program)


def has_portable(root):
    return (root / "src/child/sys_posix.h").is_file()


def table(root, program):
    here = answers(program)
    elsewhere = portable_answers(root) if has_portable(root) else {}
    titles = ["option", *BACKENDS]
    if elsewhere:
        titles += [f"elsewhere: {name}" for name in BACKENDS[1:]]
    lines = [titles, ["---"] * len(titles)]
    for option, words in here.items():
        lines.append([option, *words, *elsewhere.get(option, [None])[1:]])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def difference(root, program):
    """The first line where the document says something else."""
    text = (root / "docs/options.md").read_text(encoding="utf-8")
    written = text.partition(BEGIN)[2].partition(END)[0].splitlines()
    true = table(root, program).splitlines()
    for written_line, true_line in zip(written, true):
        if written_line != true_line:
            yield f"docs/options.md has  {written_line}\n" \
                f"but the library says {true_line}"
    if len(written) != len(true):
        yield f"docs/options.md has {len(written)} lines, not {len(true)}"


def write(root, program):
    path = root / "docs/options.md"
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    path.write_text(before + BEGIN + table(root, program) + END + after,
                    encoding="utf-8")


def is_described():
    """The document describes Linux with a glibc of 2.34 or later."""
    name, version = platform.libc_ver()
    numbers = [int(part) for part in version.split(".") if part.isdigit()]
    return sys.platform == "linux" and name == "glibc" and numbers >= [2, 34]


def main(root, program, *arguments):
    if not is_described():
        print("skipped: the table is for Linux with glibc 2.34 or later")
        sys.exit(77)
    if "--write" in arguments:
        write(root, program)
    problems = list(difference(root, program))
    source_tree.finish(problems, f"{len(answers(program))} options")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), *sys.argv[2:])
