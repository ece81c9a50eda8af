# SPDX-License-Identifier: MIT
"""Runs a client with libspawn-posix preloaded and without, compares the two,
and proves that the client came by.

The proof is what the dynamic linker writes down (LD_DEBUG, ld.so(8)), a file
for each process: that a function of the client, or of a library of its, was
bound to ours; and that our library then bound what it calls itself only while
it starts something. It is bound lazily, so that line means a call was made.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

# Each test is called so: TEST LIBRARY ROOT [UNITTEST-ARGUMENTS]
LIBRARY, ROOT = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))
NAME = "libspawn-posix.so"

# What our functions call that nothing else in our library does.
CALLED = {"system": "sigaction", "popen": "fdopen"}
ANY_START = "pthread_setcancelstate"

LOADED = re.compile(r"file=(?:\S*/)?libspawn-posix\.so\S* \[0\];  "
                    r"needed by (.+) \[0\]")
RUNNING = "transferring control: "
BOUND = re.compile(r"binding file (.+) \[0\] to (.+) \[0\]: \w+ symbol "
                   r"`(\w+)'(?: \[(\S+)\])?$")


def is_ours(path):
    return os.path.basename(path).startswith(NAME)


class Image:
    """One program, from the moment its process executed it."""

    def __init__(self, name):
        self.name = name
        self.runs = False
        self.bound = set()  # (file, function, version) bound to ours
        self.called = set()  # functions that ours called

    def read(self, client, library, symbol, version):
        if is_ours(client):
            if self.runs and not is_ours(library):
                self.called.add(symbol)
        elif is_ours(library):
            self.bound.add((os.path.basename(client), symbol, version))

    def functions(self, client):
        """Those of the client, or its library, that are bound to ours."""
        return {symbol for name, symbol, _ in self.bound
                if name.startswith(client)}

    def has_started(self, function):
        return {ANY_START, CALLED.get(function, ANY_START)} <= self.called


def read_process(path):
    """The images of one process."""
    images = []
    for line in path.read_text(errors="replace").splitlines():
        text = line.partition("\t")[2]
        loaded, bound = LOADED.match(text), BOUND.match(text)
        if loaded:
            images.append(Image(loaded.group(1)))
        elif images and text.startswith(RUNNING):
            images[-1].runs = True
        elif images and bound:
            images[-1].read(*bound.groups())
    return images


class Trace:
    """All images of a run, of the client and of all its children."""

    def __init__(self, folder):
        self.images = [image for path in sorted(folder.iterdir())
                       for image in read_process(path)]

    def starters(self, client, function):
        """The images where the client called that function of ours."""
        return [image for image in self.images
                if function in image.functions(client)
                and image.has_started(function)]

    def why_not(self, client, function):
        if not self.images:
            return "no process had the library loaded"
        bound = set().union(*(image.functions(client)
                              for image in self.images))
        if function not in bound:
            return (f"no {function} of {client}* was bound to ours in "
                    f"{len(self.images)} programs; of its functions, "
                    f"these were: {sorted(bound)}")
        return f"{function} of {client}* was bound to ours, never called"


def environment(**changes):
    """The caller's, without what a user may have set for libspawn or ld.so."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("LD_", "LIBSPAWN_", "MAKE", "MESON_"))}
    kept.update(LC_ALL="C.UTF-8", TZ="UTC", GIT_CONFIG_GLOBAL="/dev/null",
                GIT_CONFIG_SYSTEM="/dev/null", **changes)
    return kept


class Run:
    """A client that has ended: what it said and what it left."""

    def __init__(self, done, folder, trace=None):
        self.status = done.returncode
        self.output = done.stdout
        self.complaints = done.stderr
        self.trace = trace
        self.files = {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.is_symlink()}


class Clients(unittest.TestCase):
    """A test of clients: a folder that is anew, and called the same, for each
    run. `timeout` is how long a client may hang before that is a failure;
    of the files it leaves, those that match `compared` have to be the same."""

    timeout = 240
    compared = ""

    def setUp(self):
        if lazy_reason():
            self.skipTest(lazy_reason())
        folder = tempfile.TemporaryDirectory(prefix="clients.")
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name).resolve()
        self.folder = self.top / "work"
        self.count = 0

    def needs(self, *tools):
        lacking = [tool for tool in tools
                   if "/" not in tool and not shutil.which(tool)]
        if lacking:
            self.skipTest(f"not installed: {' '.join(lacking)}")

    def prepare(self):
        """What the client finds in its folder; for subclasses."""

    def fresh_folder(self, prepare):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        prepare()

    def traces(self):
        """A folder for the traces of one run, with what to set for it."""
        self.count += 1
        folder = self.top / f"trace-{self.count}"
        folder.mkdir()
        return folder, {"LD_PRELOAD": str(LIBRARY), "LD_DEBUG": "bindings,files",
                        "LD_DEBUG_OUTPUT": str(folder / "of")}

    def execute(self, command, variables, given=""):
        return subprocess.run(
            [str(word) for word in command], cwd=self.folder, input=given,
            env=environment(**variables), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8",
            errors="surrogateescape", timeout=self.timeout, check=False)

    def run_plain(self, command, prepare=None, given="", **variables):
        self.fresh_folder(prepare or self.prepare)
        return Run(self.execute(command, variables, given), self.folder)

    def run_traced(self, command, prepare=None, given="", **variables):
        self.fresh_folder(prepare or self.prepare)
        folder, settings = self.traces()
        done = self.execute(command, dict(settings, **variables), given)
        made = Run(done, self.folder, Trace(folder))
        shutil.rmtree(folder)
        return made

    def run_both(self, command, same=lambda text: text, **more):
        """With and without: the same status, outputs and files. `same` takes
        out of an output what differs from run to run."""
        plain = self.run_plain(command, **more)
        ours = self.run_traced(command, **more)
        self.assertEqual(
            (plain.status, same(plain.output), same(plain.complaints)),
            (ours.status, same(ours.output), same(ours.complaints)))
        self.assert_same_files(plain.files, ours.files, same)
        return ours

    def assert_same_files(self, plain, ours, same=lambda text: text):
        self.assertEqual(sorted(plain), sorted(ours))
        for name, contents in plain.items():
            if re.search(self.compared, name):
                self.assertEqual(same(str(contents)), same(str(ours[name])),
                                 name)

    def assert_reaches(self, trace, client, *functions):
        for function in functions:
            count = len(trace.starters(client, function))
            self.assertTrue(count, trace.why_not(client, function))
            print(f"{client}: {function} of ours was called in {count} of "
                  f"{len(trace.images)} programs", flush=True)

    def compare(self, client, functions, command, status=0, **more):
        """The whole: both runs, equal and good, and the proof."""
        self.needs(str(command[0]))
        ours = self.run_both(command, **more)
        self.assertEqual(ours.status, status, ours.complaints)
        self.assert_reaches(ours.trace, client, *functions.split())
        return ours


def lazy_reason():
    """Why a call of our library would leave no trace, or None."""
    done = subprocess.run(["readelf", "-d", LIBRARY], text=True, check=True,
                          stdout=subprocess.PIPE)
    if re.search(r"\bNOW\b", done.stdout):
        return "the library is linked with -z now: its calls leave no trace"
    return None
