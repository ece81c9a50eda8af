#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The child's objects need nothing: no symbol from outside, no instrumentation.

usage: child.py ROOT

Compiles src/child by every compiler here, with every kind of instrumentation
that a build may ask for, and looks at the symbols it refers to:

- alone, with the flags that src/child/meson.build gives it: nothing undefined;
- alone without these flags, with link-time optimisation, and as one file with
  all of the library: the sources protect themselves. Some sanitizers then put
  a constructor of their own into every object; no function of the child may
  refer to anything undefined;
- the program of src/child/init.c is copied out of it: it refers to itself alone;
- as other systems get it: nothing but the calls of child_symbols.posix.txt.
"""
import functools
import itertools
import pathlib
import re
import sys
import tempfile

import trace_tools

LEVELS = ["-O0", "-O2", "-Os"]

BOTH = [
    [],
    ["-fPIC"],
    ["-fno-pic"],
    ["-fsanitize=address"],
    ["-fsanitize=undefined"],
    ["-fsanitize=thread"],
    ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
    ["--coverage"],
    ["-fstack-protector-all"],
    ["-fstack-clash-protection"],
    ["-finstrument-functions"],
    ["-D_FORTIFY_SOURCE=2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"],
]
ONLY = {
    "gcc": [["-pg"], ["-fprofile-generate"], ["-fsanitize-coverage=trace-pc"]],
    "clang": [["-pg"], ["-fprofile-instr-generate", "-fcoverage-mapping"],
              ["-fsanitize=memory"],
              ["-fsanitize=address", "-fsanitize-coverage=trace-pc-guard"]],
}
# No flag for one file takes back clang's constructor of --coverage, which runs
# when the program is loaded; that the functions are clean is checked all the
# same.
CONSTRUCTOR = {"clang": [["--coverage"]]}
# For another processor: the compiler's own calls, and the usual suspects.
CROSS = [[], ["-fPIC"], ["--coverage"], ["-fstack-protector-all"]]
# At every level; the others at one.
OFTEN = {"i386", "aarch64", "arm", "riscv64"}
# Plain, and with the other sanitizers, amalgamation.py compiles and looks at it.
TOGETHER = [["-fsanitize=thread"], ["--coverage"], ["-fstack-protector-all"]]
# The optimiser of all files takes minutes of processor time for a sanitizer.
LINKED = ["-fstack-protector-all"]

# Made by the linker, not found in a library: how i386 and ppc64le find their own
# data; what ppc64le saves registers by, at -Os.
LINKER_MADE = re.compile(r"_GLOBAL_OFFSET_TABLE_$|\.TOC\.$|_(save|rest)gpr0_")
INSTRUMENTED = re.compile(r"gcov|profc|sancov|cyg_profile|[atum]b?san_|mcount"
                          r"|__fentry__|stack_chk|_chk$")
TEMPORARY = pathlib.Path(tempfile.mkdtemp(prefix="check_child."))
numbers = itertools.count()


def temporary(suffix):
    return TEMPORARY / f"{next(numbers)}{suffix}"


def nm(prefix, path):
    """(type, name) of each symbol."""
    done = trace_tools.run([prefix + "nm", path])
    lines = [line.split() for line in done.stdout.splitlines()]
    return [(words[-2], words[-1]) for words in lines if len(words) >= 2]


def undefined(symbols):
    """The names of those that the object needs."""
    return {name for kind, name in symbols
            if kind in "Uwv" and not LINKER_MADE.match(name)}


def one_file(sources):
    """A source that is all of these; shared, so made once."""
    made = temporary(".c")
    made.write_text("#define _GNU_SOURCE 1\n" +
                    "".join(f'#include "{path}"\n' for path in sources))
    return made


@functools.cache
def child_source(root):
    return one_file(sorted(pathlib.Path(root, "src", "child").glob("*.c")))


def compile_child(root, compiler, flags):
    """The object of the whole child, or None."""
    made = temporary(".o")
    done = trace_tools.compile_c(
        [compiler, "-std=c11", "-w", *flags, f"-I{root}/src", "-c",
         child_source(root), "-o", made])
    return made if done else None


def build_flags(root, compiler):
    """The flags of src/child/meson.build that the compiler knows."""
    text = pathlib.Path(root, "src", "child", "meson.build").read_text()
    empty = temporary(".c")
    empty.write_text("")
    return [flag for flag in re.findall(r"'(-f[^']+)'", text)
            if trace_tools.run([compiler, "-Werror", flag, "-c", empty,
                                "-o", "/dev/null"]).returncode == 0]


def check_alone(root, checks, compiler, prefix, flags, protection):
    what = f"{compiler} {' '.join(flags)}"
    made = compile_child(root, compiler, flags + protection)
    if checks.check(made, f"{what}: does not compile"):
        symbols = nm(prefix, made)
        names = undefined(symbols)
        checks.check(not names, f"{what}: needs {' '.join(sorted(names))}")
        checks.check(("T", "libspawn__child_run") in symbols,
                     f"{what}: not the child")
        names = sorted(outside_of_init(made))
        checks.check(not names, f"{what}: init needs {' '.join(names)}")


def outside_of_init(path):
    """What the program of src/child/init.c refers to but itself: nothing."""
    listing = trace_tools.run(["readelf", "-rW", path]).stdout
    section = None
    for line in listing.splitlines():
        start = re.match(r"Relocation section '\.rela?([^']*)'", line)
        if start:
            section = start.group(1)
        words = line.split()
        if (section == "libspawn_init" and len(words) > 4 and
                words[2].startswith("R_") and not words[4].startswith(".L")):
            yield words[4]


def check_bare(root, checks, functions, compiler, flags):
    """Without protection by flags, the functions have to be clean."""
    what = f"{compiler} {' '.join(flags)}, no flags of the build"
    made = compile_child(root, compiler, flags)
    if checks.check(made, f"{what}: does not compile"):
        check_mixed(checks, what, made, functions)


def check_apart(root, checks, compiler, flags):
    """File by file: what one needs another has."""
    what = f"{compiler} {' '.join(flags)}, file by file"
    names, defined = set(), set()
    for source in sorted(pathlib.Path(root, "src", "child").glob("*.c")):
        made = temporary(".o")
        if checks.check(trace_tools.compile_c(
                [compiler, "-std=c11", "-w", *flags, f"-I{root}/src", "-c",
                 source, "-o", made]), f"{what}: does not compile"):
            symbols = nm("", made)
            names |= undefined(symbols)
            defined |= {name for kind, name in symbols if kind == "T"}
    names -= defined
    checks.check(not names, f"{what}: needs {' '.join(sorted(names))}")
    checks.check("libspawn__child_run" in defined, f"{what}: not the child")


@functools.cache
def child_functions(root):
    """The names of all functions of the child, inlined or not."""
    made = compile_child(root, "gcc", ["-O0", "-fno-inline"])
    return {name for kind, name in nm("", made) if kind in "tT"}


def references(path):
    """(function, symbol) for each symbol that the code refers to."""
    listing = trace_tools.run(["objdump", "-dr", "--no-show-raw-insn", path])
    function = None
    for line in listing.stdout.splitlines():
        start = re.match(r"[0-9a-f]+ <([^>]+)>:$", line)
        found = re.search(r"\sR_\w+\s+([^\s+-]+)", line)
        call = re.search(r"\bcallq?\s+[0-9a-f]+ <([^>+]+)", line)
        if start:
            function = start.group(1).split(".")[0]
        elif found:
            yield function, found.group(1)
        elif call:
            yield function, call.group(1)


def check_mixed(checks, what, path, functions):
    """The child's functions in an object that holds much more."""
    symbols = nm("", path)
    names = undefined(symbols) - functions
    seen = set()
    for function, symbol in references(path):
        if function in functions:
            seen.add(function)
            checks.check(symbol not in names and
                         not INSTRUMENTED.search(symbol),
                         f"{what}: {function} refers to {symbol}")
    for _, symbol in symbols:
        owner = re.match(r"__gcov\d\.(\w+)", symbol)
        checks.check(not owner or owner.group(1) not in functions,
                     f"{what}: {symbol} counts in the child")
    checks.check(seen, f"{what}: no function of the child in it")


def check_unity(root, checks, unity, functions, compiler, flags):
    what = f"{compiler} {' '.join(flags)}, all in one file"
    made = temporary(".o")
    if checks.check(trace_tools.compile_c(
            [compiler, "-std=c11", "-w", *flags, f"-I{root}/include",
             f"-I{root}/src", "-c", unity, "-o", made]),
            f"{what}: does not compile"):
        check_mixed(checks, what, made, functions)


def check_lto(root, checks, functions, flags):
    """The whole library through gcc's link-time optimiser, as one object."""
    what = f"gcc -flto {' '.join(flags)}"
    made = temporary(".o")
    if checks.check(trace_tools.compile_c(
            ["gcc", "-std=c11", "-w", "-flto", *flags, f"-I{root}/include",
             f"-I{root}/src", "-r", "-nostdlib", "-flinker-output=nolto-rel",
             *trace_tools.library_sources(root), "-o", made]),
            f"{what}: does not compile"):
        check_mixed(checks, what, made, functions)


def check_clang_lto(root, checks, flags):
    """Clang's bitcode of the child, compiled after the fact."""
    what = f"clang -flto {' '.join(flags)}"
    bitcode = compile_child(root, "clang", ["-flto", *flags])
    made = temporary(".o")
    if checks.check(bitcode and trace_tools.compile_c(
            ["clang", "-x", "ir", *flags, "-c", bitcode, "-o", made]),
            f"{what}: does not compile"):
        names = undefined(nm("", made))
        checks.check(not names, f"{what}: needs {' '.join(sorted(names))}")


def check_portable(root, checks):
    """For other systems: the calls of a checked-in list, and all of them."""
    listed = pathlib.Path(root, "tests/lint/child_symbols.posix.txt")
    allowed = {line for line in listed.read_text().splitlines()
               if line and not line.startswith("#")}
    made = compile_child(root, "gcc", ["-O2", "-DLIBSPAWN_PORTABLE"])
    if checks.check(made, "LIBSPAWN_PORTABLE: does not compile"):
        names = undefined(nm("", made))
        checks.check(names <= allowed, "LIBSPAWN_PORTABLE: calls "
                     f"{' '.join(sorted(names - allowed))}")
        checks.check(allowed <= names, f"{listed.name}: nobody calls "
                     f"{' '.join(sorted(allowed - names))}")


def jobs(root, checks):
    """Every check to make, as a function without arguments."""
    functions = child_functions(root)
    unity = one_file(trace_tools.library_sources(root))
    for compiler in ("gcc", "clang"):
        if trace_tools.missing(compiler):
            print(f"skipped: {compiler} is not installed")
            continue
        protection = build_flags(root, compiler)
        for level, flags in itertools.product(LEVELS, BOTH + ONLY[compiler]):
            if flags not in CONSTRUCTOR.get(compiler, []):
                yield lambda c=compiler, f=[level, *flags], p=protection: \
                    check_alone(root, checks, c, "", f, p)
            # Nothing is inlined and so hidden.
            if level == "-O0":
                yield lambda c=compiler, f=[level, *flags]: \
                    check_bare(root, checks, functions, c, f)
        for level in LEVELS:
            yield lambda c=compiler, f=[level]: check_apart(root, checks, c, f)
        for flags in TOGETHER:
            yield lambda c=compiler, f=["-O2", *flags]: \
                check_unity(root, checks, unity, functions, c, f)
    yield lambda: check_portable(root, checks)
    yield lambda: check_lto(root, checks, functions, ["-O2", *LINKED])
    if not trace_tools.missing("clang"):
        for level in LEVELS:
            yield lambda f=[level]: check_clang_lto(root, checks, f)
    for processor, prefix, _ in trace_tools.PROCESSORS[1:]:
        if trace_tools.missing(prefix + "gcc"):
            print(f"skipped: {processor}: {prefix}gcc is not installed")
            continue
        levels = LEVELS if processor in OFTEN else LEVELS[-1:]
        for level, flags in itertools.product(levels, CROSS):
            yield lambda p=prefix, f=[level, *flags]: \
                check_alone(root, checks, p + "gcc", p, f, [])


def main(root):
    checks = trace_tools.Checks()
    trace_tools.on_all_processors(lambda job: job(), jobs(root, checks))
    for path in TEMPORARY.iterdir():
        path.unlink()
    TEMPORARY.rmdir()
    checks.finish()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
