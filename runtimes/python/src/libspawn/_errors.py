# SPDX-License-Identifier: MIT
"""What a failed start raises."""

from __future__ import annotations

import os
import signal as _signal
from typing import Any, NamedTuple

__all__ = ["Failure", "SpawnError", "error_of"]


class Failure(NamedTuple):
    """What libspawn says of a start that failed."""

    errno: int
    step: str
    place: int
    signal: int
    sentence: str


class SpawnError(OSError):
    """A program that could not be started.

    Whatever is raised is also the subclass of OSError that its errno stands
    for: FileNotFoundError, PermissionError and so on, with the errno,
    strerror and filename that subprocess gives it.
    """

    #: The step that failed, such as ``"cwd"`` or ``"exec"``.
    step: str = ""
    #: The element of that step's list, or -1.
    index: int = -1
    #: The signal that killed the child before it executed, or None.
    signal: _signal.Signals | None = None
    #: One sentence that a person can act on.
    sentence: str = ""

    def __str__(self) -> str:
        return self.sentence or super().__str__()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled by its errno, for which the other side has a class too."""
        return (_made_of, *super().__reduce__()[1:])


#: SpawnError and what OSError makes of an errno, in one; made when needed.
_classes: dict[type[OSError], type[SpawnError]] = {OSError: SpawnError}


def _class_of(base: type[OSError]) -> type[SpawnError]:
    if base not in _classes:
        about = {"__module__": "libspawn", "__doc__": SpawnError.__doc__}
        made = type(SpawnError.__name__, (SpawnError, base), about)
        # Another thread's, if it was first: one class for each errno.
        _classes.setdefault(base, made)
    return _classes[base]


def _made_of(*words: Any) -> SpawnError:
    return _class_of(type(OSError(*words)))(*words)


def error_of(failure: Failure, filename: object = None) -> SpawnError:
    """The exception for a failure, ready to be raised."""
    words = [failure.errno, os.strerror(failure.errno)]
    if filename is not None:
        words.append(filename)
    error = _made_of(*words)
    error.step = failure.step
    error.index = failure.place
    error.signal = _signal.Signals(failure.signal) if failure.signal else None
    error.sentence = failure.sentence
    return error
