#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The package for Python on a fresh Debian, with its Python.

usage: fresh_python.py ROOT RELEASE

Makes a Debian of that release in a folder, with nothing in it; there, as the
README of the package says: installs it, and runs its first example. Then its own
tests, and CPython's test_subprocess: with the package, and with the module
_posixsubprocess.
"""
import os
import pathlib
import re
import shutil
import sys
import tempfile

import debian_packages
import trace_tools

#: CPython's have its version in their name.
TESTS = "python3-pytest '^libpython3[.][0-9]+-testsuite$'"
#: In a mount namespace: $1, the root.
INSIDE = """
mount --make-rprivate / && mount -t proc none "$1/proc" &&
mount --rbind /dev "$1/dev" && mount -t tmpfs none "$1/tmp" &&
root=$1 && shift && exec chroot "$root" "$@"
"""


class Fresh:
    """A new system in a folder."""

    def __init__(self, folder, release):
        self.folder = folder
        mirror = trace_tools.run(debian_packages.MIRROR).stdout.split()[:1]
        made = trace_tools.run(["debootstrap", "--variant=minbase", release,
                                folder, *mirror], timeout=900)
        if made.returncode:
            trace_tools.skip(f"debootstrap: {made.stdout[-300:]}")
        # The names of the network, and nothing else of this system.
        shutil.copy("/etc/resolv.conf", folder / "etc")

    def run(self, script, folder="/"):
        """What a shell there prints; what fails ends the test."""
        return trace_tools.must(
            "unshare", "-m", "sh", "-c", INSIDE, "sh", self.folder,
            "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=/root", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive",
            "sh", "-exc", f"cd {folder}\n{script}")


def block(text, word):
    """The first block of code that begins with this word."""
    return re.search(rf"^```\w*\n({word}.*?)^```", text, re.M | re.S).group(1)


class Package:
    """The package in that system, where the tree is /libspawn."""

    python = "/libspawn/environment/bin/python"
    suites = f"{python} -B /libspawn/runtimes/python/suites.py"

    def __init__(self, system):
        self.system = system
        self.tree = system.folder / "libspawn"
        package = self.tree / "runtimes/python"
        self.readme = (package / "README.md").read_text(encoding="utf-8")

    def install(self):
        self.system.run(block(self.readme, "apt install"), "/libspawn")

    def first_example(self):
        (self.tree / "example.py").write_text(
            block(self.readme, "import resource"), encoding="utf-8")
        return self.system.run(
            f"{self.python} --version; {self.python} example.py", "/libspawn")

    def add_tests(self):
        self.system.run(f"apt-get install -y {TESTS}")

    def subprocess_suite(self):
        return self.system.run(f"{self.suites} test_subprocess")

    def module_suite(self):
        """With the module _posixsubprocess, by the recipe of the guide."""
        guide = (self.tree / "docs/vendoring.md").read_text(encoding="utf-8")
        recipe = re.search(r"^```sh\n(cc [^`]*_posixsubprocess\.so)$", guide,
                           re.M)
        return self.system.run(
            "python3 -B ../../../release/amalgamate.py ../../.. .\n"
            f"{recipe.group(1)}\n"
            f"{self.suites} --posixsubprocess ./_posixsubprocess.so "
            "test_subprocess", "/libspawn/runtimes/python/cpython")

    def own_tests(self):
        told = self.system.run(
            f"{self.python} -m pytest -q -p no:cacheprovider "
            "/libspawn/runtimes/python/tests")
        return told.splitlines()[-1]


def try_it(package):
    package.install()
    print(package.first_example())
    package.add_tests()
    for told in (package.subprocess_suite(), package.module_suite(),
                 package.own_tests()):
        print(told)


def main(root, release):
    lacking = trace_tools.missing("debootstrap", "unshare", "chroot")
    if lacking:
        trace_tools.skip(f"{lacking} is not installed")
    may = os.getuid() == 0 and not trace_tools.run(
        ["unshare", "-m", "true"]).returncode
    if not may:
        trace_tools.skip("not root, who alone can make a system in a folder")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fresh."))
    try:
        system = Fresh(folder / "root", release)
        shutil.copytree(root, system.folder / "libspawn",
                        ignore=shutil.ignore_patterns(
                            ".git", "build", "build-*", "__pycache__"))
        try_it(Package(system))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2])
