# SPDX-License-Identifier: MIT
"""The keyword arguments that libspawn has and subprocess has not."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from . import _spawn
from ._sandbox import id_rows, mount_rows
from ._start import environment_of


def _limits(rlimits: Mapping[int, Any]) -> list[tuple[int, Any, Any]]:
    """(resource, soft, hard) of each; one number stands for both."""
    rows = []
    for resource, limit in rlimits.items():
        soft, hard = limit if isinstance(limit, tuple) else (limit, limit)
        rows.append((resource, soft, hard))
    return rows


def _set_of(numbers: int | Iterable[int]) -> int:
    """A set of capabilities, given as one or as their numbers."""
    if isinstance(numbers, int):
        return numbers
    return sum(1 << number for number in set(numbers))


def _microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)


def _milliseconds(seconds: float) -> int:
    """At least one: none would be no deadline at all."""
    return max(round(seconds * 1_000), 1) if seconds >= 0 else -1


def _names(names: Iterable[Any]) -> list[bytes]:
    return [os.fsencode(name) for name in names]


#: For each keyword what it is for libspawn, and how its value is made.
_OPTIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "affinity": ("cpus", sorted),
    "ambient_caps": ("ambient_caps", _set_of),
    "bounding_caps": ("bounding_caps", _set_of),
    "busy_retry": ("busy_retry", _microseconds),
    "cwd_fd": ("cwd_fd", int),
    "deny_setgroups": ("deny_setgroups", bool),
    "domainname": ("domainname", os.fsencode),
    "env_set": ("env_set", environment_of),
    "env_unset": ("env_unset", _names),
    "hostname": ("hostname", os.fsencode),
    "id_helpers": ("id_helpers", bool),
    "id_maps": ("id_maps", id_rows),
    "inheritable_caps": ("inheritable_caps", _set_of),
    "init": ("init", bool),
    "io_priority": ("io_priority", int),
    "landlock": ("landlock_fd", int),
    "loopback": ("loopback", bool),
    "mounts": ("mounts", mount_rows),
    "namespaces": ("namespaces", tuple),
    "new_namespaces": ("new_namespaces", int),
    "nice": ("nice", int),
    "no_new_privs": ("no_new_privs", bool),
    "oom_score_adj": ("oom_score_adj", int),
    "own_ids": ("own_ids", bool),
    "parent_death_signal": ("parent_death_signal", int),
    "pidfd": ("pidfd", bool),
    "rlimits": ("rlimits", _limits),
    "root": ("root", os.fsencode),
    "seccomp": ("seccomp", bytes),
    "securebits": ("securebits", int),
    "start_timeout": ("start_timeout_ms", _milliseconds),
    "timer_slack": ("timer_slack", int),
    "unshare": ("unshare", int),
}
#: All that are taken: these, and those that are more than one option.
_NAMES = frozenset((*_OPTIONS, "cgroup", "fds", "pty", "scheduler"))


def _row(child_fd: int, source: Any) -> tuple[Any, ...]:
    """A row of the table: a file, a descriptor or a path."""
    if isinstance(source, (str, bytes, os.PathLike)):
        path = os.fsencode(source)
        return (child_fd, _spawn.FD_OPEN, 0, 0, path, os.O_RDONLY)
    fd = source if isinstance(source, int) else source.fileno()
    return (child_fd, _spawn.FD_FROM, fd)


class Extras:
    """The extra arguments of one Popen."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given

    @classmethod
    def take(cls, kwargs: dict[str, Any]) -> Extras | None:
        """Take them out of kwargs, so that subprocess sees its own only."""
        if _NAMES.isdisjoint(kwargs):
            return None
        names = _NAMES & kwargs.keys()
        given = {name: kwargs.pop(name) for name in names}
        given = {n: value for n, value in given.items() if value is not None}
        return cls(given) if given else None

    @property
    def names(self) -> list[str]:
        return sorted(self._given)

    def forget(self) -> None:
        """Keep nothing alive that was given: the child has it."""
        self._given = {}

    def _options(self) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, value in self._given.items():
            if name in _OPTIONS:
                option, read = _OPTIONS[name]
                made[option] = read(value)
        if "scheduler" in self._given:
            policy, priority = self._given["scheduler"]
            made.update(sched_policy=policy, sched_priority=priority)
        if self._given.get("pty"):
            made.update(new_session=True, controlling_terminal=True)
        return made

    def rows(self, taken: set[int]) -> list[tuple[Any, ...]]:
        """Rows of the table beside those of the streams in taken."""
        fds = self._given.get("fds", {})
        rows = [_row(fd, source) for fd, source in fds.items()]
        if self._given.get("pty"):
            free = [fd for fd in range(3) if fd not in taken | set(fds)]
            if not free:
                raise ValueError("pty needs one of the three streams")
            terminal = len(taken) + len(rows)
            rows.append((free[0], _spawn.FD_PTY))
            rows += [(fd, _spawn.FD_SAME, 0, terminal) for fd in free[1:]]
        return rows

    @contextlib.contextmanager
    def opened(self) -> Iterator[dict[str, Any]]:
        """The options by libspawn's names; a cgroup's path is open so long."""
        options, cgroup = self._options(), self._given.get("cgroup")
        if cgroup is None or isinstance(cgroup, int):
            yield {**options, "cgroup_fd": cgroup}
            return
        fd = os.open(cgroup, os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield {**options, "cgroup_fd": fd}
        finally:
            os.close(fd)
