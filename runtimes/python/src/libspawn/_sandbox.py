# SPDX-License-Identifier: MIT
"""Rows of mounts and of ids, as Python's users write them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, NamedTuple

from . import _spawn

__all__ = ["Mount"]


class Mount(NamedTuple):
    """A row of ``mounts``; a plain tuple will do as well.

    kind: "bind", "tmpfs", "proc", "dev", "mqueue", "overlay", "filesystem",
        "remount", "directory", "symlink", "propagation" or "root".
    target: the absolute path where.  source: what, of bind and symlink.
    type: of filesystem.  data: options as mount(8) has them.
    flags: of "read_only", "no_suid", "no_dev", "no_exec", "writable",
        "recursive", "create", "create_file", "private", "slave", "shared".
    mode: permissions of what is made.
    """

    kind: str
    target: Any
    source: Any = ""
    type: str = ""
    data: str = ""
    flags: Iterable[str] = ()
    mode: int = 0


def _number(prefix: str, name: str) -> int:
    value = getattr(_spawn, prefix + name.upper(), None)
    if not isinstance(value, int):
        word = prefix.replace("_", " ").strip().lower()
        raise ValueError(f"no {word} {name!r}")
    return value


def mount_rows(mounts: Iterable[Any]) -> list[tuple[Any, ...]]:
    """As the extension takes them."""
    return [
        (
            _number("MOUNT_KIND_", row.kind),
            *map(os.fsencode, row[1:5]),
            sum(_number("MOUNT_FLAG_", flag) for flag in set(row.flags)),
            row.mode,
        )
        for row in (Mount(*given) for given in mounts)
    ]


def id_rows(maps: Iterable[Any]) -> list[tuple[int, ...]]:
    """("uid" or "gid", inside, outside, count) of each."""
    return [(_number("ID_", kind), *numbers) for kind, *numbers in maps]
