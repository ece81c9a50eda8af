# SPDX-License-Identifier: MIT
"""Talks to a driver: one process, told by lines to make starts."""
import collections
import contextlib
import dataclasses
import fcntl
import os
import resource
import struct
import subprocess
import threading

PIPE_SIZE = 1 << 20
PATIENCE = 120  # seconds for one command


class Failure(Exception):
    """A driver did not do as told, or is gone."""


class FailedStart(Failure):
    """A start failed; the driver is well. "NAME/CASE: WHY" if it said whose."""

    def __init__(self, driver, words):
        super().__init__(f"{driver}: {' '.join(words)}")
        self.method = words[0].removesuffix(":") if words else ""


@dataclasses.dataclass
class Sample:
    """One start. first_ns is None where starts overlap, begin_ns where the
    caller's thread waits."""
    method: int
    before_ns: int
    start_ns: int
    total_ns: int
    stall_ns: int
    begin_ns: int = None
    first_ns: int = None


class Driver:
    """A running driver, prepared as the case wants its caller."""

    def __init__(self, peer, case, files, rss_mb=None, slow=None,
                 wrapper=(), cgroup=None):
        self.name = peer.name
        self.methods = {}
        self.missing = {}
        # By method, with the warm-up: they must be equal.
        self.starts = collections.Counter()
        self.exits = collections.Counter()
        self.cgroup = cgroup
        options = ["-b"] if case.bystander else []
        options += ["-i", case.between] if case.between else []
        if slow and peer.ours:
            method, microseconds = slow.rsplit(":", 1)
            options += ["-s", method, "-u", microseconds]
        command = [*wrapper, *peer.command, *(options if peer.in_c else []),
                   str(files / case.target)]
        rss_mb = case.rss_mb if rss_mb is None else rss_mb
        self.begin(command, case, self.surroundings(peer, case, files, rss_mb))

    @staticmethod
    def surroundings(peer, case, files, rss_mb):
        """The environment: what the ballast reads."""
        ours = {"BENCH_RSS_MB": str(rss_mb)} if rss_mb else {}
        if case.huge:
            ours["BENCH_HUGE"] = "1"
        if case.fds:
            ours["BENCH_FDS"] = str(case.fds)
        if ours and not peer.in_c:
            ours["LD_PRELOAD"] = str(files / "libbench-ballast.so")
        if case.rows:
            ours["BENCH_ROWS"] = str(case.rows)
        if case.between and not peer.in_c:
            ours["BENCH_BETWEEN"] = case.between
        if case.axis == "sandbox":
            ours["BENCH_SANDBOX"] = "1"
        kept = {k: v for k, v in os.environ.items()
                if not k.startswith(("BENCH_", "LIBSPAWN_", "LD_PRELOAD"))}
        return kept | ours

    def begin(self, command, case, environment):
        def settle():
            if self.cgroup:
                self.cgroup.join()
            if case.cpu is not None:
                os.sched_setaffinity(0, {case.cpu})
            if case.nofile:
                hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
                resource.setrlimit(resource.RLIMIT_NOFILE,
                                   (case.nofile, max(hard, case.nofile)))
        self.records, records_out = os.pipe()
        fcntl.fcntl(self.records, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
        os.set_blocking(self.records, False)
        try:
            self.process = subprocess.Popen(
                command, text=True, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=records_out,
                env=environment, preexec_fn=settle)
        finally:
            os.close(records_out)

    def greet(self):
        """Wait until it is ready. Apart, so that drivers load together."""
        while (words := self.answer())[0] != "ready":
            index = len(self.methods) + len(self.missing) + 1
            if words[0] == "method":
                self.methods[index] = (words[1], words[2])
            elif words[0] == "missing":
                self.missing[index] = (*words[1:3], " ".join(words[3:]))
            else:
                raise Failure(f"{self.name}: {' '.join(words)}")

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            status = self.process.wait()
            text = bytes(c for c in self.take_records()[-300:]
                         if 32 <= c < 127).decode()
            raise Failure(f"{self.name}: ended with {status} {text}")
        return line.split()

    def take_records(self):
        """What the children wrote; all that have been reaped have done so."""
        pieces = []
        try:
            while piece := os.read(self.records, PIPE_SIZE):
                pieces.append(piece)
        except BlockingIOError:
            pass
        return b"".join(pieces)

    def run(self, rounds, threads, burst, methods):
        """Returns the samples in the order taken."""
        watch = threading.Timer(PATIENCE, self.process.kill)
        watch.start()
        try:
            numbers = " ".join(map(str, [rounds, threads, burst, *methods]))
            self.process.stdin.write(f"rounds {numbers}\n")
            self.process.stdin.flush()
            samples = []
            while (words := self.answer())[0] not in ("done", "failed"):
                index, before, returned, reaped, stall, *begun = map(int, words)
                samples.append(Sample(index, before, returned - before,
                                      reaped - before, stall,
                                      *(at - before for at in begun)))
        except BrokenPipeError:
            raise Failure(f"{self.name}: is gone") from None
        finally:
            watch.cancel()
        records = self.take_records()
        if words[0] == "failed":
            raise FailedStart(self.name, words[1:])
        self.check(samples, records, rounds * threads * burst * len(methods))
        self.starts.update(s.method for s in samples)
        self.exits.update(s.method for s, _ in zip(
            samples, range(0, len(records), 8)))
        if threads == 1:
            times = struct.unpack(f"{len(samples)}Q", records)
            for sample, first in zip(samples, times):
                sample.first_ns = first - sample.before_ns
        return samples

    def check(self, samples, records, wanted):
        """Every start must have run the child: each leaves one record."""
        if len(samples) != wanted or len(records) != 8 * wanted:
            text = bytes(c for c in records if 32 <= c < 127)[:300]
            raise Failure(f"{self.name}: {wanted} starts wanted, "
                          f"{len(samples)} made, "
                          f"{len(records) / 8} children ran: {text!r}")

    def faults(self):
        """Minor page faults so far: its own, and of reaped children."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return int(fields[7]), int(fields[8])

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.records)

    def __enter__(self):
        self.greet()
        return self

    def __exit__(self, *_):
        self.end()


class Asked:
    """A program told what to do by a line, which answers with what it took."""

    def __init__(self, command, **more):
        self.name = command[0].name
        self.process = subprocess.Popen(
            command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            **more)

    def measure(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise Failure(f"{self.name}: {word}: no answer")
        return float(answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@contextlib.contextmanager
def pinned(cpu):
    """To one processor, also what is started meanwhile; None: as it was."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, allowed if cpu is None else {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
