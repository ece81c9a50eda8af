# SPDX-License-Identifier: MIT
"""What libspawn's clone backend is meant to reach, and what it did."""
import compare

RATIO, FLAT, AHEAD, FORK = 1.10, 0.15, 1.5, 100
# Who else moves the bytes, on how many processors, and how much longer we may
# take.
CAPTURES = [("cat-cat", "all", 1.3), ("cat-cat-cat", "one", 1.3),
            ("CPython-run", "all", 0.5), ("CPython-run", "one", 0.5)]


def clone(rows):
    return [row for row in rows
            if (row["method"], row["case"]) == ("libspawn-clone", "plain")]


def peers(rows):
    """What somebody would use instead: no floor, nothing of ours."""
    return [row for row in rows if row["method"] != "floor"
            and not row["method"].startswith(compare.OURS)]


def timed(rows, *axes):
    return [row for row in rows if row["axis"] in axes]


def sure(rows):
    return [row for row in rows if not compare.is_noise(row)]


def place(row):
    return f"{row['method']}, {row['axis']}" + "".join(
        f" {row[key]} {unit}" for key, unit in
        (("rss_mb", "MiB"), ("threads", "threads"))
        if row[key] > (key == "threads"))


def near_the_floor(rows):
    found = sure(clone(timed(rows, "base", "rss", "huge")))
    if found:
        worst = max(found, key=lambda row: row["ratio_to_floor"])
        yield (f"at most {RATIO:.2f} x floor with no options, in every case "
               "of memory",
               f"{worst['ratio_to_floor']:.2f} ({place(worst)})",
               worst["ratio_to_floor"] <= RATIO)


def begun(rows):
    """Until the caller's thread goes on, and until the program runs."""
    for method, case, share in (("libspawn-begin", "plain", 0.42),
                                ("libspawn-begin", "full-house", 0.50),
                                ("libspawn-begin-fd", "plain", 0.50)):
        found = [row for row in timed(rows, "base", "rss")
                 if (row["method"], row["case"]) == (method, case)]
        if found:
            worst = max(row["begin_to_floor"] for row in found)
            yield (f"{method}, {case}: the caller's share at most "
                   f"{share:.2f} x floor", f"{worst:.2f}", worst <= share)
        if found and case == "plain":
            worst = max(row["ratio_to_floor"] for row in found)
            yield (f"{method}: until it runs at most {RATIO:.2f} x floor",
                   f"{worst:.2f}", worst <= RATIO)


def near_in_threads(rows):
    """By the rate: a single start waits for a processor more than it works."""
    many = timed(rows, "threads")
    floors = {row["threads"]: row["per_second"] for row in many
              if (row["method"], row["case"]) == ("floor", "plain")}
    found = [(floors[row["threads"]] / row["per_second"], row)
             for row in clone(many) if row["threads"] in floors]
    if found:
        factor, worst = max(found, key=lambda pair: pair[0])
        yield (f"at most {RATIO:.2f} x floor with no options, in every case "
               "of threads, by starts per second",
               f"{factor:.2f} ({place(worst)})", factor <= RATIO)


def flat(rows):
    for axis, pages in ("rss", "4 KiB"), ("huge", "huge"):
        found = [row["ratio_to_floor"] for row
                 in sure(clone(timed(rows, "base", axis)))]
        if len(found) > 2:
            spread = max(found) / min(found) - 1
            yield (f"flat within {FLAT:.0%} over all memory sizes, {pages} "
                   "pages", f"{spread:.0%}", spread <= FLAT)


def ahead(rows):
    ours = clone(timed(rows, "base"))
    others = peers(row for row in timed(rows, "base")
                   if row["case"] == "plain")
    if not ours or not others:
        return
    least = sorted(others, key=lambda row: row["ratio_to_floor"])[:3]
    factors = [row["ratio_to_floor"] / ours[0]["ratio_to_floor"]
               for row in least]
    yield (f"ahead of every peer by {AHEAD} x, call to return, small caller",
           ", ".join(f"{factor:.2f} ({row['method']})"
                     for factor, row in zip(factors, least)),
           factors[0] >= AHEAD)


def ahead_of_fork(rows):
    large = [row for row in timed(rows, "rss") if row["rss_mb"] == 1024]
    forks = [row for row in large
             if (row["method"], row["case"]) == ("fork", "plain")]
    if forks and clone(large):
        factor = forks[0]["start_p50_us"] / clone(large)[0]["start_p50_us"]
        yield (f"{FORK} x ahead of fork with 1 GiB resident in 4 KiB pages",
               f"{factor:.0f}", factor >= FORK)


def throughput(rows):
    many = [row for row in timed(rows, "threads") if row["threads"] == 64]
    if clone(many) and peers(many):
        ours = clone(many)[0]["per_second"]
        best = max(peers(many), key=lambda row: row["per_second"])
        yield ("starts per second with 64 threads not below any peer's",
               f"{ours:.0f}, best peer {best['per_second']:.0f} "
               f"({best['method']})", ours >= best["per_second"])


def fed_and_read(rows):
    """On one processor each copy counts: against as many pipes as ours."""
    times = {(row["method"], row["case"], row["cpus"]): row
             for row in timed(rows, "capture")}
    for other, cpus, most in CAPTURES:
        ours = times.get(("libspawn-run", "plain", cpus))
        theirs = times.get((other, "plain", cpus))
        if ours and theirs:
            factor = ours["moved_p50_ms"] / theirs["moved_p50_ms"]
            yield (f"{ours['mib']} MiB through cat and back in at most "
                   f"{most} x the time of {other}, processors: {cpus}",
                   f"{factor:.2f}", factor <= most)


def popens(rows):
    """Python's, each start of ours next to one of subprocess's."""
    times = {(row["method"], row["case"], row["rss_mb"], row["fds"],
              row["threads"]): row for row in timed(rows, "popen")}
    for ours, theirs, field, what, reaches in (
            (("Popen-libspawn", "default", 10, 0, 1),
             ("Popen-subprocess", "default", 10, 0, 1), "start_p50_us",
             "Popen() in at most 0.70 x the time of subprocess's",
             lambda factor: factor <= 0.70),
            (("Popen-libspawn", "default", 10, 0, 1),
             ("Popen-subprocess", "default", 10, 0, 1), "total_p50_us",
             "Popen().wait() in at most 0.95 x the time of subprocess's",
             lambda factor: factor <= 0.95),
            (("Popen-libspawn", "user", 1024, 0, 1),
             ("CPython-Popen", "user", 1024, 0, 1), "start_p50_us",
             "Popen() with user and groups at 1 GiB in at most 1/300 of it",
             lambda factor: factor <= 1 / 300)):
        if ours in times and theirs in times:
            factor = times[ours][field] / times[theirs][field]
            yield what, f"{factor:.4f}", reaches(factor)


# Of workers, the most that their like by hand takes.
WORKERS = [("start", "libspawn-worker", 4096, "one", 1.10,
            "a worker to its first message, caller of 4 GiB"),
           ("fork", "libspawn-template", 0, "one", 1.15,
            "a worker of a template to its first message"),
           ("64-bytes", "libspawn-worker", 0, "one", 1.10,
            "64 bytes there and back, one processor"),
           ("64-bytes", "libspawn-worker", 0, "all", 1.10,
            "64 bytes there and back, all processors")]


def employed(rows):
    """Workers next to the same by hand, and their pools next to Python's."""
    chosen = timed(rows, "workers")
    for case, method, rss_mb, cpus, most, what in WORKERS:
        for row in chosen:
            if (row["case"], row["method"], row["rss_mb"], row["cpus"]) == (
                    case, method, rss_mb, cpus):
                yield (f"{what}: at most {most:.2f} x by hand",
                       f"{row['ratio_to_hand']:.2f}",
                       row["ratio_to_hand"] <= most)
    for case, method in (("start", "libspawn-worker"),
                         ("fork", "libspawn-template")):
        times = {row["rss_mb"]: row["took_p50_us"] for row in chosen
                 if (row["case"], row["method"]) == (case, method)}
        if len(times) > 1:
            more = times[max(times)] / times[min(times)] - 1
            yield (f"{method}, {case}: with {max(times):,} MiB in the caller "
                   f"at most {FLAT:.0%} more", f"{more:.0%}", more <= FLAT)
    pools = {row["method"]: row["tasks_per_second"] for row in chosen
             if row["case"] == "tasks"}
    theirs = {name: rate for name, rate in pools.items()
              if name.startswith("CPython")}
    if theirs and "libspawn-pool" in pools:
        best = max(theirs, key=theirs.get)
        yield ("tasks per second of a pool not below any of Python's",
               f"{pools['libspawn-pool']}, best {theirs[best]} ({best})",
               pools["libspawn-pool"] >= theirs[best])


def check(rows):
    """(goal, what was measured, whether it is reached) of each."""
    for goal in (near_the_floor, begun, near_in_threads, flat, ahead,
                 ahead_of_fork, throughput, fed_and_read, popens,
                 employed):
        yield from goal(rows)
