# SPDX-License-Identifier: MIT
"""Bad programs and circumstances, and the sentence for each.

usage: sentences.py SPAWN TABLE [--write]

Makes each circumstance, starts it by the tool, and compares what the tool says
with the table in docs/sentences.md; --write writes the table. What differs from
machine to machine (the directory, this machine's own name) is put in words.
"""
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

SPAWN, TABLE = (os.path.abspath(name) for name in sys.argv[1:3])
NOBODY = "65534"
ROOT = os.geteuid() == 0
ROWS = []


def own_header():
    with open("/proc/self/exe", "rb") as own:
        return own.read(64)


def program(machine=None, loader=None, kind=2):
    """The least of a program: a header, and the segment that names a loader."""
    own = own_header()
    wide, little = own[4] == 2, own[5] == 1
    order = "<" if little else ">"
    if machine is None:
        machine = struct.unpack(order + "H", own[18:20])[0]
    count = 1 if loader else 0
    size, entry = (64, 56) if wide else (52, 32)
    header = own[:16] + struct.pack(
        order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH"), kind, machine,
        1, 0x1000, size, 0, 0, size, entry, count, 0, 0, 0)
    if not loader:
        return header
    name = loader.encode() + b"\0"
    place = size + entry
    if wide:
        segment = struct.pack(order + "IIQQQQQQ", 3, 4, place, 0, 0,
                              len(name), len(name), 1)
    else:
        segment = struct.pack(order + "IIIIIIII", 3, place, 0, 0, len(name),
                              len(name), 4, 1)
    return header + segment + name


def foreign(machine, wide, big):
    """A program for a machine that this one is not."""
    order = ">" if big else "<"
    start = b"\177ELF" + bytes([2 if wide else 1, 2 if big else 1, 1]) + bytes(9)
    return start + struct.pack(
        order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH"), 2, machine, 1,
        0, 0, 0, 0, 64 if wide else 52, 0, 0, 0, 0, 0)


def machine_is_ours(number):
    return struct.unpack("<H", own_header()[18:20])[0] == number


def make(name, content=b"", mode=0o755):
    with open(name, "wb") as file:
        file.write(content)
    os.chmod(name, mode)
    return "./" + name


def said(*arguments, ahead=(), **keywords):
    result = subprocess.run([*ahead, SPAWN, *arguments], text=True,
                            stdin=subprocess.DEVNULL, capture_output=True,
                            errors="replace", **keywords)
    text = result.stderr.strip().replace(os.getcwd(), "DIR")
    text = re.sub(r"(this process is one for ).*", r"\1MACHINE", text)
    text = re.sub(r"process \d+, '[^']*'", "process NUMBER, 'NAME'", text)
    return re.sub(r"'[^']{300,}'", "'LONG'", text)


def row(what, *arguments, **keywords):
    ROWS.append((what, said(*arguments, **keywords)))


def skip(what, why):
    print(f"skipped: {what}: {why}")
    ROWS.append((what, None))


def scripts():
    row("a script of Windows", "--", make("crlf", b"#!/bin/sh\r\necho\r\n"))
    row("a script whose interpreter is missing", "--",
        make("noint", b"#!/no/such/shell\n"))
    row("the same, of Windows", "--",
        make("nointcr", b"#!/no/such/shell\r\n"))
    make("plain", b"no program\n", 0o644)
    row("a script whose interpreter is not executable", "--",
        make("plainint", f"#!{os.getcwd()}/plain\n".encode()))
    row("a script whose interpreter is a directory", "--",
        make("dirint", b"#!/\n"))
    make("noloader", program(loader="/lib/ld-musl-none.so.1"))
    row("a script whose interpreter is a program without its loader", "--",
        make("deep", f"#!{os.getcwd()}/noloader\n".encode()))
    row("a script whose interpreter is a script of Windows", "--",
        make("deepcr", f"#!{os.getcwd()}/crlf\n".encode()))
    row("a text without a first line '#!'", "--", make("text", b"echo a\n"))
    row("a text that begins with a byte order mark", "--",
        make("bom", b"\xef\xbb\xbf#!/bin/sh\n"))
    row("a script that names nothing", "--", make("bare", b"#!\n"))
    row("an empty file", "--", make("empty"))
    fd = os.open("crlf", os.O_RDONLY | os.O_CLOEXEC)
    row("a script of Windows by a descriptor that stays open", "--inherit-fds",
        "--program-fd", str(fd), "--", "name", pass_fds=[fd])
    os.close(fd)


def programs():
    row("a program made for musl where musl is not", "--", "./noloader")
    row("a program whose loader is not executable", "--",
        make("badloader", program(loader=os.getcwd() + "/plain")))
    for name, number, wide, big in (("aarch64", 183, True, False),
                                    ("s390x", 22, True, True),
                                    ("powerpc", 20, False, True),
                                    ("an unknown machine", 4000, True, False)):
        what = f"a program for {name}"
        if machine_is_ours(number):
            skip(what, "this is one")
        else:
            row(what, "--", make("foreign", foreign(number, wide, big)))
    row("a program for Windows", "--", make("exe", b"MZ\x90\0\3\0\0\0"))
    row("an object file", "--", make("object", program(kind=1)))
    row("a program cut short", "--", make("cut", program()[:20]))


def places():
    row("a program that is not there", "--", "./absent")
    row("one that is not in PATH", "--", "no-such-program-anywhere")
    row("a directory", "--", "/")
    os.mkfifo("fifo", 0o755)
    row("a FIFO", "--", "./fifo")
    row("a file that nobody may execute", "--", "./plain")
    row("a file on the way that is no directory", "--", "./plain/program")
    os.symlink("loop", "loop")
    row("a name that is too long", "--", "/" + "n" * 300)
    row("a working directory that is not there", "-C", "/no/such", "--", "true")
    row("a working directory that is a file", "-C", "plain", "--", "true")
    os.mkdir("sub")
    row("a program that the new working directory lacks", "-C", "sub", "--",
        "./text")
    os.rename("crlf", "sub/crlf")
    row("a script of Windows in the new working directory", "-C", "sub", "--",
        "./crlf")
    row("a descriptor that is not open", "--fd", "3=77", "--", "true")
    row("a file to read that is not there", "--stdin", "/no/such", "--", "true")
    row("more arguments than the new limit of the stack has room for",
        "--rlimit", "stack=65536", "-i", "--", "/bin/true", "x" * 100000,
        "y" * 100000)


def links():
    row("a link to itself", "--", "./loop")
    for number in range(7):
        make(f"chain{number}",
             f"#!{os.getcwd()}/chain{number + 1}\n".encode())
    row("a script whose interpreters are scripts", "--", "./chain0")


def held():
    what = "a program that another process has open for writing"
    make("busy", open("/bin/true", "rb").read())
    with open("busy", "r+b"):
        row(what, "--busy-retry=0", "--", "./busy")
    if ROWS[-1][1] == "":
        ROWS.pop()
        skip(what, "this kernel executes files open for writing")


def searches():
    os.mkdir("first")
    os.mkdir("second")
    make("second/searched", b"#!/no/such/shell\n")
    make("second/plain", b"#!/bin/sh\n", 0o644)
    row("a script without its interpreter, found by a search",
        "--search", "first:./second", "--", "searched")
    row("a file that nobody may execute, found by a search",
        "--search", "first:./second", "--", "plain")


def confinement():
    row("a name of the host without a namespace for it", "--hostname=inside",
        "--", "true")
    row("a loopback that is not new", "--loopback", "--", "true")
    row("what would change the memory of the caller", "--memory=merge", "--",
        "true")


def as_root():
    whats = ("a program of root alone, as another user",
             "a program in a directory of root alone, as another user",
             "a new root that lacks the program",
             "a cgroup that is none",
             "a file system mounted with noexec",
             "a script without its interpreter in a new root",
             "a link in a new root that leads out of it",
             "a group in a user namespace that allows none",
             "a program in a cgroup that has as many as it may")
    if not ROOT:
        for what in whats:
            skip(what, "not root")
        return
    os.chmod(".", 0o755)
    rights = ("--uid", NOBODY, "--gid", NOBODY, "--clear-groups", "--")
    row(whats[0], *rights, make("owned", b"#!/bin/sh\n", 0o700))
    os.mkdir("closed", 0o700)
    row(whats[1], *rights, make("closed/program", b"#!/bin/sh\n"))
    row(whats[2], "--root", "sub", "--", "/bin/true")
    row(whats[3], "--cgroup", "sub", "--", "/bin/true")
    os.mkdir("mounted")
    script = ('mount -t tmpfs -o noexec none mounted && printf "#!/bin/sh\\n" '
              '>mounted/program && chmod 755 mounted/program && exec "$@"')
    ahead = ["unshare", "-m", "sh", "-c", script, "sh"]
    works = shutil.which("unshare") and subprocess.run(
        [*ahead, "true"], capture_output=True, check=False).returncode == 0
    if works:
        row(whats[4], "--", "./mounted/program", ahead=ahead)
    else:
        skip(whats[4], "no mount namespace to be had")
    make("sub/script", b"#!/bin/no/such\n")
    row(whats[5], "--root", "sub", "--", "/script")
    make("sub/text", b"echo\n")
    os.symlink("/../../text", "sub/out")
    row(whats[6], "--root", "sub", "--", "/out")
    ahead = ["unshare", "--user", "--map-root-user"]
    works = shutil.which("unshare") and subprocess.run(
        [*ahead, "true"], capture_output=True, check=False).returncode == 0
    if works:
        row(whats[7], "--groups", "0", "--", "/bin/true", ahead=ahead)
    else:
        skip(whats[7], "no user namespace to be had")
    full_cgroup(whats[8])


def full_cgroup(what):
    group = "/sys/fs/cgroup/pids/spawn-sentences"
    try:
        os.mkdir(group)
    except OSError as reason:
        skip(what, f"no cgroup can be made where processes count: {reason}")
        return
    with open(group + "/pids.max", "w", encoding="ascii") as most:
        most.write("1")
    # The leak detector of a build that has one would need a thread.
    script = (f'echo $$ >{group}/cgroup.procs && '
              'ASAN_OPTIONS=detect_leaks=0 exec "$@"')
    row(what, "--", "/bin/true", ahead=["sh", "-c", script, "sh"])
    os.rmdir(group)


def table():
    return {what: sentence for what, sentence in ROWS}


def listed():
    with open(TABLE, encoding="utf-8") as file:
        rows = re.findall(r"^\| (.*?) \| `(.*)` \|$", file.read(), re.M)
    return dict(rows)


def write():
    with open(TABLE, encoding="utf-8") as file:
        head = file.read().split("\n| what is started")[0]
    lines = [head, "", "| what is started | what `spawn` says |", "|---|---|"]
    lines += [f"| {what} | `{sentence}` |" for what, sentence in ROWS]
    with open(TABLE, "w", encoding="utf-8") as file:
        file.write("\n".join(lines).replace("\n\n\n", "\n\n") + "\n")


def compare():
    known, wrong = listed(), 0
    for what, sentence in ROWS:
        if sentence is not None and known.get(what) != sentence:
            print(f"{what}\n  table: {known.get(what)}\n  now:   {sentence}")
            wrong += 1
    for what in known.keys() - table().keys():
        print(f"{what}: in the table only")
        wrong += 1
    print(f"{len(ROWS)} sentences, {wrong} not as in {TABLE}")
    return wrong or len(ROWS) < 30


def main():
    os.environ["LC_ALL"] = "C"
    os.environ["PATH"] = "/usr/bin:/bin:/usr/sbin:/sbin"
    os.umask(0o022)
    start = os.getcwd()
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        for part in (scripts, programs, places, links, held, searches,
                     confinement, as_root):
            part()
        os.chdir(start)
    if "--write" in sys.argv:
        write()
        return 0
    return 1 if compare() else 0


sys.exit(main())
