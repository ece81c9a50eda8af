# SPDX-License-Identifier: MIT
"""Each argument wrong in turn: refused as subprocess refuses it."""

import os
import subprocess
import sys

import libspawn
import pytest


class Raises:
    """A value that is wrong in whatever way it is asked."""

    def _raise(self, *args):
        raise ZeroDivisionError

    __fspath__ = __index__ = __int__ = __len__ = __iter__ = _raise
    __bool__ = __getitem__ = fileno = items = keys = _raise


class Changing(list):
    """A list that is empty when it is looked at again."""

    def __iter__(self):
        yield from [b"true", b"x"]
        self.clear()


WRONG = {
    "args": [
        None,
        1,
        1.5,
        [],
        (),
        [None],
        [1],
        ["true", None],
        {},
        Raises(),
        ["true", Raises()],
        "",
        [""],
        "\0",
        b"\0",
        ["true", "\0"],
        ["true", "\udfff\ud800"],
        [b"x" * 5000],
        object(),
        Changing(),
    ],
    "executable": [1, 1.5, "\0", [], Raises(), object(), "/", "x" * 5000],
    "bufsize": ["1", None, 1.5, Raises(), 2**70],
    "stdin": [
        "1",
        1.5,
        -7,
        10**6,
        2**40,
        Raises(),
        object(),
        subprocess.STDOUT,
    ],
    "stdout": ["1", 1.5, -7, 10**6, 2**40, Raises(), subprocess.STDOUT],
    "stderr": ["1", 1.5, -7, 10**6, 2**40, Raises()],
    "preexec_fn": [1, "x", object()],
    "close_fds": [Raises()],
    "shell": [Raises()],
    "cwd": [1, 1.5, "\0", "", [], object(), Raises(), "x" * 5000, b"\xff"],
    "env": [
        1,
        "A=1",
        [],
        [("A", "1")],
        {1: "1"},
        {"A": 1},
        {"A": None},
        {"A\0": "1"},
        {"A": "\0"},
        {"A=B": "1"},
        {"": "1"},
        Raises(),
        {"A": Raises()},
        {Raises(): "1"},
        object(),
    ],
    "text": [Raises()],
    "encoding": ["no-such-encoding", 1],
    "startupinfo": [1, object()],
    "creationflags": [1, "x"],
    "restore_signals": [Raises()],
    "start_new_session": [Raises()],
    "pass_fds": [
        1,
        [-1],
        ["1"],
        [1.5],
        [2**40],
        [None],
        Raises(),
        [Raises()],
        [10**6],
        "12",
        {3: 4},
    ],
    "user": [
        "",
        "no such user",
        -1,
        -2,
        1.5,
        b"root",
        [],
        2**32,
        2**64,
        2**100,
        Raises(),
        object(),
        True,
    ],
    "group": [
        "",
        "no such group",
        -1,
        -2,
        1.5,
        b"root",
        [],
        2**32,
        2**64,
        2**100,
        Raises(),
        object(),
    ],
    "extra_groups": [
        1,
        "root",
        [-1],
        [-2],
        [1.5],
        ["no such group"],
        [None],
        [2**32],
        [2**64],
        [2**100],
        Raises(),
        [Raises()],
        object(),
    ],
    "umask": ["1", 1.5, 2**40, -2, 0o10000, None, Raises()],
    "pipesize": ["1", None, 2**40, Raises()],
    "unheard_of": [1],
}
if sys.version_info >= (3, 11):
    WRONG["process_group"] = ["1", 1.5, -1, -2, 2**40, 10**6, Raises()]
if sys.version_info < (3, 10):
    del WRONG["pipesize"]

#: README.md: the empty name of a program, which subprocess searches for.
LISTED = [("args", ""), ("args", [""])]
CASES = [
    (name, n)
    for name, values in WRONG.items()
    for n, value in enumerate(values)
    if (name, value) not in LISTED
]


def attempt(popen, arguments):
    """The class of what it raises, or how the program ended."""
    try:
        with popen(**{"args": ["true"], **arguments}) as process:
            return process.wait(60)
    except Exception as error:
        return [
            kind
            for kind in type(error).__mro__
            if kind.__module__ in ("builtins", "subprocess")
        ][0]


def open_fds():
    return os.listdir("/proc/self/fd")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name, number", CASES)
def test_it_is_refused_as_subprocess_does(name, number):
    # A new value for each: some change when they are used.
    stock = attempt(subprocess.Popen, {name: WRONG[name][number]})
    before = open_fds()
    ours = attempt(libspawn.Popen, {name: WRONG[name][number]})
    assert ours == stock
    assert open_fds() == before


@pytest.mark.parametrize("name, value", LISTED)
def test_what_is_listed_differs(name, value):
    assert attempt(subprocess.Popen, {name: value}) is PermissionError
    assert attempt(libspawn.Popen, {name: value}) is FileNotFoundError


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "arguments",
    [
        {"capture_output": True, "stderr": 1},
        {"input": 5},
        {"input": "text"},
        {"input": b"bytes", "text": True},
        {"input": b"", "stdin": 0},
        {"timeout": "1"},
        {"check": True, "args": ["false"]},
        {"check": True, "args": ["/nonexistent"]},
    ],
    ids=str,
)
def test_run_refuses_as_subprocess_does(arguments):
    def outcome(run):
        try:
            return run(**{"args": ["true"], **arguments}).returncode
        except Exception as error:
            return [
                kind
                for kind in type(error).__mro__
                if kind.__module__ in ("builtins", "subprocess")
            ][0]

    assert outcome(libspawn.run) == outcome(subprocess.run)


def test_no_arguments_are_refused_with_an_executable_too():
    with pytest.raises(OSError):
        libspawn.Popen([], executable="/bin/true")
