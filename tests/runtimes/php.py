#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""PHP with the fork of its proc_open() replaced, beside the stock one.

usage: php.py ROOT

Fetches the source of PHP of Debian 12, lets runtimes/php/replace.py work on a
copy, and builds the command-line program of both, without extensions. Both run
PHP's own tests of processes, files and the command line by PHP's own runner, which
starts each by proc_open(); and the cases of php/cases.php. As root and as another
user. Compares case by case.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import beside
import trace_tools
from debian_packages import Debian

RELEASE = "bookworm"
CONFIGURE = ["./configure", "--disable-all", "--disable-cgi",
             "--disable-phpdbg", "--enable-pcntl", "--enable-posix",
             "CFLAGS=-O0"]
#: Where its tests of these are.
TESTS = ["ext/standard/tests/general_functions", "ext/standard/tests/file",
         "ext/pcntl/tests", "sapi/cli/tests", "tests/output", "tests/run-test"]
PHP = "/mnt/tree/sapi/cli/php"
#: Of 1,410 tests and of 33 cases, so many must pass and be told at least.
LEAST, LEAST_CASES = 600, 30
#: Its number is that of a pipe's end that PHP has just made. PHP's child closes
#: what it has just put there.
TAKEN = "a taken descriptor"


def build(checks, folder, tree, script=None):
    """A folder that its runs see as /mnt, with PHP in it."""
    shutil.copytree(tree, folder / "tree", symlinks=True)
    beside.make_counter(folder)
    commands = [CONFIGURE, ["make", "-j2"]]
    if script:
        adapter = folder / "tree/ext/standard/proc_open_libspawn.c"
        beside.replace(checks, script, folder / "tree", adapter)
        commands.insert(0, ["./buildconf", "--force"])
    beside.must_run(checks, folder.name, commands, cwd=folder / "tree")
    private = folder / "private"
    private.mkdir()
    for name, text in (("program", "#!/bin/sh\necho found\n"),
                       ("script", "echo script $1\n")):
        (private / name).write_text(text)
        (private / name).chmod(0o755)
    return folder


def prepare(checks, root, work):
    debian = Debian(work, RELEASE)
    tree = debian.update() and debian.source("php8.2", work / "source")
    if not tree:
        trace_tools.skip(f"PHP of {RELEASE} can't be fetched")
    folders = [build(checks, work / "stock", tree),
               build(checks, work / "ours", tree,
                     root / "runtimes/php/replace.py")]
    for folder in folders:
        shutil.copy(root / "tests/runtimes/php/cases.php", folder)
        # The runner writes beside the tests.
        subprocess.run(["chown", "-R", f"{beside.USER}:{beside.USER}",
                        folder / "tree"], check=True)
        os.chown(folder, beside.USER, beside.USER)
        (folder / "private").chmod(0o700)
    return folders


def run_tests(folder, user, *names):
    """{test: outcome}, of all or of these."""
    results = folder / "results"
    results.unlink(missing_ok=True)
    done = beside.alone(folder, [
        PHP, "-n", "/mnt/tree/run-tests.php", "-n", "-p", PHP, "-q", "-j2",
        "--offline", "--set-timeout", "60", "-W", "/mnt/results",
        *(f"/mnt/tree/{name}" for name in names or TESTS)], user,
        NO_INTERACTION="1", SKIP_SLOW_TESTS="1", TEST_PHP_EXECUTABLE=PHP)
    if not results.is_file():
        sys.exit(f"{folder.name}: {done.stdout[-2000:]}{done.stderr}")
    return {name.removeprefix("/mnt/tree/"): outcome for outcome, name
            in re.findall(r"^(\w+)\s+(\S+)", results.read_text(), re.M)}


def run_cases(folder, user, *_):
    done = beside.alone(folder, [PHP, "-n", "/mnt/cases.php", "/mnt/private"],
                        user)
    told = dict(line.split("\t", 1) for line in done.stdout.splitlines())
    told["ends"] = str(done.returncode)
    told["errors"] = done.stderr
    return told


def is_told_at_once(stock, ours):
    """A list whose program can't be started: as in PHP 8.3 and later, the caller
    is told, and there is no child that ends with 127."""
    return (stock == '[127,"",""]' and
            ours.startswith('[false,"proc_open(): Exec failed: '))


def is_mended(name, stock, ours):
    return (name == TAKEN and ours == '[0,"nine\\n",""]' and
            stock.endswith('Bad file descriptor\\n"]'))


def compare_cases(checks, who, folders):
    """The cases that differ, and how they may."""
    stock, ours = (run_cases(folder, who == "a user") for folder in folders)
    differing = beside.differing(stock, ours)
    for name in differing:
        old, new = stock.get(name, ""), ours.get(name, "")
        print(f"cases.php: {name}: stock {old}, ours {new}")
        checks.check(is_told_at_once(old, new) or is_mended(name, old, new),
                     f"{name} differs")
    checks.check(ours["ends"] == "0" and len(ours) >= LEAST_CASES + 2,
                 f"cases.php, {who}: {ours}")
    print(f"cases.php, {who}: {len(ours) - 2} cases, {len(differing)} differ")


def sanitize(checks, root, work, kind):
    """The adapter, compiled with a sanitizer, in eight threads."""
    folder = work / f"sanitized-{kind[:4]}"
    shutil.copytree(work / "ours/tree/ext/standard", folder / "standard",
                    ignore=lambda _, names: [
                        name for name in names
                        if not re.search("libspawn.*[.][ch]$", name)])
    flags = f"-fsanitize={kind} -fno-sanitize-recover=all -g -pthread"
    beside.must_run(checks, kind, [
        ["gcc", *flags.split(), f"-I{folder / 'standard'}",
         folder / "standard/proc_open_libspawn.c",
         root / "tests/runtimes/php_threads.c", "-o", folder / "threads"]])
    beside.run_sanitized(checks, f"PHP, {kind}", folder, [folder / "threads"])


def main(root):
    beside.need_what_it_takes("make", "autoconf", "pkg-config")
    checks = trace_tools.Checks()
    with tempfile.TemporaryDirectory(prefix="php.") as name:
        work = pathlib.Path(name)
        work.chmod(0o755)
        folders = prepare(checks, root, work)
        for user in (True, False):
            who = "a user" if user else "root"
            beside.compare(checks, f"PHP's tests, {who}",
                           [lambda *names, folder=folder, user=user:
                            run_tests(folder, user, *names)
                            for folder in folders],
                           LEAST, lambda outcome: outcome == "PASSED")
            compare_cases(checks, who, folders)
        beside.check_count(checks, folders[1])
        for kind in ("address,undefined", "thread"):
            sanitize(checks, root, work, kind)
    checks.finish()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
