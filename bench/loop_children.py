# SPDX-License-Identifier: MIT
"""For loop.py: starts many children at once in an event loop.

usage: loop_children.py asyncio|libspawn COUNT TARGET

Prints the milliseconds until all have ended, and the longest in which the loop
did nothing else.
"""
import asyncio
import json
import pathlib
import sys
import time

import package

AT_ONCE = 50


class Pause:
    """The longest time between two turns of the loop."""

    def __init__(self):
        self.longest = 0.0

    async def watch(self):
        while True:
            before = time.monotonic()
            await asyncio.sleep(0)
            self.longest = max(self.longest, time.monotonic() - before)


async def start_all(create, count, target):
    pause = Pause()
    watch = asyncio.ensure_future(pause.watch())
    room = asyncio.Semaphore(AT_ONCE)

    async def one():
        async with room:
            child = await create(target, stdin=asyncio.subprocess.DEVNULL,
                                 stderr=asyncio.subprocess.DEVNULL)
            assert await child.wait() == 0

    begin = time.monotonic()
    await asyncio.gather(*(one() for _ in range(count)))
    end = time.monotonic()
    watch.cancel()
    return [(end - begin) * 1e3, pause.longest * 1e3]


def main(which, count, target):
    create = asyncio.create_subprocess_exec
    if which == "libspawn":
        files = pathlib.Path(target).parent
        create = package.load(files).create_subprocess_exec
    print(json.dumps(asyncio.run(start_all(create, int(count), target))))


if __name__ == "__main__":
    main(*sys.argv[1:])
