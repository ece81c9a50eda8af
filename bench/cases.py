# SPDX-License-Identifier: MIT
"""What is varied: a case is a state of the caller and who starts in it."""
import dataclasses
import fnmatch
import os
import resource

PLAIN = ["*/plain", "floor/signals-blocked"]
# What a caller of any size wants to know.
CHIEF = ["*/plain", "*/full-house", "by-hand/promises", "by-hand/begun",
         "GLib*/*", "CPython*/*", "Rust*/*", "Popen-*/default"]
# subprocess.Popen and that of runtimes/python, with the same arguments.
POPENS = ["floor/plain", "floor/ids", "Popen-*/*", "CPython-Popen/user"]
# Who closes descriptors, who leaves them open, and who shows the price.
CLOSERS = ["floor/plain", "floor/close-others", "fork/*", "*-posix_spawn/plain",
           "glibc-posix_spawn/close-others", "pipe-wait/*", "libuv/*",
           "libspawn-clone/plain", "libspawn-clone/inherit-fds",
           "libspawn-clone/null", "libspawn-clone/open",
           "libspawn-clone/pipes", "GLib*/*",
           "CPython-Popen/plain", "CPython-Popen/leave-open", "Node*/*",
           "Rust*/plain", "Java*/*", "Go*/*"]
# Few, so that what comes in between is what the case says.
IN_PROCESS = ["floor/plain", "floor/signals-blocked", "pipe-wait/plain",
              "glibc-posix_spawn/plain", "by-hand/promises",
              "libspawn-clone/plain", "libspawn-clone/inherit-fds"]
# The same and all peers, which have drivers of their own.
IN_LIFE = IN_PROCESS + ["fork/plain", "drop-in-posix_spawn/plain", "libuv/*",
                        "GLib*/*", "musl-posix_spawn/*", "CPython*/*",
                        "Node*/*", "Rust*/*", "Java*/*", "Go*/*"]
# No options, and the whole house: not each by itself, as those would be what
# is in the caches when the next one starts.
SMALL = CHIEF + ["fork/close-loop", "floor/close-others"]
# From the call to the end of the program.
SANDBOXES = ["floor/plain", "*/sandbox", "*/sandbox-init", "*/sandbox-net"]
# The closing loop asks the kernel for each number there could be.
LOOPS = ["fork/close-loop"]


@dataclasses.dataclass
class Case:
    """One state of the caller."""
    axis: str
    seconds: float
    patterns: list
    rss_mb: int = 0
    huge: bool = False
    fds: int = 0
    threads: int = 1
    burst: int = 1
    nofile: int = 0
    dynamic: bool = False
    bystander: bool = False
    between: str = ""  # what is done before each start: program, memory
    rows: int = 0      # of the table of descriptors
    few: int = 0       # open in a second caller, whose floor takes turns
    least: int = 0     # starts of each method of the first driver
    cpu: int = None  # None: any
    peers: bool = True
    drivers: tuple = ()  # their names; none: all

    def has(self, peer):
        """Whether a driver has a part in it."""
        if self.drivers:
            return peer.name in self.drivers
        # What touches memory in between is written in C.
        if self.between == "memory" and not peer.in_c:
            return False
        return peer.ours or self.peers

    @property
    def target(self):
        return "bench-target-dynamic" if self.dynamic else "bench-target"

    def wants(self, method, case_name):
        name = f"{method}/{case_name}"
        return any(fnmatch.fnmatch(name, p) for p in self.patterns)

    def with_few(self):
        """The second caller, of the same kind."""
        return dataclasses.replace(self, fds=self.few,
                                   patterns=["floor/plain"])

    def fields(self):
        """The part of a row that says where it was measured."""
        return {"axis": self.axis, "rss_mb": self.rss_mb,
                "pages": "huge" if self.huge else "4k", "fds": self.fds,
                "threads": self.threads, "nofile": self.nofile,
                "between": self.between, "rows": self.rows,
                "child": "dynamic" if self.dynamic else "static",
                "cpus": "all" if self.cpu is None else "one"}

    def __str__(self):
        parts = [f"{self.rss_mb} MiB resident"] if self.rss_mb else []
        parts += ["huge pages"] if self.huge else []
        parts += [f"{self.fds} descriptors"] if self.fds else []
        parts += [f"{self.threads} threads"] if self.threads > 1 else []
        parts += [f"RLIMIT_NOFILE {self.nofile}"] if self.nofile else []
        parts += [f"{self.between} in between"] if self.between else []
        parts += [f"{self.rows} rows"] if self.rows else []
        parts += ["dynamic child"] if self.dynamic else []
        parts += ["any processor"] if self.cpu is None else []
        return ", ".join([self.axis] + parts)


def last_cpu():
    return max(os.sched_getaffinity(0))


def most_descriptors():
    """The highest soft limit that this process may set, up to 2^30."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with open("/proc/sys/fs/nr_open") as text:
        possible = min(int(text.read()), 1 << 30)
    try:
        child_may = min(possible, 1 << 30)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, child_may))
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return child_may
    except (ValueError, OSError):
        return hard


def quick(cpu):
    return [Case("base", 6, CHIEF, cpu=cpu, least=2000),
            Case("rss", 3, CHIEF, rss_mb=1024, cpu=cpu, least=2000),
            *between(cpu, 2, IN_PROCESS, drivers=("main",))]


def between(cpu, seconds, patterns, **more):
    """A caller that does something else between its starts."""
    for what in "", "program", "memory":
        yield Case("between", seconds, patterns, between=what, cpu=cpu,
                   least=1000, **more)


def full(cpu):
    limit = most_descriptors()
    yield Case("base", 40, SMALL, cpu=cpu)
    for rss_mb in 64, 512, 1024, 4096, 8192:
        yield Case("rss", 16, CHIEF, rss_mb=rss_mb, cpu=cpu,
                   peers=rss_mb in (64, 1024, 8192))
    for rss_mb in 64, 512, 1024, 4096, 8192:
        yield Case("huge", 8, CHIEF, rss_mb=rss_mb, huge=True, cpu=cpu,
                   peers=rss_mb == 1024)
    for fds in 10, 1000, 10000, 100000:
        if fds + 100 < limit:
            yield Case("fds", 12, CLOSERS, fds=fds, few=10, cpu=cpu,
                       nofile=max(1024, fds + 100))
    for threads, burst in (1, 32), (8, 8), (64, 2):
        yield Case("threads", 16, PLAIN, threads=threads, burst=burst)
    for nofile in 1024, limit:
        yield Case("nofile", 8, CLOSERS, nofile=nofile, cpu=cpu)
    yield Case("options", 25, ["libspawn-clone/*", "floor/*",
                               "glibc-posix_spawn/*"], cpu=cpu, peers=False)
    for rows in 10, 100, 1000, 10000, 65536:
        if rows + 100 < limit:
            yield Case("rows", 6, ["floor/plain", "*/rows"], rows=rows,
                       cpu=cpu, nofile=max(1024, rows + 100), peers=False)
    for state in {}, {"rss_mb": 1024}, {"rss_mb": 1024, "threads": 8}:
        yield Case("sandbox", 8, SANDBOXES, peers=False,
                   cpu=None if "threads" in state else cpu, **state)
    yield from between(cpu, 16, IN_LIFE)
    yield Case("child", 12, CHIEF, cpu=cpu, dynamic=True)
    for state in ({"rss_mb": 10}, {"rss_mb": 1024}, {"rss_mb": 4096},
                  {"fds": 10000, "nofile": 10100}, {"threads": 8, "burst": 32},
                  {"threads": 8, "burst": 2, "rss_mb": 1024}):
        if state.get("fds", 0) < limit:
            yield Case("popen", 16, POPENS,
                       cpu=None if "threads" in state else cpu,
                       drivers=("main", "popen", "python"), **state)
    for rss_mb in 64, 1024:
        yield Case("stall", 8, CHIEF, rss_mb=rss_mb, bystander=True,
                   peers=False)


AXES = ("base", "rss", "huge", "fds", "threads", "nofile", "options",
        "rows", "sandbox", "between", "child", "popen", "stall", "asyncio",
        "overlap", "workers", "capture", "counts", "pressure", "runtimes",
        "benchmark-spawn")
# Takes what must be fetched and built: only when named.
ON_REQUEST = ("runtimes", "benchmark-spawn")
