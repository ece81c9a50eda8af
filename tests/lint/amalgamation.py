#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The two-file release: what release/amalgamate.py makes is fit to be given.

usage: amalgamation.py ROOT

It is the same each time, has every file and every comment of the sources, and
is formatted as they are. It compiles without a warning with each compiler here,
and with what people add: sanitizers, link-time optimisation, -Os, a C++ program
around it. Its child needs no more than that of the library. Its names can be
changed or made static, and several copies live in one program. The same with the
drop-in takes the place of the POSIX names. The workers are two files more.
"""
import collections
import pathlib
import re
import sys
import tempfile
import time

import child
import exports
import formatting
import source_tree
import trace_tools

WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
SANITIZED = "-fsanitize=address,undefined -fno-sanitize-recover=all"
# Compiled, linked to a program that starts another, and run.
RUN = ["gcc -O0", "gcc -O2", "gcc -O3", "gcc -Os", "gcc -O2 -flto",
       f"gcc -O1 {SANITIZED}", "clang -O0", "clang -O2", "clang -Os",
       f"clang -O1 {SANITIZED}", "musl-gcc -O2 -static"]
# Compiled only: other systems' part of it, other processors. What -O2 warns of is
# looked for above.
COMPILE = ["gcc -O2 --coverage", "gcc -O2 -DLIBSPAWN_PORTABLE", "clang -O2 -DLIBSPAWN_PORTABLE",
           "gcc -std=gnu17 -O1", "clang -std=c2x -O1"]
COMPILE += [f"{prefix}gcc -O0" for prefix in (
    "i686-linux-gnu-", "aarch64-linux-gnu-", "arm-linux-gnueabihf-",
    "riscv64-linux-gnu-", "s390x-linux-gnu-", "powerpc64le-linux-gnu-")]
COMPILE += [f"zig cc -O0 -fno-sanitize=all -target {target}" for target in (
    "x86_64-linux-musl", "x86_64-linux-gnu.2.17", "aarch64-macos",
    "x86_64-macos", "x86_64-freebsd", "x86_64-netbsd", "x86_64-openbsd",
    "s390x-linux-musl", "powerpc-linux-musleabi")]
# Of RUN, with the drop-in and the workers too.
DROP_IN = ["gcc -O2", "gcc -Os", "clang -O2", "musl-gcc -O2 -static"]
STARTS = """
static int starts(void)
{
	char name[] = "true";
	char *const argv[] = { name, NULL };
	struct libspawn_options options = OPTIONS;
	struct libspawn_process process;
	int status;

	options.size = sizeof options;
	options.search = LIBSPAWN_SEARCH_PARENT_PATH;
	if (libspawn_start(&process, "true", argv, &options, NULL))
		return 0;
	return waitpid(process.pid, &status, 0) == process.pid && !status;
}
"""
USES = "#include <stddef.h>\n#include <sys/wait.h>\n#define OPTIONS {NONE}\n"
PLAIN = "#include <libspawn.h>\n" + USES + STARTS
MAIN = "\nint main(void)\n{\n\treturn !starts();\n}\n"
REDIRECTED = """
#define LIBSPAWN_POSIX_REDIRECT
#include <libspawn_posix.h>
#include <sys/wait.h>

int main(void)
{
	char name[] = "true";
	char *const argv[] = { name, NULL };
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, name, NULL, NULL, argv, argv + 1))
		return 1;
	if (waitpid(pid, &status, 0) != pid || status)
		return 2;
	return WEXITSTATUS(system("exit 3")) != 3;
}
"""
# By the one backend there is, and by no other.
CHOSEN = """
int main(void)
{
	char *argv[] = { (char *)"true", 0 };
	struct libspawn_options options = { .size = sizeof options };
	struct libspawn_process process;
	struct libspawn_error error;
	struct libspawn_status status;

	options.flags = LIBSPAWN_ALLOW_FORK;
	if (libspawn_start(&process, "/bin/true", argv, &options, &error))
		return 1;
	if (process.backend != LIBSPAWN_BACKEND_KEPT)
		return 2;
	if (libspawn_wait(&process, LIBSPAWN_FOREVER, &status) ||
	    status.end != LIBSPAWN_END_EXITED || status.code != 0)
		return 3;
	for (options.backend = 1; options.backend <= 4; options.backend++) {
		if (options.backend == LIBSPAWN_BACKEND_KEPT)
			continue;
		if (libspawn_start(&process, "/bin/true", argv, &options,
				   &error) != ENOTSUP ||
		    error.step != LIBSPAWN_STEP_BACKEND ||
		    error.backend != options.backend)
			return 4;
	}
	return 0;
}
"""

DEAF = """
#include <sys/wait.h>

int main(void)
{
	char name[] = "true";
	char *const argv[] = { name, NULL };
	struct libspawn_options options = { .size = sizeof options };
	struct libspawn_process process;
	int status;

	options.search = LIBSPAWN_SEARCH_PARENT_PATH;
	if (libspawn_start(&process, name, argv, &options, NULL))
		return 1;
	return waitpid(process.pid, &status, 0) != process.pid || status;
}
"""
COPY = "\nint {name}(void);\nint {name}(void)\n{{\n\treturn starts();\n}}\n"
ALL_COPIES = """
int one(void);
int two(void);
int inside(void);
int plain(void);

int main(void)
{
	return !(one() && two() && inside() && plain());
}
"""

WORKS = """
#include <libspawn_workers.h>

static int nine(struct libspawn_worker *self)
{
	return self ? 9 : 1;
}

static const struct libspawn_function functions[] = {
	{ "nine", nine, { NONE, NONE } },
};

int main(void)
{
	int status = libspawn_worker_main(functions, 1);
	struct libspawn_worker *worker;
	struct libspawn_status ended;

	if (status >= 0)
		return status;
	if (libspawn_worker_start(&worker, "nine", NONE, NONE))
		return 1;
	if (libspawn_worker_close(worker, 60000, &ended))
		return 2;
	return ended.code != 9;
}
"""


class Made:
    """The release in a temporary folder, and what can be made of it."""

    def __init__(self, root, folder, checks):
        self.root, self.folder, self.checks = root, folder, checks
        self.source = folder / "libspawn.c"
        self.header = folder / "libspawn.h"
        self.drop_in = folder / "libspawn_posix.c"
        self.drop_in_header = folder / "libspawn_posix.h"
        self.workers = folder / "libspawn_workers.c"
        self.workers_header = folder / "libspawn_workers.h"
        self.generate(folder)

    def generate(self, folder):
        done = trace_tools.run([sys.executable, "-B", self.root /
                                "release/amalgamate.py", self.root, folder])
        if done.returncode:
            sys.exit(done.stderr)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def compile(self, line, source, made, *more):
        """A compiler's command line; True if it has nothing to say."""
        good = trace_tools.compile_c(
            [*line.split()[:2], *WARNINGS, *line.split()[2:], *more,
             "-I", self.folder, "-o", made, source])
        return self.checks.check(good, f"{line}: {source.name}")

    def runs(self, what, command):
        done = trace_tools.run(command)
        self.checks.check(done.returncode == 0,
                          f"{what}: exits with {done.returncode}\n"
                          f"{done.stdout}{done.stderr}")


def here(lines):
    """Those whose compiler is here; the others are named."""
    absent = collections.Counter()
    for line in lines:
        compiler = line.split()[0]
        if trace_tools.missing(compiler):
            absent[compiler] += 1
        else:
            yield line
    for compiler, count in absent.items():
        print(f"{compiler}: not here, {count} line(s) not tried")


# ---- The text ----------------------------------------------------------------

def check_same_again(release):
    again = release.folder / "again"
    release.generate(again)
    for path in (release.source, release.header, release.drop_in,
                 release.drop_in_header, release.workers,
                 release.workers_header):
        release.checks.check(
            path.read_bytes() == (again / path.name).read_bytes(),
            f"{path.name} is not the same when made again")


def check_is_in(release, path, name, made):
    release.checks.check(made.count(f"/* ==== {name} =") == 1,
                         f"{name} is not there once")
    for comment in re.findall(r"/\*.*?\*/", path.read_text(), re.S):
        release.checks.check(comment in made or "SPDX" in comment,
                             f"{name}: lost: {comment}")


def check_nothing_lost(release):
    """Every file of the library is in it, with every comment."""
    made, drop_in = release.source.read_text(), release.drop_in.read_text()
    workers = release.workers.read_text()
    for path in source_tree.files(release.root, ".c", ".h", under=("src",)):
        name = str(path.relative_to(release.root))
        if name.startswith("src/workers/"):
            check_is_in(release, path, name, workers)
            continue
        check_is_in(release, path, name, drop_in)
        if not name.startswith("src/posix/"):
            check_is_in(release, path, name, made)
    for text in (made, release.header.read_text(), workers,
                 release.workers_header.read_text()):
        release.checks.check(text.startswith("/* SPDX-License-Identifier: MIT"),
                             "the licence is not on line 1")
    release.checks.check((release.root / "LICENSE").read_text() in made,
                         "the licence's text is missing")
    once = re.findall(r"^#include (<.*>)$", made.split("#pragma")[0], re.M)
    release.checks.check(len(once) == len(set(once)) > 10,
                         "a header is included twice")


def check_formatted(release):
    """What was changed on the way: declarations, and lines of the headers."""
    tool = formatting.formatter()
    if tool is None:
        print("clang-format of the right version is not here: not tried")
        return
    changed = re.findall(r"^static [^;={]*\blibspawn__\w+\([^;={]*[;{]",
                         release.drop_in.read_text() +
                         release.workers.read_text(), re.M)
    declared = release.write("changed.c", "\n\n".join(
        text.replace("{", "{\n}") for text in changed) + "\n")
    style = f"--style=file:{release.root / '.clang-format'}"
    done = trace_tools.run([tool, style, "--dry-run", "-Werror", declared,
                            release.header, release.drop_in_header,
                            release.workers_header])
    release.checks.check(len(changed) > 100, "no declaration was changed")
    release.checks.check(done.returncode == 0, done.stderr[:2000])


# ---- Compiling ---------------------------------------------------------------

def names(path):
    """The names that a linker sees defined, but for what all copies share."""
    done = trace_tools.run(["nm", "-g", "--defined-only", path])
    return {words[2] for words in map(str.split, done.stdout.splitlines())
            if len(words) == 3 and not words[2].startswith("__x86.")
            } - exports.SHARED_BY_ALL


def public_names(release):
    return set(re.findall(r"^#define (libspawn_\w+) LIBSPAWN_RENAMED",
                          release.header.read_text(), re.M))


def check_runs(release, line, functions):
    made = release.folder / f"run-{line.replace(' ', '')[:60]}"
    begun = time.monotonic()
    if not release.compile(line, release.source, made.with_suffix(".o"), "-c"):
        return
    took = time.monotonic() - begun
    size = trace_tools.run(["size", made.with_suffix(".o")]).stdout.split()
    # Such an object has no code yet.
    code = "" if "-flto" in line else f", {size[6]} bytes of code"
    print(f"{line}: {took:.1f} s{code}")
    if "-flto" not in line:
        child.check_mixed(release.checks, line, made.with_suffix(".o"),
                                functions)
    if release.compile(line, release.folder / "starts.c", made,
                       made.with_suffix(".o")):
        release.runs(line, [made])
    if line in DROP_IN:
        check_workers(release, line, made.with_suffix(".o"))


def check_drop_in(release, line):
    made = release.folder / f"drop-in-{line.replace(' ', '')}"
    redirected = release.write("redirected.c", REDIRECTED)
    if release.compile(line, release.drop_in, made.with_suffix(".o"), "-c") \
            and release.compile(line, redirected, made,
                                made.with_suffix(".o")):
        release.runs(line, [made])


def check_drop_in_renamed(release):
    made = release.folder / "drop-in-renamed.o"
    release.compile("gcc", release.drop_in, made, "-c",
                    "-DLIBSPAWN_PREFIX=mine_")
    found = names(made)
    release.checks.check(len(found) > len(public_names(release)) and all(
        name.startswith("mine_libspawn_") for name in found),
        f"the drop-in is not renamed: {' '.join(sorted(found))}")


def check_workers(release, line, library, *prefix):
    """Beside the library's two files, an object by now, each a file of its own."""
    made = library.with_name(f"workers-{library.stem}")
    works = release.write(f"{made.name}.c", WORKS.replace("NONE", "0"))
    workers = made.with_suffix(".o")
    if release.compile(line, release.workers, workers, "-c", *prefix) and \
            release.compile(line, works, made, library, workers, *prefix):
        release.runs(f"{line}, workers", [made])


def check_workers_renamed(release):
    renamed = ["-DLIBSPAWN_PREFIX=mine_"]
    library = release.folder / "renamed.o"
    if release.compile("gcc -O0", release.source, library, "-c", *renamed):
        check_workers(release, "gcc -O0", library, *renamed)


def check_workers_inside(release):
    """Static, all in one file of the program's."""
    inside = release.write("works_inside.c", "#define LIBSPAWN_STATIC\n"
                           "#include <libspawn.c>\n"
                           "#include <libspawn_workers.c>\n" +
                           WORKS.replace("NONE", "0"))
    made = release.folder / "works-inside"
    if release.compile("gcc -O1", inside, made):
        release.runs("workers, inside", [made])


def check_compiles(release, line):
    name = line.replace(" ", "").replace("/", "")
    release.compile(line, release.source, release.folder / f"{name}.o", "-c")
    release.compile(line, release.workers, release.folder / f"{name}-w.o",
                    "-c")


def check_cxx(release):
    """A project of C++ that has the source among its own."""
    program = release.write("program.cpp", PLAIN.replace("NONE", "") + MAIN)
    for c, cxx in (("gcc", "g++"), ("clang", "clang++")):
        if trace_tools.missing(c, cxx):
            print(f"{cxx}: not here, not tried")
            continue
        made = release.folder / f"program-{cxx}"
        if release.compile(c, release.source, f"{made}.o", "-c"):
            good = trace_tools.compile_c(
                [cxx, "-std=c++11", "-Wall", "-Wextra", "-Wpedantic",
                 "-Wold-style-cast", "-Werror", "-I", release.folder,
                 "-o", made, program, f"{made}.o"])
            if release.checks.check(good, f"{cxx}: does not link"):
                release.runs(cxx, [made])


# ---- Private copies ----------------------------------------------------------

def check_copies(release, compiler):
    """Two that are renamed, one that is static, one as it is: together."""
    objects = []

    def add(source, name, *flags):
        made = release.folder / f"{name}-{compiler}.o"
        release.compile(compiler, source, made, "-c", *flags)
        objects.append(made)
        return names(made)

    public = public_names(release)
    release.checks.check(add(release.source, "library") == public,
                         f"{compiler}: not the names of the header")
    for name in ("one", "two"):
        prefix = f"-DLIBSPAWN_PREFIX={name}_"
        wanted = {f"{name}_{function}" for function in public}
        release.checks.check(add(release.source, name, prefix) == wanted,
                             f"{compiler}: {prefix}: not renamed")
        add(release.write(f"use_{name}.c", PLAIN.replace("NONE", "0") +
                          COPY.format(name=name)), f"use_{name}", prefix)
    text = "#define LIBSPAWN_STATIC\n#include <libspawn.c>\n"
    inside = release.write("inside.c", text + USES.replace("NONE", "0") +
                           STARTS + COPY.format(name="inside"))
    release.checks.check(add(inside, "inside") == {"inside"},
                         f"{compiler}: LIBSPAWN_STATIC: not static")
    add(release.write("plain.c", PLAIN.replace("NONE", "0") +
                      COPY.format(name="plain")), "plain")
    made = release.folder / f"copies-{compiler}"
    main = release.write("copies.c", ALL_COPIES)
    if release.compile(compiler, main, made, *objects):
        release.runs("four copies", [made])


# ---- Deaf --------------------------------------------------------------------

def check_deaf(release):
    """A copy that does not hear of LIBSPAWN_BACKEND."""
    flags = ["-DLIBSPAWN_NO_OVERRIDE"]
    made = release.folder / "deaf"
    starts = release.write("deaf.c", "#include <libspawn.h>\n" + DEAF)
    if not release.compile("gcc -O1", release.source, f"{made}.o", "-c",
                           *flags):
        return
    release.checks.check(b"LIBSPAWN_BACKEND" not in
                         pathlib.Path(f"{made}.o").read_bytes(),
                         "LIBSPAWN_NO_OVERRIDE: the variable is known")
    if release.compile("gcc -O1", starts, made, f"{made}.o", *flags):
        release.runs("a deaf copy", ["env", "LIBSPAWN_BACKEND=nonsense",
                                         made])


# ---- Chosen parts ------------------------------------------------------------

# Names of the C library that only one backend calls.
ONLY_FOR = {"POSIX_SPAWN": {"posix_spawn", "posix_spawnattr_init"},
            "VFORK": {"vfork"}}


def check_chosen(release, line, kept):
    """Only a start, by one backend: no other name, and it works."""
    flags = ["-DLIBSPAWN_NO_AFTER", "-DLIBSPAWN_NO_OVERRIDE",
             f"-DLIBSPAWN_BACKENDS=LIBSPAWN_RUNG({kept.lower()})"]
    made = release.folder / f"chosen-{line.replace(' ', '')}-{kept}"
    what = f"{line}: {kept} alone"
    if not release.compile(line, release.source, f"{made}.o", "-c", *flags):
        return
    release.checks.check(names(f"{made}.o") == public_names(release) - exports.AFTER,
                         f"{what}: not the names that are left")
    needed = {words.split()[-1] for words in trace_tools.run(
        ["nm", "-u", f"{made}.o"]).stdout.splitlines()}
    others = {name for backend, calls in ONLY_FOR.items()
              if backend != kept for name in calls}
    release.checks.check(not needed & others,
                         f"{what}: has others in it: {needed & others}")
    size = trace_tools.run(["size", f"{made}.o"]).stdout.split()[6]
    print(f"{what}, and nothing after the start: {size} bytes of code")
    starts = release.write(f"chosen-{kept}.c", "#include <errno.h>\n"
                           "#include <libspawn.h>\n" + CHOSEN.replace("KEPT", kept))
    if release.compile(line, starts, made, f"{made}.o", *flags):
        release.runs(what, [made])
    release.checks.check(
        "libspawn_run" in refusal(release, line, flags),
        f"{what}: its header still declares libspawn_run()")


def refusal(release, line, flags):
    """What the compiler says of a call of what was left out."""
    calls = release.write("left_out.c", "#include <libspawn.h>\n"
                          "int main(void) { return libspawn_run(0, 0, 0, 0, "
                          "0, 0); }\n")
    return trace_tools.run([*line.split(), f"-I{release.folder}", "-std=c11",
                            "-fsyntax-only", *flags, calls]).stderr


def jobs(release):
    yield lambda: check_deaf(release)
    for line, kept in (("gcc -O2", "CLONE"), ("gcc -O1", "POSIX_SPAWN"),
                       ("gcc -O1", "VFORK"), ("clang -O1", "FORK")):
        if line in here([line]):
            yield lambda l=line, k=kept: check_chosen(release, l, k)
    functions = child.child_functions(release.root)
    yield lambda: check_formatted(release)
    yield lambda: check_nothing_lost(release)
    yield lambda: check_same_again(release)
    yield lambda: check_cxx(release)
    for compiler in here(["gcc", "clang"]):
        yield lambda c=compiler: check_copies(release, c)
    for line in here(RUN):
        yield lambda l=line: check_runs(release, l, functions)
    yield lambda: check_workers_renamed(release)
    yield lambda: check_workers_inside(release)
    yield lambda: check_drop_in_renamed(release)
    for line in here(DROP_IN):
        yield lambda l=line: check_drop_in(release, l)
    for line in here(COMPILE):
        yield lambda l=line: check_compiles(release, l)


def main(root):
    checks = trace_tools.Checks()
    with tempfile.TemporaryDirectory() as folder:
        release = Made(root, pathlib.Path(folder), checks)
        lines = release.source.read_text().count("\n")
        print(f"libspawn.c: {lines} lines, "
              f"{release.source.stat().st_size} bytes")
        release.write("starts.c", PLAIN.replace("NONE", "0") + MAIN)
        if not release.compile("gcc", release.source, "/dev/null", "-c"):
            checks.finish()
        trace_tools.on_all_processors(lambda job: job(), jobs(release))
    checks.finish()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
