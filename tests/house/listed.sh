#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every source file of src/, clients/ and tests/ is mentioned in a meson.build above it, and every
# public header in include/tenon/meson.build: what is not listed is neither built nor run.
set -u
cd "$SOURCE_ROOT" || exit 99

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

check() { # name, file list: one TAP result
	local file missing=''

	n=$((n + 1))
	while IFS= read -r file; do
		if [ -n "$file" ] && ! mentioned "$file"; then
			missing="$missing $file"
		fi
	done <<<"$2"
	if [ -n "$missing" ]; then
		echo "not ok $n - $1"
		echo "# in no meson.build:$missing"
		failed=1
	else
		echo "ok $n - $1"
	fi
}

n=0
failed=0
echo 1..4
check 'every test is in a meson.build' "$(find tests -name 'test_*.c')"
check 'every benchmark and fuzz target is in a meson.build' \
	"$(find tests/bench tests/fuzz \( -name 'bench_*.c' -o -name 'fuzz_*.c' \))"
check 'every source is in a meson.build' "$(find src clients -name '*.c')"
check 'every public header is in a meson.build' "$(find include -name '*.h')"
exit $failed
