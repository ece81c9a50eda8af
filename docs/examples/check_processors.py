#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_processors.py ROOT: hello.c on other processors, under qemu.

qemu's user mode turns vfork() into fork(): memory is not shared, and whether
a start has failed must come through the pipe.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PROCESSORS = {
    'x86_64': 'cc',
    'i386': 'i686-linux-gnu-gcc',
    'aarch64': 'aarch64-linux-gnu-gcc',
    'arm': 'arm-linux-gnueabihf-gcc',
    'riscv64': 'riscv64-linux-gnu-gcc',
}
# The C library's posix_spawn() can't tell a failed exec there.
BACKENDS = ['clone', 'vfork']
SKIP = 77


def build(root, compiler, program):
    subprocess.run(
        [compiler, '-std=c11', '-O1', '-static', '-pthread',
         '-I', root / 'include', '-I', root / 'src',
         *root.glob('src/*.c'), *root.glob('src/*/*.c'),
         root / 'docs/examples/hello.c', '-o', program], check=True)


def start(emulator, program, backend, *arguments):
    environment = dict(os.environ, LIBSPAWN_BACKEND=backend)
    done = subprocess.run([emulator, program, *arguments], env=environment,
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def problems(emulator, program, backend):
    wanted = {
        ('echo', 'here'): (0, 'here\n', ''),
        ('/nope',): (1, '', "hello: exec '/nope': "
                            'No such file or directory\n'),
    }
    for arguments, expected in wanted.items():
        found = start(emulator, program, backend, *arguments)
        if found != expected:
            yield f'{program.name} {backend} {arguments}: {found}'


def main(root):
    found, tried = [], 0
    for processor, compiler in PROCESSORS.items():
        emulator = f'qemu-{processor}-static'
        missing = [tool for tool in (compiler, emulator)
                   if not shutil.which(tool)]
        if missing:
            print(f'{processor}: skipped, {" and ".join(missing)} missing')
            continue
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, f'hello-{processor}')
            build(root, compiler, program)
            for backend in BACKENDS:
                found += problems(emulator, program, backend)
                tried += 1
    print(*found, f'{tried} tried, {len(found)} wrong', sep='\n')
    sys.exit(1 if found else 0 if tried else SKIP)


main(pathlib.Path(sys.argv[1]))
