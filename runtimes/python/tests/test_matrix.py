# SPDX-License-Identifier: MIT
"""Some 1,900 requests: the child has the same, but for what README.md lists."""

import ast
import os
import subprocess
import sys

import matrix
import pytest

COUNT = 160
#: Signals 32 and 33, which are the C library's own.
INTERNAL = 0b11 << 31


def wrong_things(request):
    """How many there are that can fail on their own."""
    return sum(
        [
            request["program"] in ("missing", "directory", "not executable"),
            request["executable"] is not None,
            request["cwd"] not in (None, "/", b"/usr"),
            99 in request["pass_fds"],
            not {0, 1}.isdisjoint(request["pass_fds"]),
            request.get("process_group") is not None,
            request["user"] is not None,
            request["group"] is not None,
            request["extra_groups"] is not None,
        ]
    )


def reason(request, stock, ours):
    """Which of the differences in README.md it is, or None."""
    names = {
        name
        for name in stock.keys() | ours.keys()
        if stock.get(name) != ours.get(name)
    }
    if names == {"SigIgn"} and not request["close_fds"]:
        ignored = int(stock["SigIgn"], 16) ^ int(ours["SigIgn"], 16)
        return "internal signals" if ignored == INTERNAL else None
    if "raised" not in stock or "raised" not in ours:
        return None
    is_leader = (
        request["start_new_session"]
        and request.get("process_group") is not None
    )
    if is_leader and ours["strerror"] == repr("Invalid argument"):
        return "session and group"
    if names == {"filename"}:
        is_cwds = stock["filename"] == repr(request["cwd"])
        return "filename" if is_cwds and ours["filename"] == "None" else None
    return "order" if wrong_things(request) > 1 else None


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("state", matrix.STATES)
def test_a_child_has_the_same(state, seed, tmp_path):
    if state == "nobody" and os.geteuid() != 0:
        pytest.skip("needs root, to become another user")
    output = tmp_path / "output"
    subprocess.run(
        [
            sys.executable,
            "-B",
            matrix.__file__,
            state,
            str(seed),
            str(COUNT),
            output,
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
        timeout=600,
    )
    told = ast.literal_eval(output.read_text(encoding="utf-8"))
    assert told["started"] > COUNT / 5
    unlisted = [each for each in told["differing"] if reason(*each) is None]
    assert unlisted == []
