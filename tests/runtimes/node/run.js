// SPDX-License-Identifier: MIT
// Runs every case and writes what came of each, as JSON, for a comparison of
// two builds of libuv. A case is a function without arguments; what it returns
// or throws is its outcome, in which nothing may differ from run to run.
//
//   node run.js PROBE FOLDER OUTPUT [NAME...]
//
// With names, only these cases.
// FOLDER is an empty one, of this run alone and of the same name each time.
"use strict";

const fs = require("fs");
const { describe } = require("./support.js");

const LIMIT = 60_000; // milliseconds for a case, on a busy machine too

function withLimit(promise) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, LIMIT, "it hangs");
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function outcome(test) {
  try {
    return (await withLimit(test())) ?? null;
  } catch (error) {
    return { thrown: describe(error) };
  }
}

async function main(output, ...names) {
  const outcomes = {};
  for (const topic of ["streams", "programs", "identity", "life", "channels"])
    for (const [name, test] of Object.entries(require(`./${topic}.js`)))
      if (!names.length || names.includes(`${topic}: ${name}`))
        outcomes[`${topic}: ${name}`] = await outcome(test);
  fs.writeFileSync(output, JSON.stringify(outcomes, null, 2));
}

main(...process.argv.slice(4)).then(() => process.exit(0));
