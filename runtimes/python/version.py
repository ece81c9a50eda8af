#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The version of the library: of its header, in the tree or in an sdist."""
import pathlib
import re

HERE = pathlib.Path(__file__).parent
HEADERS = (
    HERE / "release" / "libspawn.h",
    HERE.parent.parent / "include" / "libspawn.h",
)
NUMBER = re.compile(r"#define LIBSPAWN_VERSION_\w+ (\d+)")

header = next(path for path in HEADERS if path.is_file())
print(".".join(NUMBER.findall(header.read_text(encoding="utf-8"))))
