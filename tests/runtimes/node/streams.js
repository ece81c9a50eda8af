// SPDX-License-Identifier: MIT
// The descriptors of a child: each kind at each place, many, none, crossed.
"use strict";

const { execFileSync, spawn, spawnSync } = require("child_process");
const fs = require("fs");
const net = require("net");
const path = require("path");

const { ended, folder, fresh, observe, probe, run } = require("./support.js");

// The probe prints on the last descriptor, which is a pipe.
function printOn(number, stdio) {
  return async () => {
    const child = spawn(probe, [`@${number}`, "print", "fds"], { stdio });
    const seen = ended(child);
    let text = "";
    child.stdio[number].on("data", (data) => (text += data));
    child.stdin?.end();
    const { events } = await seen;
    const lines = text.replace(/:\[\d+\]/g, "").split("\n");
    return { events, lines: lines.filter((line) => !/\.id=/.test(line)) };
  };
}

function openLog() {
  return fs.openSync(path.join(folder, "log"), "a+");
}

const KINDS = {
  pipe: () => "pipe",
  overlapped: () => "overlapped",
  ignore: () => "ignore",
  inherit: () => "inherit",
  "its own number": (place) => place,
  "a file": openLog,
  "a stream": () => process.stderr,
  nothing: () => undefined,
};

const cases = {};

for (const [kind, make] of Object.entries(KINDS))
  for (const place of [0, 1, 2, 3])
    cases[`${kind} at ${place}`] = () => {
      const stdio = ["ignore", "ignore", "ignore", "ignore", "pipe"];
      stdio[place] = make(place);
      return printOn(4, stdio)();
    };

Object.assign(cases, {
  "outputs are exchanged": printOn(3, ["ignore", 2, 1, "pipe"]),
  "three are turned round": printOn(3, [1, 2, 0, "pipe"]),
  "one goes to all": () => {
    const log = openLog();
    return printOn(6, [log, log, log, log, log, log, "pipe"])();
  },
  "a low one goes to a high place": printOn(6, [
    "ignore",
    1,
    2,
    0,
    1,
    2,
    "pipe",
  ]),
  "twenty pipes": printOn(19, Array(20).fill("pipe")),
  "with gaps": printOn(12, [
    "pipe",
    "pipe",
    "pipe",
    null,
    null,
    "ignore",
    null,
    "ignore",
    "ignore",
    null,
    "ignore",
    "ignore",
    "pipe",
  ]),
  "fewer than three": () => observe("fds", { stdio: ["ignore", "pipe"] }),
  "all ignored": () => run("true", [], { stdio: "ignore" }),
  "a closed descriptor": () => run("true", [], { stdio: [0, 1, 777] }),
  "a closed descriptor beyond three": () =>
    run("true", [], { stdio: ["ignore", "ignore", "ignore", 777] }),

  "O_NONBLOCK is taken from the standard ones only": async () => {
    const fifo = path.join(fresh("fifo"), "fifo");
    execFileSync("mkfifo", [fifo]);
    const flags = fs.constants.O_RDWR | fs.constants.O_NONBLOCK;
    const [low, high] = [fs.openSync(fifo, flags), fs.openSync(fifo, flags)];
    const { out } = await observe("fds", {
      stdio: [low, "pipe", "pipe", high],
    });
    fs.closeSync(low);
    fs.closeSync(high);
    return out;
  },

  "a megabyte through cat": async () => {
    const child = spawn("cat");
    const seen = ended(child);
    child.stdin.end("x".repeat(1 << 20));
    const { events, out } = await seen;
    return { events, length: out.length };
  },

  "an input that nobody reads": async () => {
    const child = spawn("true");
    const seen = ended(child);
    child.stdin.on("error", () => {});
    child.stdin.end("x".repeat(1 << 22));
    return (await seen).events;
  },

  "a pipe beyond three, both ways": async () => {
    const child = spawn("sh", ["-c", "cat <&3 >&4"], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    });
    let text = "";
    child.stdio[4].on("data", (data) => (text += data));
    child.stdio[3].end("to and fro");
    const { events } = await ended(child);
    return { events, text };
  },

  "a socket of the caller": () =>
    new Promise((resolve) => {
      const server = net.createServer((socket) => {
        const stdio = [socket, socket, "ignore"];
        const child = spawn("cat", [], { stdio });
        child.on("exit", () => server.close());
        socket.destroy();
      });
      server.listen(0, "127.0.0.1", () => {
        const client = net.connect(server.address().port, "127.0.0.1");
        let text = "";
        client.on("data", (data) => (text += data));
        client.on("close", () => resolve(text));
        client.end("through a socket");
      });
    }),

  "in a row, by spawnSync": () => {
    const input = "line\n".repeat(10_000);
    const done = spawnSync("cat", [], { input });
    return [done.status, done.stdout.length, done.stderr.length];
  },

  "outputs kept apart, by spawnSync": () => {
    const done = spawnSync("sh", ["-c", "echo out; echo err >&2"]);
    return [`${done.stdout}`, `${done.stderr}`, done.status, done.signal];
  },

  "descriptors of spawnSync": () => {
    const stdio = ["ignore", "pipe", "inherit", "ignore", openLog()];
    const done = spawnSync(probe, ["print", "fds"], { stdio });
    return `${done.stdout}`.replace(/^.*\.id=.*$|:\[\d+\]/gm, "");
  },
});

module.exports = cases;
