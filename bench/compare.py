# SPDX-License-Identifier: MIT
"""Two runs: what changed beyond the noise. Ratios to the floor are compared.

Microseconds of different hours compare poorly, ratios of one run well.
"""
import math

# Less than this is not told from drift, however quiet the turns were.
LEAST = 0.10
# A ratio less sure than this is noise: of two runs with it, the difference is
# less sure by the root of two.
NOISY = 0.07
OURS = ("libspawn-", "drop-in-")
KEY = ("axis", "method", "case", "rss_mb", "pages", "fds", "threads",
       "nofile", "rows", "between", "child", "cpus")


def by_key(rows):
    return {tuple(row.get(k) for k in KEY): row for row in rows
            if row.get("ratio_to_floor")}


def tolerance(old, new):
    return max(LEAST, 2 * math.hypot(old.get("ratio_noise", 0),
                                     new.get("ratio_noise", 0)))


def is_noise(row):
    return row.get("ratio_noise", 0) > NOISY


def mark_noise(rows, others):
    """The rows: one that another run has otherwise is noise, too."""
    other = by_key(others)
    for row in rows:
        before = other.get(tuple(row.get(k) for k in KEY))
        if before and row.get("ratio_to_floor"):
            change = row["ratio_to_floor"] / before["ratio_to_floor"] - 1
            if abs(change) > LEAST:
                row = row | {"ratio_noise": max(row["ratio_noise"],
                                                round(abs(change), 4))}
        yield row


def where(row):
    caller = [f"{row[k]} {k}" for k in ("rss_mb", "fds", "threads", "nofile")
              if row.get(k)]
    return f"{row['axis']} ({', '.join(caller)})"


def compare(old_rows, new_rows):
    """Returns the lines to print and whether libspawn got slower."""
    old, new = by_key(old_rows), by_key(new_rows)
    lines, slower, both = [], False, [key for key in new if key in old]
    for key in both:
        before, after = old[key], new[key]
        change = after["ratio_to_floor"] / before["ratio_to_floor"] - 1
        if abs(change) <= tolerance(before, after):
            continue
        mark = ""
        if change > 0 and after["method"].startswith(OURS):
            slower, mark = True, "  SLOWER"
        lines.append(
            f"{after['method']}/{after['case']}, {where(after)}: "
            f"{before['ratio_to_floor']:.2f} -> {after['ratio_to_floor']:.2f} "
            f"x floor, {change:+.0%} (noise "
            f"{tolerance(before, after):.0%}){mark}")
    lines.append(f"{len(both)} rows in both runs, {len(lines)} changed "
                 "beyond the noise")
    return lines, slower
