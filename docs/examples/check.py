#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check.py EXAMPLE: run one compiled example and compare what it does."""
import faulthandler
import os
import re
import socket
import subprocess
import sys
import tempfile

PYTHON = sys.executable
# Seconds: for what hangs, not for what is slow.
PATIENCE = 120


def run(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False,
                          timeout=PATIENCE)


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


def check_begin_poll(example):
    done = run(example, PYTHON, '-c', 'print("hello"); exit(3)')
    expect(done.returncode, 3)
    # The program runs by then, and may be the first to write.
    expect(sorted(re.sub(r'\d+', 'N', done.stdout).splitlines()),
           ['hello', 'runs as N'])
    done = run(example, '/nope/nothing')
    expect((done.returncode, done.stdout), (1, ''))
    expect('/nope/nothing' in done.stderr, True)


def check_begin_epoll(example):
    done = run(example, '100', 'true')
    expect((done.returncode, done.stdout),
           (0, '100 begun, 0 failed, 100 ended, 100 with 0\n'))
    done = run(example, '20', 'false')
    expect((done.returncode, done.stdout),
           (1, '20 begun, 0 failed, 20 ended, 0 with 0\n'))
    done = run(example, '40', '/nope/nothing')
    expect((done.returncode, done.stdout),
           (1, '40 begun, 40 failed, 0 ended, 0 with 0\n'))


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
    # Who closes it and goes on is not hung up, and may open it again.
    script = ('import os, time\n'
              'for fd in range(3): os.close(fd)\n'
              'time.sleep(0.2)\n'
              'os.write(os.open("/dev/tty", os.O_RDWR), b"again")\n'
              'os._exit(7)')
    done = run(example, PYTHON, '-c', script)
    expect((done.returncode, done.stdout), (7, 'again'))
    for _ in range(20):
        done = run(example, 'echo', 'all')
        expect((done.returncode, done.stdout), (0, 'all\n'))
    expect(run(example, 'sh', '-c', 'kill -9 $$').returncode, 137)


def check_timeout(example):
    done = run(example, '60000', PYTHON, '-c', 'exit(5)')
    expect((done.returncode, done.stdout), (0, 'ended by itself, exit 5\n'))
    # One that gets no processor for a second is killed before it can obey.
    script = 'import time; time.sleep(1000)'
    for _ in range(5):
        done = run(example, '50', PYTHON, '-c', script)
        if done.stdout != 'was killed, signal 9\n':
            break
    expect((done.returncode, done.stdout), (0, 'obeyed, signal 15\n'))


def check_parallel(example):
    done = run(example, 'true', 'false', '/nope/nothing', 'true')
    expect((done.returncode, sorted(done.stdout.splitlines())),
           (0, ['false: 1', 'true: 0', 'true: 0']))


def check_pass_on(example):
    script = ('import signal, time\n'
              'signal.signal(signal.SIGTERM, lambda *_: exit(6))\n'
              'print("ready", flush=True)\n'
              'while True: time.sleep(0.1)')
    with subprocess.Popen([example, PYTHON, '-c', script],
                          stdout=subprocess.PIPE, text=True) as process:
        expect(process.stdout.readline(), 'ready\n')
        process.terminate()
        expect(process.wait(PATIENCE), 6)


def check_map_files(example):
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number in range(20):
            names.append(os.path.join(folder, str(number)))
            with open(names[-1], 'w', encoding='ascii') as file:
                file.write('two words\n' * number)
        names.append(os.path.join(folder, 'none'))
        done = run(example, *names)
    wanted = [f'{name}: {2 * number} words, {number} lines'
              for number, name in enumerate(names[:-1])]
    expect((done.returncode, done.stderr), (0, ''))
    expect(done.stdout.splitlines(), [*wanted, f"{names[-1]}: can't be read"])


def check_echo_server(example):
    with subprocess.Popen([example, '2'], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as server:
        port = int(server.stdout.readline())

        def ask(line):
            with socket.create_connection(('127.0.0.1', port)) as client:
                client.sendall(line)
                client.settimeout(PATIENCE)
                return client.recv(100)

        for number in range(6):
            line = f'line {number}\n'.encode()
            expect(ask(line), line)
        for _ in range(3):
            expect(ask(b'crash\n'), b'')
            expect('ended by signal 6' in server.stdout.readline(), True)
        expect(ask(b'on it goes\n'), b'on it goes\n')
        server.stdin.close()
        expect(server.wait(PATIENCE), 0)


def check_template_table(example):
    done = run(example, '2', '9', '19999999', '20000001')
    if 'second thread' in done.stderr:
        print('skipped: every process here has a second thread')
        sys.exit(77)
    expect((done.returncode, done.stderr), (0, ''))
    expect(done.stdout.splitlines(), ['2: prime', '9: not prime',
           '19999999: prime', '20000001: too large'])


def main():
    example = os.path.abspath(sys.argv[1])
    name = os.path.basename(example).removeprefix('example_')
    # Also of a line that is awaited.
    faulthandler.dump_traceback_later(2 * PATIENCE, exit=True)
    globals()['check_' + name](example)


main()
