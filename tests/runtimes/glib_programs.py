# SPDX-License-Identifier: MIT
"""Programs of Debian's that start others by GLib, on each of two GLibs.

glib-compile-resources has xmllint take blanks out of a file, by GSubprocess; gio
launches what a desktop entry says, by g_spawn_async_with_fds().
"""
import beside
import trace_tools

#: What is fetched for them.
PACKAGES = ["libglib2.0-bin", "libglib2.0-dev-bin"]
FILES = {
    "all.xml": """<gresources><gresource prefix="/test">
<file preprocess="xml-stripblanks">page.xml</file></gresource></gresources>
""",
    "page.xml": "<page>\n    <line>   </line>\n</page>\n",
    "broken.xml": """<gresources><gresource prefix="/test">
<file preprocess="xml-stripblanks">cut.xml</file></gresource></gresources>
""",
    "cut.xml": "<page>",
    "program": '#!/bin/sh\necho "launched with $*"\n',
    "good.desktop": "[Desktop Entry]\nType=Application\nName=good\n"
                    "Exec=/mnt/programs/program %f one two\n",
}
COMPILE = ["glib-compile-resources", "--sourcedir=/mnt/programs",
           "--generate-source", "--target=/dev/stdout"]
#: gio does not wait for what it launches, which the end of the first process
#: would end: the shell reads until that program, too, has closed its output.
TO_ITS_END = [
    "sh", "-c", 'x=$("$@"); s=$?; printf "%s\\n" "$x"; exit $s', "sh"]
#: The words that a good run writes; None: it has to fail.
CASES = {
    "glib-compile-resources": ([*COMPILE, "/mnt/programs/all.xml"],
                               "GStaticResource"),
    "glib-compile-resources of a broken file": (
        [*COMPILE, "/mnt/programs/broken.xml"], None),
    "gio launch": (["gio", "launch", "/mnt/programs/good.desktop",
                    "/mnt/programs/page.xml"],
                   "launched with /mnt/programs/page.xml one two"),
}


def lay_files(folder):
    programs = folder / "programs"
    programs.mkdir()
    for name, text in FILES.items():
        (programs / name).write_text(text)
    (programs / "program").chmod(0o755)


def run_one(side, command, libraries):
    """Its status and words, and how many starts went through libspawn."""
    before = (side.folder / "starts").stat().st_size
    done = beside.alone(
        side.folder,
        [*TO_ITS_END, f"/mnt/usr/bin/{command[0]}", *command[1:]], timeout=60,
        LD_LIBRARY_PATH=f"/mnt/{libraries}")
    after = (side.folder / "starts").stat().st_size
    return (done.returncode, done.stdout + done.stderr), after - before


def compare(checks, sides, libraries):
    """sides: stock, ours. Each program does the same, by a start that counts."""
    if trace_tools.missing("xmllint"):
        print("left out: programs of Debian's: xmllint is not installed")
        return
    for side in sides:
        lay_files(side.folder)
    for name, (command, words) in CASES.items():
        (stock, _), (ours, starts) = (run_one(side, command, libraries)
                                      for side in sides)
        checks.check(stock == ours, f"{name}: stock {stock}, ours {ours}")
        checks.check(words in ours[1] and ours[0] == 0 if words
                     else ours[0] != 0, f"{name}: {ours}")
        checks.check(starts > 0, f"{name}: not by libspawn")
        print(f"{name}: as stock, {starts} starts through libspawn")
