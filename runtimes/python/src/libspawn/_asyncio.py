# SPDX-License-Identifier: MIT
"""Subprocesses of asyncio: the loop itself watches the process's descriptor."""

from __future__ import annotations

import asyncio
import socket
from asyncio import base_subprocess, subprocess
from typing import Any
from weakref import WeakKeyDictionary

from ._popen import Popen

__all__ = ["create_subprocess_exec", "create_subprocess_shell"]

_LIMIT = 2**16
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]
_turns = WeakKeyDictionary()


class _Transport(base_subprocess.BaseSubprocessTransport):
    """Needs no thread, no watcher of children and no handler of SIGCHLD."""

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
                pidfd=True,
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
        assert process.pidfd is not None  # it was asked for
        self._loop.add_reader(process.pidfd, self._ended, process)

    def _ended(self, process: Popen) -> None:
        assert process.pidfd is not None
        self._loop.remove_reader(process.pidfd)
        self._process_exited(process.wait())


def _turn_of(loop: asyncio.AbstractEventLoop) -> asyncio.Lock:
    """Whose turn it is to start: however many want to, between two starts the
    loop does its other work."""
    return _turns.setdefault(loop, asyncio.Lock())


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
        if kwargs.get(name):
            raise ValueError(
                f"{name} is not for asyncio: its streams are of bytes"
            )
    loop = asyncio.get_running_loop()
    protocol = subprocess.SubprocessStreamProtocol(limit=limit, loop=loop)
    waiter = loop.create_future()
    transport = None
    try:
        async with _turn_of(loop):
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
