# SPDX-License-Identifier: MIT
"""subprocess.Popen and its functions, started by libspawn."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

from . import _spawn
from ._extras import Extras
from ._start import (
    arguments_of,
    environment_of,
    groups_of,
    kept_rows,
    search_list,
    start,
    stream_rows,
)

__all__ = [
    "Popen",
    "call",
    "check_call",
    "check_output",
    "execute_child",
    "get_handles",
    "run",
    "wait",
]

#: poll() takes milliseconds in an int; nobody misses a wake-up a day.
_LONGEST_POLL = 24 * 60 * 60.0

#: With the methods that it does not tell of.
_Module: Any = subprocess
_Stock: Any = subprocess.Popen
_stock_init: Callable[..., None] = _Stock.__init__
_stock_execute_child: Callable[..., None] = _Stock._execute_child
_stock_del: Callable[..., None] = _Stock.__del__
_stock_get_handles: Callable[..., tuple[int, ...]] = _Stock._get_handles
_stock_wait: Callable[..., int] = _Stock._wait
#: What CPython calls to start a program, and where it looks for it.
_holder, _name = (
    (_Module, "_fork_exec")
    if hasattr(_Module, "_fork_exec")
    else (_Module._posixsubprocess, "fork_exec")
)
_stock_fork_exec = getattr(_holder, _name)
#: Of a start without a pipe, file or null device.
_NO_HANDLES = (-1,) * 6


def get_handles(
    self: Any, stdin: Any, stdout: Any, stderr: Any
) -> tuple[int, ...]:
    """In the place of subprocess.Popen._get_handles(): it prepares to close
    what it opens, which is dear where it opens nothing."""
    if stdin is None and stdout is None and stderr is None:
        return _NO_HANDLES
    return _stock_get_handles(self, stdin, stdout, stderr)


def execute_child(
    self: Any,
    args: Any,
    executable: Any,
    preexec_fn: Any,
    close_fds: bool,
    pass_fds: Any,
    cwd: Any,
    env: Any,
    startupinfo: Any,
    creationflags: Any,
    shell: bool,
    p2cread: int,
    p2cwrite: int,
    c2pread: int,
    c2pwrite: int,
    errread: int,
    errwrite: int,
    restore_signals: bool,
    gid: int | None,
    gids: list[int] | None,
    uid: int | None,
    umask: int,
    start_new_session: bool,
    process_group: int = -1,
) -> None:
    """In the place of the method of subprocess.Popen that starts the child."""
    extras: Extras | None = getattr(self, "_libspawn_extras", None)
    # Whoever replaced what CPython calls, a test mostly, wants it called.
    if (
        preexec_fn is not None
        or getattr(_holder, _name) is not _stock_fork_exec
    ):
        if extras:
            raise ValueError(
                f"preexec_fn can't be used with {', '.join(extras.names)}"
            )
        if preexec_fn is not None:
            _warn_of_preexec()
        _stock_execute_child(
            self,
            args,
            executable,
            preexec_fn,
            close_fds,
            pass_fds,
            cwd,
            env,
            startupinfo,
            creationflags,
            shell,
            p2cread,
            p2cwrite,
            c2pread,
            c2pwrite,
            errread,
            errwrite,
            restore_signals,
            gid,
            gids,
            uid,
            umask,
            start_new_session,
            *([process_group] if sys.version_info >= (3, 11) else []),
        )
        return
    args, executable = arguments_of(args, executable, shell)
    sys.audit("subprocess.Popen", executable, args, cwd, env)
    program = _spawn.encode(executable)
    if args and executable is args[0]:
        # Converted once; a hook of audit has seen it as it was given.
        args = [program, *args[1:]]
    rows = stream_rows(p2cread, c2pwrite, errwrite)
    has_streams = bool(rows)
    if extras:
        rows += extras.rows({row[0] for row in rows})
    if pass_fds:
        rows += kept_rows(pass_fds, rows)
    asked = (
        close_fds,
        restore_signals,
        start_new_session,
        process_group,
        umask,
        uid,
        gid,
        None if gids is None else groups_of(gids),
        None if cwd is None else os.fsencode(cwd),
        None if env is None else environment_of(env),
        None if b"/" in program else search_list(env),
        rows or None,
    )
    if extras:
        with extras.opened() as options:
            started = start(program, args, asked, options, executable, cwd)
        extras.forget()
        _keep_ends(self, rows, started)
    else:
        started = start(program, args, asked, None, executable, cwd)
    self.pid = started.pid
    self._child_created = True
    self._libspawn_started = started
    if has_streams:
        ends = ((p2cread, p2cwrite), (c2pwrite, c2pread), (errwrite, errread))
        _close_childs_ends(self, ends)


def _keep_ends(
    process: Any, rows: list[tuple[Any, ...]], started: _spawn.Started
) -> None:
    """Of what was made for the caller: it goes with the process."""
    if started.pidfd >= 0:
        process.pidfd = started.pidfd
    for row, end in zip(rows, started.ends):
        if row[1] == _spawn.FD_PTY:
            process.terminal = end


def _close_childs_ends(
    process: Any, ends: tuple[tuple[int, int], ...]
) -> None:
    """The child has what is not the caller's own: ends of pipes, of each that
    of the child first, and the null device, whichever streams it is."""
    null = getattr(process, "_devnull", -1)
    for childs, own in ends:
        if childs != -1 and own != -1 and childs != null:
            os.close(childs)
    if null != -1:
        os.close(null)
    process._closed_child_pipe_fds = True


def _warn_of_preexec() -> None:
    warnings.warn(
        "preexec_fn runs Python between fork() and exec(), where a lock that "
        "another thread holds is never released. Look for an option in its "
        "place: start_new_session, umask, user, rlimits, nice ...",
        RuntimeWarning,
        stacklevel=5,
    )


def pidfd_of(process: Any) -> int:
    """A descriptor for a process that has not been waited for: a new one."""
    pidfd = getattr(process, "pidfd", None)
    if pidfd is not None:
        return os.dup(pidfd)
    return os.pidfd_open(process.pid)


def _sleep_until_end(pidfd: int, process: Any, timeout: float) -> None:
    """Returns when the process has ended; a signal's handler may raise."""
    end = time.monotonic() + timeout
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    while True:
        remaining = end - time.monotonic()
        if remaining < 0:
            raise subprocess.TimeoutExpired(process.args, timeout)
        # Rounded up: to look again too early would be a loop without sleep.
        if poll.poll(min(remaining, _LONGEST_POLL) * 1000 + 1):
            return


def wait(self: Any, timeout: float | None) -> int:
    """In the place of subprocess.Popen._wait(): no polling with a timeout."""
    if timeout is None or self.returncode is not None or timeout <= 0:
        return _stock_wait(self, timeout)
    # It has ended, or is no child of this process, whatever its pid is now.
    status: int | None = self._internal_poll()
    if status is not None:
        return status
    try:
        pidfd = pidfd_of(self)
    except (AttributeError, OSError):
        return _stock_wait(self, timeout)
    try:
        _sleep_until_end(pidfd, self, timeout)
    finally:
        os.close(pidfd)
    return _stock_wait(self, None)


class Popen(subprocess.Popen[Any]):
    """subprocess.Popen, started by libspawn.

    All arguments, attributes and exceptions are those of subprocess. These
    keyword arguments are new, each None or left out for "as the caller":

    rlimits: {resource.RLIMIT_NOFILE: 64, RLIMIT_CPU: (10, 20)}: the limits,
        each a number for both or (soft, hard), None for one that stays.
    cgroup: a cgroup v2 directory to start in, as path or descriptor.
    nice: -20 to 19, absolute.  affinity: numbers of processors.
    scheduler: (policy, priority) of os.SCHED_....
    io_priority, oom_score_adj, timer_slack: see libspawn(3).
    fds: {5: file, 6: "/dev/null"}: the child's descriptors, each a file, a
        descriptor or a path, which the child opens for reading.
    pty: True for a new terminal as 0, 1, 2 (those not given otherwise) and
        controlling terminal; its other end is the attribute ``terminal``.
    pidfd: True for a descriptor of the process, the attribute ``pidfd``.
    root: a new root directory.  cwd_fd: a directory by descriptor.
    no_new_privs, ambient_caps, bounding_caps, securebits, seccomp (bytes),
        landlock (a ruleset's descriptor), unshare (flags), namespaces
        (descriptors), parent_death_signal.
    busy_retry: seconds to retry a program that is busy (ETXTBSY).
    start_timeout: seconds until the program must run, else TimeoutError: a
        file system of the network may hold it up for ever.
    env_set: {"NAME": "value"}, env_unset: ["NAME"]: changes to env, or to
        the caller's.
    new_namespaces: os.CLONE_NEW... in which the program begins, with
        own_ids=True, or id_maps: ("uid" or "gid", inside, outside, count) of
        each, with deny_setgroups, id_helpers; init=True for a first process;
        mounts: Mount of each; hostname, domainname, loopback=True,
        inheritable_caps. docs/sandbox.md has what they are good for.
    """

    #: The process by descriptor, if asked for; closed with the object.
    pidfd: int | None = None
    #: The caller's end of a new terminal, if asked for.
    terminal: int | None = None
    _libspawn_extras: Extras | None = None
    _libspawn_started: _spawn.Started | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs and (extras := Extras.take(kwargs)):
            self._libspawn_extras = extras
        _stock_init(self, *args, **kwargs)

    _get_handles = get_handles
    _execute_child = execute_child
    _wait = wait

    @property
    def backend(self) -> str | None:
        """The way in which the process was created, such as "clone"."""
        return self._libspawn_started and self._libspawn_started.backend

    def __exit__(self, *exception: Any) -> None:
        try:
            super().__exit__(*exception)
        finally:
            if self._libspawn_extras:
                self._close_descriptors()

    def __del__(self) -> None:
        _stock_del(self)
        if self._libspawn_extras:
            self._close_descriptors()

    def _close_descriptors(self) -> None:
        for name in ("pidfd", "terminal"):
            fd = self.__dict__.pop(name, None)
            if fd is not None:
                with contextlib.suppress(OSError):
                    os.close(fd)


def call(*popenargs: Any, timeout: float | None = None, **kwargs: Any) -> int:
    """Run a program, wait for its end, return its status: subprocess.call()."""
    with Popen(*popenargs, **kwargs) as process:
        try:
            return process.wait(timeout=timeout)
        except BaseException:
            process.kill()
            raise


def check_call(*popenargs: Any, **kwargs: Any) -> int:
    """call() that raises CalledProcessError unless the status is 0."""
    status = call(*popenargs, **kwargs)
    if status:
        command = kwargs.get("args") or popenargs[0]
        raise subprocess.CalledProcessError(status, command)
    return 0


def _with_pipes(
    kwargs: dict[str, Any], takes_input: bool, captures: bool
) -> None:
    """The streams that run() makes pipes of."""
    if takes_input:
        if kwargs.get("stdin") is not None:
            raise ValueError("stdin and input arguments may not both be used.")
        kwargs["stdin"] = subprocess.PIPE
    if captures:
        if (
            kwargs.get("stdout") is not None
            or kwargs.get("stderr") is not None
        ):
            raise ValueError(
                "stdout and stderr arguments may not be used "
                "with capture_output."
            )
        kwargs["stdout"] = kwargs["stderr"] = subprocess.PIPE


def run(
    *popenargs: Any,
    input: Any = None,
    capture_output: bool = False,
    timeout: float | None = None,
    check: bool = False,
    **kwargs: Any,
) -> subprocess.CompletedProcess[Any]:
    """Run a program to its end: subprocess.run()."""
    _with_pipes(kwargs, input is not None, capture_output)
    with Popen(*popenargs, **kwargs) as process:
        try:
            stdout, stderr = process.communicate(input, timeout=timeout)
        except subprocess.TimeoutExpired:
            # What was read so far is in the exception; a grandchild may hold
            # the pipes open, so it is the process alone that is awaited.
            process.kill()
            process.wait()
            raise
        except BaseException:
            process.kill()
            raise
    done: subprocess.CompletedProcess[Any] = subprocess.CompletedProcess(
        process.args, process.returncode, stdout, stderr
    )
    if check:
        done.check_returncode()
    return done


def check_output(
    *popenargs: Any, timeout: float | None = None, **kwargs: Any
) -> Any:
    """Run a program and return its output: subprocess.check_output()."""
    for name in ("stdout", "check"):
        if name in kwargs:
            raise ValueError(
                f"{name} argument not allowed, it will be overridden."
            )
    if "input" in kwargs and kwargs["input"] is None:
        is_text = any(
            map(
                kwargs.get,
                ("universal_newlines", "text", "encoding", "errors"),
            )
        )
        kwargs["input"] = "" if is_text else b""
    return run(
        *popenargs,
        stdout=subprocess.PIPE,
        timeout=timeout,
        check=True,
        **kwargs,
    ).stdout
