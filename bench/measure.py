# SPDX-License-Identifier: MIT
"""Measures one case: all its drivers in turns, the order shuffled each turn."""
import math
import random
import time

import compare
import drivers
import figures

# A start that takes longer than this many floors is started less often.
DEAR = 8
# What runs another program than the target: whoever starts next finds the
# caches full of it. They have rounds of their own.
SHELLS = ("-system", "-popen")
ROUNDS_MOST = 2000
# Seconds. A first round that took longer needs little more to be warm.
WARM_UP = 0.02
RECORDS_MOST = 100000
MEMORY_SHARE = 0.8


def available_mb():
    with open("/proc/meminfo") as text:
        for line in text:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) // 1024
    return 1 << 30


class Part:
    """One driver in one case: what it starts, and how often."""

    def __init__(self, driver, case, turns):
        self.driver = driver
        self.case = case
        self.turns = turns
        self.series = {}
        for index, name in driver.methods.items():
            if case.wants(*name):
                self.series[index] = figures.Series(*name)
        self.floor = next((i for i, name in driver.methods.items()
                           if name == ("floor", "plain")), None)
        self.commands = []

    def has_more_than_floor(self):
        return any(i != self.floor for i in self.series)

    def seconds(self, index, rounds):
        """What so many rounds of this method take."""
        begin = time.monotonic()
        self.driver.run(rounds, self.case.threads, self.case.burst, [index])
        return time.monotonic() - begin

    def cost(self, index):
        """Seconds that a round of this method takes, once warmed up; of a cheap
        one the least of some, as no disturbance makes a start dear."""
        rounds = 5 if self.seconds(index, 1) < WARM_UP else 1
        return min(self.seconds(index, rounds) / rounds
                   for _ in range(rounds))

    def costs(self, say):
        """Of all methods that can start here; the others are dropped."""
        costs = {}
        for index in sorted({*self.series, self.floor} - {None}):
            try:
                costs[index] = self.cost(index)
            except drivers.FailedStart as failure:
                name = self.driver.methods[index]
                if name[0].startswith(("floor", *compare.OURS)):
                    raise
                say(f"{self.case}: not measured: {failure}")
                del self.series[index]
        return costs

    def is_apart(self, index, costs, reference):
        return costs[index] > DEAR * reference or \
            self.driver.methods[index][0].endswith(SHELLS)

    def plan(self, seconds, say, least=0):
        """Divide a turn among the cheap and the dear methods, with at least
        so many rounds of the cheap ones."""
        costs = self.costs(say)
        if not self.series:
            return
        reference = costs[self.floor] if self.floor else min(costs.values())
        dear = [i for i in self.series if self.floor and
                self.is_apart(i, costs, reference)]
        cheap = [i for i in self.series if i not in dear]
        share = seconds if not dear or not cheap else seconds / 2
        self.commands = []
        for group in [cheap] + [[i] for i in dear]:
            part = share / (len(dear) or 1) if group != cheap else share
            if group:
                self.commands.append(self.command(
                    group, costs, part, least if group is cheap else 0))

    def command(self, group, costs, seconds, least):
        case = self.case
        if self.floor and self.floor not in group:
            group = [self.floor] + group
        rounds = int(seconds / sum(costs[i] for i in group))
        starts = len(group) * case.threads * case.burst
        rounds = max(1, least, min(rounds, ROUNDS_MOST // self.turns,
                                   RECORDS_MOST // starts))
        return rounds, group

    def take_turn(self, say):
        """Returns the samples of this turn, by method."""
        while self.commands:
            try:
                return self.run_commands()
            except drivers.FailedStart as failure:
                self.drop(failure, say)
        return {}

    def drop(self, failure, say):
        """Go on without the method that failed, or, unknown, without any."""
        say(f"{self.case}: not measured: {failure}")
        failed = [i for i, name in self.driver.methods.items()
                  if "/".join(name) == failure.method] or list(self.series)
        names = [self.driver.methods[index][0] for index in failed]
        if any(name.startswith(("floor", *compare.OURS)) for name in names):
            raise failure
        for index in failed:
            self.series.pop(index, None)
        self.commands = [(rounds, [i for i in group if i not in failed])
                         for rounds, group in self.commands]
        self.commands = [(rounds, group) for rounds, group in self.commands
                         if any(i in self.series for i in group)]

    def run_commands(self):
        taken = {}
        for rounds, group in self.commands:
            samples = self.driver.run(rounds, self.case.threads,
                                      self.case.burst, group)
            for index in group:
                taken.setdefault(index, []).append(
                    [s for s in samples if s.method == index])
        return taken

    def keep(self, taken, reference, few=None):
        """Each method next to the floor of its own command; and to that of a
        caller with few descriptors, where one takes turns."""
        for index, series in self.series.items():
            for position, (_, group) in enumerate(self.commands):
                if index in group:
                    break
            samples = taken[index][0]
            floor = reference
            if self.floor:
                before = sum(self.floor in g for _, g
                             in self.commands[:position])
                floor = taken[self.floor][before]
            series.add(samples, floor, self.case.threads, self.case.burst)
            if few:
                series.add_few(samples, few)


def groups_of(peers, case):
    """Peers that fit into memory together; the first is in each group."""
    main, *others = filter(case.has, peers)
    room = available_mb() * MEMORY_SHARE
    group, used = [], case.rss_mb
    for peer in others:
        if group and used + case.rss_mb > room:
            yield main, group
            group, used = [], 0
        group.append(peer)
        used += case.rss_mb
    if group or not others:
        yield main, group


def measure(peers, case, settings, tell):
    """The rows of one case. `tell` hears of time passed."""
    if case.rss_mb > available_mb() * MEMORY_SHARE:
        settings.say(f"{case}: not measured: not enough free memory")
        return []
    present = [p for p in peers if p.command]
    groups = list(groups_of(present, case))
    rows = []
    for number, (main, group) in enumerate(groups):
        rows += measure_group(main, group, case, settings, tell,
                              number == 0, len(groups))
    return rows


def measure_group(main, group, case, settings, tell, is_first, parts):
    running = []
    try:
        running.append(drivers.Driver(main, case, settings.files,
                                      None if is_first else 0,
                                      settings.slow))
        running += [drivers.Driver(peer, case, settings.files)
                    for peer in group]
        if case.few:
            running.append(drivers.Driver(main, case.with_few(),
                                          settings.files))
        for driver in running:
            driver.greet()
        return measure_running(running, case, settings, tell, is_first, parts)
    finally:
        for driver in running:
            driver.end()


def measure_running(running, case, settings, tell, is_first, parts):
    few = None
    if case.few:
        *running, caller = running
        few = Part(caller, case.with_few(), settings.turns)
    chosen = [Part(driver, case, settings.turns) for driver in running]
    reference = chosen[0]
    if not is_first:
        # Only to have a floor for those that have none of their own.
        reference.series = {reference.floor:
                            figures.Series("floor", "plain")}
    chosen = [part for part in chosen
              if part is reference or part.has_more_than_floor()]
    chosen += [few] if few else []
    seconds = case.seconds * settings.scale / parts / settings.turns
    # A run that is made shorter is to be shorter.
    least = math.ceil(case.least * min(1, settings.scale) / settings.turns)
    for part in chosen:
        part.plan(seconds / len(chosen), settings.say,
                  least if part is reference else 0)
    order = random.Random(1)
    for _ in range(settings.turns):
        order.shuffle(chosen)
        taken = {id(part): part.take_turn(settings.say) for part in chosen}
        floor = taken[id(reference)][reference.floor][0]
        steady = taken[id(few)][few.floor][0] if few else None
        for part in chosen:
            part.keep(taken[id(part)], floor, steady)
        tell(case.seconds / parts / settings.turns)
    return collect(chosen, running, reference, case, is_first)


def collect(chosen, running, reference, case, is_first):
    rows = []
    by_name = {part.driver.name: part for part in chosen}
    for driver in running:
        part = by_name.get(driver.name)
        if not part or (part is reference and not is_first):
            continue
        for index, series in part.series.items():
            # A peer's floor is for its own ratios; the reader needs one.
            if series.method != "floor" or part is reference:
                rows.append(series.row(case) | {
                    "starts": driver.starts[index],
                    "exits": driver.exits[index]})
    return rows
