# SPDX-License-Identifier: MIT
"""The plots, through gnuplot, as SVG and PNG.

Colours are those of Okabe and Ito, which the colour-blind can tell apart; no
two lines share both colour and mark. The legend is beside the data, never on
it.
"""
import math
import os
import shutil
import subprocess

import compare

COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
           "#000000"]
FLOOR_COLOUR, OURS_COLOUR = "#888888", "#0072b2"
MARKS = [7, 5, 9, 11, 13, 4, 6, 8, 10, 12, 1, 2, 3]
TERMINALS = {
    "svg": "svg size 900,{height} font 'Helvetica,13' background '#ffffff'",
    "png": "pngcairo size 1350,{pixels} font 'Helvetica,13' fontscale 1.4",
}
BESIDE = "set key outside right top Left reverse samplen 2 spacing 1.15"


def label(row):
    case = "" if row["case"] == "plain" else f" {row['case']}"
    return row["method"] + case


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def data_block(name, lines):
    return f"${name} << END\n" + "\n".join(lines) + "\nEND\n"


# Few enough to be told apart, and all that differ in kind.
CHIEF = ["libspawn-clone", "fork", "glibc-posix_spawn", "pipe-wait", "libuv",
         "GLib-g_spawn", "musl-posix_spawn", "CPython-Popen", "Node-spawn",
         "Rust-Command", "Java-ProcessBuilder", "Go-exec",
         "libspawn-clone full-house", "drop-in-posix_spawn",
         "CPython-Popen user",
         "Rust-Command uid", "libspawn-clone inherit-fds",
         "glibc-posix_spawn close-others", "fork close-loop",
         "libspawn-clone rows", "glibc-posix_spawn rows"]


def style(title):
    """The same method looks the same in every plot of lines."""
    if title.startswith("floor"):
        dash = 2 if title == "floor" else 3
        return f"lc rgb '{FLOOR_COLOUR}' lw 2 dt {dash} pt 1"
    if title == "libspawn-clone":
        return f"lc rgb '{OURS_COLOUR}' lw 4 pt 7 ps 1.2"
    number = CHIEF.index(title)
    colour = OURS_COLOUR if title.startswith(compare.OURS) else \
        COLOURS[1:][number % (len(COLOURS) - 1)]
    mark = MARKS[number % len(MARKS)]
    return f"lc rgb '{colour}' lw 1.5 pt {mark}"


def lines_plot(rows, x, y):
    """One line for each method: (gnuplot text, height)."""
    series = {}
    for row in rows:
        if row.get(y) is not None:
            series.setdefault(label(row), []).append((row[x], row[y]))
    script, plots = "", []
    # The legend is in the order of the last values, as the lines end.
    for title in sorted(series, key=lambda t: -sorted(series[t])[-1][1]):
        name = f"d{len(plots)}"
        script += data_block(name, [f"{a} {b}" for a, b
                                    in sorted(series[title])])
        plots.append(f"${name} using 1:2 with linespoints "
                     f"{style(title)} title {quoted(title)}")
    return script + "plot " + ", \\\n  ".join(plots) + "\n"


def bar_colour(row):
    if row["method"].startswith(compare.OURS):
        return OURS_COLOUR
    return FLOOR_COLOUR if row["method"] == "floor" else COLOURS[4]


def bars_plot(rows, fields):
    """Rows as bars, shortest on top; a mark for each further field."""
    rows = sorted(rows, key=lambda row: row[fields[0][0]])
    count = len(rows)
    lines = [f"{count - i} {row[fields[0][0]]} "
             f"{int(bar_colour(row)[1:], 16)} {quoted(label(row))}"
             for i, row in enumerate(rows)]
    script = data_block("bars", lines)
    tics = ", ".join(f"{quoted(label(row))} {count - i}"
                     for i, row in enumerate(rows))
    script += f"set ytics ({tics}) nomirror scale 0\n" \
        f"set yrange [0.4:{count + 0.6}]\nunset grid\n" \
        "set grid xtics lc rgb '#cccccc'\nset style fill solid 0.9\n" \
        "set rmargin 6\nset format x '%.0f'\n" \
        "set key outside top center horizontal samplen 2\n"
    if len(fields) == 1:
        script += "unset key\n"
    low = "LOW"
    plots = [f"$bars using ({low}):1:({low}):2:($1-0.32):($1+0.32):3 with "
             f"boxxyerror lc rgb variable title {quoted(fields[0][1])}"]
    for number, (field, title) in enumerate(fields[1:]):
        name = f"m{number}"
        script += data_block(name, [
            f"{row[field]} {count - i}" for i, row in enumerate(rows)
            if row.get(field) is not None])
        plots.append(f"${name} using 1:2 with points pt {(9, 6)[number]} "
                     f"ps 1 lc rgb '#000000' title {quoted(title)}")
    return script, plots, 130 + 19 * count


def is_chief(row):
    return row["case"] in ("plain", "full-house") and \
        label(row) in CHIEF + ["floor"] or row["case"] in ("user", "uid")


def is_parallel(row):
    return is_chief(row) or label(row) == "floor signals-blocked"


def is_closer(row):
    return label(row) in CHIEF + ["floor", "floor close-others"]


def is_no_option(row):
    """All methods, but of libspawn's options only the full house."""
    return not row["method"].startswith(compare.OURS) or \
        row["case"] in ("plain", "full-house")


def axis_rows(rows, axis):
    return [row for row in rows if row["axis"] == axis]


def nice_low(values):
    """The power of ten below all of them that a logarithm has."""
    least = min((value for value in values if value > 0), default=1)
    return 10.0 ** math.floor(math.log10(least))


def bars(rows, axis, fields, log=True, keep=is_no_option):
    rows = [row for row in axis_rows(rows, axis)
            if row.get(fields[0][0]) is not None and keep(row)]
    if not rows:
        return None
    body, plots, height = bars_plot(rows, fields)
    low = nice_low([row[fields[0][0]] for row in rows]) if log else 0
    scale = "set logscale x\n" if log else ""
    body += "" if log else "set format x '%g'\n"
    plot = "plot " + ", \\\n  ".join(plots).replace("LOW", str(low)) + "\n"
    return f"{scale}set xrange [{low}:*]\n{body}{plot}", height


def lines(rows, axis, x, y, keep=None, floor_of="base"):
    """The base case is the left end of what grows from nothing."""
    chosen = axis_rows(rows, axis)
    names = {label(row) for row in chosen}
    if x == "rss_mb":
        chosen = [dict(row, rss_mb=16) for row in axis_rows(rows, floor_of)
                  if label(row) in names] + chosen
    if keep:
        chosen = [row for row in chosen if keep(row)]
    if len({row[x] for row in chosen}) < 2:
        return None
    return lines_plot(chosen, x, y), 520


RSS_TICS = "set logscale xy\nset format y '%.0f'\n" \
    "set xtics ('0' 16, '1/16' 64, '1/2' 512, '1' 1024, '4' 4096, " \
    "'8' 8192)\nset xrange [14:9500]\n"
RETURN = "call to return, µs (median)"


def in_life(rows):
    """A program in between, with the same for nothing in between."""
    warm = {label(row): row["ratio_to_floor"] for row
            in axis_rows(rows, "between") if row["between"] == ""}
    return [dict(row, warm=warm.get(label(row))) for row
            in axis_rows(rows, "between") if row["between"] == "program"]


def shares(rows):
    """Until the caller goes on, and until the program is known to run."""
    return [dict(row, share=row.get("begin_to_floor", row["ratio_to_floor"]))
            for row in axis_rows(rows, "base")]


def catalogue(rows):
    """name: (title, axes, (gnuplot text, height) or nothing)."""
    three = [("start_p50_us", "call to return"),
             ("first_p50_us", "to the first instruction"),
             ("total_p50_us", "to reaped")]
    return {
        "base": ("A small caller", "µs (median)", "",
                 bars(rows, "base", three)),
        "rss": ("Memory resident, 4 KiB pages", "GiB resident in the caller",
                RETURN, lines(rows, "rss", "rss_mb", "start_p50_us",
                              is_chief)),
        "huge": ("Memory resident, huge pages", "GiB resident in the caller",
                 RETURN, lines(rows, "huge", "rss_mb", "start_p50_us",
                               is_chief)),
        "fds": ("Open descriptors", "open in the caller", RETURN,
                lines(rows, "fds", "fds", "start_p50_us", is_closer)),
        "threads": ("Threads that start at once", "threads",
                    "starts per second", lines(rows, "threads", "threads",
                                               "per_second", is_parallel)),
        "nofile": ("RLIMIT_NOFILE", "soft limit", RETURN,
                   lines(rows, "nofile", "nofile", "start_p50_us",
                         is_closer)),
        "rows": ("A table of many descriptors", "rows", RETURN,
                 lines([row for row in rows if row["case"] == "rows"],
                       "rows", "rows", "start_p50_us")),
        "between": ("Something else between the starts",
                    "call to return, multiples of the floor", "",
                    bars(in_life(rows), "between", [
                        ("ratio_to_floor", "another program in between"),
                        ("warm", "nothing in between")], log=False,
                        keep=bool)),
        "begin": ("What a start takes of its caller's thread",
                  "multiples of the floor", "",
                  bars(shares(rows), "base", [
                      ("share", "until the caller goes on"),
                      ("ratio_to_floor", "until the program is known to "
                       "run")], keep=is_no_option)),
        "options": ("Options", "call to return, multiples of the floor", "",
                    bars(rows, "options",
                         [("ratio_to_floor", "call to return")], log=False,
                         keep=bool)),
        "child": ("A dynamically linked child", "µs (median)", "",
                  bars(rows, "child", three)),
        "stall": ("A bystander that maps and touches pages",
                  "longest turn of the bystander, µs", "",
                  bars([r for r in rows if r["rss_mb"] == 1024], "stall",
                       [("stall_p50_us", "median"),
                        ("stall_p99_us", "99th percentile")])),
        "runtimes": ("libuv, Node, GLib: a caller of 1 GiB",
                     RETURN, "",
                     bars([r for r in rows if r["rss_mb"] == 1024 and
                           r["case"] in ("plain", "default", "pipes")],
                          "runtimes", [("start_p50_us", "call to return")],
                          keep=bool)),
        "workers": ("Workers next to the same by hand",
                    "multiples of the time by hand", "",
                    bars(worker_rows(rows), "workers",
                         [("ratio_to_hand", "median")], log=False, keep=bool)),
        "tasks": ("Small tasks through a pool of two",
                  "tasks per second", "",
                  bars(rows, "workers", [("tasks_per_second", "tasks")],
                       keep=bool)),
        "calls": ("System calls per start", "calls", "",
                  bars(rows, "counts", [("parent_calls", "in the caller"),
                                        ("child_calls", "in the child, "
                                         "before the program")])),
        "faults": ("Page faults per start, 1 GiB resident", "faults", "",
                   bars(rows, "counts", [("parent_faults", "in the caller"),
                                         ("child_faults",
                                          "in the child")])),
        "peak": ("Memory at most, over that before; 1 GiB resident", "KiB",
                 "", bars([r for r in rows if r.get("peak_kb")], "counts",
                          [("peak_kb", "peak")])),
    }


def worker_rows(rows):
    """What differs by the caller's memory or the processors has that in its
    name."""
    for row in axis_rows(rows, "workers"):
        where = f"{row['rss_mb']} MiB" if row["case"] in (
            "start", "fork", "fork-share") else \
            {"one": "one processor", "all": "all processors"}[row["cpus"]]
        yield row | {"case": f"{row['case']}, {where}"}


AXES = {"rss": RSS_TICS, "huge": RSS_TICS,
        "rows": "set logscale xy\nset format y '%.0f'\n",
        "fds": "set logscale xy\nset format y '%.0f'\n",
        "threads": "set logscale x 2\nset logscale y\nset format y '%.0f'\n",
        "nofile": "set logscale xy\nset format y '%.0f'\n"}


def script_of(name, entry, terminal, path):
    title, x, y, (body, height) = entry
    terminal = TERMINALS[terminal].format(height=height,
                                          pixels=height * 3 // 2)
    return f"""set encoding utf8
set terminal {terminal}
set output '{path}'
set termoption noenhanced
set title {quoted(title)}
set xlabel '{x}'
set ylabel '{y}'
set border 3 lc rgb '#555555'
set tics nomirror out
set grid lc rgb '#dddddd'
{BESIDE}
{AXES.get(name, '')}{body}"""


def draw(rows, folder, say, kinds=("svg", "png"), only=None):
    """Returns (name, title, path without suffix) of each plot made."""
    if not shutil.which("gnuplot"):
        say("no plots: no gnuplot; install the package gnuplot-nox")
        return []
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, entry in catalogue(rows).items():
        if entry[3] is None or (only and name not in only):
            continue
        for kind in kinds:
            path = folder / f"{name}.{kind}"
            done = subprocess.run(
                ["gnuplot"], input=script_of(name, entry, kind, path),
                text=True, check=False, stderr=subprocess.PIPE,
                env=os.environ | {"LC_ALL": "C.UTF-8"})
            if done.returncode:
                say(f"plot {name}: {done.stderr.strip()[-300:]}")
                break
        else:
            made.append((name, entry[0], folder / name))
    return made
