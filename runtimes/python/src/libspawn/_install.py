# SPDX-License-Identifier: MIT
"""Makes a whole program start its programs through libspawn."""

from __future__ import annotations

import multiprocessing.util
import os
import subprocess
from collections.abc import Sequence
from typing import Any

from . import _popen
from ._start import kept_rows, start

__all__ = ["install", "is_installed", "uninstall"]


def _spawnv_passfds(
    path: Any, args: Sequence[Any], passfds: Sequence[int]
) -> int:
    """In the place of multiprocessing's: for spawn, forkserver, trackers."""
    options = {"fds": kept_rows(passfds, ())}
    return start(os.fsencode(path), args, None, options, path).pid


#: What is replaced, by what.
_REPLACED = (
    (subprocess.Popen, "_get_handles", _popen.get_handles),
    (subprocess.Popen, "_execute_child", _popen.execute_child),
    (subprocess.Popen, "_wait", _popen.wait),
    (multiprocessing.util, "spawnv_passfds", _spawnv_passfds),
)
_stock: dict[tuple[Any, str], Any] = {}


def is_installed() -> bool:
    """Whether install() is in force."""
    return bool(_stock)


def install() -> None:
    """Make subprocess start its programs through libspawn.

    What rests on it does so too: asyncio, os.popen(), shutil, venv, and
    multiprocessing's "spawn" and "forkserver". Not replaced: os.fork() and
    what is made of it (multiprocessing's "fork", pty.fork()), os.posix_spawn(),
    os.system(), and a Popen with a preexec_fn, which keeps CPython's own way.
    """
    if _stock:
        return
    for owner, name, ours in _REPLACED:
        _stock[owner, name] = owner.__dict__[name]
        setattr(owner, name, ours)


def uninstall() -> None:
    """Undo install()."""
    for (owner, name), stock in _stock.items():
        setattr(owner, name, stock)
    _stock.clear()
