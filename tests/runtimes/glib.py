#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""GLib with its launcher replaced, as a user gets it, beside Debian's own.

usage: glib.py ROOT [--all]

Fetches the source of GLib of Debian 12, lets runtimes/glib/replace.py work on
it, builds libglib, and runs GLib's own tests, of Debian's package libglib2.0-tests,
with Debian's library and with ours: those about processes, or with --all every
one; as root and as another user. Compares case by case. Then programs of Debian's
that start others by GLib do so on both.
"""
import pathlib
import re
import shutil
import sys
import tempfile

import beside
import glib_programs
import trace_tools
from debian_packages import Debian

RELEASE = "bookworm"
PACKAGES = ["libglib2.0-tests", "libglib2.0-0", *glib_programs.PACKAGES]
LIBRARIES = "usr/lib/x86_64-linux-gnu"
TESTS = "usr/libexec/installed-tests/glib"
#: Those that start programs of their own accord or to see a process fail.
ABOUT_PROCESSES = """
application-command-line apps assert-msg-test error gsubprocess io-channel
logging mainloop mem-overflow once option-argv0 slice spawn-multithreaded
spawn-path-search spawn-singlethread spawn-test strfuncs testing unix unix-fd
utils""".split()
OPTIONS = ["selinux=disabled", "libmount=disabled", "man=false", "tests=false",
           "nls=disabled"]


#: Names of cases have what comes of it.
SEED = "--seed=R02S" + "12345678" * 4
#: So many cases must pass, of more about processes, and of all.
LEAST, LEAST_OF_ALL = 200, 500
#: Seconds for a program; the longest computes for a minute.
PATIENCE = 240


class Side:
    """Debian's GLib and its tests; of ours, libglib is another."""

    def __init__(self, kind, folder, packages, names):
        self.kind, self.folder, self.names = kind, folder, names
        shutil.copytree(packages, folder, symlinks=True)
        beside.make_counter(folder)
        folder.chmod(0o777)

    def exchange(self, library):
        for old in (self.folder / LIBRARIES).glob("libglib-2.0.so*"):
            old.unlink()
        shutil.copy(library, self.folder / LIBRARIES / "libglib-2.0.so.0")

    def run_program(self, user, name):
        """The outcome of each case of a test program: {name: outcome}."""
        folder = f"/mnt/{TESTS}"
        command = ["timeout", "-k", "5", str(PATIENCE), f"{folder}/{name}",
                   "--tap", SEED]
        done = beside.alone(
            self.folder, command, user,
            LD_LIBRARY_PATH=f"/mnt/{LIBRARIES}", G_TEST_SRCDIR=folder,
            G_TEST_BUILDDIR=folder, G_DEBUG="")
        found = re.findall(r"^(ok|not ok) \d+ (\S+)(?:.*# (SKIP))?",
                           done.stdout, re.M)
        told = {f"{name} {case}": "skipped" if mark else word
                for word, case, mark in found}
        told[f"{name} ends"] = done.returncode
        return told

    def run(self, user, *cases):
        """All programs, or those of these cases."""
        names = sorted({case.split()[0] for case in cases}) or self.names
        told = {}
        for name in names:
            told.update(self.run_program(user, name))
        return told


def build(checks, root, work):
    """libglib of the source with the launcher replaced."""
    debian = Debian(work, RELEASE)
    tree = debian.update("deb deb-src") and debian.source(
        "glib2.0", work / "source")
    if not tree or not debian.unpack(PACKAGES, work / "packages"):
        trace_tools.skip(f"GLib of {RELEASE} can't be fetched")
    beside.replace(checks, root / "runtimes/glib/replace.py", tree,
                   tree / "glib/gspawn-libspawn.c")
    beside.must_run(checks, "GLib", [
        ["meson", "setup", tree / "build", tree, "--buildtype=debug",
         *(f"-D{option}" for option in OPTIONS)]])
    library = "glib/libglib-2.0.so.0." + library_version(tree / "build")
    beside.must_run(checks, "GLib", [
        ["ninja", "-j2", "-C", tree / "build", library]])
    return tree / "build" / library


def sanitize(checks, root, library, kind):
    """The adapter, compiled with a sanitizer, in eight threads."""
    plain = library.parent.parent
    tree, build = plain.parent, plain.with_name(f"sanitized-{kind[:4]}")
    beside.must_run(checks, kind, [
        ["meson", "setup", build, tree, "--buildtype=debug",
         f"-Db_sanitize={kind}", "-Db_lundef=false",
         *(f"-D{option}" for option in OPTIONS)],
        ["ninja", "-j2", "-C", build, f"glib/{library.name}"],
        ["gcc", "-g", f"-fsanitize={kind}", "-fno-sanitize-recover=all",
         f"-I{tree}", f"-I{tree / 'glib'}", f"-I{build / 'glib'}",
         root / "tests/runtimes/glib_threads.c", "-o", build / "threads",
         build / "glib" / library.name]])
    beside.run_sanitized(checks, f"GLib, {kind}", build, [build / "threads"],
                         LD_LIBRARY_PATH=str(build / "glib"))


def library_version(build_folder):
    text = (build_folder / "build.ninja").read_text()
    return re.search(r"glib/libglib-2\.0\.so\.0\.(\d+\.\d+)", text).group(1)


def test_programs(packages, wants_all):
    """Of those that Debian runs."""
    described = packages / "usr/share/installed-tests/glib"
    names = sorted(path.stem for path in described.glob("*.test"))
    return [name for name in names
            if "Output=TAP" in (described / f"{name}.test").read_text()
            and (packages / TESTS / name).is_file()
            and (wants_all or name in ABOUT_PROCESSES)]


def main(root, wants_all):
    beside.need_what_it_takes("meson", "msgfmt")
    checks = trace_tools.Checks()
    with tempfile.TemporaryDirectory(prefix="glib.") as folder:
        work = pathlib.Path(folder)
        work.chmod(0o755)
        library = build(checks, root, work)
        names = test_programs(work / "packages", wants_all)
        sides = [Side(kind, work / kind, work / "packages", names)
                 for kind in ("stock", "ours")]
        sides[1].exchange(library)
        for user in (True, False):
            beside.compare(checks,
                           f"GLib's {len(names)} test programs, "
                           f"{'a user' if user else 'root'}",
                           [lambda *cases, side=side, user=user:
                            side.run(user, *cases) for side in sides],
                           LEAST_OF_ALL if wants_all else LEAST)
        glib_programs.compare(checks, sides, LIBRARIES)
        beside.check_count(checks, sides[1].folder)
        for kind in ("address,undefined", "thread") if wants_all else ():
            sanitize(checks, root, library, kind)
    checks.finish()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:] == ["--all"])
