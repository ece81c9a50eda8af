#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""libFuzzer on what reads input, with the corpus in the tree.

usage: targets.py ROOT corpus [SECONDS [TARGET...]]
       targets.py ROOT seeded
       targets.py ROOT minimise FOLDER

corpus    each target of tests/fuzz/targets/ tries what is in tests/fuzz/corpus/
          and goes on from there, for so long (20); what it finds new stays in
          build/fuzz/TARGET, what breaks it in build/fuzz/TARGET-crash-...
seeded    in a copy of the tree one fault is planted for each target, which must
          find it within a minute of the processor, and be content without it
minimise  makes the corpus anew, of what is there and in FOLDER/TARGET, as small
          as it can be

The library, or the tool, is one unit, with the address and the
undefined-behaviour sanitizer; that is why these are no targets of meson.
"""
import os
import pathlib
import re
import resource
import shutil
import signal
import sys
import tempfile

import trace_tools

CLANG = ["clang", "-g", "-O1", "-w", "-std=gnu11", "-D_GNU_SOURCE=",
         "-fno-sanitize-recover=all", "-pthread"]
SANITIZERS = "fuzzer,address,undefined"
LINKED = f"-fsanitize={SANITIZERS}"
COMPILED = f"-fsanitize={SANITIZERS.replace('fuzzer', 'fuzzer-no-link')}"
SECONDS, LONGEST, LONGEST_KEPT = 20, 2048, 1400
# Of the processor; of the clock of a busy machine.
A_MINUTE, PATIENCE = 60, 600
# What each is about: the library, or with it the tool or a file of that.
TOOL = {"words": "*.c", "json": "json.c"}
# (target, file, what to replace, by what, why it is a fault)
FAULTS = [
    ("environment", "src/plan/environment.c", r"libspawn__sorted_find\("
     r"overlay, set\) == set", "libspawn__sorted_find(overlay, set)",
     "each setting of a name counts"),
    ("path", "src/plan/path.c", r"room\.count \+= \*at == ':';",
     "room.count += *at == ':' && at[1];", "the last empty one is not counted"),
    ("sized", "src/request/sized.c", r"told < known \? told : known", "known",
     "reads beyond a shorter struct"),
    ("record", "src/backend/report.c", r"report->op < plan->op_count",
     "report->op < INT32_MAX", "an operation that is not there"),
    ("words", "tools/command.c", r"\(list->count \+ 1\) \* size",
     "(list->count | 1) * size", "no room for the third of a list"),
    ("json", "tools/json.c", r"\(point >= 0xd800 && point < 0xe000\)", "0",
     "half a character is one"),
]


def targets(root):
    return sorted(path.stem for path in (root / "tests/fuzz/targets").glob("*.c"))


def unit(sources):
    return "".join(f'#include "{path}"\n' for path in sources)


def library_unit(root):
    return unit(path for path in trace_tools.library_sources(root)
                if path.parent.name not in ("posix", "workers"))


def compile_unit(root, result, text, *flags):
    source = result.with_suffix(".c")
    source.write_text(text)
    trace_tools.must(*CLANG, COMPILED, f"-I{root}/include", f"-I{root}/src",
                     *flags, "-c", source, "-o", result)
    return result


def build(root, folder, name, library):
    """A target, linked with the library that is compiled already."""
    objects = [library]
    if name in TOOL:
        sources = sorted(path for path in (root / "tools").glob(TOOL[name])
                         if path.name != "watcher.c")
        objects.append(compile_unit(root, folder / f"{name}-tool.o",
                                    unit(sources), "-Dmain=spawn_main",
                                    f"-I{root}/tools"))
    result = folder / name
    trace_tools.must(*CLANG, LINKED, f"-I{root}/include", f"-I{root}/src",
                     f"-I{root}/tools", f"-I{root}/tests/fuzz/targets",
                     root / f"tests/fuzz/targets/{name}.c", *objects, "-o",
                     result)
    return result


def run(program, folder, seconds, *corpora, **more):
    """(exit status, what it says) of a target that runs for so long."""
    new = folder / program.name
    new.mkdir(exist_ok=True, parents=True)
    environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=1",
                       UBSAN_OPTIONS="print_stacktrace=1")
    done = trace_tools.run(
        [program, f"-max_total_time={seconds}", f"-max_len={LONGEST}",
         "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1",
         "-close_fd_mask=1",
         f"-artifact_prefix={folder / program.name}-", new, *corpora],
        timeout=None, errors="replace", env=environment, **more)
    return done.returncode, done.stderr


def figures(said):
    """How many inputs, and how many edges of the code they have reached."""
    tried = re.search(r"number_of_executed_units: (\d+)", said)
    edges = re.findall(r"cov: (\d+)", said)
    return (f"{tried.group(1) if tried else '?'} inputs, "
            f"{edges[-1] if edges else '?'} edges")


def corpus_of(root, name):
    return root / "tests/fuzz/corpus" / name


def try_corpora(root, folder, seconds, names):
    checks = trace_tools.Checks()
    library = compile_unit(root, folder / "library.o", library_unit(root))

    def try_one(name):
        inputs = [*corpus_of(root, name).iterdir()]
        checks.check(inputs, f"{name}: no corpus")
        program = build(root, folder, name, library)
        status, said = run(program, root / "build/fuzz", seconds,
                           corpus_of(root, name))
        checks.check(status == 0, f"{name}:\n{said[-6000:]}")
        print(f"{name}: corpus of {len(inputs)}, {figures(said)}", flush=True)

    trace_tools.on_all_processors(try_one, names)
    checks.finish()


def find_seeded(root, folder, fault, whole):
    """The exit status and what is said by the target of a fault."""
    name, place, pattern, text, _ = fault
    tree = folder / "tree"
    for part in ("include", "src", "tools", "tests/fuzz"):
        shutil.copytree(root / part, tree / part)
    trace_tools.plant(tree, place, pattern, text)
    # A fault of the tool leaves the library whole.
    library = whole if place.startswith("tools/") else compile_unit(
        tree, folder / "library.o", library_unit(tree))
    program = build(tree, folder, name, library)
    return run(program, folder / "found", PATIENCE, corpus_of(root, name),
               preexec_fn=lambda: resource.setrlimit(
                   resource.RLIMIT_CPU, (A_MINUTE, A_MINUTE + 1)))


def seed_faults(root, folder):
    checks = trace_tools.Checks()
    whole = compile_unit(root, folder / "library.o", library_unit(root))

    def seed(numbered):
        number, fault = numbered
        place = folder / str(number)
        place.mkdir()
        status, said = find_seeded(root, place, fault, whole)
        checks.check(status not in (0, -signal.SIGXCPU),
                     f"{fault[0]} does not find: {fault[4]}")
        print(f"{fault[0]}: {fault[4]}: {figures(said)}", flush=True)

    trace_tools.on_all_processors(seed, enumerate(FAULTS))
    for name in {*targets(root)} - {fault[0] for fault in FAULTS}:
        checks.check(False, f"no fault is planted for {name}")
    checks.finish()


def minimise(root, folder, found):
    library = compile_unit(root, folder / "library.o", library_unit(root))
    for name in targets(root):
        program, small = build(root, folder, name, library), folder / f"{name}-s"
        small.mkdir()
        corpora = [path for path in (corpus_of(root, name), found / name)
                   if path.is_dir()]
        trace_tools.must(program, "-set_cover_merge=1",
                         f"-max_len={LONGEST_KEPT}", small, *corpora,
                         errors="replace")
        shutil.rmtree(corpus_of(root, name), ignore_errors=True)
        shutil.copytree(small, corpus_of(root, name))
        print(f"{name}: {len([*small.iterdir()])} inputs")


def main(root, what, *words):
    if trace_tools.missing("clang"):
        trace_tools.skip("no clang")
    with tempfile.TemporaryDirectory(prefix="fuzz.") as made:
        folder = pathlib.Path(made)
        if what == "corpus":
            seconds = int(words[0]) if words else SECONDS
            try_corpora(root, folder, seconds, words[1:] or targets(root))
        elif what == "seeded":
            seed_faults(root, folder)
        else:
            minimise(root, folder, pathlib.Path(words[0]))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), *sys.argv[2:])
