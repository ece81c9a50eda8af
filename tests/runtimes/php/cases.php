<?php
// SPDX-License-Identifier: MIT
// What comes of proc_open(), one line for each case: a name, a tab, JSON.
// usage: php cases.php FOLDER, which is private to root.

error_reporting(E_ALL);
ini_set('display_errors', '0');
$private = $argv[1];

// Both outputs, and how it ended.
function run($command, $descriptors = [], $cwd = null, $env = null)
{
	$descriptors += [0 => ['pipe', 'r'], 1 => ['pipe', 'w'], 2 => ['pipe', 'w']];
	$process = @proc_open($command, $descriptors, $pipes, $cwd, $env);
	if (!$process) {
		return [false, error_get_last()['message']];
	}
	fwrite($pipes[0], "given\n");
	fclose($pipes[0]);
	$texts = [];
	foreach ([1, 2] as $fd) {
		if (isset($pipes[$fd])) {
			$texts[] = stream_get_contents($pipes[$fd]);
		}
	}
	return [proc_close($process), ...$texts];
}

function run_many($count)
{
	$processes = [];
	for ($n = 0; $n < $count; $n++) {
		$processes[] = proc_open(['true'], [], $pipes);
	}
	return array_sum(array_map('proc_close', $processes));
}

function open_descriptors($descriptors)
{
	return run('ls /proc/self/fd | wc -l', $descriptors);
}

$file = tempnam('/tmp', 'case');
$handle = fopen($file, 'w+');
$cases = [
	'a line' => fn() => run('cat; echo two >&2; exit 3'),
	'a list' => fn() => run(['sh', '-c', 'cat; echo $0 $1', 'a b', '*']),
	'a path' => fn() => run(['/bin/echo', 'good']),
	'a missing program' => fn() => run(['nowhere-program']),
	'a missing path' => fn() => run(['/nowhere/program']),
	'a missing program in a line' => fn() => run('nowhere-program'),
	'a program that may not be run' => fn() => run([$file]),
	'ended by a signal' => fn() => run('kill -9 $$'),
	'a directory' => fn() => run(['pwd'], [], '/usr'),
	'a missing directory' => fn() => run(['pwd'], [], '/nowhere'),
	'a private directory' => fn() => run(['pwd'], [], $private),
	'an environment' => fn() => run(['/usr/bin/env'], [], null, ['A' => 'b', 'C' => '']),
	'no environment' => fn() => run(['/usr/bin/env'], [], null, []),
	'its PATH' => fn() => run(['program'], [], null, ['PATH' => "/nowhere:$private"]),
	'no PATH' => fn() => run(['true'], [], null, ['A' => 'b']),
	'a script without an interpreter' => fn() => run(["$private/script", 'one']),
	'both outputs in one' => fn() => run('echo one; echo two >&2', [1 => ['pipe', 'w'], 2 => ['redirect', 1]]),
	'nothing' => fn() => run('cat; echo one', [1 => ['null'], 2 => ['null']]),
	'a file' => fn() => [run('echo one', [1 => ['file', $file, 'w']]), file_get_contents($file)],
	'a stream' => fn() => [run('echo two', [1 => $handle]), file_get_contents($file)],
	'a descriptor above' => fn() => run('echo five >&5', [1 => ['pipe', 'w'], 5 => ['redirect', 1]]),
	'a high descriptor' => fn() => run('test -p /proc/self/fd/60 && echo pipe', [1 => ['pipe', 'w'], 60 => ['redirect', 1]]),
	'a taken descriptor' => fn() => run('echo nine >&9', [1 => ['pipe', 'w'], 9 => ['redirect', 1]]),
	'a socket' => fn() => run('echo one', [1 => ['socket']]),
	'a terminal' => fn() => run('tty >/dev/null && echo terminal', [0 => ['pty'], 1 => ['pipe', 'w']])[0],
	'descriptors' => fn() => open_descriptors([]),
	'descriptors beside others' => fn() => open_descriptors([57 => ['pipe', 'r'], 58 => $handle]),
	'too many words' => fn() => run(['true', ...array_fill(0, 200000, 'a word of some length')]),
	'fifty at once' => fn() => run_many(50),
	'status' => function () {
		$process = proc_open(['sleep', '10'], [], $pipes);
		$before = proc_get_status($process)['running'];
		proc_terminate($process, 15);
		$after = proc_close($process);
		return [$before, $after];
	},
	'group and session' => fn() => run('[ $(ps -o pgid= -p $$) = ' . posix_getpgid(0) . ' ] && echo same'),
	'signals' => fn() => run('grep -E "Sig(Blk|Ign)" /proc/self/status'),
];
foreach ($cases as $name => $case) {
	echo $name, "\t", json_encode($case(), JSON_INVALID_UTF8_SUBSTITUTE), "\n";
}
unlink($file);
