#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is given away as a release: the same commit gives the same bytes.

usage: release.py ROOT FOLDER [--ssh-key FILE | --gpg-key NAME]

Puts into FOLDER, for version V of the tree at ROOT, a checkout without changes:

    libspawn-V.tar.gz            the tree, by git archive
    libspawn-V-two-files.tar.gz  libspawn.c and .h, those of the drop-in and of
                                 the workers, and the licence
    SHA256SUMS                   of both
    SHA256SUMS.sig or .asc       with a key: signed by ssh-keygen(1) for the
                                 namespace "file", or by gpg(1)

Times and owners in the archives are those of the commit and of nobody.
"""
import argparse
import gzip
import hashlib
import io
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

VERSION = re.compile(r"^\s*version: '(\d+\.\d+\.\d+)'", re.M)
AMALGAMATE = "release/amalgamate.py"


def git(root, *words):
    return subprocess.run(["git", "-C", root, *words], check=True,
                          stdout=subprocess.PIPE).stdout


def refuse_changes(root):
    changed = git(root, "status", "--porcelain",
                  "--untracked-files=all").decode()
    if changed:
        sys.exit(f"release: what is not committed is in no release:\n{changed}")


def version_of(root):
    version = VERSION.search((root / "meson.build").read_text()).group(1)
    changes = (root / "CHANGELOG.md").read_text()
    if f"## [{version}] - unreleased" in changes:
        print(f"release: note: CHANGELOG.md calls {version} unreleased")
    return version


def packed(tar):
    """Compressed, and nothing in it of when, where and by whom."""
    result = io.BytesIO()
    with gzip.GzipFile("", "wb", 9, result, mtime=0) as stream:
        stream.write(tar)
    return result.getvalue()


def tree(root, name):
    # What the user has set must not change the bytes.
    return packed(git(root, "-c", "tar.umask=0002", "-c", "core.autocrlf=false",
                      "archive", "--format=tar", f"--prefix={name}/", "HEAD"))


def two_files(root, name):
    moment = int(git(root, "log", "-1", "--format=%ct"))
    result = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="release.") as made, \
            tarfile.open(fileobj=result, mode="w",
                         format=tarfile.USTAR_FORMAT) as archive:
        subprocess.run([sys.executable, "-B", root / AMALGAMATE, root, made],
                       check=True)
        for path in [*sorted(pathlib.Path(made).iterdir()), root / "LICENSE"]:
            member = tarfile.TarInfo(f"{name}/{path.name}")
            content = path.read_bytes()
            member.size, member.mtime = len(content), moment
            archive.addfile(member, io.BytesIO(content))
    return packed(result.getvalue())


def sign(sums, options):
    if options.ssh_key:
        command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f",
                   options.ssh_key, sums]
    elif options.gpg_key:
        command = ["gpg", "--batch", "--yes", "--armor", "--detach-sign",
                   "--local-user", options.gpg_key, sums]
    else:
        return
    subprocess.run(command, check=True)


def arguments():
    parser = argparse.ArgumentParser(prog="release.py")
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    key = parser.add_mutually_exclusive_group()
    key.add_argument("--ssh-key", metavar="FILE")
    key.add_argument("--gpg-key", metavar="NAME")
    return parser.parse_args()


def main(options):
    root, folder = options.root.resolve(), options.folder
    refuse_changes(root)
    name = f"libspawn-{version_of(root)}"
    files = {f"{name}.tar.gz": tree(root, name),
             f"{name}-two-files.tar.gz": two_files(root, f"{name}-two-files")}
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("SHA256SUMS*"):
        old.unlink()
    lines = []
    for path, content in files.items():
        (folder / path).write_bytes(content)
        lines.append(f"{hashlib.sha256(content).hexdigest()}  {path}\n")
    (folder / "SHA256SUMS").write_text("".join(lines))
    sign(folder / "SHA256SUMS", options)
    print("".join(lines), end="")


if __name__ == "__main__":
    main(arguments())
