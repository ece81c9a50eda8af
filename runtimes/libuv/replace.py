#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a source tree of libuv start its programs by libspawn.

usage: replace.py [--untried] TREE

Lays libspawn and its adapter into src/unix/, adds them to the lists of sources,
and puts the launcher in src/unix/process.c into the #else of an #ifdef
__linux__: no line of it is changed. What was changed is written beside the tree,
to TREE.libspawn.patch; to go back: patch -R -p1 <../TREE.libspawn.patch, in it.

A version that it was not tried with is refused, unless --untried says to look
whether its launcher has the same shape and to go on then.
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import source_tree  # noqa: E402
from source_tree import Refused  # noqa: E402

#: The versions that its own tests were run with, stock and replaced.
TRIED = ["1.44", "1.50"]

#: What process.c has between its pipes and uv_spawn(), in this order.
FIRST, LAST = "uv__write_int", "uv__spawn_and_init_child"
LAUNCHER = {
    FIRST, "uv__write_errno", "uv__process_child_init",
    "uv__spawn_init_posix_spawn_fncs", "uv__spawn_init_can_use_setsid",
    "uv__spawn_init_posix_spawn", "uv__spawn_set_posix_spawn_attrs",
    "uv__spawn_set_posix_spawn_file_actions", "uv__spawn_find_path_in_env",
    "uv__spawn_resolve_and_spawn", "uv__spawn_and_init_child_posix_spawn",
    "uv__spawn_and_init_child_fork", LAST}
#: That which uv_spawn() calls, without its spaces.
PARAMETERS = ("uv_loop_t*loop,constuv_process_options_t*options,"
              "intstdio_count,int(*pipes)[2],pid_t*pid")
DECLARATION = """\
#ifdef __linux__
/* By libspawn, in uv_libspawn.c. */
int uv__spawn_and_init_child(uv_loop_t* loop,
                             const uv_process_options_t* options,
                             int stdio_count,
                             int (*pipes)[2],
                             pid_t* pid);
#else
"""
END = "#endif /* __linux__ */\n"

#: libuv is C89 up to its version 1.50, libspawn C11.
STANDARD = {"CMakeLists.txt": ("set(CMAKE_C_STANDARD 90)",
                               "set(CMAKE_C_STANDARD 11)"),
            "configure.ac": ("-std=gnu89", "-std=gnu11"),
            "uv.gyp": ("-std=gnu89", "-std=gnu11")}
#: What automake packs beside its sources.
EXTRA_DIST = "EXTRA_DIST += src/unix/libspawn.c src/unix/libspawn.h\n"

#: What the adapter carries out of what a caller asks for.
OPTIONS = {"file", "args", "env", "cwd", "flags", "uid", "gid"}

FUNCTION = re.compile(r"^(?:static )?[a-z_]+ ?\*?\s*(\w+)\(([^;{}]*?)\)\s*\{$",
                      re.M | re.S)


def version_of(tree):
    text = source_tree.read(tree / "include/uv/version.h")
    return ".".join(source_tree.find(rf"UV_VERSION_{part}\s+(\d+)", text,
                                     "include/uv/version.h")
                    for part in ("MAJOR", "MINOR", "PATCH"))


def find_launcher(text):
    """Where the functions of the launcher begin and end."""
    found = [match for match in FUNCTION.finditer(text)
             if match.group(1) in LAUNCHER]
    names = [match.group(1) for match in found]
    if not names or (names[0], names[-1]) != (FIRST, LAST):
        raise Refused(f"process.c has no {FIRST}() ... {LAST}() as known")
    if re.sub(r"\s", "", found[-1].group(2)) != PARAMETERS:
        raise Refused(f"{LAST}() in process.c has other parameters")
    start = found[0].start()
    return start, text.index("\n}\n", found[-1].end()) + len("\n}\n")


def check_launcher(launcher):
    """Nothing else is in it, and it can be put into an #else."""
    others = {match.group(1) for match in FUNCTION.finditer(launcher)
              } - LAUNCHER
    if others:
        raise Refused(f"process.c has {', '.join(sorted(others))} amid its "
                      "launcher")
    unknown = set(re.findall(r"\boptions->(\w+)", launcher)) - OPTIONS
    if unknown:
        raise Refused("process.c has a launcher with options of its own: "
                      f"{', '.join(sorted(unknown))}")
    depth = 0
    for word in re.findall(r"^#\s*(if|endif)", launcher, re.M):
        depth += 1 if word == "if" else -1
        if depth < 0:
            break
    if depth:
        raise Refused("process.c has its launcher within an #if that ends "
                      "in the midst of it")


def replace_launcher(text):
    if DECLARATION in text:
        raise Refused("libspawn is in this tree already")
    start, end = find_launcher(text)
    check_launcher(text[start:end])
    return text[:start] + DECLARATION + text[start:end] + END + text[end:]


def add_source(text):
    """Beside process.c, where a list has it."""
    return re.sub(r"^.*\bsrc/unix/process\.c\b.*\n",
                  lambda line: line.group() + line.group().replace(
                      "process.c", "uv_libspawn.c"), text, flags=re.M)


def change(tree, untried):
    version = version_of(tree)
    source_tree.check_version(version, TRIED, untried, "libuv")
    process = tree / "src/unix/process.c"
    texts = {process: replace_launcher(source_tree.read(process))}
    for name in ("CMakeLists.txt", "Makefile.am", "configure.ac", "uv.gyp"):
        path = tree / name
        if path.is_file():
            old = path.read_text()
            new = add_source(old).replace(*STANDARD.get(name, ("", "")))
            if name == "Makefile.am":
                new += EXTRA_DIST
            texts.update({path: new} if new != old else {})
    return (f"libuv {version}", texts, tree / "src/unix",
            [HERE / "uv_libspawn.c"])


if __name__ == "__main__":
    source_tree.main(sys.argv[1:], __doc__.split("\n\n")[1], change)
