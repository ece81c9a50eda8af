# SPDX-License-Identifier: MIT
"""The same errors where memory is not shared: the library under qemu.

Runs tests/systems/qemu_start.c in user-mode emulation, where vfork() is fork(),
and compares case by case with what the native program says: the same errno,
step and index have to come through the pipe.
"""
import errno
import os
import re
import shutil
import sys
import tempfile

import trace_tools

FALLBACK_PIPE = 8
LINE = re.compile(r"(?P<case>\w+ \w+) (?P<said>result=.* backend=\w+) "
                  r"fallbacks=(?P<fallbacks>\d+) (?P<status>status=.*)$")
# The numbers that a processor has for errors of these cases, if not ours.
OWN_ERRORS = {"mips64el": {"78": errno.ENAMETOOLONG, "90": errno.ELOOP}}


def run_cases(folder, command, program, user):
    """What each case said, and its fallbacks."""
    with tempfile.TemporaryDirectory(dir=folder) as directory:
        os.chmod(directory, 0o777)
        done = trace_tools.run_in_time([*command, directory, program],
                                       user=user, cwd="/", timeout=300)
    said, fallbacks = {}, {}
    for line in done.stdout.splitlines():
        found = LINE.match(line)
        if not found:
            said[line] = "unexpected"
            continue
        said[found["case"]] = f"{found['said']} {found['status']}"
        fallbacks[found["case"]] = int(found["fallbacks"])
    return said, fallbacks, done


def with_our_errors(name, text):
    """What a case said, with the numbers of errors that are the native ones."""
    own = OWN_ERRORS.get(name, {})
    return re.sub(r"\b(result|code)=(\d+)", lambda found:
                  f"{found[1]}={own.get(found[2], found[2])}", text)


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


class Table:
    """What the native program says, and the comparison with it."""

    def __init__(self, native, folder):
        self.folder = folder
        self.checks = trace_tools.Checks()
        # What an emulated program executes is the kernel's: a native one.
        self.program = folder / "true"
        source = folder / "true.c"
        source.write_text("int main(void) { return 0; }\n")
        if not trace_tools.compile_c(["gcc", "-static", source, "-o",
                                      self.program]):
            sys.exit(1)
        # The other user may not look for it where it was built.
        native = shutil.copy(native, folder / "native")
        self.native = {}
        for user in [None] + ([65534] if os.geteuid() == 0 else []):
            said, fallbacks, _ = run_cases(folder, [native], self.program,
                                           user)
            self.native[user] = said
            check_native(self.checks, said, fallbacks,
                         f", user {user}" if user else "")
        self.checks.checked = 0

    def check_processor(self, name, emulator, builder):
        made = builder.folder / f"qemu_start-{name}"
        source = builder.root / "tests/systems/qemu_start.c"
        if not self.checks.check(
                builder.compile_program([source, builder.library], made),
                f"{name}: does not build"):
            return
        for user, table in self.native.items():
            who = "" if user is None else ", as another user"
            said, fallbacks, done = run_cases(self.folder, [*emulator, made],
                                              self.program, user)
            if done.stderr:
                print(f"{name}: {done.stderr.strip()}")
            said = {case: with_our_errors(name, text)
                    for case, text in said.items()}
            check_emulated(self.checks, name + who, table, said, fallbacks)
