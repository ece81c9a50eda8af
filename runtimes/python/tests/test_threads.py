# SPDX-License-Identifier: MIT
"""Starts among threads, forks, other interpreters and libraries with locks."""

import concurrent.futures
import importlib
import os
import pathlib
import subprocess
import sys
import threading
import time

import libspawn
import pytest

THREADS = 8
SCRIPTS = 2_000


def in_threads(work, count=THREADS):
    """The results of work(0), work(1) ...; what one raises is raised."""
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, range(count)))


def write_and_run(folder, call):
    """A new script; 1 if another thread's child still has it open."""

    def work(number):
        path = folder / str(number)
        fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o755)
        os.write(fd, b"#!/bin/true\n")
        os.close(fd)
        try:
            assert call([path]) == 0
        except OSError as error:
            assert error.strerror == "Text file busy"
            return 1
        finally:
            path.unlink()
        return 0

    return work


def call_leaving_open(args):
    """So that subprocess lets other threads go on meanwhile."""
    return subprocess.call(args, close_fds=False)


def test_a_new_script_is_never_busy(tmp_path, capsys):
    def call(args):
        # For as long as a busy machine may need.
        return libspawn.call(args, busy_retry=60)

    ours = sum(in_threads(write_and_run(tmp_path, call), SCRIPTS))
    stock = sum(
        in_threads(write_and_run(tmp_path, call_leaving_open), SCRIPTS)
    )
    with capsys.disabled():
        print(
            f" (busy, of {SCRIPTS}: ours {ours}, subprocess {stock})", end=""
        )
    assert ours == 0


def test_forks_among_starts():
    def fork_and_start(_):
        pid = os.fork()
        if pid == 0:
            os._exit(libspawn.call(["sh", "-c", "exit 7"]))
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def start(number):
        if number % 2:
            return libspawn.call(["sh", "-c", "exit 7"])
        return fork_and_start(number)

    assert in_threads(start, 100) == [7] * 100


def children():
    """The children of this process, of whatever thread of it."""
    found = set()
    for path in pathlib.Path("/proc/self/task").glob("*/children"):
        try:
            found.update(path.read_text().split())
        except OSError:  # the thread has ended meanwhile
            pass
    return found


def sleeps(pid):
    try:
        told = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return told.rpartition(")")[2].split()[0] == "S"


def test_the_environment_is_that_of_the_call(tmp_path):
    """While its child opens a FIFO, another thread sets a variable."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    look = ["sh", "-c", 'test "$LIBSPAWN_TEST" = before']
    os.environ["LIBSPAWN_TEST"] = "before"
    # Such as that of multiprocessing, which stays.
    others = children()
    try:
        with concurrent.futures.ThreadPoolExecutor() as pool:
            call = pool.submit(libspawn.call, look, fds={5: fifo})
            while not any(map(sleeps, children() - others)):
                assert not call.done()
                time.sleep(0.01)
            os.environ["LIBSPAWN_TEST"] = "after"
            os.close(os.open(fifo, os.O_WRONLY))
            assert call.result() == 0
    finally:
        del os.environ["LIBSPAWN_TEST"]


def test_many_threads_fail_and_start():
    before = os.listdir("/proc/self/fd")

    def work(number):
        if number % 2:
            return libspawn.call(["true"])
        with pytest.raises(FileNotFoundError):
            libspawn.call(["/nonexistent"], stdin=libspawn.PIPE)
        return 0

    assert in_threads(work, 400) == [0] * 400
    assert os.listdir("/proc/self/fd") == before


#: A library that takes a lock of its own in each forked child, as allocators
#: and others do, while a thread holds it.
LOCKED = """
import ctypes, os, sys, threading
import {module} as module
lock = threading.Lock()
HANDLER = ctypes.CFUNCTYPE(None)
handler = HANDLER(lock.acquire)
ctypes.CDLL(None).__register_atfork(None, None, handler, None)
taken = threading.Event()
def hold():
    with lock:
        taken.set()
        threading.Event().wait()
threading.Thread(target=hold, daemon=True).start()
taken.wait()
print(module.call(["true"], user=os.getuid()), flush=True)
os._exit(0)
"""


def run_locked(module, timeout):
    """What it prints; None if it hangs. Its children go with it."""
    process = subprocess.Popen(
        [sys.executable, "-c", LOCKED.format(module=module)],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        return process.communicate(timeout=timeout)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.communicate()
        return None


@pytest.mark.skipif(sys.platform != "linux", reason="needs glibc's atfork")
def test_a_lock_that_is_held_does_not_hang_it(capsys):
    assert run_locked("libspawn", 300) == b"0\n"
    stock = run_locked("subprocess", 3)
    with capsys.disabled():
        print(f" (subprocess {'hangs' if stock is None else 'too'})", end="")


def interpreters():
    for name in ("_interpreters", "_xxsubinterpreters"):
        try:
            return importlib.import_module(name)
        except ImportError:
            pass
    return pytest.skip("no interpreters in this one")


def test_another_interpreter_starts_programs():
    module, before = interpreters(), libspawn.started()
    interpreter = module.create()
    try:
        module.run_string(
            interpreter,
            "import libspawn\n"
            "assert libspawn.call(['true']) == 0\n"
            "try:\n"
            "    libspawn.call(['/nonexistent'])\n"
            "except FileNotFoundError as error:\n"
            "    assert error.step == 'exec'\n",
        )
    finally:
        module.destroy(interpreter)
    assert libspawn.started() == before + 1


def test_a_daemon_thread_may_start_at_the_end():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import libspawn, threading\n"
            "def work():\n"
            "    while True:\n"
            "        libspawn.call(['true'])\n"
            "for _ in range(4):\n"
            "    threading.Thread(target=work, daemon=True).start()\n"
            "libspawn.call(['true'])\n",
        ],
        stderr=subprocess.PIPE,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_references_are_given_back():
    words = ["true", "a word of its own"]
    env = {"NAME": "a value of its own"}
    counts = [sys.getrefcount(word) for word in (*words, *env.values(), env)]
    for _ in range(100):
        libspawn.call(words, env=env, rlimits={}, affinity=None)
    after = [sys.getrefcount(word) for word in (*words, *env.values(), env)]
    assert after == counts
