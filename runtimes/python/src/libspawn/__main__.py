# SPDX-License-Identifier: MIT
"""python -m libspawn SCRIPT [ARGUMENTS]: run a script after install().

With -m MODULE in the place of SCRIPT, a module, as python itself has it.
"""

from __future__ import annotations

import os
import runpy
import sys

from . import install

_USAGE = "usage: python -m libspawn [-m MODULE | SCRIPT] [ARGUMENTS]"


def main(arguments: list[str]) -> None:
    """Runs what is named, in this process."""
    is_module = arguments[:1] == ["-m"]
    arguments = arguments[is_module:]
    if not arguments or arguments[0].startswith("-"):
        sys.exit(_USAGE)
    install()
    sys.argv = arguments
    if is_module:
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
        return
    # The folder of the script, in the place of the current one; with -P and -I
    # there is neither.
    if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
        sys.path[0] = os.path.dirname(os.path.realpath(arguments[0]))
    runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
