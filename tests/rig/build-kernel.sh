#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Builds the kernels of the rig: User-Mode Linux from Debian's linux-source-6.12 with the options
# of kernel/*.config, once with contiguous memory (cma) and once without (nocma).
#
# usage: build-kernel.sh [--force] [--verbose] [cma] [nocma]    build what is missing of these
#        build-kernel.sh --if-needed [...]      the same, but without the source package: say so, 0
#        build-kernel.sh --path cma|nocma       print where the kernel is (exit 1: not built)
#
# A kernel is kept under the hash of all that goes into it, in
# ${XDG_CACHE_HOME:-~/.cache}/tenon/rig/<hash>/linux, and appears there complete or not at all.
set -u
here=$(dirname "$(readlink -f "$0")")
fragments=$here/kernel
package=linux-source-6.12
tarball=/usr/src/$package.tar.xz
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/tenon/rig
jobs=$(nproc)
force='' verbose='' if_needed='' work='' running=''

# What make compiles from nothing and for the second kernel; only the percentage shown rests on it.
objects_full=1130
objects_again=40

die() {
	echo "build-kernel: $*" >&2
	exit 2
}

# The first lines of a kernel's identity: everything that its bytes depend on, by name.
inputs() {
	echo "config $1"
	echo "source $(dpkg-query -W -f '${Version}' $package 2>/dev/null)"
	echo "compiler $("${CC:-gcc}" --version | head -n 1)"
	echo "linker $(ld --version | head -n 1)"
	(cd "$here" && sha256sum build-kernel.sh kernel/*.config kernel/*.patch)
}

kernel_path() {
	local hash
	hash=$(inputs "$1" | sha256sum | cut -c 1-20)
	echo "$cache/$hash/linux"
}

# run LOG EXPECTED WHAT COMMAND...: run it quietly, with a line of progress every few seconds, and
# the end of its log when it fails.
run() {
	local log=$1 expected=$2 what=$3 pid status count percent start=$SECONDS shown=$SECONDS
	shift 3
	set -m # a process group of its own, for cleanup to end as a whole
	"$@" >"$log" 2>&1 </dev/null 9>&- &
	pid=$!
	set +m
	running=$pid
	while kill -0 $pid 2>/dev/null; do
		sleep 0.5
		if [ $((SECONDS - shown)) -lt 5 ]; then
			continue
		fi
		shown=$SECONDS
		count=$(grep -cE '^ +(CC|AS|LD|AR) ' "$log")
		if [ "$expected" -gt 0 ]; then
			percent=$((count * 100 / expected))
			[ $percent -le 99 ] || percent=99
			echo "[rig] $what: about $percent% ($count objects, $((SECONDS - start)) s)"
		else
			echo "[rig] $what: $((SECONDS - start)) s"
		fi
	done
	wait $pid
	status=$?
	running=
	if [ $status != 0 ]; then
		echo "[rig] $what failed; the end of its log:" >&2
		tail -n 30 "$log" >&2
		return 1
	fi
	[ -z "$verbose" ] || echo "[rig] $what: done after $((SECONDS - start)) s"
}

umake() {
	# The log's counting needs make's short lines; V, O and the like from outside would spoil them.
	env -u MAKEFLAGS -u V -u KBUILD_OUTPUT LC_ALL=C \
		make -C "$work/source" ARCH=um SUBARCH=x86_64 O="$work/build" CC="${CC:-gcc}" \
		KBUILD_BUILD_USER=tenon KBUILD_BUILD_HOST=rig "$@"
}

unpack() {
	mkdir -p "$work/source" || return 1
	# Nothing of these is read here, and they are half of the bytes. Kconfig and make's own files
	# must stay everywhere.
	tar -C "$work/source" --strip-components=1 -xf "$tarball" \
		--exclude='*/Documentation/*/*' --exclude='*/tools/testing/*' \
		--exclude='*/tools/perf/*' --exclude='*/arch/*/boot/dts/*' \
		--exclude='*/drivers/gpu/drm/amd/*.[ch]' --exclude='*/sound/*.[ch]' \
		--exclude='*/drivers/net/ethernet/*.[ch]' --exclude='*/drivers/net/wireless/*.[ch]' \
		--exclude='*/drivers/infiniband/*.[ch]' --exclude='*/drivers/iio/*.[ch]' \
		--exclude='*/drivers/gpu/drm/nouveau/*.[ch]' --exclude='*/drivers/staging/*.[ch]' \
		--exclude='*/drivers/scsi/*.[ch]' --exclude='*/drivers/clk/*.[ch]'
}

# The fragments go over tinyconfig: an option not named there is off unless something needs it.
configure() {
	local files line missing=0
	files="$fragments/base.config $fragments/media.config $fragments/$1.config"
	umake -s tinyconfig || return 1
	# shellcheck disable=SC2086
	cat $files >>"$work/build/.config"
	umake -s olddefconfig || return 1
	# Kconfig drops without a word what it cannot have; the rig would then miss a device.
	# shellcheck disable=SC2086
	while read -r line; do
		case $line in
		'# CONFIG_'*)
			line=${line% is not set}
			! grep -q "^${line#\# }=" "$work/build/.config"
			;;
		CONFIG_*) grep -qxF "$line" "$work/build/.config" ;;
		esac || {
			echo "option not taken up: $line"
			missing=1
		}
	done <<<"$(cat $files)"
	return "$missing"
}

# patch_source WANTED PATCH: applies it, or takes it back.
patch_source() {
	local patch=$fragments/$2 mark=$work/source/.rig-$2
	if [ "$1" = yes ] && [ ! -e "$mark" ]; then
		patch -d "$work/source" -p1 -i "$patch" && touch "$mark"
	elif [ "$1" = no ] && [ -e "$mark" ]; then
		patch -R -d "$work/source" -p1 -i "$patch" && rm "$mark"
	fi
}

# build NAME EXPECTED TARGET: what the kernel built before left is taken over.
build() {
	local name=$1 expected=$2 reserve=no
	[ "$name" != cma ] || reserve=yes
	run "$work/log" 0 "$name: patch" patch_source yes uml-dma-cma.patch || return 1
	run "$work/log" 0 "$name: patch" patch_source $reserve uml-reserve.patch || return 1
	run "$work/log" 0 "$name: configure" configure "$name" || return 1
	run "$work/log" "$expected" "$name: compile" umake -j"$jobs" linux || return 1
	publish "$name" "$3"
}

publish() {
	local dir=${2%/linux}
	local tmp=$dir.new.$$
	rm -rf "$tmp" && mkdir -p "$tmp" || return 1
	cp "$work/build/linux" "$tmp/linux" && cp "$work/build/.config" "$tmp/config" &&
		inputs "$1" >"$tmp/inputs" && strip "$tmp/linux" && rm -rf "$dir" && mv -T "$tmp" "$dir" ||
		return 1
	echo "[rig] $1: built $(sed -n 's/^source //p' "$dir/inputs")"
}

build_missing() {
	local name path expected=$objects_full todo=()
	for name in "$@"; do
		path=$(kernel_path "$name")
		[ -z "$force" ] && [ -x "$path" ] || todo+=("$name=$path")
	done
	[ ${#todo[@]} -gt 0 ] || return 0
	echo "[rig] building the rig's kernel: ${todo[*]%%=*} (a few minutes, once)"
	work=$(mktemp -d "${TMPDIR:-/tmp}/tenon-rig-build.XXXXXX") || return 1
	run "$work/log" 0 "unpack $package" unpack || return 1
	for name in "${todo[@]}"; do
		build "${name%%=*}" $expected "${name#*=}" || return 1
		expected=$objects_again
	done
}

cleanup() {
	trap - EXIT INT TERM HUP
	if [ -n "$running" ]; then
		kill -TERM -- "-$running" 2>/dev/null
		wait "$running" 2>/dev/null
	fi
	[ -z "$work" ] || rm -rf "$work"
}

missing_tools() {
	local tool
	[ -e "$tarball" ] || echo "$package"
	for tool in flex bison bc make patch busybox xz; do
		command -v $tool >/dev/null || echo $tool
	done
}

main() {
	local wanted='' path missing
	while [ $# -gt 0 ]; do
		case $1 in
		--force) force=1 ;;
		--verbose) verbose=1 ;;
		--if-needed) if_needed=1 ;;
		--path)
			path=$(kernel_path "${2:?--path wants cma or nocma}")
			echo "$path"
			[ -x "$path" ]
			exit
			;;
		-h | --help) sed -n '/^# usage/,/^set/s/^#\( \|$\)//p' "$0"; exit 0 ;;
		cma | nocma) wanted="$wanted $1" ;;
		*) die "unknown argument $1" ;;
		esac
		shift
	done
	: "${wanted:= cma nocma}"

	missing=$(missing_tools | tr '\n' ' ')
	if [ -n "$missing" ]; then
		echo "build-kernel: not installed: ${missing% }"
		[ -n "$if_needed" ] && exit 0 || exit 2
	fi
	mkdir -p "$cache" || die "cannot make $cache"
	trap cleanup EXIT
	trap 'exit 130' INT TERM HUP
	exec 9>"$cache/lock" || die "cannot write $cache/lock"
	if ! flock -n 9; then
		echo "[rig] waiting for another build of the kernel"
		flock 9
	fi
	# shellcheck disable=SC2086
	build_missing $wanted || die "no kernel was built"
}

# bash reads a script while it runs it; this way an edit in between does no harm.
main "$@"
exit
