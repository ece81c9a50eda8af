# SPDX-License-Identifier: MIT
"""Makes CPython's subprocess use posix_spawn() wherever it can.

It decides for itself that the C library's is good enough, but takes it only if
nothing has to be closed. What Python opens is close-on-exec by itself, so with
no descriptors to pass on, nothing has.
"""
import subprocess

# pylint: disable=protected-access
subprocess._USE_POSIX_SPAWN = True
execute_child = subprocess.Popen._execute_child


def execute_child_by_spawn(self, args, executable, preexec_fn, close_fds,
                           pass_fds, *others):
    return execute_child(self, args, executable, preexec_fn,
                         close_fds and bool(pass_fds), pass_fds, *others)


subprocess.Popen._execute_child = execute_child_by_spawn
