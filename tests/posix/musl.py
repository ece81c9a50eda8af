#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The same tests in programs that are linked statically with musl.

usage: musl.py ROOT PROBE TOPIC...

Compiles the library and the tests by musl-gcc and runs them. The linker tells
where each name comes from, since a static program can't.
"""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

COMPILER = ["musl-gcc", "-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror"]
LIBRARY = ["-DLIBSPAWN_POSIX_DROP_IN", "-Iinclude", "-Isrc"]
TESTS = ["-Itests/posix", "-Itests/posix/musl", "-Itests/support", "-Iinclude"]
NAMES = ["posix_spawn", "posix_spawnp", "posix_spawn_file_actions_addopen",
         "posix_spawnattr_setflags", "system", "popen", "pclose"]


def run(*command, **more):
    done = subprocess.run([str(word) for word in command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, check=False, **more)
    if done.returncode:
        print(*command)
        print(done.stdout)
        sys.exit(f"exit status {done.returncode}")
    return done.stdout


def compile_all(sources, flags, folder):
    """Returns the objects, in the order of the sources."""
    def compile_one(source):
        made = folder / (str(source).replace("/", "-") + ".o")
        run(*COMPILER, *flags, "-c", source, "-o", made)
        return made
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(compile_one, sources))


def link(program, objects, library):
    """Returns what the linker says of the names."""
    trace = ["-Wl,--trace-symbol=" + name for name in NAMES]
    return run("musl-gcc", "-static", "-o", program, *objects, library,
               "-pthread", *trace)


def check_trace(said):
    """Each name that is asked for is the library's."""
    defined = [line for line in said.splitlines() if "definition of" in line]
    foreign = [line for line in defined if "libspawn-posix.a" not in line]
    if not defined or foreign:
        sys.exit("not the library's:\n" + "\n".join(foreign))


def main(root, probe, *topics):
    if not shutil.which("musl-gcc"):
        print("SKIP: musl-gcc is not here")
        sys.exit(77)
    probe = pathlib.Path(probe).resolve()
    os.chdir(root)
    sources = sorted(str(path) for path in pathlib.Path("src").rglob("*.c"))
    tests = [f"tests/posix/test_{topic}.c" for topic in topics]
    shared = ["tests/support/setting.c", "tests/posix/case.c", "tests/posix/observe.c",
              "tests/posix/musl/cmocka.c"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        library = folder / "libspawn-posix.a"
        run("ar", "rcs", library, *compile_all(sources, LIBRARY, folder))
        objects = compile_all(tests + shared, TESTS, folder)
        common = objects[len(tests):]
        for topic, body in zip(topics, objects):
            program = folder / topic
            check_trace(link(program, [body, *common], library))
            print(run(program, "musl", probe))


if __name__ == "__main__":
    main(*sys.argv[1:])
