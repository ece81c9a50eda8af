# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# Part of dev: what scripts/packages names is looked for and installed.

# is_here THING: a command, a header, or a path, with wildcards maybe.
# shellcheck disable=SC2086
is_here() {
	case $1 in
	/*) ls -d $1 ;;
	*.h) echo "#include <$1>" | gcc -E - ;;
	*) command -v "$1" ;;
	esac >/dev/null 2>&1
}

# missing VERB...: the packages that they miss.
missing() {
	grep '^[a-z]' "$root/scripts/packages" |
	while read -r verb thing package; do
		case " $* " in *" $verb "*)
			is_here "$thing" || printf ' %s' "$package" ;;
		esac
	done
}

# need VERB...: install what they miss, or say how to and stop.
need() {
	packages=$(missing "$@")
	[ -z "$packages" ] || install_packages "$packages"
}

# want VERB...: install what they miss, one by one, or go on without.
want() {
	for package in $(missing "$@"); do
		(install_packages " $package") || true
	done
}

install_packages() {
	install="apt-get -qq install -y --no-install-recommends$1"
	if ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1; then
		# Old lists name packages that are no longer there.
		install="$install || { apt-get -qq update && $install; }"
	else
		install="apt-get -qq update && $install"
	fi
	if ! command -v apt-get >/dev/null; then
		say "please install what Debian calls$1"
		exit 69
	elif [ "$(id -u)" = 0 ]; then
		as_root='env'
	elif sudo -n true 2>/dev/null; then
		as_root='sudo'
	else
		command -v sudo >/dev/null && as_root='sudo sh' || as_root=su
		say "packages are missing; this installs them:"
		echo "$as_root -c '$install'"
		exit 69
	fi
	say "installing$1"
	quietly "$as_root" DEBIAN_FRONTEND=noninteractive sh -c "$install"
}
