#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Others can use the library: the recipes of docs/vendoring.md, each tried.

usage: consumer.py ROOT

tests/lint/consumer/consumer.c is built and run with this tree as a meson subproject,
in place and fetched by a wrap file; with what `meson install` lays, found by
pkg-config and by CMake, shared and static, also after it has been moved; and by
CMake from the two files and from fetched sources. The text of the recipes is
taken from the document. employer.c does the same with workers.
"""
import os
import pathlib
import re
import shutil
import sys
import tempfile

from trace_tools import must

LEFT_BEHIND = shutil.ignore_patterns(".git", "build", "build-*",
                                      "__pycache__")
DOCUMENT = "docs/vendoring.md"
FENCE = re.compile(r"^```(ini|meson|cmake)\n(.*?)^```$", re.S | re.M)
ADDRESS = "https://example.org/libspawn.git"
LAID = [
    "include/libspawn.h", "lib/libspawn.so", "lib/libspawn.so.0",
    "lib/libspawn.a", "lib/pkgconfig/libspawn.pc",
    "lib/cmake/libspawn/libspawn-config.cmake",
    "lib/cmake/libspawn/libspawn-config-version.cmake",
    "include/libspawn_workers.h", "lib/libspawn-workers.so",
    "lib/libspawn-workers.so.0", "lib/libspawn-workers.a",
    "lib/pkgconfig/libspawn-workers.pc",
    "share/man/man3/libspawn.3", "share/man/man1/spawn.1", "bin/spawn",
]
CMAKE = """cmake_minimum_required(VERSION 3.16)
project(consumer C)
add_executable(consumer consumer.c)
"""
# Before the recipe: versions that the package must not pass for.
OTHER_VERSIONS = """foreach(version 0.0.9 0.99 1.0 99)
  find_package(libspawn ${version} QUIET)
  if(libspawn_FOUND)
    message(FATAL_ERROR "takes ${libspawn_VERSION} for ${version}")
  endif()
endforeach()
"""


def recipes(root):
    """The blocks of the document, by their language, in order."""
    found = {}
    for language, text in FENCE.findall((root / DOCUMENT).read_text()):
        found.setdefault(language, []).append(text)
    return found


def repository(root, folder):
    """A repository of git with this tree in it, or None without git."""
    if not shutil.which("git"):
        print("git is not here: nothing is fetched")
        return None
    made = folder / "repository"
    shutil.copytree(root, made, ignore=LEFT_BEHIND)
    git = ["git", "-C", made, "-c", "user.name=a test",
           "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    must(*git, "init", "-q", "-b", "main")
    must(*git, "add", "--all")
    must(*git, "commit", "-q", "-m", "the tree")
    return made


def with_meson(root, folder, name, add):
    """Build the consumer as a meson project, with what add() puts in it."""
    consumer, build = folder / name, folder / f"build-{name}"
    shutil.copytree(root / "tests/lint/consumer", consumer)
    (consumer / "subprojects").mkdir()
    add(consumer / "subprojects")
    environment = dict(os.environ, PKG_CONFIG_LIBDIR="/nowhere")
    must("meson", "setup", build, consumer, env=environment)
    must("ninja", "-C", build)
    must(build / "consumer")
    print(f"meson, {name}: builds and starts a program")


def install(root, folder):
    """Lay all of it under a prefix, which is then moved."""
    build, prefix = folder / "build-library", folder / "prefix"
    must("meson", "setup", build, root, f"--prefix={prefix}", "--libdir=lib",
         "--default-library=both", "-Dtests=false", "-Dbench=false")
    must("meson", "install", "-C", build)
    missing = [name for name in LAID if not (prefix / name).exists()]
    if missing:
        sys.exit(f"not installed: {' '.join(missing)}")
    return prefix.rename(folder / "moved")


def with_pkg_config(root, folder, prefix):
    environment = dict(os.environ, LD_LIBRARY_PATH=str(prefix / "lib"),
                       PKG_CONFIG_PATH=str(prefix / "lib/pkgconfig"))
    ask = ["pkg-config", "--define-prefix", "libspawn-workers"]
    header = (prefix / "include/libspawn.h").read_text()
    version = ".".join(re.findall(r"#define LIBSPAWN_VERSION_\w+ (\d+)",
                                  header))
    said = must(*ask, "--modversion", env=environment).strip()
    if said != version:
        sys.exit(f"libspawn.pc says {said}, the header {version}")
    for kind in ("", "-static"):
        more = ["--static"] if kind else []
        flags = must(*ask, *more, "--cflags", "--libs", env=environment)
        for name in ("consumer", "employer"):
            made = folder / f"{name}{kind}"
            must("cc", "-o", made, root / f"tests/lint/consumer/{name}.c",
                *([kind] if kind else []), *flags.split())
            must(made, env=environment)
    print("pkg-config, shared and static: builds and starts a program")


def with_cmake(root, folder, name, text, *options):
    """Build the consumer as a project of CMake."""
    consumer, build = folder / f"cmake-{name}", folder / f"build-cmake-{name}"
    consumer.mkdir(exist_ok=True)
    shutil.copy(root / "tests/lint/consumer/consumer.c", consumer)
    (consumer / "CMakeLists.txt").write_text(CMAKE + text)
    must("cmake", "-G", "Ninja", "-S", consumer, "-B", build, *options)
    must("cmake", "--build", build)
    must(build / "consumer")
    print(f"CMake, {name}: builds and starts a program")


def workers_with_cmake(root, folder, prefix, target):
    """The component for workers, with the program that has some."""
    text = f"""find_package(libspawn 0.2 REQUIRED COMPONENTS workers)
target_link_libraries(consumer PRIVATE {target})
"""
    name = f"cmake-{target.rpartition(':')[2]}"
    (folder / name).mkdir()
    shutil.copy(root / "tests/lint/consumer/employer.c",
                folder / name / "consumer.c")
    (folder / name / "CMakeLists.txt").write_text(CMAKE + text)
    build = folder / f"build-{name}"
    must("cmake", "-G", "Ninja", "-S", folder / name, "-B", build,
        f"-Dlibspawn_ROOT={prefix}")
    must("cmake", "--build", build)
    must(build / "consumer")
    print(f"CMake, {target}: builds, and has a worker")


def all_of_cmake(root, folder, prefix, fetched):
    installed, two_files, sources = recipes(root)["cmake"]
    found = f"-Dlibspawn_ROOT={prefix}"
    with_cmake(root, folder, "installed", OTHER_VERSIONS + installed, found)
    with_cmake(root, folder, "installed, static", installed.replace(
        "libspawn::libspawn", "libspawn::static"), found)
    must(sys.executable, "-B", root / "release/amalgamate.py", root,
         folder / "cmake-two files/third_party/libspawn")
    with_cmake(root, folder, "two files", two_files)
    for target in ("libspawn::workers", "libspawn::workers-static"):
        workers_with_cmake(root, folder, prefix, target)
    if fetched:
        with_cmake(root, folder, "fetched",
                   sources.replace(ADDRESS, str(fetched)))


def main(root):
    text = recipes(root)
    if text["meson"][0] not in (root / "tests/lint/consumer/meson.build"
                                ).read_text():
        sys.exit(f"tests/lint/consumer/meson.build: not as {DOCUMENT} has it")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        fetched = repository(root, folder)
        with_meson(root, folder, "a subproject", lambda to: shutil.copytree(
            root, to / "libspawn", ignore=LEFT_BEHIND))
        if fetched:
            with_meson(root, folder, "a wrap file", lambda to: (
                to / "libspawn.wrap").write_text(
                    text["ini"][0].replace(ADDRESS, str(fetched))))
        prefix = install(root, folder)
        with_pkg_config(root, folder, prefix)
        if shutil.which("cmake"):
            all_of_cmake(root, folder, prefix, fetched)
        else:
            print("cmake is not here: not tried")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
