# SPDX-License-Identifier: MIT
"""multiprocessing by fork() beside a thread that has a lock which the worker
wants too, as a logger's: it hangs. Whoever watches ends it."""
import multiprocessing
import sys
import threading
import time

LOCK = threading.Lock()


def log_slowly(is_held):
    with LOCK:
        is_held.set()
        time.sleep(1000)


def job():
    with LOCK:
        pass


if __name__ == "__main__":
    IS_HELD = threading.Event()
    threading.Thread(target=log_slowly, args=[IS_HELD], daemon=True).start()
    IS_HELD.wait()
    WORKER = multiprocessing.get_context("fork").Process(target=job)
    WORKER.start()
    WORKER.join()
    sys.exit(7)
