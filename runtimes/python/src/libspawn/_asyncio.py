# SPDX-License-Identifier: MIT
"""Subprocesses of asyncio: the loop itself watches the process's descriptor.

Where there is none (macOS, the BSDs, Linux before 5.3, or no number left), a
thread waits for the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from asyncio import base_subprocess, subprocess
from typing import Any
from weakref import WeakKeyDictionary

from ._popen import Popen, pidfd_of

__all__ = ["create_subprocess_exec", "create_subprocess_shell"]

_LIMIT = 2**16
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, _Turn]
_turns = WeakKeyDictionary()


class _Turn:
    """Whose turn it is to start: however many want to, between two starts the
    loop does its other work. Gone when nobody wants to: a lock that somebody
    has waited for refers to its loop."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0


class _Transport(base_subprocess.BaseSubprocessTransport):
    """Needs no thread, no watcher of children and no handler of SIGCHLD."""

    _pidfd = -1

    def _start(
        self,
        args: Any,
        shell: bool,
        stdin: Any,
        stdout: Any,
        stderr: Any,
        bufsize: int,
        **kwargs: Any,
    ) -> None:
        # A socket rather than a pipe: the loop hears when its reader has gone.
        writer = None
        if stdin == subprocess.PIPE:
            stdin, writer = socket.socketpair()
        try:
            process = Popen(
                args,
                shell=shell,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                universal_newlines=False,
                bufsize=bufsize,
                **kwargs,
            )
            if writer is not None:
                stdin.close()
                process.stdin = open(writer.detach(), "wb", buffering=bufsize)
                writer = None
        finally:
            if writer is not None:
                stdin.close()
                writer.close()
        self._proc = process
        try:
            self._pidfd = pidfd_of(process)
        except (AttributeError, OSError):
            threading.Thread(
                target=self._await_end, args=(process,), daemon=True
            ).start()
        else:
            self._loop.add_reader(self._pidfd, self._ended, process)

    def _ended(self, process: Popen) -> None:
        self._loop.remove_reader(self._pidfd)
        self._close_pidfd()
        self._process_exited(process.wait())

    def _await_end(self, process: Popen) -> None:
        status = process.wait()
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._process_exited, status)

    def _close_pidfd(self) -> None:
        pidfd, self._pidfd = self._pidfd, -1
        if pidfd != -1:
            os.close(pidfd)

    def __del__(self) -> None:
        super().__del__()  # type: ignore[misc]
        self._close_pidfd()


async def _create(
    args: Any,
    shell: bool,
    stdin: Any,
    stdout: Any,
    stderr: Any,
    limit: int,
    kwargs: dict[str, Any],
) -> subprocess.Process:
    for name in ("universal_newlines", "text", "encoding", "errors"):
        if kwargs.pop(name, None):
            raise ValueError(
                f"{name} is not for asyncio: its streams are of bytes"
            )
    for name, value in (("bufsize", 0), ("shell", shell)):
        if kwargs.pop(name, value) != value:
            raise ValueError(f"{name} must be {value}")
    loop = asyncio.get_running_loop()
    protocol = subprocess.SubprocessStreamProtocol(limit=limit, loop=loop)
    waiter = loop.create_future()
    transport = None
    turn = _turns.setdefault(loop, _Turn())
    turn.users += 1
    try:
        async with turn.lock:
            transport = _Transport(
                loop,
                protocol,
                args,
                shell,
                stdin,
                stdout,
                stderr,
                0,
                waiter=waiter,
                **kwargs,
            )
            await waiter
    except BaseException:
        if transport is not None:
            transport.close()
            await transport._wait()
        raise
    finally:
        turn.users -= 1
        if not turn.users:
            _turns.pop(loop, None)
    return subprocess.Process(transport, protocol, loop)


async def create_subprocess_exec(
    program: Any,
    *args: Any,
    stdin: Any = None,
    stdout: Any = None,
    stderr: Any = None,
    limit: int = _LIMIT,
    **kwargs: Any,
) -> subprocess.Process:
    """asyncio.create_subprocess_exec(), with the arguments of Popen."""
    return await _create(
        (program, *args), False, stdin, stdout, stderr, limit, kwargs
    )


async def create_subprocess_shell(
    cmd: Any,
    stdin: Any = None,
    stdout: Any = None,
    stderr: Any = None,
    limit: int = _LIMIT,
    **kwargs: Any,
) -> subprocess.Process:
    """asyncio.create_subprocess_shell(), with the arguments of Popen."""
    if not isinstance(cmd, (bytes, str)):
        raise ValueError("cmd must be a string")
    return await _create(cmd, True, stdin, stdout, stderr, limit, kwargs)
