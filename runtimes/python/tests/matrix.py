# SPDX-License-Identifier: MIT
"""Requests that subprocess and libspawn both get, and how the two differ.

usage: matrix.py STATE SEED COUNT OUTPUT

Makes a caller of itself as STATE says, makes COUNT requests at random, the same
for the same SEED, and writes which came out differently, as Python. The children
sleep, and /proc tells all that they have. A program of its own, since it closes
descriptors that its caller needs.
"""

from __future__ import annotations

import os
import pathlib
import random
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import time
import warnings
from typing import Any, Callable

import libspawn

NOBODY = 65534
SLEEP = os.path.realpath(shutil.which("sleep") or "/bin/sleep")
#: Seconds: for what hangs, not for what is slow.
PATIENCE = 120
#: The lines of /proc/PID/status that a start can change.
LINES = (
    "Uid Gid Groups Umask SigPnd ShdPnd SigBlk SigIgn SigCgt CapInh CapPrm "
    "CapEff CapBnd CapAmb NoNewPrivs Seccomp Cpus_allowed PPid Threads"
).split()

# ---- Callers ---------------------------------------------------------------


def be_plain() -> None:
    """As the tests have it."""


def close_input() -> None:
    os.close(0)


def close_streams() -> None:
    """What is opened next gets the numbers of the streams."""
    for fd in range(3):
        os.close(fd)


def have_signals() -> None:
    signal.pthread_sigmask(
        signal.SIG_SETMASK, [signal.SIGUSR1, signal.SIGRTMIN, signal.SIGTERM]
    )
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, lambda number, frame: None)


def have_descriptors() -> None:
    """Some that exec passes on, some that it does not, with gaps."""
    for fd in range(20, 60, 3):
        os.dup2(2, fd, inheritable=fd % 2 == 0)
    os.set_inheritable(0, False)


def be_nobody() -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


STATES: dict[str, Callable[[], None]] = {
    "plain": be_plain,
    "input closed": close_input,
    "streams closed": close_streams,
    "signals": have_signals,
    "descriptors": have_descriptors,
    "nobody": be_nobody,
}

# ---- Requests --------------------------------------------------------------

READABLE = "/etc/hostname"
#: For each argument its values; the first is the most likely one.
VALUES: dict[str, list[Any]] = {
    "program": ["path", "name", "missing", "directory", "not executable"],
    "shell": [False, True],
    "executable": [None, "/bin/sh", "/nonexistent"],
    "cwd": [None, "/", b"/usr", "/nonexistent", READABLE, "/root"],
    "env": [None, {}, {"A": "1", "PATH": "/usr/bin:/bin"}, {b"B": b"\xff"}],
    "close_fds": [True, False],
    "restore_signals": [True, False],
    "start_new_session": [False, True],
    "umask": [-1, 0, 0o77],
    "stdin": [None, subprocess.DEVNULL, subprocess.PIPE, "file"],
    "stdout": [None, subprocess.DEVNULL, subprocess.PIPE, "file"],
    "stderr": [None, subprocess.STDOUT, subprocess.PIPE, "file"],
    "pass_fds": [(), ("file",), ("file", "other"), (99,), (0, 1)],
    "user": [None, 0, NOBODY, "nobody", 4_000_000_000],
    "group": [None, 0, NOBODY, "nogroup"],
    "extra_groups": [None, [], [1, NOBODY], ["daemon"]],
}
if sys.version_info >= (3, 11):
    VALUES["process_group"] = [None, 0, 1]


def requests(seed: int, count: int) -> list[dict[str, Any]]:
    """At random: each argument is the usual one in two of three requests."""
    chance = random.Random(seed)
    return [
        {
            name: chance.choice(values)
            if chance.random() < 1 / 3
            else values[0]
            for name, values in VALUES.items()
        }
        for _ in range(count)
    ]


def command(request: dict[str, Any]) -> Any:
    program = {
        "path": SLEEP,
        "name": os.path.basename(SLEEP),
        "missing": "/nonexistent",
        "directory": "/etc",
        "not executable": READABLE,
    }[request["program"]]
    words = [program, "1000"]
    return f"exec {shlex.join(words)}" if request["shell"] else words


def arguments(request: dict[str, Any], fds: dict[Any, int]) -> dict[str, Any]:
    """For Popen, with the files of this process."""
    made = {
        name: fds.get(value, value) if isinstance(value, str) else value
        for name, value in request.items()
        if name != "program"
    }
    made["pass_fds"] = [fds.get(fd, fd) for fd in request["pass_fds"]]
    return made


# ---- Outcomes --------------------------------------------------------------


def descriptor(process: pathlib.Path, fd: str) -> list[Any]:
    """What it is, where it stands, how it is open, and closed at exec."""
    kind = os.stat(process / "fd" / fd)
    info = (process / "fdinfo" / fd).read_text().split()
    is_new = stat.S_ISFIFO(kind.st_mode)  # each start has pipes of its own
    return [
        oct(kind.st_mode),
        kind.st_rdev,
        0 if is_new else kind.st_ino,
        info[info.index("flags:") + 1],
    ]


def status(process: pathlib.Path) -> dict[str, str]:
    lines = (process / "status").read_text().splitlines()
    return {
        name: value.strip()
        for name, value in (line.split(":", 1) for line in lines)
    }


def tell(pid: int) -> dict[str, Any]:
    """All that a process has which a start can change."""
    process = pathlib.Path("/proc", str(pid))
    # From the end of the name, which may have blanks: state, parent, ...
    numbers = (process / "stat").read_text().rpartition(")")[2].split()
    group, session = map(int, numbers[2:4])
    lines = status(process)
    return {
        "argv": (process / "cmdline").read_bytes().split(b"\0"),
        "env": (process / "environ").read_bytes().split(b"\0"),
        "cwd": os.readlink(process / "cwd"),
        "root": os.readlink(process / "root"),
        "descriptors": {
            fd: descriptor(process, fd)
            for fd in sorted(os.listdir(process / "fd"))
        },
        "group": "own" if group == pid else group,
        "session": "own" if session == pid else session,
        "terminal": numbers[4],
        "nice": numbers[16],
        "limits": (process / "limits").read_text(),
        "oom": (process / "oom_score_adj").read_text(),
        **{name: lines.get(name) for name in LINES},
    }


def is_asleep(pid: int) -> bool:
    """Waits until the program sleeps, or has ended."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        state = status(pathlib.Path("/proc", str(pid)))["State"][0]
        if state in "SZ":
            return state == "S"
        os.sched_yield()
    raise TimeoutError(f"process {pid} is in state {state}")


def failure(error: Exception) -> dict[str, Any]:
    """The exception's class, but for the name that ours adds."""
    classes = [
        kind
        for kind in type(error).__mro__
        if kind.__module__ in ("builtins", "subprocess")
    ]
    told = {"raised": classes[0].__name__}
    for name in ("errno", "strerror", "filename"):
        told[name] = repr(getattr(error, name, None))
    return told


def outcome(
    popen: Any, request: dict[str, Any], fds: dict[Any, int]
) -> dict[str, Any]:
    """What the child has, or how the start failed."""
    try:
        process = popen(command(request), **arguments(request, fds))
    except (
        LookupError,
        OSError,
        OverflowError,
        TypeError,
        ValueError,
        subprocess.SubprocessError,
    ) as error:
        return failure(error)
    told = tell(process.pid) if is_asleep(process.pid) else {}
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    if told:
        process.kill()
    return {**told, "status": process.wait(PATIENCE)}


def own() -> list[Any]:
    """What of the caller itself must stay as it is."""
    mask = os.umask(0)
    os.umask(mask)
    return [
        mask,
        os.getcwd(),
        sorted(os.listdir("/proc/self/fd")),
        sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        os.getresuid(),
        os.getresgid(),
        os.getgroups(),
        dict(os.environ),
    ]


def main(state: str, seed: int, count: int) -> str:
    warnings.simplefilter("ignore")
    STATES[state]()
    fds = {
        "file": os.open(READABLE, os.O_RDONLY),
        "other": os.open("/dev/full", os.O_WRONLY),
    }
    before, differing = own(), []
    for request in requests(seed, count):
        stock = outcome(subprocess.Popen, request, fds)
        ours = outcome(libspawn.Popen, request, fds)
        if stock != ours:
            differing.append((request, stock, ours))
    assert own() == before
    return repr({"started": libspawn.started(), "differing": differing})


if __name__ == "__main__":
    words = sys.argv[1:]
    with open(words.pop(), "w", encoding="utf-8") as result:
        result.write(main(words[0], *map(int, words[1:])))
