# SPDX-License-Identifier: MIT
"""From the arguments of subprocess and this package to those of a start."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import _spawn
from ._errors import Failure, error_of

#: Of C's int.
_LARGEST = 2**31 - 1
#: Steps of which an error is about the program.
_OF_PROGRAM = ("argv", "environment", "search", "exec", "posix_spawn")


def start(
    program: bytes,
    argv: Sequence[Any],
    asked: _spawn.Asked | None,
    options: dict[str, Any] | None,
    executable: Any,
    cwd: Any = None,
) -> _spawn.Started:
    """Start a program, or raise SpawnError.

    executable, cwd: str, bytes or a path, as they were given; their exceptions
    have them as filename. All else has none.
    """
    told = _spawn.start(program, argv, asked, options)
    if isinstance(told, _spawn.Started):
        return told
    failure = Failure(*told)
    filename = executable if failure.step in _OF_PROGRAM else None
    raise error_of(failure, cwd if failure.step == "cwd" else filename)


def environment_of(env: Mapping[Any, Any]) -> list[bytes]:
    """NAME=VALUE of each variable, as subprocess checks them."""
    variables = []
    for name, value in env.items():
        name = os.fsencode(name)
        if b"=" in name:
            raise ValueError("illegal environment variable name")
        variables.append(name + b"=" + os.fsencode(value))
    return variables


def arguments_of(
    args: Any, executable: Any, shell: bool
) -> tuple[list[Any], Any]:
    """The list of arguments and the program, by the rules of subprocess."""
    if isinstance(args, list):  # the usual one, first
        args = list(args)
    elif isinstance(args, (str, bytes)):
        args = [args]
    elif isinstance(args, os.PathLike):
        if shell:
            raise TypeError("path-like args is not allowed when shell is true")
        args = [args]
    else:
        args = list(args)
    if shell:
        # On Android the default shell is at '/system/bin/sh'.
        unix_shell = (
            "/system/bin/sh"
            if hasattr(sys, "getandroidapilevel")
            else "/bin/sh"
        )
        args = [unix_shell, "-c", *args]
        if executable:
            args[0] = executable
    if executable is None:
        executable = args[0]
    return args, executable


def search_list(env: Mapping[Any, Any] | None) -> bytes:
    """Where a name without a directory is looked for, as by os.execvpe()."""
    return b":".join(map(os.fsencode, os.get_exec_path(env)))


def stream_rows(stdin: int, stdout: int, stderr: int) -> list[tuple[Any, ...]]:
    """The standard streams; one that is -1 is the caller's."""
    if stdin == stdout == stderr == -1:
        return []
    return [
        (number, _spawn.FD_FROM, fd)
        for number, fd in enumerate((stdin, stdout, stderr))
        if fd != -1
    ]


def kept_rows(
    pass_fds: Iterable[int], rows: Iterable[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """Descriptors that keep their number, but for those in rows."""
    taken = {row[0] for row in rows}
    kept = sorted(set(map(int, pass_fds)))
    if kept and not 0 <= kept[0] <= kept[-1] <= _LARGEST:
        raise ValueError("bad value(s) in pass_fds")
    return [(fd, _spawn.FD_FROM, fd) for fd in kept if fd not in taken]


def groups_of(groups: Sequence[int]) -> list[int]:
    """Too large is ValueError here and OverflowError of user and group."""
    if any(group >= 1 << 32 for group in groups):
        raise ValueError("invalid group id")
    return list(groups)
