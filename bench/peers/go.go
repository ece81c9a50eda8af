// SPDX-License-Identifier: MIT
// peer: command go, package golang-go
// Go's os/exec. cgo only so that libc is there for the ballast to be preloaded.
package main

import "C"

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

type sample struct{ before, returned, reaped uint64 }

// time.Time does not tell the number of its monotonic clock.
func now() uint64 {
	var now syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, 1,
		uintptr(unsafe.Pointer(&now)), 0)
	return uint64(now.Nano())
}

func burst(count int, samples []sample) error {
	for i := 0; i < count; i++ {
		if os.Getenv("BENCH_BETWEEN") == "program" {
			if err := exec.Command("sh", "-c", ":").Run(); err != nil {
				return err
			}
		}
		command := exec.Command(os.Args[1])
		command.Stdin, command.Stdout = os.Stdin, os.Stdout
		command.Stderr = os.Stderr
		samples[i].before = now()
		err := command.Start()
		samples[i].returned = now()
		if err == nil {
			err = command.Wait()
		}
		samples[i].reaped = now()
		if err != nil {
			return err
		}
	}
	return nil
}

func burstAtOnce(threads, count int, samples []sample) error {
	var workers sync.WaitGroup
	errors := make([]error, threads)
	for i := 0; i < threads; i++ {
		workers.Add(1)
		go func(i int) {
			defer workers.Done()
			errors[i] = burst(count, samples[i*count:])
		}(i)
	}
	workers.Wait()
	for _, err := range errors {
		if err != nil {
			return err
		}
	}
	return nil
}

func makeRounds(line string) ([]sample, error) {
	numbers := []int{}
	for _, word := range strings.Fields(line)[1:] {
		number, _ := strconv.Atoi(word)
		numbers = append(numbers, number)
	}
	rounds, threads, count := numbers[0], numbers[1], numbers[2]
	size := threads * count
	samples := make([]sample, rounds*size)
	for round := 0; round < rounds; round++ {
		err := burstAtOnce(threads, count, samples[round*size:])
		if err != nil {
			return nil, err
		}
	}
	return samples, nil
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	fmt.Println("method Go-exec plain\nready")
	for in.Scan() {
		samples, err := makeRounds(in.Text())
		for _, s := range samples {
			fmt.Fprintln(out, 1, s.before, s.returned, s.reaped, 0)
		}
		if err != nil {
			fmt.Fprintln(out, "failed", err)
		} else {
			fmt.Fprintln(out, "done")
		}
		out.Flush()
	}
}
