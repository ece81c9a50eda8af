# SPDX-License-Identifier: MIT
"""Sources and packages of a Debian release, fetched by apt and not installed.

All of apt's state is in a folder of the caller's: nothing of the system changes,
and no line of its configuration.
"""
import trace_tools

MIRROR = ["apt-get", "indextargets", "Created-By: Packages", "Label: Debian",
          "Component: main", "--format", "$(REPO_URI)"]


class Debian:
    """A release, such as bookworm."""

    def __init__(self, folder, release):
        self.folder = folder / "apt"
        self.release = release
        for name in ("lists/partial", "cache/archives/partial"):
            (self.folder / name).mkdir(parents=True)
        self.options = [
            "-o", f"Dir::Etc::sourcelist={self.folder / 'sources.list'}",
            "-o", "Dir::Etc::sourceparts=-",
            "-o", f"Dir::State::lists={self.folder / 'lists'}",
            "-o", f"Dir::Cache={self.folder / 'cache'}",
            "-o", "APT::Sandbox::User=root", "-o", "Acquire::Languages=none"]

    def _apt(self, *words, **more):
        return trace_tools.run(["apt-get", "-q", *self.options, *words],
                               timeout=300, **more).returncode == 0

    def update(self, kinds="deb-src"):
        """Read the lists, from where this machine has its own packages; whether
        that worked."""
        if trace_tools.missing("apt-get", "dpkg-source"):
            return False
        mirror = trace_tools.run(MIRROR).stdout.split()[:1]
        lines = [f"{kind} {uri} {self.release} main\n"
                 for uri in mirror for kind in kinds.split()]
        (self.folder / "sources.list").write_text("".join(lines))
        return bool(mirror) and self._apt("update")

    def source(self, package, folder):
        """Its tree with Debian's patches, in this folder; or None."""
        folder.mkdir(parents=True)
        if not self._apt("--only-source", "source", package, cwd=folder):
            return None
        return next(path for path in folder.iterdir() if path.is_dir())

    def unpack(self, packages, folder):
        """The files of binary packages, in this folder; whether all came."""
        made = folder.parent / f"{folder.name}.debs"
        made.mkdir()
        # What is installed here, of wherever, is not to be preferred.
        status = self.folder / "status"
        status.touch()
        if not self._apt("-o", f"Dir::State::status={status}", "download",
                         *packages, cwd=made):
            return False
        return all(trace_tools.run(["dpkg-deb", "-x", path, folder])
                   .returncode == 0 for path in sorted(made.iterdir()))
