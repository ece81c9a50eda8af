#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The house style, as far as a program can see it.

usage: style.py ROOT

Lengths of functions and files, widths of lines, conditions of the
preprocessor, the licence line, words and calls that have no place here.
"""
import pathlib
import re
import sys

import source_tree

SPDX = re.compile(r"(/\*|#|//|\.\\\"|<!--) ?SPDX-License-Identifier: MIT")
WIDTH = 80
FILE_LINES = 300
# A test file may hold all the cases of its topic.
TEST_LINES = 700
FUNCTION_LINES = 40
# Of the library's functions all together.
MEAN_LINES = 14
NINTH_DECILE_LINES = 28
CONDITIONS_PER_1000 = 3
# Bounds, not goals: comments are not written to be counted. A function of the
# public header is twenty lines of reference and five of C.
COMMENT_SHARE = {"include": (0.55, 0.80), "src": (0.12, 0.25)}

# Functions that may be longer than FUNCTION_LINES, each with its reason.
LONG_FUNCTIONS = {
    # The table of operations: one line for each, and nothing else.
    ("src/child/attributes.c", "libspawn__attribute_set"),
}
# Files that may be longer than FILE_LINES, each with its reason.
LONG_FILES = {
    # One file of a tree of CPython, in the place of one.
    "runtimes/python/cpython/_posixsubprocess.c",
}

# Folders whose C files are the library: no abort, no exit, no printing.
LIBRARY = ("include/", "src/")
FORBIDDEN_CALLS = re.compile(
    r"\b(abort|exit|assert|perror|fprintf|printf|puts|putchar|syslog|dlsym|"
    r"alloca|strcpy|strcat|sprintf|gets|setenv|putenv|unsetenv|atexit|"
    r"signal|system|popen|sleep|usleep)\s*\(")
# The drop-in's header may name what it takes the place of.
REDIRECT = re.compile(r"#define (system|popen|pclose)\(")
# PATH and the override of the backend are all the library reads of it, the
# latter in a file of its own; a worker's variable is removed as it is read.
OVERRIDE = "src/request/override.c"
ENVIRONMENT = re.compile(r"\b(secure_)?getenv\s*\((?!\s*\"(PATH"
                         r"|LIBSPAWN_BACKEND|LIBSPAWN_WORKER)\")")
TAKEN_OVER = ("src/workers/being.c", 'unsetenv("LIBSPAWN_WORKER");')
TYPEDEF = re.compile(r"\btypedef\s+(struct|union|enum)\b")
# In two pieces each, for this file is checked too.
LEFT_OVER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
PEOPLE = re.compile(r"@author|\bCopyright\b|\bAuthors?:", re.I)
VAGUE = re.compile(r"(^|[/_-])(utils?|common|misc|helpers?)([._/-]|$)")


def columns(line):
    return len(line.expandtabs(8))


def check_text(name, text):
    """Rules for every file that people write."""
    lines = text.split("\n")
    if not name.endswith(".md") and not any(map(SPDX.match, lines[:2])):
        yield f"{name}:1: no SPDX-License-Identifier line"
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield f"{name}:{len(lines)}: does not end in one newline"
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield f"{name}:{number}: blanks at the end of the line"
        if name.endswith((".c", ".h")) and columns(line) > WIDTH:
            yield f"{name}:{number}: {columns(line)} columns wide"
        if LEFT_OVER.search(line):
            yield f"{name}:{number}: unfinished: {line.strip()}"
        if name.endswith((".c", ".h")) and PEOPLE.search(line):
            yield f"{name}:{number}: git knows the authors"
    if VAGUE.search(name):
        yield f"{name}: the name does not say what is in it"


def check_c(name, text):
    """Rules for every C file."""
    lines = text.split("\n")
    plain = source_tree.uncommented(text).split("\n")
    if not lines[0].startswith("/* SPDX"):
        yield f"{name}:1: the licence is not on line 1"
    most = TEST_LINES if name.startswith("tests/") else FILE_LINES
    if len(lines) - 1 > most and name.endswith(".c") and \
            name not in LONG_FILES:
        yield f"{name}: {len(lines) - 1} lines, over {most}"
    for function, first, last in source_tree.functions(text):
        length = last - first + 1
        if length > FUNCTION_LINES and (name, function) not in LONG_FUNCTIONS:
            yield f"{name}:{first}: {function}() has {length} lines"
        for number in range(first, last):
            if re.match(r"\s*#\s*(if|else|elif)", plain[number - 1]):
                yield f"{name}:{number}: a condition inside {function}()"
    for number in source_tree.line_comments(text):
        yield f"{name}:{number}: a // comment"
    for number, line in enumerate(plain, 1):
        if TYPEDEF.search(line):
            yield f"{name}:{number}: a struct hidden by typedef"


def check_library(name, text):
    """Rules for the library alone."""
    both = zip(source_tree.uncommented(text).split("\n"), text.split("\n"))
    for number, (plain, line) in enumerate(both, 1):
        if FORBIDDEN_CALLS.search(plain) and not REDIRECT.match(plain) and \
                (name, line.strip()) != TAKEN_OVER:
            yield f"{name}:{number}: not in the library: {line.strip()}"
        if ENVIRONMENT.search(line) and "getenv" in plain and \
                name != OVERRIDE:
            yield f"{name}:{number}: not its to read: {line.strip()}"


def check_lengths(sources):
    """The library's functions, taken together."""
    lengths = sorted(last - first + 1
                     for text in sources.values()
                     for _, first, last in source_tree.functions(text))
    if not lengths:
        yield "src/: no function found"
        return
    mean = sum(lengths) / len(lengths)
    ninth = lengths[len(lengths) * 9 // 10]
    print(f"src/: {len(lengths)} functions, mean {mean:.1f}, "
          f"p90 {ninth}, longest {lengths[-1]} lines")
    if mean > MEAN_LINES:
        yield f"src/: functions have {mean:.1f} lines, over {MEAN_LINES}"
    if ninth > NINTH_DECILE_LINES:
        yield f"src/: p90 is {ninth} lines, over {NINTH_DECILE_LINES}"


def names_of(text):
    """What a file declares without libspawn_ before it."""
    plain = source_tree.uncommented(text)
    found = {name for name, _, _ in source_tree.functions(text)}
    found.update(re.findall(r"^#\s*define (\w+)", plain, re.M))
    found.update(re.findall(r"^((?:struct|union|enum) \w+) \{", plain, re.M))
    for body in re.findall(r"^enum[^{;]*\{(.*?)\}", plain, re.M | re.S):
        found.update(re.findall(r"(?:^|,)\s*(\w+)", body))
    return {name for name in found
            if not name.lower().startswith("libspawn_") and
            not re.fullmatch(r"_\w+", name)}


def check_unique(sources):
    """The two-file release puts them all in one, and so may others."""
    owners = {}
    for name, text in sources.items():
        for word in names_of(text):
            owners.setdefault(word, []).append(name)
    for word, files in sorted(owners.items()):
        # Files of one system each, and headers, may be each other's instead.
        instead = [name for name in files if name.endswith(".h") or
                   re.search(r"^#if", sources[name], re.M)]
        if len(files) > 1 and len(instead) < len(files):
            yield f"src/: {word} is in {' and in '.join(files)}"


def check_conditions(sources):
    """How much of the library the preprocessor decides."""
    conditions = lines = 0
    for name, text in sources.items():
        found = re.findall(r"^\s*#\s*if", text, re.M)
        guard = 1 if name.endswith(".h") and found else 0
        conditions += len(found) - guard
        lines += text.count("\n")
    share = 1000 * conditions / max(lines, 1)
    print(f"src/: {lines} lines, {share:.1f} #if per 1,000")
    if share > CONDITIONS_PER_1000:
        yield f"src/: {share:.1f} #if in 1,000, over {CONDITIONS_PER_1000}"


def check_comments(sources, folder):
    """Enough said, and not too much."""
    shares = [source_tree.comment_share(text) for name, text
              in sources.items() if name.startswith(folder)]
    share = sum(s[0] for s in shares) / max(sum(s[1] for s in shares), 1)
    least, most = COMMENT_SHARE[folder]
    print(f"{folder}/: {share:.0%} of the lines are comments")
    if not least <= share <= most:
        yield f"{folder}/: {share:.0%} comments, not {least:.0%}-{most:.0%}"


def check_object_names(sources):
    """`cc -c src/*.c src/*/*.c` puts all objects into one folder."""
    seen = {}
    for name in sources:
        object_name = name.rsplit("/", 1)[-1]
        if name.endswith(".c") and object_name in seen:
            yield f"{name}: {seen[object_name]} has the same name"
        seen[object_name] = name


def main(root):
    problems, sources, checked = [], {}, 0
    scripts = [root / "dev", root / ".ci/run", root / "scripts/packages"]
    for path in scripts + source_tree.files(
            root, ".c", ".h", ".py", ".sh", ".md", ".3", ".1", ".ini",
            "meson.build", "meson_options.txt"):
        name = str(path.relative_to(root))
        text = path.read_text()
        checked += 1
        problems += check_text(name, text)
        if name.endswith((".c", ".h")):
            problems += check_c(name, text)
            if name.startswith(LIBRARY):
                problems += check_library(name, text)
                sources[name] = text
    library = {n: t for n, t in sources.items()
               if n.startswith("src/") and n.endswith((".c", ".h"))}
    problems += check_lengths(library)
    problems += check_unique(library)
    problems += check_conditions(library)
    problems += check_object_names(library)
    problems += check_comments(sources, "include")
    problems += check_comments(library, "src")
    source_tree.finish(problems, checked)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
