# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by scripts/test and by the steps of CI. A step prints "ok NAME (SECONDS s)" or "not ok";
# its result and that of each test it runs go into $RESULTS, one line each:
#	pass|fail|skip <tab> group <tab> name <tab> reason or log file
set -u
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$TOP" || exit 99
export TOP
CI_BUILD=${CI_BUILD:-$TOP/build-ci} # where the steps build
LOGS=${LOGS:-$CI_BUILD/logs}
RESULTS=${RESULTS:-$CI_BUILD/results.tsv}
export CI_BUILD LOGS RESULTS
mkdir -p "$LOGS"

record() { # pass|fail|skip, group, name, reason or log
	printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "${4:-}" >>"$RESULTS"
}

log_of() { # name
	echo "$LOGS/$(tr -c 'A-Za-z0-9.\n' '-' <<<"$1").log"
}

# Runs a command as a step that counts as one test. Its output is shown only where it fails.
step() { # name, command...
	local name=$1 log start=$SECONDS
	shift

	log=$(log_of "$name")
	if "$@" >"$log" 2>&1 </dev/null; then
		echo "ok $name ($((SECONDS - start)) s)"
		record pass ci "$name"
		return 0
	fi
	echo "not ok $name ($((SECONDS - start)) s)"
	record fail ci "$name" "$log"
	return 1
}

skip_step() { # name, reason
	echo "ok $1 # SKIP $2"
	record skip ci "$1" "$2"
}

# Runs a build folder's tests; each one counts by itself.
step_tests() { # name, build folder, arguments of meson test...
	local name=$1 build=$2 log start=$SECONDS tally status=0
	shift 2

	log=$(log_of "$name")
	rm -f "$build"/meson-logs/testlog*.json # its name tells the wrapper, if there is one
	meson test -C "$build" --no-rebuild "$@" >"$log" 2>&1 </dev/null || status=$?
	tally=$(python3 scripts/ci/count.py "$build"/meson-logs/testlog*.json "$name" "$RESULTS" \
		"$(log_of "$name-failed")") || status=$?
	if [ "$tally" = '0 passed, 0 failed, 0 skipped' ]; then
		status=1 # a suite without tests is a mistake of the caller
	fi
	if [ "$status" = 0 ]; then
		echo "ok $name: $tally ($((SECONDS - start)) s)"
		return 0
	fi
	echo "not ok $name: $tally ($((SECONDS - start)) s)"
	if ! grep -q "^fail	$name	" "$RESULTS"; then
		record fail "$name" 'meson test' "$log" # broke without any test to blame
	fi
	return 1
}

# Configures a build folder, or changes its options where it is there, and builds it.
build() { # folder, options...
	local dir=$1
	shift

	if [ ! -f "$dir/build.ninja" ]; then
		meson setup "$dir" "$@" || return 1
	elif [ $# -gt 0 ]; then
		meson configure "$dir" "$@" || return 1
	fi
	ninja -C "$dir"
}

# Prints what a suite's tests are made of, for ninja.
targets_of() { # build folder, suite
	python3 - "$@" <<'EOF'
import json, os, sys
folder, suite = sys.argv[1:]
def info(name):
    with open(f"{folder}/meson-info/intro-{name}.json", encoding="utf-8") as file:
        return json.load(file)
ids = {i for test in info("tests") if any(s.split(":")[-1] == suite for s in test["suite"])
       for i in test["depends"]}
for target in info("targets"):
    if target["id"] in ids:
        for name in target["filename"]:
            print(os.path.relpath(name, os.path.realpath(folder)))
EOF
}

# As build(), but only what one suite needs.
build_suite() { # suite, folder, options...
	local suite=$1 dir=$2
	shift 2

	if [ ! -f "$dir/build.ninja" ]; then
		meson setup "$dir" "$@" || return 1
	elif [ $# -gt 0 ]; then
		meson configure "$dir" "$@" && ninja -C "$dir" build.ninja || return 1
	fi
	targets_of "$dir" "$suite" | xargs ninja -C "$dir"
}

# Prints what was skipped and what failed, and the line with the totals; false if anything failed.
summary() {
	local passed failed skipped log

	passed=$(grep -c '^pass' "$RESULTS")
	failed=$(grep -c '^fail' "$RESULTS")
	skipped=$(grep -c '^skip' "$RESULTS")
	if [ "$skipped" -gt 0 ]; then
		echo 'Skipped:'
		awk -F '\t' '$1 == "skip" { printf "  %s: %s: %s\n", $2, $3, $4 }' "$RESULTS"
	fi
	if [ "$failed" -gt 0 ]; then
		awk -F '\t' '$1 == "fail" { print $4 }' "$RESULTS" | sort -u | while IFS= read -r log; do
			echo "---- $log"
			tail -n 200 "$log"
		done
		echo 'Failed:'
		awk -F '\t' '$1 == "fail" { printf "  %s: %s\n", $2, $3 }' "$RESULTS"
	fi
	if [ "$skipped" -gt 0 ]; then
		echo "$passed passed, $failed failed, $skipped skipped"
	else
		echo "$passed passed, $failed failed"
	fi
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
