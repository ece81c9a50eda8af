#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check.py EXAMPLE: run one compiled example and compare what it does."""
import os
import subprocess
import sys
import tempfile

PYTHON = sys.executable
PROBE = ('import os, resource, sys; '
         'print(os.getresuid(), os.getresgid(), os.getgroups(), '
         'os.umask(0), os.getcwd(), '
         'resource.getrlimit(resource.RLIMIT_CORE))')


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


def check_drop_privileges(example):
    # Isolated, since the new user may be unable to read a user's own folder.
    done = run(example, '65534', '65533', PYTHON, '-IS', '-c', PROBE)
    if os.geteuid() == 0:
        expect((done.returncode, done.stdout, done.stderr),
               (0, '(65534, 65534, 65534) (65533, 65533, 65533) [] 63 / '
                   '(0, 0)\n', ''))
    else:
        expect(done.returncode, 1)
        expect('groups' in done.stderr, True)
        expect('Operation not permitted' in done.stderr, True)


def check_terminal(example):
    script = ('import os; print([os.isatty(n) for n in range(3)], '
              'os.getsid(0) == os.getpid(), '
              'os.tcgetpgrp(0) == os.getpgrp())')
    done = run(example, PYTHON, '-c', script)
    expect((done.returncode, done.stdout, done.stderr),
           (0, '[True, True, True] True True\r\n', ''))


def main():
    example = os.path.abspath(sys.argv[1])
    name = os.path.basename(example).removeprefix('example_')
    globals()['check_' + name](example)


main()
