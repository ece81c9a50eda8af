# SPDX-License-Identifier: MIT
"""What libspawn's clone backend is meant to reach, and what it did."""
import compare

RATIO, FLAT, AHEAD, FORK = 1.10, 0.15, 1.5, 100
# Who else moves the bytes, on how many processors, and how much longer we may
# take.
CAPTURES = [("cat-cat", "all", 1.3), ("cat-cat-cat", "one", 1.3),
            ("CPython-run", "all", 0.5), ("CPython-run", "one", 0.5)]


def of(rows, method, case="plain"):
    return [row for row in rows
            if (row["method"], row["case"]) == (method, case)]


def clone(rows):
    return of(rows, "libspawn-clone")


def peers(rows):
    """What somebody would use instead: no measure, nothing of ours."""
    return [row for row in rows if row["method"] not in ("floor", "by-hand")
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


# No options, and the flag that makes a call fewer: by what is in between, and
# with eight threads.
COMMON = [("plain", "no options"), ("inherit-fds", "LIBSPAWN_INHERIT_FDS")]
LIFE = {"": (1.03, "one start after the other"),
        "program": (1.06, "another program between two starts")}


def in_life(rows):
    for what, (most, words) in LIFE.items():
        for case, asked in COMMON:
            found = [row["ratio_to_floor"] for row
                     in of(timed(rows, "between"), "libspawn-clone", case)
                     if row["between"] == what]
            if found:
                yield (f"at most {most} x floor with {asked}, {words}",
                       f"{found[0]:.2f}", found[0] <= most)


def begun(rows):
    """Until the caller's thread goes on, and until the program runs."""
    for method, case, share in (("libspawn-begin", "plain", 0.42),
                                ("libspawn-begin", "full-house", 0.50),
                                ("libspawn-begin-fd", "plain", 0.50)):
        found = of(timed(rows, "base", "rss"), method, case)
        if found:
            worst = max(row["begin_to_floor"] for row in found)
            yield (f"{method}, {case}: the caller's share at most "
                   f"{share:.2f} x floor", f"{worst:.2f}", worst <= share)
        if found and case == "plain":
            worst = max(row["ratio_to_floor"] for row in found)
            yield (f"{method}: until it runs at most {RATIO:.2f} x floor",
                   f"{worst:.2f}", worst <= RATIO)


# Ours, next to what keeps the same promises in a few lines, by axis.
BY_HAND = [("libspawn-clone", "promises", "no options"),
           ("libspawn-begin", "begun", "begun and finished")]
NEAR_HAND = 1.10


def near_by_hand(rows):
    for method, like, what in BY_HAND:
        for axis in "base", "rss":
            here = timed(rows, axis)
            hands = {row["rss_mb"]: row["ratio_to_floor"] for row
                     in of(here, "by-hand", like)}
            factors = [row["ratio_to_floor"] / hands[row["rss_mb"]] for row
                       in of(here, method, "plain") if row["rss_mb"] in hands]
            if factors:
                yield (f"{what}: at most {NEAR_HAND:.2f} x the same by hand, "
                       f"{axis}", f"{max(factors):.2f}",
                       max(factors) <= NEAR_HAND)


# By how many start at once; others: RATIO.
IN_THREADS = {8: 1.08}


def near_in_threads(rows):
    """By the rate: a single start waits for a processor more than it works."""
    many = timed(rows, "threads")
    floors = {row["threads"]: row["per_second"] for row in of(many, "floor")}
    for row in clone(many):
        most = IN_THREADS.get(row["threads"], RATIO)
        factor = floors.get(row["threads"], 0) / row["per_second"]
        if factor:
            yield (f"at most {most:.2f} x floor with no options, by starts per "
                   f"second of {row['threads']} at once",
                   f"{factor:.2f}", factor <= most)


# Whose price must not depend on what else is open.
CROWDED = ["plain", "null", "open", "pipes"]


def flat_in_descriptors(rows):
    """All that the child is to have lies low; or comes from the reserve. Each
    against the floor of one caller with few, which took turns with all."""
    for case in CROWDED:
        times = {row["fds"]: row["ratio_to_few"] for row
                 in of(timed(rows, "fds"), "libspawn-clone", case)
                 if "ratio_to_few" in row}
        for fds in sorted(set(times) - {10}):
            factor = times[fds] / times.get(10, times[fds])
            yield (f"{case}: with {fds:,} descriptors open at most 1.10 x the "
                   "time with 10", f"{factor:.2f}", factor <= 1.10)


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
    forks = of(large, "fork")
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


def sandboxes(rows):
    """Until the program has ended, against what makes the same."""
    found = {}
    for row in timed(rows, "sandbox"):
        state = row["rss_mb"], row["threads"]
        found.setdefault(state, {})[row["method"], row["case"]] = row
    for state, methods in sorted(found.items()):
        for case, what in (("sandbox", "a sandbox"),
                           ("sandbox-net", "one with the caller's network")):
            ours = methods.get(("libspawn-clone", case))
            theirs = methods.get(("bwrap", case))
            hand = methods.get(("by-hand", case))
            where = f"{state[0]} MiB, threads: {state[1]}"
            if ours and theirs:
                factor = theirs["total_p50_us"] / ours["total_p50_us"]
                yield (f"{what} 5 x ahead of bwrap, {where}", f"{factor:.1f}",
                       factor >= 5)
            if ours and hand:
                factor = ours["total_p50_us"] / hand["total_p50_us"]
                yield (f"{what} in at most 1.10 x its calls by hand, {where}",
                       f"{factor:.2f}", factor <= 1.10)


# Of Python's Popen(): the case, MiB resident; the time, and how much of it.
POPENS = [("default", 10, "start_p50_us", "Popen()", 0.70),
          ("default", 10, "total_p50_us", "Popen().wait()", 0.95),
          ("user", 1024, "start_p50_us", "Popen() with user and groups at "
           "1 GiB", 1 / 300),
          ("user", 4096, "start_p50_us", "Popen() with user and groups at "
           "4 GiB", 1 / 1000)]


def popen_pairs(rows):
    """Each row of ours with that of subprocess's, in the same state."""
    def key(row):
        return (row["case"], row["rss_mb"], row["fds"], row["threads"])
    rows = timed(rows, "popen")
    theirs = {key(row): row for row in rows
              if row["method"] in ("Popen-subprocess", "CPython-Popen")}
    return {key(row): (row, theirs[key(row)]) for row in rows
            if row["method"] == "Popen-libspawn" and key(row) in theirs}


def users_beside_hand(rows, pairs):
    """What a fork of CPython's can be left behind by, in any language."""
    hands = {(row["rss_mb"], row["fds"]): row["start_p50_us"]
             for row in of(timed(rows, "popen"), "floor", "ids")}
    for (case, rss_mb, fds, threads), (ours, _) in pairs.items():
        if (case, threads) == ("user", 1) and (rss_mb, fds) in hands:
            factor = ours["start_p50_us"] / hands[rss_mb, fds]
            yield (f"Popen() with user and groups, {rss_mb} MiB, {fds} "
                   "descriptors: at most 2.5 x the bare calls in C",
                   f"{factor:.2f}", factor <= 2.5)


def popens(rows):
    """Python's, each start of ours next to one of subprocess's."""
    pairs = popen_pairs(rows)
    for case, rss_mb, field, what, most in POPENS:
        if (case, rss_mb, 0, 1) in pairs:
            ours, theirs = pairs[case, rss_mb, 0, 1]
            factor = ours[field] / theirs[field]
            yield (f"{what} in at most {most:.2g} x the time of subprocess's",
                   f"{factor:.2g}", factor <= most)
    yield from users_beside_hand(rows, pairs)
    alone = {key: pair for key, pair in pairs.items() if key[-1] == 1}
    if alone:
        factor, (case, rss_mb, fds, _) = max(
            (ours["total_p50_us"] / theirs["total_p50_us"], key)
            for key, (ours, theirs) in alone.items())
        yield ("Popen().wait() nowhere slower than subprocess's",
               f"{factor:.2f} ({case}, {rss_mb} MiB, {fds} descriptors)",
               factor <= 1)
    for rss_mb, case, least in (0, "default", 1.7), (1024, "user", 15):
        if (case, rss_mb, 0, 8) in pairs:
            ours, theirs = pairs[case, rss_mb, 0, 8]
            factor = ours["per_second"] / theirs["per_second"]
            yield (f"8 threads, {case}, {rss_mb} MiB: {least} x the starts per "
                   "second", f"{factor:.1f}", factor >= least)


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
        for row in of(chosen, method, case):
            if (row["rss_mb"], row["cpus"]) == (rss_mb, cpus):
                yield (f"{what}: at most {most:.2f} x by hand",
                       f"{row['ratio_to_hand']:.2f}",
                       row["ratio_to_hand"] <= most)
    for case, method in (("start", "libspawn-worker"),
                         ("fork", "libspawn-template")):
        times = {row["rss_mb"]: row["took_p50_us"]
                 for row in of(chosen, method, case)}
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
    for goal in (near_the_floor, in_life, begun, near_by_hand, near_in_threads,
                 flat_in_descriptors, flat, ahead, ahead_of_fork, throughput,
                 fed_and_read, sandboxes, popens, employed):
        yield from goal(rows)
