// SPDX-License-Identifier: MIT
// peer: command rustc, package rustc
// Rust's std::process::Command. With a user to change to it can't use
// posix_spawn() any more.
use std::io::{self, BufRead, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::{Arc, Barrier};
use std::thread;

type Sample = (usize, u64, u64, u64);

#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

extern "C" {
    fn clock_gettime(clock: i32, now: *mut Timespec) -> i32;
    fn getuid() -> u32;
}

// Instant does not tell its number, which the child's must be compared with.
fn now() -> u64 {
    let mut now = Timespec { seconds: 0, nanoseconds: 0 };
    unsafe { clock_gettime(1, &mut now) };
    now.seconds as u64 * 1_000_000_000 + now.nanoseconds as u64
}

fn start(index: usize, target: &str) -> io::Result<Child> {
    let mut command = Command::new(target);
    if index == 2 {
        command.uid(unsafe { getuid() });
    }
    command.spawn()
}

fn burst(index: usize, count: usize, target: &str) -> io::Result<Vec<Sample>> {
    let mut samples = Vec::with_capacity(count);
    let runs_program = std::env::var("BENCH_BETWEEN").as_deref() == Ok("program");
    for _ in 0..count {
        if runs_program {
            Command::new("sh").args(["-c", ":"]).status()?;
        }
        let before = now();
        let mut child = start(index, target)?;
        let returned = now();
        let status = child.wait()?;
        let reaped = now();
        if !status.success() {
            return Err(io::Error::new(io::ErrorKind::Other, status.to_string()));
        }
        samples.push((index, before, returned, reaped));
    }
    Ok(samples)
}

fn burst_in_threads(
    index: usize, count: usize, threads: usize, target: &str,
) -> io::Result<Vec<Sample>> {
    let barrier = Arc::new(Barrier::new(threads));
    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let (barrier, target) = (barrier.clone(), target.to_string());
            thread::spawn(move || {
                barrier.wait();
                burst(index, count, &target)
            })
        })
        .collect();
    let mut samples = Vec::new();
    for worker in workers {
        samples.extend(worker.join().unwrap()?);
    }
    Ok(samples)
}

fn make_rounds(line: &str, target: &str) -> io::Result<Vec<Sample>> {
    let numbers: Vec<usize> =
        line.split(' ').skip(1).filter_map(|n| n.trim().parse().ok()).collect();
    let (rounds, threads, count) = (numbers[0], numbers[1], numbers[2]);
    let mut samples = Vec::new();
    for _ in 0..rounds {
        for &index in &numbers[3..] {
            samples.extend(if threads > 1 {
                burst_in_threads(index, count, threads, target)?
            } else {
                burst(index, count, target)?
            });
        }
    }
    Ok(samples)
}

fn main() {
    let target = std::env::args().nth(1).unwrap();
    let mut out = io::BufWriter::new(io::stdout());
    writeln!(out, "method Rust-Command plain\nmethod Rust-Command uid\nready").unwrap();
    out.flush().unwrap();
    for line in io::stdin().lock().lines() {
        match make_rounds(&line.unwrap(), &target) {
            Ok(samples) => {
                for (index, before, returned, reaped) in samples {
                    writeln!(out, "{index} {before} {returned} {reaped} 0").unwrap();
                }
                writeln!(out, "done").unwrap();
            }
            Err(error) => writeln!(out, "failed {error}").unwrap(),
        }
        out.flush().unwrap();
    }
}
