// SPDX-License-Identifier: MIT
// From the start to the end: statuses, signals, timeouts, aborts; no
// descriptors or processes left; many at once; threads that end amid it.
"use strict";

const {
  exec,
  execFile,
  execFileSync,
  execSync,
  spawn,
  spawnSync,
} = require("child_process");
const fs = require("fs");
const path = require("path");
const { promisify } = require("util");
const { Worker } = require("worker_threads");

const { describe, ended, fresh, probe, run } = require("./support.js");

// What a callback of exec() or execFile() is given.
function called(start) {
  return new Promise((resolve) => {
    start((error, out, err) => {
      const { code, killed, signal } = error ?? {};
      resolve({ code, killed, signal, name: error?.name, out, err });
    });
  });
}

function sleeper(options) {
  return spawn("sleep", ["100"], options);
}

async function killedBy(signal) {
  const child = sleeper();
  const seen = ended(child);
  child.on("spawn", () => child.kill(signal));
  return [(await seen).events, child.killed, child.signalCode];
}

function fails(start) {
  try {
    return `${start()}`;
  } catch (error) {
    const { status, signal, code, stderr } = error;
    return { status, signal, code, err: `${stderr}` };
  }
}

// Another node, at its limits, by this script; what it prints.
function limited(shell, body) {
  const script = path.join(fresh("limited"), "script.js");
  fs.writeFileSync(script, `"use strict";\n${body}`);
  return execFileSync(
    "sh",
    ["-c", `${shell} exec "$@"`, "sh", process.execPath, script],
    { encoding: "utf8" },
  );
}

// Leaves `spare` descriptors of the table free.
const fullTable = (spare, stdio) => `
  const fs = require("fs");
  const { spawn } = require("child_process");
  spawn("true", { stdio: "ignore" }).on("exit", () => {
    const held = [];
    try {
      for (;;) held.push(fs.openSync("/dev/null"));
    } catch {}
    for (let n = 0; n < ${spare}; n++) fs.closeSync(held.pop());
    const tell = (text) => {
      held.splice(0, 9).forEach((fd) => fs.closeSync(fd));
      console.log(text);
    };
    try {
      const child = spawn("true", { stdio: ${JSON.stringify(stdio)} });
      child.on("error", (error) => tell(error.code));
      child.on("exit", (code) => tell(code));
    } catch (error) {
      tell("thrown " + error.code);
    }
  });`;

const threads = (body, count) =>
  Array.from(
    { length: count },
    () =>
      new Worker(
        `"use strict";
    const { spawn, spawnSync } = require("child_process");
    const { parentPort } = require("worker_threads");
    ${body}`,
        { eval: true },
      ),
  );

const ending = (worker) => new Promise((resolve) => worker.on("exit", resolve));

const cases = {
  "signal 0": async () => {
    const child = sleeper();
    const alive = [child.kill(0), child.killed];
    child.kill("SIGKILL");
    return [alive, (await ended(child)).events];
  },
  "after the end no signal is sent": async () => {
    const child = spawn("true");
    await ended(child);
    return [child.kill(), child.exitCode];
  },
  "before the start has been told": async () => {
    const child = sleeper();
    child.kill("SIGKILL");
    return (await ended(child)).events;
  },

  exec: () => called((done) => exec("echo out; echo err >&2", done)),
  "exec of a missing program": () =>
    called((done) => exec("no-such-program-here", done)),
  "exec with bash": () =>
    called((done) => exec('echo "${0##*/}"', { shell: "/bin/bash" }, done)),
  "exec with a shell that is missing": () =>
    called((done) => exec("true", { shell: "/nowhere/sh" }, done)),
  execFile: () => called((done) => execFile("echo", ["a b"], done)),
  "execFile of a missing program": () =>
    called((done) => execFile("/nowhere/program", done)),
  "execFile, promised": () => promisify(execFile)("echo", ["promised"]),
  "more than maxBuffer": () =>
    called((done) => execFile("yes", { maxBuffer: 100 }, done)),
  "a timeout": () =>
    called((done) => execFile("sleep", ["100"], { timeout: 50 }, done)),
  "a timeout with a signal": () =>
    called((done) =>
      execFile("sleep", ["100"], { timeout: 50, killSignal: "SIGINT" }, done),
    ),
  "a timeout of spawn": async () =>
    (await ended(sleeper({ timeout: 50, killSignal: "SIGKILL" }))).events,
  "spawn with a shell": () => run("echo $((6 * 7))", [], { shell: true }),

  "aborted before": () => {
    const options = { signal: AbortSignal.abort() };
    return ended(sleeper(options)).then(({ events }) => events);
  },
  "aborted after": async () => {
    const control = new AbortController();
    const child = sleeper({ signal: control.signal });
    child.on("spawn", () => control.abort());
    return (await ended(child)).events;
  },
  "aborted with a signal": async () => {
    const control = new AbortController();
    const child = sleeper({ signal: control.signal, killSignal: "SIGHUP" });
    child.on("spawn", () => control.abort());
    return (await ended(child)).events;
  },
  "execFile, aborted": () => {
    const control = new AbortController();
    setTimeout(() => control.abort(), 20);
    const { signal } = control;
    return called((done) => execFile("sleep", ["100"], { signal }, done));
  },

  "spawnSync of a missing program": () =>
    describe(spawnSync("/nowhere/program").error),
  "spawnSync with a timeout": () => {
    const done = spawnSync("sleep", ["100"], { timeout: 50 });
    return [describe(done.error), done.status, done.signal];
  },
  "spawnSync with too much output": () => {
    const done = spawnSync("yes", { maxBuffer: 100 });
    return [describe(done.error), done.status, done.signal];
  },
  execSync: () => execSync("echo out", { encoding: "utf8" }),
  "execSync that fails": () =>
    fails(() => execSync("echo why >&2; exit 3", { stdio: "pipe" })),
  "execFileSync that is killed": () =>
    fails(() => execFileSync("sh", ["-c", "kill -9 $$"])),

  "the streams of a failed start": () =>
    new Promise((resolve) => {
      const child = spawn("/nowhere/program");
      const { pid, stdin, stdout, stderr } = child;
      const seen = [pid, !!stdin, !!stdout, !!stderr];
      stdin.on("error", () => {});
      stdin.write("lost");
      child.on("error", () => {});
      child.on("close", (code) => resolve([...seen, code]));
    }),
  "nothing is left of 50 failed starts": async () => {
    const count = () => fs.readdirSync("/proc/self/fd").length;
    await run("/nowhere/program");
    const before = count();
    for (let n = 0; n < 50; n++) await run("/nowhere/program");
    const children = `/proc/self/task/${process.pid}/children`;
    return [count() - before, fs.readFileSync(children, "utf8")];
  },

  "no process more": () =>
    limited(
      "",
      `
    const { execFileSync, spawn } = require("child_process");
    if (process.getuid() === 0) process.setuid(65_534);
    execFileSync("prlimit", ["--nproc=1", "--pid", String(process.pid)]);
    try {
      spawn("true").on("error", (error) => console.log(error.code))
        .on("exit", (code) => console.log(code));
    } catch (error) {
      console.log("thrown " + error.code);
    }`,
    ),

  "200 at once": async () => {
    const all = Array.from({ length: 200 }, (_, n) =>
      run(probe, ["write", "1", `${n}`, "exit", `${n % 7}`]),
    );
    const seen = await Promise.all(all);
    return seen.map(({ out, events }) => [out, events.at(-1)]);
  },
  "200 at once, the half missing": async () => {
    const all = Array.from({ length: 200 }, (_, n) =>
      run(n % 2 ? "true" : "/nowhere/program"),
    );
    const seen = await Promise.all(all);
    return seen.map(({ events }) => events.at(-1));
  },
  "4 threads, 50 each": async () => {
    const all = threads(
      `
      let left = 50;
      let good = 0;
      for (let n = 0; n < 50; n++)
        spawn("echo", [String(n)]).on("close", (code) => {
          good += code === 0;
          if (--left === 0) parentPort.postMessage(good);
        });`,
      4,
    );
    return Promise.all(
      all.map(
        (worker) => new Promise((resolve) => worker.on("message", resolve)),
      ),
    );
  },
  "4 threads, in a row": async () => {
    const all = threads(
      `
      let good = 0;
      for (let n = 0; n < 25; n++) good += spawnSync("true").status === 0;
      parentPort.postMessage(good);`,
      4,
    );
    return Promise.all(
      all.map(
        (worker) => new Promise((resolve) => worker.on("message", resolve)),
      ),
    );
  },
  "threads that end amid starts": async () => {
    const all = threads(
      `
      setInterval(() => {
        for (let n = 0; n < 5; n++)
          spawn("true", { stdio: "ignore" }).on("error", () => {});
        parentPort.postMessage("busy");
      }, 1);`,
      4,
    );
    for (const worker of all) worker.once("message", () => worker.terminate());
    await Promise.all(all.map(ending));
    return run("echo", ["the caller goes on"]);
  },
};

for (const status of [0, 1, 2, 126, 127, 128, 255])
  cases[`exit status ${status}`] = () => run(probe, ["exit", `${status}`]);
for (const signal of ["SIGTERM", "SIGKILL", "SIGINT", "SIGHUP", "SIGUSR1"])
  cases[`killed by ${signal}`] = () => killedBy(signal);
for (const signal of [6, 11])
  cases[`ends itself by signal ${signal}`] = () =>
    run(probe, ["kill", `${signal}`]);
for (const [stdio, most] of [
  ["ignore", 4],
  ["pipe", 9],
])
  for (let spare = 0; spare <= most; spare++)
    cases[`a table with room for ${spare}, streams: ${stdio}`] = () =>
      limited("ulimit -n 60;", fullTable(spare, stdio));

module.exports = cases;
