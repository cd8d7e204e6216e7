#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Gets Debian's own kernel 6.12 and the modules that the QEMU guest loads, without installing them.
#
# usage: fetch-kernel.sh                 fetch it where it is not there yet
#        fetch-kernel.sh --if-needed     the same, but where it cannot be had: say so, and succeed
#        fetch-kernel.sh --path          print the folder with vmlinuz and the modules (1: none)
#
# It is kept in ${XDG_CACHE_HOME:-~/.cache}/tenon/qemu/<package>-<hash of this script>/.
set -u
here=$(dirname "$(readlink -f "$0")")
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/tenon/qemu
modules=(vgem vivid uinput cirrus)
work=''

die() {
	echo "fetch-kernel: $*" >&2
	exit 2
}

# The newest of the stock kernels, neither rt nor cloud, with signed modules or without.
newest() {
	apt-cache search --names-only '^linux-image-6\.12\.[0-9+a-z]*-amd64$' | cut -d ' ' -f 1 |
		sort -V | tail -n 1
}

recipe() {
	sha256sum "$here/fetch-kernel.sh" | cut -c 1-8
}

path() {
	local found
	found=$(find "$cache" -mindepth 1 -maxdepth 1 -name "linux-image-*-$(recipe)" 2>/dev/null |
		sort -V | tail -n 1)
	[ -n "$found" ] && echo "$found"
}

# add MODULE: those it depends on first; files are numbered in the order of loading.
added=' '
count=0
add() {
	local name=$1 file dependency number
	case $added in *" $name "*) return 0 ;; esac
	added="$added$name "
	file=$(find "$work/root" -name "${name//_/[-_]}.ko*" | head -n 1)
	[ -n "$file" ] || return 0 # built in
	for dependency in $(modinfo -F depends "$file" | tr , ' '); do
		add "$dependency"
	done
	count=$((count + 1))
	number=$(printf %02d $count)
	case $file in
	*.xz) xz -dc "$file" >"$work/out/$number-$name.ko" ;;
	*.zst) zstd -dqc "$file" >"$work/out/$number-$name.ko" ;;
	*) cp "$file" "$work/out/$number-$name.ko" ;;
	esac
}

fetch() {
	local package=$1 name target
	target=$cache/$package-$(recipe)
	work=$(mktemp -d "${TMPDIR:-/tmp}/tenon-qemu.XXXXXX") || return 1
	trap 'rm -rf "$work"' EXIT
	chmod 755 "$work" # apt's own user writes there
	echo "[qemu] downloading $package (100 MB)"
	(cd "$work" && apt-get -q download "$package" >log 2>&1) || {
		cat "$work/log" >&2
		return 1
	}
	echo "[qemu] unpacking"
	mkdir "$work/out" && dpkg-deb -x "$work"/*.deb "$work/root" || return 1
	cp "$work"/root/boot/vmlinuz-* "$work/out/vmlinuz" || return 1
	for name in "${modules[@]}"; do
		add "$name" || return 1
	done
	rm -rf "$target.new.$$" && mkdir -p "$cache" && cp -r "$work/out" "$target.new.$$" &&
		rm -rf "$target" && mv -T "$target.new.$$" "$target" || return 1
	echo "[qemu] $package is there"
}

main() {
	local package tool fail=2
	case ${1:-} in
	--path)
		path
		exit
		;;
	--if-needed) fail=0 ;;
	'') ;;
	-h | --help) sed -n '/^# usage/,/^set/s/^#\( \|$\)//p' "$0"; exit 0 ;;
	*) die "unknown argument $1" ;;
	esac
	path >/dev/null && exit 0
	for tool in apt-get apt-cache dpkg-deb modinfo xz; do
		command -v $tool >/dev/null || { echo "fetch-kernel: no $tool"; exit $fail; }
	done
	package=$(newest)
	[ -n "$package" ] || { echo 'fetch-kernel: apt offers no kernel 6.12'; exit $fail; }
	fetch "$package" || die "could not get $package"
}

main "$@"
exit
