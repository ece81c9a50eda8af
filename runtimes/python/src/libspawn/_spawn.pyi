# SPDX-License-Identifier: MIT
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

VERSION: str
FD_FROM: int
FD_SAME: int
FD_OPEN: int
FD_PTY: int
SEARCH_LIST: int

class Started(NamedTuple):
    pid: int
    pidfd: int
    backend: str
    retries: int
    fallbacks: int
    ends: tuple[int, ...]

def start(
    program: bytes,
    argv: Sequence[Any],
    options: Mapping[str, Any],
    /,
) -> Started | tuple[int, str, int, int, str]: ...
def count() -> int: ...
