#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One line builds the library, without meson and without a warning.

usage: oneline.py ROOT

    cc -Iinclude -Isrc -fPIC -shared -o libspawn.so src/*.c src/*/*.c

That is the promise to whoever vendors the sources. What it built is then
linked to a program that starts another.
"""
import glob
import pathlib
import shutil
import subprocess
import sys
import tempfile

import source_tree

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
COMPILERS = ["cc", "gcc -std=c11 -O2", "gcc -Os -std=gnu11",
             "clang -std=c11 -O2", "musl-gcc -std=c11 -O2"]
PROGRAM = """
#include <libspawn.h>
#include <stddef.h>
#include <sys/wait.h>

int main(void)
{
	char *argv[] = { (char *)"true", NULL };
	struct libspawn_options options = { sizeof options };
	struct libspawn_process process;
	int status;

	options.search = LIBSPAWN_SEARCH_PARENT_PATH;
	if (libspawn_start(&process, "true", argv, &options, NULL))
		return 2;
	return waitpid(process.pid, &status, 0) != process.pid || status;
}
"""


def run(command, **more):
    return subprocess.run(command, text=True, stderr=subprocess.STDOUT,
                          stdout=subprocess.PIPE, check=False, **more)


def attempt(compiler, root, folder):
    """What went wrong, or None."""
    sources = sorted(glob.glob("src/*.c", root_dir=root) +
                     glob.glob("src/*/*.c", root_dir=root))
    includes = ["-Iinclude", "-Isrc"]
    library, program = folder / "libspawn.so", folder / "program"
    built = run([*compiler, *WARNINGS, *includes, "-fPIC", "-shared", "-o",
                 library, *sources], cwd=root)
    if built.returncode:
        return f"does not build:\n{built.stdout}"
    (folder / "program.c").write_text(PROGRAM)
    # musl's programs don't find a library here: all is static in them.
    static = compiler[0].startswith("musl")
    objects = [*sources, "-static"] if static else [library]
    built = run([*compiler, *includes, "-o", program, folder / "program.c",
                 *objects], cwd=root)
    if built.returncode:
        return f"does not link:\n{built.stdout}"
    started = run([program], env={"LD_LIBRARY_PATH": str(folder),
                                  "PATH": "/usr/bin:/bin"})
    if started.returncode:
        return f"the program exits with {started.returncode}"
    return None


def main(root):
    problems, checked = [], 0
    for line in COMPILERS:
        compiler = line.split()
        if not shutil.which(compiler[0]):
            print(f"{compiler[0]}: not here, not tried")
            continue
        with tempfile.TemporaryDirectory() as folder:
            problem = attempt(compiler, root, pathlib.Path(folder))
        checked += 1
        if problem:
            problems.append(f"{line}: {problem}")
            break
    source_tree.finish(problems, checked)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
