#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Start a program through libspawn, from Python, with ctypes alone.

usage: spawn_ctypes.py LIBRARY CWD PROGRAM [ARGUMENTS...]

The program has CWD as its directory, writes both of its outputs into one pipe
and may open 64 files. What it wrote is printed; if it can't be started, the
step that failed is. The structs are those of libspawn.h, field by field;
docs/vendoring.md has their offsets.
"""
import ctypes
import os
import resource
import sys

i32, u32, u64 = ctypes.c_int32, ctypes.c_uint32, ctypes.c_uint64
text, pointer = ctypes.c_char_p, ctypes.c_void_p

FD_SAME, FD_PIPE_WRITE = 2, 6
SEARCH_PARENT_PATH = 1
RLIMIT_KEEP_HARD = 2


class Fd(ctypes.Structure):
    """struct libspawn_fd"""
    _fields_ = [
        ("child_fd", i32), ("kind", u32), ("parent_fd", i32), ("entry", u32),
        ("open_flags", u32), ("open_mode", u32), ("path", text),
        ("parent_end", ctypes.POINTER(i32)), ("spare", u32 * 2)]


class Rlimit(ctypes.Structure):
    """struct libspawn_rlimit"""
    _fields_ = [
        ("soft", u64), ("hard", u64), ("resource", i32), ("flags", u32),
        ("spare", u32 * 2)]


class Options(ctypes.Structure):
    """struct libspawn_options. It may end anywhere: size says where."""
    _fields_ = [
        ("size", u32), ("backend", u32), ("flags", u64),
        ("signal_default", u64), ("signal_ignore", u64), ("signal_mask", u64),
        ("ambient_caps", u64), ("bounding_caps", u64), ("unshare", u64),
        ("timer_slack", u64), ("program_fd", i32), ("search", u32),
        ("search_list", text), ("env", pointer), ("env_unset", pointer),
        ("env_set", pointer), ("cwd", text), ("root", text), ("cwd_fd", i32),
        ("umask", u32), ("fds", ctypes.POINTER(Fd)), ("fd_count", u32),
        ("process_group", i32), ("terminal_fd", i32), ("uid", u32),
        ("gid", u32), ("group_count", u32), ("groups", pointer),
        ("securebits", u32), ("nice", i32),
        ("rlimits", ctypes.POINTER(Rlimit)), ("rlimit_count", u32)]


class Process(ctypes.Structure):
    """struct libspawn_process: 32 bytes for ever"""
    _fields_ = [
        ("pid", i32), ("pidfd", i32), ("backend", u32), ("retries", u32),
        ("fallbacks", u32), ("rest", u32 * 3)]


class Error(ctypes.Structure):
    """struct libspawn_error: 32 bytes for ever"""
    _fields_ = [
        ("code", i32), ("step", i32), ("index", i32), ("signal", i32),
        ("backend", u32), ("stage", u32), ("spare", u32 * 2)]


def load(path):
    """The library. ctypes checks no argument that it knows nothing of."""
    library = ctypes.CDLL(path)
    library.libspawn_start.argtypes = [
        ctypes.POINTER(Process), text, ctypes.POINTER(text),
        ctypes.POINTER(Options), ctypes.POINTER(Error)]
    library.libspawn_explain.argtypes = [
        ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(Error), text,
        ctypes.POINTER(text), ctypes.POINTER(Options)]
    library.libspawn_explain.restype = ctypes.c_size_t
    for name in ("libspawn_step_name", "libspawn_backend_name"):
        getattr(library, name).restype = text
    return library


def explain(library, error, argv, options):
    """What failed: the name of the step, and a sentence."""
    sentence = ctypes.create_string_buffer(256)
    library.libspawn_explain(sentence, len(sentence), error, argv[0], argv,
                             options)
    step = library.libspawn_step_name(error.step)
    return (f"step {error.step} ({step.decode()}), index {error.index}: "
            f"{sentence.value.decode()}")


def main(path, cwd, *arguments):
    library = load(path)
    # All that the structs point to is kept alive by these names.
    argv = (text * (len(arguments) + 1))(*map(os.fsencode, arguments), None)
    output = i32(-1)
    fds = (Fd * 2)(
        Fd(child_fd=1, kind=FD_PIPE_WRITE, parent_end=ctypes.pointer(output)),
        Fd(child_fd=2, kind=FD_SAME, entry=0))
    rlimits = (Rlimit * 1)(
        Rlimit(resource=resource.RLIMIT_NOFILE, soft=64,
               flags=RLIMIT_KEEP_HARD))
    options = Options(
        size=ctypes.sizeof(Options), search=SEARCH_PARENT_PATH,
        cwd=os.fsencode(cwd), fds=fds, fd_count=len(fds),
        rlimits=rlimits, rlimit_count=len(rlimits))
    process, error = Process(), Error()

    if library.libspawn_start(process, argv[0], argv, options, error):
        sys.exit(explain(library, error, argv, options))
    backend = library.libspawn_backend_name(process.backend).decode()
    with open(output.value, encoding="utf-8", errors="replace") as stream:
        written = stream.read()
    status = os.waitstatus_to_exitcode(os.waitpid(process.pid, 0)[1])
    print(f"backend {backend}, exit status {status}, wrote:\n{written}",
          end="")


if __name__ == "__main__":
    main(*sys.argv[1:])
