#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The structs of the header lie in memory as the documents say.

usage: layout.py ROOT [--write]

tests/lint/abi.c, and abi_workers.c for the workers, state where each field is,
for pointers of 64 and of 32 bits. They must name every field of every public
struct, in order, and compile for processors of both sizes and both byte orders.
The tables of docs/vendoring.md are what they say (--write makes them so), and so
are the structs of the example for Python.
"""
import ctypes
import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys

import source_tree

DOCUMENT = "docs/vendoring.md"
HEADERS = ["libspawn.h", "libspawn_workers.h"]
ABI = ["abi.c", "abi_workers.c"]
BEGIN, END = "<!-- layout: tests/lint/abi.c -->\n", "<!-- end of layout -->\n"
STRUCT = re.compile(r"^struct libspawn_(\w+) \{(.*?)^\};", re.S | re.M)
MEMBER = re.compile(r"\s*(.*?)(\w+)(\[\d+\])?\s*$", re.S)
FUNCTION = re.compile(r"\s*(.*?)\(\*(\w+)\)(\(.*\))\s*$", re.S)
PLACE = re.compile(r"^AT\((\w+), (\w+), (\d+), (\d+)\);", re.M)
SIZE = re.compile(r"^SIZE\((\w+), (\d+), (\d+)\);", re.M)
# A struct that tells its own size may grow at the end.
LEAST = re.compile(r"sizeof\(struct libspawn_(\w+)\)\s*>=\s*"
                   r"(?:OF_WIDTH\((\d+), (\d+)\)|(\d+))")

# Of 64 and 32 bits, little and big endian; clang knows them all by itself.
TARGETS = ["x86_64-linux-gnu", "x86_64-linux-gnux32", "i386-linux-gnu",
           "aarch64-linux-gnu", "aarch64_be-linux-gnu", "armv7-linux-gnueabihf",
           "armebv7-linux-gnueabi", "riscv64-linux-gnu", "riscv32-linux-gnu",
           "powerpc-linux-gnu", "powerpc64-linux-gnu", "powerpc64le-linux-gnu",
           "s390x-linux-gnu", "mips-linux-gnu", "mips64el-linux-gnuabi64",
           "sparc-linux-gnu", "sparcv9-linux-gnu", "x86_64-apple-macos",
           "arm64-apple-macos", "x86_64-freebsd", "i386-freebsd",
           "x86_64-netbsd", "x86_64-openbsd"]


def members(header):
    """For each struct its (field, type), as the header has them."""
    found = {}
    for name, body in STRUCT.findall(source_tree.uncommented(header)):
        found[name] = []
        for text in body.split(";")[:-1]:
            words = FUNCTION.match(text) or MEMBER.match(text)
            before, field, after = words.groups()
            kind = before.strip() + (after or "")
            if FUNCTION.match(text):
                kind = f"{before.strip()} (*){after}"
            found[name].append((field, " ".join(kind.split())))
    return found


def places(abi):
    """For each struct its (field, offset of 64, offset of 32 bits)."""
    found = {}
    for struct, field, *offsets in PLACE.findall(abi):
        found.setdefault(struct, []).append((field, *map(int, offsets)))
    return found


def sizes(abi):
    """For each struct its size with 64 and with 32 bits."""
    found = {name: (int(large), int(small))
             for name, large, small in SIZE.findall(abi)}
    for name, large, small, both in LEAST.findall(abi):
        found.setdefault(name, (int(large or both), int(small or both)))
    return found


def check_complete(declared, placed, sized):
    for struct, fields in declared.items():
        names = [field for field, _ in fields]
        found = [field for field, _, _ in placed.get(struct, [])]
        for name in names:
            if name not in found:
                yield f"tests/lint/abi.c: no AT({struct}, {name}, ...)"
        if sorted(names) == sorted(found) and names != found:
            yield f"tests/lint/abi.c: {struct}: not in the order of the header"
        if struct not in sized:
            yield f"tests/lint/abi.c: no SIZE({struct}, ...)"


def table(declared, placed, sized):
    """What the document has to say, one table for each struct."""
    for struct, fields in declared.items():
        kinds = dict(fields)
        large, small = sized.get(struct, (0, 0))
        yield (f"\n`struct libspawn_{struct}`: {large} bytes; {small} where "
               "pointers have 32 bits\n" if large != small else
               f"\n`struct libspawn_{struct}`: {large} bytes\n")
        yield "| field | type | 64 bits | 32 bits |"
        yield "|---|---|---|---|"
        for field, *offsets in placed.get(struct, []):
            yield (f"| `{field}` | `{kinds.get(field, '?')}` | "
                   f"{offsets[0]} | {offsets[1]} |")


def check_document(root, wanted, write):
    path = root / DOCUMENT
    text = path.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        yield f"{DOCUMENT}: no place for the tables"
        return
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    new = before + BEGIN + wanted + "\n" + END + after
    if write:
        path.write_text(new, encoding="utf-8")
    elif new != text:
        yield (f"{DOCUMENT}: not the tables of tests/lint/abi.c; this writes them: "
               "tests/lint/layout.py . --write")


def check_python(root, placed, sized):
    """The structs of the example, on a processor of this one's size."""
    path = root / "docs/examples/ffi/spawn_ctypes.py"
    spec = importlib.util.spec_from_file_location("spawn_ctypes", path)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    column = 0 if ctypes.sizeof(ctypes.c_void_p) == 8 else 1
    for kind in ("Options", "Fd", "Rlimit", "Process", "Error"):
        struct = getattr(example, kind)
        wanted = {field: offsets[column] for field, *offsets
                  in placed[kind.lower()]}
        for field, *_ in struct._fields_:
            offset = getattr(struct, field).offset
            if field != "rest" and wanted.get(field) != offset:
                yield f"{path.name}: {kind}.{field} is at {offset}"
        size = sized[kind.lower()][column]
        if kind != "Options" and ctypes.sizeof(struct) != size:
            yield f"{path.name}: {kind} has {ctypes.sizeof(struct)} bytes"


def check_targets(root):
    if not shutil.which("clang"):
        print("clang is not here: no other processors tried")
        return
    for target in TARGETS:
        done = subprocess.run(
            ["clang", f"--target={target}", "-std=c11", "-ffreestanding",
             "-Wpadded", "-Werror", "-fsyntax-only", f"-I{root}/include",
             *(root / "tests/lint" / name for name in ABI)], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            yield f"tests/lint/abi.c for {target}:\n{done.stdout[:1000]}"
    print(f"compiled for {len(TARGETS)} systems and processors")


def main(root, write=False):
    header = "".join((root / "include" / name).read_text(encoding="utf-8")
                     for name in HEADERS)
    abi = "".join((root / "tests/lint" / name).read_text(encoding="utf-8")
                  for name in ABI)
    declared, placed, sized = members(header), places(abi), sizes(abi)
    wanted = "\n".join(table(declared, placed, sized)) + "\n"
    problems = [*check_complete(declared, placed, sized),
                *check_document(root, wanted, write),
                *check_python(root, placed, sized), *check_targets(root)]
    source_tree.finish(problems, sum(map(len, declared.values())))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), "--write" in sys.argv)
