# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# Part of dev: all tests, leg by leg, and their sum.

passed=0 failed=0 skipped=0 failures="" wrapper=""

# tally LEG LOG: count the results in a log of meson, and keep who failed.
tally() {
	bad='FAIL|ERROR|TIMEOUT|UNEXPECTEDPASS|INTERRUPT'
	if ! [ -s "$2" ]; then
		failed=$((failed + 1))
		failures="$failures$1: no test has run
"
		return
	fi
	passed=$((passed + $(results 'OK|EXPECTEDFAIL' "$2" | wc -l)))
	skipped=$((skipped + $(results SKIP "$2" | wc -l)))
	failed=$((failed + $(results "$bad" "$2" | wc -l)))
	failures="$failures$(python3 -B "$root/scripts/failed.py" "$1" "$2")
"
}

# results PATTERN LOG: the names of the tests that ended so.
results() {
	sed -nE 's/^\{"name": "([^"]*)".*"result": "('"$1"')".*/\1/p' "$2"
}

# leg NAME LOG MESON-TEST-ARGUMENTS: run tests of build/NAME, and count. What of
# it they need and is not compiled yet is compiled.
leg() {
	name=$1
	log=$build/$1/meson-logs/$2.json
	shift 2
	rm -f "$log"
	$wrapper meson test -C "$build/$name" --print-errorlogs "$@" \
		</dev/null || true
	tally "$name" "$log"
}

headline() {
	printf '\n==== %s, %s\n' "$1" "$(date +%H:%M:%S)"
}

# with NAME MESON-OPTIONS: compile a build of the tests; a failure counts.
with() {
	headline "$1"
	compile "$@" && return 0
	failed=$((failed + 1))
	failures="$failures$1: does not compile
"
	return 1
}

# configure NAME MESON-OPTIONS: a build whose leg compiles what it needs.
configure() {
	headline "$1"
	name=$1
	shift
	[ -f "$build/$name/build.ninja" ] ||
		quietly meson setup "$build/$name" "$root" -Dbench=false "$@" ||
		true
}

# Its size and the time to compile it, as tests/lint/amalgamation.py found.
tell_release() {
	grep -E '^(libspawn\.c|(gcc|clang) -O[2s]( -flto)?): ' \
		"$build/test/meson-logs/testlog.txt" || true
}

# What the table in README.md says of systems, compared with this run.
compare_matrix() {
	headline matrix
	python3 "$root/tests/systems/matrix.py" "$root" "$LIBSPAWN_MATRIX" && return
	failed=$((failed + 1))
	failures="${failures}matrix: tests/systems/matrix.py with --write makes it true
"
}

# The sum, which is the last line. Nothing that was run is no success.
tell_sum() {
	printf '\n%s' "$failures" | sed '/^$/d'
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
}

# The build by clang counts what of the library runs.
count_leg() {
	export CC=clang CXX=clang++
	rm -rf "$build/clang/counts"
	counted=0
	with clang --werror -Dbench=false -Dcounted=true &&
		leg clang testlog -t 4 --suite unit --suite child --suite start \
			--suite after --suite hostile --suite posix \
			--suite workers --suite begin --suite trace --suite fuzz \
			--no-suite fuzz-targets --no-suite compilers || counted=1
	unset CC CXX
	return $counted
}

# Too little of it is a test that has failed.
tell_coverage() {
	headline coverage
	python3 -B "$root/scripts/coverage.py" "$root" "$build/clang" && return
	failed=$((failed + 1))
	failures="${failures}coverage: less than scripts/coverage.py demands
"
}

test_quickly() {
	with test --werror &&
		leg test testlog --suite unit --suite child --suite start \
			--suite after --suite hostile --suite lint \
			--no-suite compilers
	tell_sum
}

# test_everything SUITE: but for the tests of that suite.
test_everything() {
	export LIBSPAWN_MATRIX="$build/matrix"
	rm -rf "$LIBSPAWN_MATRIX"
	# The network while the compiler works.
	{ fetch_cross_compiler && fetch_kernels bookworm bullseye; } &
	compiles=yes
	with test --werror || compiles=no
	wait "$!"
	[ $compiles = no ] || leg test testlog --no-suite "$1"
	compare_matrix

	export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
	export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
	export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
	configure asan -Doptimization=1 -Db_sanitize=address,undefined
	leg asan testlog -t 4 --suite unit --suite start \
		--suite after --suite hostile --suite stress --suite fuzz \
		--suite posix --suite workers --no-suite fuzz-targets

	# Some kernels place memory where the thread sanitizer can't bear it.
	setarch -R true 2>/dev/null && wrapper='setarch -R'
	configure tsan -Doptimization=1 -Db_sanitize=thread
	leg tsan testlog -t 6 --suite unit --suite after --suite stress \
		--suite workers
	wrapper=

	count_leg &&
		tell_coverage

	# The default build's library is one unit too, and has all of trace.
	configure amalgamated --werror -Damalgamated=true
	leg amalgamated testlog --suite start --suite after --suite hostile
	tell_release
	configure amalgamated-lto --werror -Damalgamated=true -Db_lto=true
	leg amalgamated-lto testlog --suite start
	configure amalgamated-asan -Damalgamated=true -Doptimization=1 \
		-Db_sanitize=address,undefined
	leg amalgamated-asan testlog -t 4 --suite start --suite after \
		--suite hostile

	headline valgrind
	leg test testlog-valgrind -t 10 --suite unit --wrapper \
		'valgrind -q --leak-check=full --error-exitcode=99'
	leg test testlog-valgrind -t 10 --suite after --wrapper \
		'valgrind -q --leak-check=full --error-exitcode=99' \
		any@clone signal@clone stop@clone wait@clone \
		run@clone stopped@clone pipeline@clone screen@clone
	# There /proc/self/exe is valgrind's, and a pool has no other name.
	export EMPLOY_BY=
	leg test testlog-valgrind -t 10 --suite workers --wrapper \
		'valgrind -q --leak-check=full --error-exitcode=99' \
		channel@clone children template
	unset EMPLOY_BY
	leg test testlog-valgrind -t 10 --suite posix-linked --wrapper \
		'valgrind -q --leak-check=full --show-leak-kinds=definite
		--errors-for-leak-kinds=definite --error-exitcode=99'

	tell_sum
}
