#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A program on a terminal of its own loses no byte and no status.

usage: many_terminals.py SPAWN EXAMPLE [RUNS]

head, cat, sort, wc and true, in turn, under `spawn --pty` and under
docs/examples/terminal.c: so many runs of each of both, 1,000 unless said.
"""
import pathlib
import subprocess
import sys
import tempfile

LINES = [f"line {number}\n" for number in range(5000)]


def cases(text):
    """What is run, and what it shows. An example's terminal adds no returns."""
    every = "".join(LINES)
    return [(["head", "-1", text], LINES[0]), (["cat", text], every),
            (["sort", "-s", "-k1,1", text], every),
            (["wc", "-l", text], f"5000 {text}\n"), (["true"], "")]


def run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60)
    return (done.returncode, done.stderr.decode(),
            done.stdout.decode().replace("\r\n", "\n"))


def main(spawn, example, runs=1000):
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        text = str(pathlib.Path(folder, "text"))
        pathlib.Path(text).write_text("".join(LINES), encoding="ascii")
        table = cases(text)
        for way in [spawn, "--pty", "--"], [example]:
            for number in range(int(runs)):
                words, shown = table[number % len(table)]
                got = run([*way, *words])
                if got != (0, "", shown):
                    wrong += 1
                    print(*way, *words, ": exit", got[0], got[1],
                          len(got[2]), "of", len(shown), "bytes")
            print(f"{pathlib.Path(way[0]).name}: {runs} runs")
    sys.exit(f"{wrong} were not right" if wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
