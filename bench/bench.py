#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmark: what starting a program costs, by every method there is.

See README.md.
"""
import argparse
import json
import pathlib
import sys

import capture
import cases
import compare
import counts
import drivers
import loop
import machine
import measure
import overlap
import peers
import pressure
import progress
import runtimes
import table
import workers

# Seconds that the counting and the pressing take, for each driver.
COUNTING, PRESSING = 4, 3


class Settings:
    """What holds for the whole run."""

    def __init__(self, arguments):
        self.files = arguments.build.resolve()
        self.scale = arguments.scale
        self.slow = arguments.slow
        # Parts of a case, in each of which every driver has its turn.
        self.turns = 8 if arguments.quick else 20
        self.strict = arguments.strict_overcommit
        self.cpu = cases.last_cpu() if arguments.cpu is None \
            else arguments.cpu
        self.bar = None

    def say(self, text):
        if self.bar:
            self.bar.clear()
        print(f"bench: {text}", file=sys.stderr)


def parse():
    parser = argparse.ArgumentParser(
        prog="bench", description="Measure what starting a program costs, "
        "by every method there is on this machine, interleaved.")
    add = parser.add_argument
    add("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    add("--quick", action="store_true",
        help="a small caller and one of 1 GiB, in half a minute")
    add("--json", action="store_true",
        help="one JSON object per line instead of tables")
    add("--axis", action="append", choices=cases.AXES, metavar="AXIS",
        help="only this part of a full run, one of " + ", ".join(cases.AXES))
    add("--method", action="append", metavar="PATTERN",
        help="only methods like this: METHOD/CASE, with wildcards")
    add("--scale", type=float, default=1, metavar="FACTOR",
        help="measure so many times as long (1)")
    add("--cpu", type=int, metavar="N",
        help="pin to processor N (the last one allowed)")
    add("--output", type=pathlib.Path, metavar="FOLDER",
        help="where results, plots and report go; a full run: "
        "results/ in the build folder")
    add("--results", type=pathlib.Path, metavar="FILE",
        help="measure nothing: take the rows of an earlier run")
    add("--compare", type=pathlib.Path, metavar="OLD",
        help="tell what changed since the rows in OLD; 1 if libspawn "
        "got slower")
    add("--write", type=pathlib.Path, metavar="DOCS",
        help="put figures into DOCS.md and plots into DOCS/; with --axis only "
        "those sections")
    add("--strict-overcommit", action="store_true",
        help="for a second, let the system promise no more memory than it "
        "has (root; all programs are concerned), and see who fails")
    add("--slow", metavar="METHOD:US",
        help="make one method slower, to see that it is noticed")
    return parser.parse_args()


def plan(arguments, settings, present):
    chosen = list(cases.quick(settings.cpu)) if arguments.quick else \
        list(cases.full(settings.cpu))
    if arguments.axis:
        chosen = [c for c in chosen if c.axis in arguments.axis]
    for case in chosen:
        if arguments.method:
            case.patterns = ["floor/plain", *arguments.method]
    extras = [(name, action, seconds) for name, action, seconds in (
        ("asyncio", loop.measure, loop.SECONDS),
        ("overlap", overlap.measure, overlap.SECONDS),
        ("capture", capture.measure, capture.SECONDS),
        ("workers", workers.measure, workers.SECONDS),
        ("counts", counts.count, COUNTING * present),
        ("pressure", pressure.press, PRESSING * present),
        ("runtimes", runtimes.measure_all, runtimes.SECONDS),
        ("benchmark-spawn", runtimes.measure_own, runtimes.OWN_SECONDS))
        if (name in arguments.axis if arguments.axis else
            not arguments.quick and name not in cases.ON_REQUEST)]
    return chosen, extras


def run(arguments, settings):
    """All rows of a run."""
    found = peers.find_all(settings.files)
    for peer in found:
        if peer.missing:
            settings.say(f"{peer.name}: not measured: {peer.missing}")
    present = sum(bool(p.command) for p in found)
    chosen, extras = plan(arguments, settings, present)
    bar = progress.Progress(sum(c.seconds for c in chosen) * settings.scale +
                            sum(s for *_, s in extras))
    settings.bar = bar
    rows = []
    for case in chosen:
        bar.case(str(case))
        rows += measure.measure(found, case, settings,
                                lambda s: bar.advance(s * settings.scale))
    for name, action, _ in extras:
        bar.case(name)
        rows += action(found, settings, bar.advance)
    bar.clear()
    settings.bar = None
    return rows


def read_rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def read_machine(path):
    facts = path.with_name("machine.json")
    return json.loads(facts.read_text()) if facts.exists() else {}


def save(folder, rows, facts):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(
        "".join(json.dumps(row) + "\n" for row in rows))
    (folder / "machine.json").write_text(json.dumps(facts, indent=1) + "\n")


def write_output(arguments, settings, rows, facts, others):
    folder = arguments.output
    if not folder and not (arguments.quick or arguments.axis or
                           arguments.results):
        folder = settings.files / "results"
    if folder:
        import page
        import plots
        save(folder, rows, facts)
        made = plots.draw(rows, folder / "plots", settings.say)
        page.write(folder / "report.html", rows, facts, made)
        print(f"bench: {folder}/report.html", file=sys.stderr)
    if arguments.write:
        write_page(arguments, rows, facts, settings, others)


def write_page(arguments, rows, facts, settings, others):
    """Each part of the page of which there are figures."""
    import document
    import runtime_page
    path, axes = arguments.write, runtime_page.AXES
    general = [row for row in rows if row["axis"] not in axes]
    if general:
        document.write(path, general, facts, settings.say, others,
                       [axis for axis in arguments.axis or ()
                        if axis not in axes])
    if len(general) < len(rows):
        runtime_page.write(path, rows, facts, settings.say)


def main():
    arguments = parse()
    settings = Settings(arguments)
    if arguments.results:
        rows = read_rows(arguments.results)
        facts = read_machine(arguments.results)
    else:
        facts = machine.describe()
        try:
            rows = run(arguments, settings)
        except drivers.Failure as failure:
            settings.say(failure)
            return 1
    if arguments.json:
        for row in rows:
            print(json.dumps(row))
    elif not arguments.compare and not arguments.write:
        table.print_tables(rows)
    others = read_rows(arguments.compare) if arguments.compare else []
    write_output(arguments, settings, rows, facts, others)
    if arguments.compare:
        lines, slower = compare.compare(others, rows)
        print("\n".join(lines))
        return int(slower)
    return 0


if __name__ == "__main__":
    sys.exit(main())
