# SPDX-License-Identifier: MIT
"""The rows as tables for people."""

TITLES = {
    "base": "A small caller",
    "rss": "Memory resident, in 4 KiB pages",
    "huge": "Memory resident, in huge pages",
    "fds": "Descriptors open in the caller",
    "threads": "Threads that start at once, on all processors",
    "nofile": "RLIMIT_NOFILE of the caller",
    "options": "Options, one by one and all",
    "rows": "A table of many descriptors",
    "sandbox": "A sandbox, from the call to the end of the program",
    "between": "A caller that does something else between its starts",
    "child": "A dynamically linked child",
    "popen": "Python's Popen, of subprocess and of libspawn",
    "asyncio": "asyncio: children of one event loop",
    "overlap": "One event loop that keeps 16 programs under way",
    "stall": "A bystander thread that maps and touches pages meanwhile",
    "capture": "A program fed and read: so much through cat and back",
    "workers": "Workers, templates, messages and pools",
    "counts": "What a start takes besides time",
    "pressure": "Starts when memory is short",
    "runtimes": "libuv, Node and GLib, as they are and with libspawn",
    "pauses": "The same, from an event loop",
    "benchmark-spawn": "libuv's own benchmark-spawn",
}
# Of the fields: heading, format.
TIMED = [("begin_p50_us", "begun p50", ".1f"),
         ("start_min_us", "min", ".1f"),
         ("start_p50_us", "return p50", ".1f"),
         ("start_p99_us", "return p99", ".1f"),
         ("first_p50_us", "first p50", ".1f"),
         ("total_p50_us", "reaped p50", ".1f"),
         ("per_second", "per second", ".0f"),
         ("ratio_to_floor", "x floor", ".2f")]
STALLS = [("stall_p50_us", "stall p50", ".1f"),
          ("stall_p99_us", "stall p99", ".1f"),
          ("start_p50_us", "return p50", ".1f"),
          ("ratio_to_floor", "x floor", ".2f")]
COUNTS = [("parent_calls", "calls", ".1f"),
          ("child_calls", "child calls", ".1f"),
          ("parent_faults", "faults", ".1f"),
          ("child_faults", "child faults", ".1f"),
          ("peak_kb", "peak KiB", ".0f")]
MOVED = [("moved_min_ms", "min", ".1f"), ("moved_p50_ms", "median", ".1f"),
         ("mib_per_second", "MiB/s", ".0f"),
         ("ratio_to_cats", "x cat | cat", ".2f")]
LOOPS = [("all_p50_ms", "all ended", ".1f"),
         ("pause_p50_ms", "longest pause", ".2f")]
OVERLAPS = [("per_second", "per second", ".0f"),
            ("late_p50_us", "late, median", ".0f"),
            ("late_max_us", "late at most", ".0f")]
WORKED = [("took_min_us", "min", ".1f"), ("took_p50_us", "median", ".1f"),
          ("tasks_per_second", "tasks/s", ".0f"),
          ("ratio_to_hand", "x by hand", ".2f")]
OUTCOMES = [("memory_cgroup", "memory cgroup", "s"),
            ("no_overcommit", "no overcommit", "s")]
COLUMNS = {"stall": STALLS, "capture": MOVED, "asyncio": LOOPS, "pauses": LOOPS,
           "overlap": OVERLAPS, "workers": WORKED, "counts": COUNTS,
           "pressure": OUTCOMES}
# What tells apart the tables of one axis.
CALLER = (("rss_mb", "MiB resident"), ("fds", "descriptors"),
          ("threads", "threads"), ("nofile", "as RLIMIT_NOFILE"),
          ("rows", "rows"), ("children", "children"), ("mib", "MiB"),
          ("tasks", "tasks, a pool of 2"))
# What is done before each start.
BETWEEN = {"": "nothing", "program": "sh -c : has run in between",
           "memory": "8 MiB of memory touched in between"}
# What the figures of an axis are; else microseconds from the call.
UNITS = {"pressure": "", "counts": "; per start", "capture": "; milliseconds",
         "asyncio": "; milliseconds", "pauses": "; milliseconds",
         "overlap": "; a timer each millisecond, microseconds late",
         "workers": "; microseconds", "benchmark-spawn": ""}


def caller(row):
    state = [f"{row[field]:,} {unit}" for field, unit in CALLER
             if row.get(field) and (field, row[field]) != ("threads", 1)]
    if row["axis"] == "between":
        state.append(BETWEEN[row["between"]])
    if row["axis"] in ("capture", "workers"):
        state.append("on one processor" if row["cpus"] == "one" else "on all")
    return ", ".join(state)


def columns_of(axis, rows):
    return [c for c in COLUMNS.get(axis, TIMED)
            if any(row.get(c[0]) is not None for row in rows)]


def tables(rows):
    """(title, columns, rows) of each table, in the order measured."""
    found = {}
    for row in rows:
        found.setdefault((row["axis"], caller(row)), []).append(row)
    for (axis, state), members in found.items():
        title = TITLES[axis] + (f": {state}" if state else "")
        yield title, columns_of(axis, members), members


def cell(row, column):
    value = row.get(column[0])
    return "-" if value is None else format(value, column[2])


def print_tables(rows):
    for number, (title, columns, members) in enumerate(tables(rows)):
        print("\n" * (number > 0) + title +
              UNITS.get(members[0]["axis"], "; microseconds from the call"))
        print(f"{'method':<21} {'case':<22} " + " ".join(
            f"{heading:>13}" for _, heading, _ in columns))
        for row in members:
            print(f"{row['method']:<21} {row['case']:<22} " + " ".join(
                f"{cell(row, column):>13}" for column in columns))
