// SPDX-License-Identifier: MIT
// Which program runs, with which arguments and environment, and what is said
// where it can't.
"use strict";

const fs = require("fs");
const path = require("path");

const { fresh, observe, probe, run, write } = require("./support.js");

const BARE = "only-of-this-test";

function inPath(value, options = {}) {
  return run(BARE, ["print", "args"], { env: { PATH: value }, ...options });
}

// A folder with a program of this mode, by the name BARE.
function withProgram(name, mode = 0o755) {
  const made = fresh(name);
  fs.copyFileSync(probe, path.join(made, BARE));
  fs.chmodSync(path.join(made, BARE), mode);
  return made;
}

const cases = {
  "a missing path": () => run("/nowhere/program"),
  "a missing relative path": () => run("./nowhere"),
  "a missing name": () => run("no-such-program-of-this-name"),
  "a folder": () => run("/etc"),
  "below a file": () => run("/etc/passwd/program"),
  "without permission": () => run(write(`${fresh("mode")}/x`, "", 0o644)),
  "an empty file": () => run(write(`${fresh("empty")}/x`, "")),
  "neither program nor script": () =>
    run(write(`${fresh("binary")}/x`, Buffer.from([0x7f, 0x45, 0, 1, 2]))),
  "a script without its first line": () =>
    run(write(`${fresh("plain")}/x`, 'echo "$0 $*"\n'), ["1", "2 3"]),
  "a script": () =>
    run(write(`${fresh("script")}/x`, '#!/bin/sh -e\necho "$*"\n'), ["a b"]),
  "a script of a missing interpreter": () =>
    run(write(`${fresh("script")}/x`, "#!/nowhere/sh\n")),
  "a script of itself": () => {
    const file = `${fresh("script")}/x`;
    return run(write(file, `#!${file}\n`));
  },
  "a loop of links": () => {
    const made = fresh("loop");
    fs.symlinkSync("two", `${made}/one`);
    fs.symlinkSync("one", `${made}/two`);
    return run(`${made}/one`);
  },
  "a path too long": () => run(`/${"x".repeat(5000)}`),
  "a name too long": () => run("x".repeat(300)),
  "a name too long, with a folder that can't be searched": () =>
    run("x".repeat(300), [], { env: { PATH: "/etc/passwd:/bin" } }),

  "the last folder of PATH": () =>
    inPath(`/nowhere:/etc/passwd:/:${withProgram("last")}`),
  "PATH passes over what can't be executed": () =>
    inPath(`${withProgram("denied", 0o644)}:${withProgram("good")}`),
  "nothing in PATH can be executed": () =>
    inPath(`${withProgram("denied", 0o644)}:/nowhere`),
  "PATH passes over a folder of that name": () => {
    const made = fresh("folders");
    fs.mkdirSync(`${made}/${BARE}`);
    return inPath(`${made}:${withProgram("good")}`);
  },
  "a text in PATH, by the shell": () => {
    const made = fresh("texts");
    write(`${made}/${BARE}`, 'echo "$# arguments"\n');
    return inPath(`/nowhere:${made}`);
  },
  "an empty PATH is the working directory": () =>
    inPath("", { cwd: withProgram("here") }),
  "an empty folder in PATH": () =>
    inPath("/nowhere::/bin", { cwd: withProgram("here") }),
  "a relative folder in PATH": () => {
    const made = withProgram("here");
    return inPath(path.basename(made), { cwd: path.dirname(made) });
  },
  "a folder too long in PATH": () =>
    inPath(`/${"y".repeat(6000)}:${withProgram("good")}`),
  "PATH of the child, not of the caller": () =>
    run("true", [], { env: { PATH: "/nowhere" } }),
  "no PATH at all": () => run("true", [], { env: {} }),
  "no PATH, and not in the usual places": () => run(BARE, [], { env: {} }),
  "relative to the new working directory": () =>
    run(`./${BARE}`, ["print", "args"], { cwd: withProgram("here") }),
  "the caller's PATH": async () => {
    const old = process.env.PATH;
    process.env.PATH = withProgram("mine");
    const seen = await run(BARE, ["print", "args"]);
    process.env.PATH = old;
    return seen;
  },

  argv0: () => observe("args", { argv0: "another name" }),
  "an empty argv0": () => observe("args", { argv0: "" }),
  "arguments as they are": () =>
    run(probe, ["print", "args", "--", "", " ", "ä", "a\nb", "$HOME", "*"]),
  "10,000 arguments": async () => {
    const many = Array.from({ length: 10_000 }, (_, n) => `${n}`);
    const { out } = await run(probe, ["print", "args", "--", ...many]);
    return out.slice(0, 20);
  },
  "the longest argument": async () => {
    const { out, events } = await run(probe, [
      "print",
      "args",
      "--",
      "x".repeat(131_071),
    ]);
    return [events, out.length];
  },
  "an argument too long": () =>
    run("true", ["x".repeat(131_072)]).catch((error) => error.code),
  "too much of all": () =>
    run("true", Array(100).fill("x".repeat(131_071))).catch(
      (error) => error.code,
    ),

  "an empty environment": () => observe("env", { env: {} }),
  "an environment": () =>
    observe("env", { env: { A: "1", "B C": "ä", EMPTY: "", D: undefined } }),
  "1,000 variables": async () => {
    const env = {};
    for (let n = 0; n < 1000; n++) env[`V${n}`] = "v".repeat(n % 100);
    const { out } = await observe("env", { env });
    return [out.envc, out["env.999"]];
  },
  "a variable too long": () =>
    run("true", [], { env: { A: "x".repeat(131_072) } }).catch(
      (error) => error.code,
    ),
  "the caller's environment": async () => {
    process.env.OF_THE_CALLER = "yes";
    const { out } = await observe("env");
    delete process.env.OF_THE_CALLER;
    return Object.values(out).includes("OF_THE_CALLER=yes");
  },
};

module.exports = cases;
