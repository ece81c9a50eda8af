# SPDX-License-Identifier: MIT
"""Namespaces, maps of ids, mounts, and a deadline on the start."""

import os
import subprocess
import sys

import libspawn
import pytest

#: Linux's, which Python names since 3.12.
NEWNS, NEWUTS, NEWUSER = 0x20000, 0x4000000, 0x10000000
NEWPID, NEWNET = 0x20000000, 0x40000000

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="namespaces are Linux's"
)


def told_by(*args, **options):
    """What a program in a new user namespace prints."""
    try:
        done = libspawn.run(
            args,
            stdout=libspawn.PIPE,
            check=True,
            text=True,
            **{"own_ids": True, "new_namespaces": NEWUSER, **options},
        )
    except PermissionError as error:
        if error.step != "new namespaces":
            raise
        pytest.skip("no new user namespaces here")
    return done.stdout.split()


def test_the_callers_ids_are_themselves():
    assert told_by("sh", "-c", "id -u; id -g") == [
        str(os.geteuid()),
        str(os.getegid()),
    ]


def test_ids_are_mapped():
    maps = [("uid", 0, os.geteuid(), 1), ("gid", 0, os.getegid(), 1)]
    assert told_by("sh", "-c", "id -u; id -g", own_ids=None, id_maps=maps) == [
        "0",
        "0",
    ]


def test_mounts_are_the_childs_alone(tmp_path):
    (tmp_path / "file").touch()
    mounts = [
        libspawn.Mount("tmpfs", tmp_path, data="size=64k"),
        ("directory", tmp_path / "made"),
        libspawn.Mount("bind", "/mnt", "/usr", flags=["recursive"]),
    ]
    assert told_by(
        "ls", tmp_path, new_namespaces=NEWUSER | NEWNS, mounts=mounts
    ) == ["made"]
    assert os.listdir(tmp_path) == ["file"]


def test_a_first_process_of_its_own():
    told = told_by(
        "sh",
        "-c",
        "echo $$; read name rest </proc/1/comm; exit 0",
        new_namespaces=NEWUSER | NEWPID | NEWNS,
        mounts=[("proc", "/proc")],
        init=True,
    )
    assert told == ["2"]


def test_a_host_of_its_own():
    command = "cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname"
    assert told_by(
        "sh",
        "-c",
        command,
        new_namespaces=NEWUSER | NEWUTS | NEWNET,
        hostname="box",
        domainname="inside",
        loopback=True,
    ) == ["box", "inside"]


def test_a_start_that_hangs_is_given_up(tmp_path):
    os.mkfifo(tmp_path / "nobody-writes")
    before = os.listdir("/proc/self/fd")
    with pytest.raises(TimeoutError) as caught:
        libspawn.Popen(
            ["true"],
            fds={5: tmp_path / "nobody-writes"},
            stdin=libspawn.PIPE,
            start_timeout=0.05,
        )
    assert isinstance(caught.value, libspawn.SpawnError)
    assert os.listdir("/proc/self/fd") == before
    assert libspawn.call(["true"], start_timeout=3600) == 0


def test_variables_are_changed_one_by_one(monkeypatch):
    monkeypatch.setenv("GONE", "1")
    done = libspawn.run(
        ["/usr/bin/env"],
        env_set={"NEW": "2"},
        env_unset=["GONE"],
        stdout=subprocess.PIPE,
        check=True,
    )
    variables = set(done.stdout.decode().split("\n"))
    assert "NEW=2" in variables
    assert not any(line.startswith("GONE=") for line in variables)


@pytest.mark.parametrize(
    "option, value, kind",
    [
        ("mounts", [("tmpfs", "relative")], OSError),
        ("mounts", [("read_only", "/mnt")], ValueError),
        ("mounts", [libspawn.Mount("tmpfs", "/x", flags=["ro"])], ValueError),
        ("mounts", [("tmpfs",)], TypeError),
        ("mounts", [("tmpfs", "/x\0")], ValueError),
        ("id_maps", [("user", 0, 0, 1)], ValueError),
        ("id_maps", [("uid", 0)], TypeError),
        ("id_maps", [("uid", -1, 0, 1)], OverflowError),
        ("id_maps", [("uid", 0, 2**32, 1)], OverflowError),
        ("new_namespaces", -1, OverflowError),
        ("own_ids", True, OSError),
        ("start_timeout", -1, OverflowError),
        ("start_timeout", "1", TypeError),
        ("hostname", "x" * 65, OSError),
        ("env_set", {"A=B": "1"}, ValueError),
        ("env_unset", [1], TypeError),
    ],
)
def test_what_is_wrong_is_refused(option, value, kind):
    before = os.listdir("/proc/self/fd")
    with pytest.raises(kind):
        libspawn.Popen(["true"], **{option: value})
    assert os.listdir("/proc/self/fd") == before
