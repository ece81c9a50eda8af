# SPDX-License-Identifier: MIT
"""run() and its like, install() and asyncio."""

import asyncio
import errno
import gc
import multiprocessing
import os
import subprocess
import sys
import threading
import weakref

import libspawn
import pytest


def test_run_gives_output_and_status():
    done = libspawn.run(
        "cat; echo err >&2; exit 3",
        shell=True,
        input="in",
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "in", "err\n")


def test_check_raises_as_subprocess_does():
    with pytest.raises(subprocess.CalledProcessError) as caught:
        libspawn.check_output(["sh", "-c", "echo out; exit 4"])
    assert (caught.value.returncode, caught.value.output) == (4, b"out\n")
    with pytest.raises(subprocess.CalledProcessError):
        libspawn.check_call(["false"])


def test_run_past_its_timeout_kills_and_tells_the_output():
    terminal = os.open("/dev/ptmx", os.O_RDWR)
    # A busy machine may need longer until there is any.
    for timeout in 0.5, 5, 50:
        with pytest.raises(subprocess.TimeoutExpired) as caught:
            libspawn.run(
                ["sh", "-c", "echo out; exec cat"],
                stdin=terminal,
                stdout=libspawn.PIPE,
                timeout=timeout,
            )
        if caught.value.output:
            break
    os.close(terminal)
    assert caught.value.output == b"out\n"


@pytest.mark.parametrize(
    "arguments",
    [
        {"input": b"", "stdin": 0},
        {"capture_output": True, "stdout": 1},
    ],
)
def test_run_refuses_what_subprocess_refuses(arguments):
    for run in (libspawn.run, subprocess.run):
        with pytest.raises(ValueError):
            run(["true"], **arguments)


@pytest.fixture
def installed():
    libspawn.install()
    yield
    libspawn.uninstall()


def _starts(act):
    before = libspawn.started()
    act()
    return libspawn.started() - before


def test_install_and_uninstall(installed):
    assert _starts(lambda: subprocess.run(["true"], check=True)) == 1
    assert _starts(lambda: os.popen("true").close()) == 1
    libspawn.uninstall()
    assert _starts(lambda: subprocess.run(["true"], check=True)) == 0
    assert not libspawn.is_installed()


def _square(number):
    return number * number


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_multiprocessing_starts_by_it(installed, method):
    def act():
        with multiprocessing.get_context(method).Pool(2) as pool:
            assert pool.map(_square, range(9)) == [n * n for n in range(9)]

    assert _starts(act) >= 1


def test_a_script_runs_installed(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import subprocess, sys, libspawn\n"
        "subprocess.run(['true'], check=True)\n"
        "print(libspawn.started(), sys.argv[1:], __name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "libspawn", script, "a"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "1 ['a'] __main__\n"


def test_a_script_that_is_a_link_finds_its_modules(tmp_path):
    real = tmp_path / "real"
    real.mkdir()
    (real / "beside.py").write_text("told = 'here'")
    (real / "script.py").write_text("import beside; print(beside.told)")
    (tmp_path / "link.py").symlink_to(real / "script.py")
    done = libspawn.run(
        [sys.executable, "-m", "libspawn", tmp_path / "link.py"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "here\n"


def test_asyncio_children_need_no_thread_and_no_handler():
    async def one(number):
        process = await libspawn.create_subprocess_exec(
            "cat", stdin=libspawn.PIPE, stdout=libspawn.PIPE
        )
        told, _ = await process.communicate(b"%d" % number)
        return int(told), process.returncode

    async def many():
        threads = threading.active_count()
        done = await asyncio.gather(*map(one, range(50)))
        assert threading.active_count() == threads
        return done

    assert asyncio.run(many()) == [(number, 0) for number in range(50)]


def test_an_asyncio_child_takes_what_the_stock_function_takes():
    async def start(**arguments):
        process = await libspawn.create_subprocess_exec("true", **arguments)
        return await process.wait()

    for arguments in (
        {"bufsize": 0, "shell": False, "universal_newlines": False},
        {"pidfd": True},
    ):
        assert asyncio.run(start(**arguments)) == 0
    with pytest.warns(RuntimeWarning, match="preexec_fn"):
        assert asyncio.run(start(preexec_fn=os.getpid)) == 0
    for arguments in ({"bufsize": 1}, {"shell": True}, {"text": True}):
        with pytest.raises(ValueError):
            asyncio.run(start(**arguments))


def test_an_asyncio_child_that_has_ended_keeps_nothing():
    async def start():
        before = os.listdir("/proc/self/fd")
        process = await libspawn.create_subprocess_exec("true")
        await process.wait()
        assert os.listdir("/proc/self/fd") == before

    asyncio.run(start())


def test_without_a_descriptor_a_thread_waits(monkeypatch):
    def refuse(pid):
        raise OSError(errno.ENOSYS, "refused")

    async def start():
        process = await libspawn.create_subprocess_exec("sh", "-c", "exit 5")
        return await process.wait()

    monkeypatch.setattr(os, "pidfd_open", refuse)
    assert asyncio.run(start()) == 5


def test_no_loop_is_kept():
    loops = []

    async def two():
        loops.append(weakref.ref(asyncio.get_running_loop()))
        children = await asyncio.gather(
            *(libspawn.create_subprocess_exec("true") for _ in range(2))
        )
        await asyncio.gather(*(child.wait() for child in children))

    for _ in range(3):
        asyncio.run(two())
    gc.collect()
    assert [loop() for loop in loops] == [None] * 3


def test_an_asyncio_child_that_cannot_start_raises():
    async def start():
        await libspawn.create_subprocess_exec("/nonexistent")

    before = os.listdir("/proc/self/fd")
    with pytest.raises(FileNotFoundError):
        asyncio.run(start())
    assert os.listdir("/proc/self/fd") == before


def test_the_loop_goes_on_between_two_starts():
    turns, started = [0], []

    async def count():
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    async def start():
        process = await libspawn.create_subprocess_exec("true")
        started.append(turns[0])
        return await process.wait()

    async def many():
        counting = asyncio.ensure_future(count())
        await asyncio.gather(*(start() for _ in range(20)))
        counting.cancel()

    asyncio.run(many())
    assert len(set(started)) == 20


def test_a_cancelled_asyncio_start_leaves_no_process(monkeypatch):
    processes = []

    def popen(*args, **kwargs):
        processes.append(libspawn.Popen(*args, **kwargs))
        return processes[-1]

    async def start():
        task = asyncio.ensure_future(
            libspawn.create_subprocess_exec("cat", stdin=libspawn.PIPE)
        )
        while not processes:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        process = await libspawn.create_subprocess_exec("true")
        return await process.wait()

    monkeypatch.setattr("libspawn._asyncio.Popen", popen)
    assert asyncio.run(start()) == 0
    assert [process.returncode for process in processes] == [-9, 0]


def test_an_asyncio_shell_can_be_killed():
    async def start():
        process = await libspawn.create_subprocess_shell(
            "exec cat", stdin=libspawn.PIPE
        )
        process.kill()
        return await process.wait()

    assert asyncio.run(start()) == -9


def test_threads_start_at_once():
    def work():
        for _ in range(50):
            assert libspawn.call(["true"]) == 0

    threads = [threading.Thread(target=work) for _ in range(8)]

    def act():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert _starts(act) == 400
