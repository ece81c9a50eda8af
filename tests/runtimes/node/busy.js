// SPDX-License-Identifier: MIT
// Six threads write programs and start each at once. While one thread writes,
// the child of another may hold the file open, and it can't be executed then.
// Prints how often that was so.
//
//   node busy.js FOLDER
"use strict";

const { spawnSync } = require("child_process");
const fs = require("fs");
const path = require("path");
const {
  Worker,
  isMainThread,
  parentPort,
  threadId,
  workerData,
} = require("worker_threads");

const THREADS = 6;
const PROGRAMS = 200; // for each
const PIECE = 1024;

const program = fs.readFileSync("/bin/true");

// As a stream would, in pieces.
function write(file) {
  const fd = fs.openSync(file, "wx", 0o755);
  for (let at = 0; at < program.length; at += PIECE)
    fs.writeSync(fd, program, at, Math.min(PIECE, program.length - at));
  fs.closeSync(fd);
}

function writeAndStart(folder, number) {
  const file = path.join(folder, `program-${threadId}-${number}`);
  write(file);
  const { error, status } = spawnSync(file, { stdio: "ignore" });
  fs.unlinkSync(file);
  return error ? error.code : `status ${status}`;
}

function count() {
  const counts = {};
  for (let n = 0; n < PROGRAMS; n++) {
    const outcome = writeAndStart(workerData, n);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  parentPort.postMessage(counts);
}

async function main(folder) {
  const total = {};
  const threads = Array.from(
    { length: THREADS },
    () => new Worker(__filename, { workerData: folder }),
  );
  const add = (counts) => {
    for (const [outcome, number] of Object.entries(counts))
      total[outcome] = (total[outcome] ?? 0) + number;
  };
  for (const thread of threads) thread.on("message", add);
  await Promise.all(
    threads.map((thread) => new Promise((done) => thread.on("exit", done))),
  );
  console.log(JSON.stringify(total));
}

if (isMainThread) main(path.resolve(process.argv[2]));
else count();
