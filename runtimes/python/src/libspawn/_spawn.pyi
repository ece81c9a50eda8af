# SPDX-License-Identifier: MIT
from collections.abc import Sequence
from typing import Any

VERSION: str
FD_FROM: int
FD_SAME: int
FD_OPEN: int
FD_NULL: int
FD_PIPE_READ: int
FD_PIPE_WRITE: int
FD_PTY: int
FD_CLOSE: int
SEARCH_LIST: int

def start(
    program: bytes, argv: Sequence[bytes], /, **options: Any
) -> (
    tuple[int, int, str, int, int, tuple[int, ...]]
    | tuple[int, str, int, int, str]
): ...
def count() -> int: ...
