#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A package of Debian, built by GNU make and put through its own tests, with
the preload and without: gawk, whose tests are full of system() and popen().

usage: test_package.py LIBRARY ROOT

It needs the network; without it, it is skipped.
"""
import shutil
import subprocess
import unittest

import proof
import verdict

# Debian takes the manual out, so the parts are named.
MAKEFILE = """
all:
	+$(MAKE) -C gawk/support
	+$(MAKE) -C gawk gawk
	+$(MAKE) -C gawk/extension
	-+$(MAKE) -C gawk/test check
"""
ORIGIN = "$(REPO_URI) $(CODENAME) $(COMPONENT)"


def repository():
    """Where this machine has its packages from, for sources; or None."""
    done = subprocess.run(
        ["apt-get", "indextargets", "--format", ORIGIN, "Identifier: Packages",
         "Origin: Debian", "Component: main"],
        text=True, stdout=subprocess.PIPE, check=False)
    return next((f"deb-src {line}" for line in done.stdout.splitlines()
                 if not line.split()[1].endswith(("-updates", "-security"))),
                None)


class Package(proof.Clients):
    timeout = 1200
    compared = r"\.(o|a|so)$|/gawk$"

    def test_gawk_builds_and_tests_itself_alike(self):
        self.needs("apt-get", "dpkg-source", "make", "cc")
        self.configure(self.fetch("gawk"))
        plain = self.run_plain(["make", "-j4"])
        ours = self.run_traced(["make", "-j4"])
        self.assertEqual(plain.status, 0, plain.complaints)
        self.assertEqual(ours.status, 0, ours.complaints)
        self.assertIn("gawk/gawk", ours.files)
        self.assert_same_files(plain.files, ours.files)
        self.assert_reaches(ours.trace, "make", "posix_spawn")
        self.assert_reaches(ours.trace, "gawk", "system", "popen")
        failed = [name for name in ours.files
                  if name.startswith("gawk/test/_")]
        print(len(failed), "of gawk's tests fail, without ours too", flush=True)

    def fetch(self, name):
        """Lists and files of its own: the machine's stay as they are."""
        place = self.top / "apt"
        (place / "lists").mkdir(parents=True)
        origin = repository()
        if not origin:
            self.skipTest("no repository of Debian is configured")
        (place / "sources.list").write_text(origin + "\n")
        options = ["-qq", "-o", f"Dir::Etc::sourcelist={place}/sources.list",
                   "-o", "Dir::Etc::sourceparts=/dev/null",
                   "-o", f"Dir::State::lists={place}/lists",
                   "-o", f"Dir::Cache={place}",
                   "-o", "APT::Sandbox::User=root"]
        for command in (["update"], ["source", name]):
            done = subprocess.run(["apt-get", *options, *command], cwd=place,
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True,
                                  check=False)
            if done.returncode:
                self.skipTest(f"its source can't be had: {done.stdout}")
        return next(path for path in place.glob(f"{name}-*") if path.is_dir())

    def configure(self, source):
        """Where it will be built: the place is in the debug information."""
        self.folder.mkdir()
        shutil.copytree(source, self.folder / "gawk")
        done = subprocess.run(["./configure", "-q"], cwd=self.folder / "gawk",
                              env=proof.environment(), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.configured = self.top / "configured"
        shutil.copytree(self.folder / "gawk", self.configured)

    def prepare(self):
        shutil.copytree(self.configured, self.folder / "gawk")
        (self.folder / "Makefile").write_text(MAKEFILE)


if __name__ == "__main__":
    verdict.main(verbosity=2)
