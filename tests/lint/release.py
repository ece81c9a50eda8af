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


class Ssh:
    """A key for this test alone, of ssh-keygen(1)."""

    tool, option = "ssh-keygen", "--ssh-key"

    def __init__(self, folder):
        self.key, self.variables = folder / "key", {}
        trace_tools.must("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                         self.key)

    def good(self, made):
        """Whether the signature is that of who has the key."""
        kind, public = self.key.with_suffix(".pub").read_text().split()[:2]
        (made / "allowed").write_text(f"me {kind} {public}\n")
        return trace_tools.succeeds(
            ["ssh-keygen", "-Y", "verify", "-f", made / "allowed", "-I", "me",
             "-n", "file", "-s", made / "SHA256SUMS.sig"], made / "SHA256SUMS")

    def close(self):
        """Nothing has been left running."""


class Gpg:
    """The same of gpg(1), in a home of its own."""

    tool, option, key = "gpg", "--gpg-key", "me@example.org"

    def __init__(self, folder):
        home = folder / "gpg"
        home.mkdir(mode=0o700)
        self.variables = {"GNUPGHOME": str(home)}
        self.environment = dict(os.environ, **self.variables)
        trace_tools.must("gpg", "--batch", "--passphrase", "",
                         "--quick-generate-key", self.key, "ed25519", "sign",
                         "never", env=self.environment)

    def good(self, made):
        return trace_tools.succeeds(
            ["gpg", "--batch", "--verify", made / "SHA256SUMS.asc",
             made / "SHA256SUMS"], os.devnull, env=self.environment)

    def close(self):
        trace_tools.must("gpgconf", "--kill", "all", env=self.environment)


def check_signature(checks, tree, folder, scheme):
    if trace_tools.missing(scheme.tool):
        print(f"no {scheme.tool}: nothing was signed by it")
        return
    signer, made = scheme(folder), folder / f"signed-{scheme.tool}"
    done = release(tree, made, "022", scheme.option, signer.key,
                   **signer.variables)
    if checks.check(done.returncode == 0, done.stdout):
        checks.check(signer.good(made), f"{scheme.tool}: no good signature")
        with open(made / "SHA256SUMS", "a") as sums:
            sums.write("\n")
        checks.check(not signer.good(made),
                     f"{scheme.tool}: it is good for other bytes")
    signer.close()


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
        for scheme in (Ssh, Gpg):
            check_signature(checks, folder / "one/tree", folder, scheme)
        check_refusal(checks, folder / "one/tree", folder)
    checks.finish()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
