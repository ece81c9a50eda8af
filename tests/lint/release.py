#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`./dev release` gives what it says, the same twice over.

usage: release.py ROOT

Two checkouts of one commit, at paths of different lengths, in other locales,
time zones and umasks, give the same bytes; the sums are right; the two files
compile; a signature is good, and bad for other bytes; what is not committed is
refused.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import consumer
import trace_tools

# Who has made the commit, and when: it is one of this test's.
AUTHOR = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
          for what, value in (("NAME", "nobody"), ("EMAIL", "nobody@example.org"),
                              ("DATE", "1700000000 +0000"))}
PLACES = [("one", "022", {"LC_ALL": "C", "TZ": "UTC"}),
          ("another/place", "077", {"LC_ALL": "C.UTF-8", "TZ": "Asia/Kolkata"})]


def commit(root, tree, variables):
    """A checkout of what is in ROOT, whether that is one or not."""
    shutil.copytree(root, tree, ignore=consumer.LEFT_BEHIND, symlinks=True)
    for words in (["init", "--quiet"], ["add", "--all"],
                  ["-c", "commit.gpgsign=false", "commit", "--quiet",
                   "--message", "release"]):
        trace_tools.must("git", "-C", tree, *words,
                         env=dict(os.environ, **AUTHOR, **variables))


def release(tree, folder, umask="022", *words, **variables):
    command = f'umask {umask}; exec "$0" "$@"'
    return subprocess.run(
        ["sh", "-c", command, tree / "dev", "release", folder, *words],
        env=dict(os.environ, **variables), text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False)


def check_same(checks, root, folder):
    made = []
    for name, umask, variables in PLACES:
        place = folder / name
        commit(root, place / "tree", variables)
        done = release(place / "tree", place / "made", umask, **variables)
        if not checks.check(done.returncode == 0, done.stdout):
            checks.finish()
        made.append({path.name: path.read_bytes()
                     for path in (place / "made").iterdir()})
    checks.check(len(made[0]) == 3, f"not three files: {[*made[0]]}")
    for name in made[0].keys() | made[1].keys():
        checks.check(made[0].get(name) == made[1].get(name),
                     f"{name}: other bytes in another place")


def check_content(checks, made):
    trace_tools.must("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=made)
    for path in made.glob("*.tar.gz"):
        trace_tools.must("tar", "-C", made, "-xzf", path)
    whole, two = sorted(path for path in made.iterdir() if path.is_dir())
    checks.check((whole / "dev").exists(), "the tree is not all there")
    checks.check((two / "LICENSE").exists(), "two files without a licence")
    for name in "libspawn", "libspawn_workers":
        trace_tools.must("cc", "-O0", "-c", "-Wall", "-Wextra", "-Werror",
                         "-Wno-missing-field-initializers", f"{name}.c",
                         cwd=two)


def verify(made, key, name):
    """Whether the signature is that of who has the key."""
    kind, public = key.with_suffix(".pub").read_text().split()[:2]
    (made / "allowed").write_text(f"{name} {kind} {public}\n")
    with open(made / "SHA256SUMS", "rb") as sums:
        return subprocess.run(
            ["ssh-keygen", "-Y", "verify", "-f", made / "allowed", "-I", name,
             "-n", "file", "-s", made / "SHA256SUMS.sig"], stdin=sums,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            check=False).returncode == 0


def check_signature(checks, tree, folder):
    if trace_tools.missing("ssh-keygen"):
        print("no ssh-keygen: nothing was signed")
        return
    key, made = folder / "key", folder / "signed"
    trace_tools.must("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    done = release(tree, made, "022", "--ssh-key", key)
    if checks.check(done.returncode == 0, done.stdout):
        checks.check(verify(made, key, "me"), "the signature is not good")
        with open(made / "SHA256SUMS", "a") as sums:
            sums.write("\n")
        checks.check(not verify(made, key, "me"), "it is good for other bytes")


def check_refusal(checks, tree, folder):
    (tree / "uncommitted").write_text("")
    done = release(tree, folder / "none")
    checks.check(done.returncode != 0 and "uncommitted" in done.stdout,
                 f"what is not committed is no matter: {done.stdout}")


def main(root):
    if trace_tools.missing("git"):
        trace_tools.skip("no git")
    checks = trace_tools.Checks()
    with tempfile.TemporaryDirectory(prefix="release.") as name:
        folder = pathlib.Path(name)
        check_same(checks, root, folder)
        check_content(checks, folder / "one/made")
        check_signature(checks, folder / "one/tree", folder)
        check_refusal(checks, folder / "one/tree", folder)
    checks.finish()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
