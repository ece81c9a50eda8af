// SPDX-License-Identifier: MIT
// For runtimes.py: starts children from Node's loop, one in a turn.
// usage: node node_loop.js COUNT PROGRAM
'use strict';
const { spawn } = require('child_process');

const AT_ONCE = 8;
let left = Number(process.argv[2]);
let running = 0;
let longest = 0;
const begin = performance.now();
let before = begin;

function startOne() {
	left--;
	running++;
	spawn(process.argv[3], { stdio: 'ignore' }).on('exit', (code) => {
		if (code !== 0)
			process.exit(1);
		running--;
	}).on('error', () => process.exit(1));
}

function turn() {
	const now = performance.now();
	longest = Math.max(longest, now - before);
	before = now;
	if (left && running < AT_ONCE)
		startOne();
	if (left || running)
		setImmediate(turn);
	else
		console.log(JSON.stringify([now - begin, longest]));
}

turn();
