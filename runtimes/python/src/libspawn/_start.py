# SPDX-License-Identifier: MIT
"""From the arguments of subprocess and this package to those of a start."""

from __future__ import annotations

import operator
import os
import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

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
#: Of umask and process_group: as the caller's.
_UNCHANGED = -1
_NO_STREAMS = (-1, -1, -1)
#: Steps of which an error is about the program.
_OF_PROGRAM = ("argv", "environment", "search", "exec", "posix_spawn")


def start(
    program: bytes,
    argv: Sequence[Any],
    cwd: Any,
    options: dict[str, Any],
    executable: Any,
) -> _spawn.Started:
    """Start a program, or raise SpawnError.

    executable, cwd: str, bytes or a path; their exceptions have them as
    filename. All else has none.
    """
    if cwd is not None:
        options["cwd"] = os.fsencode(cwd)
    told = _spawn.start(program, argv, options)
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


def _search(options: dict[str, Any], env: Mapping[Any, Any] | None) -> None:
    """A name without a directory is looked for as os.execvpe() does it."""
    directories = map(os.fsencode, os.get_exec_path(env))
    options["search"] = _spawn.SEARCH_LIST
    options["search_list"] = b":".join(directories)


def stream_rows(*fds: int) -> list[tuple[Any, ...]]:
    """The standard streams; one that is -1 is the caller's."""
    if fds == _NO_STREAMS:
        return []
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


def _groups_of(groups: Sequence[int]) -> list[int]:
    """Too large is ValueError here and OverflowError of user and group."""
    if any(group >= 1 << 32 for group in groups):
        raise ValueError("invalid group id")
    return list(groups)


def options_of(
    program: bytes,
    close_fds: bool,
    env: Mapping[Any, Any] | None,
    restore_signals: bool,
    start_new_session: bool,
    process_group: int,
    umask: int,
    uid: int | None,
    gid: int | None,
    groups: Sequence[int] | None,
) -> dict[str, Any]:
    """What of subprocess's was asked for, by libspawn's names.

    Of user and groups those that are not given stay, as subprocess has it.
    """
    options: dict[str, Any] = {
        "cwd_before_ids": True,
        "death_is_start": True,
        "signal_default": _RESTORED if restore_signals else None,
    }
    if not close_fds:
        options["inherit_fds"] = True
    if start_new_session:
        options["new_session"] = True
    if env is not None:
        options["env"] = environment_of(env)
    if b"/" not in program:
        _search(options, env)
    if (
        process_group is not _UNCHANGED
        and (process_group := _int_of(process_group)) >= 0
    ):
        options["process_group"] = process_group
    if umask is not _UNCHANGED and (umask := _int_of(umask)) >= 0:
        options["umask"] = umask & 0o777
    if uid is not None:
        options.update(uid=uid, keep_groups=True)
    if gid is not None:
        options["gid"] = gid
    if groups is not None:
        options["groups"] = _groups_of(groups)
    return options
