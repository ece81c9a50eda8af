# SPDX-License-Identifier: MIT
"""From the arguments of subprocess and this package to those of a start."""

from __future__ import annotations

import operator
import os
import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from . import _spawn
from ._errors import Failure, error_of

#: What Python ignores in itself, and restore_signals sets to default.
_RESTORED = sum(
    1 << (getattr(signal, name) - 1)
    for name in ("SIGPIPE", "SIGXFZ", "SIGXFSZ")
    if hasattr(signal, name)
)
#: Of C's int.
_LARGEST = 2**31 - 1
#: Steps of which an error is about the program.
_OF_PROGRAM = ("argv", "environment", "search", "exec", "posix_spawn")


class Started(NamedTuple):
    """What libspawn says of a start that succeeded."""

    pid: int
    pidfd: int
    backend: str
    retries: int
    fallbacks: int
    ends: tuple[int, ...]


def start(
    executable: Any, argv: Sequence[bytes], cwd: Any = None, **options: Any
) -> Started:
    """Start a program, or raise SpawnError.

    executable, cwd: str, bytes or a path; their exceptions have them as
    filename. All else has none.
    """
    told = _spawn.start(
        os.fsencode(executable),
        argv,
        cwd=None if cwd is None else os.fsencode(cwd),
        **options,
    )
    if len(told) == len(Started._fields):
        return Started(*told)
    failure = Failure(*told)
    filename = executable if failure.step in _OF_PROGRAM else None
    raise error_of(failure, cwd if failure.step == "cwd" else filename)


def environment_of(env: Mapping[Any, Any] | None) -> list[bytes] | None:
    """NAME=VALUE of each variable, as subprocess checks them."""
    if env is None:
        return None
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
    if isinstance(args, (str, bytes)):
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


def search_of(program: bytes, env: Mapping[Any, Any] | None) -> dict[str, Any]:
    """Where a name without a directory is looked for: os.get_exec_path()."""
    if os.path.dirname(program):
        return {}
    directories = map(os.fsencode, os.get_exec_path(env))
    return {
        "search": _spawn.SEARCH_LIST,
        "search_list": b":".join(directories),
    }


def stream_rows(*fds: int) -> list[tuple[Any, ...]]:
    """The standard streams; one that is -1 is the caller's."""
    return [
        (number, _spawn.FD_FROM, fd)
        for number, fd in enumerate(fds)
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


def _int_of(value: Any) -> int:
    """What C takes for an int."""
    number = operator.index(value)
    if not ~_LARGEST <= number <= _LARGEST:
        raise OverflowError(f"{number} is out of range")
    return number


def _groups_of(groups: Sequence[int] | None) -> list[int] | None:
    """Too large is ValueError here and OverflowError of user and group."""
    if groups is None:
        return None
    if any(group >= 1 << 32 for group in groups):
        raise ValueError("invalid group id")
    return list(groups)


def options_of(
    *,
    close_fds: bool,
    env: Any,
    restore_signals: bool,
    start_new_session: bool,
    process_group: int,
    umask: int,
    uid: int | None,
    gid: int | None,
    groups: Sequence[int] | None,
) -> dict[str, Any]:
    """What subprocess and libspawn both have, by libspawn's names.

    Of user and groups those that are not given stay, as subprocess has it.
    """
    umask = _int_of(umask)
    process_group = _int_of(process_group)
    return {
        "inherit_fds": not close_fds,
        "cwd_before_ids": True,
        "death_is_start": True,
        "env": environment_of(env),
        "signal_default": _RESTORED if restore_signals else 0,
        "new_session": start_new_session,
        "process_group": None if process_group < 0 else process_group,
        "umask": None if umask < 0 else umask & 0o777,
        "uid": uid,
        "gid": gid,
        "groups": _groups_of(groups),
    }
