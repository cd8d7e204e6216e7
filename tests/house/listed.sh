#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every source file of src/, clients/ and tests/ is mentioned in a meson.build above it, and every
# public header in include/tenon/meson.build: what is not listed is neither built nor run.
. "${0%/*}/lib.sh"

mentioned() { # file: in the meson.build of its folder or of one above
	local dir=${1%/*} name=${1##*/}

	while :; do
		if [ -f "$dir/meson.build" ] && grep -qE "['/]${name//./\\.}'" "$dir/meson.build"; then
			return 0
		fi
		case $dir in
		*/*) dir=${dir%/*} ;;
		*) return 1 ;;
		esac
	done
}

unlisted() { # find's arguments
	find "$@" -print | sort | while IFS= read -r file; do
		mentioned "$file" || echo "in no meson.build: $file"
	done
}

verdict 'every test is in a meson.build' "$(unlisted tests -name 'test_*.c')"
verdict 'every benchmark and fuzz target is in a meson.build' \
	"$(unlisted tests/bench tests/fuzz \( -name 'bench_*.c' -o -name 'fuzz_*.c' \))"
verdict 'every source is in a meson.build' "$(unlisted src clients -name '*.c')"
verdict 'every public header is in a meson.build' "$(unlisted include -name '*.h')"
verdict 'every house check is in a meson.build' \
	"$(find tests/house -name '*.sh' ! -name lib.sh -printf '%f\n' | while read -r f; do
		grep -q "'${f%.sh}'" tests/house/meson.build || echo "in no meson.build: $f"
	done)"
finish
