# SPDX-License-Identifier: MIT
"""A child has the same whether subprocess or libspawn started it."""

import os
import subprocess

import libspawn
import pytest


@pytest.mark.parametrize(
    "args, executable, shell",
    [
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
    ],
)
def test_programs_and_their_failures_are_the_same(
    args, executable, shell, monkeypatch
):
    # All of it may be searched: README.md has what differs else.
    monkeypatch.setenv("PATH", "/usr/bin:/bin")

    def attempt(popen):
        try:
            return popen(
                args,
                executable=executable,
                shell=shell,
                stdout=subprocess.DEVNULL,
            ).wait()
        except (OSError, ValueError, IndexError) as error:
            return (
                [
                    kind
                    for kind in type(error).__mro__
                    if kind.__module__ == "builtins"
                ][0],
                error.args,
                getattr(error, "filename", None),
            )

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
