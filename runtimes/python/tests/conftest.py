# SPDX-License-Identifier: MIT
"""What the tests share: a child that tells all it has."""

import json
import subprocess
import sys

import pytest

#: Prints what a start can change, as JSON, on descriptor 1 or where told.
TELLS = r"""
import json, os, resource, signal, stat, sys
def what(fd):
    kind = os.fstat(fd)
    number = kind.st_rdev if stat.S_ISCHR(kind.st_mode) else (
        kind.st_ino if stat.S_ISREG(kind.st_mode) else 0)
    return [stat.S_IFMT(kind.st_mode), number, os.get_inheritable(fd)]
fds = {}
for fd in sorted(map(int, os.listdir("/proc/self/fd"))):
    try:
        fds[fd] = what(fd)
    except OSError:  # that of the list itself
        pass
status = dict(line.split(":\t", 1) for line in open("/proc/self/status")
              if line.startswith(("SigBlk", "SigIgn", "Cap", "NoNew")))
# glibc's posix_spawn() leaves 32 and 33, its own, ignored in the child.
status["SigIgn"] = int(status["SigIgn"], 16) & ~(3 << 31)
mask = os.umask(0)
print(json.dumps({
    "argv": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ),
    "fds": fds, "umask": mask, "ids": [os.getresuid(), os.getresgid()],
    "groups": sorted(os.getgroups()), "status": status,
    "own session": os.getsid(0) == os.getpid(),
    "own group": os.getpgid(0) == os.getpid(),
    "nice": os.getpriority(os.PRIO_PROCESS, 0),
    "nofile": resource.getrlimit(resource.RLIMIT_NOFILE),
    "cpus": sorted(os.sched_getaffinity(0)),
}))
"""


@pytest.fixture
def tell():
    """tell(Popen, ...): what a child started so has, or how it failed."""

    def tell(popen, *args, **kwargs):
        command = [sys.executable, "-S", "-c", TELLS, *args]
        try:
            process = popen(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                **kwargs,
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            # The exception's class, but for the name that ours adds.
            base = [
                kind
                for kind in type(error).__mro__
                if kind.__module__ in ("builtins", "subprocess")
            ][0]
            return (
                base,
                getattr(error, "errno", None),
                getattr(error, "filename", None),
                getattr(error, "strerror", None),
            )
        stdout, stderr = process.communicate(timeout=60)
        if process.returncode:
            return process.returncode, stderr
        return json.loads(stdout)

    return tell
