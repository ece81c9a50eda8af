#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a source tree of PHP start the programs of proc_open() by libspawn.

usage: replace.py [--untried] TREE

Lays libspawn and its adapter into ext/standard/, adds them to the list of
sources, and puts the fork in proc_open.c into the #else of an #ifdef __linux__:
no line of PHP is changed. What was added is written beside the tree, to
TREE.libspawn.patch; to go back: patch -R -p1 <../TREE.libspawn.patch, in it.
./buildconf --force comes next, as the list of sources is one of configure's.

A version that it was not tried with is refused, unless --untried says to look
whether proc_open() has the same shape and to go on then.
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import source_tree  # noqa: E402
from source_tree import Refused  # noqa: E402

#: The versions that its own tests were run with.
TRIED = ["8.2"]

INCLUDE = '#include "proc_open.h"\n'
OWN_INCLUDE = '#include "proc_open_libspawn.h"\n'
#: All descriptors are there by then; the child's part and an error come after.
FORK = "\tchild = fork();\n"
#: What the call says is of these names in proc_open().
NAMES = ["execvp(ZSTR_VAL(command_str), argv)",
         '"-c", ZSTR_VAL(command_str)', "argv", "cwd", "env.envarray", "descriptors[i].index",
         "descriptors[i].childend", "descriptors[i].parentend",
         "DESCRIPTOR_TYPE_STD", "close_all_descriptors(descriptors, ndesc)",
         "goto exit_fail;"]
CALL = """\
#ifdef __linux__
	/* By libspawn; the other is called by the child of a fork alone. */
	(void)close_parentends_of_pipes;
	{
		struct php_libspawn_fd *fds = safe_emalloc(ndesc, sizeof *fds, 1);
		const struct php_libspawn_request request = {
			ZSTR_VAL(command_str), argv, cwd, env.envarray, fds, ndesc
		};
		const char *failed;
		int code;

		for (i = 0; i < ndesc; i++) {
			fds[i].index = descriptors[i].index;
			fds[i].child_end = descriptors[i].childend;
			fds[i].parent_end = descriptors[i].type == DESCRIPTOR_TYPE_STD
				? -1 : descriptors[i].parentend;
		}
		code = php_libspawn(&child, &request, &failed);
		efree(fds);
		if (code) {
			close_all_descriptors(descriptors, ndesc);
			php_error_docref(NULL, E_WARNING, "%s failed: %s", failed, strerror(code));
			goto exit_fail;
		}
	}
#else
"""
END = "#endif\n"


def version_of(tree):
    text = source_tree.read(tree / "main/php_version.h")
    return source_tree.find(r'PHP_VERSION "(\d+\.\d+\.\d+)', text,
                            "main/php_version.h")


def end_of_block(text, start):
    """Of the if ... else that comes after the fork."""
    for found in re.finditer(r"^\t\}(?! else).*\n", text[start:], re.M):
        return start + found.end()
    raise Refused("proc_open() does not go on as known")


def replace_fork(text):
    if OWN_INCLUDE in text:
        raise Refused("libspawn is in this tree already")
    lacking = [name for name in NAMES if name not in text]
    if lacking:
        raise Refused(f"proc_open.c has no {', '.join(lacking)}")
    if text.count(FORK) != 1:
        raise Refused(f"proc_open.c forks {text.count(FORK)} times")
    start = text.index(FORK)
    end = end_of_block(text, start)
    text = text[:start] + CALL + text[start:end] + END + text[end:]
    return source_tree.insert_once(text, INCLUDE, OWN_INCLUDE, "proc_open.c")


def change(tree, untried):
    version = version_of(tree)
    source_tree.check_version(version, TRIED, untried, "PHP")
    source, build = tree / "ext/standard/proc_open.c", \
        tree / "ext/standard/config.m4"
    old = source_tree.read(build)
    new = old.replace(" proc_open.c ", " proc_open.c proc_open_libspawn.c ")
    if new == old:
        raise Refused("ext/standard/config.m4 does not list proc_open.c")
    texts = {source: replace_fork(source_tree.read(source)), build: new}
    return (f"PHP {version}", texts, tree / "ext/standard",
            [HERE / "proc_open_libspawn.c", HERE / "proc_open_libspawn.h"])


if __name__ == "__main__":
    source_tree.main(sys.argv[1:], __doc__.split("\n\n")[1], change)
