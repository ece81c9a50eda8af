#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the version script of the drop-in: each name with the version that
the running C library gives it, so that the dynamic linker takes ours for it.

usage: versions.py HEADER LIBC OUTPUT [--old]

HEADER lists the functions, as libspawn_NAME. LIBC is the C library to be like,
or a name that is no file: then no name has a version. With --old it prints the
version of the posix_spawn() that came before, if there is one, and no more.
"""
import pathlib
import re
import subprocess
import sys

OURS = "LIBSPAWN_POSIX_0.1"
# src/backend/dumpable.c: one word for all copies of the library in a process.
SHARED = "libspawn_dumpable_1"
# Those that a glibc at hand may be too old for. A program is linked with what a
# newer one calls them; it must not have one part of a family here, one there.
NEWER = {
    **dict.fromkeys(
        ["posix_spawn_file_actions_addchdir_np",
         "posix_spawn_file_actions_addfchdir_np"], "GLIBC_2.29"),
    "posix_spawn_file_actions_addclosefrom_np": "GLIBC_2.34",
    "posix_spawn_file_actions_addtcsetpgrp_np": "GLIBC_2.35",
    **dict.fromkeys(
        ["pidfd_getpid", "pidfd_spawn", "pidfd_spawnp",
         "posix_spawnattr_getcgroup_np", "posix_spawnattr_setcgroup_np"],
        "GLIBC_2.39")}
SYMBOL = re.compile(r"\s(\w+)(@@?)([\w.]+)$")


def functions(header):
    text = pathlib.Path(header).read_text()
    return sorted(set(re.findall(r"\blibspawn_(\w+)\(", text)))


def symbols(libc):
    """(name, "@" or "@@", version) of what the C library defines."""
    if not pathlib.Path(libc).is_file():
        return
    listing = subprocess.run(
        ["readelf", "--wide", "--dyn-syms", libc],
        check=True, capture_output=True, text=True).stdout
    for line in listing.splitlines():
        found = SYMBOL.search(line)
        if found and " UND " not in line:
            yield found.groups()


def main(header, libc, output, *options):
    defined = list(symbols(libc))
    if "--old" in options:
        print(next((version for name, at, version in defined
                    if name == "posix_spawn" and at == "@"), ""))
        return
    default = {name: version for name, at, version in defined if at == "@@"}
    if any(version.startswith("GLIBC_") for version in default.values()):
        default = {**NEWER, **default}
    nodes = {OURS: [SHARED]}
    for name in functions(header):
        nodes[OURS].append("libspawn_" + name)
        nodes.setdefault(default.get(name, OURS), []).append(name)
    with open(output, "w", encoding="ascii") as script:
        for version, names in nodes.items():
            script.write(version + " {\nglobal:\n")
            script.writelines(f"\t{name};\n" for name in names)
            if version == OURS:
                script.write("local:\n\t*;\n")
            script.write("};\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
