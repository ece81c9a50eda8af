#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The same errors where memory is not shared: the library under qemu.

usage: qemu_user.py ROOT

Builds the library and tests/qemu_start.c in one line for every processor with
a cross compiler here, runs it in user-mode emulation, where vfork() is fork(),
and compares case by case with what the native program says: the same errno,
step and index have to come through the pipe.
"""
import os
import pathlib
import re
import shutil
import sys
import tempfile

import trace_tools

FALLBACK_PIPE = 8
LINE = re.compile(r"(?P<case>\w+ \w+) (?P<said>result=.* backend=\w+) "
                  r"fallbacks=(?P<fallbacks>\d+) (?P<status>status=.*)$")
FLAGS = ["-std=c11", "-O1", "-static", "-pthread"]


def build(root, compiler, made):
    """As a project that copied the sources would."""
    return trace_tools.compile_c(
        [compiler, *FLAGS, f"-I{root}/include", f"-I{root}/src",
         *trace_tools.library_sources(root), root / "tests" / "qemu_start.c",
         "-o", made])


def run_cases(folder, command, program, user):
    """What each case said, and its fallbacks."""
    with tempfile.TemporaryDirectory(dir=folder) as directory:
        os.chmod(directory, 0o777)
        done = trace_tools.run([*command, directory, program], user=user,
                               cwd="/")
    said, fallbacks = {}, {}
    for line in done.stdout.splitlines():
        found = LINE.match(line)
        if not found:
            said[line] = "unexpected"
            continue
        said[found["case"]] = f"{found['said']} {found['status']}"
        fallbacks[found["case"]] = int(found["fallbacks"])
    return said, fallbacks, done


def shares_memory(case):
    return not case.endswith(" fork")


def check_native(checks, said, fallbacks, who):
    checks.check(len(said) > 60, f"native{who}: only {len(said)} cases")
    for case, text in said.items():
        waited = bool(fallbacks.get(case, 0) & FALLBACK_PIPE)
        worked = text.startswith("result=0")
        checks.check(waited == (worked and not shares_memory(case)),
                     f"native{who}: {case}: {text}, {fallbacks.get(case)}")


def check_emulated(checks, what, native, emulated, fallbacks):
    for case, text in native.items():
        checks.check(emulated.get(case) == text,
                     f"{what}: {case}:\n  {emulated.get(case)}\n"
                     f"  natively {text}")
        if text.startswith("result=0"):
            checks.check(fallbacks.get(case, 0) & FALLBACK_PIPE,
                         f"{what}: {case}: not through the pipe")
    checks.check(len(emulated) == len(native), f"{what}: other cases")
    failures = sum(not text.startswith("result=0")
                   for text in emulated.values())
    print(f"{what}: {len(emulated)} cases, {failures} of them errors")


def check_processor(checks, root, folder, processor, program, native):
    name, prefix, emulator = processor
    lacking = trace_tools.missing(prefix + "gcc", emulator)
    if lacking:
        print(f"skipped: {name}: {lacking} is not installed")
        return
    made = folder / name
    if not checks.check(build(root, prefix + "gcc", made),
                        f"{name}: does not build"):
        return
    for user, table in native.items():
        who = "" if user is None else ", as another user"
        said, fallbacks, done = run_cases(folder, [emulator, made], program,
                                          user)
        if done.stderr:
            print(f"{name}: {done.stderr.strip()}")
        check_emulated(checks, name + who, table, said, fallbacks)


def main(root):
    checks = trace_tools.Checks()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="qemu_user."))
    os.chmod(folder, 0o755)
    program = folder / "true"
    source = folder / "true.c"
    source.write_text("int main(void) { return 0; }\n")
    # What an emulated program executes is the kernel's: a native one.
    if not trace_tools.compile_c(["gcc", "-static", source, "-o", program]) or \
            not build(root, "gcc", folder / "native"):
        sys.exit(1)
    native = {}
    for user in [None] + ([65534] if os.geteuid() == 0 else []):
        said, fallbacks, _ = run_cases(folder, [folder / "native"], program,
                                       user)
        native[user] = said
        check_native(checks, said, fallbacks, f", user {user}" if user else "")
    for processor in trace_tools.PROCESSORS:
        check_processor(checks, root, folder, processor, program, native)
    shutil.rmtree(folder)
    checks.finish()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
