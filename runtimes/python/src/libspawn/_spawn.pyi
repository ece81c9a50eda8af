# SPDX-License-Identifier: MIT
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

VERSION: str
FD_FROM: int
FD_SAME: int
FD_OPEN: int
FD_PTY: int

class Started(NamedTuple):
    pid: int
    pidfd: int
    backend: str
    retries: int
    fallbacks: int
    ends: tuple[int, ...]

Asked = tuple[
    bool,  # close_fds
    bool,  # restore_signals
    bool,  # start_new_session
    int,  # process_group
    int,  # umask
    int | None,  # uid
    int | None,  # gid
    Sequence[int] | None,  # groups
    bytes | None,  # cwd
    Sequence[bytes] | None,  # env
    bytes | None,  # search_list
    Sequence[tuple[Any, ...]] | None,  # fds
]

def start(
    program: bytes,
    argv: Sequence[Any],
    asked: Asked | None,
    options: Mapping[str, Any] | None,
    /,
) -> Started | tuple[int, str, int, int, str]: ...
def encode(path: str | bytes | os.PathLike[str], /) -> bytes: ...
def count() -> int: ...
