// SPDX-License-Identifier: MIT
// What the cases share: the probe, a folder, and a child that has ended.
"use strict";

const { spawn } = require("child_process");
const fs = require("fs");
const path = require("path");

const probe = process.argv[2];
const folder = process.argv[3];

// Of an error, all that a program may depend on.
function describe(error) {
  const { name, code, errno, syscall, spawnargs } = error;
  return { name, code, errno, syscall, path: error.path, spawnargs };
}

function collect(stream, seen, key) {
  if (!stream) return;
  seen[key] = "";
  stream.on("data", (data) => (seen[key] += data));
  stream.on("error", (error) => (seen[`${key} error`] = error.code));
}

// Resolves once the child has ended and its streams are closed.
function ended(child) {
  const seen = { events: [] };
  collect(child.stdout, seen, "out");
  collect(child.stderr, seen, "err");
  for (const stream of child.stdio.slice(3))
    if (stream?.readable) collect(stream, seen, stream.name);
  for (const event of ["spawn", "exit", "close"])
    child.on(event, (...values) => seen.events.push([event, ...values]));
  child.on("error", (error) => seen.events.push(["error", describe(error)]));
  return new Promise((resolve) => child.on("close", () => resolve(seen)));
}

function run(file, args = [], options = {}) {
  const child = spawn(file, args, options);
  child.stdin?.on("error", () => {});
  child.stdin?.end();
  return ended(child);
}

// What the probe prints of these groups, less what differs from run to run.
function read(text) {
  const told = {};
  const lines = text.split("\n").filter((line) => line !== "");
  for (const line of lines) {
    const [, key, value] = /^([^=]*)=(.*)$/.exec(line);
    if (!/^(pid|ppid|.*\.id)$/.test(key))
      told[key] = value.replace(/(socket|pipe):\[\d+\]/, "$1");
  }
  return told;
}

async function observe(groups, options = {}, file = probe) {
  const seen = await run(file, ["print", ...groups.split(" ")], options);
  return { ...seen, out: read(seen.out ?? "") };
}

// A fresh folder for one case.
function fresh(name, mode = 0o755) {
  const made = path.join(folder, name);
  fs.rmSync(made, { recursive: true, force: true });
  fs.mkdirSync(made);
  fs.chmodSync(made, mode);
  return made;
}

function write(file, text, mode = 0o755) {
  fs.writeFileSync(file, text);
  fs.chmodSync(file, mode);
  return file;
}

module.exports = {
  describe,
  ended,
  folder,
  fresh,
  observe,
  probe,
  read,
  run,
  write,
};
