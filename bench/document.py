# SPDX-License-Identifier: MIT
"""The figures of a run, written into docs/performance.md between two marks."""
import re

import compare
import goals
import plots
from table import BETWEEN, caller

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
PLOTS = ["base", "begin", "rss", "fds", "threads", "options", "rows",
         "between", "stall", "workers", "tasks"]
# The plots above the tables of an axis.
DRAWN = {"workers": ("workers", "tasks")}
TITLES = {"rows": "A table of many descriptors",
          "between": "Something else between the starts",
          "base": "A small caller", "rss": "Much memory",
          "fds": "Many descriptors", "threads": "Many threads",
          "begin": "Starts that do not wait", "options": "Options",
          "stall": "A bystander"}
# The load of a machine that does nothing else.
IDLE = 1.0


def table(heading, lines):
    yield "| " + " | ".join(heading) + " |"
    yield "|---" * len(heading) + "|"
    for line in lines:
        yield "| " + " | ".join(line) + " |"
    yield ""


def number(value, digits=1):
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.{digits}f}"


def name_of(row):
    name = plots.label(row)
    return f"**{name}**" if name == "libspawn-clone" else name


def pivot(rows, axis, field, heading, keep, unit, best=1):
    """Methods down, states of the caller across."""
    chosen = [row for row in plots.axis_rows(rows, axis) if keep(row)]
    states = sorted({row[heading] for row in chosen})
    found = {}
    for row in chosen:
        found.setdefault(name_of(row), {})[row[heading]] = row[field]
    lines = sorted(found.items(),
                   key=lambda item: best * item[1].get(states[-1], 0))
    yield from table([""] + [f"{s:,} {unit}" for s in states],
                     [[name] + [number(values.get(s)) for s in states]
                      for name, values in lines])


def base_table(rows):
    chosen = [row for row in plots.axis_rows(rows, "base")
              if plots.is_no_option(row)]
    chosen.sort(key=lambda row: row["ratio_to_floor"])
    yield from table(
        ["", "return, µs", "p99", "first instruction", "reaped",
         "starts/s", "x floor"],
        [[name_of(row), *(number(row[f]) for f in (
            "start_p50_us", "start_p99_us", "first_p50_us", "total_p50_us")),
          number(row["per_second"], 0), number(row["ratio_to_floor"], 2) +
          (" †" if compare.is_noise(row) else "")]
         for row in chosen])


def counts_table(rows):
    chosen = [row for row in plots.axis_rows(rows, "counts")
              if plots.is_no_option(row)]
    yield from table(
        ["", "calls", "child's calls", "faults", "child's faults",
         "peak, KiB"],
        [[name_of(row), *(number(row.get(f)) for f in (
            "parent_calls", "child_calls", "parent_faults", "child_faults")),
          number(row.get("peak_kb"), 0)] for row in chosen])


def capture_table(rows):
    chosen = plots.axis_rows(rows, "capture")
    yield from table(
        ["", "processors", "MiB", "median, ms", "least, ms", "MiB/s",
         "x cat \\| cat"],
        [[name_of(row), row["cpus"], str(row["mib"]),
          number(row["moved_p50_ms"]), number(row["moved_min_ms"]),
          number(row["mib_per_second"], 0), number(row["ratio_to_cats"], 2)]
         for row in chosen])


def popen_table(rows):
    """Ours against subprocess's: Popen() / Popen().wait(), or of threads."""
    pairs = goals.popen_pairs(rows)
    states = {caller(ours): None for ours, _ in pairs.values()}
    lines = {}
    for ours, theirs in pairs.values():
        fields = ("start_p50_us", "total_p50_us")
        if ours["threads"] > 1:
            cell = f"{ours['per_second'] / theirs['per_second']:.3g} x starts/s"
        else:
            cell = " / ".join(f"{ours[f] / theirs[f]:.3g}" for f in fields)
        lines.setdefault(ours["case"], {})[caller(ours)] = cell
    yield from table(["of subprocess's", *states],
                     [[case, *(cells.get(state, "-") for state in states)]
                      for case, cells in lines.items()])
    yield from table(
        ["x floor: Popen() / and wait()", "state", "libspawn", "subprocess"],
        [[ours["case"], caller(ours), *(
            f"{row['ratio_to_floor']:.2f} / "
            f"{row['total_p50_us'] / floor['total_p50_us']:.2f}"
            for row in (ours, theirs))]
         for ours, theirs in pairs.values() if ours["threads"] == 1
         for floor in plots.axis_rows(rows, "popen")
         if name_of(floor) == "floor" and caller(floor) == caller(ours)])
    hands = {caller(row): row["start_p50_us"]
             for row in plots.axis_rows(rows, "popen")
             if name_of(row) == "floor ids"}
    yield from table(
        ["a user, µs", "in C by hand", "libspawn", "subprocess",
         "by hand ahead of that"],
        [[caller(ours), number(hands[caller(ours)]),
          number(ours["start_p50_us"]), number(theirs["start_p50_us"], 0),
          f"{theirs['start_p50_us'] / hands[caller(ours)]:,.0f} x"]
         for ours, theirs in pairs.values() if ours["case"] == "user"
         and ours["threads"] == 1 and caller(ours) in hands])


def sandbox_table(rows):
    """From the call to the end of the program: what makes them is started."""
    chosen = plots.axis_rows(rows, "sandbox")
    took = {(row["method"], row["case"], caller(row)): row["total_p50_us"]
            for row in chosen}

    def like(method, row):
        return took.get((method, row["case"].removesuffix("-init"),
                         caller(row)))

    def factor(part, whole):
        return f"{part / whole:.2f} x" if part and whole else "-"
    yield from table(
        ["", "caller", "reaped, µs", "of by hand", "bwrap takes"],
        [[name_of(row), caller(row) or "small", number(row["total_p50_us"], 0),
          factor(row["total_p50_us"], like("by-hand", row)),
          factor(like("bwrap", row), row["total_p50_us"])]
         for row in chosen if row["method"] != "floor"])


def overlap_table(rows):
    yield from table(["", "MiB", "starts/s", "timer late, µs, median of the "
                      "worst", "worst of all"],
                     [[name_of(row), f"{row['rss_mb']:,}",
                       number(row["per_second"], 0),
                       number(row["late_p50_us"], 0),
                       number(row["late_max_us"], 0)]
                      for row in plots.axis_rows(rows, "overlap")])


def loop_table(rows):
    chosen = plots.axis_rows(rows, "asyncio")
    yield from table(["", "children", "all ended, ms", "longest pause, ms"],
                     [[name_of(row), str(row["children"]),
                       number(row["all_p50_ms"]),
                       number(row["pause_p50_ms"], 2)] for row in chosen])


def workers_table(rows):
    chosen = plots.axis_rows(rows, "workers")
    yield from table(
        ["", "the caller", "µs", "x by hand", "tasks/s"],
        [[name_of(row), caller(row), number(row["took_p50_us"]),
          number(row.get("ratio_to_hand"), 2),
          number(row.get("tasks_per_second"))] for row in chosen])


def pressure_table(rows):
    chosen = plots.axis_rows(rows, "pressure")
    fields = [f for f in ("memory_cgroup", "no_overcommit")
              if any(f in row for row in chosen)]
    heading = {"memory_cgroup": "cgroup near its limit",
               "no_overcommit": "no overcommit"}
    yield from table([""] + [heading[f] for f in fields],
                     [[name_of(row)] + [row.get(f, "-") for f in fields]
                      for row in chosen])


def goals_table(checked):
    yield from table(["goal", "measured", ""],
                     [[goal, measured, "reached" if reached else "**missed**"]
                      for goal, measured, reached in checked])


def noise_lines(rows):
    """Which rows are noise: by axis, with what tells them apart there."""
    timed = [row for row in rows if "ratio_noise" in row]
    noisy = {}
    for row in filter(compare.is_noise, timed):
        state = caller(row)
        noisy.setdefault(row["axis"], []).append(
            plots.label(row) + (f" ({state})" if state else ""))
    count = sum(map(len, noisy.values()))
    yield (f"Of {len(timed)} rows {count} are noise (†): another run may have "
           f"their ratio to the floor otherwise by more than "
           f"{compare.LEAST:.0%}, or had. No goal of memory is judged by them.")
    yield ""
    for axis, names in noisy.items():
        yield f"- `{axis}`: {', '.join(names)}"
    yield ""


def repeat_lines(rows, others):
    """What came out otherwise in another run."""
    if not others:
        return
    *changed, summary = compare.compare(others, rows)[0]
    yield f"Against another run: {summary}" + \
        (":" if changed else ".")
    yield ""
    yield from (f"- {line.replace('  SLOWER', '')}" for line in changed)
    yield ""


def between_table(rows):
    chosen = plots.axis_rows(rows, "between")
    found = {}
    for row in chosen:
        found.setdefault(name_of(row), {})[row["between"]] = row
    yield from table(
        ["× floor", *BETWEEN.values()],
        [[name] + [number(states[what]["ratio_to_floor"], 2)
                   if what in states else "-" for what in BETWEEN]
         for name, states in found.items()])


def begin_table(rows):
    """Of starts that are begun by themselves: both their times."""
    chosen = [row for row in rows if row.get("begin_to_floor")
              and row["axis"] in ("base", "rss")]
    yield from table(
        ["", "MiB", "begun, µs", "x floor", "runs, µs", "x floor"],
        [[name_of(row), f"{row['rss_mb']:,}",
          number(row["begin_p50_us"]), number(row["begin_to_floor"], 2),
          number(row["start_p50_us"]), number(row["ratio_to_floor"], 2)]
         for row in chosen])


def sections(rows):
    """(axis, what goes below its plot) in the order of the page."""
    yield "base", base_table(rows)
    yield "begin", begin_table(rows)
    yield "rss", pivot(rows, "rss", "start_p50_us", "rss_mb",
                       plots.is_chief, "MiB")
    yield "fds", pivot(rows, "fds", "start_p50_us", "fds",
                       plots.is_closer, "open")
    yield "threads", pivot(rows, "threads", "per_second", "threads",
                           plots.is_parallel, "at once", best=-1)
    yield "options", []
    yield "rows", pivot(rows, "rows", "start_p50_us", "rows",
                        lambda row: row["case"] == "rows", "rows")
    yield "between", between_table(rows)
    yield "stall", pivot(rows, "stall", "stall_p50_us", "rss_mb", bool,
                         "MiB")


def drawings(names, folder, made):
    for name in names:
        if name in made:
            yield f"![{TITLES.get(name, name)}]({folder}/{name}.svg)\n"


def parts(rows, folder, made):
    """(axis, title, lines) of each section that has rows."""
    for axis, lines in sections(rows):
        # Its rows are of other axes.
        is_there = axis in made if axis == "begin" else \
            plots.axis_rows(rows, axis)
        if is_there:
            yield axis, TITLES[axis], [*drawings([axis], folder, made), *lines]
    for axis, title, lines in (
            ("capture", "A program fed and read: so much through cat and back",
             capture_table),
            ("sandbox", "A sandbox in one start", sandbox_table),
            ("overlap", "One event loop that keeps 16 programs under way",
             overlap_table),
            ("workers", "Workers, templates, messages and pools",
             workers_table),
            ("popen", "Python: Popen(), libspawn's and subprocess's",
             popen_table),
            ("asyncio", "Python: children of one event loop", loop_table),
            ("counts", "Calls, faults, memory: per start, 1 GiB resident",
             counts_table),
            ("pressure", "When memory is short: a caller of 1 GiB",
             pressure_table)):
        if plots.axis_rows(rows, axis):
            yield axis, title, [*drawings(DRAWN.get(axis, ()), folder, made),
                                *lines(rows)]


def idleness(facts):
    load = facts.get("load before", "0").split()[0]
    if float(load) > IDLE:
        yield f"**The machine was not idle: its load was {load}.** Read the " \
            "order, not the figures.\n"


def compose(rows, facts, folder, made, others):
    yield from table(["measured on", ""],
                     [[name, str(fact)] for name, fact in facts.items()])
    yield from idleness(facts)
    yield from goals_table(goals.check(rows))
    yield from noise_lines(rows)
    yield from repeat_lines(rows, others)
    for _, title, lines in parts(rows, folder, made):
        yield f"### {title}\n"
        yield from lines


def renew(figures, rows, facts, folder, made):
    """The figures with those sections anew that rows have something for."""
    old = re.split(r"^(?=### )", figures, flags=re.M)
    for axis, title, lines in parts(rows, folder, made):
        when = f"Measured by itself, {facts.get('date')}; load before: " \
            f"{facts.get('load before')}.\n"
        checked = list(goals.check(plots.axis_rows(rows, axis)))
        new = "\n".join([f"### {title}\n", when, *idleness(facts), *lines,
                         *(goals_table(checked) if checked else ())])
        places = [n for n, text in enumerate(old)
                  if text.startswith(f"### {title}\n")]
        if places:
            old[places[0]] = new + "\n"
        else:
            old.append(new + "\n")
    return "".join(text.rstrip() + "\n\n" for text in old)


def put(path, begin, end, make):
    """Between two marks of path.md what make() makes of what is there."""
    page = path.with_suffix(".md")
    before, rest = page.read_text().split(begin)
    old, after = rest.split(end)
    page.write_text(f"{before}{begin}\n\n{make(old).strip()}\n\n{end}{after}")


def write(path, rows, facts, say, others=(), only=()):
    """Put the figures into path.md, and the plots into the folder path.

    others: the rows of another run, to be compared with.
    only: axes that were measured, of which the sections are written anew.
    """
    made = {name for name, *_ in plots.draw(rows, path, say, ("svg",), PLOTS)}
    rows = list(compare.mark_noise(rows, others))

    def figures(old):
        if only:
            return renew(old, rows, facts, path.name, made)
        return "\n".join(compose(rows, facts, path.name, made, others))
    put(path, BEGIN, END, figures)
