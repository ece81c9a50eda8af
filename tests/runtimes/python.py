#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The package for Python, as a user gets it.

usage: python.py ROOT

Installs runtimes/python by pip, from the tree and from its sdist, into an
environment of its own; runs its tests there, the first example of its README,
and CPython's own suites for what starts programs, stock and installed. Then the
module _posixsubprocess, built by the recipe of docs/vendoring.md, and a part of
the tests with the address sanitizer. Where black and mypy are, they have nothing
to say.
"""
import os
import pathlib
import re
import shutil
import sys
import tempfile

import trace_tools

# Debian's, which has the packages to build with.
PYTHON = "/usr/bin/python3"
NEEDED = ["mesonpy", "pytest", "test.test_subprocess"]
HEADERS = "import sysconfig; print(sysconfig.get_path('include'))"
# What they compare is not of addresses: quick, and wide enough.
SANITIZED = ["test_extras.py", "test_functions.py", "test_wrong.py"]
SUITES = ["test_subprocess", "test_asyncio.test_subprocess", "test_popen"]


def lacking():
    """What is not here, or None."""
    if not pathlib.Path(PYTHON).exists():
        return PYTHON
    for module in NEEDED:
        if trace_tools.run([PYTHON, "-c", f"import {module}"]).returncode:
            return f"the Python module {module}"
    include = trace_tools.run([PYTHON, "-c", HEADERS]).stdout.strip()
    if not pathlib.Path(include, "Python.h").exists():
        return "Python.h"
    if trace_tools.run([PYTHON, "-m", "venv", "--help"]).returncode:
        return "the Python module venv"
    return None


def need(checks, what, command, **more):
    """Run it; what it printed is shown where it fails."""
    done = trace_tools.run_in_time(command, timeout=800, **more)
    said = done.stdout + done.stderr
    good = checks.check(done.returncode == 0, f"{what}:\n{said[-4000:]}")
    if good:
        print(f"{what}: {done.stdout.strip().splitlines()[-1:]}")
    return done.stdout if good else None


def install(checks, python, what):
    return need(checks, f"install {what.name}", [
        python, "-m", "pip", "install", "--no-index", "--no-deps",
        "--no-build-isolation", "--force-reinstall", what])


def first_example(package):
    readme = (package / "README.md").read_text(encoding="utf-8")
    return re.search(r"```python\n(.*?)```", readme, re.S).group(1)


def make_sdist(checks, python, package, folder):
    """The archive that others would get; made of what git has."""
    told = need(checks, "sdist", [
        python, "-c", "import mesonpy, sys; "
        "print(mesonpy.build_sdist(sys.argv[1]))", folder], cwd=package)
    return told and folder / told.strip().splitlines()[-1]


def check_sanitized(checks, python, tree, folder):
    """The tests with the package compiled for the address sanitizer."""
    if not shutil.which("gcc"):
        print("gcc is not installed: not run with the sanitizer")
        return
    package = folder / "sanitized/libspawn"
    source = tree / "runtimes/python/src/libspawn"
    shutil.copytree(source, package, ignore=shutil.ignore_patterns("*.[ch]"))
    include = trace_tools.run([python, "-c", HEADERS]).stdout.strip()
    two_files = folder / "_posixsubprocess"
    need(checks, "sanitized", [
        "gcc", "-g", "-O1", "-fsanitize=address,undefined", "-fPIC", "-shared",
        "-fno-sanitize-recover=undefined", f"-I{include}", f"-I{two_files}",
        *source.glob("_*.c"), two_files / "libspawn.c",
        "-o", package / "_spawn.so"])
    runtime = trace_tools.run(["gcc", "-print-file-name=libasan.so"])
    # The interpreter's own leaks at its end are not ours to judge. What is freed
    # is not kept for long: a test looks at the memory in use.
    environment = {**os.environ, "PYTHONPATH": str(package.parent),
                   "LD_PRELOAD": runtime.stdout.strip(),
                   "PYTHONMALLOC": "malloc",
                   "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1:"
                                   "quarantine_size_mb=1"}
    need(checks, "pytest, sanitized", [
        python, "-m", "pytest", "-q", "-p", "no:cacheprovider",
        *(tree / "runtimes/python/tests" / name for name in SANITIZED)],
        cwd=folder, env=environment)


def check_style(checks, package):
    for tool in (["black", "--check", "--quiet", "."], ["mypy"]):
        if shutil.which(tool[0]):
            need(checks, tool[0], tool, cwd=package)
        else:
            print(f"{tool[0]} is not installed")


def check_module(checks, python, tree, folder):
    """In the place of CPython's own, built as docs/vendoring.md says."""
    guide = (tree / "docs/vendoring.md").read_text(encoding="utf-8")
    recipe = re.search(r"^```sh\n(cc [^`]*_posixsubprocess\.so)$", guide, re.M)
    module = folder / "_posixsubprocess"
    module.mkdir()
    shutil.copy(tree / "runtimes/python/cpython/_posixsubprocess.c", module)
    need(checks, "two files", [
        sys.executable, "-B", tree / "release/amalgamate.py", tree, module])
    environment = {**os.environ, "PATH": f"/usr/bin:{os.environ['PATH']}"}
    need(checks, "recipe for CPython", ["sh", "-ec", recipe.group(1)],
         cwd=module, env=environment)
    told = need(checks, "test_subprocess with the module", [
        python, "-B", tree / "runtimes/python/suites.py", "--posixsubprocess",
        module / "_posixsubprocess.so", "test_subprocess"], cwd=folder)
    print(told)


def main(root):
    missing = lacking()
    if missing:
        trace_tools.skip(f"{missing} is not installed")
    checks = trace_tools.Checks()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="python."))
    package, python = root / "runtimes/python", folder / "venv/bin/python"
    need(checks, "venv", [PYTHON, "-m", "venv", "--system-site-packages",
                          folder / "venv"])
    # Not in the tree: a build leaves nothing there.
    copy = folder / "tree"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns(
        "build", "build-*", "__pycache__", "node_modules"))
    package = copy / "runtimes/python"
    sdist = make_sdist(checks, python, package, folder)
    for what in (sdist, package):
        if what is None or install(checks, python, what) is None:
            checks.finish()
        need(checks, f"example, of {what.name}",
             [python, "-c", first_example(package)], cwd=folder)
    need(checks, "pytest", [python, "-m", "pytest", "-q", "-p",
                            "no:cacheprovider", package / "tests"], cwd=folder)
    told = need(checks, "suites of CPython",
                [python, "-B", package / "suites.py", *SUITES], cwd=folder)
    print(told)
    check_module(checks, python, copy, folder)
    check_sanitized(checks, python, copy, folder)
    check_style(checks, package)
    shutil.rmtree(folder)
    checks.finish()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
