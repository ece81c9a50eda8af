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
import difflib
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
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
            "configure.ac": ("-std=gnu89", "-std=gnu11")}

FUNCTION = re.compile(r"^(?:static )?[a-z_]+ ?\*?\s*(\w+)\(([^;{}]*?)\)\s*\{$",
                      re.M | re.S)


class Refused(Exception):
    """The tree is not what this script knows."""


def version_of(tree):
    try:
        text = (tree / "include/uv/version.h").read_text()
    except OSError as error:
        raise Refused(f"no source tree of libuv: {error}") from error
    return ".".join(re.search(rf"UV_VERSION_{part}\s+(\d+)", text).group(1)
                    for part in ("MAJOR", "MINOR", "PATCH"))


def check_version(tree, untried):
    version = version_of(tree)
    if version.rpartition(".")[0] not in TRIED and not untried:
        raise Refused(f"libuv {version}; tried with "
                      f"{' and '.join(f'{known}.x' for known in TRIED)} only. "
                      "--untried goes on if the launcher has the same shape")
    return version


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
    depth = 0
    for word in re.findall(r"^#\s*(if|endif)", launcher, re.M):
        depth += 1 if word == "if" else -1
        if depth < 0:
            break
    if depth:
        raise Refused("process.c has its launcher within an #if that ends "
                      "in the midst of it")


def replace_launcher(text):
    start, end = find_launcher(text)
    check_launcher(text[start:end])
    return text[:start] + DECLARATION + text[start:end] + END + text[end:]


def add_source(text):
    """Beside process.c, where a list has it."""
    return re.sub(r"^.*\bsrc/unix/process\.c\b.*\n",
                  lambda line: line.group() + line.group().replace(
                      "process.c", "uv_libspawn.c"), text, flags=re.M)


def changed(tree):
    """Each file that is there and changes, with its new text."""
    process = tree / "src/unix/process.c"
    text = process.read_text()
    if DECLARATION in text:
        raise Refused("libspawn is in this tree already")
    texts = {process: replace_launcher(text)}
    for name in ("CMakeLists.txt", "Makefile.am", "configure.ac", "uv.gyp"):
        path = tree / name
        if path.is_file():
            old = path.read_text()
            texts[path] = add_source(old).replace(*STANDARD.get(name, ("", "")))
    return {path: new for path, new in texts.items()
            if new != path.read_text()}


def patch(tree, texts):
    """In the form of patch(1)."""
    lines = []
    for path, new in texts.items():
        name = path.relative_to(tree)
        lines += difflib.unified_diff(
            path.read_text().splitlines(True), new.splitlines(True),
            f"a/{name}", f"b/{name}")
    return "".join(lines)


def lay_sources(folder):
    """libspawn as two files, and the adapter."""
    ready = HERE / "libspawn.c"
    if ready.is_file():
        for name in ("libspawn.c", "libspawn.h"):
            shutil.copy(HERE / name, folder)
    else:
        subprocess.run([sys.executable, "-B", ROOT / "release/amalgamate.py",
                        ROOT, folder], check=True)
        for name in ("libspawn_posix.c", "libspawn_posix.h"):
            (folder / name).unlink()
    shutil.copy(HERE / "uv_libspawn.c", folder)


def main(arguments):
    untried = arguments[:1] == ["--untried"]
    if len(arguments) != 1 + untried:
        sys.exit(__doc__.split("\n\n")[1])
    tree = pathlib.Path(arguments[-1]).resolve()
    try:
        version = check_version(tree, untried)
        texts = changed(tree)
    except (Refused, OSError) as error:
        sys.exit(f"replace.py: {error}")
    tree.with_name(f"{tree.name}.libspawn.patch").write_text(
        patch(tree, texts))
    for path, text in texts.items():
        path.write_text(text)
    lay_sources(tree / "src/unix")
    names = ", ".join(str(path.relative_to(tree)) for path in texts)
    print(f"libuv {version} starts programs by libspawn now; changed: {names}")


if __name__ == "__main__":
    main(sys.argv[1:])
