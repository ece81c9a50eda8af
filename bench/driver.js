// SPDX-License-Identifier: MIT
// What drivers in JavaScript share: after the names of their methods they say
// that they are ready, and make the rounds that each line asks for.
'use strict';
const readline = require('readline');

module.exports = (makeRounds) => {
	async function obey(line) {
		try {
			const numbers = line.split(' ').slice(1).map(Number);
			const samples = await makeRounds(...numbers);
			console.log(samples.concat('done').join('\n'));
		} catch (error) {
			console.log(`failed ${error.message}`);
		}
	}
	console.log('ready');
	readline.createInterface({ input: process.stdin }).on('line', obey);
};
