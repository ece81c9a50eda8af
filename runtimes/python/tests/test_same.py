# SPDX-License-Identifier: MIT
"""A child has the same whether subprocess or libspawn started it."""

import itertools
import os
import subprocess
import sys

import libspawn
import pytest

ROOT = os.geteuid() == 0
#: Each dimension's choices; every pair of choices is tried.
DIMENSIONS = {
    "cwd": [None, "/", b"/usr", "/nonexistent", "/etc/passwd"],
    "env": [None, {}, {"A": "1"}, {b"B": b"\xff"}, {"A=": "1"}],
    "close_fds": [True, False],
    "restore_signals": [True, False],
    "start_new_session": [False, True],
    "umask": [-1, 0, 0o77],
    "stdin": [None, subprocess.DEVNULL, subprocess.PIPE],
    "bufsize": [-1, 0],
    "user": [None, 0, 65534] if ROOT else [None],
    "group": [None, 0, 65534] if ROOT else [None],
    "extra_groups": [None, [], [1, 65534]] if ROOT else [None],
}
if sys.version_info >= (3, 11):
    DIMENSIONS["process_group"] = [None, 0]


def pairs():
    """Two dimensions away from their first choices, all others at them."""
    seen = set()
    for one, other in itertools.combinations(DIMENSIONS, 2):
        for pair in itertools.product(DIMENSIONS[one], DIMENSIONS[other]):
            request = {name: value
                       for name, value in zip((one, other), pair)
                       if value is not DIMENSIONS[name][0]}
            if (key := repr(sorted(request.items()))) not in seen:
                seen.add(key)
                yield request


def is_listed(request):
    """The differences that README.md has."""
    return request.get("start_new_session") and \
        request.get("process_group") is not None


@pytest.mark.parametrize("request_", pairs(), ids=str)
def test_all_that_a_child_has_is_the_same(tell, request_):
    if is_listed(request_):
        pytest.skip("README.md: a session's leader can't change its group")
    before = libspawn.started()
    ours = tell(libspawn.Popen, **request_)
    assert ours == tell(subprocess.Popen, **request_)
    assert libspawn.started() - before == isinstance(ours, dict)


@pytest.mark.parametrize("args, executable, shell", [
    (["/bin/echo", "x"], None, False),
    (b"/bin/true", None, False),
    ("exit 3", None, True),
    (["exit $1", "sh", "4"], None, True),
    (["a", "-c", "exit 5"], "/bin/sh", False),
    ("exit 6", "/bin/sh", True),
    (["no-such-program"], None, False),
    (["/etc/passwd"], None, False),
    (["/etc"], None, False),
    (["/etc/passwd/x"], None, False),
    (["x\0y"], None, False),
    (["/bin/true", "x\0y"], None, False),
    (["n" * 300], None, False),
    (["/" + "n" * 300], None, False),
    (["/bin/true", "a" * 200_000], None, False),
    ([], None, False),
])
def test_programs_and_their_failures_are_the_same(args, executable, shell):
    def attempt(popen):
        try:
            return popen(args, executable=executable, shell=shell,
                         stdout=subprocess.DEVNULL).wait()
        except (OSError, ValueError, IndexError) as error:
            return ([kind for kind in type(error).__mro__
                     if kind.__module__ == "builtins"][0],
                    error.args, getattr(error, "filename", None))
    assert attempt(libspawn.Popen) == attempt(subprocess.Popen)


def test_pass_fds_are_the_only_ones_beside_the_streams(tell):
    reader, writer = os.pipe()
    try:
        ours = tell(libspawn.Popen, pass_fds=[writer])
        assert ours == tell(subprocess.Popen, pass_fds=[writer])
        assert set(ours["fds"]) == {"0", "1", "2", str(writer)}
    finally:
        os.close(reader)
        os.close(writer)
