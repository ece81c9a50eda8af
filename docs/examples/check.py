#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check.py EXAMPLE: run one compiled example and compare what it does."""
import os
import re
import subprocess
import sys
import tempfile

PYTHON = sys.executable


def run(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)


def expect(found, wanted):
    if found != wanted:
        sys.exit(f'expected {wanted!r}\nfound    {found!r}')


def check_hello(example):
    done = run(example, PYTHON, '-c', 'print("hello"); exit(3)')
    expect((done.returncode, done.stdout, done.stderr), (3, 'hello\n', ''))
    done = run(example, '/nope/nothing')
    expect(done.returncode, 1)
    expect('/nope/nothing' in done.stderr, True)
    expect('No such file or directory' in done.stderr, True)


def check_capture(example):
    # More than both pipes hold, to see that neither blocks the other.
    script = ('import os\n'
              'for number in range(100):\n'
              '    os.write(1, b"o" * 3000)\n'
              '    os.write(2, b"e" * 2000)\n'
              'exit(4)')
    done = run(example, PYTHON, '-c', script)
    expect((done.returncode, done.stdout),
           (0, 'output 300000 bytes, error 200000 bytes, exit 4\n'))
    # It is given an input, which it may leave.
    done = run(example, PYTHON, '-c', 'print(len(input()))')
    expect(done.stdout, 'output 3 bytes, error 0 bytes, exit 0\n')


def check_pipeline(example):
    with tempfile.NamedTemporaryFile('w', suffix='.txt') as text:
        text.write('one two, two; three three THREE three.')
        text.flush()
        done = run(example, text.name)
    expect((done.returncode, done.stderr), (0, ''))
    expect([line.split() for line in done.stdout.splitlines()][:2],
           [['3', 'three'], ['2', 'two']])
    done = run(example, '/nope/nothing')
    expect(done.returncode, 1)
    expect('stage 0' in done.stderr and '/nope/nothing' in done.stderr, True)


def check_redirect(example):
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, 'source')
        target = os.path.join(folder, 'target')
        with open(source, 'w', encoding='ascii') as file:
            file.write('from the file')
        script = ('import sys; print(sys.stdin.read(), flush=True); '
                  'print("and an error", file=sys.stderr)')
        done = run(example, source, target, PYTHON, '-c', script)
        expect((done.returncode, done.stdout, done.stderr), (0, '', ''))
        with open(target, encoding='ascii') as file:
            expect(file.read(), 'from the file\nand an error\n')


def fields(text):
    """What the files of /proc say, by the names at the start of the lines."""
    found = {}
    for line in text.splitlines():
        name, *values = re.split(r':\s*|\s{2,}', line.strip())
        found[name] = ' '.join(values).split()
    return found


def check_drop_privileges(example):
    # Not Python, which the new user may be unable to read.
    done = run(example, '65534', '65533', 'cat', '/proc/self/status',
               '/proc/self/limits')
    if os.geteuid() != 0:
        expect(done.returncode, 1)
        expect('groups' in done.stderr, True)
        expect('Operation not permitted' in done.stderr, True)
        return
    expect((done.returncode, done.stderr), (0, ''))
    found = fields(done.stdout)
    expect(found['Uid'], ['65534'] * 4)
    expect(found['Gid'], ['65533'] * 4)
    expect(found['Groups'], [])
    expect(found['Umask'], ['0077'])
    expect(found['NoNewPrivs'], ['1'])
    expect(found['Max core file size'][:2], ['0', '0'])


def check_terminal(example):
    script = ('import os; print([os.isatty(n) for n in range(3)], '
              'os.getsid(0) == os.getpid(), '
              'os.tcgetpgrp(0) == os.getpgrp(), *os.get_terminal_size())')
    done = run(example, PYTHON, '-c', script)
    expect((done.returncode, done.stdout, done.stderr),
           (0, '[True, True, True] True True 80 24\n', ''))


def main():
    example = os.path.abspath(sys.argv[1])
    name = os.path.basename(example).removeprefix('example_')
    globals()['check_' + name](example)


main()
