# SPDX-License-Identifier: MIT
"""subprocess, started by libspawn.

Popen, run, call, check_call and check_output are those of subprocess, without
a fork whatever is asked for, and with all that libspawn can do as further
keyword arguments (see Popen). install() makes a whole program use them.

    >>> import libspawn
    >>> libspawn.run(["echo", "hello"], capture_output=True).stdout
    b'hello\\n'
"""

from subprocess import (
    DEVNULL,
    PIPE,
    STDOUT,
    CalledProcessError,
    CompletedProcess,
    SubprocessError,
    TimeoutExpired,
)

from ._asyncio import create_subprocess_exec, create_subprocess_shell
from ._errors import SpawnError
from ._install import install, is_installed, uninstall
from ._popen import Popen, call, check_call, check_output, run
from ._sandbox import Mount
from ._spawn import VERSION as __version__
from ._spawn import count as started

__all__ = [
    "DEVNULL",
    "PIPE",
    "STDOUT",
    "CalledProcessError",
    "CompletedProcess",
    "Mount",
    "Popen",
    "SpawnError",
    "SubprocessError",
    "TimeoutExpired",
    "__version__",
    "call",
    "check_call",
    "check_output",
    "create_subprocess_exec",
    "create_subprocess_shell",
    "install",
    "is_installed",
    "run",
    "started",
    "uninstall",
]
