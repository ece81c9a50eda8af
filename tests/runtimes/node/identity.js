// SPDX-License-Identifier: MIT
// Who a child is and where: ids, groups, directory, session, signals, umask.
"use strict";

const { execFileSync, spawn, spawnSync } = require("child_process");
const fs = require("fs");
const path = require("path");

const {
  describe,
  ended,
  fresh,
  observe,
  probe,
  read,
  run,
} = require("./support.js");

const NOBODY = 65_534;

const own = () => read(`${spawnSync(probe, ["print", "process"]).stdout}`);

const cases = {
  "a user": () => observe("ids", { uid: NOBODY }),
  "a group": () => observe("ids", { gid: NOBODY }),
  "a user and a group": () => observe("ids", { uid: NOBODY, gid: NOBODY }),
  "its own user": () => observe("ids", { uid: process.getuid() }),
  "its own group": () => observe("ids", { gid: process.getgid() }),
  root: () => observe("ids", { uid: 0, gid: 0 }),
  "a user of no name": () => observe("ids", { uid: 0x7fffffff }),
  "user -1": () => run("true", [], { uid: -1 }).catch(describe),
  "group -1": () => run("true", [], { gid: -1 }).catch(describe),
  "no capability stays with a user": () => observe("caps", { uid: NOBODY }),
  "a folder private to the caller, as another user": async () => {
    const cwd = fresh("private", 0o700);
    const { out, events } = await observe("ids", {
      cwd,
      uid: NOBODY,
      gid: NOBODY,
    });
    return { out, events };
  },
  "a program private to the caller, as another user": () => {
    const file = path.join(fresh("private", 0o700), "probe");
    fs.copyFileSync(probe, file);
    return run(file, [], { uid: NOBODY });
  },
  "ids, by spawnSync": () => {
    const done = spawnSync(probe, ["print", "ids"], { uid: NOBODY });
    return [done.error && describe(done.error), `${done.stdout}`];
  },

  "a directory": () => observe("dirs", { cwd: "/usr" }),
  "a directory by a link": () => {
    const made = fresh("links");
    fs.symlinkSync("/usr/bin", `${made}/link`);
    return observe("dirs", { cwd: `${made}/link` });
  },
  "a directory by a URL": () =>
    observe("dirs", { cwd: new URL("file:///usr/lib") }),
  "a relative directory": () => observe("dirs", { cwd: ".." }),
  "a missing directory": () => run("true", [], { cwd: "/nowhere" }),
  "a missing directory and program": () =>
    run("/nowhere/program", [], { cwd: "/nowhere" }),
  "a file for a directory": () => run("true", [], { cwd: "/etc/passwd" }),
  "a directory that may not be entered": () =>
    run("true", [], { cwd: fresh("closed", 0o000) }),
  "a directory too long": () =>
    run("true", [], { cwd: `/${"x".repeat(5000)}` }),
  "an empty directory's name": () => observe("dirs", { cwd: "" }),

  "the caller's session": async () => {
    const { out } = await observe("process");
    const { pgid, sid } = own();
    return [out.pgid === pgid, out.sid === sid];
  },
  "detached, a session of its own": async () => {
    const child = spawn(probe, ["print", "process"], { detached: true });
    const { out } = await ended(child);
    const { pgid, sid } = read(out);
    return [pgid === `${child.pid}`, sid === `${child.pid}`];
  },
  "detached and unreferenced, a whole caller": () => {
    const script = `const child = require("child_process").spawn("sleep",
      ["0.2"], { detached: true, stdio: "ignore" }); child.unref();`;
    return `${execFileSync(process.execPath, ["-e", script])}`;
  },
  "the group of a detached child is killed": async () => {
    const child = spawn("sh", ["-c", "sleep 100 & wait"], { detached: true });
    const seen = ended(child);
    child.on("spawn", () => process.kill(-child.pid, "SIGKILL"));
    return (await seen).events;
  },

  "signals are as a shell's": () => observe("signals"),
  "handlers are not handed on": async () => {
    const handler = () => {};
    process.on("SIGUSR2", handler);
    process.on("SIGHUP", handler);
    const seen = await observe("signals");
    process.off("SIGUSR2", handler);
    process.off("SIGHUP", handler);
    return seen;
  },
  "ignored signals and a mask are not handed on": () => {
    const script = `const done = require("child_process").spawnSync(
      process.argv[1], ["print", "signals"]); console.log(done.stdout + "")`;
    const nested = [process.execPath, "-e", script, probe];
    return `${execFileSync("sh", [
      "-c",
      'trap "" HUP INT USR1 TERM; exec "$@"',
      "sh",
      ...nested,
    ])}`;
  },
  umask: async () => {
    const old = process.umask(0o077);
    const seen = await observe("umask");
    process.umask(old);
    return seen;
  },
  "limits and priority": () => observe("rlimits scheduling"),
};

module.exports = cases;
