#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The same tests in programs of musl: linked statically with the drop-in, and
dynamically, with the drop-in that is built for the system's C library preloaded.

usage: musl.py ROOT PROBE PRELOAD TOPIC...

The linker tells where the names of a static program come from. A dynamic one
can tell by itself: for it there is the topic `binding`.
"""
import pathlib
import sys
import tempfile

import static_tests
import trace_tools

SHARED = ["tests/posix/case.c", "tests/posix/observe.c",
          "tests/support/own_process.c", "tests/support/setting.c",
          static_tests.STAND_IN]
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
NAMES = ["posix_spawn", "posix_spawnp", "posix_spawn_file_actions_addopen",
         "posix_spawnattr_setflags", "system", "popen", "pclose"]
LOADERS = "ld-musl-*.so.1"


def kernel_headers():
    """They are the system's: musl-gcc looks where musl's are, and no further."""
    place = trace_tools.must("cc", "-print-multiarch").strip()
    return ["-idirafter", "/usr/include", "-idirafter", f"/usr/include/{place}"]


class Builder(static_tests.Builder):
    """Compiles and links by musl-gcc, in a folder of its own."""

    def __init__(self, root, folder, *flags):
        folder.mkdir()
        super().__init__(root, "musl-", folder)
        self.archiver = ["ar"]
        self.flags = [*static_tests.FLAGS, *WARNINGS, *flags,
                      *kernel_headers()]
        self.include += [f"-I{root}/tests/posix"]

    def compile_all(self, sources):
        made = trace_tools.on_all_processors(
            lambda name: self.compile(self.root / name), sources)
        return made if all(made) else sys.exit("does not compile")

    def programs(self, topics, *words):
        """The program of each topic, and what the linker said of it."""
        shared = self.compile_all(SHARED)
        bodies = self.compile_all(f"tests/posix/test_{topic}.c"
                                  for topic in topics)
        for topic, body in zip(topics, bodies):
            program = self.folder / topic
            yield program, trace_tools.must(
                *self.compiler, *self.flags, "-o", program, body, *shared,
                *words)


def check_trace(said, library):
    """Each name that is asked for is the library's."""
    defined = [line for line in said.splitlines() if "definition of" in line]
    foreign = [line for line in defined if library.name not in line]
    if not defined or foreign:
        sys.exit("not the library's:\n" + "\n".join(foreign))


def try_program(*words):
    """One of which all was skipped is no failure."""
    done = trace_tools.run(words, timeout=None)
    print(done.stdout, done.stderr, sep="")
    if done.returncode not in (0, trace_tools.SKIP):
        sys.exit(f"{words}: exit status {done.returncode}")


def run_static(root, probe, topics, folder):
    builder = Builder(root, folder / "static", "-static",
                      "-DLIBSPAWN_POSIX_DROP_IN")
    library = builder.archive(trace_tools.library_sources(root),
                              "libspawn-posix.a")
    if not library:
        sys.exit("the library does not compile")
    trace = ["-Wl,--trace-symbol=" + name for name in NAMES]
    for program, said in builder.programs(topics, library, *trace):
        check_trace(said, library)
        try_program(program, "musl", probe)


def run_preloaded(root, probe, preload, topics, folder):
    builder = Builder(root, folder / "dynamic", "-fPIC", "-DPOSIX_FROM_LIBC")
    for program, _ in builder.programs(["binding", *topics]):
        try_program("env", f"LD_PRELOAD={preload}", program, "preload", probe)


def main(root, probe, preload, *topics):
    if trace_tools.missing("musl-gcc"):
        trace_tools.skip("musl-gcc is not here")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run_static(root, probe, topics, folder)
        if list(pathlib.Path("/lib").glob(LOADERS)):
            run_preloaded(root, probe, preload, topics, folder)
        else:
            print("skipped: no dynamic linker of musl is here")


if __name__ == "__main__":
    main(*(pathlib.Path(word).resolve() for word in sys.argv[1:4]),
         *sys.argv[4:])
