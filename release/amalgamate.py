#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The two-file release: libspawn.c and libspawn.h.

usage: amalgamate.py ROOT FOLDER [DEPFILE]

libspawn.c is every source of the library, the child's first, with each header
of its own in the place where it is first needed. Comments stay. System headers
come once, at the top, except those that only some systems have. What the files
share among themselves is static here, so the only names that a linker sees are
those of libspawn.h. That one is include/libspawn.h, and the two macros of a
private copy.

libspawn_posix.c and libspawn_posix.h are the same with the drop-in: the former
has all of libspawn.c too, and takes its place. libspawn_workers.c and
libspawn_workers.h are the workers, and need libspawn.c beside them.

All is decided by rules, none by a list: a new file in src/ is in the release.
The same tree gives the same bytes.
"""
import pathlib
import re
import sys

WIDTH = 80
# Other libraries, with a header of their own.
DROP_IN, WORKERS = "posix", "workers"
# Those not named here follow, by name.
FOLDERS = {"src/child": 0, "src/request": 1, "src/plan": 2, "src/ends": 3,
           "src/backend": 4, "src": 5}
PUBLIC = ("libspawn.h", "libspawn_posix.h", "libspawn_workers.h")

SYSTEM = re.compile(r"\s*#\s*include\s*<([^>]+)>")
OWN = re.compile(r'\s*#\s*include\s*(?:"|<(?=libspawn))([^">]+)')
CONDITION = re.compile(r"\s*#\s*(if|ifdef|ifndef|endif)\b")
FEATURE = re.compile(r"#define (_\w+(?: \S+)?)$")
GUARD = re.compile(r"#ifndef (LIBSPAWN_\w+_H)\n#define \1\n(.*)\n#endif\n",
                   re.S)
LICENCE = re.compile(r"\A/\* SPDX[^\n]*\n")
NOT_CODE = re.compile(r"/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
                      r"|^[ \t]*#(?:\\\n|[^\n])*", re.S | re.M)
SHARED = re.compile(r"\blibspawn__\w+\s*[(=;\[]")
DECLARED = re.compile(r"^LIBSPAWN_API\b[^;]*?\b(libspawn_\w+)\s*\(", re.M)
API = "#ifndef LIBSPAWN_API\n"
# A companion takes that, and the prefix, from the library's header.
COMPANION = '#include "libspawn.h"\n'


# ---- Making static -----------------------------------------------------------

def plain(text):
    """The text with comments, strings and directives blanked."""
    return NOT_CODE.sub(
        lambda found: re.sub(r"[^\n]", " ", found.group(0)), text)


def declarations(text):
    """(start, end) of all that is declared: up to the body, '=' or ';'."""
    start, end, depth, inside = None, None, 0, 0
    for at, char in enumerate(text):
        if char in "([":
            inside += 1
        elif char in ")]":
            inside -= 1
        if start is None and not char.isspace():
            start = at
        if depth == 0 and inside == 0 and char in "{=;" and end is None:
            end = at
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
        is_function = end is not None and text[end] == "{" and \
            text[start:end].rstrip().endswith(")")
        if depth == 0 and (char == ";" or char == "}" and is_function):
            yield start, end
            start = end = None


def wrapped(words):
    """A declaration as the formatter has it: broken after commas, and before
    the name where a line would be too wide otherwise."""
    lines = []
    first, *rest = re.split(r"(?<=,) ", "static " + words)
    margin = first.find("(") + 1
    if max(len(first), *(margin + len(word) for word in rest), 0) > WIDTH:
        before, name = re.fullmatch(r"(.*?) ?(\w+\(.*)", first).groups()
        lines, first = [before], name
    margin = first.find("(") + 1
    for word in rest:
        if len(first) + 1 + len(word) <= WIDTH:
            first += " " + word
        else:
            lines.append(first)
            first = " " * margin + word
    indent = "\t" * (margin // 8) + " " * (margin % 8)
    return "\n".join(line.replace(" " * margin, indent, 1)
                     if line.startswith(" ") else line
                     for line in [*lines, first])


def private(text):
    """The same, with static before all that the files share."""
    made, done = [], 0
    bare = plain(text)
    for start, end in declarations(bare):
        words = text[start:end].split()
        if {"static", "LIBSPAWN_API"} & set(words) or \
                not SHARED.search(bare[start:end + 1]):
            continue
        # Visibility is a matter of names that a linker sees.
        words = [word for word in words
                 if word not in ("extern", "CHILD_HIDDEN")]
        ends = ";" if text[end] == ";" else ""
        made += [text[done:start], wrapped(" ".join(words) + ends),
                 text[start:end][len(text[start:end].rstrip()):]]
        done = end + len(ends)
    return "".join([*made, text[done:]])


# ---- One file of many --------------------------------------------------------

class Release:
    """What has been put together so far."""

    def __init__(self, root, head, headers, rooms):
        self.root = root
        self.head = head
        self.headers = headers
        self.rooms = rooms  # says whether a folder of src/ is in it
        self.read = []
        self.features = set()
        self.system = set()
        self.inlined = {}  # own header: whether for some systems only

    def text(self, name):
        self.read.append(self.root / name)
        return (self.root / name).read_text(encoding="utf-8")

    def sources(self):
        """All files of C, the child's first."""
        found = [path.relative_to(self.root) for path
                 in self.root.glob("src/**/*.c")]
        return sorted((path.as_posix() for path in found
                       if self.rooms(path.parts[1])),
                      key=lambda name: (FOLDERS.get(
                          name.rpartition("/")[0], len(FOLDERS)), name))

    def unit(self, name, only_some=False):
        """The headers that a file is the first to need, and the file."""
        text = LICENCE.sub("", self.text(name))
        if not only_some and not self.inlined.get(name):
            text = GUARD.sub(r"\2", text)
        before = []
        made = [f"/* ==== {name} {'=' * (WIDTH - 12 - len(name))} */"]
        depth = 1 if only_some else 0
        for line in private(text).strip("\n").split("\n"):
            found = CONDITION.match(line)
            if found:
                depth += -1 if found.group(1) == "endif" else 1
            header = OWN.match(line)
            if header and depth == 0:
                before += self.own(header.group(1), False)
            elif header:
                made += self.own(header.group(1), True)
            elif self.keeps(line, depth > 0):
                made.append(line)
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(made)) + "\n"
        return "\n".join([*before, text])

    def keeps(self, line, only_some):
        """Whether a line stays where it is; notes what belongs on top."""
        feature, header = FEATURE.match(line), SYSTEM.match(line)
        if only_some or not (feature or header):
            return True
        if feature:
            self.features.add(feature.group(1))
        else:
            self.system.add(header.group(1))
        return False

    def own(self, name, only_some):
        """A header of the library; its guard stays if it is here twice."""
        public = name in PUBLIC
        name = "src/" + name
        if public or self.inlined.get(name) is False:
            return []
        text = self.unit(name, only_some)
        self.inlined[name] = only_some
        return [text]

    def source(self):
        """libspawn.c"""
        body = "\n".join(self.unit(name) for name in self.sources())
        return "\n".join([
            self.head.format(version=self.version()),
                          *map(feature_lines, sorted(self.features)), "",
                          *(f"#include <{name}>" for name
                            in sorted(self.system)), "", QUIET,
                          *(f'#include "{name}"' for name in self.headers),
                          "", body, LOUD,
                          self.licence()])

    def licence(self):
        return f"/*\n{self.text('LICENSE').rstrip()}\n*/\n"

    def header(self, name):
        """libspawn.h, or that of the drop-in"""
        text = self.text(f"include/{name}")
        names = sorted(set(DECLARED.findall(plain(text))))
        place = COMPANION if name == PUBLIC[2] else API
        if text.count(place) != 1 or not names:
            sys.exit(f"include/{name}: not as expected: {place}")
        renamed = "\n".join(map(renaming, names))
        if place == COMPANION:
            return text.replace(place, f"{place}\n#ifdef LIBSPAWN_PREFIX\n"
                                f"{renamed}\n#endif\n")
        return text.replace(API, PRIVATE_COPY.format(names=renamed) + API)

    def version(self):
        text = self.text("include/libspawn.h")
        return ".".join(re.findall(r"#define LIBSPAWN_VERSION_\w+ (\d+)",
                                   text))


def renaming(name):
    """The line that gives a function its prefix; in two if it is long."""
    define, value = f"#define {name}", f"LIBSPAWN_RENAMED({name})"
    if len(define) + 1 + len(value) > WIDTH:
        return f"{define:{WIDTH - 1}}\\\n\t{value}"
    return f"{define} {value}"


def feature_lines(feature):
    name = feature.split()[0]
    return f"#ifndef {name}\n#define {feature}\n#endif"


HEAD = """\
/* SPDX-License-Identifier: MIT */
/*
 * libspawn {version} in one file, made from its sources by
 * release/amalgamate.py: changes belong there. How to use it: libspawn.h, and
 * docs/vendoring.md; how it works: docs/design.md. It is C11 (or later) and
 * needs no flags. A program that includes this file, with LIBSPAWN_STATIC,
 * includes it before any other header.
 */"""

HEAD_OF_DROP_IN = HEAD.replace(" in one file,", " and its drop-in in one file,") \
    .replace("How to use it: libspawn.h, and", "How to use it: both headers, and")

HEAD_OF_WORKERS = """\
/* SPDX-License-Identifier: MIT */
/*
 * The workers of libspawn {version} in one file, made from their sources by
 * release/amalgamate.py: changes belong there. It needs libspawn.h, and
 * libspawn.c or the library. How to use it: libspawn_workers.h, and
 * docs/workers.md. It is C11 (or later) and needs no flags. A program that
 * includes this file, with LIBSPAWN_STATIC, does so after libspawn.c.
 */"""

# Which of them are used depends on the system, and on what is left out.
QUIET = """\
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-const-variable"
#endif
"""
LOUD = """\
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
"""

PRIVATE_COPY = """\
/*
 * A private copy, in a program where there may be another. LIBSPAWN_PREFIX,
 * defined as, say, mine_, comes before the name of every function: a linker
 * sees mine_libspawn_start. LIBSPAWN_STATIC makes them static, for one file
 * that includes libspawn.c. Whoever includes this header defines the same.
 * LIBSPAWN_NO_OVERRIDE leaves the environment variable LIBSPAWN_BACKEND unread;
 * LIBSPAWN_NO_AFTER leaves out what comes after a start, LIBSPAWN_BACKENDS all
 * backends but those that it names: docs/vendoring.md.
 */
#if defined(LIBSPAWN_STATIC) && !defined(LIBSPAWN_API)
#define LIBSPAWN_API static
#endif
#ifdef LIBSPAWN_PREFIX
#define LIBSPAWN_JOINED(prefix, name) prefix##name
#define LIBSPAWN_JOIN(prefix, name) LIBSPAWN_JOINED(prefix, name)
#define LIBSPAWN_RENAMED(name) LIBSPAWN_JOIN(LIBSPAWN_PREFIX, name)
{names}
#endif

"""


def main(root, folder, depfile=None):
    library = Release(root, HEAD, PUBLIC[:1],
                      lambda room: room not in (DROP_IN, WORKERS))
    drop_in = Release(root, HEAD_OF_DROP_IN, PUBLIC[:2],
                      lambda room: room != WORKERS)
    workers = Release(root, HEAD_OF_WORKERS, PUBLIC[2:],
                      lambda room: room == WORKERS)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("libspawn.c", library.source()),
                       ("libspawn.h", library.header("libspawn.h")),
                       ("libspawn_posix.c", drop_in.source()),
                       ("libspawn_posix.h",
                        drop_in.header("libspawn_posix.h")),
                       ("libspawn_workers.c", workers.source()),
                       ("libspawn_workers.h",
                        workers.header("libspawn_workers.h"))):
        (folder / name).write_text(text, encoding="utf-8")
    if depfile:
        read = " ".join(str(path) for path in sorted({*drop_in.read, *workers.read}))
        depfile.write_text(f"{folder / 'libspawn.c'}: {read}\n")


if __name__ == "__main__":
    main(*map(pathlib.Path, sys.argv[1:]))
