# SPDX-License-Identifier: MIT
"""What libspawn has and subprocess has not."""

import errno
import os
import pickle
import resource
import select
import signal
import sys

import libspawn
import pytest

ROOT = os.geteuid() == 0


def test_a_limit_is_the_childs_alone(tell):
    mine = resource.getrlimit(resource.RLIMIT_NOFILE)
    told = tell(libspawn.Popen, rlimits={resource.RLIMIT_NOFILE: (64, None)})
    assert told["nofile"] == [64, mine[1]]
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == mine


def test_nice_and_affinity(tell):
    cpu = min(os.sched_getaffinity(0))
    # Without a right to it nobody gets a higher priority.
    nice = min(19, os.getpriority(os.PRIO_PROCESS, 0) + 3)
    told = tell(libspawn.Popen, nice=nice, affinity=[cpu])
    assert told["nice"] == nice
    assert told["cpus"] == [cpu]


def test_no_new_privs(tell):
    told = tell(libspawn.Popen, no_new_privs=True)
    assert told["status"]["NoNewPrivs"].strip() == "1"


def test_descriptors_by_number_from_files_and_paths(tmp_path):
    path = tmp_path / "input"
    path.write_text("from a path")
    with open(path) as file:
        done = libspawn.run(
            ["sh", "-c", "cat <&5; cat <&6"],
            fds={5: file, 6: path},
            capture_output=True,
        )
    assert done.stdout == b"from a pathfrom a path"


def test_a_pidfd_tells_the_end_and_is_closed():
    with libspawn.Popen(["cat"], stdin=libspawn.PIPE, pidfd=True) as process:
        pidfd = process.pidfd
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        assert poll.poll(0) == []
        process.stdin.close()
        assert poll.poll(60_000)
    assert process.pidfd is None
    with pytest.raises(OSError):
        os.fstat(pidfd)


def test_a_terminal_is_the_childs_controlling_one():
    process = libspawn.Popen(
        ["sh", "-c", "tty; stty size </dev/tty"], pty=True
    )
    told = b""
    while True:
        try:
            more = os.read(process.terminal, 100)
        except OSError:
            break
        if not more:
            break
        told += more
    assert process.wait() == 0
    assert told.startswith(b"/dev/pts/")


def test_a_wait_with_a_timeout_does_not_poll(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail("polled"))
    process = libspawn.Popen(["cat"], stdin=libspawn.PIPE)
    with pytest.raises(libspawn.TimeoutExpired):
        process.wait(timeout=0.01)
    process.stdin.close()
    assert process.wait(timeout=60) == 0


def test_a_handler_that_raises_ends_a_wait():
    class Interrupted(Exception):
        pass

    def interrupt(number, frame):
        if any(signal.setitimer(signal.ITIMER_REAL, 0)):
            raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    process = libspawn.Popen(["cat"], stdin=libspawn.PIPE)
    try:
        for timeout in (None, 60):
            with pytest.raises(Interrupted):
                # Until it is handled: the first may come before it sleeps.
                signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
                process.wait(timeout)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        process.stdin.close()
        process.wait()


def test_an_error_has_step_index_and_sentence():
    with pytest.raises(FileNotFoundError) as caught:
        libspawn.Popen(["true"], fds={7: "/nonexistent"})
    error = caught.value
    assert isinstance(error, libspawn.SpawnError)
    assert (error.step, error.index) == ("fd", 0)
    assert "/nonexistent" in str(error)


def test_an_error_is_pickled_with_all_it_says():
    with pytest.raises(FileNotFoundError) as caught:
        libspawn.Popen(["/nonexistent"])
    error = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(error, FileNotFoundError)
    assert isinstance(error, libspawn.SpawnError)
    assert (error.errno, error.filename) == (errno.ENOENT, "/nonexistent")
    assert (error.step, str(error)) == ("exec", str(caught.value))


@pytest.mark.parametrize("name", [b"/x\xff", "/" + "\u20ac" * 80])
def test_a_sentence_can_be_printed_whatever_the_name(name):
    with pytest.raises(OSError) as caught:
        libspawn.Popen([name])
    str(caught.value).encode("utf-8")


def test_what_is_given_lives_as_long_as_its_owner():
    reader, writer = os.pipe()
    process = libspawn.Popen(["true"], fds={5: os.fdopen(writer, "wb")})
    assert process.wait() == 0
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_a_wait_in_a_forked_child_is_over_at_once():
    process = libspawn.Popen(["cat"], stdin=libspawn.PIPE)
    pid = os.fork()
    if pid == 0:
        os._exit(process.wait(timeout=60))
    assert os.waitpid(pid, 0)[1] == 0
    process.stdin.close()
    assert process.wait() == 0


@pytest.mark.parametrize(
    "option, value, kind",
    [
        ("nice", "high", ValueError),
        ("nice", 2**40, OverflowError),
        ("rlimits", {9999: 1}, OSError),
        ("seccomp", b"123", ValueError),
        ("fds", {-1: 0}, OSError),
        ("fds", {5: 1.5}, AttributeError),
        ("affinity", [-1], OSError),
        ("unheard_of", 1, TypeError),
    ],
)
def test_a_wrong_argument_is_refused(option, value, kind):
    before = os.listdir("/proc/self/fd")
    with pytest.raises(kind):
        libspawn.Popen(["true"], **{option: value})
    assert os.listdir("/proc/self/fd") == before


def test_preexec_fn_warns_and_refuses_ours():
    with pytest.warns(RuntimeWarning, match="start_new_session"):
        assert libspawn.call(["true"], preexec_fn=lambda: None) == 0
    with pytest.raises(ValueError, match="nice"):
        libspawn.Popen(["true"], preexec_fn=lambda: None, nice=1)


def resident():
    """Of this process, in bytes."""
    pages = int(open("/proc/self/statm").read().split()[1])
    return pages * resource.getpagesize()


#: Each fails at another place: before a process exists, in it, at its end.
FAILURES = [
    {"args": ["/nonexistent"], "pidfd": True},
    {"args": ["true"], "cwd": "/nonexistent", "stdin": libspawn.PIPE},
    {"args": ["true"], "rlimits": {9999: 1}, "pty": True},
    {"args": ["true"], "fds": {5: 10**6}, "seccomp": b"123"},
    {"args": ["true", "x" * 200_000], "affinity": [0]},
]


def test_ten_thousand_failures_leave_nothing_behind():
    def fail(number):
        with pytest.raises((OSError, ValueError)):
            libspawn.Popen(**FAILURES[number % len(FAILURES)])

    for number in range(500):
        fail(number)
    fds, blocks, memory = (
        os.listdir("/proc/self/fd"),
        sys.getallocatedblocks(),
        resident(),
    )
    for number in range(10_000):
        fail(number)
    assert os.listdir("/proc/self/fd") == fds
    assert sys.getallocatedblocks() - blocks < 5_000
    assert resident() - memory < 8 << 20
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
