#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Commands of everyday use with libspawn-posix preloaded: each does what it
does without, and each that calls the C library to start something calls ours.

usage: test_commands.py LIBRARY ROOT
"""
import re
import unittest

import proof
import verdict

AWK = r"""
BEGIN {
	print "status", system("exit 3")
	"echo one; echo two" | getline line; print "read", line
	"echo one; echo two" | getline line; print "read", line
	print "b" | "sort"; print "a" | "sort"; print "sort", close("sort")
	print "x" > "made"
}
"""
GAWK = AWK + r"""
BEGIN {
	print "to and fro" |& "cat"; close("cat", "to")
	"cat" |& getline line; print "coprocess", line
	print "killed", system("kill -9 $$")
}
"""
LUA = r"""
print(os.execute("exit 3"))
print(os.execute("kill -TERM $$"))
local stream = io.popen("echo one; exit 4")
print(stream:read("a"), stream:close())
stream = io.popen("cat > made", "w")
stream:write("written"); print(stream:close())
"""
M4 = "syscmd(`echo one')sysval esyscmd(`echo two; exit 5')sysval\n"
JAVA = r"""
class Starts {
	public static void main(String[] words) throws Exception {
		Process process = new ProcessBuilder("sh", "-c",
			"echo $PWD; cat; echo oops >&2; exit 3")
			.directory(new java.io.File("/"))
			.redirectErrorStream(true).start();
		process.getOutputStream().write("given\n".getBytes());
		process.getOutputStream().close();
		System.out.print(new String(
			process.getInputStream().readAllBytes()));
		System.out.println(process.waitFor());
		try {
			new ProcessBuilder("/nonexistent").start();
		} catch (java.io.IOException failure) {
			System.out.println(failure.getMessage());
		}
	}
}
"""
RUST = r"""
use std::process::{Command, Stdio};
use std::io::{Read, Write};
fn main() {
    let mut child = Command::new("sh").args(["-c", "cat; pwd; exit 3"])
        .current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped())
        .spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"given\n").unwrap();
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    println!("{text}{:?}", child.wait().unwrap());
    println!("{}", Command::new("/nonexistent").spawn().unwrap_err());
    println!("{:?}", Command::new("kill").args(["-l", "9"]).status());
}
"""
BUILD_SCRIPT = r"""
fn main() {
    let said = std::process::Command::new("echo").arg("built").output();
    let text = String::from_utf8(said.unwrap().stdout).unwrap();
    println!("cargo:rustc-env=SAID={}", text.trim());
}
"""
CARGO = """
[package]
name = "starts"
version = "0.1.0"
edition = "2021"
"""
FORTRAN = """
program starts
integer :: status
call execute_command_line("echo one; exit 3", exitstat=status)
print *, status
end
"""
# glib forks if it has to close descriptors.
GLIB = r"""
#include <glib.h>
int main(void)
{
	const GSpawnFlags flags = G_SPAWN_SEARCH_PATH |
				  G_SPAWN_LEAVE_DESCRIPTORS_OPEN;
	gchar *good[] = { "echo", "one", NULL }, *bad[] = { "nowhere", NULL };
	gchar *said = NULL;
	gint status = -1;
	GError *error = NULL;

	if (!g_spawn_sync(NULL, good, NULL, flags, NULL, NULL, &said, NULL,
			  &status, NULL))
		return 1;
	g_print("%s%d\n", said, status);
	g_spawn_sync(NULL, bad, NULL, flags, NULL, NULL, NULL, NULL, NULL,
		     &error);
	g_print("%s\n", error->message);
	return 0;
}
"""
NODE = r"""
const starts = require("child_process");
console.log(starts.execSync("echo one; pwd", { cwd: "/" }).toString());
console.log(starts.spawnSync("sh", ["-c", "exit 3"]).status);
"""


def runs(text):
    """Times differ."""
    return re.findall(r"\d+ runs", text)


class Awks(proof.Clients):
    def test_gawk(self):
        self.compare("gawk", "system popen", ["gawk", GAWK])

    def test_mawk(self):
        # Its pipes are made with fork().
        self.compare("mawk", "system", ["mawk", AWK])

    def test_original_awk(self):
        self.compare("original-awk", "system popen", ["original-awk", AWK])


class Interpreters(proof.Clients):
    def test_lua(self):
        self.compare("lua5.4", "system popen", ["lua5.4", "-e", LUA])

    def test_m4(self):
        self.compare("m4", "posix_spawnp", ["m4"], given=M4)

    def test_fish(self):
        self.compare("fish", "posix_spawn", [
            "fish", "--no-config", "-c",
            "/bin/echo one; echo (/bin/echo two) | /bin/cat; "
            "/bin/sh -c 'exit 3'"], status=3, HOME=str(self.top))

    def test_sqlite3(self):
        self.compare("sqlite3", "system popen", [
            "sqlite3", ":memory:", ".shell echo one", ".system exit 3",
            ".once |cat", "select 42;"])

    def test_java(self):
        self.needs("javac", "java")
        # Its first line is the pid of jspawnhelper's parent, if it complains.
        ours = self.compare(
            "libjava.so", "posix_spawn",
            ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", ".",
             "Starts"],
            prepare=lambda: self.compile_with(
                "Starts.java", JAVA, ["javac", "Starts.java"]))
        names = [image.name.rpartition("/")[2] for image in ours.trace.images]
        self.assertIn("jspawnhelper", names)

    def compile_with(self, name, source, command):
        (self.folder / name).write_text(source)
        done = self.execute(command, {})
        self.assertEqual(done.returncode, 0, done.stderr)


class Tools(proof.Clients):
    def prepare(self):
        (self.folder / "text").write_text("one\n")
        (self.folder / "ask").write_text("#!/bin/sh\necho secret\n")
        (self.folder / "ask").chmod(0o755)

    def test_sed(self):
        self.compare("sed", "popen", ["sed", "1e echo zero", "text"])

    def test_less(self):
        self.compare("less", "popen", ["less", "text"],
                     LESSOPEN="|tr a-z A-Z < %s")

    def test_zip(self):
        self.compare("zip", "system", ["zip", "-q", "-X", "-T", "-TT", "test",
                                       "made.zip", "text"], same=no_zip_name)

    def test_gdb(self):
        self.compare("gdb", "popen", [
            "gdb", "-nx", "-batch", "-ex", "shell exit 3",
            "-ex", "print $_shell_exitcode", "-ex", "pipe print 5 | cat"])

    def test_wget(self):
        # It asks before it finds that nobody is there.
        self.compare("wget", "posix_spawnp", [
            "wget", "-nv", "-t1", "--use-askpass", self.folder / "ask",
            "http://127.0.0.1:1/"], status=4,
            same=lambda text: re.sub(r"\d\d:\d\d:\d\d", "", text))

    def test_hyperfine(self):
        self.compare("hyperfine", "posix_spawnp", [
            "hyperfine", "-N", "--runs=10", "--style=none", "true"],
            same=runs)


def no_zip_name(text):
    return re.sub(r"zi\w{6}", "", text)


class Compilers(proof.Clients):
    def prepare(self):
        for name, text in {"hello.c": "int main(void) { return 3; }\n",
                           "starts.f90": FORTRAN, "starts.c": GLIB,
                           "Cargo.toml": CARGO, "build.rs": BUILD_SCRIPT,
                           }.items():
            (self.folder / name).write_text(text)
        (self.folder / "src").mkdir()
        (self.folder / "src/main.rs").write_text(
            RUST.replace("fn main() {",
                         'fn main() {\n    println!("{}", env!("SAID"));'))

    def test_clang(self):
        self.compare("libLLVM", "posix_spawn", [
            "clang", "-fno-integrated-cc1", "-c", "hello.c"])

    def test_clang_that_links(self):
        self.compare("libLLVM", "posix_spawn", ["clang", "hello.c"])

    def test_gfortran(self):
        self.needs("gfortran")
        self.compare("libgfortran", "system", ["./starts"], prepare=lambda:
                     self.make(["gfortran", "-o", "starts", "starts.f90"]))

    def test_glib(self):
        done = self.packages("glib-2.0")
        self.compare("libglib", "posix_spawnp", ["./starts"], prepare=lambda:
                     self.make(["cc", "-o", "starts", "starts.c", *done]))

    def test_cargo(self):
        """A crate with a build script; then the crate itself. The standard
        library of Rust looks for what only newer C libraries have."""
        self.needs("cargo", "rustc", "cc")
        command = ["cargo", "build", "-q", "--offline"]
        plain = self.run_plain(command)
        ours = self.run_traced(command)
        self.assertEqual((plain.status, plain.output, plain.complaints),
                         (ours.status, ours.output, ours.complaints))
        self.assertEqual(ours.status, 0, ours.complaints)
        made = "target/debug/starts"
        self.assertEqual(plain.files[made], ours.files[made])
        self.assert_reaches(ours.trace, "cargo", "posix_spawnp")
        self.assert_reaches(ours.trace, "build-script", "posix_spawnp")

        def keep():
            (self.folder / "starts").write_bytes(ours.files[made])
            (self.folder / "starts").chmod(0o755)
        self.compare("starts", "posix_spawnp", ["./starts"], prepare=keep)

    def make(self, command):
        self.prepare()
        done = self.execute(command, {})
        self.assertEqual(done.returncode, 0, done.stderr)

    def packages(self, *names):
        self.needs("pkg-config", "cc")
        self.folder.mkdir()
        done = self.execute(["pkg-config", "--cflags", "--libs", *names], {})
        if done.returncode:
            self.skipTest(f"not installed: {' '.join(names)}")
        return done.stdout.split()


class Git(proof.Clients):
    """git forks by itself; what it starts has the library all the same."""

    compared = r"^(?!\.git/)"  # which has times in it

    def prepare(self):
        (self.folder / "file").write_text("one\n")
        for words in (["init", "-q"], ["add", "file"],
                      ["commit", "-q", "-m", "message"]):
            done = self.execute(
                ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words],
                {"GIT_AUTHOR_DATE": "@0 +0000",
                 "GIT_COMMITTER_DATE": "@0 +0000"})
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_alias(self):
        self.needs("git", "gawk")
        alias = "alias.ask=!gawk 'BEGIN { print system(\"exit 3\") }'"
        ours = self.run_both(["git", "-c", alias, "ask"])
        self.assertEqual((ours.status, ours.output), (0, "3\n"))
        self.assert_reaches(ours.trace, "gawk", "system")

    def test_pager(self):
        self.needs("git", "script", "gawk")
        pager = "gawk '{ print system(\"exit 3\"), $0 }'"
        # Only a terminal has a pager.
        ours = self.run_both(["script", "-qec", "git log --format=%s",
                              "/dev/null"], GIT_PAGER=pager, TERM="dumb")
        self.assertEqual((ours.status, ours.output.split()),
                         (0, ["3", "message"]))
        self.assert_reaches(ours.trace, "gawk", "system")


class Bystanders(proof.Clients):
    """Those that fork by themselves. The library is there and does no harm."""

    def bystander(self, *command, **more):
        self.needs(command[0])
        ours = self.run_both(command, **more)
        names = [image.name.rpartition("/")[2] for image in ours.trace.images]
        self.assertIn(command[0], names, "the library was not loaded")
        starts = {name for image in ours.trace.images for name in image.bound
                  if image.has_started(None)}
        print(f"{command[0]}: {len(names)} programs had the library, "
              f"{len(starts)} functions of ours called", flush=True)
        return ours

    def test_dash(self):
        ours = self.bystander("dash", "-c", "x=$(echo one); echo $x | cat; "
                              "sleep 0 & wait; (exit 3)")
        self.assertEqual(ours.status, 3)

    def test_bash(self):
        ours = self.bystander("bash", "-c", "x=$(echo one); cat <(echo $x); "
                              "coproc cat; kill $!; (exit 3)")
        self.assertEqual(ours.status, 3)

    def test_perl(self):
        ours = self.bystander(
            "perl", "-e", 'print `echo one`, system("exit 3;") >> 8;'
            'open my $f, "|-", "cat"; print $f "two"; close $f; exit $?')
        self.assertEqual((ours.status, ours.output), (0, "one\n3two"))

    def test_tclsh(self):
        self.bystander("tclsh", given="puts [exec echo one]\n")

    def test_node(self):
        self.bystander("node", "-e", NODE)

    def test_find(self):
        self.bystander("find", ".", "-exec", "echo", "{}", ";")

    def test_xargs(self):
        self.bystander("xargs", "-n1", "echo", given="one two")

    def test_tar(self):
        self.bystander("tar", "cf", "made", "--use-compress-program=cat",
                       "/etc/hostname")

    def test_iconv(self):
        self.bystander("iconv", "-f", "latin1", "-t", "utf8", given="one")

    def test_locale(self):
        self.bystander("locale", "-a")

    def test_vim(self):
        self.bystander("vim", "-Nu", "NONE", "-es", "-c", "r !echo one",
                       "-c", "w! made", "-c", "q!")

    def test_tools_that_start_nothing(self):
        for command in (["ls", "/"], ["id"], ["true"], ["cat"],
                        ["date", "-d", "@0"], ["sort"], ["stat", "/"]):
            with self.subTest(command=command):
                self.bystander(*command, given="one\n")


if __name__ == "__main__":
    verdict.main(verbosity=2)
