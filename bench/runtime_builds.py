# SPDX-License-Identifier: MIT
"""libuv, GLib and Node as Debian has them and with their launcher replaced by
runtimes/, built for the benchmark. All is kept in its folder of the build, and
what has libspawn in it is made anew when that has changed.
"""
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys

import peers

ROOT = peers.HERE.parent
PROGRAMS = peers.HERE / "runtimes"
sys.path += [str(ROOT / "tests/support"), str(ROOT / "tests/runtimes")]

import debian_packages  # noqa: E402
import libuv as libuv_leg  # noqa: E402

RELEASES = ["bookworm", "trixie"]
NODE_RELEASE = "bookworm"
PATIENCE = 290
MULTIARCH = "usr/lib/x86_64-linux-gnu"
# libuv is built for release by this, GLib by those.
FOR_UV = ["-DCMAKE_BUILD_TYPE=Release"]
FOR_GLIB = ["--buildtype=release", "-Dselinux=disabled", "-Dlibmount=disabled",
            "-Dnls=disabled", "-Dtests=false"]


class Lacking(Exception):
    """It can't be had here."""


@dataclasses.dataclass
class Side:
    """One build of one runtime, with the programs that measure it."""
    name: str          # as rows have it
    command: list      # a driver
    loop: list         # starts children from an event loop
    own: list = None   # a benchmark of the runtime's own

    def peer(self):
        return peers.Peer(self.name, self.command, in_c=True)


@dataclasses.dataclass
class Family:
    """Sides that are measured next to each other, of one release of Debian."""
    release: str
    sides: list


def run(command, **more):
    done = subprocess.run(list(map(str, command)), text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=PATIENCE, **more)
    if done.returncode:
        raise Lacking(f"{command[0]}: {done.stdout[-500:].strip()}")


def newest(*folders):
    return max(path.stat().st_mtime for folder in folders
               for path in folder.rglob("*") if path.is_file())


class Sources:
    """What Debian has of one release, fetched once."""

    def __init__(self, work, release):
        self.work = work / release
        self.release = release
        self.debian = None

    def fetch(self, name, how):
        """how(debian, folder): whether that worked."""
        folder = self.work / name
        if not folder.exists():
            if not self.debian:
                shutil.rmtree(self.work / "apt", ignore_errors=True)
                self.debian = debian_packages.Debian(self.work, self.release)
                self.debian.update("deb deb-src")
            if not how(self.debian, folder):
                shutil.rmtree(folder, ignore_errors=True)
                raise Lacking(f"{name} of {self.release} can't be fetched")
        return folder

    def tree(self, package):
        folder = self.fetch(package, lambda debian, folder:
                            debian.source(package, folder))
        return next(path for path in folder.iterdir() if path.is_dir())

    def packages(self, name, *names):
        return self.fetch(name, lambda debian, folder:
                          debian.unpack(names, folder))


def changed_tree(tree, made, change, *made_of):
    """A copy, with change(copy) done to it; anew if these folders changed."""
    if made.exists() and made_of and \
            made.stat().st_mtime < newest(*made_of):
        shutil.rmtree(made)
    if not made.exists():
        begun = made.with_name(f"{made.name}.begun")
        shutil.rmtree(begun, ignore_errors=True)
        shutil.copytree(tree, begun, symlinks=True)
        change(begun)
        begun.rename(made)
        made.touch()
    return made


def replaced(runtime):
    """What changed_tree() is to do, and when."""
    folder = ROOT / "runtimes" / runtime
    return (lambda tree: run([sys.executable, "-B", folder / "replace.py",
                              "--untried", tree]),
            ROOT / "src", ROOT / "include", folder)


def as_it_is(tree):
    """No change."""


def compile_with(library, name, source, made, *flags):
    """A driver, or, without a name, a program of its own."""
    core = [peers.HERE / file for file in (peers.CORE if name else
                                           ["ballast.c"])]
    sources = [library, *core, *peers.HERE.glob("*.h"),
               *PROGRAMS.glob("*.[ch]")]
    if made.exists() and made.stat().st_mtime > max(
            path.stat().st_mtime for path in sources):
        return [str(made)]
    run(["cc", "-std=gnu11", "-O2", "-pthread", f"-I{peers.HERE}",
         f'-DRUNTIME="{name}"', '-DBENCH_LIBC="glibc"', *flags, *core,
         PROGRAMS / source, "-o", made, library,
         f"-Wl,-rpath,{library.parent}", "-ldl"])
    return [str(made)]


# ---- libuv ----------------------------------------------------------------

#: libuv has a way by posix_spawn(), which before 1.52 is compiled for macOS
#: alone. What stands in for what Linux does not have:
FOR_LINUX = """\
#include <paths.h>
#include <spawn.h>
#include <dlfcn.h>
#define POSIX_SPAWN_CLOEXEC_DEFAULT 0
#define posix_spawn_file_actions_addinherit_np(actions, fd) \\
  posix_spawn_file_actions_adddup2(actions, fd, fd)
"""


#: What is exchanged in process.c: a pattern, and what comes after its group 1.
CHANGES = [
    (r"(#include <poll\.h>\n)", FOR_LINUX),
    (r"()#if defined\(__APPLE__\)(?=\ntypedef struct uv__posix)", "#if 1"),
    (r"()#if defined\(__APPLE__\)(?=\n  uv_once\()", "#if 1"),
    (r"(uv__spawn_init_can_use_setsid\(void\) \{\n).*?(?=^\}\n)",
     "  posix_spawn_can_use_setsid = 1;\n")]


def let_posix_spawn(tree):
    path = tree / "src/unix/process.c"
    text = path.read_text()
    for pattern, new in CHANGES:
        text, count = re.subn(pattern, lambda found, new=new:
                              found.group(1) + new, text, count=1,
                              flags=re.M | re.S)
        if not count:
            raise Lacking("libuv's way by posix_spawn() is not as known")
    path.write_text(text)


def build_uv(tree, name):
    build = tree / "build"
    if not (build / "build.ninja").exists():
        run(["cmake", "-G", "Ninja", "-S", tree, "-B", build, *FOR_UV])
    run(["ninja", "-j2", "-C", build, "uv", "uv_run_benchmarks_a"])
    library, include = build / "libuv.so.1", f"-I{tree / 'include'}"
    return Side(
        name,
        compile_with(library, name, "uv.c", build / "driver", include),
        compile_with(library, "", "uv_loop.c", build / "loop", include),
        own=[str(build / "uv_run_benchmarks_a"), "spawn", "spawn"])


def libuv(sources):
    tree = sources.tree("libuv1")
    version = re.search(r"-(\d+\.\d+)", tree.name).group(1)
    name = f"libuv-{version}"
    sides = [(name, as_it_is)]
    if version != "1.44":
        sides.append((f"{name}-posix_spawn", let_posix_spawn))
    sides.append((f"libspawn-{name}", *replaced("libuv")))
    return [build_uv(changed_tree(tree, sources.work / side, *how), side)
            for side, *how in sides]


# ---- Node -----------------------------------------------------------------

# Debian's Node has some of its modules in the system's folder.
START_NODE = """
mount --bind "$0" /usr/share && export LD_LIBRARY_PATH="$1" LD_PRELOAD="$2" &&
shift 2 && exec "$@"
"""


def node(sources, sides, ballast):
    """Debian's, on each of these builds of libuv."""
    there = sources.packages("node", *libuv_leg.NODE)
    for side in sides:
        library = pathlib.Path(side.command[0]).parent
        start = list(map(str, (
            "unshare", "-m", "sh", "-c", START_NODE, there / "usr/share",
            f"{library}:{there / MULTIARCH}", ballast,
            there / "usr/bin/node")))
        version = subprocess.run([*start, "--version"], text=True, check=False,
                                 stdout=subprocess.PIPE).stdout
        if not version:
            raise Lacking("Debian's Node does not run")
        name = re.sub("libuv-.*", f"Node-{version[1:].split('.')[0]}",
                      side.name)
        yield Side(name, [*start, str(PROGRAMS / "node.js"), name],
                   [*start, str(PROGRAMS / "node_loop.js")])


# ---- GLib -----------------------------------------------------------------

def build_glib(tree, name, meson, environment):
    build = tree / "build"
    if not (build / "build.ninja").exists():
        run([*meson, "setup", build, tree, *FOR_GLIB], env=environment)
    text = (build / "build.ninja").read_text()
    library = build / re.search(r"glib/libglib-2\.0\.so\.0\.\d+\.\d+",
                                text).group()
    run(["ninja", "-j2", "-C", build, library.relative_to(build)])
    link = library.with_name("libglib-2.0.so.0")
    link.unlink(missing_ok=True)
    link.symlink_to(library.name)
    flags = [f"-I{folder}" for folder in (tree, tree / "glib", build,
                                          build / "glib")]
    return Side(
        name,
        compile_with(link, name, "gspawn.c", build / "driver", *flags),
        compile_with(link, "", "gspawn_loop.c", build / "loop", *flags))


def glib(sources):
    tree = sources.tree("glib2.0")
    name = "GLib-" + re.search(r"-(\d+\.\d+)", tree.name).group(1)
    there = sources.packages("meson", "meson")
    environment = dict(os.environ, PYTHONPATH=str(
        there / "usr/lib/python3/dist-packages"))
    meson = [sys.executable, "-B", there / "usr/bin/meson"]
    return [build_glib(changed_tree(tree, sources.work / side, *how), side,
                       meson, environment)
            for side, *how in (
                (name, as_it_is), (f"libspawn-{name}", *replaced("glib")))]


# ---- All ------------------------------------------------------------------

def builds_of(sources, build, files):
    """The sides of libuv or GLib, and of Node on that libuv if it has one."""
    sides = build(sources)
    yield sides
    if build is libuv and sources.release == NODE_RELEASE:
        yield list(node(sources, sides, files / "libbench-ballast.so"))


def families(files, say):
    """All that can be had here."""
    for release in RELEASES:
        sources = Sources(files / "runtimes", release)
        sources.work.mkdir(parents=True, exist_ok=True)
        for build in libuv, glib:
            try:
                for sides in builds_of(sources, build, files):
                    yield Family(release, sides)
            except (Lacking, subprocess.TimeoutExpired) as why:
                say(f"{build.__name__} of {release}: not measured: {why}")
