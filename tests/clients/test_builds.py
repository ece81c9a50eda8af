#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds driven by a program that starts its compilers through ours: GNU make
and ninja make the same libspawn, byte for byte, with the preload and without.

usage: test_builds.py LIBRARY ROOT
"""
import shutil
import unittest

import proof
import verdict
from proof import ROOT

# A make of its own for the objects: descriptors of the job server are passed.
MAKEFILE = """
SOURCES := $(sort $(wildcard src/*.c src/*/*.c))
OBJECTS := $(SOURCES:.c=.o)

all:
	+$(MAKE) libspawn.a
	@echo $(words $(OBJECTS)) objects

libspawn.a: $(OBJECTS)
	ar rcs $@ $^

%.o: %.c
	@$(CC) -std=c11 -O0 -Iinclude -Isrc -c -o $@ $<
"""


class Builds(proof.Clients):
    timeout = 600
    compared = r"\.(o|a|so)[.\d]*$"

    def prepare(self):
        for name in ("include", "src", "release", "docs"):
            shutil.copytree(ROOT / name, self.folder / name)
        for name in ("meson.build", "meson_options.txt"):
            shutil.copy(ROOT / name, self.folder)
        (self.folder / "Makefile").write_text(MAKEFILE)

    def test_make(self):
        ours = self.compare("make", "posix_spawn", [
            "make", "--no-print-directory", "-j4"])
        self.assertIn("libspawn.a", ours.files)
        self.assertGreater(self.compilers(ours), 40)

    def test_make_that_fails(self):
        def prepare():
            self.prepare()
            (self.folder / "src/broken.c").write_text("broken\n")
        self.compare("make", "posix_spawn", [
            "make", "-k", "src/names.o", "src/broken.o"], status=2,
            prepare=prepare)

    def test_ninja(self):
        self.needs("meson", "ninja")
        ours = self.compare("ninja", "posix_spawn", [
            "ninja", "-C", "build", "--quiet"], prepare=self.prepare_ninja)
        self.assertIn("build/src/libspawn.so.0.2.0", ours.files)
        self.assertGreater(self.compilers(ours), 40)

    def prepare_ninja(self):
        self.prepare()
        # A compiler that is named: a cache that is installed would be used else.
        done = self.execute(
            ["env", "CC=cc", "meson", "setup", "build", "--buildtype=debug", "-Dtools=false",
             "-Dtests=false", "-Dbench=false"], {})
        self.assertEqual(done.returncode, 0, done.stdout)

    def compilers(self, ours):
        return sum(image.name.rpartition("/")[2] == "cc1"
                   for image in ours.trace.images)


if __name__ == "__main__":
    verdict.main(verbosity=2)
