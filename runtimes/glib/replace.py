#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a source tree of GLib start its programs by libspawn.

usage: replace.py [--untried] TREE

Lays libspawn and its adapter into glib/, adds them to the list of sources, and
lets fork_exec() in glib/gspawn.c (glib/gspawn-posix.c from 2.84 on) call it: no
line of GLib is changed. What was added is written beside the tree, to
TREE.libspawn.patch; to go back: patch -R -p1 <../TREE.libspawn.patch, in it.

A version that it was not tried with is refused, unless --untried says to look
whether fork_exec() has the same shape and to go on then.
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import source_tree  # noqa: E402
from source_tree import Refused  # noqa: E402

#: The versions that its own tests were run with, stock and replaced.
TRIED = ["2.74"]

#: Of fork_exec(), in their order.
PARAMETERS = """
intermediate_child working_directory argv envp close_descriptors search_path
search_path_from_envp stdout_to_null stderr_to_null child_inherits_stdin
file_and_argv_zero cloexec_pipes child_setup user_data child_pid stdin_pipe_out
stdout_pipe_out stderr_pipe_out stdin_fd stdout_fd stderr_fd source_fds
target_fds n_fds error""".split()
#: Those that the adapter is told as they are.
TOLD = [name for name in PARAMETERS
        if not re.search("cloexec|setup|user_data|pid|pipe_out|error", name)]
LABELS = ["success:", "cleanup_and_fail:"]

INCLUDE = '#include "glib-unix.h"\n'
OWN_INCLUDE = '#include "gspawn-libspawn.h"\n'
#: By then all pipes are there, and nothing else is.
ANCHOR = "  child_close_fds[n_child_close_fds++] = -1;\n"
CALL = """
#ifdef __linux__
  if (child_setup == NULL)
    {{
      const struct g_libspawn_request request = {{
        .child_close_fds = child_close_fds,
{told}
      }};

      switch (_g_libspawn (&request, child_pid, error))
        {{
        case G_LIBSPAWN_STARTED:
          goto success;
        case G_LIBSPAWN_FAILED:
          goto cleanup_and_fail;
        case G_LIBSPAWN_DECLINED:
          break;
        }}
    }}
#endif
""".format(told="\n".join(f"        .{name} = {name}," for name in TOLD))

FUNCTION = re.compile(r"^fork_exec \(([^;{}]*?)\)\n\{\n.*?^\}\n", re.M | re.S)


def version_of(tree):
    text = source_tree.read(tree / "meson.build")
    return source_tree.find(r"version\s*:\s*'([\d.]+)'", text, "meson.build")


def find_source(tree):
    for name in ("gspawn-posix.c", "gspawn.c"):
        path = tree / "glib" / name
        if path.is_file() and FUNCTION.search(path.read_text()):
            return path
    raise Refused("glib/ has no file with fork_exec()")


def check_function(found):
    names = re.findall(r"(\w+)(?:,|$)", found.group(1))
    if names != PARAMETERS:
        raise Refused("fork_exec() has other parameters: " + " ".join(names))
    for label in LABELS:
        if not re.search(rf"^ ?{label}$", found.group(), re.M):
            raise Refused(f"fork_exec() has no label {label}")


def add_call(text, name):
    if OWN_INCLUDE in text:
        raise Refused("libspawn is in this tree already")
    found = FUNCTION.search(text)
    check_function(found)
    body = source_tree.insert_once(found.group(), ANCHOR, CALL, "fork_exec()")
    text = text[:found.start()] + body + text[found.end():]
    return source_tree.insert_once(text, INCLUDE, OWN_INCLUDE, name)


def change(tree, untried):
    version = version_of(tree)
    source_tree.check_version(version, TRIED, untried, "GLib")
    source, build = find_source(tree), tree / "glib/meson.build"
    old = source_tree.read(build)
    new = re.sub(rf"(files\([^)]*'{source.name}')(?=[^)]*'giounix\.c')",
                 r"\1, 'gspawn-libspawn.c'", old)
    if new == old:
        raise Refused(f"glib/meson.build does not list {source.name} as known")
    texts = {source: add_call(source_tree.read(source), source.name),
             build: new}
    return (f"GLib {version}", texts, tree / "glib",
            [HERE / "gspawn-libspawn.c", HERE / "gspawn-libspawn.h"])


if __name__ == "__main__":
    source_tree.main(sys.argv[1:], __doc__.split("\n\n")[1], change)
