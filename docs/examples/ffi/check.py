#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check.py LIBRARY HEADER EXAMPLE: run one example of a foreign language.

What it starts tells its directory, its limit of open files and its descriptors;
a start that fails tells its step.
"""
import pathlib
import re
import shutil
import subprocess
import sys

TELLS = ("import os, resource, sys; "
         "print(os.getcwd(), resource.getrlimit(resource.RLIMIT_NOFILE)[0], "
         "os.fstat(1) == os.fstat(2), *os.listdir('/proc/self/fd'), "
         "flush=True); "
         "sys.stderr.write('an error\\n'); sys.exit(7)")
# 3 is the listing itself.
TOLD = r"backend \w+, exit status 7, wrote:\n/usr 64 True 0 1 2 3\nan error\n"
NOPE = "step 37 (cwd), index -1: cwd '/nope': No such file or directory\n"


def run(command, *more):
    return subprocess.run([*command, *more], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)


def main(library, header, example):
    language = pathlib.Path(example).suffix
    command = [sys.executable, example, library]
    if language == ".lua":
        command = [shutil.which("luajit"), example, library, header]
        if not command[0]:
            print("SKIP: luajit is not here")
            sys.exit(77)
    done = run(command, "/usr", sys.executable, "-c", TELLS)
    if done.returncode or not re.fullmatch(TOLD, done.stdout):
        sys.exit(f"{done}\nnot {TOLD}")
    done = run(command, "/nope", sys.executable, "-c", TELLS)
    if (done.returncode, done.stdout, done.stderr) != (1, "", NOPE):
        sys.exit(f"{done}\nnot {NOPE}")
    done = run(command, "/", "no-such-program")
    if done.returncode != 1 or "no-such-program" not in done.stderr or \
            "(exec)" not in done.stderr:
        sys.exit(f"{done}\nnot a failure of exec")


main(*sys.argv[1:])
