# SPDX-License-Identifier: MIT
"""The figures of runtimes, written into docs/performance.md between two marks:
they are of a run of their own, `--axis runtimes`.
"""
import document
import plots

BEGIN, END = "<!-- runtimes: begin -->", "<!-- runtimes: end -->"
OURS = "libspawn-"
AXES = ("runtimes", "pauses", "benchmark-spawn")
#: A row that is in no other's way may still be off by this.
SLOWER = 1.05


def starts(rows):
    """{(method, case, MiB): microseconds}."""
    return {(row["method"], row["case"], row["rss_mb"]): row["start_p50_us"]
            for row in plots.axis_rows(rows, "runtimes")}


def shares(rows):
    """{(stock method, case, MiB): ours of its time}."""
    times = starts(rows)
    return {key: times[ours] / time for key, time in times.items()
            if (ours := (f"{OURS}{key[0].removesuffix('-posix_spawn')}",
                         *key[1:])) in times}


def goals(rows):
    """(goal, what was measured, whether it is reached) of each."""
    found = shares(rows)
    for prefix, case, rss_mb, most, words in (
            ("libuv", "plain", 1024, 1 / 500, "uv_spawn() at 1 GiB in at most "
             "1/500 of a fork's"),
            ("-posix_spawn", "plain", 10, 0.80, "uv_spawn() in at most 0.80 "
             "of libuv's posix_spawn()'s"),
            ("-posix_spawn", "plain", 1024, 0.80, "uv_spawn() at 1 GiB in at "
             "most 0.80 of libuv's posix_spawn()'s"),
            ("GLib", "default", 10, 0.25, "g_spawn_async() in at most 0.25"),
            ("GLib", "default", 1024, 1 / 200, "g_spawn_async() at 1 GiB in "
             "at most 1/200")):
        chosen = {key[0]: share for key, share in found.items()
                  if key[1:] == (case, rss_mb) and
                  (key[0].startswith(prefix) and "posix" not in key[0] or
                   key[0].endswith(prefix))}
        if chosen:
            worst = max(chosen, key=chosen.get)
            yield (words, f"{chosen[worst]:.4f} ({worst})",
                   chosen[worst] <= most)
    if found:
        worst = max(found, key=found.get)
        yield ("nowhere slower", f"at most {found[worst]:.2f} x "
               f"({worst[0]} {worst[1]}, {worst[2]} MiB)",
               found[worst] <= SLOWER)


def calls_table(rows):
    """Each stock way: its microseconds, and ours of them."""
    times, found = starts(rows), shares(rows)
    sizes = sorted({key[2] for key in found})
    lines = []
    for method, case in dict.fromkeys(key[:2] for key in found):
        cells = [method, case]
        for size in sizes:
            key = (method, case, size)
            cells += [document.number(times.get(key)),
                      f"{found[key]:.3g}" if key in found else "-"]
        lines.append(cells)
    heading = ["", "call"]
    for size in sizes:
        heading += [f"{size:,} MiB, µs", "with libspawn, x"]
    yield from document.table(heading, lines)


def pauses_table(rows):
    chosen = plots.axis_rows(rows, "pauses")
    sizes = sorted({row["rss_mb"] for row in chosen})
    found = {}
    for row in chosen:
        found.setdefault(row["method"], {})[row["rss_mb"]] = row
    yield from document.table(
        ["longest pause of the loop, ms", *(f"{size:,} MiB" for size in sizes)],
        [[method] + [document.number(states[size]["pause_p50_ms"], 2)
                     if size in states else "-" for size in sizes]
         for method, states in found.items()])


def own_table(rows):
    chosen = plots.axis_rows(rows, "benchmark-spawn")
    if chosen:
        yield from document.table(
            ["libuv's own benchmark-spawn", "starts and ends a second"],
            [[row["method"], document.number(row["per_second"], 0)]
             for row in chosen])


def compose(rows, facts, folder, made):
    yield from document.table(
        ["measured on", ""], [[name, str(fact)] for name, fact
                              in facts.items() if name in (
            "date", "processor", "memory", "kernel", "load before")])
    yield from document.idleness(facts)
    yield from document.goals_table(goals(rows))
    if "runtimes" in made:
        yield f"![Runtimes]({folder}/runtimes.svg)\n"
    yield from calls_table(rows)
    yield from pauses_table(rows)
    yield from own_table(rows)


def write(path, rows, facts, say):
    """Put the figures into path.md, and the plot into the folder path."""
    made = {name for name, *_ in plots.draw(rows, path, say, ("svg",),
                                            ["runtimes"])}
    document.put(path, BEGIN, END, lambda _: "\n".join(
        compose(rows, facts, path.name, made)))
