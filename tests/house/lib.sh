# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the house checks: TAP for a bash script. The plan is printed at the end.
set -u
# shellcheck disable=SC2034 # scripts that take paths use it
started_in=$PWD
cd "${SOURCE_ROOT:-$(git rev-parse --show-toplevel)}" || exit 99
n=0
failed=0

# name, complaints (one per line; none: the test passes)
verdict() {
	n=$((n + 1))
	if [ -z "$2" ]; then
		echo "ok $n - $1"
		return
	fi
	failed=1
	echo "not ok $n - $1"
	printf '%s\n' "$2" | sed -n '1,40s/^/# /p' >&2
}

# name, reason
skipped() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

finish() {
	echo "1..$n"
	exit $failed
}
