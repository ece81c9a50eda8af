# SPDX-License-Identifier: MIT
"""Tries to get out of the sandbox that it runs in, one way after the other.

usage: ways_out.py PID PORT NAME KEY [WAY...]

Of the world outside: a process, a port of TCP on which it listens, an abstract
socket, a key of its session keyring (0: none). Prints {way: what came of it} as
JSON, of these ways or all: "out", or how it was refused. Should one lead out
after all, it has opened something there, or made a file of the name NEW.
"""
import ctypes
import errno
import fcntl
import json
import os
import socket
import struct
import sys
import termios

LIBC = ctypes.CDLL(None, use_errno=True)
PID, PORT, NAME, KEY, *WANTED = sys.argv[1:]
NEW = "libspawn-way-out"
MS_RDONLY, MS_REMOUNT, MS_BIND, MNT_DETACH = 1, 32, 4096, 2
CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
PTRACE_SEIZE = 0x4206
NUMBERS = {"x86_64": {"keyctl": 250, "setns": 308, "handle": 304,
                      "pivot_root": 155, "ptrace": 101}}.get(
                          os.uname().machine, {})


def call(name, *arguments):
    """A function of the C library, or a system call by its number."""
    words = [a.encode() if isinstance(a, str) else a for a in arguments]
    if name in NUMBERS:
        code = LIBC.syscall(NUMBERS[name], *words)
    else:
        code = getattr(LIBC, name)(*words)
    if code < 0:
        raise OSError(ctypes.get_errno(), name)
    return code


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def make(folder):
    with open(f"{folder}/{NEW}", "wb"):
        pass


def open_to_write(path):
    os.close(os.open(path, os.O_WRONLY))


def apart(attempt):
    """In a process of its own: whether it came through."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        try:
            attempt()
            os.write(writing, b"out")
        except OSError as error:
            os.write(writing, str(error.errno).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, encoding="ascii") as file:
        word = file.read()
    os.wait()
    if word != "out":
        raise OSError(int(word or errno.EIO), "apart")


# ---- Files ------------------------------------------------------------------

def make_writable():
    call("mount", None, "/", None, MS_REMOUNT | MS_BIND, None)
    make("/")


def uncover():
    """What lies under the new /tmp."""
    call("umount2", "/tmp", MNT_DETACH)


def bind_elsewhere():
    os.makedirs("/tmp/elsewhere", exist_ok=True)
    call("mount", "/", "/tmp/elsewhere", None, MS_BIND, None)
    make("/tmp/elsewhere/etc")


def as_root_of_its_own(then):
    """With all capabilities in a user namespace of its own."""
    def attempt():
        ids = os.getuid(), os.getgid()
        call("unshare", CLONE_NEWUSER | CLONE_NEWNS)
        write("/proc/self/setgroups", "deny")
        write("/proc/self/uid_map", f"0 {ids[0]} 1")
        write("/proc/self/gid_map", f"0 {ids[1]} 1")
        then()
    return lambda: apart(attempt)


def climb():
    """The old way out of chroot()."""
    os.makedirs("/tmp/jail", exist_ok=True)
    top = os.open("/", os.O_RDONLY)
    os.chroot("/tmp/jail")
    os.fchdir(top)
    for _ in range(64):
        os.chdir("..")
    os.chroot(".")
    make("/etc")


def pivot():
    os.makedirs("/tmp/new_root", exist_ok=True)
    call("mount", "tmpfs", "/tmp/new_root", "tmpfs", 0, None)
    os.makedirs("/tmp/new_root/old", exist_ok=True)
    call("pivot_root", "/tmp/new_root", "/tmp/new_root/old")
    make("/old/etc")


def by_handle():
    """Files by number, past all mounts: needs CAP_DAC_READ_SEARCH."""
    top = os.open("/", os.O_RDONLY)
    handle = ctypes.create_string_buffer(
        struct.pack("Ii", 8, 1) + struct.pack("II", 2, 0))
    call("handle", top, handle, os.O_RDONLY)


def make_device():
    os.mknod("/tmp/memory", 0o600 | 0o020000, os.makedev(1, 1))
    with open("/tmp/memory", "rb") as file:
        file.read(1)


def make_disk():
    os.mknod("/tmp/disk", 0o600 | 0o060000, os.makedev(8, 0))
    with open("/tmp/disk", "rb") as file:
        file.read(1)


def run_set_id():
    """The bit of a copy, or of what is there, gives nothing."""
    def attempt():
        for path in "/usr/bin/su", "/usr/bin/passwd", "/bin/su":
            if os.path.exists(path) and os.stat(path).st_mode & 0o4000:
                break
        else:
            raise OSError(errno.ENOENT, "no such program")
        if os.statvfs(path).f_flag & os.ST_NOSUID:
            raise OSError(errno.EPERM, "nosuid")
    apart(attempt)


# ---- Processes --------------------------------------------------------------

def enter_namespace(of, kind):
    def attempt():
        file = os.open(f"/proc/{of}/ns/{kind}", os.O_RDONLY)
        own = os.stat(f"/proc/self/ns/{kind}").st_ino
        if os.fstat(file).st_ino == own:
            raise OSError(errno.EXDEV, "it is its own")
        call("setns", file, 0)
    return lambda: apart(attempt)


def trace(pid):
    call("ptrace", PTRACE_SEIZE, pid, 0, 0)


# ---- Else -------------------------------------------------------------------

def type_into_terminal():
    fcntl.ioctl(0, termios.TIOCSTI, b"x")


def connect(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as end:
        end.settimeout(2)
        end.connect(address)


def read_key():
    if KEY == "0":
        raise OSError(errno.ENOKEY, "no key outside")
    call("keyctl", 11, int(KEY), ctypes.create_string_buffer(64), 64)


def find_key():
    call("keyctl", 10, -3, b"user", b"libspawn:outside", 0)


WAYS = {
    "write to /": lambda: make("/"),
    "write to /etc": lambda: make("/etc"),
    "write to /usr": lambda: make("/usr"),
    "make / writable": make_writable,
    "make / writable, as root of its own": as_root_of_its_own(make_writable),
    "uncover /tmp": uncover,
    "uncover /tmp, as root of its own": as_root_of_its_own(uncover),
    "bind / elsewhere": bind_elsewhere,
    "bind / elsewhere, as root of its own": as_root_of_its_own(bind_elsewhere),
    "chroot and climb": lambda: apart(climb),
    "chroot and climb, as root of its own": as_root_of_its_own(climb),
    "pivot_root": lambda: apart(pivot),
    "pivot_root, as root of its own": as_root_of_its_own(pivot),
    "a file by its handle": by_handle,
    "a file by its handle, as root of its own": as_root_of_its_own(by_handle),
    "a device of memory": make_device,
    "a device of a disk": make_disk,
    "a set-id program": run_set_id,
    "/proc/1/root": lambda: make("/proc/1/root/etc"),
    "/proc/1/cwd": lambda: make("/proc/1/cwd/etc"),
    "/proc/self/exe": lambda: open_to_write("/proc/self/exe"),
    "the caller in /proc": lambda: os.stat(f"/proc/{PID}/stat"),
    "kernel.core_pattern": lambda: open_to_write("/proc/sys/kernel/core_pattern"),
    "sysrq": lambda: open_to_write("/proc/sysrq-trigger"),
    "a module helper": lambda: open_to_write("/proc/sys/kernel/modprobe"),
    "uevent_helper": lambda: open_to_write("/sys/kernel/uevent_helper"),
    "a cgroup's agent": lambda: open_to_write("/sys/fs/cgroup/release_agent"),
    "/dev/mem": lambda: open("/dev/mem", "rb").close(),
    "/dev/kmsg": lambda: open("/dev/kmsg", "rb").close(),
    "the mounts of pid 1": enter_namespace(1, "mnt"),
    "the network of pid 1": enter_namespace(1, "net"),
    "the users of pid 1": enter_namespace(1, "user"),
    "a signal to the caller": lambda: os.kill(int(PID), 0),
    "tracing the caller": lambda: trace(int(PID)),
    "a port of the caller's": lambda: connect(
        socket.AF_INET, ("127.0.0.1", int(PORT))),
    "an abstract socket": lambda: connect(socket.AF_UNIX, "\0" + NAME),
    "typing into the terminal": type_into_terminal,
    "a key by its number": read_key,
    "a key by its name": find_key,
    "more ids": lambda: write("/proc/self/uid_map", "0 0 65536"),
    "the host's name": lambda: open_to_write("/proc/sys/kernel/hostname"),
}


def main():
    outcome = {}
    for way in WANTED or WAYS:
        try:
            WAYS[way]()
            outcome[way] = "out"
        except OSError as error:
            outcome[way] = errno.errorcode.get(error.errno, str(error.errno))
    json.dump(outcome, sys.stdout)


main()
