// SPDX-License-Identifier: MIT
// spawn() of Node's child_process on one build of libuv, which runtimes.py names:
// with no options, with three pipes, with a user and group (those it has), and of
// a bare name that is in the last directory of PATH.
'use strict';
const { spawn } = require('child_process');
const fs = require('fs');
const path = require('path');
const serve = require('../driver.js');

const [name, target] = process.argv.slice(2);
const ways = [
	{ name: 'plain', stdio: 'inherit' },
	{ name: 'pipes', stdio: 'pipe' },
	{ name: 'user', stdio: 'inherit',
		uid: process.getuid(), gid: process.getgid() },
	{ name: 'last-directory', stdio: 'inherit',
		file: path.basename(target) },
];

function startOne(index) {
	const { file = target, stdio, uid, gid } = ways[index - 1];

	return new Promise((resolve, reject) => {
		const before = process.hrtime.bigint();
		const child = spawn(file, [], { stdio, uid, gid });
		const returned = process.hrtime.bigint();
		let ended;
		child.on('error', reject);
		child.on('exit', () => ended = process.hrtime.bigint());
		// The benchmark waits for what the program wrote.
		if (child.stderr)
			child.stderr.on('data', (data) => fs.writeSync(2, data));
		child.on('close', (code) => {
			if (code === 0)
				resolve(`${index} ${before} ${returned} ${ended} 0`);
			else
				reject(new Error(`target ended with ${code}`));
		});
	});
}

async function makeRounds(rounds, threads, burst, ...indices) {
	const samples = [];
	for (let round = 0; round < rounds; round++) {
		for (const index of indices)
			samples.push(await startOne(index));
		indices.push(indices.shift());
	}
	return samples;
}

for (const way of ways)
	console.log(`method ${name} ${way.name}`);
serve(makeRounds);
