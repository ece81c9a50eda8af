#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Puts the two files of the release, and the licence, into an sdist."""
import os
import pathlib
import shutil
import subprocess
import sys

FOLDER = pathlib.Path(os.environ["MESON_DIST_ROOT"])
SOURCE = pathlib.Path(os.environ["MESON_SOURCE_ROOT"])
RELEASE = FOLDER / "release"

if (SOURCE / "release").is_dir():
    shutil.copytree(SOURCE / "release", RELEASE, dirs_exist_ok=True)
else:
    root = SOURCE.parent.parent
    subprocess.run(
        [
            sys.executable,
            "-B",
            root / "release" / "amalgamate.py",
            root,
            RELEASE,
        ],
        check=True,
    )
    for name in ("libspawn_posix.c", "libspawn_posix.h"):
        (RELEASE / name).unlink()
    shutil.copy(root / "LICENSE", FOLDER / "LICENSE")
