# SPDX-License-Identifier: MIT
"""The drivers: which there are, which can't be had here, and why not.

A peer is one file in peers/. A line in its head says what it needs:
"peer: command go, package golang-go". Its suffix says how to build and run it.
"""
import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
NEEDS = re.compile(r"peer: (command|compiler|pkg-config) (\S+), "
                   r"package ([\w.+-]+)")
# What a driver in C is made of; peers add their methods.
CORE = ["ballast.c", "between.c", "bystander.c", "driver.c",
        "methods_bare.c", "methods_libc.c", "rounds.c", "sample.c", "threads.c"]


@dataclasses.dataclass
class Peer:
    """A driver to run, or why there is none."""
    name: str
    command: list = None
    missing: str = ""
    # In C the ballast is linked to the driver; else it must be preloaded.
    in_c: bool = False
    # Built by meson, of this library or next to it: in every case.
    ours: bool = False


def compile_c(source, made, kind, needed):
    flags, libc = [], "glibc"
    compiler = "cc"
    if kind == "compiler":
        compiler, libc = needed, needed.split("-")[0]
    elif kind == "pkg-config":
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", needed],
                               check=True, text=True, stdout=subprocess.PIPE
                               ).stdout.split()
    return [compiler, "-std=gnu11", "-O2", "-pthread", f"-I{HERE}",
            f'-DBENCH_LIBC="{libc}"', *(str(HERE / c) for c in CORE),
            str(source), "-o", str(made), *flags]


# The drivers that meson builds. The first has the floor of all that lack one.
OURS = [("main", "bench-driver"), ("forking", "bench-forking"),
        ("drop-in", "bench-drop-in")]

# By suffix: the command that builds it, if any, and the one that runs it.
BUILD = {
    ".rs": lambda source, made: ["rustc", "-O", "-o", made, source],
    ".go": lambda source, made: ["go", "build", "-o", made, source],
    ".java": lambda source, made: ["javac", "-d", f"{made}.classes", source],
}
RUN = {
    ".py": lambda source, made: [sys.executable, source],
    ".js": lambda source, made: ["node", source],
    ".java": lambda source, made: ["java", "-cp", f"{made}.classes",
                                   "Driver"],
}


def is_there(kind, needed):
    if kind != "pkg-config":
        return shutil.which(needed) is not None
    return shutil.which("pkg-config") is not None and subprocess.run(
        ["pkg-config", "--exists", needed], check=False).returncode == 0


def is_current(source, made):
    """Nothing that it is made of is newer."""
    sources = [source, *HERE.glob("*.[ch]")] if source.suffix == ".c" \
        else [source]
    return made.exists() and all(
        s.stat().st_mtime <= made.stat().st_mtime for s in sources)


def build(source, made, kind, needed):
    """Returns the last lines of a compiler that failed, or nothing."""
    if source.suffix == ".c":
        command = compile_c(source, made, kind, needed)
    elif source.suffix in BUILD:
        command = BUILD[source.suffix](str(source), str(made))
    else:
        return ""
    stamp = made if source.suffix != ".java" else \
        made.with_name(made.name + ".classes")
    if is_current(source, stamp):
        return ""
    done = subprocess.run(command, text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.stdout[-300:].strip() or "?" if done.returncode else ""


def find(source, folder):
    text = source.read_text()[:400]
    kind, needed, package = NEEDS.search(text).groups()
    made = folder / source.stem
    peer = Peer(source.stem, in_c=source.suffix == ".c")
    if not is_there(kind, needed):
        peer.missing = f"no {needed}; install the package {package}"
        return peer
    why = build(source, made, kind, needed)
    if why:
        peer.missing = f"does not compile: {why}"
        return peer
    run = RUN.get(source.suffix, lambda source, made: [made])
    peer.command = run(str(source), str(made))
    return peer


def find_all(build_folder):
    """The drivers of libspawn first, then all peers by name."""
    folder = build_folder / "peers"
    folder.mkdir(exist_ok=True)
    ours = [Peer(name, [str(build_folder / program)], in_c=True,
                 ours=True)
            for name, program in OURS]
    sources = sorted(p for p in (HERE / "peers").iterdir()
                     if p.suffix in (".c", *BUILD, *RUN))
    return ours + [find(source, folder) for source in sources]
