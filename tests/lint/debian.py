#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The packages for Debian: debian/ builds them, and they are as they should be.

usage: debian.py ROOT

Runs dpkg-buildpackage in a copy of the tree, and again in another place: the
packages have the same bytes. lintian finds no error, each file is in its
package and in no other, and a program is compiled against what was unpacked, and
another in Python.
"""
import fnmatch
import os
import pathlib
import re
import shutil
import sys
import tempfile

import consumer
import trace_tools

LIB = "usr/lib/*/"
PYTHON = "/usr/lib/python3/dist-packages/"
# A package, and what is in it: all of that, and nothing else but its documents.
PACKAGES = {
    "libspawn0": ["libspawn.so.0", "libspawn.so.0.*"],
    "libspawn-posix0": ["libspawn-posix.so.0", "libspawn-posix.so.0.*"],
    "libspawn-workers0": ["libspawn-workers.so.0", "libspawn-workers.so.0.*"],
    "libspawn-dev": [
        "libspawn-workers.a", "libspawn-workers.so",
        "pkgconfig/libspawn-workers.pc", "/usr/include/libspawn_workers.h",
        "libspawn.a", "libspawn.so", "libspawn-posix.a", "libspawn-posix.so",
        "pkgconfig/libspawn.pc", "pkgconfig/libspawn-posix.pc",
        "cmake/libspawn/libspawn-config.cmake",
        "cmake/libspawn/libspawn-config-version.cmake",
        "/usr/include/libspawn.h", "/usr/include/libspawn_posix.h",
        "/usr/share/man/man3/libspawn.3.gz"],
    "libspawn-bin": [
        "/usr/bin/spawn", "/usr/libexec/libspawn/spawn-watch",
        "/usr/share/man/man1/spawn.1.gz"],
    "python3-libspawn": [
        *(f"{PYTHON}libspawn/{name}" for name in (
            "__init__.py", "__main__.py", "_asyncio.py", "_errors.py",
            "_extras.py", "_install.py", "_popen.py", "_sandbox.py",
            "_start.py", "_spawn.pyi", "_spawn.*.so", "py.typed")),
        *(f"{PYTHON}libspawn-*.dist-info/{name}" for name in (
            "METADATA", "WHEEL", "RECORD"))],
}
DOCUMENTS = "usr/share/doc/*"
TOOLS = ["dpkg-buildpackage", "dpkg-deb", "dh", "lintian", "pkg-config",
         "pybuild"]
# Debian's own interpreter and tools, as where packages are built.
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
ENTRY = re.compile(r"^[-l]\S* +\S+ +\d+ \S+ \S+ \./(\S+)", re.M)


def build(root, place):
    """The packages by their names, built in a folder of their own."""
    tree = place / "libspawn"
    shutil.copytree(root, tree, ignore=consumer.LEFT_BEHIND)
    environment = dict(os.environ, PATH=PATH,
                       DEB_BUILD_OPTIONS="nocheck parallel=2")
    for name in ("CC", "CXX", "CFLAGS", "LDFLAGS", "MAKEFLAGS", "NINJA_STATUS"):
        environment.pop(name, None)
    done = trace_tools.run(["dpkg-buildpackage", "-us", "-uc"], cwd=tree,
                           env=environment, timeout=900)
    if done.returncode:
        sys.exit(f"dpkg-buildpackage:\n{done.stdout[-4000:]}{done.stderr}")
    return {path.name.split("_")[0]: path for path in place.glob("*.deb")}


def check_version(checks, root, made):
    """debian/changelog says what meson.build says."""
    project = re.search(r"version: '([^']+)'",
                        (root / "meson.build").read_text())[1]
    for path in made.values():
        version = path.name.split("_")[1]
        checks.check(version == project, f"{path.name}, but {project}")


def check_same(checks, made, again):
    checks.check(made.keys() == again.keys() and len(made) > len(PACKAGES),
                 f"other packages: {sorted(made)}, {sorted(again)}")
    for name in made.keys() & again.keys():
        checks.check(made[name].read_bytes() == again[name].read_bytes(),
                     f"{name} has other bytes when built again elsewhere")


def check_lintian(checks, place):
    changes = next(place.glob("*.changes"))
    done = trace_tools.run(["lintian", "--allow-root", "--fail-on", "error",
                            changes], timeout=600)
    print(f"{done.stdout}{done.stderr}".strip() or "lintian: nothing to say")
    checks.check(done.returncode == 0, "lintian finds errors")


def check_files(checks, name, package):
    listing = trace_tools.run(["dpkg-deb", "-c", package]).stdout
    left = [path for path in ENTRY.findall(listing)
            if not fnmatch.fnmatch(path, DOCUMENTS)]
    for wanted in PACKAGES[name]:
        pattern = wanted[1:] if wanted[0] == "/" else LIB + wanted
        found = [path for path in left if fnmatch.fnmatch(path, pattern)
                 and path.count("/") == pattern.count("/")]
        checks.check(len(found) == 1, f"{name}: {wanted}: {found}")
        left = [path for path in left if path not in found]
    checks.check(not left, f"{name}: what is that: {left}")


def check_use(checks, root, unpacked):
    """A program that is compiled and linked with nothing else."""
    library = next(unpacked.glob("usr/lib/*/libspawn.so.0")).parent
    environment = dict(
        os.environ, LD_LIBRARY_PATH=str(library),
        PKG_CONFIG_SYSROOT_DIR=str(unpacked), PKG_CONFIG_PATH="",
        PKG_CONFIG_LIBDIR=str(library / "pkgconfig"))
    flags = trace_tools.run(["pkg-config", "--cflags", "--libs", "libspawn"],
                            env=environment).stdout.split()
    made = unpacked / "consumer"
    if checks.check(trace_tools.compile_c(
            ["cc", "-o", made, root / "tests/lint/consumer/consumer.c",
             *flags]),
            "does not compile"):
        done = trace_tools.run([made], env=environment)
        checks.check(done.returncode == 0, f"consumer: {done.returncode}")
    done = trace_tools.run([unpacked / "usr/bin/spawn", "--", "/bin/echo", "on"],
                           env=environment)
    checks.check(done.stdout == "on\n", f"spawn: {done.stdout}{done.stderr}")
    check_python(checks, root, unpacked)


def check_python(checks, root, unpacked):
    """The first example of the package's README, whose limit it prints."""
    readme = (root / "runtimes/python/README.md").read_text()
    example = re.search(r"^```python\n(.*?)^```", readme, re.M | re.S)[1]
    done = trace_tools.run(
        ["/usr/bin/python3", "-c", example],
        env=dict(os.environ, PYTHONPATH=f"{unpacked}{PYTHON}"))
    checks.check(done.stdout.startswith("64\n"), f"{done.stdout}{done.stderr}")


def main(root):
    lacking = trace_tools.missing(*TOOLS)
    if lacking:
        trace_tools.skip(f"{lacking} is not installed")
    checks = trace_tools.Checks()
    with tempfile.TemporaryDirectory(prefix="debian.") as name:
        first, second = pathlib.Path(name, "first"), pathlib.Path(name, "2nd")
        made = build(root, first)
        check_version(checks, root, made)
        check_same(checks, made, build(root, second))
        check_lintian(checks, first)
        for package in PACKAGES:
            if checks.check(package in made, f"no package {package}"):
                check_files(checks, package, made[package])
                trace_tools.run(["dpkg-deb", "-x", made[package],
                                 first / "unpacked"])
        check_use(checks, root, first / "unpacked")
    checks.finish()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
