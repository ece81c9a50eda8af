# SPDX-License-Identifier: MIT
"""From samples to rows. Order statistics only: nothing assumes a shape."""
import math
import statistics


def percentile(ordered, percent):
    """By the nearest rank, so that it is a sample that was really seen."""
    rank = math.ceil(percent / 100 * len(ordered)) - 1
    return ordered[max(0, min(rank, len(ordered) - 1))]


class Series:
    """All samples of one method in one case, turn by turn."""

    def __init__(self, method, case_name):
        self.method = method
        self.case_name = case_name
        self.start, self.first, self.total, self.stall = [], [], [], []
        self.begin = []
        self.ratios = []  # one of each turn
        self.shares = []  # the same until the caller's thread goes on
        self.to_few = []  # to the floor of a caller with few descriptors
        self.rates = []   # one of each burst of threads

    def add(self, samples, floor, threads, burst):
        """The samples of one turn, and those of the floor in that turn."""
        starts = [s.start_ns for s in samples]
        self.start += starts
        self.total += [s.total_ns for s in samples]
        self.first += [s.first_ns for s in samples if s.first_ns is not None]
        self.stall += [s.stall_ns for s in samples if s.stall_ns]
        floors = [s.start_ns for s in floor]
        self.ratios.append(paired_ratio(starts, floors))
        begins = [s.begin_ns for s in samples if s.begin_ns is not None]
        if begins:
            self.begin += begins
            self.shares.append(paired_ratio(begins, floors))
        size = threads * burst
        for at in range(0, len(samples), size):
            chunk = samples[at:at + size]
            lasted = max(s.before_ns + s.total_ns for s in chunk) - \
                min(s.before_ns for s in chunk)
            self.rates.append(1e9 * size / lasted)

    def add_few(self, samples, floor):
        """The samples of one turn, and the other caller's floor in it."""
        self.to_few.append(
            statistics.median(s.start_ns for s in samples) /
            statistics.median(s.start_ns for s in floor))

    def row(self, case):
        start, total = sorted(self.start), sorted(self.total)
        row = case.fields() | {
            "method": self.method, "case": self.case_name,
            "samples": len(start),
            "start_min_us": start[0] / 1000,
            "start_p50_us": statistics.median(start) / 1000,
            "start_p99_us": percentile(start, 99) / 1000,
            "first_p50_us": statistics.median(self.first) / 1000
            if self.first else None,
            "total_p50_us": statistics.median(total) / 1000,
            "per_second": statistics.median(self.rates),
            "ratio_to_floor": statistics.median(self.ratios),
            "ratio_noise": noise(self.ratios),
        }
        if self.begin:
            row["begin_p50_us"] = statistics.median(self.begin) / 1000
            row["begin_to_floor"] = statistics.median(self.shares)
        if self.to_few:
            row["ratio_to_few"] = statistics.median(self.to_few)
        if self.stall:
            stall = sorted(self.stall)
            row["stall_p50_us"] = statistics.median(stall) / 1000
            row["stall_p99_us"] = percentile(stall, 99) / 1000
        return {key: round(value, 4) if isinstance(value, float) else value
                for key, value in row.items()}


def paired_ratio(starts, floor):
    """Round by round where both were in the same rounds; else of medians."""
    if len(starts) == len(floor):
        return statistics.median(s / f for s, f in zip(starts, floor))
    return statistics.median(starts) / statistics.median(floor)


def noise(ratios):
    """How far off the median of the turns may be, as a share of it.

    Twice the standard error of a median, from the median deviation.
    """
    middle = statistics.median(ratios)
    deviation = statistics.median(abs(r - middle) for r in ratios)
    return 2 * 1.2533 * 1.4826 * deviation / math.sqrt(len(ratios)) / middle
