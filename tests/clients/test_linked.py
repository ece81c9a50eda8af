#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The ways to have the drop-in, with programs made for it: preloaded, linked
ahead of the C library, linked statically, by the header; and what a program
gets that was linked in the days of another posix_spawn(). At the end, that the
proof used for all clients can tell one that starts from one that doesn't.

usage: test_linked.py LIBRARY ROOT
"""
import pathlib
import re
import subprocess
import unittest

import proof
import verdict
from proof import ROOT

HERE = pathlib.Path(__file__).resolve().parent
PRINTED = """\
{top}
posix_spawnp: 0, status 3
posix_spawn: No such file or directory
popen: one
pclose: 4
system: 5
"""
TAKES_NAMES = "-DLIBSPAWN_POSIX_DROP_IN"


class Programs(proof.Clients):
    def setUp(self):
        super().setUp()
        self.expected = PRINTED.format(top=self.folder)

    def build(self, compiler, source, *words):
        """Beside the folder, which is made anew for each run."""
        made = self.top / "program"
        self.needs(compiler)
        done = subprocess.run(
            [compiler, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-pthread",
             f"-I{ROOT / 'include'}", "-o", made, HERE / source, *words],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        return made

    def compile_library(self, compiler, *words):
        """All of the sources, each folder's objects in one of their own."""
        objects = []
        for folder in (ROOT / "src", *(ROOT / "src").iterdir()):
            made = self.top / folder.name
            if list(folder.glob("*.c")):
                made.mkdir()
                subprocess.run(
                    [compiler, "-std=c11", "-O1", "-c",
                     f"-I{ROOT / 'include'}", f"-I{ROOT / 'src'}", *words,
                     *sorted(folder.glob("*.c"))], cwd=made, check=True)
                objects += sorted(made.glob("*.o"))
        archive = self.top / "libspawn-posix.a"
        subprocess.run(["ar", "rcs", archive, *objects], check=True)
        return archive

    def assert_prints(self, run):
        self.assertEqual((run.status, run.complaints, run.output),
                         (0, "", self.expected))

    def run_once(self, program):
        """No preload, but a trace, if there is a dynamic linker."""
        self.fresh_folder(self.prepare)
        folder, settings = self.traces()
        del settings["LD_PRELOAD"]
        done = self.execute([program], settings)
        return proof.Run(done, self.folder, proof.Trace(folder))


class Ways(Programs):
    def test_preloaded(self):
        program = self.build("cc", "three_ways.c")
        self.assert_prints(self.run_plain([program]))
        self.assert_prints(self.compare(
            "program", "posix_spawn posix_spawnp popen pclose system",
            [program]))

    def test_linked_ahead_of_the_c_library(self):
        directory = proof.LIBRARY.parent
        run = self.run_once(self.build(
            "cc", "three_ways.c", f"-L{directory}", "-lspawn-posix",
            f"-Wl,-rpath,{directory}"))
        self.assert_prints(run)
        self.assert_reaches(run.trace, "program", "posix_spawn",
                            "posix_spawnp", "popen", "pclose", "system")

    def test_linked_statically_with_musl(self):
        self.needs("musl-gcc")
        archive = self.compile_library("musl-gcc", TAKES_NAMES)
        run = self.run_once(self.build("musl-gcc", "three_ways.c", "-static",
                                       "-DTAKEN", archive))
        self.assert_prints(run)
        self.assertEqual(run.trace.images, [], "it is not static")

    def test_linked_statically_with_this_c_library(self):
        archive = self.compile_library("cc", TAKES_NAMES)
        run = self.run_once(self.build("cc", "three_ways.c", "-static",
                                       "-DTAKEN", archive))
        self.assert_prints(run)

    def test_by_the_header(self):
        archive = self.compile_library("cc")
        program = self.build("cc", "three_ways.c", "-DREDIRECTED", archive)
        self.assert_prints(self.run_once(program))
        names = subprocess.run(["nm", "-u", program], text=True, check=True,
                               stdout=subprocess.PIPE).stdout
        # The others are asked for by one of the backends.
        self.assertNotRegex(names, r"\b(posix_spawnp|system|popen|pclose)\b")

    def test_an_old_program_gets_the_shell(self):
        version = self.old_version()
        script = self.top / "script"
        script.write_text('[ "$2" = two ] && exit "$1"\nexit $#\n')
        script.chmod(0o755)
        ours = self.compare(
            "program", "posix_spawn posix_spawnp",
            [self.build("cc", "old_version.c", f'-DOLD_VERSION="{version}"'),
             script, "7", "two"])
        self.assertEqual(ours.output, "old posix_spawn: Success, 7\n"
                         "old posix_spawnp: Success, 7\n"
                         "old posix_spawn without arguments: Success, 0\n"
                         "posix_spawn: Exec format error, -1\n"
                         "posix_spawnp: Exec format error, -1\n")
        versions = {version for image in ours.trace.images
                    for name, symbol, version in image.bound
                    if (name, symbol) == ("program", "posix_spawn")}
        self.assertEqual(len(versions), 2, versions)

    def old_version(self):
        listing = subprocess.run(["readelf", "-W", "--dyn-syms",
                                  proof.LIBRARY], text=True, check=True,
                                 stdout=subprocess.PIPE).stdout
        found = re.search(r"\sposix_spawn@(\w[\w.]*)$", listing, re.M)
        if not found:
            self.skipTest("this C library has had only one posix_spawn()")
        return found.group(1)


class TheProof(Programs):
    def test_tells_starting_from_having_the_names(self):
        # All names are bound at once, whether used or not.
        program = self.build("cc", "touches.c", "-Wl,-z,now")
        idle = self.run_both([program])
        with self.assertRaisesRegex(AssertionError, "never called"):
            self.assert_reaches(idle.trace, "program", "system")
        self.assert_reaches(self.run_both([program, "exit 0"]).trace,
                            "program", "system")

    def test_tells_whose_call_it_was(self):
        ours = self.run_both([self.build("cc", "three_ways.c")])
        with self.assertRaisesRegex(AssertionError, "no system of sh"):
            self.assert_reaches(ours.trace, "sh", "system")

    def test_wants_the_library(self):
        plain = self.run_once(self.build("cc", "three_ways.c"))
        with self.assertRaisesRegex(AssertionError, "no process had"):
            self.assert_reaches(plain.trace, "program", "system")


if __name__ == "__main__":
    verdict.main(verbosity=2)
