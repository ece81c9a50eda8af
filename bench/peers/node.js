// SPDX-License-Identifier: MIT
// peer: command node, package nodejs
// Node's child_process.spawn(). It has one thread: "threads" are starts whose
// ends are awaited together.
'use strict';
const { spawn } = require('child_process');
const serve = require('../driver.js');

const target = process.argv[2];
const runsProgram = process.env.BENCH_BETWEEN === 'program';

// "sh -c :", before a start that is timed.
function runProgram() {
	return new Promise((resolve) => {
		spawn('sh', ['-c', ':'], { stdio: 'inherit' }).on('exit', resolve);
	});
}

function startOne() {
	return new Promise((resolve, reject) => {
		const before = process.hrtime.bigint();
		const child = spawn(target, [], { stdio: 'inherit' });
		const returned = process.hrtime.bigint();
		child.on('error', reject);
		child.on('exit', (code) => {
			const reaped = process.hrtime.bigint();
			if (code === 0)
				resolve(`1 ${before} ${returned} ${reaped} 0`);
			else
				reject(new Error(`target ended with ${code}`));
		});
	});
}

async function burst(count, samples) {
	for (let i = 0; i < count; i++) {
		if (runsProgram)
			await runProgram();
		samples.push(await startOne());
	}
}

async function makeRounds(rounds, threads, count) {
	const samples = [];
	for (let round = 0; round < rounds; round++) {
		const workers = [];
		for (let i = 0; i < threads; i++)
			workers.push(burst(count, samples));
		await Promise.all(workers);
	}
	return samples;
}

console.log('method Node-spawn plain');
serve(makeRounds);
